"""How far two faces of one person may lie apart: a model of the distances, fitted to the clip's certain pairs.

A face's vector is taken as the sum of who it is, under which conditions it was seen (pose, light, camera: shared by a
track) and what is peculiar to the single picture; the three are independent and round ("two-covariance model", the
isotropic case of PLDA: Ioffe 2006; Brümmer and de Villiers 2010). With the mean squared distances that each part adds
to a pair written as B (other person), C (other conditions) and P (other picture), two means of n and m pictures lie

    same person:       S = C + P (1/n + 1/m) / 2            other person:       S + B

apart on average, and both explanations are equally likely at the squared distance

    cut(S) = S (S + B) / B * log(1 + B / S)

So a cut belongs to what it is applied to: with the priors .60 for two single faces, .47 for two long tracks, and less
in a clip whose people, seen side by side, lie nearer to each other.
"""

from dataclasses import dataclass, replace

import numpy as np

# Priors, in squared distances. dlib's network was trained so that 0.6 separates people (documentation of dlib's
# face_recognition_model_v1). Two pictures of different people lie sqrt(.79) = .89 apart on average (4,997 labelled
# pairs of 18 people); with that, .6 is the equally likely place for C + P = .195. Of this, C is about .07 between the
# shots of one clip and .14 between photos of different years. Results change little for B .45 to .75, C .085 to .13.
PRIOR_BETWEEN = 0.595
PRIOR_CONDITIONS = 0.10
PRIOR_PICTURE = 0.095
MAX_WORTH = 5  # how many pairs of tracks one person counts for, at most, where conditions are measured
# How many certain pairs the prior is worth: tracks for P, pairs of tracks in one frame for B.
PRIOR_PAIRS = 10.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean squared distance that another person, other conditions and another picture add to a pair."""

    between: float = PRIOR_BETWEEN
    conditions: float = PRIOR_CONDITIONS
    picture: float = PRIOR_PICTURE

    def same(self, pictures: np.ndarray | float) -> np.ndarray:
        """Expected squared distance of two means of that many pictures each, of one person."""
        return self.conditions + self.picture / np.asarray(pictures, np.float64)

    def cut(self, pictures: np.ndarray | float) -> np.ndarray:
        """The squared distance at which two means of that many pictures are as likely one person as two."""
        return equally_likely(self.same(pictures), self.between)


def equally_likely(same: np.ndarray | float, between: float) -> np.ndarray:
    """The squared distance that N(0, same) and N(0, same + between) explain equally well, per the module's formula."""
    same = np.maximum(np.asarray(same, np.float64), 1e-6)
    return same * (same + between) / between * np.log1p(between / same)


def calibrated(
    track_variance: np.ndarray, same_frame: np.ndarray, pictures: np.ndarray, prior: Spread | None = None
) -> Spread:
    """The prior, moved by the clip's certain pairs as far as their number allows.

    track_variance: float (t,), for each track of two pictures or more, the unbiased mean squared distance of two of its
    pictures. same_frame: float (p,), squared distances of the means of two tracks seen in one frame; pictures: float
    (p,), the harmonic mean of the numbers of pictures behind them. Medians are taken, so that a mirror, a poster or a
    broken track among them does not matter.
    """
    prior = prior or Spread()
    picture = _shrunk(track_variance, prior.picture)
    moved = replace(prior, picture=picture)
    between = _shrunk(same_frame - moved.same(pictures), prior.between)
    return replace(moved, between=max(between, prior.between / 4))


def loosened(spread: Spread, label: np.ndarray, mean: np.ndarray, pictures: np.ndarray) -> Spread:
    """`spread` with the larger difference of conditions that the people found with it show, if they do.

    People whose tracks lie far apart were cut first, so what is found says how far apart they are at least; it never
    makes the cut stricter. label: int (m,), >= 0; mean: float32 (m, d) and pictures: float (m,) of each unit.
    """
    count = np.bincount(label, minlength=1)
    centre = np.zeros((len(count), mean.shape[1]))
    np.add.at(centre, label, mean)
    centre /= np.maximum(count, 1)[:, None]
    step = mean - centre[label]
    inside = np.bincount(label, np.einsum("ij,ij->i", step, step), len(count))
    picture = np.bincount(label, spread.picture / pictures, len(count)) / np.maximum(count, 1)
    several = count >= 2
    if not several.any():
        return spread
    seen = 2 * inside[several] / (count[several] - 1) - picture[several]
    worth = np.minimum(count[several] - 1, MAX_WORTH)
    trust = worth.sum() / (worth.sum() + PRIOR_PAIRS)
    moved = spread.conditions + trust * (np.average(seen, weights=worth) - spread.conditions)
    return replace(spread, conditions=max(spread.conditions, float(moved)))


def _shrunk(observed: np.ndarray, prior: float) -> float:
    if not len(observed):
        return prior
    trust = len(observed) / (len(observed) + PRIOR_PAIRS)
    return float(prior + trust * (np.median(observed) - prior))
