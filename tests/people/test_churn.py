"""What a person confirmed stays, however the library changes around it: not one confirmed face moves."""

import numpy as np
import pytest
from panel_run import panel_run

from facepipe.cluster import CLUSTERERS
from facepipe.cluster.people import People
from facepipe.people.decisions import Decision, replay
from facepipe.people.labeller import Labeller
from facepipe.runs.layout import Layout
from facepipe.runs.table import read_table
from facepipe.table import FaceTable, columns


def both(one: FaceTable, other: FaceTable) -> FaceTable:
    """The rows of two tables."""
    pairs = {spec.name: (getattr(one, spec.name), getattr(other, spec.name)) for spec in columns()}
    return FaceTable(**{k: a + b if isinstance(a, tuple) else np.concatenate([a, b]) for k, (a, b) in pairs.items()})


def copied(table: FaceTable, noise: float) -> FaceTable:
    """The same faces in a second file, whose pictures are as good as the same."""
    rng = np.random.default_rng(1)
    return table.with_(
        face_id=tuple(f"copy-{face}" for face in table.face_id),
        frame_id=tuple(f"copy-{frame}" for frame in table.frame_id),
        source=tuple(f"copy {source}" for source in table.source),
        shot=table.shot + table.shot.max() + 1,
        embedding=table.embedding + rng.normal(0, noise, table.embedding.shape),
    )


def shuffled(table: FaceTable) -> FaceTable:
    return table.take(np.random.default_rng(2).permutation(len(table)))


def with_one_more_frame(table: FaceTable) -> FaceTable:
    frame = max(set(table.frame_id), key=lambda name: (table.frame_id.count(name), name))
    return both(table, copied(table.take(np.array([name == frame for name in table.frame_id])), 0.01))


def doubled(table: FaceTable) -> FaceTable:
    return both(table, copied(table, 0.01))


def doubled_exactly(table: FaceTable) -> FaceTable:
    return both(copied(table, 0.0), table)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory, sample_clip):
    """A run's table, its names, and corrections: one person named, two faces of another moved, one face rejected."""
    table = read_table(Layout(panel_run(tmp_path_factory, sample_clip)))
    names = dict(zip(table.face_id, table.person, strict=True))
    faces = {name: [table.face_id[row] for row in rows] for name, rows in table.rows_by_person().items()}
    # As collated: before clustering.
    table = table.with_(track=None, cluster=None, person=None)
    decisions = [
        Decision("rename", tuple(faces["person_001"]), "Anna", "person_001", 1),
        Decision("assign", tuple(faces["person_002"][:2]), "Ben", "person_002", 2),
        Decision("reject", (faces["person_003"][0],), "person_003", "person_003", 3),
        Decision("assign", (faces["person_004"][0],), "Anna", "person_004", 4),
    ]
    corrections = replay(decisions)
    assert len(corrections.person) == len(faces["person_001"]) + 3
    return table, names, corrections


@pytest.mark.parametrize("method", CLUSTERERS.names)
@pytest.mark.parametrize("change", [shuffled, with_one_more_frame, doubled, doubled_exactly])
def test_no_confirmed_face_moves(reviewed, change, method):
    table, names, corrections = reviewed
    changed = change(table)
    found = Labeller(CLUSTERERS.load(method)(), names, corrections).label(changed)
    now = dict(zip(found.face_id, found.person, strict=True))
    assert sorted(now) == sorted(changed.face_id)
    assert {face: now[face] for face in corrections.person} == corrections.person
    assert all(now[face] not in barred for face, barred in corrections.rejected.items())


@pytest.mark.parametrize("change", [shuffled, with_one_more_frame, doubled, doubled_exactly])
def test_unconfirmed_faces_keep_their_people_too(reviewed, change):
    """Nothing that is new speaks against anybody: with the default, every old name holds the same faces as before."""
    table, names, corrections = reviewed

    def named(faces):
        found = Labeller(People(), names, corrections).label(faces)
        return {face: person for face, person in zip(found.face_id, found.person, strict=True) if face in names}

    assert named(change(table)) == named(table)
