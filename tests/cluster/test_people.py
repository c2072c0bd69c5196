"""The default clusterer: what it joins, what it never joins, and what it leaves unknown."""

import csv

import cv2
import numpy as np
import pytest
from labelled_tables import make_table, same_partition, simulate
from scipy import sparse

from facepipe.cluster import by_evidence, constraints, strangers
from facepipe.cluster.by_evidence import decide, odds
from facepipe.cluster.calibrate import nearer_by_unit
from facepipe.cluster.explain import explain
from facepipe.cluster.people import People
from facepipe.cluster.tracks import possible_tracks
from facepipe.cluster.units import make_units
from facepipe.evaluate.metrics import agreement, b_cubed
from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.detectors.yunet import YuNet
from facepipe.faces.encoders.dlib_onnx import Dlib
from facepipe.faces.quality import face_quality
from facepipe.records import Told
from facepipe.space import DLIB
from facepipe.table import FaceTable, columns

DEFAULT = People()


def photos(vectors, *, photo=None, quality=None, cloth=None) -> FaceTable:
    """A table of faces in photos: photo[i] is the number of the photo of face i (default: one each)."""
    photo = np.arange(len(vectors)) if photo is None else np.asarray(photo)
    table = make_table(vectors, frame=photo, time_s=np.zeros(len(vectors)), source=[f"{i}.jpg" for i in photo])
    table = table.with_(shot=photo)
    return table if quality is None else table.with_(quality=np.asarray(quality))


def around(centre, count: int, apart: float, seed: int = 0) -> list[np.ndarray]:
    """`count` vectors of norm-free 96 numbers, each `apart` from the others on average."""
    rng = np.random.default_rng(seed)
    return [np.asarray(centre) + rng.normal(size=96) * apart / np.sqrt(2 * 96) for _ in range(count)]


def corner(axis: int, length: float = 0.6) -> np.ndarray:
    """Corners are length * sqrt(2) apart."""
    out = np.zeros(96)
    out[axis] = length
    return out


# people


def test_simulated_people_are_found():
    table, who = simulate(15, 400, per_frame=3)
    result = DEFAULT.cluster(table)
    assert same_partition(result.labels, who)
    assert len(result.notes) == 400
    assert all(result.notes)


def siblings(alike: float, noise: float) -> tuple[FaceTable, np.ndarray]:
    """Five photos each of 500 people of 250 families, and who they are: one with the sibling, who has a share of the
    features, the others with three by chance."""
    rng, n = np.random.default_rng(0), 500
    family, own = np.repeat(rng.normal(size=(n // 2, 96)), 2, axis=0), rng.normal(size=(n, 96))
    features = 0.6 * (np.sqrt(alike) * family + np.sqrt(1 - alike) * own) / np.sqrt(96)
    who = np.concatenate([np.arange(n), *(rng.permutation(n) for _ in range(4))])
    photo = np.concatenate([np.arange(n) // 2, n + np.arange(4 * n) // 4])
    return photos(features[who] + rng.normal(size=(5 * n, 96)) * noise / np.sqrt(96), photo=photo), who


def score(table: FaceTable, who: np.ndarray) -> tuple[float, float]:
    """B-cubed precision and recall, every unknown face alone."""
    labels = DEFAULT.cluster(table).labels
    precision, recall, _ = b_cubed(who, np.where(labels < 0, len(labels) + np.arange(len(labels)), labels))
    return precision, recall


def test_the_more_is_known_of_strangers_the_more_is_right(monkeypatch):
    clear, blurred, between = siblings(0.75, 0.15), siblings(0.3, 0.4), siblings(0.5, 0.4)
    before = score(*clear), score(*blurred)
    monkeypatch.setattr(strangers, "PRIOR_PAIRS", 300.0)
    monkeypatch.setattr(strangers, "PRIOR_ABSENT", 1_500.0)
    after = score(*clear), score(*blurred)
    assert before[0][0] < after[0][0] == 1, "siblings"
    assert before[1][1] + 0.05 < after[1][1] and after[1][0] > 0.999, "faces that are hard to tell"
    cautious = score(*between)
    monkeypatch.setattr(by_evidence, "CAUTION", 0.0)
    assert score(*between)[1] + 0.05 < cautious[1], "who is joined before strangers are known cannot be parted"


def test_look_alikes_of_one_frame_stay_apart_and_each_keeps_their_own():
    """Twins .3 apart in every photo, while the photos of one of them differ by .25."""
    one, other = around(corner(5, 0.5), 6, 0.25), around(corner(5, 0.5) + corner(0, 0.3), 6, 0.25, seed=1)
    vectors = [v for pair in zip(one, other, strict=True) for v in pair]
    table = make_table(vectors, frame=np.arange(12) // 2)
    assert DEFAULT.cluster(table).labels.tolist() == [0, 1] * 6
    assert set(People(allow_duplicates=True).cluster(table).labels.tolist()) == {0}


def test_a_chain_between_two_faces_of_a_frame_is_cut():
    line = [corner(0, 0.6 * np.cos(turn)) + corner(1, 0.6 * np.sin(turn)) for turn in np.radians([0, 25, 50, 75, 100])]
    labels = DEFAULT.cluster(photos(line, photo=[0, 1, 2, 3, 0])).labels
    assert labels[0] != labels[4]
    assert (labels >= 0).all()


def test_somebody_seen_once_is_a_person_unless_more_faces_are_asked_for():
    vectors = [*around(corner(0), 5, 0.3), *around(corner(1), 2, 0.3), corner(2)]
    assert DEFAULT.cluster(photos(vectors)).labels.tolist() == [0] * 5 + [1] * 2 + [2]
    result = People(min_csize=3).cluster(photos(vectors))
    assert result.labels.tolist() == [0] * 5 + [-1] * 3
    assert "fewer faces" in result.notes[7]


def test_weak_faces_join_somebody_when_it_is_clear_and_never_form_a_person_together():
    anna, ben = around(corner(0), 6, 0.3), around(corner(1), 6, 0.3)
    weak = [corner(0, 0.5), (corner(0) + corner(1)) / 2, *around(corner(2, 0.5), 4, 0.1)]
    result = DEFAULT.cluster(photos([*anna, *ben, *weak], quality=[0.9] * 12 + [0.01] * 6))
    assert result.labels.tolist() == [0] * 6 + [1] * 6 + [0] + [-1] * 5
    assert "joined" in result.notes[12]
    assert "not clearly anybody" in result.notes[13]


@pytest.mark.parametrize("better", [1, 2])
def test_a_weak_face_joins_nobody_who_is_seen_in_one_picture_alone(better):
    """A blur behind somebody, which other blurs lie near to."""
    ben, blurs = around(corner(1), 6, 0.3), around(corner(0, 0.6), better, 0.1)
    table = photos([*ben, *blurs, corner(0, 0.5)], quality=[0.9] * 6 + [0.5] * better + [0.01])
    assert DEFAULT.cluster(table).labels.tolist() == [0] * 6 + [1] * better + [1 if better == 2 else -1]


def test_copies_of_one_picture_are_one_picture_to_a_weak_face():
    ben, blur = around(corner(1), 6, 0.3), corner(0, 0.6)
    table = photos([*ben, blur, blur, corner(0, 0.5)], quality=[0.9] * 6 + [0.5, 0.5, 0.01])
    assert DEFAULT.cluster(table).labels.tolist() == [0] * 6 + [1, 1, -1]


def test_a_weak_track_of_three_faces_joins_who_is_seen_in_one_picture():
    ben, anna = around(corner(1), 6, 0.3), corner(0)
    table = photos([*ben, anna, *around(corner(0, 0.5), 3, 0.1)], quality=[0.9] * 7 + [0.01] * 3)
    table = table.with_(track=np.array([-1] * 7 + [0] * 3))
    assert DEFAULT.cluster(table).labels.tolist() == [0] * 6 + [1] * 4


def test_a_weak_track_of_three_faces_is_a_person_and_a_smear_is_not():
    anna = around(corner(0), 6, 0.3)
    weak = [*around(corner(1, 0.5), 3, 0.1), *around(corner(2, 0.5), 2, 0.1, seed=1), corner(3, 0.5)]
    table = photos([*anna, *weak], quality=[0.9] * 6 + [0.01] * 6)
    result = DEFAULT.cluster(table.with_(track=np.array([-1] * 6 + [0, 0, 0, 1, 1, -1])))
    assert result.labels.tolist() == [0] * 6 + [1] * 3 + [-1] * 3
    assert "so it is a person" in result.notes[6]


def test_a_weak_track_counts_for_a_person_whom_better_faces_show():
    anna, ben = around(corner(0), 6, 0.3), around(corner(1), 6, 0.3)
    table = photos([*anna, *ben, *around(corner(0, 0.5), 3, 0.1)], quality=[0.9] * 12 + [0.01] * 3)
    assert (
        DEFAULT.cluster(table.with_(track=np.array([-1] * 12 + [0] * 3))).labels.tolist() == [0] * 6 + [1] * 6 + [0] * 3
    )


def test_a_weak_face_does_not_join_somebody_of_its_own_frame():
    anna, ben = around(corner(0), 6, 0.3), around(corner(1), 6, 0.3)
    photo = [*range(12), 0]  # the weak one looks like Anna and stands beside her
    labels = DEFAULT.cluster(photos([*anna, *ben, corner(0, 0.5)], photo=photo, quality=[0.9] * 12 + [0.01])).labels
    assert labels[12] == -1


def test_of_two_weak_faces_of_a_frame_only_the_nearer_joins():
    anna = around(corner(0), 6, 0.3)
    weak = [corner(0, 0.5), corner(0, 0.4) + corner(1, 0.3)]
    for faces, joined in ((weak, [0, -1]), (weak[::-1], [-1, 0])):
        table = photos([*anna, *faces], photo=[*range(6), 6, 6], quality=[0.9] * 6 + [0.01] * 2)
        assert DEFAULT.cluster(table).labels.tolist() == [0] * 6 + joined


def test_weak_tracks_that_are_nobody_else_are_people_apart():
    vectors = [v for axis in range(5) for v in around(corner(axis, 0.5), 3, 0.1, seed=axis)]
    table = photos(vectors, quality=[0.9] * 6 + [0.01] * 9).with_(track=np.repeat(np.arange(5), 3))
    assert DEFAULT.cluster(table).labels.tolist() == np.repeat(np.arange(5), 3).tolist()


def test_a_weak_face_joins_where_the_evidence_is_three_to_one():
    """The least evidence with which one joins, as the face is turned towards her."""
    anna = around(corner(0), 6, 0.3)

    def evidence(turn: float) -> float:
        weak = 0.5 * (turn * corner(0, 1) + np.sqrt(1 - turn**2) * corner(1, 1))
        table = photos([*anna, weak], quality=[0.9] * 6 + [0.01])
        units = make_units(table, np.full(7, -1))
        decision = decide(units, table.frame_codes(), table.space.likeness)
        return decision.evidence[6] if decision.label[6] >= 0 else 0.0

    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if evidence(middle) else (middle, high)
    assert evidence(high) == pytest.approx(np.log(3), abs=0.01)


@pytest.mark.parametrize("copied", [0, 7, 20])
def test_a_copy_of_a_photo_changes_nobody(copied):
    table, _ = simulate(6, 60, per_frame=2, seed=4)
    table = photos(
        table.embedding + np.random.default_rng(0).normal(0, 0.03, table.embedding.shape), photo=table.frame_index
    )
    before = DEFAULT.cluster(table).labels
    rows = np.flatnonzero(table.frame_index == copied)
    doubled = np.r_[np.arange(60), np.repeat(rows, 5), np.repeat(rows, 5)]
    photo = np.r_[table.frame_index, np.tile(100 + np.arange(5), len(rows)), np.tile(200 + np.arange(5), len(rows))]
    after = DEFAULT.cluster(photos(table.embedding[doubled], photo=photo)).labels
    assert after[:60].tolist() == before.tolist()
    assert after[60:].tolist() == before[doubled[60:]].tolist()


def test_a_copy_adds_nothing_to_what_is_known_of_a_unit():
    vectors = around(corner(0), 4, 0.3)
    track = np.array([0, 0, 0, -1])
    plain = make_units(photos(vectors), track)
    table = photos([*vectors[:3], vectors[1], vectors[1], vectors[3], vectors[3]])
    copied = make_units(table, np.array([0, 0, 0, 0, 0, -1, -1]))
    assert copied.of_face.tolist() == [0] * 5 + [1, 1]
    assert copied.mean == pytest.approx(plain.mean)
    assert copied.noise == pytest.approx(plain.noise)
    assert copied.pictures.tolist() == plain.pictures.tolist() == [3, 1]


def test_a_unit_is_the_better_known_the_more_its_pictures_differ_around_one_face():
    alike, varied = around(corner(0), 8, 0.02), around(corner(0), 8, 0.5)
    table = photos([*alike, *varied, corner(0)])
    units = make_units(table, np.array([0] * 8 + [1] * 8 + [-1]))
    same, different, single = table.space.likeness.reliability(units.noise)
    assert same == pytest.approx(single, abs=0.01)
    assert different > single + 0.05


# how many people there are


def test_the_more_people_the_more_alike_two_pictures_must_be():
    """Two pictures that are one person among ten people, and two among four hundred."""
    likeness = make_table([corner(0)]).space.likeness
    reliability = float(likeness.reliability(likeness.noise(np.ones(1), np.full(1, 0.6))[1])[0]) ** 2
    alike = np.mean([likeness.cut(reliability, np.log(people)) for people in (12, 402)])
    pair = [0.6 * (np.sqrt(alike) * corner(0, 1) + np.sqrt(1 - alike) * corner(axis, 1)) for axis in (1, 2)]
    rng = np.random.default_rng(0)
    strangers = [corner(axis) for axis in range(3, 96)]
    while len(strangers) < 400:
        strangers.append(0.6 * (one := np.r_[np.zeros(3), rng.normal(size=93)]) / np.linalg.norm(one))
    few, many = (DEFAULT.cluster(photos([*pair, *strangers[:count]])).labels for count in (10, 400))
    assert few[0] == few[1]
    assert many[0] != many[1]


def test_photos_have_the_same_people_beside_a_clip_of_others():
    table, who = simulate(12, 90, seed=2)
    album = table.with_(source=tuple(f"{i}.jpg" for i in range(90)), shot=np.arange(90))
    clip, _ = simulate(6, 120, per_frame=3, seed=3)
    clip = clip.with_(
        embedding=clip.embedding - clip.space.likeness.centre + np.array(table.space.likeness.centre),
        space=table.space,
        face_id=tuple(f"c{i}" for i in range(120)),
        frame_id=tuple(f"c{frame}" for frame in clip.frame_index),
        source=("c.mp4",) * 120,
    )
    alone, mixed = DEFAULT.cluster(album), DEFAULT.cluster(joined(album, clip))
    assert same_partition(alone.labels, who)
    assert same_partition(mixed.labels[:90], alone.labels)


def joined(one: FaceTable, other: FaceTable) -> FaceTable:
    """Both tables in one."""
    values = {}
    for spec in columns():
        first, second = getattr(one, spec.name), getattr(other, spec.name)
        values[spec.name] = first + second if isinstance(first, tuple) else np.concatenate([first, second])
    return FaceTable(**values, space=one.space)


def test_certain_strangers_who_look_alike_make_a_source_stricter():
    """A dark clip: everybody .5 from everybody. Whoever is seen beside others tells that this is no likeness."""
    dark = corner(40, 0.5)
    people = [np.concatenate([around(corner(p, 0.35) + dark, 6, 0.25, seed=p)]) for p in range(6)]
    vectors = [people[p][i] for i in range(6) for p in range(6)]
    apart = make_table(vectors, frame=np.arange(36))
    beside = make_table(vectors, frame=np.arange(36) // 6)
    likeness = apart.space.likeness
    unknown, known = (nearer_by_unit(make_units(t, np.full(36, -1)), likeness) for t in (apart, beside))
    assert not unknown.any()
    assert (known > 0.05).all()
    assert len(set(DEFAULT.cluster(beside.with_(track=np.arange(36))).labels.tolist())) >= 6


# collages


def collaged(shared: int, source: str = "{}.jpg") -> FaceTable:
    """Twenty pictures of Anna, ten with a beard; `shared` photos hold both. Ben is beside each."""
    photo = [*range(10), *range(shared), *range(10, 20 - shared), *range(20)]
    shaven, bearded = (around(corner(0, 0.52) + corner(look, 0.26), 10, 0.15, seed=look) for look in (30, 31))
    table = photos([*shaven, *bearded, *around(corner(1), 20, 0.25, seed=1)], photo=photo)
    return table.with_(source=tuple(source.format(p) for p in photo))


def test_collages_do_not_split_a_person_for_good():
    assert set(DEFAULT.cluster(collaged(2)).labels[:20].tolist()) == {0}


def test_two_who_often_share_photos_stay_two_and_a_video_allows_no_exception():
    for table in (collaged(8), collaged(2, source="clip.mp4")):
        labels = DEFAULT.cluster(table.with_(track=np.arange(40))).labels
        assert same_partition(labels[:20], np.repeat([0, 1], 10))


# tables of several sources


def test_photos_and_videos_of_the_same_people_meet():
    anna, ben = around(corner(0), 9, 0.3), around(corner(1), 9, 0.3)
    source = ["clip.mp4"] * 12 + [f"{i}.jpg" for i in range(6)]
    frame = np.r_[np.repeat(np.arange(6), 2), np.zeros(6)].astype(int)
    vectors = [v for pair in zip(anna[:6], ben[:6], strict=True) for v in pair] + anna[6:] + ben[6:]
    table = make_table(vectors, frame=frame, source=source, box=np.array([[10, 10, 50, 50], [200, 10, 240, 50]] * 9))
    result = DEFAULT.cluster(table.with_(shot=np.r_[np.zeros(12), 1 + np.arange(6)]))
    assert result.labels.tolist() == [0, 1] * 6 + [0] * 3 + [1] * 3
    assert result.track.tolist() == [0, 1] * 6 + [-1] * 6


def test_a_single_given_track_is_kept():
    table = photos(around(corner(0), 4, 0.1)).with_(track=np.array([0, 0, -1, -1]))
    assert DEFAULT.cluster(table).track.tolist() == [0, 0, -1, -1]


def test_given_tracks_are_kept():
    vectors = [*around(corner(0), 3, 0.1), *around(corner(1), 3, 0.1)]
    table = photos(vectors).with_(track=np.array([5, 5, -1, 5, -1, -1]))
    result = DEFAULT.cluster(table)
    assert result.track.tolist() == [0, 0, -1, 0, -1, -1]
    assert len({*result.labels[[0, 1, 3]]}) == 1


# explanations


def test_the_notes_tell_what_was_seen():
    vectors = [*around(corner(0), 2, 0.1), corner(1), *around(corner(2, 0.5), 3, 0.1), corner(3, 0.5)]
    table = photos(vectors, quality=[0.9] * 3 + [0.01] * 4)
    notes = People(min_csize=3).cluster(table.with_(track=np.array([0, 0, -1, 1, 1, 1, -1]))).notes
    alone = "nobody among about 2 people is likely enough to be the same; fewer faces than a person needs"
    assert notes[0] == f"track of 2 faces: {alone}" and notes[2] == f"single face: {alone}"
    assert notes[3] == "weak track of 3 faces: nobody else; its faces agree, so it is a person"
    assert notes[6] == "weak single face: not clearly anybody, and too few faces to be a person of its own"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(1.5, "1.5 to 1"), (9.9, "9.9 to 1"), (10.01, "10 to 1"), (1234, "1,234 to 1"), (1.1e6, "over a million to 1")],
)
def test_odds_in_words(ratio, words):
    assert odds(np.log(ratio)) == odds(-np.log(ratio)) == words


def test_the_threshold_is_where_two_usual_faces_are_as_likely_one_as_two():
    """Of ten faces, as of dlib; of vectors twice as long it is twice as far."""
    table = photos(0.56 * np.eye(96)[:10], quality=[0.6] * 10)
    likeness = table.space.likeness
    reliability = float(likeness.reliability(likeness.noise(np.array([0.6]), np.array([0.56]))[1])[0])
    certain = min(reliability / likeness.shared, 1)
    cosine = likeness.cut(reliability**2, np.log(10 * certain))
    found = DEFAULT.cluster(table).threshold
    assert found == pytest.approx(0.56 * np.sqrt(2 - 2 * cosine), rel=1e-3) and 0.3 < found < 0.7


def test_explain_tells_copies_from_tracks():
    table = photos([corner(0), corner(0), *around(corner(1), 2, 0.3)]).with_(track=np.array([-1, -1, 0, 0]))
    text = explain(table, DEFAULT.cluster(table), [0, 1, 2, 3])
    assert text.count("exact copies of each other") == 1
    assert text.count("in one track: the same person") == 1
    assert text.count("their tracks or single faces: likeness") == 4


def test_two_who_were_named_are_never_one():
    table = photos(around(corner(0), 8, 0.3))
    ids = table.face_id
    told = Told(people=(frozenset(ids[:2]), frozenset(ids[6:])))
    found = DEFAULT.cluster(table.with_(told=told)).labels
    assert len({*found[:2]}) == len({*found[6:]}) == 1 and found[0] != found[7]
    apart = photos([*around(corner(0), 3, 0.3), *around(corner(1), 3, 0.3)])
    assert len({*DEFAULT.cluster(apart).labels}) == 2
    told = Told(people=(frozenset([apart.face_id[0], apart.face_id[5]]),))
    assert len({*DEFAULT.cluster(apart.with_(told=told)).labels}) == 2, "one who looks like two: the name is for both"


def test_a_track_of_two_people_who_were_told_apart_is_none():
    table = photos(around(corner(0), 6, 0.3)).with_(track=np.array([3, 3, 3, 4, 4, -1]))
    ids = table.face_id
    for told in (
        Told(apart=((frozenset(ids[:1]), frozenset(ids[2:3])),)),
        Told(people=(frozenset(ids[:1]), frozenset(ids[1:2]))),
    ):
        assert possible_tracks(table.with_(told=told)).tolist() == [-1, -1, -1, 4, 4, -1]
    assert possible_tracks(table).tolist() == [3, 3, 3, 4, 4, -1]


def called(table, result):
    """The table with the labels for names."""
    return table.with_(person=tuple(f"person_{label}" if label >= 0 else "" for label in result.labels))


def test_explain_names_distances_constraints_and_the_step():
    anna, ben = around(corner(0), 4, 0.3), around(corner(1), 4, 0.3)
    table = photos([*anna, *ben, corner(2, 0.45)], photo=[0, 1, 2, 3, 0, 5, 6, 7, 8], quality=[0.9] * 8 + [0.01])
    result = DEFAULT.cluster(table)
    table = called(table, result)
    text = explain(table, result, [0, 4, 1, 8])
    apart = np.linalg.norm(table.embedding[0] - table.embedding[4])
    assert f"face distance {apart:.3f}" in text
    assert "in one frame: different people" in text
    others = [line for line in text.splitlines() if line.startswith("  to person")]
    assert [line.split(":")[0] for line in others if "seen in one frame with it: never the same person" in line] == [
        "  to person_1",
        "  to person_0",
    ]
    assert len(others) > 2
    assert "both are person_0" in text and "to person_1: likeness" in text
    assert "not likely enough" in text
    assert "likely one person" in text
    assert all(table.face_id[row] in text and result.notes[row] in text for row in (0, 1, 4, 8))
    assert "unknown" in text


def test_explain_says_why_a_person_who_is_seen_badly_is_apart():
    anna, ben = (around(corner(1) + side * corner(2), 6, 0.2) for side in (0.55, -0.55))
    between = around(corner(1, 0.5), 3, 0.05, seed=5)  # as like the one as the other
    table = photos([*anna, *ben, *between], photo=[*range(6), *range(6), 9, 10, 11], quality=[0.9] * 12 + [0.01] * 3)
    table = table.with_(track=np.array([-1] * 12 + [0] * 3))
    result = DEFAULT.cluster(table)
    assert result.labels.tolist() == [0] * 6 + [1] * 6 + [2] * 3
    lines = explain(called(table, result), result, [0]).splitlines()
    (line,) = [line for line in lines if line.startswith("  to person_2")]
    assert line.endswith("likely one person, but seen too badly in all pictures for others to join")


def test_explain_knows_that_duplicates_are_allowed():
    anna = around(corner(0), 4, 0.3)
    table = photos(anna, photo=[0, 0, 1, 2])
    mirrored = People(allow_duplicates=True)
    result = mirrored.cluster(table)
    text = explain(called(table, result), result, [0, 1], allow_duplicates=True)
    assert "both are person_0" in text
    assert "in one frame" not in text
    assert "in one frame: different people" in explain(table, DEFAULT.cluster(table), [0, 1])


def test_explain_speaks_of_the_people_whom_the_table_names_whatever_was_clustered():
    table = photos(around(corner(0), 4, 0.3))
    result = DEFAULT.cluster(table)
    assert set(result.labels) == {0}
    told = Told(apart=((frozenset(table.face_id[:1]), frozenset(table.face_id[1:2])),))
    text = explain(table.with_(person=("Zoë", "Ben", "Ben", ""), told=told), result, [0, 1, 3])
    assert "to the rest of Ben" in text and "Zoë and Ben: likeness" in text and "unknown and" not in text
    assert "somebody has said that these are two people" in text and "said to be somebody else" in text
    assert "person_0" not in text


def test_who_was_told_apart_is_two_people_however_alike_they_are():
    table = photos(around(corner(0), 8, 0.3))
    told = Told(apart=((frozenset(table.face_id[:2]), frozenset(table.face_id[6:])),))
    found = DEFAULT.cluster(table.with_(told=told)).labels
    assert len({*found[:2]}) == len({*found[6:]}) == 1 and found[0] != found[7]
    assert set(DEFAULT.cluster(table).labels) == {0}


# real pictures


def test_the_labelled_pictures_in_one_run(shared_data, shared_models):
    detector, aligner, encoder = YuNet().open(shared_models), Aligner(), Dlib().open()
    chips, quality, photo, truth = [], [], [], []
    with (shared_data / "photos_truth.csv").open() as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        image = np.ascontiguousarray(cv2.imread(str(shared_data / "photos" / row["source"]))[..., ::-1])
        image = cv2.resize(image, None, fx=(f := min(1.0, 500 / max(image.shape))), fy=f, interpolation=cv2.INTER_AREA)
        found = detector.detect(image)
        boxes = [d.box_ltrb for d in found] or [np.array([0, 0, *image.shape[1::-1]], np.float32)]
        box = max(boxes, key=lambda b: b[2] - b[0])
        points = aligner.landmarks(image, box)
        chips.append(face_chip(image, points))
        quality.append(face_quality(chips[-1], points, box))
        photo.append(number)
        truth.append(row["person"])
    table = photos(encoder.encode(np.stack(chips)), photo=photo, quality=quality).with_(space=DLIB)
    labels = DEFAULT.cluster(table).labels
    who = np.unique(truth, return_inverse=True)[1]
    assert (labels >= 0).mean() > 0.98
    assert agreement(who, labels)["nmi"] >= 0.99
    assert b_cubed(who, labels)[2] >= 0.99


def test_certain_pairs_are_spread_evenly_when_there_are_too_many(monkeypatch):
    table, _ = simulate(10, 200, per_frame=4)
    monkeypatch.setattr("facepipe.cluster.calibrate.MAX_CERTAIN_PAIRS", 20)
    assert same_partition(DEFAULT.cluster(table).labels, simulate(10, 200, per_frame=4)[1])


def test_the_constraints_of_groups_are_those_of_their_members():
    cannot = sparse.csr_matrix(np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], bool))
    merged = constraints.merge(cannot, np.array([0, 1, 1, -1]), 2)
    assert merged.toarray().tolist() == [[False, True], [True, False]]
