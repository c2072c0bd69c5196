"""Which faces are exported, which are near-duplicates, and that these never stand on both sides of a split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.distances import squared
from facepipe.errors import UsageError
from facepipe.export.duplicates import NEAR_OVERLAP, everybodys_near_pairs, measure_leak, near_pairs, without_duplicates
from facepipe.export.selection import Selection, select
from facepipe.export.split import split_shots
from facepipe.geometry import iou_matrix
from facepipe.space import DLIB
from facepipe.table import FaceTable


def table_of(vectors, people=None, *, boxes=None, quality=None, image_wh=(100, 100)) -> FaceTable:
    """A table without pictures, a frame and a shot a face; people: default, ana."""
    vectors = np.asarray(vectors, float)
    n = len(vectors)
    sizes = np.tile(image_wh, (n, 1)) if np.ndim(image_wh) == 1 else np.array(image_wh)
    return FaceTable(
        face_id=tuple(f"f{i:03d}" for i in range(n)),
        frame_id=tuple(f"frame{i:03d}" for i in range(n)),
        source=("a.mp4",) * n,
        frame_index=np.arange(n),
        time_s=np.arange(n),
        box_ltrb=np.tile((20, 20, 60, 60), (n, 1)) if boxes is None else np.array(boxes),
        image_wh=sizes,
        stored_wh=sizes,
        score=np.ones(n),
        quality=np.full(n, 0.5) if quality is None else np.array(quality),
        shot=np.arange(n),
        embedding=np.pad(vectors, ((0, 0), (0, 128 - vectors.shape[1]))),
        cloth=np.zeros((n, 128)),
        has_cloth=np.zeros(n, bool),
        person=("ana",) * n if people is None else tuple(people),
    )


def chosen_ids(table, **options):
    return [table.face_id[row] for row in np.flatnonzero(select(table, Selection(**options)).chosen)]


def test_small_and_poor_faces_are_left_out_and_have_no_name_any_more():
    boxes = [(0, 0, 40, 40), (5, 60, 45, 79), (0, 0, 40, 40), (0, 0, 9, 9)]
    table = table_of(np.eye(4), ["ana", "ana", "ben", ""], boxes=boxes, quality=[0.9, 0.9, 0.2, 0.9])
    selected = select(table, Selection(min_size=20, min_quality=0.3))
    assert selected.table.person == ("ana", "", "", "")
    assert selected.chosen.tolist() == [True, False, False, False]
    assert selected.left_out() == {"below --min-size 20": 1, "below --min-quality 0.3": 1}


def test_near_duplicates_need_one_person_one_place_and_near_vectors():
    near, far = DLIB.near_duplicate - 0.01, DLIB.near_duplicate + 0.01
    here, there = (20, 20, 60, 60), (50, 20, 90, 60)
    vectors = [[0], [near], [far + near], [0], [0]]
    people = ["ana", "ana", "ana", "ana", "ben"]
    boxes = [here, (22, 20, 62, 60), here, there, here]
    table = table_of(vectors, people, boxes=boxes, quality=[0.5, 0.9, 0.5, 0.5, 0.5])
    # The first is a near-duplicate of the second, which is better; the others differ in vector, place or person.
    assert chosen_ids(table, dedupe=True) == ["f001", "f002", "f003", "f004"]
    assert select(table, Selection(dedupe=True)).table.person == tuple(people)


def test_a_resized_copy_of_a_picture_is_a_near_duplicate():
    boxes = [(20, 20, 60, 60), (40, 40, 120, 120)]
    table = table_of([[0], [0.1]], boxes=boxes, quality=[0.4, 0.6], image_wh=[(100, 80), (200, 160)])
    assert chosen_ids(table, dedupe=True) == ["f001"]


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 3), st.floats(0, 1)), min_size=1, max_size=40))
@settings(max_examples=60)
def test_what_is_kept_has_no_near_duplicates_and_what_is_left_out_has_a_better_one(faces):
    boxes = [(10 * place, 0, 10 * place + 40, 40) for _, place, _ in faces]
    table = table_of([[x] for x, _, _ in faces], boxes=boxes, quality=[quality for *_, quality in faces])
    rows = np.arange(len(table))
    kept = set(without_duplicates(table, rows).tolist())
    pairs = pairs_of(table)
    assert all((other, one) in pairs for one, other in pairs)
    assert not any(one in kept and other in kept for one, other in pairs)
    for row in set(rows.tolist()) - kept:
        assert any(one == row and other in kept and table.quality[other] >= table.quality[row] for one, other in pairs)


@pytest.mark.parametrize("seed", range(6))
def test_of_many_faces_the_near_duplicates_are_those_that_all_pairs_show(seed):
    """Many are compared only with those whose boxes lie near."""
    rng = np.random.default_rng(seed)
    count = 300 + 50 * seed
    wide_high = (1_000 * 0.6 ** rng.integers(0, 8, (count, 2))).astype(int)  # also exactly so much wider, which is most
    corners = rng.integers(0, (50, 300, 2_000)[seed % 3], (count, 2))
    boxes = np.hstack([corners, corners + wide_high])
    again = rng.integers(0, count, (2, count // 2))
    boxes[again[0]] = boxes[again[1]]  # one picture twice
    near = DLIB.near_duplicate
    table = table_of(rng.choice([0, 0.8 * near, 1.6 * near], (count, 1)), boxes=boxes, image_wh=(3_000, 3_000))
    close = squared(table.embedding, table.embedding) < near**2
    groups = rng.integers(0, 40, count) if seed % 2 else np.arange(count)
    wanted = close & (iou_matrix(boxes / 3_000, boxes / 3_000) >= NEAR_OVERLAP) & (groups[:, None] != groups)
    assert pairs_of(table, groups) == set(zip(*map(np.ndarray.tolist, np.nonzero(wanted)), strict=True))


def pairs_of(table: FaceTable, groups: np.ndarray | None = None) -> set[tuple[int, int]]:
    """The near-duplicates, each pair both ways round."""
    rows = np.arange(len(table))
    found = [
        pair for block in near_pairs(table, rows, groups) for pair in zip(*map(np.ndarray.tolist, block), strict=True)
    ]
    assert len({*found}) == len(found), "no pair comes twice"
    return {*found}


@pytest.mark.parametrize("grouped", [False, True])
def test_everybodys_near_duplicates_are_those_of_each(grouped):
    """However often people are seen: many are compared at once where they are seen seldom."""
    rng = np.random.default_rng(4)
    sizes = [1, 2, 3, 32, 33, 40, 2, 31, 1, 5, 64]
    names = [f"person_{who}" for who, size in enumerate(sizes) for _ in range(size)] + [""] * 20
    order = rng.permutation(len(names))
    base = rng.normal(size=(len(sizes) + 1, 128)) * 0.02
    embeddings = np.array([base[int(names[k][7:] or -1)] for k in order]) + rng.normal(size=(len(names), 128)) * 0.012
    table = table_of(embeddings, [names[k] for k in order])
    left, top = rng.integers(0, 200, (2, len(names)))
    table = table.with_(
        box_ltrb=np.stack([left, top, left + 400, top + 400], 1), image_wh=np.full((len(names), 2), 900)
    )
    groups = rng.integers(0, 30, len(names)) if grouped else None
    wanted = set()
    for person, rows in table.rows_by_person().items():
        for one, other in near_pairs(table, rows, None if groups is None else groups[rows]) if person else ():
            wanted |= {*zip(rows[one].tolist(), rows[other].tolist(), strict=True)}
    found = [
        pair
        for ends in everybodys_near_pairs(table, groups)
        for pair in zip(*map(np.ndarray.tolist, ends), strict=True)
    ]
    assert {*found} == wanted and len(found) == len(wanted)
    assert len(wanted) > 200 and len({table.person[row] for row, _ in wanted}) > 6


def test_max_per_person_counts_each_person():
    table = table_of(np.eye(7), ["ana"] * 4 + ["ben"] * 3)
    selected = select(table, Selection(max_per_person=2))
    assert [sum(selected.chosen[:4]), sum(selected.chosen[4:])] == [2, 2]
    assert selected.left_out() == {"above --max-per-person 2": 3}


def test_who_is_exported_all_the_same_is_not_left_out():
    """Where whole frames are exported, and where who was not asked for is a class of its own."""
    table = table_of(np.eye(7), ["ana"] * 4 + ["ben"] * 3)
    selected = select(table, Selection(people=("ana",), max_per_person=2))
    gone = [face for face, kept in zip(table.face_id, selected.chosen, strict=True) if not kept]
    assert selected.left_out() == {"above --max-per-person 2": 2, "not asked for by --person": 3}
    assert selected.left_out(gone[:1]) == {"above --max-per-person 2": 1, "not asked for by --person": 3}
    assert selected.left_out(table.face_id) == {}


def test_people_who_are_not_asked_for_become_unknown():
    table = table_of(np.eye(3), ["ana", "ben", ""])
    selected = select(table, Selection(people=("ben",)))
    assert selected.table.person == ("", "ben", "")
    assert selected.left_out() == {"not asked for by --person": 1}
    with pytest.raises(UsageError, match=r"--person cy: .* it has ana, ben"):
        select(table, Selection(people=("cy",)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_size": -1}, "--min-size -1"),
        ({"min_quality": 1.5}, "--min-quality 1.5"),
        ({"max_per_person": 0}, "per-per"),
    ],
)
def test_selections_are_checked(options, message):
    with pytest.raises(UsageError, match=message.replace("per-per", "--max-per-person 0")):
        Selection(**options)


def test_shots_that_share_a_near_duplicate_stay_together():
    """A camera that is cut back to: shots 0, 2, 4, ... show one view of ana, shots 1, 3, 5, ... another."""
    vectors = [[0.01 * shot, shot % 2] for shot in range(12)]
    table = table_of(vectors)
    names = split_shots(table, (0.5, 0.5, 0.0)).names
    assert len({*names[::2]}) == len({*names[1::2]}) == 1
    assert set(names) == {"train", "val"}
    assert measure_leak(table, names).near == 0


def test_the_leak_of_a_split_is_counted():
    table = table_of([[0], [0.1], [1], [1.1], [2], [3]], ["ana"] * 5 + [""])
    leak = measure_leak(table, ["train", "val", "train", "train", "test", "test"])
    assert (leak.faces, leak.near) == (2, 1)
    # Four of the five have one twin, which a random split with 3 of 5 in train puts there in .6 of the cases.
    assert leak.near_random == pytest.approx(0.8 * 0.6)
    assert measure_leak(table, ["train"] * 6).faces == 0
