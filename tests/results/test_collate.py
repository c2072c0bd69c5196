"""The shards of a run as one table."""

import pytest
from dataset_world import talk_show
from made_run import made_run

from facepipe.results.collate import collate_run


@pytest.mark.parametrize(("limit", "frames", "faces"), [(None, 8, 18), (1, 1, 2), (4, 2, 4), (5, 3, 6), (99, 8, 18)])
def test_faces_are_collated_up_to_the_frame_that_reaches_the_limit(tmp_path, limit, frames, faces):
    """Two faces in each of eight frames, a third in the last of either shot."""
    folder = made_run(tmp_path / "out", talk_show(people=2, shots=2), max_faces=limit)
    table = collate_run(folder)
    assert len(table) == folder.state.counts.faces == faces
    assert len(set(table.frame_id)) == folder.state.counts.frames_with_faces == folder.state.counts.frames == frames
    assert folder.state.counts.frames_skipped == 0


def test_forgotten_faces_are_left_out(tmp_path):
    folder = made_run(tmp_path / "out", talk_show(people=2, shots=2))
    whole = collate_run(folder).face_id
    assert collate_run(folder, whole[:3]).face_id == whole[3:]
