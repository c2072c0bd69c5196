"""Clips out of which something was cut without encoding them anew: an edit list says which pieces are shown."""

import struct
from pathlib import Path

import av
import pytest
from clips import number_in, write_clip

from facepipe.media.sampling import sample
from facepipe.media.sources import find_sources
from facepipe.media.timeline import read_timeline
from facepipe.settings import SamplingSettings

RATE = 25
PIECES = {
    "the middle is cut out": [(0, 50), (130, 50)],
    "not from keyframes": [(7, 20), (61, 30), (150, 11)],
    "one after the other": [(0, 60), (60, 60)],
    "the end alone": [(150, 40)],
}


def cut(path: Path, pieces: list[tuple[int, int]]) -> Path:
    """A clip of 200 numbered frames of which those are shown: (first, how many)."""
    write_clip(path, 200, rate=RATE, options={"bf": "0", "sc_threshold": "0"})
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        step = int(1 / (container.streams.video[0].time_base * RATE))
    edits = b"".join(struct.pack(">IiI", 1000 * count // RATE, first * step, 1 << 16) for first, count in pieces)
    table = struct.pack(">I4sII", 16 + len(edits), b"elst", 0, len(pieces)) + edits
    box, place = struct.pack(">I4s", 8 + len(table), b"edts") + table, data.find(b"edts") - 4
    (length,) = struct.unpack_from(">I", data, place)
    data[place : place + length] = box
    for name in (b"moov", b"trak"):
        outer = data.find(name) - 4
        struct.pack_into(">I", data, outer, struct.unpack_from(">I", data, outer)[0] + len(box) - length)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
def test_what_is_shown_is_sampled_at_the_times_at_which_it_is(tmp_path, pieces, threads):
    path = cut(tmp_path / "cut.mp4", pieces)
    with av.open(str(path)) as container:
        shown = [
            (number_in(frame.to_ndarray(format="rgb24")), float(frame.time)) for frame in container.decode(video=0)
        ]
    assert [number for number, _ in shown] == [n for first, count in pieces for n in range(first, first + count)]
    (source,) = find_sources([path], pytest.fail)
    timeline = read_timeline(path)
    assert timeline.is_mapped and not timeline.joined and not timeline.fault
    for stop in (None, 1.0):
        found = [
            (number_in(frame.picture.rgb()), frame.ref.time_s)
            for frame in sample(source, SamplingSettings(interval=0.2, stop=stop), decode_threads=threads)
        ]
        wanted = [(n, time) for n, time in shown[::5] if stop is None or time < stop]
        assert found == [(number, pytest.approx(time)) for number, time in wanted]
