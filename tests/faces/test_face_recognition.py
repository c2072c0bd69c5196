"""The package face_recognition as encoder and detectors, and what is said where it is not installed."""

import sys

import numpy as np
import pytest
from plugins import opened

from facepipe.errors import UsageError
from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.detectors import DETECTORS
from facepipe.faces.encoders import ENCODERS
from facepipe.geometry import iou
from facepipe.media.decode import decode_all

PIP = "pip install 'setuptools<81' && pip install --no-deps face_recognition"


@pytest.fixture(scope="module")
def pictures(sample_clip):
    """Four people together, and one alone: RGB pictures of the clip."""
    wanted = {0: None, 150: None}
    for frame in decode_all(sample_clip, 1, pytest.fail):
        if frame.index in wanted:
            wanted[frame.index] = frame.picture.rgb()
        if all(image is not None for image in wanted.values()):
            return list(wanted.values())


@pytest.fixture(scope="module")
def faces(pictures):
    """The boxes of every picture's faces, as dlib's CNN finds them."""
    detector = DETECTORS.load("cnn")().open()
    found = [[d.box_ltrb for d in detector.detect(image)] for image in pictures]
    assert [len(boxes) for boxes in found] == [4, 1]
    return found


def test_its_vectors_are_near_those_of_dlibs_network(pictures, faces):
    encoder = opened(ENCODERS.load("face-recognition")())
    aligner = Aligner()
    chips = np.stack(
        [
            face_chip(image, aligner.landmarks(image, box))
            for image, boxes in zip(pictures, faces, strict=True)
            for box in boxes
        ]
    )
    apart = np.linalg.norm(encoder.encode(chips) - ENCODERS.load("dlib")().open().encode(chips), axis=1)
    assert apart.max() < 0.1


@pytest.mark.parametrize("name", ["face-recognition-hog", "face-recognition-cnn"])
def test_its_detectors_find_the_faces(pictures, faces, name):
    detector = opened(DETECTORS.load(name)())
    for image, expected in zip(pictures, faces, strict=True):
        found = [d.box_ltrb for d in detector.detect(image)]
        assert len(found) == len(expected)
        assert all(iou(a, b) > 0.5 for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("registry", "name"),
    [(ENCODERS, "face-recognition"), (DETECTORS, "face-recognition-hog"), (DETECTORS, "face-recognition-cnn")],
)
@pytest.mark.parametrize("missing", ["face_recognition", "face_recognition_models"])
def test_without_it_two_commands_are_named(monkeypatch, registry, name, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError) as error:
        registry.load(name)().open()
    assert str(error.value).startswith(f"'{name}' needs ")
    assert str(error.value).endswith(f"which is not installed: {PIP}")
