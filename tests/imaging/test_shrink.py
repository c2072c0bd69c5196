"""Shrinking: the same picture, smaller."""

import cv2
import numpy as np
import pytest

from facepipe.imaging import shrink as shrinking
from facepipe.imaging.shrink import shrink


@pytest.mark.parametrize("band_bytes", [shrinking._BAND_BYTES, 1])
def test_a_shrunk_picture_shows_all_of_it_where_it_was(monkeypatch, band_bytes):
    monkeypatch.setattr(shrinking, "_BAND_BYTES", band_bytes)
    across, down = np.meshgrid(np.linspace(0, 255, 640), np.linspace(0, 255, 480))
    picture = np.stack([across, down, 255 - across], axis=2).astype(np.uint8)
    small = shrink(picture, (80, 60))
    assert small.shape == (60, 80, 3)
    assert np.abs(small.astype(int) - picture[4::8, 4::8]).max() <= 3


@pytest.mark.parametrize("size_wh", [(80, 60), (79, 59), (41, 55), (160, 120)])
def test_quickly_it_looks_the_same(size_wh):
    rng = np.random.default_rng(4)
    picture = cv2.resize(rng.integers(0, 256, (15, 20, 3), np.uint8), (160, 120), interpolation=cv2.INTER_CUBIC)
    slow, quick = shrink(picture, size_wh), shrink(picture, size_wh, quickly=True)
    assert quick.shape == (*size_wh[::-1], 3)
    assert np.abs(quick.astype(int) - slow).mean() < 3
