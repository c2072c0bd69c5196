"""Video as cameras and television make it: interlaced, joined, with several streams, in high dynamic range."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import av
import numpy as np
import pytest
from broadcast import hdr_frame, write_interlaced, write_streams
from clips import number_in, numbered, write_clip

from facepipe.errors import DecodeError
from facepipe.media import timeline as timelines
from facepipe.media.decode import decode_all, decode_frames
from facepipe.media.hdr import light_to_pq, pq_to_light
from facepipe.media.sampling import sample
from facepipe.media.sources import find_sources
from facepipe.media.timeline import read_timeline
from facepipe.media.video_picture import VideoPicture
from facepipe.settings import SamplingSettings


def run(path, warnings=None, threads=1, **settings):
    (source,) = find_sources([path], pytest.fail)
    warn = pytest.fail if warnings is None else warnings.append
    return list(sample(source, SamplingSettings(**settings), warn=warn, decode_threads=threads))


class TestInterlaced:
    SIZE_WH = (360, 288)

    @classmethod
    def moment(cls, number, speed=8):
        """A disc with stripes and a soft edge before a still background, `speed` pixels further with each number."""
        x, y = np.meshgrid(np.arange(cls.SIZE_WH[0]), np.arange(cls.SIZE_WH[1]))
        left = 90 + speed * number
        away = np.hypot(x - left, y - 140)
        disc = np.clip(70 - away, 0, 8) / 8
        stripes = 130 + 60 * np.sin((x - left) / 5.0) * np.sin(y / 4.0)
        ground = 100 + 40 * np.sin(y / 6.0)
        image = ground * (1 - disc) + stripes * disc
        return np.repeat(image.round().astype(np.uint8)[..., None], 3, axis=2)

    @classmethod
    @cache
    def recording(cls, speed):
        with TemporaryDirectory() as folder:
            moments = [cls.moment(number, speed) for number in range(24)]
            return write_interlaced(Path(folder, "a.mpg"), moments).read_bytes()

    def write(self, path, speed=8):
        path.write_bytes(self.recording(speed))
        return path

    @staticmethod
    def error(image, right):
        return np.abs(image.astype(int) - right)[60:220, 10:350].mean()

    def test_a_frame_shows_one_moment(self, tmp_path):
        frames = run(self.write(tmp_path / "a.mpg"), interval=0.04)
        assert len(frames) == 12
        for frame in frames:
            right = self.moment(2 * frame.ref.index)
            woven = right.copy()
            woven[1::2] = self.moment(2 * frame.ref.index + 1)[1::2]
            assert self.error(frame.picture.rgb(), right) < 0.4 * self.error(woven, right)

    def test_what_stands_still_stays_as_sharp_as_it_is(self, tmp_path):
        picture = run(self.write(tmp_path / "a.mpg", speed=0))[0].picture
        assert self.error(picture.rgb(), self.moment(0, 0)) < 2

    @pytest.mark.parametrize("size_wh", [(180, 144), (90, 72), (360, 200), (300, 288), (1, 1)])
    def test_shrunk(self, tmp_path, size_wh):
        picture = run(self.write(tmp_path / "a.mpg"))[0].picture
        right = VideoPicture(av.VideoFrame.from_ndarray(self.moment(0), format="rgb24")).rgb(size_wh)
        got = picture.rgb(size_wh)
        assert got.shape == (*size_wh[::-1], 3)
        assert np.abs(got.astype(int) - right).mean() < 6

    def test_pixels_that_are_not_square_and_rotation(self, tmp_path):
        frame = run(self.write(tmp_path / "a.mpg"))[0].picture._frame
        wide = VideoPicture(frame, 16 / 15, (True, False, True))
        tall = VideoPicture(frame, 0.5)
        assert (wide.size_wh, wide.rgb().shape) == ((288, 384), (384, 288, 3))
        assert (tall.size_wh, tall.rgb().shape) == ((360, 576), (576, 360, 3))

    @pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "nv12", "yuv422p", "yuv411p", "uyvy422", "gray", "rgb24"])
    @pytest.mark.parametrize("height", [64, 54, 51])
    def test_every_layout_of_pixels(self, monkeypatch, pix_fmt, height):
        right = np.repeat(np.repeat(np.arange(0, 240, 4, dtype=np.uint8)[None, :, None], height, 0), 3, 2)
        frame = av.VideoFrame.from_ndarray(right, format="rgb24").reformat(format=pix_fmt)
        plain = VideoPicture(frame).rgb()
        monkeypatch.setattr("facepipe.media.video_picture.can_deinterlace", lambda frame: True)
        assert np.abs(VideoPicture(frame).rgb().astype(int) - plain).max() <= 2

    def test_progressive_frames_are_left_alone(self, tmp_path, monkeypatch):
        monkeypatch.setattr("facepipe.media.video_picture.deinterlaced", lambda *args: pytest.fail("deinterlaced"))
        for frame in run(write_clip(tmp_path / "a.mpg", 12, codec="mpeg2video")):
            frame.picture.rgb()


class TestJoined:
    """Recordings one after the other in a file; each has 100 numbered frames and its own times."""

    encoded: ClassVar = {}  # what has been asked of `recording`, which takes longer than what is tested on it

    def recording(self, path, first, begins_s, **options):
        asked = f"{path.suffix} {first} {begins_s} {options}"
        if asked not in self.encoded:
            options = {"codec": "libx264", "options": {"bf": "2"}, **options}
            times = range(begins_s * 25, begins_s * 25 + 100)
            images = map(numbered, range(first, first + 100))
            write_clip(path, images, times=list(times), time_base=Fraction(1, 25), **options)
            self.encoded[asked] = path.read_bytes()
        path.write_bytes(self.encoded[asked])
        return path

    def joined(self, folder, *begins_s, suffix=".ts", **options):
        path = folder / f"joined{suffix}"
        parts = [
            self.recording(folder / f"part{k}{suffix}", 100 * k, begin, **options) for k, begin in enumerate(begins_s)
        ]
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        return path

    @pytest.mark.parametrize("begins_s", [(100, 60), (100, 98), (0, 0), (60, 10, 4), (90, 80, 70)])
    @pytest.mark.parametrize(
        "options", [{}, {"options": {"bf": "0"}}, {"codec": "mpeg2video", "suffix": ".mpg"}, {"codec": "libx265"}]
    )
    def test_times_that_go_back_are_followed(self, tmp_path, begins_s, options):
        if options.get("codec") == "libx265":
            options = {**options, "options": {"x265-params": "log-level=none:pools=1"}}
        path = self.joined(tmp_path, *begins_s, **options)
        frames = run(path)
        assert [number_in(frame.picture.rgb()) for frame in frames] == list(range(0, 100 * len(begins_s), 25))
        assert [round(frame.ref.time_s) for frame in frames] == list(range(4 * len(begins_s)))
        everything = list(decode_all(path, 2, pytest.fail))
        assert [number_in(frame.picture.rgb()) for frame in everything] == [frame.index for frame in everything]
        assert len(everything) == 100 * len(begins_s)

    @pytest.mark.parametrize("options", [{"bf": "2"}, {"bf": "0"}])
    def test_segments_of_one_recording_are_whole(self, tmp_path, options):
        """Their times go on; only the counters of the transport begin anew in each, as where packets are lost."""
        path = self.joined(tmp_path, 0, 4, 8, options=options, gop=50)
        timeline, warnings = read_timeline(path), []
        assert timeline.is_mapped and not timeline.fault
        frames = run(path, warnings, interval=0.04)
        assert [number_in(frame.picture.rgb()) for frame in frames] == [*range(300)] and not warnings
        data, lost = bytearray(path.read_bytes()), int(timeline.packet_pos[270])
        del data[lost - lost % 188 : lost - lost % 188 + 188]
        path.write_bytes(data)
        assert read_timeline(path).fault == "it is damaged or cut off"

    def test_only_what_is_wanted_is_decoded_across_a_join(self, tmp_path):
        path = self.joined(tmp_path, 100, 60)
        timeline = read_timeline(path)
        assert timeline.is_mapped and timeline.joined
        wanted = [3, 97, 99, 100, 101, 150]
        assert [number_in(picture.rgb()) for picture in decode_frames(path, timeline, wanted)] == wanted

    def test_times_that_jump_ahead_stay(self, tmp_path):
        frames = run(self.joined(tmp_path, 0, 100))
        assert [number_in(frame.picture.rgb()) for frame in frames[:4]] == [0, 25, 50, 75]
        assert frames[-1].ref.time_s == pytest.approx(103, abs=0.1)

    def test_a_part_that_begins_between_keyframes(self, tmp_path):
        """Its first frames cannot be decoded; nothing that is given is a broken picture."""
        path = self.joined(tmp_path, 100, 60)
        data, first = path.read_bytes(), (tmp_path / "part0.ts").stat().st_size
        cut = first + (len(data) - first) // 3 // 188 * 188
        path.write_bytes(data[:first] + data[cut:])
        frames = run(path, warnings=[], interval=0.2)
        numbers = [number_in(frame.picture.rgb()) for frame in frames]
        assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
        assert numbers[:20] == list(range(0, 100, 5)) and 180 < numbers[-1] < 200 and len(numbers) > 30

    def test_damage_is_still_said(self, tmp_path):
        path = self.joined(tmp_path, 100, 60)
        data = bytearray(path.read_bytes())
        place = len(data) // 4 // 188 * 188
        del data[place : place + 188 * 3]
        path.write_bytes(data)
        warnings = []
        run(path, warnings)
        assert len(warnings) == 1 and "damaged" in warnings[0]

    def test_a_pixel_aspect_that_changes_changes_the_picture(self, tmp_path):
        aspects = [Fraction(16, 15), Fraction(64, 45), Fraction(16, 15)]
        parts = [
            self.recording(tmp_path / f"{k}.ts", 100 * k, 100 - 10 * k, pixel_aspect=aspect)
            for k, aspect in enumerate(aspects)
        ]
        path = tmp_path / "joined.ts"
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        widths = [171] * 100 + [228] * 100 + [171] * 100
        for threads in (1, 3):
            assert [frame.picture.size_wh[0] for frame in decode_all(path, threads, pytest.fail)] == widths
            timeline = read_timeline(path)
            for wanted in ([97, 98, 99, 100, 101, 198, 199, 200], [150], [250]):
                pictures = decode_frames(path, timeline, wanted, threads)
                assert [picture.size_wh[0] for picture in pictures] == [widths[index] for index in wanted]

    def test_what_the_container_says_of_the_aspect_counts_until_it_changes(self, tmp_path):
        """An MP4 may say another aspect than the stream in it, and is right."""
        path = write_clip(tmp_path / "a.mp4", 3, pixel_aspect=Fraction(16, 15))
        data = bytearray(path.read_bytes())
        place = data.index(b"pasp") + 4
        data[place : place + 8] = (4).to_bytes(4, "big") + (3).to_bytes(4, "big")
        path.write_bytes(data)
        assert {frame.picture.size_wh for frame in decode_all(path, 1, pytest.fail)} == {(213, 90)}


class TestStreams:
    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
    @pytest.mark.parametrize("sizes_wh", [[(160, 90), (320, 180)], [(320, 180), (160, 90)]])
    def test_the_largest_is_taken(self, tmp_path, suffix, sizes_wh):
        frames = run(write_streams(tmp_path / f"a{suffix}", sizes_wh), interval=0.5)
        assert {frame.size_wh for frame in frames} == {(320, 180)}
        assert [number_in(frame.picture.rgb()) for frame in frames] == [frame.ref.index for frame in frames]

    def test_a_larger_one_of_which_nothing_can_be_decoded_is_passed_over(self, tmp_path, monkeypatch):
        path = write_streams(tmp_path / "a.mkv", [(160, 90), (320, 180)])
        read = timelines._read_packets

        def failing(path, index):
            found = read(path, index)
            found.size_wh = None if index == 1 else found.size_wh
            return found

        monkeypatch.setattr(timelines, "_read_packets", failing)
        assert {frame.size_wh for frame in run(path)} == {(160, 90)}

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".flv"])
    def test_sound_that_goes_on_is_no_damage(self, tmp_path, suffix):
        codec = "flv" if suffix == ".flv" else "libx264"
        assert len(run(write_streams(tmp_path / f"a{suffix}", seconds=2, sound_s=15, codec=codec))) == 2

    def test_a_file_whose_sound_breaks_off_too_is_cut(self, tmp_path):
        path = write_streams(tmp_path / "a.mkv", seconds=10, sound_s=10)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        warnings = []
        run(path, warnings)
        assert len(warnings) == 1 and "claims 10.0 s" in warnings[0]


class TestHighDynamicRange:
    PQ, HLG = 16, 18

    def test_the_curve_is_that_of_the_standard(self):
        # ITU-R BT.2408, table 1, and the ends
        for light, signal in ((0, 0.0), (100, 0.508), (203, 0.581), (1000, 0.752), (10000, 1.0)):
            assert light_to_pq(np.array(light)) == pytest.approx(signal, abs=5e-4)
            assert pq_to_light(light_to_pq(np.array(light))) == pytest.approx(light, abs=1e-6)

    @pytest.mark.parametrize("size_wh", [None, (8, 6)])
    def test_pq_and_hlg_of_the_same_light_become_the_same_grey(self, size_wh):
        seen = []
        for light, hlg in ((26, 0.38), (203, 0.75), (1000, 1.0)):  # ITU-R BT.2408, table 1
            pq = VideoPicture(hdr_frame(float(light_to_pq(np.array(light))), self.PQ)).rgb(size_wh)
            both = pq[2, 2].astype(int), VideoPicture(hdr_frame(hlg, self.HLG)).rgb(size_wh)[2, 2].astype(int)
            assert np.abs(both[0] - both[1]).max() <= 3 and np.ptp(both[0]) <= 1
            seen.append(both[0][0])
        # Grey of 18 % lies where it does in SDR, white is bright, the peak is white.
        assert 95 <= seen[0] <= 125 and 220 <= seen[1] <= 245 and seen[2] == 255

    def test_skin_keeps_its_contrast(self):
        """Shown as it is stored, the light of a face would span a third of what it spans in SDR."""
        dark, bright = (
            int(VideoPicture(hdr_frame(float(light_to_pq(np.array(light))), self.PQ)).rgb()[0, 0, 0])
            for light in (10, 100)
        )
        assert bright - dark > 100

    def test_colours_are_brought_to_those_of_sdr(self):
        frame = hdr_frame(0.4, self.HLG)
        for plane, value in zip(frame.planes, (400, 450, 600), strict=True):
            plane.update(np.full((plane.height, plane.line_size // 2), value, np.uint16).tobytes())
        wide = VideoPicture(frame).rgb()[0, 0].astype(int)
        frame.color_primaries = 1
        narrow = VideoPicture(frame).rgb()[0, 0].astype(int)
        assert wide[0] - wide[1] > narrow[0] - narrow[1] + 5  # a red of BT.2020 is more than one of BT.709

    @pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "p010le", "yuv422p10le"])
    @pytest.mark.parametrize("size_wh", [None, (32, 24)])
    def test_colours_do_not_depend_on_how_they_are_subsampled(self, pix_fmt, size_wh):
        frame = hdr_frame(0.4, self.HLG)
        for plane, value in zip(frame.planes, (500, 420, 600), strict=True):
            plane.update(np.full((plane.height, plane.line_size // 2), value, np.uint16).tobytes())
        fewer = frame.reformat(format=pix_fmt)
        fewer.color_trc, fewer.color_primaries = frame.color_trc, frame.color_primaries
        seen, right = (VideoPicture(picture).rgb(size_wh).astype(int) for picture in (fewer, frame))
        assert np.abs(seen - right).max() <= 2

    def test_bands_of_a_large_frame_are_the_whole(self, monkeypatch):
        signal = np.random.default_rng(0).integers(0, 65536, (60, 40, 3), np.uint16)
        from facepipe.media import hdr

        whole = hdr.to_sdr(signal, self.PQ, 9)
        monkeypatch.setattr(hdr, "_BAND_BYTES", 2000)
        assert np.array_equal(hdr.to_sdr(signal, self.PQ, 9), whole)


def test_a_frame_that_cannot_be_converted_is_an_error_that_names_the_file(tmp_path, monkeypatch):
    frame = run(write_clip(tmp_path / "a.mp4", 2))[0]
    monkeypatch.setattr("facepipe.media.video_picture._convert", lambda *args: 1 / 0)
    with pytest.raises(DecodeError, match=r"a\.mp4"):
        frame.picture.rgb()


@pytest.mark.parametrize(
    "error", [MemoryError(), ValueError("two\nlines"), OSError(5, "Input/output error"), KeyError()]
)
def test_whatever_goes_wrong_while_reading_is_that_files_error(tmp_path, monkeypatch, error):
    path = write_clip(tmp_path / "a.mp4", 30)

    def failing(*args):
        raise error

    monkeypatch.setattr("facepipe.media.decode._fed", failing)
    with pytest.raises(DecodeError, match=r"a\.mp4") as seen:
        run(path)
    assert "\n" not in str(seen.value)
