"""How many files a run must have of each source."""

from facepipe.runs.tally import Tally


def test_a_frame_has_a_shard_and_a_picture_where_it_has_faces_and_counts_once():
    tally = Tally()
    for frame_id, faces in (("clip-0123abcd-0000001", 0), ("clip-0123abcd-0000002", 3), ("other-1-0000001", 1)):
        tally.add(frame_id, faces)
    tally.add("clip-0123abcd-0000002", 3)
    assert tally.by_source() == {"clip-0123abcd": 3, "other-1": 2}
