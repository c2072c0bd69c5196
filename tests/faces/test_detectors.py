"""The detectors on real pictures: what share of the faces they find, and how right the refitted boxes are."""

import csv
from collections import defaultdict

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from plugins import models_of

from facepipe import models
from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.detectors import DETECTORS
from facepipe.faces.detectors.cnn import DlibCnn
from facepipe.faces.detectors.refit import Refit, face_box
from facepipe.faces.detectors.yunet import YuNet
from facepipe.faces.encoders.dlib_onnx import Dlib
from facepipe.geometry import fit_within, iou_matrix

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [34, 80], [66, 80]], np.float32)
BOX = np.array([10, 0, 90, 110], np.float32)
REFIT = Refit(box=0.98, points=1.84, rise=0.05)


@pytest.fixture(scope="module", params=["yunet", "centerface"])
def detector(request):
    finder = DETECTORS.load(request.param)()
    return finder.open(models_of(finder, request))


@pytest.fixture(scope="module")
def stage(shared_data):
    """Frames of the clip with hand-checked boxes: [(image, boxes (n, 4))]."""
    boxes = defaultdict(list)
    with (shared_data / "clips" / "stage_truth.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            boxes[int(row["frame"])].append([float(row[side]) for side in ("left", "top", "right", "bottom")])
    with av.open(shared_data / "clips" / "stage.mp4") as clip:
        images = {i: f.to_ndarray(format="rgb24") for i, f in enumerate(clip.decode(video=0)) if i in boxes}
    return [(images[i], np.array(boxes[i])) for i in sorted(images)]


def middle_inside(boxes, others):
    """bool (n, m): the middle of each of the boxes lies in each of the others."""
    middle = ((boxes[:, :2] + boxes[:, 2:]) / 2)[:, None]
    return ((others[:, :2] <= middle) & (middle <= others[:, 2:])).all(axis=2)


def test_finds_the_faces_of_the_clip(detector, stage):
    found = total = extra = 0
    for image, truth in stage:
        boxes = np.array([d.box_ltrb for d in detector.detect(image)]).reshape(-1, 4)
        match = (iou_matrix(truth, boxes) >= 0.3) | middle_inside(truth, boxes)
        found, total, extra = found + match.any(axis=1).sum(), total + len(truth), extra + (~match.any(axis=0)).sum()
    assert found >= 0.95 * total
    assert extra <= 0.5 * total  # faces in the dark of the hall that have no truth, but for a few backs of heads


def test_aligned_faces_are_those_of_dlibs_own_boxes(detector, stage, shared_data):
    names = ("2008_001322.jpg", "2008_002506.jpg", "2007_007763.jpg", "bbt2.jpg")
    pictures = [np.asarray(Image.open(shared_data / "scenes" / name).convert("RGB")) for name in names]
    pictures += [image for image, _ in stage[::4]]
    reference, aligner, chips = DlibCnn(min_confidence=0.5).open(), Aligner(), []
    overlaps = []
    for image in pictures:
        ours = [d.box_ltrb for d in detector.detect(image)]
        for box in (d.box_ltrb for d in reference.detect(image)):
            iou = iou_matrix(box[None], np.array(ours).reshape(-1, 4))[0]
            if len(iou) and iou.max() > 0.3:
                overlaps.append(iou.max())
                chips += [face_chip(image, aligner.landmarks(image, b)) for b in (box, ours[iou.argmax()])]
    vectors = Dlib().open().encode(np.array(chips))
    distances = np.linalg.norm(vectors[::2] - vectors[1::2], axis=1)
    assert len(distances) >= 20
    assert np.median(distances) < 0.15
    assert np.percentile(distances, 90) < 0.5
    assert np.median(overlaps) > 0.6  # dlib moves its boxes in steps of an eighth, and sizes by a fifth


def test_a_large_face_in_a_large_picture_is_found_once(detector, shared_data):
    image = np.asarray(Image.open(shared_data / "scenes" / "obama1.jpg").convert("RGB"))
    (small,) = detector.detect(image)
    factor = 900 / (small.detection_ltrb[3] - small.detection_ltrb[1])
    (large,) = detector.detect(cv2.resize(image, None, fx=factor, fy=factor))
    assert iou_matrix(large.box_ltrb[None] / factor, small.box_ltrb[None])[0, 0] > 0.8


def test_yunet_is_opencvs_own(shared_models, shared_data):
    """The same faces, to a thousandth of a pixel, as OpenCV finds with its reading of the same file."""
    ours = YuNet().open(shared_models)
    reference = cv2.FaceDetectorYN.create(
        str(models.find(YuNet.models[0], shared_models)), "", (32, 32), 0.7, 0.3, 5000
    )
    found = 0
    for path in sorted((shared_data / "scenes").iterdir()):
        image = cv2.imread(str(path))
        image = cv2.resize(image, fit_within(image.shape[1::-1], (700, 500)), interpolation=cv2.INTER_AREA)
        reference.setInputSize(image.shape[1::-1])
        rows = reference.detect(image)[1]
        rows = np.zeros((0, 15)) if rows is None else rows
        expected = sorted((*row[:2], *(row[:2] + row[2:4]), *row[4:15]) for row in rows)
        got = sorted((*d.detection_ltrb, *d.landmarks_xy.ravel(), d.score) for d in ours.detect(image[..., ::-1]))
        assert np.array(got).reshape(-1, 15) == pytest.approx(np.array(expected).reshape(-1, 15), abs=1e-3), path.name
        found += len(got)
    assert found > 30


def square(box):
    return (box[:2] + box[2:]) / 2, box[2] - box[0]


def test_the_refitted_box_is_a_square_from_brows_to_chin():
    left, top, right, bottom = face_box(BOX, FRONTAL, REFIT)
    assert right - left == pytest.approx(bottom - top, abs=1e-3)
    assert (left + right) / 2 == pytest.approx(50, abs=0.5)
    assert 5 < top < 40 and 80 < bottom < 110


def test_the_refitted_box_in_numbers():
    """Eyes 40 apart, 60 above the mouth, in a box of 80 x 45: a side of .9 * 60, and one of 1.5 * 66.33."""
    points = np.array([[20, 0], [60, 0], [40, 30], [25, 60], [55, 60]], np.float32)
    side = np.sqrt(0.9 * 60 * 1.5 * np.hypot(60, 40 / np.sqrt(2)))
    top = 30 - 0.2 * side - side / 2  # the points' mean is (40, 30); down is a whole height
    expected = [40 - side / 2, top, 40 + side / 2, top + side]
    box = np.array([0, 0, 80, 45], np.float32)
    assert face_box(box, points, Refit(box=0.9, points=1.5, rise=0.2)) == pytest.approx(expected, rel=1e-5)


def test_the_refitted_box_follows_shift_and_scale():
    box = face_box(BOX, FRONTAL, REFIT)
    assert face_box(BOX * 3 + 7, FRONTAL * 3 + 7, REFIT) == pytest.approx(box * 3 + 7, abs=1e-2)


@pytest.mark.parametrize("degrees", [-60, -20, 20, 60])
def test_a_tilted_head_keeps_its_box(degrees):
    angle, middle = np.deg2rad(degrees), np.float32([50, 60])
    turn = np.float32([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    (centre, side), (old_centre, old_side) = (
        square(face_box(BOX, (FRONTAL - middle) @ t.T + middle, REFIT)) for t in (turn, np.eye(2, dtype=np.float32))
    )
    assert side == pytest.approx(old_side, rel=1e-4)
    assert centre - middle == pytest.approx(turn @ (old_centre - middle), abs=1e-3)


def test_a_profile_keeps_most_of_its_box():
    profile = (FRONTAL - [50, 0]) * np.float32([0.15, 1]) + [50, 0]  # the eyes come together
    narrow = np.array([22, 0, 78, 110], np.float32)
    (_, side), (_, old_side) = square(face_box(narrow, profile, REFIT)), square(face_box(BOX, FRONTAL, REFIT))
    assert 0.75 * old_side < side <= old_side


def test_landmarks_in_one_point_give_a_finite_box():
    assert np.isfinite(face_box(BOX, np.full((5, 2), 50, np.float32), REFIT)).all()
