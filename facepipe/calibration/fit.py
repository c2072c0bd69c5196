"""Fits the model of likeness.py to labelled pictures: how the constants of an encoder's space were and are found.

What is fitted, in this order, each to what the ones before leave open:

1. centre: the mean of the people's means, if an encoder's vectors do not lie around zero.
2. clarity and `shared`: least squares on pairs of pictures of one person, whose expected cosine is
   shared * clarity_1 * clarity_2, every person counting as many pictures as it has. Damaged copies of pictures (shrunk,
   blurred, darkened) belong among them, or little is learnt of poor pictures; pairs of two versions of one picture say
   nothing and are left out.
3. same_spread: of the same pairs on Fisher's scale, around what is expected.
4. strangers: a mixture of two Gaussians by expectation maximisation (Dempster, Laird and Rubin 1977), on that scale.
   Its second part is then widened until it holds enough of the nearest strangers, one pair in TAIL, because among
   thousands of people these decide.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import norm

from facepipe.likeness import LARGEST, Likeness, fisher

TAIL, MARGIN = 1e-5, 2.0  # ... and twice as many as there are, since people met later were not among those fitted
MOST_PICTURES = 60  # of a person; more of them say little that is new
MAX_PAIRS = 4_000_000  # of strangers
OFF_CENTRE = 0.5  # a mean of people's means at this share of their length asks for a centre


def fit(
    vectors: np.ndarray, quality: np.ndarray, person: np.ndarray, picture: np.ndarray, *, keeps_length: bool
) -> Likeness:
    """The model for an encoder.

    vectors: float (n, d) as the encoder gives them. quality: float (n,), of the pixels. person: int (n,).
    picture: int (n,), equal for versions of one picture. keeps_length: see Likeness.
    Takes some hundred people, half of them with two pictures or more; ValueError for fewer than ten such people.
    """
    vectors, person = np.asarray(vectors, np.float32), np.unique(person, return_inverse=True)[1].reshape(-1)
    one, other, weight = _same(person, np.asarray(picture))
    if len(np.unique(person[one])) < 10:
        raise ValueError("at least ten people need two pictures or more")
    model = Likeness(centre=_centre(vectors, person))  # whose vectors here have their length, whatever is kept later
    direction, length = model.seen(vectors)
    model = replace(model, length_usual=float(np.median(length)))
    cosine = np.einsum("ij,ij->i", direction[one], direction[other])
    model = _with_clarity(model, cosine, length, quality, (one, other, weight))
    clarity, _ = model.noise(quality, length)
    z = fisher(cosine)
    expected = np.arctanh(np.minimum(model.shared * clarity[one] * clarity[other], LARGEST))
    middle = np.average(z - expected, weights=weight)
    spread = float(np.sqrt(np.average((z - expected - middle) ** 2, weights=weight)))
    return _with_strangers(replace(model, same_spread=spread, keeps_length=keeps_length), direction, person)


def _centre(vectors: np.ndarray, person: np.ndarray) -> tuple[float, ...]:
    count = np.bincount(person)
    means = np.zeros((len(count), vectors.shape[1]))
    np.add.at(means, person, vectors)
    means /= count[:, None]
    middle = means.mean(0)
    if np.linalg.norm(middle) < OFF_CENTRE * np.linalg.norm(means, axis=1).mean():
        return ()
    return tuple(np.round(middle, 3).tolist())


def _same(person: np.ndarray, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of different pictures of one person, and weights: a person counts for its pictures less one."""
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    order = np.argsort(person, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(person[order])) + 1):
        rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_PICTURES)).astype(np.int64)]
        a, b = (rows[side] for side in np.triu_indices(len(rows), 1))
        apart = picture[a] != picture[b]
        if apart.any():
            found.append((a[apart], b[apart], np.full(apart.sum(), (len(rows) - 1) / apart.sum())))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    one, other, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    return one, other, weight


def _with_clarity(model: Likeness, cosine, length, quality, pairs) -> Likeness:
    one, other, weight = pairs
    unit = float(np.std(length)) or 1.0  # so that all parameters are of one size

    def changed(values: np.ndarray) -> Likeness:
        shared, base, slope, gain = values
        gain = gain / (unit * slope) if slope else 0.0
        return replace(model, shared=shared, clarity_base=base, clarity_slope=slope, length_gain=gain)

    def error(values: np.ndarray) -> np.ndarray:
        tried = changed(values)
        clarity, _ = tried.noise(quality, length)
        return np.sqrt(weight) * (tried.shared * clarity[one] * clarity[other] - cosine)

    best = least_squares(error, [0.75, 1.5, 0.5, 0.3], bounds=([0.3, -5, 0.05, 0], [0.98, 8, 5, 5]))
    return changed(best.x.tolist())


def _with_strangers(model: Likeness, direction: np.ndarray, person: np.ndarray) -> Likeness:
    z = np.sort(fisher(_strangers(direction, person)))
    count, edges = np.histogram(z, 400)
    place = (edges[1:] + edges[:-1]) / 2
    share, middle, spread = np.array([0.9, 0.1]), np.quantile(z, [0.5, 0.9]), np.full(2, z.std())
    for _ in range(500):
        density = share * norm.pdf(place[:, None], middle, spread)
        belongs = count[:, None] * density / np.maximum(density.sum(1, keepdims=True), 1e-300)
        total = belongs.sum(0)
        share, middle = total / total.sum(), (belongs * place[:, None]).sum(0) / total
        spread = np.sqrt((belongs * (place[:, None] - middle) ** 2).sum(0) / total)
    usual, alike = np.argsort(middle)
    reach = float(np.quantile(z, 1 - TAIL))
    beyond = MARGIN * TAIL / share[alike]
    wide = (reach - middle[alike]) / norm.isf(beyond) if beyond < 0.5 else spread[alike]
    return replace(
        model,
        stranger_mean=float(middle[usual]),
        stranger_spread=float(spread[usual]),
        alike_share=float(share[alike]),
        alike_mean=float(middle[alike]),
        alike_spread=float(max(spread[alike], wide)),
        beside=float(0.5 * z.std()),
    )


def _strangers(direction: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Cosines of pairs of different people, of pictures spread evenly over all if there are many."""
    most = int(np.sqrt(2 * MAX_PAIRS))
    rows = np.linspace(0, len(person) - 1, min(len(person), most)).astype(np.int64)
    cosine, apart = direction[rows] @ direction[rows].T, person[rows][:, None] < person[rows]
    return cosine[apart]
