"""Pictures of videos: upright, in the right colours and proportions, bounded, usable after the decoder moved on."""

import gc
import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import number_in, numbered, write_clip

from facepipe.errors import DecodeError
from facepipe.media.decode import decode_all
from facepipe.media.timeline import read_timeline
from facepipe.media.video import open_video
from facepipe.media.video_picture import MAX_PIXELS, VideoPicture


def first_picture(path):
    return next(decode_all(path, 1, pytest.fail)).picture


def quadrants():
    """Red top left, green top right, blue bottom left, white bottom right."""
    image = np.full((90, 160, 3), 255, np.uint8)
    image[:45, :80], image[:45, 80:], image[45:, :80] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return image


def corners(image):
    """The colours near the corners, in reading order, as letters."""
    height, width = image.shape[:2]
    letters = {(1, 0, 0): "r", (0, 1, 0): "g", (0, 0, 1): "b", (1, 1, 1): "w"}
    points = [
        (height // 6, width // 6),
        (height // 6, -width // 6),
        (-height // 6, width // 6),
        (-height // 6, -width // 6),
    ]
    return "".join(letters[tuple((image[y, x] > 128).astype(int).tolist())] for y, x in points)


@pytest.mark.parametrize(
    ("counter_clockwise", "size_wh", "seen"),
    [(0, (160, 90), "rgbw"), (90, (90, 160), "gwrb"), (180, (160, 90), "wbgr"), (-90, (90, 160), "brwg")],
)
def test_rotation(tmp_path, counter_clockwise, size_wh, seen):
    picture = first_picture(write_clip(tmp_path / "r.mp4", [quadrants()], rotation=counter_clockwise))
    assert picture.size_wh == size_wh
    assert picture.rgb().shape == (*size_wh[::-1], 3)
    assert corners(picture.rgb()) == seen
    half = (size_wh[0] // 2, size_wh[1] // 2)
    assert picture.rgb(half).shape == (*half[::-1], 3)
    assert corners(picture.rgb(half)) == seen


@pytest.mark.parametrize(("aspect", "size_wh"), [((4, 3), (213, 90)), ((8, 9), (160, 101)), ((1, 500), (160, 90))])
def test_pixels_that_are_not_square(tmp_path, aspect, size_wh):
    picture = first_picture(write_clip(tmp_path / "a.mkv", [quadrants()], pixel_aspect=Fraction(*aspect)))
    assert picture.size_wh == size_wh
    assert picture.rgb().shape == (*size_wh[::-1], 3)


PATCHES = [(200, 40, 40), (40, 180, 60), (50, 60, 200), (128, 128, 128), (20, 20, 20), (235, 235, 235)]


@pytest.mark.parametrize(("matrix", "swscale"), [(6, 5), (5, 5), (1, 1), (9, 9)])
@pytest.mark.parametrize("full_range", [False, True])
def test_colours_follow_the_tags(matrix, swscale, full_range):
    if matrix == 9 and not hasattr(av.video.reformatter.Colorspace, "BT2020"):
        pytest.skip("this PyAV cannot write BT.2020")
    for colour in PATCHES:
        rgb = av.VideoFrame.from_ndarray(np.full((48, 64, 3), colour, np.uint8), format="rgb24")
        target_range = av.video.reformatter.ColorRange.JPEG if full_range else av.video.reformatter.ColorRange.MPEG
        frame = rgb.reformat(format="yuv444p", dst_colorspace=swscale, dst_color_range=target_range)
        frame.colorspace = matrix
        frame.color_range = 2 if full_range else 1
        for size_wh in (None, (16, 12)):
            assert np.abs(VideoPicture(frame).rgb(size_wh).astype(int) - colour).max() <= 4


def test_untagged_high_definition_is_bt709_and_the_rest_bt601():
    yuv = np.array([81, 90, 240], np.uint8)  # red in BT.601
    for size_wh, red in (((640, 480), (255, 0, 0)), ((1920, 1080), (255, 24, 0))):
        width, height = size_wh
        planes = np.concatenate([np.full(width * height, yuv[0]), *(np.full(width * height // 4, c) for c in yuv[1:])])
        frame = av.VideoFrame.from_ndarray(planes.reshape(height * 3 // 2, width), format="yuv420p")
        assert np.abs(VideoPicture(frame).rgb((64, 36)).mean((0, 1)) - red).max() <= 4


@pytest.mark.parametrize(
    "pix_fmt", ["gray", "gray10le", "yuv444p", "yuv422p10le", "rgb24", "bgra", "pal8", "nv12", "yuva420p"]
)
def test_every_pixel_format_becomes_rgb(pix_fmt):
    image = numbered(421)
    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
    if pix_fmt == "pal8":
        palette = np.zeros((256, 4), np.uint8)
        palette[:, 0] = 255  # alpha
        palette[:, 1:] = np.arange(256)[:, None]
        frame = av.VideoFrame.from_ndarray((np.ascontiguousarray(image[..., 0]), palette), format="pal8")
    elif pix_fmt != "rgb24":
        frame = frame.reformat(format=pix_fmt)
    got = VideoPicture(frame).rgb()
    assert (got.shape, got.dtype) == (image.shape, np.uint8)
    assert number_in(got) == 421


def test_transparent_becomes_white():
    image = np.zeros((8, 8, 4), np.uint8)
    image[:4, :, :] = (200, 0, 0, 255)
    got = VideoPicture(av.VideoFrame.from_ndarray(image, format="rgba")).rgb()
    assert got[0, 0].tolist() == [200, 0, 0] and got[7, 7].tolist() == [255, 255, 255]


@pytest.mark.parametrize("size_wh", [(2, 2), (16, 2), (33, 17)])
def test_any_size(size_wh):
    image = np.random.default_rng(0).integers(0, 256, (*size_wh[::-1], 3), np.uint8)
    picture = VideoPicture(av.VideoFrame.from_ndarray(image, format="rgb24"))
    assert np.array_equal(picture.rgb(), image)
    assert picture.rgb((1, 1)).shape == (1, 1, 3)


def test_shrinking_averages():
    stripes = np.zeros((90, 160, 3), np.uint8)
    stripes[:, ::2] = 255
    shrunk = VideoPicture(av.VideoFrame.from_ndarray(stripes, format="rgb24")).rgb((40, 23))
    assert shrunk.min() > 110 and shrunk.max() < 145


def test_usable_from_other_threads_after_the_file_is_closed(tmp_path):
    pictures = [
        frame.picture for frame in decode_all(write_clip(tmp_path / "a.mp4", 40, options={"bf": "3"}), 2, pytest.fail)
    ]
    seen = {}
    workers = [
        threading.Thread(target=lambda part: seen.update({i: number_in(pictures[i].rgb()) for i in part}), args=[part])
        for part in (range(0, 40, 2), range(1, 40, 2))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert seen == {i: i for i in range(40)}


def test_frames_are_freed_without_the_garbage_collector(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 60, rotation=90)
    gc.collect()
    before = sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())
    gc.disable()
    try:
        for frame in decode_all(path, 1, pytest.fail):
            assert frame.picture.size_wh == (90, 160)
        after = sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert after - before <= 3


def test_sound_only(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        samples = av.AudioFrame.from_ndarray(np.zeros((2, 8192), np.float32), format="fltp", layout="stereo")
        samples.rate = 44100
        container.mux(stream.encode(samples))
        container.mux(stream.encode(None))
    with pytest.raises(DecodeError, match="no video"), open_video(path):
        pass


def gif_claiming(side):
    size = side.to_bytes(2, "little") * 2
    return b"GIF89a" + size + b"\x80\0\0" + b"\0\0\0\xff\xff\xff" + b",\0\0\0\0" + size + b"\0\x02\x02D\x01\0;"


@pytest.mark.parametrize("side", [15_000, 65_535])
def test_a_header_that_claims_a_giant_picture_is_refused(tmp_path, side):
    path = tmp_path / "bomb.gif"
    path.write_bytes(gif_claiming(side))
    assert side**2 > MAX_PIXELS
    with pytest.raises(DecodeError, match=r"bomb\.gif"):
        read_timeline(path)
