"""t-SNE (van der Maaten and Hinton 2008), exact, for some hundred points.

scikit-learn's approximation, made for many thousand, gains nothing for so few, and takes longer to import than a short
clip to be looked at.
"""

import numpy as np

from facepipe.distances import squared

_STEPS, _EARLY = 750, 250  # in the early ones groups are drawn together, by this factor:
_EXAGGERATION = 12.0
_BISECTIONS = 40


def tsne(points: np.ndarray, perplexity: float) -> np.ndarray:
    """Places in the plane, float32 (n, 2), of n >= 3 points, float (n, d), not all of them equal: neighbours lie
    together. perplexity: about how many neighbours count, below n. The same points get the same places."""
    near = neighbours(squared(points, points, np.float64), perplexity).astype(np.float32)
    places = _principal(points).astype(np.float32)
    places *= np.float32(1e-4) / places[:, 0].std()
    speed, gain = np.zeros_like(places), np.ones_like(places)
    rate = max(len(points) / _EXAGGERATION, 200) / 4  # Belkina et al. 2019
    for step in range(_STEPS):
        early = step < _EARLY
        slope = _slope(near * _EXAGGERATION if early else near, places)
        gain = np.where(speed * slope < 0, gain + 0.2, np.maximum(gain * 0.8, 0.01))
        speed = (0.5 if early else 0.8) * speed - rate * gain * slope
        places += speed
    return places


def neighbours(apart: np.ndarray, perplexity: float) -> np.ndarray:
    """How much each point is another's neighbour, (n, n), symmetric, 1 in all: Gaussians around every point, of that
    width at which their entropy is that of `perplexity` equal neighbours, found by bisection. apart: squared distances.
    """
    n = len(apart)
    apart = apart / apart.mean()
    low, high = np.full(n, 1e-6), np.full(n, 1e12)
    for _ in range(_BISECTIONS):
        sharpness = np.sqrt(low * high)
        shares = _shares(apart, sharpness)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(1)
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, sharpness, low), np.where(wide, high, sharpness)
    return (shares + shares.T) / (2 * n)


def _shares(apart: np.ndarray, sharpness: np.ndarray) -> np.ndarray:
    """The others' shares of each point's Gaussian, (n, n), each row 1 in all."""
    far = apart * sharpness[:, None]
    np.fill_diagonal(far, np.inf)
    out = np.exp(far.min(1, keepdims=True) - far)
    return out / out.sum(1, keepdims=True)


def _principal(points: np.ndarray) -> np.ndarray:
    """The two principal components, (n, 2), each with the sign that makes its largest coordinate positive."""
    left, values, _ = np.linalg.svd(points - points.mean(0), full_matrices=False)
    out = left[:, :2] * values[:2]
    return out * np.sign(out[np.abs(out).argmax(0), [0, 1]])


def _slope(near: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The gradient of the divergence of both neighbourhoods by the places: float32 (n, 2)."""
    close = 1 / (1 + squared(places, places))
    np.fill_diagonal(close, 0)
    pull = (near - close / close.sum()) * close
    return 4 * (pull.sum(1, keepdims=True) * places - pull @ places)
