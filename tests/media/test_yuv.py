"""Frames for an encoder show what the picture shows: upright, of even sides, in colours that are said."""

from fractions import Fraction

import numpy as np
import pytest
from clips import write_clip

from facepipe.media.decode import decode_all
from facepipe.media.video_picture import VideoPicture
from facepipe.media.yuv import planes, video_frame


@pytest.mark.parametrize(
    "options",
    [{}, {"rotation": 90}, {"rotation": 180}, {"rotation": -90}, {"pixel_aspect": Fraction(4, 3)},
     {"pix_fmt": "yuv420p10le"}, {"pix_fmt": "yuv444p"}, {"pix_fmt": "yuvj420p"}],
    ids=str,
)  # fmt: skip
def test_a_frame_is_its_picture(tmp_path, options):
    path = write_clip(tmp_path / "a.mp4", 2, **options)
    picture = next(decode_all(path, 1, pytest.fail)).picture
    frame = picture.yuv420p()
    width, height = (side - side % 2 for side in picture.size_wh)
    assert (frame.format.name, frame.width, frame.height, frame.colorspace) == ("yuv420p", width, height, 6)
    assert [plane.shape for plane in planes(frame)] == [(height, width), *[(height // 2, width // 2)] * 2]
    seen = picture.rgb()[:height, :width].astype(int)
    assert np.abs(VideoPicture(frame).rgb() - seen).mean() < 1.5


def test_a_frame_may_be_written_to(tmp_path):
    """Others are decoded from the one that the decoder holds."""
    path = write_clip(tmp_path / "a.mp4", 2)
    picture = next(decode_all(path, 1, pytest.fail)).picture
    before = picture.rgb()
    planes(picture.yuv420p())[0][:] = 16
    assert np.array_equal(picture.rgb(), before)


def test_rgb_becomes_a_frame_of_even_sides():
    image = np.full((35, 51, 3), (200, 60, 30), np.uint8)
    frame = video_frame(image)
    assert (frame.width, frame.height, frame.colorspace) == (50, 34, 1)
    assert np.abs(VideoPicture(frame).rgb().astype(int) - (200, 60, 30)).max() <= 3
