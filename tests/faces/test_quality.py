"""How much a face can be trusted."""

import cv2
import numpy as np
import pytest

from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.encoders.dlib_onnx import Dlib
from facepipe.faces.quality import face_quality, pose_asymmetry

FRONTAL = np.array([[70, 50], [58, 50], [30, 50], [42, 50], [50, 70]], np.float32)
BOX = np.array([0, 0, 100, 100])


def drawn_chip() -> np.ndarray:
    """Structure at every scale, as in a face, from fixed noise."""
    rng = np.random.default_rng(0)
    gray = sum(
        cv2.resize(rng.normal(0, 20, (side, side)).astype(np.float32), (150, 150), interpolation=cv2.INTER_CUBIC)
        for side in (8, 16, 32)
    )
    return np.repeat(np.clip(gray + 128, 0, 255).astype(np.uint8)[..., None], 3, 2)


CHIP = drawn_chip()


def blurred(sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(CHIP, (0, 0), sigma)


def noisy(sd: float) -> np.ndarray:
    return np.clip(CHIP + np.random.default_rng(1).normal(0, sd, CHIP.shape), 0, 255).astype(np.uint8)


def lit(gain: float) -> np.ndarray:
    return np.clip(CHIP.astype(np.float32) * gain, 0, 255).astype(np.uint8)


def test_a_good_face_is_good():
    assert face_quality(CHIP, FRONTAL, BOX) > 0.8


@pytest.mark.parametrize(
    "worse",
    [
        [blurred(3), blurred(5), blurred(9)],
        [noisy(30), noisy(60), noisy(120)],
        [lit(0.2), lit(0.08), lit(0.03)],
        [lit(1.9), lit(2.5), lit(6)],
    ],
    ids=["blur", "noise", "dark", "over-exposed"],
)
def test_damage_costs_quality_the_more_the_worse(worse):
    scores = [face_quality(chip, FRONTAL, BOX) for chip in (CHIP, *worse)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 1.5 * scores[-1]


def test_size_and_pose_count():
    turned = FRONTAL.copy()
    turned[4, 0] += 20
    small = face_quality(CHIP, FRONTAL, np.array([0, 0, 9, 9]))
    assert small < 0.7 * face_quality(CHIP, FRONTAL, BOX)
    assert face_quality(CHIP, turned, BOX) < face_quality(CHIP, FRONTAL, BOX)


def test_asymmetry_is_in_eye_distances_and_ignores_rotation_and_mirroring():
    turned = FRONTAL.copy()
    turned[4, 0] += 14
    rotation = np.array([[0.8, -0.6], [0.6, 0.8]])
    assert pose_asymmetry(FRONTAL) == pytest.approx(0)
    assert pose_asymmetry(turned) == pytest.approx(0.5)  # the eyes are 28 apart
    assert pose_asymmetry(3 * turned @ rotation.T) == pytest.approx(0.5)
    assert pose_asymmetry(turned * [-1, 1]) == pytest.approx(0.5)


# Of each measure the place at which its harm is 1, and its power; see faces/quality.py.


def harm(chip=CHIP, points=FRONTAL, side: float = 100) -> float:
    return 1 / face_quality(chip, points, np.array([0, 0, side, side])) - 1


@pytest.mark.parametrize("side", [8, 16, 40])
def test_the_harm_of_size(side):
    assert harm(side=side) - harm() == pytest.approx((8 / side) ** 3 - (8 / 100) ** 3, abs=1e-9)


def test_the_shorter_side_is_the_size():
    """The box lies where it lies."""
    for box in ([100, 20, 140, 80], [20, 100, 80, 140]):
        assert 1 / face_quality(CHIP, FRONTAL, np.array(box)) - 1 == pytest.approx(harm(side=40))


@pytest.mark.parametrize("shift", [0.3, 0.6])
def test_the_harm_of_pose(shift):
    turned = FRONTAL + np.array([[0, 0]] * 4 + [[28 * shift, 0]], np.float32)
    assert harm(points=turned) - harm() == pytest.approx((shift / 0.6) ** 4, rel=1e-4)


@pytest.mark.parametrize("gain", [1, 3])
def test_the_harm_of_contrast(gain):
    """The same structure, more and less of it: nothing else changes."""
    structure = np.round((CHIP.astype(int) - 128) / 16).astype(int)
    spread = structure[25:125, 25:125, 0].std()
    weak, strong = (harm((128 + factor * structure).astype(np.uint8)) for factor in (gain, 12))
    expected = (2.2 / (gain * spread)) ** 1.6 - (2.2 / (12 * spread)) ** 1.6
    assert weak - strong == pytest.approx(expected, rel=0.01)


def test_the_harm_of_white():
    """From 250 on: a step brighter, and a share of the face is white."""
    bright = np.minimum(CHIP.astype(int) + 90, 249).astype(np.uint8)
    share = (bright[25:125, 25:125, 0] == 249).mean()
    assert 0.1 < share < 0.9
    assert harm(bright + np.uint8(1)) - harm(bright) == pytest.approx((share / 0.85) ** 2, rel=1e-3)


def test_the_harm_of_blur_and_noise():
    def measured(chip):
        gray = chip[25:125, 25:125, 0].astype(np.float32)
        fine, coarse = cv2.GaussianBlur(gray, (0, 0), 1), cv2.GaussianBlur(gray, (0, 0), 3)
        return gray.std(), np.abs(fine - coarse).mean(), np.abs(gray - fine).mean()

    for chip in (blurred(6), np.repeat(noisy(60)[..., :1], 3, 2)):
        contrast, detail, grain = measured(chip)
        expected = (0.078 * contrast / detail) ** 3 + (grain / detail / 0.9) ** 4 + (2.2 / contrast) ** 1.6
        expected += ((chip[25:125, 25:125, 0] >= 250).mean() / 0.85) ** 2 + 0.08**3
        assert expected > 0.3 and harm(chip) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_chip_is_worth_nothing(value):
    quality = face_quality(np.full((150, 150, 3), value, np.uint8), np.zeros((5, 2)), np.zeros(4))
    assert 0 <= quality < 0.1


def test_low_quality_means_far_from_the_same_person(shared_data):
    """Damaged real faces: where quality is low the vector has left its person, where it is high it has not."""
    aligner, encoder = Aligner(), Dlib().open()
    quality, distance = [], []
    for path in sorted(shared_data.glob("photos/bbt_*/*1.png")):
        image = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        box = np.array([0, 0, image.shape[1], image.shape[0]], np.float32)
        small = cv2.resize(image, None, fx=0.12, fy=0.12, interpolation=cv2.INTER_AREA)
        views = [(image, box), (cv2.GaussianBlur(image, (0, 0), 1.5), box), (small, box * 0.12)]
        views += [(cv2.GaussianBlur(image, (0, 0), 9), box), ((image * 0.03).astype(np.uint8), box)]
        points = [aligner.landmarks(view, view_box) for view, view_box in views]
        chips = np.stack([face_chip(view, xy) for (view, _), xy in zip(views, points, strict=True)])
        vectors = encoder.encode(chips)
        boxes = [view_box for _, view_box in views]
        quality += [face_quality(*part) for part in zip(chips, points, boxes, strict=True)][1:]
        distance += np.linalg.norm(vectors[1:] - vectors[0], axis=1).tolist()
    quality, distance = np.array(quality), np.array(distance)
    assert len(quality) == 32
    assert distance[quality < 0.3].mean() > 0.55
    assert distance[quality > 0.7].mean() < 0.35
    ranks = np.corrcoef(np.argsort(np.argsort(quality)), np.argsort(np.argsort(distance)))
    assert ranks[0, 1] < -0.7
