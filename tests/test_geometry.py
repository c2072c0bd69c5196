"""Boxes, in numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yolo_boxes import from_yolo

from facepipe import geometry

FACE = (100, 200, 200, 300)
IMAGE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def test_sizes_are_never_negative():
    assert geometry.box_size((10, 20, 40, 90)) == (30, 70)
    assert geometry.box_size((40, 90, 10, 20)) == (0, 0)


@pytest.mark.parametrize(
    ("box", "clipped"),
    [
        ((2, 3, 4, 6), (2, 3, 4, 6)),
        ((-5, -6, 99, 98), (0, 0, 10, 8)),
        ((12, 3, 15, 6), (10, 3, 10, 6)),
        ((2, -9, 4, -3), (2, 0, 4, 0)),
        ((7, 6, 3, 2), (7, 6, 7, 6)),
    ],
)
def test_clipping(box, clipped):
    assert geometry.clip_box(box, (10, 8)) == clipped


def test_scaling_by_one_factor_or_two():
    assert geometry.scale_box((1, 2, 3, 4), 10.04) == (10, 20, 30, 40)
    assert geometry.scale_box((1, 2, 3, 4), 10, 100) == (10, 200, 30, 400)


@pytest.mark.parametrize(
    ("size", "most", "fits"),
    [
        ((1920, 1080), (700, 500), (700, 394)),
        ((1080, 1920), (700, 500), (281, 500)),
        ((600, 400), (700, 500), (600, 400)),
        ((700, 501), (700, 500), (699, 500)),
        ((10_000, 1), (100, 100), (100, 1)),
        ((1, 10_000), (100, 100), (1, 100)),
    ],
)
def test_fitting_never_enlarges(size, most, fits):
    assert geometry.fit_within(size, most) == fits


def test_boxes_around_a_face():
    assert geometry.expand_box((0, 0, 10, 20), 0.1, 0.2, 0.3, 0.4) == (-1, -4, 13, 28)
    assert geometry.expand_box((0, 0, 5, 5), 0.1, 0.1, 0.1, 0.1) == (0, 0, 6, 6)  # halves up, at both sides
    assert geometry.portrait_box(FACE) == (40, 120, 260, 360)
    assert geometry.head_box(FACE) == (85, 155, 215, 310)
    assert geometry.torso_box(FACE) == (0, 300, 300, 600)
    assert geometry.upper_body_box(FACE) == (0, 155, 300, 600)


def test_crops():
    assert np.array_equal(geometry.crop(IMAGE, (-3, 1, 2, 9)), IMAGE[1:4, 0:2])
    inner, share = geometry.crop_padded(IMAGE, (1, 1, 3, 4))
    assert np.array_equal(inner, IMAGE[1:4, 1:3]) and np.shares_memory(inner, IMAGE) and share == 1
    padded, share = geometry.crop_padded(IMAGE, (-1, 2, 3, 6))
    assert padded.shape == (4, 4, 3) and share == 6 / 16
    assert np.array_equal(padded[:2, 1:], IMAGE[2:4, :3]) and not padded[2:].any() and not padded[:, 0].any()
    nothing, share = geometry.crop_padded(IMAGE, (2, 2, 2, 3))
    assert nothing.shape == (1, 0, 3) and share == 0
    outside, share = geometry.crop_padded(IMAGE, (10, 10, 12, 13))
    assert outside.shape == (3, 2, 3) and not outside.any() and share == 0


def test_overlap():
    boxes = [[0, 0, 10, 10], [5, 0, 15, 20], [10, 0, 20, 10], [3, 3, 3, 9], [9, 9, 2, 2], [0, 9, 30, 2], [9, 0, 2, 30]]
    expected = np.eye(7)
    expected[0, 1] = expected[1, 0] = 50 / (100 + 200 - 50)
    expected[1, 2] = expected[2, 1] = 50 / (100 + 200 - 50)
    expected[3:, 3:] = 0  # these are empty
    assert geometry.iou_matrix(boxes, boxes) == pytest.approx(expected)
    assert geometry.iou_matrix(boxes[:2], boxes).shape == (2, 7)
    assert geometry.iou(boxes, boxes[0]) == pytest.approx(expected[0])


side = st.integers(0, 4000)


@given(side, side, side, side, st.integers(1, 4000), st.integers(1, 4000))
def test_yolo_there_and_back(left, top, right, bottom, width, height):
    box = (left, top, right, bottom)
    assert from_yolo(geometry.to_yolo(box, (width, height)), (width, height)) == box


def test_yolo_in_numbers():
    assert geometry.to_yolo((10, 20, 30, 80), (100, 200)) == pytest.approx((0.2, 0.25, 0.2, 0.3))
