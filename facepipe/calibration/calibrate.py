"""From labelled pictures to an encoder's space, with a figure that says how well it tells people apart."""

import hashlib
from dataclasses import dataclass

import numpy as np

from facepipe.calibration.fit import fit
from facepipe.calibration.pictures import Labelled
from facepipe.calibration.thresholds import space_of
from facepipe.distances import squared
from facepipe.errors import InputError
from facepipe.likeness import Likeness
from facepipe.space import EmbeddingSpace

_FALSE = 1e-3  # share of pairs of strangers that are taken for one person
_CHANCE_RIGHT, _CHANCE_TOLD = 0.6, 0.05  # below these a network hardly knows anybody: a coin has .5 and .001
_MOST = 3_000  # pictures of which all pairs are looked at


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was found, and how good it is.

    space: from all people. told: the share of pairs of one person's pictures that lie nearer than all but one in a
    thousand pairs of strangers. held_out: the share of pairs of half of the people for which a space made of the other
    half has evidence on the right side; None where there are too few people for that.
    """

    space: EmbeddingSpace
    told: float
    held_out: float | None

    @property
    def is_chance(self) -> bool:
        """Whether people are told apart hardly better than by a coin."""
        return self.told < _CHANCE_TOLD if self.held_out is None else self.held_out < _CHANCE_RIGHT


def calibrate(labelled: Labelled, name: str) -> Calibrated:
    """InputError: too few people with two pictures or more."""
    try:
        space = _space(labelled, np.ones(len(labelled.person), bool), name)
    except ValueError as error:
        raise InputError(f"too few pictures to calibrate with ({error}); some hundred people are best") from error
    return Calibrated(space, _told(labelled, _first_versions(labelled)), _held_out(labelled, name))


def _held_out(labelled: Labelled, name: str) -> float | None:
    half = np.array([hashlib.sha256(who.encode()).digest()[0] % 2 for who in labelled.names], bool)[labelled.person]
    try:
        likeness = _space(labelled, half, name).likeness
    except ValueError:
        return None
    return _right(likeness, labelled, _first_versions(labelled) & ~half)


def _space(labelled: Labelled, rows: np.ndarray, name: str) -> EmbeddingSpace:
    outputs, quality, person, picture = (
        column[rows] for column in (labelled.outputs, labelled.quality, labelled.person, labelled.picture)
    )
    likeness = fit(outputs, quality, person, picture, keeps_length=False)
    plain = _first_versions(labelled)[rows]
    vectors, judged = likeness.stored(outputs[plain], quality[plain])
    return space_of(name, likeness, vectors, judged, person[plain])


def _first_versions(labelled: Labelled) -> np.ndarray:
    """Which faces are not of damaged copies: bool (n,)."""
    first = np.unique(labelled.picture, return_index=True)[1]
    return np.isin(np.arange(len(labelled.picture)), first)


def _pairs(labelled: Labelled, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of some faces, (p,) each, and whether they are one person's."""
    chosen = np.flatnonzero(rows)[:_MOST]
    one, other = np.triu_indices(len(chosen), 1)
    one, other = chosen[one], chosen[other]
    return one, other, labelled.person[one] == labelled.person[other]


def _told(labelled: Labelled, rows: np.ndarray) -> float:
    directions = labelled.outputs / np.maximum(np.linalg.norm(labelled.outputs, axis=1, keepdims=True), 1e-12)
    one, other, same = _pairs(labelled, rows)
    apart = squared(directions, directions)[one, other]
    return float((apart[same] < np.quantile(apart[~same], _FALSE)).mean())


def _right(likeness: Likeness, labelled: Labelled, rows: np.ndarray) -> float:
    """The mean of the shares of pairs of one person, and of two, on whose side the evidence is."""
    vectors, judged = likeness.stored(labelled.outputs, labelled.quality)
    direction, length = likeness.seen(vectors)
    _, noise = likeness.noise(judged, length)
    reliability = likeness.reliability(noise)
    one, other, same = _pairs(labelled, rows)
    cosine = np.clip((direction @ direction.T)[one, other], -1, 1)
    for_one = likeness.evidence(cosine, reliability[one] * reliability[other]) > 0
    return float((for_one[same].mean() + (~for_one[~same]).mean()) / 2)
