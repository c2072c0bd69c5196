"""The default clusterer: what it joins, what it never joins, and what it leaves unknown."""

import csv

import cv2
import numpy as np
import pytest
from labelled_tables import make_table, same_partition, simulate
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage

from facepipe import distances
from facepipe.cluster import constraints
from facepipe.cluster.calibrate import Spread, calibrated, equally_likely, loosened
from facepipe.cluster.explain import explain
from facepipe.cluster.linkage import Groups, average_linkage
from facepipe.cluster.people import People
from facepipe.cluster.units import make_units
from facepipe.evaluate.metrics import agreement, b_cubed
from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.detectors.yunet import YuNet
from facepipe.faces.encoders.dlib_onnx import Dlib
from facepipe.faces.quality import face_quality
from facepipe.table import FaceTable

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


# calibration


def test_the_cut_is_where_one_person_and_two_are_equally_likely():
    """Checked against the two Gaussian densities in many dimensions, as the formula promises for any number of them."""
    for same, between in [(0.2, 0.6), (0.1, 0.3), (0.05, 0.6)]:
        cut = float(equally_likely(same, between))
        one, two = (-0.5 * cut * k / total - 0.5 * k * np.log(total) for total in (same, same + between) for k in [64])
        assert one == pytest.approx(two, abs=1e-9)
        assert same < cut < same + between


def test_the_prior_gives_dlibs_limit_for_single_faces_and_less_for_tracks():
    cuts = np.sqrt(Spread().cut(np.array([1, 3, 10, 1000])))
    assert cuts[0] == pytest.approx(0.6, abs=0.005)
    assert (np.diff(cuts) < 0).all()
    assert 0.4 < cuts[-1] < 0.5


def test_certain_pairs_move_the_prior_as_far_as_their_number_allows():
    prior = Spread()
    none, few, many = (calibrated(np.full(n, 0.03), np.full(n, 0.4), np.full(n, 8.0)) for n in (0, 3, 300))
    assert none == prior
    assert prior.picture > few.picture > many.picture > 0.03
    assert prior.between > few.between > many.between > 0.4 - float(many.same(8.0)) - 0.01


def test_one_strange_pair_of_a_frame_does_not_matter():
    """A mirror or a poster of the speaker: the same face twice in a frame."""
    usual = np.full(20, 0.7)
    with_mirror = calibrated(np.zeros(0), np.r_[usual, 0.0], np.ones(21))
    assert with_mirror.between == pytest.approx(calibrated(np.zeros(0), usual, np.ones(20)).between, abs=0.01)


def test_people_whose_tracks_differ_loosen_the_cut_and_never_tighten_it():
    far, near = (np.array(around(np.zeros(96), 12, apart), np.float32) for apart in (0.42, 0.05))
    label, pictures = np.repeat([0, 1], 6), np.full(12, 50.0)
    assert loosened(Spread(), label, far, pictures).conditions > Spread().conditions + 0.01
    assert loosened(Spread(), label, near, pictures) == Spread()


# linkage


def groups_of(vectors, cut: float) -> Groups:
    return Groups.of_vectors(vectors, cut**2 / 2, 1.0)


@pytest.mark.parametrize("cut", [0.5, 0.9, 1.4])
def test_linkage_is_scipys_average_linkage_of_squared_distances(cut):
    vectors = np.random.default_rng(3).normal(size=(120, 4)).astype(np.float32)
    pairs = ((vectors[:, None] - vectors[None]) ** 2).sum(-1)[np.triu_indices(120, 1)].astype(float)
    expected = fcluster(linkage(pairs, "average"), cut**2, "distance")
    found = average_linkage(groups_of(vectors, cut), constraints.none(120))
    assert same_partition(found.labels, expected)
    for label in range(found.labels.max() + 1):
        members = vectors[found.labels == label].astype(float)
        assert found.groups.mean[label] == pytest.approx(members.mean(0), abs=1e-5)
        assert found.groups.variance[label] == pytest.approx(members.var(0).sum(), abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_linkage_with_constraints_joins_the_nearest_allowed_pair_first(seed):
    """Against the definition, joining one pair at a time on the full matrix."""
    rng = np.random.default_rng(seed)
    vectors, frames = rng.normal(size=(40, 3)).astype(np.float32), rng.integers(0, 12, 40)
    cannot = constraints.same_frame(frames, np.arange(40), 40)
    groups = [[i] for i in range(40)]
    while True:
        best = None
        for i, a in enumerate(groups):
            for j, b in enumerate(groups[:i]):
                if not set(frames[a]) & set(frames[b]):
                    apart = ((vectors[a][:, None] - vectors[b][None]) ** 2).sum(-1).mean()
                    best = min(best or (apart, i, j), (apart, i, j))
        if best is None or best[0] >= 2.0:
            break
        groups[best[2]] += groups.pop(best[1])
    expected = np.empty(40, int)
    for label, members in enumerate(groups):
        expected[members] = label
    assert same_partition(average_linkage(groups_of(vectors, 2**0.5), cannot).labels, expected)


def test_small_blocks_give_the_same_people(monkeypatch):
    table, _ = simulate(12, 150, per_frame=2)
    whole = DEFAULT.cluster(table)
    monkeypatch.setattr(distances, "BLOCK_BYTES", 4096)
    assert DEFAULT.cluster(table).labels.tolist() == whole.labels.tolist()


# people


def test_simulated_people_are_found():
    table, who = simulate(15, 400, per_frame=3)
    result = DEFAULT.cluster(table)
    assert same_partition(result.labels, who)
    assert len(result.notes) == 400
    assert all(result.notes)


def test_look_alikes_of_one_frame_stay_apart_and_each_keeps_their_own():
    """Twins .3 apart in every photo, while the photos of one of them differ by .25."""
    one, other = around(np.zeros(96), 6, 0.25), around(corner(0, 0.3), 6, 0.25, seed=1)
    vectors = [v for pair in zip(one, other, strict=True) for v in pair]
    labels = DEFAULT.cluster(photos(vectors, photo=np.arange(12) // 2)).labels
    assert labels.tolist() == [0, 1] * 6
    together = People(allow_duplicates=True).cluster(photos(vectors, photo=np.arange(12) // 2)).labels
    assert set(together) == {0}


def test_a_chain_between_two_faces_of_a_frame_is_cut():
    line = [corner(0, x) for x in (0.0, 0.2, 0.4, 0.6, 0.8)]
    labels = DEFAULT.cluster(photos(line, photo=[0, 1, 2, 3, 0])).labels
    assert labels[0] != labels[4]
    assert (labels >= 0).all()


def test_somebody_seen_once_is_a_person_unless_more_faces_are_asked_for():
    vectors = [*around(corner(0), 5, 0.3), *around(corner(1), 2, 0.3), corner(2)]
    assert DEFAULT.cluster(photos(vectors)).labels.tolist() == [0] * 5 + [1] * 2 + [2]
    result = People(min_csize=3).cluster(photos(vectors))
    assert result.labels.tolist() == [0] * 5 + [-1] * 3
    assert "fewer faces" in result.notes[7]


def test_weak_faces_never_form_a_person_but_join_one_when_it_is_clear():
    anna, ben = around(corner(0), 6, 0.3), around(corner(1), 6, 0.3)
    weak = [corner(0) * 1.02, (corner(0) + corner(1)) / 2, *around(corner(2), 4, 0.1)]
    quality = [0.9] * 12 + [0.1] * 6
    result = DEFAULT.cluster(photos([*anna, *ben, *weak], quality=quality))
    assert result.labels.tolist() == [0] * 6 + [1] * 6 + [0] + [-1] * 5
    assert "joined" in result.notes[12]
    assert "not clearly nearest" in result.notes[13]


def test_a_weak_face_does_not_join_somebody_of_its_own_frame():
    anna, ben = around(corner(0), 6, 0.3), around(corner(1), 6, 0.3)
    photo = [*range(12), 0]  # the weak one looks like Anna and stands beside her
    labels = DEFAULT.cluster(photos([*anna, *ben, corner(0)], photo=photo, quality=[0.9] * 12 + [0.1])).labels
    assert labels[12] == -1


def test_of_two_weak_faces_of_a_frame_only_the_nearer_joins():
    anna = around(corner(0), 6, 0.3)
    weak = [corner(0), corner(0, 0.75)]
    labels = DEFAULT.cluster(photos([*anna, *weak], photo=[*range(6), 6, 6], quality=[0.9] * 6 + [0.1] * 2)).labels
    assert labels.tolist() == [0] * 7 + [-1]


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
    assert copied.pictures == pytest.approx(np.array([3, 1]))
    assert plain.pictures == pytest.approx(copied.pictures)
    assert copied.spread == plain.spread


def test_what_the_found_people_show_of_conditions_decides_on_the_rest():
    """Eleven people; one has two tracks .54 apart, beyond the prior cut; the others' tracks differ by .44 or not."""
    for apart, expected in ((0.44, 11), (0.1, 12)):
        places = [np.array(around(corner(p, 0.65), 5, apart, seed=p)) for p in range(10)]
        places.append(np.array([corner(20, 0.65), corner(20, 0.65) + corner(21, 0.54)]))
        tracks = np.concatenate(places)
        vectors = [v for i, track in enumerate(tracks) for v in around(track, 4, 0.3, seed=i)]
        table = photos(vectors).with_(track=np.repeat(np.arange(len(tracks)), 4))
        assert DEFAULT.cluster(table).labels.max() + 1 == expected


def test_photos_and_videos_of_the_same_people_meet():
    anna, ben = around(corner(0), 9, 0.3), around(corner(1), 9, 0.3)
    source = ["clip.mp4"] * 12 + [f"{i}.jpg" for i in range(6)]
    frame = np.r_[np.repeat(np.arange(6), 2), np.zeros(6)].astype(int)
    vectors = [v for pair in zip(anna[:6], ben[:6], strict=True) for v in pair] + anna[6:] + ben[6:]
    table = make_table(vectors, frame=frame, source=source, box=np.array([[10, 10, 50, 50], [200, 10, 240, 50]] * 9))
    result = DEFAULT.cluster(table.with_(shot=np.r_[np.zeros(12), 1 + np.arange(6)]))
    assert result.labels.tolist() == [0, 1] * 6 + [0] * 3 + [1] * 3
    assert result.track.tolist() == [0, 1] * 6 + [-1] * 6


def test_given_tracks_are_kept():
    vectors = [*around(corner(0), 3, 0.1), *around(corner(1), 3, 0.1)]
    table = photos(vectors).with_(track=np.array([5, 5, -1, 5, -1, -1]))
    result = DEFAULT.cluster(table)
    assert result.track.tolist() == [0, 0, -1, 0, -1, -1]
    assert len({*result.labels[[0, 1, 3]]}) == 1


# clothing


def dressed_clip(same_dress: bool, seconds_later: float = 0.0, turn: float = 0.56) -> FaceTable:
    """Twelve people, two in a frame at a time, each in tracks of four; the first comes back with a turned head.

    The face of the one who comes back lies `turn` from before: too far for the face alone.
    """
    rng = np.random.default_rng(7)
    vectors, cloth, frame, x = [], [], [], []
    for pair in range(6):
        for step in range(4):
            for side in range(2):
                person = 2 * pair + side
                vectors.append(around(corner(person), 1, 0.15, seed=person * 10 + step)[0])
                dress = corner(0 if same_dress else person, 1.0) + rng.normal(size=96) * 0.02
                dress[50:] += 0.006 * np.random.default_rng(person).normal(size=46)  # worn differently, hardly
                cloth.append(dress / np.linalg.norm(dress))
                frame.append(10 * pair + step)
                x.append(100 + 300 * side)
    turned = corner(0) + corner(50, turn)
    for step in range(4):
        vectors.append(around(turned, 1, 0.15, seed=500 + step)[0])
        cloth.append(cloth[0])
        frame.append(5 + step)
        x.append(400)
    time_s = np.array(frame, float)
    time_s[-4:] += seconds_later
    box = np.array([[left, 50, left + 40, 90] for left in x])
    table = make_table(vectors, frame=np.r_[frame[:-4], 200 + np.arange(4)], cloth=cloth, time_s=time_s, box=box)
    return table.with_(shot=np.r_[np.repeat(np.arange(6), 8), np.full(4, 6)])


def test_clothing_brings_a_turned_head_back_in_the_same_moment_only():
    assert DEFAULT.cluster(dressed_clip(False)).labels[-1] == 0
    assert DEFAULT.cluster(dressed_clip(False, seconds_later=300)).labels[-1] > 11
    assert DEFAULT.cluster(dressed_clip(False, seconds_later=55)).labels[-1] > 11  # others are seen all the while
    naked = dressed_clip(False).with_(has_cloth=np.zeros(52, bool))
    assert DEFAULT.cluster(naked).labels[-1] > 11


def test_clothing_is_left_out_where_everybody_wears_the_same():
    labels = DEFAULT.cluster(dressed_clip(True, turn=0.525)).labels
    assert labels.max() == 12
    assert labels[-1] == 12


# explanations


def test_explain_names_distances_constraints_and_the_step():
    anna, ben = around(corner(0), 4, 0.3), around(corner(1), 4, 0.3)
    table = photos([*anna, *ben, corner(2)], photo=[0, 1, 2, 3, 0, 5, 6, 7, 8], quality=[0.9] * 8 + [0.05])
    result = DEFAULT.cluster(table)
    text = explain(table, result, [0, 4, 1, 8])
    apart = np.linalg.norm(table.embedding[0] - table.embedding[4])
    assert f"face distance {apart:.3f}" in text
    assert "in one frame: different people" in text
    assert "never the same person" in text
    assert "both are person 0" in text
    assert "beyond the cut" in text
    assert "within the cut" in text
    assert all(table.face_id[row] in text and result.notes[row] in text for row in (0, 1, 4, 8))
    assert "unknown" in text


def test_explain_knows_that_duplicates_are_allowed():
    anna = around(corner(0), 4, 0.3)
    table = photos(anna, photo=[0, 0, 1, 2])
    mirrored = People(allow_duplicates=True)
    text = explain(table, mirrored.cluster(table), [0, 1], allow_duplicates=True)
    assert "both are person 0" in text
    assert "in one frame" not in text
    assert "in one frame: different people" in explain(table, DEFAULT.cluster(table), [0, 1])


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
    table = photos(encoder.encode(np.stack(chips)), photo=photo, quality=quality)
    labels = DEFAULT.cluster(table).labels
    who = np.unique(truth, return_inverse=True)[1]
    assert (labels >= 0).mean() > 0.98
    assert agreement(who, labels)["nmi"] >= 0.99
    assert b_cubed(who, labels)[2] >= 0.99


def test_certain_pairs_are_spread_evenly_when_there_are_too_many(monkeypatch):
    table, _ = simulate(10, 200, per_frame=4)
    monkeypatch.setattr("facepipe.cluster.units.MAX_CERTAIN_PAIRS", 20)
    assert same_partition(DEFAULT.cluster(table).labels, simulate(10, 200, per_frame=4)[1])


def test_the_constraints_of_groups_are_those_of_their_members():
    cannot = sparse.csr_matrix(np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], bool))
    merged = constraints.merge(cannot, np.array([0, 1, 1, -1]), 2)
    assert merged.toarray().tolist() == [[False, True], [True, False]]
