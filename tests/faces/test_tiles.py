"""Large pictures are searched level by level and in tiles, and every face is found once, where it is."""

import cv2
import numpy as np
import pytest

from facepipe.faces.detectors import tiles

MAX_IOU = 0.3


def find_squares(picture):
    """Stands for a network: finds white squares between 16 and 400 pixels that it sees, also cut ones."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((picture[..., 0] > 127).astype(np.uint8))
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:] if 16 <= max(w, h) <= 400], np.float64)
    boxes = boxes.reshape(-1, 4)
    return boxes, np.full(len(boxes), 0.9), boxes[:, None, [0, 1]].repeat(5, axis=1)


def draw(size_wh, squares):
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    for left, top, side in squares:
        image[top : top + side, left : left + side] = 255
    return image


@pytest.mark.parametrize(
    ("size_wh", "squares"),
    [
        ((640, 360), [(10, 20, 100), (300, 100, 200)]),
        ((1920, 1080), [(600, 500, 300), (1100, 40, 300), (1850, 1000, 70)]),
        ((3000, 2600), [(i, j, 40) for i in range(5, 2950, 95) for j in range(5, 2550, 95)]),
        ((3000, 1000), [(900, 100, 310), (1500, 200, 20), (1900, 600, 300)]),
        ((3000, 2600), [(400, 300, 1500), (2000, 100, 350), (2100, 2000, 500)]),
        ((40, 5000), [(2, 1270, 30), (2, 4960, 30)]),
        ((12000, 1500), [(40, 40, 16), (900, 100, 250), (2500, 100, 500), (5000, 50, 1300), (11000, 300, 90)]),
    ],
)
def test_every_face_is_found_once(size_wh, squares):
    boxes, scores, points = tiles.search(draw(size_wh, squares), find_squares, MAX_IOU)
    found = sorted(tuple(box) for box in boxes)
    expected = sorted((left, top, left + side, top + side) for left, top, side in squares)
    assert len(found) == len(expected) == len(scores)
    tolerance = 2 * max(
        1, max(size_wh) / tiles.SMALLEST_LEVEL
    )  # a pixel of the smallest level, when it was found there
    assert np.abs(np.array(found) - expected).max() <= tolerance
    assert np.abs(points[:, 0] - boxes[:, :2]).max() < 1e-9


def test_a_small_picture_is_looked_at_once_and_as_it_is():
    seen = []
    tiles.search(
        draw((tiles.ONE_LOOK, 500), []), lambda picture: (seen.append(picture.shape), find_squares(picture))[1], 0.3
    )
    assert seen == [(500, tiles.ONE_LOOK, 3)]


def test_no_look_is_larger_than_a_tile():
    seen = []
    tiles.search(draw((5000, 4000), []), lambda picture: (seen.append(picture.shape), find_squares(picture))[1], 0.3)
    assert len(seen) > 10
    assert max(max(shape) for shape in seen) <= tiles.TILE


def test_what_looks_like_a_face_inside_a_large_one_is_a_part_of_it():
    """A nostril of a close-up, say: the level that sees all of the face decides."""

    def find_with_parts(picture):
        boxes, _, _ = find_squares(picture)
        _, _, stats, _ = cv2.connectedComponentsWithStats((picture[..., 0] > 127).astype(np.uint8))
        parts = [(x + 5, y + 5, x + 45, y + 45) for x, y, w, h, _ in stats[1:] if min(w, h) >= 100]
        both = np.concatenate([boxes, np.array(parts, np.float64).reshape(-1, 4)])
        return both, np.r_[np.full(len(boxes), 0.9), np.full(len(parts), 0.8)], both[:, None, [0, 1]].repeat(5, axis=1)

    squares = [(200, 200, 900), (2000, 1500, 40)]
    boxes, _, _ = tiles.search(draw((2600, 2000), squares), find_with_parts, MAX_IOU)
    small = [box for box in boxes if box[2] - box[0] < 60]
    assert len(small) == 1 and small[0] == pytest.approx((2000, 1500, 2040, 1540), abs=8)
