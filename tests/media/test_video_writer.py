"""Videos that are written: the same pictures give the same bytes, whatever else is at work."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from clips import numbered

from facepipe.media.video_writer import VideoWriter
from facepipe.media.yuv import video_frame


@pytest.mark.parametrize("size_wh", [(176, 144), (256, 144)])
def test_the_same_pictures_give_the_same_bytes(tmp_path, size_wh):
    images = [numbered(k, size_wh) for k in range(0, 68, 4)]

    def written(number: int) -> str:
        path = tmp_path / f"{number}.mp4"
        with VideoWriter(path, Fraction(1, 16), Fraction(16)) as clip:
            for ticks, image in enumerate(images):
                clip.write(video_frame(image), ticks)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(written, range(24)))) == 1
