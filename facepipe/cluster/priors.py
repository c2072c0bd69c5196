"""What is known before two groups are compared: how many people there are, here and everywhere.

Among N people, two groups taken at random are one person with odds of about 1 : N, so the evidence that joining takes
grows with log N: 2 nats more among 5,749 people than among 749. N is counted, not asked for: every group counts as far
as it is certain (its reliability, at most 1), first with every unit a group of its own, which is the most there can be,
then with the groups that this made, without what are further pieces of somebody (counted.py). An error in N of a tenth
moves the cut by a tenth of a nat, so that a wrong join loosens it by next to nothing.

Two groups seen in one shot, or in one video, are one of the few people of that shot or video: N is counted for each.
All photos are one album.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from facepipe.lazy import sparse
from facepipe.likeness import Likeness


@dataclass(frozen=True)
class Priors:
    """Log odds against one person, before looking. everywhere: of any two groups. source: float (s,), of two seen in
    one source; 0 is the album. shot: float (t,), of two seen in one shot. likeness: the space's model."""

    likeness: Likeness
    everywhere: float
    source: np.ndarray
    shot: np.ndarray

    @classmethod
    def of(cls, likeness: Likeness, noise: np.ndarray, sources: sparse.csr_matrix, shots: sparse.csr_matrix) -> Priors:
        """As the people show who are found so far. noise, (n,), sources, (n, s), and shots, (n, t): as of `Groups`."""
        certain = certainty(likeness, noise)
        people = [sources.T @ certain, shots.T @ certain]
        source, shot = (np.log(np.maximum(count, 1)) for count in people)
        return cls(likeness, float(np.log(max(certain.sum(), 1))), source, shot)

    def cautious(self, nats: float) -> Priors:
        """With odds that are larger by so much."""
        return replace(self, everywhere=self.everywhere + nats, source=self.source + nats, shot=self.shot + nats)

    @cached_property
    def cosine(self) -> float:
        """Below it no two groups can be joined that share no source."""
        return self.likeness.least(self.everywhere)

    @cached_property
    def source_cosine(self) -> np.ndarray:
        """... that share this source: float (s,)."""
        values, back = np.unique(np.round(self.source, 3), return_inverse=True)
        return np.array([self.likeness.least(value) for value in values])[back.reshape(-1)]

    @cached_property
    def local(self) -> bool:
        """Whether some source has fewer people than all of them together."""
        return bool((self.source < self.everywhere - 1e-6).any())


def certainty(likeness: Likeness, noise: np.ndarray) -> np.ndarray:
    """As how much of a person each group counts, 0..1; noise: (n,), as of `Groups`."""
    return np.minimum(likeness.reliability(noise) / likeness.shared, 1)
