"""What detectors share."""

import dlib
import numpy as np

from facepipe.faces.detectors.boxes import enlarge, from_dlib, in_order, non_max_suppression
from facepipe.records import Detection


def detection(*box, score: float = 1.0) -> Detection:
    return Detection(np.array(box), np.array(box), score)


def test_dlibs_rectangles_become_half_open():
    found = from_dlib(dlib.rectangle(10, 20, 49, 79), 0.5)
    assert found.box_ltrb.tolist() == found.detection_ltrb.tolist() == [10, 20, 50, 80]
    assert found.score == 0.5 and found.landmarks_xy.shape == (0, 2)


def test_faces_stand_from_left_to_right_then_from_top_to_bottom_the_surer_first():
    right, low, high = detection(5, 0, 9, 9), detection(1, 4, 9, 9), detection(1, 2, 9, 9)
    sure, unsure = detection(1, 2, 8, 9, score=0.9), detection(1, 2, 8, 9, score=0.3)
    assert in_order([right, unsure, low, sure, high]) == [sure, unsure, high, low, right]


def test_enlarging_doubles():
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert enlarge(image, 0) is image
    assert [enlarge(image, times).shape for times in (1, 2)] == [(4, 6, 3), (8, 12, 3)]
    assert enlarge(image, 1)[0, 0].tolist() == image[0, 0].tolist()


def test_of_boxes_that_overlap_the_surest_stays():
    """The second overlaps the first by a third, the third by nothing, the fourth is the third."""
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [40, 0, 50, 10], [40, 0, 50, 10]], np.float32)
    scores = np.array([0.5, 0.9, 0.7, 0.7])
    assert non_max_suppression(boxes, scores, 0.3).tolist() == [1, 2]
    assert non_max_suppression(boxes, scores, 0.34).tolist() == [1, 2, 0]
    half = np.array([[0, 0, 10, 10], [0, 0, 10, 5]], np.float32)
    assert non_max_suppression(half, scores[:2], 0.5).tolist() == [1, 0]  # it yields above the limit, not at it
    assert non_max_suppression(boxes[:0], scores[:0], 0.3).tolist() == []
