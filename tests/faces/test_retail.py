"""The encoder retail-0095: where the pixels of its chip come from, and vectors that depend on their chip alone."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import dlib
import numpy as np
import pytest

from facepipe import models
from facepipe.faces.align import Aligner
from facepipe.faces.encoders.retail import SPACE, TEMPLATE_XY, Encoder, Retail0095, retail_chip

CENTRE = (np.array([128, 128]) - 1) / 2


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (height, width, 3), dtype=np.uint8)


def enlarged(factor: int) -> np.ndarray:
    """The template's points in a picture whose pixels are so many times smaller."""
    return (TEMPLATE_XY + 0.5) * factor - 0.5


def test_points_that_lie_as_in_the_template_leave_the_picture_as_it_is():
    image = noise(128, 128)
    chip = retail_chip(image, TEMPLATE_XY)
    assert (chip.dtype, chip.shape) == (np.uint8, (128, 128, 3))
    assert (chip == image).all()


def test_the_chip_turns_and_moves_with_the_points():
    image = noise(128, 128)
    turned = np.pad(np.rot90(image), ((30, 7), (11, 60), (0, 0)))
    x, y = (TEMPLATE_XY - CENTRE).T
    landmarks = np.stack([y, -x], axis=1) + CENTRE + (11, 30)
    assert (retail_chip(turned, landmarks) == image).all()


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_a_large_face_is_averaged(factor):
    image = noise(128 * factor, 128 * factor)
    expected = image.reshape(128, factor, 128, factor, 3).mean(axis=(1, 3))
    assert np.abs(retail_chip(image, enlarged(factor)) - expected).max() <= 0.5 + 1e-6


def test_a_huge_face_costs_no_more_than_a_large_one():
    stripes = np.zeros((128 * 20, 128 * 20, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(retail_chip(stripes, enlarged(20)).astype(int) - 128).max() <= 16


def test_a_small_face_is_interpolated():
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], 32, 0).repeat(3, 2)  # 8 a pixel
    chip = retail_chip(ramp, (TEMPLATE_XY + 0.5) / 4 - 0.5)
    inner = chip[20:100, 20:100].astype(int)
    assert np.abs(inner - ((np.arange(20, 100) + 0.5) / 4 - 0.5)[None, :, None] * 8).max() <= 1


def test_points_that_fit_no_better_are_fitted_by_least_squares():
    rng = np.random.default_rng(0)
    wrong = TEMPLATE_XY + rng.normal(0, 3, (5, 2))
    image = noise(128, 128)
    # The best similarity transform is the same whether it is found by OpenCV on all points or by the formula.
    columns = [[x, -y, 1, 0] for x, y in wrong] + [[y, x, 0, 1] for x, y in wrong]
    a, b, c, d = np.linalg.lstsq(np.array(columns), TEMPLATE_XY.T.reshape(-1), rcond=None)[0]
    expected = cv2.warpAffine(image, np.array([(a, -b, c), (b, a, d)]), (128, 128), flags=cv2.INTER_LINEAR)
    assert np.hypot(a, b) >= 1  # nothing is averaged
    assert np.abs(retail_chip(image, wrong).astype(int) - expected).mean() < 2


def test_the_same_chip_from_a_part_of_the_picture_and_from_a_view():
    image = noise(300, 400)
    landmarks = (TEMPLATE_XY - CENTRE) @ np.array([(0.8, 0.4), (-0.4, 0.8)]) * 1.7 + (200, 150)
    chip = retail_chip(image, landmarks)
    assert (retail_chip(image[10:, 20:], landmarks - (20, 10)) == chip).all()
    assert (retail_chip(np.repeat(image, 2, axis=1)[:, ::2], landmarks) == chip).all()


@pytest.mark.parametrize("shift", [(-64, 0), (0, 64), (100, -100)])
def test_black_where_the_picture_ends(shift):
    image = np.full((128, 128, 3), 200, np.uint8)
    chip = retail_chip(image, TEMPLATE_XY + shift)
    width, height = 128 - np.abs(shift)
    assert (chip == 200).all(axis=2).sum() == width * height
    assert (chip == 0).all(axis=2).sum() == 128 * 128 - width * height


@pytest.mark.parametrize("shift", [1000, -1000, 1e9])
def test_a_face_beyond_the_picture_is_black(shift):
    assert not retail_chip(noise(50, 60), TEMPLATE_XY + shift).any()


def test_a_picture_that_is_wider_than_opencv_allows():
    image = np.zeros((128, 40_000, 3), np.uint8)
    image[:, 39_000:] = noise(128, 1000)
    assert (retail_chip(image, TEMPLATE_XY + np.array((39_100, 0))) == image[:, 39_100:39_228]).all()


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), 7.5), TEMPLATE_XY * 1e-9, TEMPLATE_XY * 1e7])
def test_degenerate_points_give_a_chip(points):
    assert retail_chip(noise(40, 30), points.astype(np.float32)).shape == (128, 128, 3)


class Fake(models.Session):
    """Gives the means of the three planes, and remembers the sizes of the batches."""

    def __init__(self):
        self.batches = []

    def run(self, planes):
        assert (planes.dtype, planes.shape[1:]) == (np.float32, (3, 128, 128)) and planes.flags.c_contiguous
        self.batches.append(len(planes))
        out = np.zeros((len(planes), 256, 1, 1), np.float32)
        out[:, :3, 0, 0] = planes.mean(axis=(2, 3))
        return [out]


def test_the_network_gets_bgr_in_small_batches_and_vectors_have_norm_1():
    session = Fake()
    chips = np.zeros((9, 128, 128, 3), np.uint8)
    chips[:] = (0, 80, 60)  # red, green, blue
    vectors = Encoder(session).encode(chips)
    assert (vectors.dtype, vectors.shape, session.batches) == (np.float32, (9, 256), [4, 4, 1])
    np.testing.assert_allclose(vectors[:, :3], np.tile([0.6, 0.8, 0], (9, 1)), atol=1e-6)
    assert Encoder(session).encode(chips[:0]).shape == (0, 256)
    assert not Encoder(session).encode(chips[:1] * 0).any()


def test_vectors_have_the_size_of_their_space_and_chips_are_cut_for_them(shared_models):
    assert (Retail0095.space, Retail0095.chip) == (SPACE, retail_chip)
    assert SPACE.dimensions == 256 and SPACE.name == Retail0095.name
    assert Retail0095().is_installed(shared_models)


@pytest.mark.parametrize("wrong", [np.zeros((2, 150, 150, 3), np.uint8), np.zeros((2, 128, 128, 3), np.float32),
                                   np.zeros((128, 128, 3), np.uint8)])  # fmt: skip
def test_other_chips_are_refused(wrong):
    with pytest.raises(ValueError, match=r"chips must be uint8 \(n, 128, 128, 3\)"):
        Encoder(Fake()).encode(wrong)


@pytest.fixture(scope="module")
def encoder(shared_models):
    return Retail0095().open(shared_models)


@pytest.fixture(scope="module")
def portrait(shared_data):
    """A picture of one person, and the landmarks of the face."""
    image = cv2.cvtColor(cv2.imread(str(shared_data / "scenes/obama1.jpg")), cv2.COLOR_BGR2RGB)
    box = dlib.get_frontal_face_detector()(image, 0)[0]
    return image, Aligner().landmarks(image, (box.left(), box.top(), box.right() + 1, box.bottom() + 1))


def test_a_vector_does_not_depend_on_its_neighbours_or_the_thread(encoder, portrait):
    image, landmarks = portrait
    rng = np.random.default_rng(1)
    faces = [retail_chip(image, landmarks + rng.normal(0, 3, 2)) for _ in range(7)]
    chips = np.stack([*faces, np.zeros((128, 128, 3), np.uint8), np.full((128, 128, 3), 255, np.uint8)])
    alone = [encoder.encode(chip[None]).tobytes() for chip in chips]
    assert len(set(alone)) == len(chips)
    for size in (2, 3, 4, 5, len(chips)):
        for start in range(0, len(chips), size):
            group = encoder.encode(chips[start : start + size])
            assert [row.tobytes() for row in group] == alone[start : start + size]
    with ThreadPoolExecutor(4) as pool:
        assert [v.tobytes() for v in pool.map(lambda chip: encoder.encode(chip[None]), chips)] == alone


def test_a_face_stays_the_same_whatever_the_picture_does(encoder, portrait, shared_data):
    image, landmarks = portrait
    turn = cv2.getRotationMatrix2D(tuple(float(v) for v in landmarks.mean(axis=0)), 40, 0.7)
    turned = cv2.warpAffine(image, turn, (image.shape[1], image.shape[0]))
    other = cv2.cvtColor(cv2.imread(str(shared_data / "scenes/bbt3.jpg")), cv2.COLOR_BGR2RGB)
    box = dlib.get_frontal_face_detector()(other, 0)[0]
    stranger = Aligner().landmarks(other, (box.left(), box.top(), box.right() + 1, box.bottom() + 1))
    chips = [retail_chip(image, landmarks), retail_chip(turned, landmarks @ turn[:, :2].T + turn[:, 2]),
             retail_chip(other, stranger)]  # fmt: skip
    vectors = encoder.encode(np.stack(chips))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    squared = ((vectors[0] - vectors[1:]) ** 2).sum(axis=1)
    assert squared[0] < 0.2 and squared[1] > 1.1
