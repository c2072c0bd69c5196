"""Splits by shot: no leak, everybody in train, shares kept where whole shots allow."""

import numpy as np
import pytest
from dataset_world import Spot, make_run
from hypothesis import given, settings
from hypothesis import strategies as st

from facepipe.errors import UsageError
from facepipe.export.duplicates import measure_leak
from facepipe.export.export import Request, split_selected
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.selection import Selection, select
from facepipe.export.split import _joined, split_shots
from facepipe.table import FaceTable

PEOPLE = st.sampled_from(["", "ana", "ben", "cy"])


def table_of(rows: list[tuple[str, int, int, str]]) -> FaceTable:
    """A table of (source, shot, frame, person) rows, without pictures."""
    n = len(rows)
    return FaceTable(
        face_id=tuple(f"f{i}" for i in range(n)),
        frame_id=tuple(f"{source}-{frame}" for source, _, frame, _ in rows),
        source=tuple(row[0] for row in rows),
        frame_index=np.array([row[2] for row in rows]),
        time_s=np.zeros(n),
        box_ltrb=np.zeros((n, 4)),
        image_wh=np.ones((n, 2)),
        stored_wh=np.ones((n, 2)),
        score=np.ones(n),
        quality=np.ones(n),
        shot=np.array([row[1] for row in rows]),
        embedding=np.zeros((n, 128)),
        cloth=np.zeros((n, 128)),
        has_cloth=np.zeros(n, bool),
        person=tuple(row[3] for row in rows),
    )


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 12), st.integers(0, 3), PEOPLE), min_size=1, max_size=120),
    st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.5, 0.0), (0.6, 0.2, 0.2), (1.0, 0.0, 0.0)]),
)
@settings(max_examples=150)
def test_nothing_leaks_and_everybody_is_in_train(rows, shares):
    rows = sorted((source, shot, 100 * shot + frame, person) for source, shot, frame, person in rows)
    table = table_of(rows)
    split = split_shots(table, shares)
    homes: dict[tuple[str, int], set[str]] = {}
    for (source, shot, _, _), name in zip(rows, split.names, strict=True):
        homes.setdefault((source, shot), set()).add(name)
    assert all(len(names) == 1 for names in homes.values())
    in_train = {person for person, name in zip(table.person, split.names, strict=True) if name == "train"}
    assert table.people <= in_train
    assert "train" in split.names
    assert all(share or name not in split.names for share, name in zip(shares, ("train", "val", "test"), strict=True))
    assert split == split_shots(table, shares)


def test_shares_are_kept_with_many_shots():
    rng = np.random.default_rng(0)
    rows = [
        ("a", shot, 100 * shot + i, "ana" if i % 2 else "ben") for shot in range(200) for i in range(rng.integers(1, 9))
    ]
    split = split_shots(table_of(rows), (0.8, 0.1, 0.1))
    assert not split.notes
    shares = [split.names.count(name) / len(rows) for name in ("train", "val", "test")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


@pytest.mark.parametrize("kind", ["coco", "imagefolder"])
@given(st.integers(0, 99), st.sampled_from([{"dedupe": True}, {"max_per_person": 3}, {"dedupe": True, "per_pose": 2}]))
@settings(max_examples=10)
def test_copies_of_a_picture_stay_on_one_side_whoever_they_are_exported_for(kind, seed, chosen):
    """Where whole frames are exported, one copy is there for ana, another for ben, and both show both."""
    rng = np.random.default_rng(seed)
    copies = np.repeat(np.arange(12), rng.integers(1, 5, 12))  # photos, each a copy of a scene
    rows = [(f"{photo:02}.jpg", photo, photo, who) for photo in range(len(copies)) for who in ("ana", "ben")]
    table, scenes = table_of(rows), np.repeat(copies, 2)
    embedding = np.zeros((len(rows), 128))
    embedding[np.arange(len(rows)), scenes] = 1  # no two scenes are alike
    embedding[:, -1] = np.arange(len(rows)) % 2
    table = table.with_(
        embedding=embedding,
        box_ltrb=np.tile([(10, 10, 40, 40), (60, 10, 90, 40)], (len(copies), 1)),
        image_wh=np.full((len(rows), 2), 100),
        stored_wh=np.full((len(rows), 2), 100),
        quality=rng.random(len(rows)),
    )
    selected = select(table, Selection(**chosen))
    split = split_selected(selected, Request(kind, options=ExportOptions(split=(0.4, 0.3, 0.3))))
    exported = selected.chosen
    if EXPORTERS.load(kind).unit == "frame":
        exported = exported.reshape(-1, 2).any(1).repeat(2)
        assert len({*split.names}) == 3
    leak = measure_leak(table.with_(person=np.where(exported, table.person, "").tolist()), split.names)
    assert leak.near == 0


def test_a_burst_of_photos_stays_together():
    rows = [(f"{burst}_{photo}.jpg", burst, photo, "ana") for burst in range(8) for photo in range(5)]
    names = np.array(split_shots(table_of(rows), (0.6, 0.2, 0.2)).names).reshape(8, 5)
    assert (names == names[:, :1]).all() and len(set(names[:, 0])) == 3


def changed(before: FaceTable, after: FaceTable) -> list[tuple[str, str]]:
    """From where to where the faces moved that are in both."""
    dealt = dict(zip(after.face_id, split_shots(after, (0.8, 0.1, 0.1)).names, strict=True))
    was = zip(before.face_id, split_shots(before, (0.8, 0.1, 0.1)).names, strict=True)
    return [(name, dealt[face]) for face, name in was if face in dealt and dealt[face] != name]


@given(st.integers(0, 99), st.integers(0, 40))
@settings(max_examples=15)
def test_few_others_are_dealt_anew_where_some_come_or_go_and_none_from_val_to_test(seed, somebody):
    """A new input, somebody forgotten, somebody joined to another: what is at a border may go to train or come."""
    rng = np.random.default_rng(seed)
    people = [f"p{number}" for number in rng.integers(0, 41, 300)]
    sizes = rng.integers(1, 9, 300)
    rows = [("a", shot, 100 * shot + i, people[shot]) for shot in range(300) for i in range(sizes[shot])]
    most = 0.02 * len(rows) + 2 * 8  # a shot at each border, too
    whole = table_of([*rows, *(("b", 300 + shot, shot, people[shot]) for shot in range(15))])
    before = whole.take(np.arange(len(rows)))
    gone = f"p{somebody}"
    forgotten = before.take([row for row, name in enumerate(before.person) if name != gone])
    joined = before.with_(person=tuple("p1" if name == gone else name for name in before.person))
    for after in (whole, forgotten, joined):
        moves = changed(before, after)
        assert len(moves) <= most and all("train" in move for move in moves)


def test_one_shot_all_goes_to_train_and_is_said():
    split = split_shots(table_of([("a", 0, i, "ana") for i in range(10)]), (0.8, 0.1, 0.1))
    assert set(split.names) == {"train"}
    assert [note.split(":")[0] for note in split.notes] == ["no val split", "no test split"]


def test_a_share_that_whole_shots_cannot_keep_is_said():
    split = split_shots(
        table_of([("a", shot, 10 * shot + i, "ana") for shot in range(2) for i in range(5)]), (0.8, 0.2, 0)
    )
    assert split.notes == ("val has 50% of the faces instead of 20%: shots stay whole",)
    near = [("a", shot, 10 * shot + i, "ana") for shot in range(4) for i in range(5)]
    assert not split_shots(table_of(near), (0.79, 0.21, 0)).notes  # 25 %


def test_train_keeps_a_shot_though_nobody_is_known():
    rows = [("a", shot, 10 * shot, "") for shot in range(3)]
    assert sorted(split_shots(table_of(rows), (0.02, 0.49, 0.49)).names) == ["test", "train", "val"]
    assert sorted(split_shots(table_of(rows[:2]), (0.02, 0.49, 0.49)).names) in (["train", "val"], ["test", "train"])


def test_a_person_of_one_shot_keeps_it_in_train():
    rows = [("a", shot, 10 * shot + i, "ana") for shot in range(9) for i in range(3)] + [("a", 9, 99, "rare")]
    assert split_shots(table_of(rows), (0.4, 0.3, 0.3)).names[-1] == "train"


def test_train_needs_a_share():
    with pytest.raises(UsageError, match="train needs a share"):
        split_shots(table_of([("a", 0, 0, "ana")]), (0.0, 0.5, 0.5))


def test_an_empty_table(tmp_path):
    assert split_shots(make_run(tmp_path, []), (0.8, 0.1, 0.1)).names == ()


def test_photos_are_shots_of_their_own(tmp_path):
    spots = [Spot(f"p{i}.jpg", 0, (10, 10, 50, 50), "ana", shot=i) for i in range(20)]
    names = split_shots(make_run(tmp_path, spots), (0.8, 0.1, 0.1)).names
    assert (names.count("val"), names.count("test")) == (2, 2)


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=30),
    st.lists(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), min_size=1, max_size=8), max_size=4),
)
def test_shots_are_joined_as_connected_components_are(groups, links):
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    groups = np.array(groups)
    links = [np.array(some).T % len(groups) for some in links]
    found = _joined(groups, [(one, other) for one, other in links])
    one, other = (groups[np.concatenate(rows)] for rows in zip(*links, strict=True)) if links else ([], [])
    right = connected_components(coo_array((np.ones(len(one)), (one, other)), (13, 13)), directed=False)[1][groups]
    assert ((found[:, None] == found) == (right[:, None] == right)).all()
    assert (found <= groups).all() and np.isin(found, groups).all()
