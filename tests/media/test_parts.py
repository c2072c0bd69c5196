"""A long video in parts: every part alone, and all together what the whole gives, to the pixel."""

from dataclasses import replace

import numpy as np
import pytest
from clips import write_clip

from facepipe.callbacks import no_warning
from facepipe.errors import DecodeError
from facepipe.media.readers import parts, sample
from facepipe.media.sources import find_sources
from facepipe.settings import SamplingSettings

DIVISIBLE = {
    "b_pyramid.mp4": {"options": {"bf": "3"}},
    "b_pyramid.mkv": {"options": {"bf": "3"}},
    "open_groups.mp4": {"options": {"x264-params": "open-gop=1:bframes=3"}},
    "transport.ts": {"options": {"bf": "2"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none:pools=1:bframes=4"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2", "b": "800k"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"bf": "2", "b": "900k"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"b": "500k", "cpu-used": "5", "lag-in-frames": "16"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "variable.mkv": {"times": [7 * i + 20 * (i // 3) for i in range(60)]},
}
WHOLE = {
    "animated.gif": {"codec": "gif", "pix_fmt": "rgb8", "rate": 10},
    "vp8.webm": {"codec": "libvpx", "options": {"b": "500k", "auto-alt-ref": "1", "lag-in-frames": "16"}},
    "one_group.mp4": {"gop": 100},
}
EVERY = SamplingSettings(interval=0.05)


def clip(folder, name, **options):
    (source,) = find_sources([write_clip(folder / name, 60, **{"gop": 10, **options})], pytest.fail)
    return source


def frames(part, source, is_done=lambda ref: False, warn=pytest.fail):
    return list(part.sample(source, EVERY, is_done=is_done, warn=warn, decode_threads=1))


@pytest.mark.parametrize("name", DIVISIBLE)
def test_parts_together_are_the_whole_to_the_pixel(tmp_path, name):
    source = clip(tmp_path, name, **DIVISIBLE[name])
    whole = list(sample(source, EVERY, warn=pytest.fail))
    divided = parts(source, EVERY, 7)
    assert len(divided) > 2 and all(part.count(source, EVERY) >= 7 for part in divided)
    found = [frame for part in reversed(divided) for frame in reversed(frames(part, source))][::-1]
    assert [(frame.ref, frame.size_wh) for frame in found] == [(frame.ref, frame.size_wh) for frame in whole]
    for one, other in zip(found, whole, strict=True):
        assert np.array_equal(one.picture.rgb(), other.picture.rgb())


@pytest.mark.parametrize("name", WHOLE)
def test_what_has_to_be_decoded_from_its_start_is_not_divided(tmp_path, name):
    assert parts(clip(tmp_path, name, **WHOLE[name]), EVERY, 7) == []


def test_nothing_is_decoded_twice_and_a_part_knows_its_own_packets_only(tmp_path):
    source = clip(tmp_path, "clip.mp4", options={"bf": "2"})
    divided = parts(source, EVERY, 7)
    assert sum(len(part.timeline.packet_ticks) for part in divided) <= 60
    assert (
        len({tick for part in divided for tick in part.timeline.packet_ticks.tolist()}) >= 55
    )  # but for those that no sample needs


def test_parts_of_keyframes_and_of_shorter_videos(tmp_path):
    source = clip(tmp_path, "clip.mp4")
    assert parts(source, EVERY, 31) == []  # less than two of them
    keyframes = replace(EVERY, seek="keyframes")
    indices = [part.indices for part in parts(source, keyframes, 2)]
    assert indices == [(0, 10), (20, 30), (40, 50)]
    assert parts(source, SamplingSettings(sampling="scenes"), 2) == []


def test_done_frames_keep_their_place_in_a_part(tmp_path):
    source = clip(tmp_path, "clip.mp4")
    part = parts(source, EVERY, 7)[1]
    first, *rest = frames(part, source, is_done=lambda ref: ref.index == part.indices[0])
    assert (first.ref.index, first.picture) == (part.indices[0], None)
    assert [frame.ref.index for frame in rest] == list(part.indices[1:]) and all(frame.picture for frame in rest)


def test_damage_inside_a_part_is_told(tmp_path):
    source = clip(tmp_path, "clip.ts", options={"bf": "2"})
    divided = parts(source, EVERY, 7)
    content = bytearray(source.path.read_bytes())
    middle = len(content) // 2 // 188 * 188
    content[middle : middle + 10 * 188] = bytes(10 * 188)
    source.path.write_bytes(content)
    told = []
    for part in divided:
        try:
            frames(part, source, warn=told.append)
        except DecodeError as error:
            told.append(str(error))
    assert told


def test_a_file_that_cannot_be_entered_there_is_an_error(tmp_path):
    source = clip(tmp_path, "clip.mp4")
    part = parts(source, EVERY, 7)[1]
    elsewhere = replace(part, timeline=replace(part.timeline, packet_ticks=part.timeline.packet_ticks + 1))
    with pytest.raises(DecodeError, match=r"clip\.mp4 cannot be entered at 0\.\d s"):
        frames(elsewhere, source, warn=no_warning)
