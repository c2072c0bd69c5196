"""Clips cover the segment they were cut for, decode, and keep sound and rotation."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import number_in, write_clip

from facepipe.errors import DecodeError
from facepipe.find.clips import cut_clip
from facepipe.media.decode import decode_all
from facepipe.media.timeline import read_timeline


def frames(path):
    faults = []
    found = list(decode_all(path, 1, faults.append))
    assert faults == []
    return found


def numbers(path):
    return [number_in(frame.picture.rgb()) for frame in frames(path)]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("h264.mp4", {}),
        ("open.mp4", {"options": {"x264-params": "open-gop=1:bframes=3:log-level=0"}}),
        ("mpeg4.avi", {"codec": "mpeg4"}),
        ("ts.ts", {}),
        ("matroska.mkv", {}),
    ],
)
def test_packets_are_copied_from_the_keyframe_before(tmp_path, name, options):
    path = write_clip(tmp_path / name, 100, **options)
    cut_clip(path, 1.2, 2.4, tmp_path / "cut.mp4")
    got = numbers(tmp_path / "cut.mp4")
    assert got == list(range(got[0], got[-1] + 1))
    assert 18 <= got[0] <= 24 and 60 <= got[-1] <= 66  # keyframes are 12 frames apart
    times = read_timeline(tmp_path / "cut.mp4")
    assert float(times.frame_ticks[-1] * times.time_base) == pytest.approx((len(got) - 1) / 25, abs=0.01)


@pytest.mark.parametrize(
    ("name", "options"),
    [("h264.mp4", {}), ("vp8.webm", {"codec": "libvpx"}), ("anim.gif", {"codec": "gif", "pix_fmt": "rgb8"})],
)
def test_exact_clips_hold_exactly_the_segment(tmp_path, name, options):
    path = write_clip(tmp_path / name, 80, **options)
    cut_clip(path, 1.2, 2.4, tmp_path / "cut.mp4", exact=name == "h264.mp4")  # the others do not fit into MP4
    got = numbers(tmp_path / "cut.mp4")
    assert got == list(range(30, 61))


@pytest.mark.parametrize("exact", [False, True])
def test_clips_stand_upright(tmp_path, exact):
    path = write_clip(tmp_path / "a.mp4", 50, rotation=90)
    cut_clip(path, 0.48, 1.0, tmp_path / "cut.mp4", exact=exact)
    before, after = frames(path)[12].picture.rgb(), frames(tmp_path / "cut.mp4")[0].picture.rgb()
    assert after.shape == before.shape == (160, 90, 3)
    assert np.abs(after.astype(int) - before).mean() < 6


def with_beep(path: Path, mute: Path, codec: str) -> Path:
    """The video `mute` in `path` with 4 s of sound: a beep from 2 to 3 s."""
    rate = 48_000
    with av.open(str(mute)) as silent, av.open(str(path), "w") as container:
        video = container.add_stream_from_template(silent.streams.video[0], opaque=True)
        sound = container.add_stream(codec, rate=rate, layout="mono")
        for packet in silent.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                container.mux(packet)
        seconds = np.arange(4 * rate) / rate
        wave = np.where((seconds >= 2) & (seconds < 3), np.sin(seconds * 2 * np.pi * 440), 0)
        samples = (wave * 20_000).astype(np.int16)
        for start in range(0, len(samples), rate // 10):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + rate // 10], "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def loud_at(path: Path) -> list[float]:
    """When something is to be heard, in seconds."""
    loud = []
    with av.open(str(path)) as clip:
        for frame in clip.decode(audio=0):
            values = frame.to_ndarray().astype(np.float64)
            if np.abs(values).max() > (0.1 if frame.format.name.startswith("flt") else 3000):
                loud.append(frame.time)
    return loud


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("codec", ["aac", "pcm_s16le", "libopus"])
def test_sound_comes_along(tmp_path, exact, codec):
    path = with_beep(tmp_path / "a.mkv", write_clip(tmp_path / "mute.mp4", 100), codec)
    cut_clip(path, 1.5, 3.5, tmp_path / "cut.mp4", exact=exact)
    first, loud = numbers(tmp_path / "cut.mp4")[0] / 25, loud_at(tmp_path / "cut.mp4")
    assert first + min(loud) == pytest.approx(2.0, abs=0.06)
    assert first + max(loud) == pytest.approx(3.0, abs=0.08)


@pytest.mark.parametrize("exact", [False, True])
def test_sound_goes_on_while_a_picture_stays(tmp_path, exact):
    slides = write_clip(tmp_path / "mute.mp4", 3, times=[0, 25, 50])
    cut_clip(with_beep(tmp_path / "a.mkv", slides, "aac"), 0, 2.9, tmp_path / "cut.mp4", exact=exact)
    assert max(loud_at(tmp_path / "cut.mp4")) == pytest.approx(2.9, abs=0.05)


def test_a_segment_that_is_not_there(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 20)
    with pytest.raises(DecodeError, match="shows nothing from"):
        cut_clip(path, 5.0, 6.0, tmp_path / "cut.mp4", exact=True)
