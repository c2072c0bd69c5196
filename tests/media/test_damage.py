"""Videos that are damaged in the middle: what is shown of a frame does not depend on what else is wanted."""

from pathlib import Path

import numpy as np
import pytest
from clips import write_clip

from facepipe.media.decode import decode_frames
from facepipe.media.needed import entries
from facepipe.media.timeline import read_timeline


def damaged(path: Path, way: str, behind: int, size: int) -> Path:
    """Closed groups of ten pictures; so many bytes of the fifth are gone, so far behind its keyframe's beginning."""
    write_clip(path, 90, gop=10, options={"bf": "2", "crf": "10", "sc_threshold": "0"})
    timeline, content = read_timeline(path), bytearray(path.read_bytes())
    begin = int(timeline.packet_pos[np.flatnonzero(timeline.packet_key)[4]]) + behind
    content[begin : begin + size] = {"cut": b"", "zeroed": bytes(size)}[way]
    path.write_bytes(content)
    return path


def shown(path: Path, indices: list[int], threads: int = 1) -> dict[int, bytes | None]:
    pictures = decode_frames(path, read_timeline(path), indices, threads)
    found = [None if picture is None else picture.rgb().tobytes() for picture in pictures]
    return dict(zip(indices, found, strict=True))


@pytest.mark.parametrize(
    ("name", "way", "behind", "size"),
    [
        ("clip.mkv", "zeroed", 60, 40),
        ("clip.mkv", "cut", 60, 1500),
        ("clip.mp4", "zeroed", 300, 40),
        ("clip.mp4", "zeroed", 300, 1500),
        ("clip.mp4", "zeroed", 300, 4000),
        ("clip.ts", "cut", 300, 1500),
        ("clip.ts", "zeroed", -300, 4000),
    ],
)
def test_a_frame_is_the_same_whatever_else_is_wanted(tmp_path, name, way, behind, size):
    path = damaged(tmp_path / name, way, behind, size)
    there = [*range(len(read_timeline(path).frame_packet))]
    whole = shown(path, there)
    for wanted in (there[20:], there[44:], there[55:], there[::3]):
        for threads in (1, 2):
            found = shown(path, wanted, threads)
            assert [index for index in wanted if found[index] != whole[index]] == []


def test_decoding_begins_anew_where_nothing_before_matters():
    closed = np.array([0, 2, 1, 3, 5, 4]), np.array([0, 0, 0, 3, 3, 3])
    assert entries(*closed) == {0, 3}
    leading = np.array([0, 1, 4, 3, 5]), np.array([0, 0, 0, 3, 3])  # the third, behind the second keyframe, needs both
    assert entries(*leading) == {0}
    assert entries(np.array([7]), np.array([5])) == {5}
