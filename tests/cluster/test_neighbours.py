"""Where groups look for each other when there are too many to compare each with all."""

import numpy as np
import pytest
from labelled_tables import make_table, same_partition, simulate

from facepipe import distances
from facepipe.cluster import constraints, neighbours
from facepipe.cluster.counted import priors_of
from facepipe.cluster.groups import Groups
from facepipe.cluster.neighbours import Neighbours
from facepipe.cluster.pairs import pairs_for
from facepipe.cluster.people import People
from facepipe.cluster.units import make_units
from facepipe.evaluate.metrics import b_cubed, singletons
from facepipe.records import Told
from facepipe.table import FaceTable


@pytest.fixture
def cells(monkeypatch):
    """Many small cells of which few are looked at, whatever the number of groups."""

    def use(many: int = 1, per_cell: int = 12, probed: int = 6) -> None:
        for name, value in {"MANY": many, "PER_CELL": per_cell, "PROBED": probed, "FIRST": 5}.items():
            monkeypatch.setattr(neighbours, name, value)

    return use


def drawn(people: int = 40, faces: int = 1200) -> tuple[FaceTable, np.ndarray]:
    """Half of the faces in photos of three, half in clips of shots, some of them too bad to vote; and who they are."""
    table, who = simulate(people, faces, per_frame=3)
    rng = np.random.default_rng(1)
    frame = table.frame_index
    clip = [f"{number // 50}.mp4" if number < faces // 6 else f"{number}.jpg" for number in frame.tolist()]
    mixed = make_table(table.embedding, frame=frame, time_s=frame / 5, source=clip)
    quality = np.where(rng.random(faces) < 0.1, 0.02, rng.uniform(0.3, 1, faces))
    return mixed.with_(space=table.space, shot=frame // 5, quality=quality), who


def groups_of(table: FaceTable) -> Groups:
    return Groups.of_units(make_units(table, np.full(len(table), -1)), table.space.likeness)


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (1, 1), (7, 7), (40, 40)])
def test_tiles_cover_every_pair_once(monkeypatch, rows, columns, above):
    monkeypatch.setattr(distances, "BLOCK_COLUMNS", 6)
    monkeypatch.setattr(distances, "BLOCK_BYTES", 4 * 6 * 5)
    seen = np.zeros((rows, columns), int)
    for here, there in distances.tiles(rows, columns, above):
        assert seen[here, there].size <= 30
        seen[here, there] += 1
    needed = np.triu(np.ones_like(seen)) if above else np.ones_like(seen)
    assert (seen >= needed).all() and seen.max(initial=0) <= 1


def test_cells_are_a_partition_and_a_group_meets_all_of_the_nearest_ones(cells):
    cells()
    groups = groups_of(drawn()[0])
    near, n = Neighbours(groups), len(groups)
    cell = near._cell
    assert len(near._cells.centres) == n // 12 == cell.max() + 1
    alike = near.direction @ near._cells.centres.T
    assert (alike[np.arange(n), cell] == alike.max(1)).all()
    met = np.zeros((n, n), int)
    for here, there in near.tiles(near.direction):
        met[np.ix_(here, there)] += 1
    nearest = np.argsort(-alike, axis=1)[:, :6]
    assert np.array_equal(met, (nearest[:, :, None] == cell[None, None, :]).any(1))
    assert (np.diag(met) == 1).all()


def test_cells_follow_what_is_joined(cells):
    cells()
    groups = groups_of(drawn(faces=300)[0])
    near = Neighbours(groups)
    owner = np.arange(len(groups)) // 2
    owner[len(groups) // 2 :] = np.arange(len(groups) // 2, len(groups)) - len(groups) // 2 + owner[len(groups) // 2]
    kept, owner = np.unique(owner, return_index=True)[1], np.unique(owner, return_inverse=True)[1]
    joined = groups.pooled(owner, len(kept))
    near.follow(kept, np.flatnonzero(np.bincount(owner) > 1), joined)
    assert near.direction == pytest.approx(joined.directions())
    assert near.agreement == pytest.approx(joined.agreement())
    assert np.array_equal(near._cell, (near.direction @ near._cells.centres.T).argmax(1))


def test_nearly_all_pairs_with_evidence_are_found_with_exact_numbers(cells):
    table, _ = drawn()
    groups = groups_of(table)
    priors, rows, none = priors_of(groups, table.space.likeness), np.arange(len(groups)), constraints.none(len(groups))

    def found() -> dict[tuple[int, int], float]:
        pairs = list(pairs_for(groups, groups, rows, Neighbours(groups), priors, none))
        ends = [np.concatenate([getattr(some, name) for some in pairs]).tolist() for name in ("left", "right")]
        likeness = np.concatenate([some.likeness for some in pairs]).tolist()
        return {(min(pair), max(pair)): value for *pair, value in zip(*ends, likeness, strict=True)}

    everything = found()
    cells()
    some = found()
    assert len(everything) > 10_000
    assert len(some) > 0.99 * len(everything)
    assert all(everything[pair] == pytest.approx(value, abs=1e-5) for pair, value in some.items())


def test_the_people_are_those_of_comparing_everybody(cells):
    table, who = drawn()
    ids = np.array(table.face_id)
    first, second = (ids[who == person] for person in (3, 4))
    named, apart = (frozenset(first[:4]), frozenset(first[4:8])), (frozenset(second[:5]), frozenset(second[5:9]))
    told = Told(people=named, apart=(apart,))
    table = table.with_(told=told)
    everything = People().cluster(table)
    cells()
    some = People().cluster(table)
    assert 40 <= everything.labels.max() < 90
    assert b_cubed(singletons(everything.labels), some.labels)[2] > 0.99
    frames = table.frame_codes()
    assert constraints.impossible_pairs(frames, some.labels) == 0
    label = dict(zip(table.face_id, some.labels.tolist(), strict=True))
    assert not {label[face] for face in first[:4]} & {label[face] for face in first[4:8]}
    assert not {label[face] for face in second[:5]} & {label[face] for face in second[5:9]}


def test_the_order_of_the_rows_does_not_matter(cells):
    cells()
    table, _ = drawn(faces=600)
    order = np.random.default_rng(0).permutation(len(table))
    one, other = People().cluster(table), People().cluster(table.take(order))
    assert same_partition(one.labels[order], other.labels)
    assert [one.notes[row] for row in order] == list(other.notes)
