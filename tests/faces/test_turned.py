"""Faces in pictures that lie on a side: where they are, and that they are the same people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.faces.analyser import FaceAnalyser
from facepipe.faces.detectors.yunet import YuNet
from facepipe.faces.encoders.dlib_onnx import Dlib
from facepipe.faces.turned import turned_box, turned_detection, turned_points, turned_size, upright_turn
from facepipe.geometry import iou
from facepipe.imaging.array_picture import ArrayPicture
from facepipe.media.photos import open_photo
from facepipe.records import Detection, Frame, FrameRef, Source
from facepipe.settings import DetectionSettings, EncodingSettings

UPRIGHT = np.array([(10, 10), (20, 10), (15, 15), (11, 20), (19, 20)], np.float32)


def detection(points_xy=UPRIGHT):
    return Detection(np.array([8, 6, 22, 24]), np.array([7, 7, 23, 23]), 0.9, points_xy)


@given(st.integers(0, 30), st.integers(0, 20), st.integers(-4, 4))
def test_points_and_boxes_lie_where_numpy_turns_pixels(x, y, turn):
    image = np.zeros((21, 31), np.uint8)
    image[y, x] = 1
    there = turned_points(np.array([(x, y)]), turn, (31, 21))[0]
    turned = np.rot90(image, turn)
    assert turned.shape[::-1] == turned_size((31, 21), turn)
    assert turned[there[1], there[0]] == 1
    left, top, right, bottom = turned_box(np.array([x, y, x + 1, y + 1]), turn, (31, 21))
    assert turned[top:bottom, left:right].tolist() == [[1]]


@pytest.mark.parametrize("turn", range(4))
def test_a_face_tells_by_its_landmarks_how_it_lies(turn):
    lying = turned_detection(detection(), turn, (40, 30))
    assert upright_turn(lying) == -turn % 4
    assert upright_turn(turned_detection(detection(UPRIGHT[:0]), turn, (40, 30)), otherwise=3) == 3


@pytest.fixture(scope="module")
def analyser(shared_models):
    settings = DetectionSettings(detector=YuNet()), EncodingSettings(encoder=Dlib())
    return FaceAnalyser(*settings, shared_models)


def analysed(analyser, pixels, is_video=False):
    source = Source("a-00000000", "a", None, "0" * 64, 1, is_video)
    size_wh = pixels.shape[1::-1]
    return analyser.analyse(Frame(FrameRef(source, 0, 0.0), size_wh, ArrayPicture(np.ascontiguousarray(pixels)))).faces


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("path", ["lfw/AJ_Cook/AJ_Cook_0001.jpg", "scenes/obama_and_biden.jpg"])
def test_faces_of_a_turned_photo_are_the_same_people(analyser, shared_data, path, turn):
    image = open_photo(shared_data / path).rgb()
    upright, lying = analysed(analyser, image), analysed(analyser, np.rot90(image, turn))
    assert upright and len(upright) == len(lying)
    for face in upright:
        box = turned_box(np.array(face.box_ltrb), turn, image.shape[1::-1])
        same = max(lying, key=lambda other, box=box: float(iou(box, np.array(other.box_ltrb))))
        assert iou(box, np.array(same.box_ltrb)) > 0.8
        assert np.linalg.norm(face.embedding - same.embedding) < 0.3
        eyes = turned_points(face.landmarks_xy, turn, image.shape[1::-1])
        assert np.abs(eyes - same.landmarks_xy).max() < 0.1 * (box[2] - box[0])


def test_frames_of_a_video_are_not_turned(analyser, shared_data):
    image = np.rot90(open_photo(shared_data / "lfw/AJ_Cook/AJ_Cook_0001.jpg").rgb(), 1)
    assert len(analysed(analyser, image)) == 1
    assert not any(face.score > 0.9 for face in analysed(analyser, image, is_video=True))


def test_small_faces_of_a_large_photo_are_found(analyser, shared_data):
    """48 faces of about 60 pixels in 12 megapixels."""
    paths = sorted((shared_data / "lfw").glob("*/*_0001.jpg"))[:48]
    image = np.full((3000, 4000, 3), 90, np.uint8)
    places = [(60 + 490 * (k % 8), 60 + 480 * (k // 8)) for k in range(48)]
    for (left, top), path in zip(places, paths, strict=True):
        image[top : top + 150, left : left + 150] = open_photo(path).rgb((150, 150))
    middles = np.array(
        [(f.box_ltrb[0] + f.box_ltrb[2], f.box_ltrb[1] + f.box_ltrb[3]) for f in analysed(analyser, image)]
    )
    missed = [place for place in places if np.abs(middles / 2 - np.array(place) - 75).max(axis=1).min() > 30]
    assert len(missed) <= 1
