"""Sampling: the right frames, the right times, whatever the codec, the container, the threads or the damage."""

import random
import struct
import threading
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import number_in, write_clip

from facepipe.errors import DecodeError
from facepipe.media import decode
from facepipe.media.decode import decode_all, decode_frames
from facepipe.media.sampling import count_samples, nearest, sample
from facepipe.media.sources import find_sources
from facepipe.media.timeline import read_timeline
from facepipe.media.video import open_video
from facepipe.settings import SamplingSettings

QUIET_HEVC = {"x265-params": "log-level=none:pools=1:bframes=4"}
LAGGED = {"b": "500k", "deadline": "good", "cpu-used": "5", "lag-in-frames": "16", "auto-alt-ref": "1"}
IRREGULAR = np.cumsum([0, *random.Random(1).choices([10, 20, 30, 70], k=59)]).tolist()  # ms

CLIPS = {
    "b_pyramid.mp4": {"options": {"bf": "3"}, "gop": 20},
    "b_pyramid.mkv": {"options": {"bf": "3"}},
    "plain.mov": {},
    "open_groups.mp4": {"options": {"x264-params": "open-gop=1:bframes=3"}},
    "intra_refresh.mp4": {"options": {"intra-refresh": "1"}, "gop": 20},
    "transport.ts": {"options": {"bf": "2"}},
    "hevc.mp4": {"codec": "libx265", "options": QUIET_HEVC},
    "mpeg4.mp4": {"codec": "mpeg4", "options": {"bf": "2", "b": "800k"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2", "b": "800k"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"bf": "2", "b": "900k"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": LAGGED},
    "vp8.webm": {"codec": "libvpx", "options": LAGGED},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "animated.gif": {"codec": "gif", "pix_fmt": "rgb8", "rate": 10},
    "prores.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "ten_bit.mp4": {"pix_fmt": "yuv420p10le"},
    "ntsc.mp4": {"rate": Fraction(30000, 1001)},
    "variable.mp4": {"times": IRREGULAR, "time_base": Fraction(1, 1000)},
    "variable.mkv": {"times": IRREGULAR, "time_base": Fraction(1, 1000)},
}
UNMAPPED = {"vp8.webm"}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Makes a clip of 60 numbered frames once."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name):
        path = folder / name
        return path if path.exists() else write_clip(path, 60, **CLIPS[name])

    return make


def run(path, warnings=None, is_done=lambda ref: False, threads=1, **settings):
    warnings = [] if warnings is None else warnings
    (source,) = find_sources([path], warnings.append)
    settings = SamplingSettings(**settings)
    return list(sample(source, settings, is_done=is_done, warn=warnings.append, decode_threads=threads))


def expected(times_s, interval):
    """The nearest frame to each k * interval, the slow way, on exact times."""
    indices, target = [], Fraction(0)
    while target <= times_s[-1]:
        best = min(range(len(times_s)), key=lambda i: abs(times_s[i] - target))
        indices += [best] if best not in indices else []
        target += Fraction(str(interval))
    return indices


def times_of(name):
    kwargs = CLIPS[name]
    if "times" in kwargs:
        return [Fraction(t, 1000) for t in kwargs["times"]]
    return [i / Fraction(kwargs.get("rate", 25)) for i in range(60)]


@pytest.mark.parametrize("name", CLIPS)
def test_frame_number_and_time_are_those_of_the_source(clips, name):
    for interval in (0.05, 0.3):
        frames = run(clips(name), interval=interval)
        indices = [frame.ref.index for frame in frames]
        assert [number_in(frame.picture.rgb()) for frame in frames] == indices
        if name == "b_pyramid.mkv" or name == "vp8.webm" or name == "vp9.webm" or name == "variable.mkv":
            tolerance = 0.0011  # Matroska stores whole milliseconds
        else:
            tolerance = 1e-4
            assert indices == expected(times_of(name), interval)
        times = [float(times_of(name)[i]) for i in indices]
        assert [frame.ref.time_s for frame in frames] == pytest.approx(times, abs=tolerance)


@pytest.mark.parametrize("name", CLIPS)
def test_skipping_and_decoding_everything_agree_to_the_pixel(clips, name):
    path = clips(name)
    timeline = read_timeline(path)
    assert timeline.is_mapped == (name not in UNMAPPED)
    everything = list(decode_all(path, 1, pytest.fail))
    assert [number_in(frame.picture.rgb()) for frame in everything] == list(range(60))
    if not timeline.is_mapped:
        return
    assert [frame.ticks for frame in everything] == timeline.frame_ticks.tolist()
    rng = random.Random(0)
    some = sorted(rng.sample(range(60), 12))
    for wanted, threads in ((range(60), 1), (range(60), 3), (some, 2), ([41], 1), ([7, 19, 58], 3)):
        got = list(decode_frames(path, timeline, list(wanted), threads))
        for index, picture in zip(wanted, got, strict=True):
            assert np.array_equal(picture.rgb(), everything[index].picture.rgb())


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", ["b_pyramid.mp4", "mpeg4.mp4", "vp9.webm"])
def test_keyframe_flags_that_lie_cost_time_but_no_frame(clips, name, threads):
    path = clips(name)
    timeline = read_timeline(path)
    lying = replace(timeline, packet_key=np.ones_like(timeline.packet_key))
    wanted = [3, 5, 8, 9, 17, 22, 23, 31, 40, 55]
    pictures = decode_frames(path, lying, wanted, threads)
    assert [number_in(picture.rgb()) for picture in pictures] == wanted


def test_several_threads_decode_at_the_same_time_each_at_a_keyframe_of_its_own(clips, monkeypatch):
    path, opened = clips("b_pyramid.mp4"), []
    together = threading.Barrier(2)

    def open_and_wait(*given, **how):
        if threading.current_thread() is not threading.main_thread() and len(opened) < 2:
            opened.append(given)
            together.wait(20)  # broken, and an error, where one thread alone comes
        return open_video(*given, **how)

    timeline = read_timeline(path)
    monkeypatch.setattr("facepipe.media.decode.open_video", open_and_wait)
    pictures = decode_frames(path, timeline, range(0, 60, 2), 2)
    assert [number_in(picture.rgb()) for picture in pictures] == list(range(0, 60, 2))
    assert len(opened) == 2


@pytest.mark.parametrize("after", [0, 2])
def test_where_a_file_cannot_be_entered_it_is_read_through(clips, monkeypatch, after):
    entered = []

    def entry(container, stream, timeline):
        if len(entered) >= after:
            raise decode._NoEntry("not here")
        entered.append(timeline)
        return really(container, stream, timeline)

    really = decode._packets_of_part
    monkeypatch.setattr(decode, "_packets_of_part", entry)
    path = clips("hevc.mp4")
    pictures = decode_frames(path, read_timeline(path), range(60), 2)
    assert [number_in(picture.rgb()) for picture in pictures] == list(range(60))
    assert len(entered) == after


def test_a_damaged_index_keeps_no_frame_from_being_read(clips, monkeypatch):
    """Of damaged AVI files libav has answered "Operation not permitted"."""

    class Unseekable:
        def __init__(self, container):
            self._container = container

        def __getattr__(self, name):
            return getattr(self._container, name)

        def seek(self, *given, **how):
            raise av.error.PermissionError(1, "Operation not permitted")

    @contextmanager
    def opened(*given, **how):
        with open_video(*given, **how) as (container, stream):
            yield Unseekable(container), stream

    path = clips("mpeg4.avi")
    timeline = read_timeline(path)
    monkeypatch.setattr(decode, "open_video", opened)
    assert [number_in(picture.rgb()) for picture in decode_frames(path, timeline, range(60), 3)] == list(range(60))
    with pytest.raises(DecodeError, match="cannot be entered"):
        list(decode_frames(path, timeline.part(*timeline.batches(range(60), 20)[1]), range(20)))


def test_large_frames_are_decoded_on_as_many_threads_as_there_is_memory_for(clips, monkeypatch):
    path = clips("plain.mov")
    timeline = read_timeline(path)
    monkeypatch.setattr(decode, "ahead", lambda *given: pytest.fail("on several threads"))
    large = replace(timeline, size_wh=(7680, 4320))
    pictures = decode_frames(path, large, range(60), 8)
    assert [number_in(picture.rgb()) for picture in pictures] == list(range(60))


@pytest.mark.parametrize("name", ["b_pyramid.mp4", "animated.gif", "vp8.webm"])
def test_done_frames_keep_their_place_and_are_not_given(clips, name):
    path = clips(name)
    whole = run(path, interval=0.2)
    odd = run(path, interval=0.2, is_done=lambda ref: ref.index % 2 == 1)
    assert [frame.ref for frame in odd] == [frame.ref for frame in whole]
    assert [frame.picture is None for frame in odd] == [frame.ref.index % 2 == 1 for frame in whole]
    assert all(number_in(f.picture.rgb()) == f.ref.index for f in odd if f.picture)


def test_finished_videos_are_not_decoded_again(clips, monkeypatch):
    path = clips("b_pyramid.mp4")
    run(path, interval=0.2)
    monkeypatch.setattr("facepipe.media.decode.open_video", lambda *_: pytest.fail("opened"))
    assert all(frame.picture is None for frame in run(path, interval=0.2, is_done=lambda ref: True))


@pytest.mark.parametrize("name", ["b_pyramid.mp4", "vp8.webm"])
def test_skip_and_stop(clips, name):
    frames = run(clips(name), interval=0.2, skip=0.52, stop=1.3)
    assert [frame.ref.index for frame in frames] == [13, 18, 23, 28]


def test_skip_beyond_the_end_is_said(clips):
    warnings = []
    assert run(clips("plain.mov"), warnings, skip=100.0) == []
    assert len(warnings) == 1 and "--skip" in warnings[0]


@pytest.mark.parametrize("name", ["b_pyramid.mp4", "hevc.mp4", "vp8.webm"])
def test_keyframes_only(clips, name):
    keys = [frame.index for frame in decode_all(clips(name), 1, pytest.fail) if frame.is_key]
    frames = run(clips(name), interval=0.1, seek="keyframes")
    assert [frame.ref.index for frame in frames] == keys
    assert [number_in(frame.picture.rgb()) for frame in frames] == keys


def test_keyframes_nearest_to_each_time(clips):
    # Keyframes at 0, 12, 24, 36, 48 (0, .48, .96, 1.44, 1.92 s); times 0, .7, 1.4, 2.1 s.
    frames = run(clips("plain.mov"), interval=0.7, seek="keyframes")
    assert [frame.ref.index for frame in frames] == [0, 12, 36]


@pytest.mark.parametrize("name", ["b_pyramid.mp4", "variable.mp4", "animated.gif"])
def test_count_is_exact(clips, name):
    (source,) = find_sources([clips(name)], pytest.fail)
    for seek in ("exact", "keyframes"):
        for interval in (0.01, 0.13, 1.0):
            settings = SamplingSettings(interval=interval, seek=seek)
            assert count_samples(source, settings) == len(list(sample(source, settings)))


def test_count_is_unknown_where_only_decoding_tells(clips):
    (source,) = find_sources([clips("vp8.webm")], pytest.fail)
    assert count_samples(source, SamplingSettings()) is None


def test_one_frame(tmp_path):
    for name, kwargs in {"one.mp4": {}, "one.gif": {"codec": "gif", "pix_fmt": "rgb8"}}.items():
        (frame,) = run(write_clip(tmp_path / name, 1, **kwargs))
        assert (frame.ref.index, frame.ref.time_s, frame.size_wh) == (0, 0.0, (160, 90))


@pytest.mark.parametrize("bf", ["0", "2", "3"])
def test_times_of_a_container_that_knows_decoding_times_only(tmp_path, bf):
    path = write_clip(tmp_path / "a.avi", 100, options={"bf": bf})
    seen = [(number_in(frame.picture.rgb()), frame.ref.time_s) for frame in run(path, interval=0.04)]
    assert seen == [(number, pytest.approx(number / 25)) for number in range(100)]


def test_of_two_frames_equally_near_the_earlier_is_taken():
    frames = [(0, "a"), (2, "b"), (4, "c"), (6, "d")]  # at 0, .2, .4, .6 s; looked for at .1, .3, .5
    assert list(nearest(frames, Fraction(1, 10), SamplingSettings(interval=0.2, skip=0.1))) == ["a", "b", "c"]


def test_a_hostile_gap_in_time_costs_nothing():
    frames = [(0, "a"), (1, "b"), (2**62, "c")]
    assert list(nearest(frames, Fraction(1, 1000), SamplingSettings(interval=0.001))) == ["a", "b", "c"]


def test_stage_clip(shared_data):
    frames = run(shared_data / "clips" / "stage.mp4", interval=1.0)
    assert [frame.ref.index for frame in frames] == list(range(0, 275, 30))
    assert frames[1].ref.time_s == pytest.approx(1.001001, abs=1e-6)
    assert frames[0].size_wh == (640, 360)


class TestDamage:
    @pytest.fixture
    def whole(self, tmp_path):
        return write_clip(
            tmp_path / "whole.mp4", 100, gop=20, options={"bf": "3"}, container_options={"movflags": "faststart"}
        )

    def test_cut_off(self, whole, tmp_path):
        path = tmp_path / "cut.mp4"
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        warnings = []
        frames = run(path, warnings, interval=0.2)
        assert 4 <= len(frames) < 20
        assert [number_in(frame.picture.rgb()) for frame in frames] == [frame.ref.index for frame in frames]
        assert len(warnings) == 1 and "cut off" in warnings[0] and "\n" not in warnings[0]

    def test_overstated_length(self, tmp_path):
        data = write_clip(tmp_path / "whole.mkv", 100, gop=20).read_bytes()
        path = tmp_path / "half.mkv"
        path.write_bytes(data[: len(data) // 2])
        warnings = []
        frames = run(path, warnings, interval=0.2)
        assert 4 <= len(frames) < 20
        assert len(warnings) == 1 and "claims 4.0 s" in warnings[0]

    @pytest.mark.parametrize(
        ("rate", "claimed_s", "said"), [(1, 101.9, False), (1, 102.1, True), (25, 4.9, False), (25, 5.1, True)]
    )
    def test_a_claim_may_be_wrong_by_a_second_or_two_percent(self, tmp_path, rate, claimed_s, said):
        """A hundred frames: the last is over at 100 s, or at 4 s."""
        path = write_clip(tmp_path / "clip.mkv", 100, rate=rate, gop=50)
        data, mark = bytearray(path.read_bytes()), b"\x44\x89\x88"  # the duration, a float of 8 bytes, in milliseconds
        start = data.index(mark) + len(mark)
        data[start : start + 8] = struct.pack(">d", 1000 * claimed_s)
        path.write_bytes(data)
        warnings = []
        assert len(run(path, warnings, interval=100 / rate / 4)) == 4
        assert [f"claims {claimed_s:.1f} s" in line for line in warnings] == [True] * said

    def test_a_recording_that_begins_late_lasts_as_long_as_it_says(self, tmp_path):
        """Matroska says when it ends: 104 s, of which it has the last four."""
        times = [100_000 + 40 * number for number in range(100)]
        path = write_clip(tmp_path / "late.mkv", 100, times=times, time_base=Fraction(1, 1000))
        warnings = []
        assert len(run(path, warnings, interval=1)) == 4 and warnings == []
        cut = tmp_path / "cut.mkv"
        cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert len(run(cut, warnings, interval=0.2)) < 15 and "claims 4.0 s" in warnings[0]

    @pytest.mark.parametrize("threads", [1, 2, 4])
    def test_a_frame_of_mjpeg_that_breaks_off_is_left_out(self, tmp_path, threads):
        """FFmpeg would show the rest of another frame in it, of whichever lay in its memory."""
        path = write_clip(tmp_path / "webcam.avi", 30, codec="mjpeg", pix_fmt="yuvj420p")
        with av.open(str(path)) as container:
            packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
        data, damaged = bytearray(path.read_bytes()), range(4, 30, 5)
        for number in damaged:
            middle = packets[number][0] + packets[number][1] // 2
            data[middle : middle + 2] = b"\xff\xd9"  # what marks the end
        path.write_bytes(data)
        warnings = []
        frames = run(path, warnings, interval=0.04, threads=threads)
        assert [frame.ref.index for frame in frames] == [n for n in range(30) if n not in damaged]
        assert [frame.ref.time_s for frame in frames] == [pytest.approx(frame.ref.index / 25) for frame in frames]
        assert [number_in(frame.picture.rgb()) for frame in frames] == [frame.ref.index for frame in frames]
        assert len(warnings) == 1 and "6 of 30 sampled frames are damaged" in warnings[0]

    def test_frames_of_a_camera_that_all_break_off_near_their_end_are_used(self, tmp_path):
        path = write_clip(tmp_path / "webcam.avi", 30, codec="mjpeg", pix_fmt="yuvj420p")
        with av.open(str(path)) as container:
            packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
        data = bytearray(path.read_bytes())
        for start, size in packets:
            data[start + size - 40 : start + size - 38] = b"\xff\xd9"
        path.write_bytes(data)
        assert read_timeline(path).lenient
        frames = run(path, interval=0.04)
        assert [number_in(frame.picture.rgb()) for frame in frames] == [*range(30)]

    def test_a_last_picture_that_stays_is_no_damage(self, tmp_path):
        warnings = []
        assert len(run(write_clip(tmp_path / "slides.mp4", 3, rate=Fraction(1, 60)), warnings, interval=60)) == 3
        assert warnings == []

    def test_what_stands_behind_a_stretch_of_zeros_is_found(self, tmp_path):
        data = write_clip(tmp_path / "whole.ts", 100, gop=20).read_bytes()
        middle = len(data) // 2 // 188 * 188
        path = tmp_path / "holes.ts"
        path.write_bytes(data[:middle] + bytes(300_000) + data[middle:] + bytes(300_000))
        warnings = []
        frames = run(path, warnings, interval=0.2)
        assert [number_in(frame.picture.rgb()) for frame in frames] == list(range(0, 100, 5))
        assert len(warnings) == 1 and "stretches of nothing" in warnings[0]

    def test_broken_in_the_middle(self, whole, tmp_path):
        data = bytearray(whole.read_bytes())
        start = len(data) // 2
        data[start : start + 3000] = random.Random(0).randbytes(3000)
        path = tmp_path / "broken.mp4"
        path.write_bytes(data)
        warnings = []
        frames = run(path, warnings, interval=0.2)
        right = [number_in(frame.picture.rgb()) == frame.ref.index for frame in frames]
        assert all(right[:5]) and right[-1] and frames[-1].ref.index == 95
        assert len(warnings) == 1 and "damaged" in warnings[0]
        again = []
        threaded = run(path, again, interval=0.2, threads=3)
        assert again == warnings and [frame.ref for frame in threaded] == [frame.ref for frame in frames]
        for one, other in zip(frames, threaded, strict=True):
            assert np.array_equal(one.picture.rgb(), other.picture.rgb())

    @pytest.mark.parametrize("threads", [1, 3])
    def test_an_index_that_is_wrong_about_times_leads_to_no_other_frame(self, tmp_path, threads):
        """In AVI, times after a seek are counted by it."""
        path = write_clip(tmp_path / "clip.avi", 90, codec="mjpeg", pix_fmt="yuvj420p")
        data = bytearray(path.read_bytes())
        index = data.rindex(b"idx1") + 8
        entries = [data[at : at + 16] for at in range(index, len(data) - 15, 16)]
        for entry in entries[20:30]:
            entry[:4] = b"zzzz"  # of no stream: those behind them are counted ten too early
        data[index : index + 16 * len(entries)] = b"".join(entries)
        path.write_bytes(data)
        pictures = decode_frames(path, read_timeline(path), range(90), threads)
        assert [number_in(picture.rgb()) for picture in pictures] == list(range(90))

    @pytest.mark.parametrize("content", [b"hello\n" * 1000, random.Random(0).randbytes(50_000)])
    def test_not_a_video(self, tmp_path, content):
        path = tmp_path / "text.mp4"
        path.write_bytes(content)
        with pytest.raises(DecodeError, match=r"text\.mp4") as error:
            run(path)
        assert "\n" not in str(error.value)

    def test_a_list_of_other_files(self, tmp_path):
        write_clip(tmp_path / "clip.mp4", 3)
        (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile clip.mp4\n")
        with pytest.raises(DecodeError, match=r"list\.mp4 is a list"):
            run(tmp_path / "list.mp4")

    def test_index_missing(self, tmp_path):
        path = tmp_path / "part.mp4"
        path.write_bytes(write_clip(tmp_path / "whole.mp4", 50).read_bytes()[:3000])
        with pytest.raises(DecodeError, match="complete"):
            run(path)
