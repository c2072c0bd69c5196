"""Shrinking: the same picture, smaller."""

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
