"""Groups as the model of likeness.py has them."""

import numpy as np
from scipy import sparse

from facepipe.cluster.groups import Groups
from facepipe.likeness import Likeness

LIKENESS = Likeness()
D = 256


def drawn(who: np.ndarray, noise: float, seed: int = 0) -> Groups:
    """Groups as the model has them: an identity of squared length b each, and noise of that squared length; photos.

    who: int (n,), whose each group is.
    """
    rng = np.random.default_rng(seed)
    identity = rng.normal(size=(int(who.max()) + 1, D)) * np.sqrt(LIKENESS.shared / D)
    mean = (identity[who] + rng.normal(size=(len(who), D)) * np.sqrt(noise / D)).astype(np.float32)
    n = len(who)
    album, no_shot = sparse.csr_matrix(np.ones((n, 1), np.float32)), sparse.csr_matrix((n, 0), dtype=np.float32)
    return Groups(mean, np.full(n, noise), np.ones(n), np.zeros(n), album, no_shot, np.full(n, -1))
