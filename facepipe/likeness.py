"""What the likeness of two face vectors says: a model of one encoder's vectors, from which every decision follows.

A face's vector, seen from the centre of all faces, is taken as the sum of who it is and of noise (pose, light, blur,
the single picture), both round Gaussians in many dimensions: the two-covariance model, the isotropic case of PLDA
(Ioffe 2006; Brümmer and de Villiers 2010). Only its direction is used. With the identity's share of a perfect picture's
squared length written as b (`shared`), and with the clarity a in 0..1 of a picture, which tells how much of the
identity is left in it, the direction x of a picture is

    x = a y + noise,  |x| = 1,  |y|^2 = b        so that x / a = y + noise of squared length V = 1 / a^2 - b

and the mean of several x / a, weighted by 1 / V, has noise 1 / sum(1 / V). Its reliability is r = b / (b + V). Two such
means of one person have the expected cosine sqrt(r1 r2), two of strangers about 0. The cosine c is compared on Fisher's
scale, z = atanh(c), where its spread does not depend on its place:

    one person:  z - atanh(sqrt(r1 r2))  is Gaussian with the standard deviation `same_spread`
    strangers:   z is Gaussian around `stranger_mean`, but for a share of look-alikes, who lie nearer: the tail that
                 decides among thousands of people is theirs

The logarithm of the ratio of the two densities is the evidence, in nats: it is 0 where the vectors say nothing, as for
a smear, whose r is near 0, and it grows with every picture that is added to a group, because r does.
"""

import math
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

LARGEST = 0.99  # a cosine above it says no more than this one
MOST_RELIABLE = 0.95  # of a group, however many its pictures: a face changes over the years
LEAST_NOISE = 0.05  # ... and of a unit, however alike its pictures
_QUALITY = (1e-3, 1 - 1e-3)
_SQRT_TAU = math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The numbers of the model for one encoder; the defaults are usual for a network of some years ago, trained with a
    margin, whose embeddings have length 1 and lie around zero. `calibration.fit` finds those of any encoder.

    centre: the mean vector of many people; empty for zero. shared: b above.
    clarity_base, clarity_slope: a picture's clarity is the logistic function of base + slope * the log odds of its
    quality. length_usual, length_gain: the log odds grow by gain for each unit by which a vector's length exceeds the
    usual one: the encoder's own doubt, which sees what quality does not (profiles, masks, what is no face).
    keeps_length: whether the table's vectors still have that length; if not, it went into the quality when the face was
    encoded (see `judged`).
    same_spread, stranger_mean, stranger_spread, alike_share, alike_mean, alike_spread: on Fisher's scale, see the
    module. beside: how much nearer than other strangers two faces of one frame lie: they share light and camera.
    weak: reliability below which a face may not vote on who is a person: there, strangers meet in what is bad about
    their pictures.
    """

    shared: float = 0.77
    clarity_base: float = 1.3
    clarity_slope: float = 0.5
    length_usual: float = 1.0
    length_gain: float = 0.0
    keeps_length: bool = True
    same_spread: float = 0.2
    stranger_mean: float = 0.0
    stranger_spread: float = 0.09
    alike_share: float = 0.13
    alike_mean: float = 0.05
    alike_spread: float = 0.13
    beside: float = 0.05
    weak: float = 0.15
    centre: tuple[float, ...] = ()

    def seen(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Directions from the centre, float32 (n, d) of length 1 or 0, and the lengths, (n,), of vectors (n, d)."""
        vectors = np.asarray(vectors, np.float32)
        if self.centre:
            vectors = vectors - np.array(self.centre, np.float32)
        length = np.linalg.norm(vectors, axis=1)
        return vectors / np.maximum(length, np.float32(1e-9))[:, None], length

    def stored(self, outputs: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the table keeps of a network's outputs, float32 (n, d), and of the quality of the pixels, (n,).

        Outputs whose length is kept stay as they are; others get length 1, and their quality is judged by it.
        """
        if self.keeps_length:
            return outputs, quality
        length = np.linalg.norm(outputs, axis=1)
        return outputs / np.maximum(length, np.float32(1e-12))[:, None], self.judged(quality, length)

    def judged(self, quality: np.ndarray, length: np.ndarray) -> np.ndarray:
        """The quality, 0..1, of faces whose vectors had that length when they left the encoder: float64 (n,)."""
        return logistic(_log_odds(quality) + self.length_gain * (np.asarray(length) - self.length_usual))

    def noise(self, quality: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Clarity and V of single pictures, float64 (n,) each; length: of their vectors in the table."""
        if self.keeps_length:
            quality = self.judged(quality, length)
        clarity = logistic(self.clarity_base + self.clarity_slope * _log_odds(quality))
        return clarity, np.maximum(1 / clarity**2 - self.shared, LEAST_NOISE)

    def reliability(self, noise: np.ndarray) -> np.ndarray:
        """r of means with that much noise."""
        return np.minimum(self.shared / (self.shared + np.asarray(noise, np.float64)), MOST_RELIABLE)

    def evidence(self, cosine: np.ndarray, reliability: np.ndarray, nearer: np.ndarray | float = 0.0) -> np.ndarray:
        """Nats for one person rather than two, float64 (n,).

        reliability: the product of the two. nearer: how much nearer strangers lie here than usual, see `beside`.
        """
        z = fisher(cosine) - nearer
        short = np.maximum(np.arctanh(np.sqrt(reliability)) - z, 0)
        same = -0.5 * (short / self.same_spread) ** 2 - math.log(self.same_spread * _SQRT_TAU)
        nats = same - self._strangers(z)
        return np.where(z > 0, nats, np.minimum(nats, -1.0))

    def _strangers(self, z: np.ndarray | float) -> np.ndarray:
        """The logarithm of the density of z among strangers."""
        return self.strangers.log_density(z)

    @property
    def strangers(self) -> "Strangers":
        """How strangers lie on Fisher's scale."""
        alike = self.alike_share, self.alike_mean, self.alike_spread
        return Strangers(self.stranger_mean, self.stranger_spread, *alike)

    def least(self, nats: float) -> float:
        """A cosine below which no two means, however reliable, have evidence of more than `nats`."""
        low, high = 0.0, math.atanh(LARGEST)
        for _ in range(40):
            middle = (low + high) / 2
            most = -math.log(self.same_spread * _SQRT_TAU) - float(self._strangers(middle))
            low, high = (middle, high) if most < nats else (low, middle)
        return math.tanh(low)

    def cut(self, reliability: float, nats: float) -> float:
        """The cosine at which means whose reliabilities have that product reach so many nats of evidence."""
        low, high = 0.0, LARGEST
        for _ in range(40):
            middle = (low + high) / 2
            short = float(self.evidence(np.array(middle), np.array(reliability))) < nats
            low, high = (middle, high) if short else (low, middle)
        return low


class Strangers(NamedTuple):
    """The density of z among strangers: two Gaussians, of which the second has `share` and is that of look-alikes."""

    mean: float
    spread: float
    share: float
    alike_mean: float
    alike_spread: float

    def log_density(self, z: np.ndarray | float) -> np.ndarray:
        usual = _log_gauss(z, self.mean, self.spread) + math.log1p(-self.share)
        return np.logaddexp(usual, self.log_of_alike(z))

    def log_of_alike(self, z: np.ndarray | float) -> np.ndarray | float:
        """That of look-alikes, times their share."""
        return _log_gauss(z, self.alike_mean, self.alike_spread) + math.log(self.share)


@dataclass(frozen=True, slots=True)
class LikenessHere(Likeness):
    """A model of which it is known how strangers lie `here`. trust, 0..1: how well it is known where some lie; and
    absence: where none do."""

    here: Strangers = field(kw_only=True)
    trust: float = field(kw_only=True)
    absence: float = field(kw_only=True)

    @classmethod
    def of(cls, likeness: Likeness, **known: Any) -> "LikenessHere":
        return cls(**{spec.name: getattr(likeness, spec.name) for spec in fields(Likeness)}, **known)

    def _strangers(self, z: np.ndarray | float) -> np.ndarray:
        usual, here = self.strangers.log_density(z), self.here.log_density(z)
        both = np.logaddexp(usual + math.log1p(-self.trust), here + math.log(self.trust))
        return np.maximum(both, usual + math.log1p(-self.absence))


def fisher(cosine: np.ndarray) -> np.ndarray:
    """Cosines on Fisher's scale, as far as they say anything: float64."""
    return np.arctanh(np.clip(np.asarray(cosine, np.float64), -LARGEST, LARGEST))


def _log_gauss(z: np.ndarray | float, mean: float, spread: float) -> np.ndarray | float:
    return -0.5 * ((z - mean) / spread) ** 2 - math.log(spread * _SQRT_TAU)


def _log_odds(quality: np.ndarray) -> np.ndarray:
    quality = np.clip(np.asarray(quality, np.float64), *_QUALITY)
    return np.log(quality / (1 - quality))


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))
