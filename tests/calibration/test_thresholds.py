"""The distances of a space, measured on drawn vectors."""

import numpy as np
import pytest

from facepipe.calibration.thresholds import space_of
from facepipe.space import DLIB


def test_distances_are_those_of_different_pictures_and_clear_ones_count_more():
    vectors = np.array([[0.0], [1], [3], [7], [8], [10], [50]])
    quality = np.array([1.0, 1, 0, 1, 1, 0, 1])
    found = space_of("own", DLIB.likeness, vectors, quality, np.array([0, 0, 0, 1, 1, 1, 2]))
    assert found.near_duplicate == 1.0, "the two nearest pictures of anybody, and no picture with itself"
    assert found.gallery_threshold == pytest.approx(1.0, abs=1e-3), "0 and 1: the blurred picture at 3 hardly counts"


def test_people_of_one_picture_teach_nothing():
    with pytest.raises(ValueError, match="nobody has two pictures"):
        space_of("own", DLIB.likeness, np.eye(3), np.ones(3), np.arange(3))
