"""Fitting an encoder's likeness to labelled pictures."""

import numpy as np
import pytest

from facepipe.calibration.fit import fit


def faces(people: int, pictures: int, *, centre: float = 0.0, d: int = 120, seed: int = 0):
    """Vectors of the model, their quality, who they are, and which picture: clarity follows quality and length."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), pictures)
    quality, doubt = rng.uniform(0.1, 0.95, (2, len(person)))
    clarity = 1 / (1 + np.exp(-(1.2 + 0.5 * np.log(quality / (1 - quality)) + 1.5 * (doubt - 0.5))))
    who = rng.normal(size=(people, d)) * np.sqrt(0.8 / d)
    noise = rng.normal(size=(len(person), d)) * np.sqrt((1 - 0.8 * clarity**2) / d)[:, None]
    vectors = clarity[:, None] * who[person] + noise
    vectors *= (10 + 4 * doubt)[:, None] / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors + centre, quality, person, np.arange(len(person))


def test_the_numbers_that_the_vectors_were_made_with_are_found():
    vectors, quality, person, picture = faces(400, 5)
    found = fit(vectors, quality, person, picture, keeps_length=False)
    assert found.centre == ()
    assert found.shared == pytest.approx(0.8, abs=0.06)
    assert found.clarity_slope == pytest.approx(0.5, abs=0.12)
    assert found.clarity_slope * found.length_gain == pytest.approx(1.5 / 4, abs=0.1)
    assert found.stranger_spread == pytest.approx(1 / np.sqrt(120), abs=0.01)
    assert found.same_spread == pytest.approx(1 / np.sqrt(120), abs=0.03)
    stored, judged = found.stored(vectors, quality)
    assert np.linalg.norm(stored, axis=1) == pytest.approx(1)
    assert np.corrcoef(judged, np.linalg.norm(vectors, axis=1))[0, 1] > 0.3


def test_a_space_away_from_zero_gets_its_centre():
    vectors, quality, person, picture = faces(60, 3, centre=8.0)
    found = fit(vectors, quality, person, picture, keeps_length=True)
    assert np.array(found.centre) == pytest.approx(8.0, abs=0.6)


def test_versions_of_one_picture_teach_nothing():
    vectors, quality, person, picture = faces(40, 2)
    with pytest.raises(ValueError, match="at least ten people"):
        fit(vectors, quality, person, person, keeps_length=False)
    with pytest.raises(ValueError, match="at least ten people"):
        fit(vectors[:18], quality[:18], person[:18], picture[:18], keeps_length=False)
