"""What the likeness of two vectors says."""

import numpy as np
import pytest
from scipy.stats import norm

from facepipe.likeness import MOST_RELIABLE, Likeness
from facepipe.space import DLIB

USUAL = Likeness()


def drawn(people: int, pictures: int, noise: float, d: int = 110, seed: int = 0) -> np.ndarray:
    """Vectors of the model: |identity|^2 is `shared`, the noise of a picture has the squared length `noise`."""
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(people, 1, d)) * np.sqrt(USUAL.shared / d)
    return who + rng.normal(size=(people, pictures, d)) * np.sqrt(noise / d)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.mark.parametrize("noise", [0.2, 0.5, 1.5])
def test_the_expected_cosine_of_two_means_follows_from_their_reliability(noise):
    faces = drawn(400, 6, noise)
    one, other = unit(faces[:, :2].mean(1)), unit(faces[:, 2:].mean(1))
    expected = np.sqrt(USUAL.reliability(noise / 2) * USUAL.reliability(noise / 4))
    assert (one * other).sum(1).mean() == pytest.approx(expected, abs=0.015)
    assert (one * np.roll(other, 1, 0)).sum(1).mean() == pytest.approx(0, abs=0.015)


def test_the_noise_of_a_picture_is_what_its_clarity_leaves_of_length_1():
    clarity, noise = USUAL.noise(np.array([0.2, 0.9]), np.ones(2))
    assert noise + USUAL.shared == pytest.approx(1 / clarity**2)
    assert clarity[0] < clarity[1]
    assert USUAL.reliability(noise[0]) < USUAL.reliability(noise[1])


def test_evidence_is_the_ratio_of_the_two_densities():
    likeness = Likeness(alike_share=1e-9)
    z, expected = 0.5, np.arctanh(0.6)
    one = norm.logpdf(z, expected, likeness.same_spread)
    two = norm.logpdf(z, likeness.stranger_mean, likeness.stranger_spread)
    assert float(likeness.evidence(np.tanh(z), 0.36)) == pytest.approx(one - two, abs=1e-4)


def test_evidence_grows_with_the_cosine_and_with_reliability_where_they_agree():
    cosines = np.linspace(-0.9, 0.98, 80)
    for reliability in (0.05, 0.4, 0.9):
        assert (np.diff(USUAL.evidence(cosines[cosines > 0], reliability)) > 0).all()
        assert (USUAL.evidence(cosines[cosines <= 0], reliability) <= -1).all()
    assert USUAL.evidence(0.2, 0.81) < USUAL.evidence(0.2, 0.16)  # too little likeness for what is known well
    assert abs(USUAL.evidence(0.05, 0.002)) < 1  # a smear says nothing


def test_where_strangers_lie_nearer_likeness_says_less():
    assert USUAL.evidence(0.4, 0.4, 0.1) < USUAL.evidence(0.4, 0.4)


@pytest.mark.parametrize("nats", [0.0, 2.0, 9.0])
def test_no_pair_below_the_least_cosine_has_so_much_evidence(nats):
    for likeness in (USUAL, DLIB.likeness):
        least = likeness.least(nats)
        below = np.linspace(0, least - 1e-3, 50)
        for reliability in (0.01, 0.3, 0.7, MOST_RELIABLE**2):
            assert (likeness.evidence(below, reliability) < nats + 1e-6).all()


def test_the_cut_is_where_the_evidence_is_reached():
    cut = USUAL.cut(0.4, 5.0)
    assert float(USUAL.evidence(cut, 0.4)) == pytest.approx(5.0, abs=1e-6)
    assert cut < USUAL.cut(0.4, 9.0)


def test_outputs_get_length_1_and_their_length_goes_into_the_quality():
    outputs = np.array([[30, 40], [3, 4], [0, 0]], np.float32)
    likeness = Likeness(length_usual=20.0, length_gain=0.1, keeps_length=False)
    vectors, quality = likeness.stored(outputs, np.full(3, 0.5))
    assert vectors == pytest.approx(np.array([[0.6, 0.8], [0.6, 0.8], [0, 0]]))
    assert quality[0] > 0.9 > 0.5 > quality[1] > quality[2]
    kept = Likeness(length_usual=20.0, length_gain=0.1).stored(outputs, np.full(3, 0.5))
    assert kept[0] is outputs and kept[1].tolist() == [0.5] * 3
    by_either = (
        likeness.noise(quality[:2], np.ones(2)),
        Likeness(length_usual=20.0, length_gain=0.1).noise(np.full(2, 0.5), np.array([50.0, 5.0])),
    )
    assert by_either[0][0] == pytest.approx(by_either[1][0])


def test_faces_are_seen_from_the_centre():
    direction, length = Likeness(centre=(1.0, 0.0)).seen(np.array([[1.0, 2.0], [4.0, 0.0], [1.0, 0.0]]))
    assert direction.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert length.tolist() == [2, 3, 0]
