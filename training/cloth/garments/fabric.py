"""Colours and cloth: what a garment is made of, painted as flat RGB textures.

What is random comes from a generator that is passed in, so a seed draws the same cloth again.
"""

import colorsys
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

Rgb = tuple[float, float, float]  # 0..255

# Plain cloth is what most people wear; the rest are there so that a pattern is worth looking at.
PATTERNS = {
    "plain": 8,
    "melange": 3,
    "stripes": 4,
    "uneven": 2,
    "pinstripe": 2,
    "check": 4,
    "windowpane": 1,
    "dots": 2,
    "floral": 4,
    "camouflage": 1,
    "zigzag": 1,
    "diamonds": 1,
    "blocks": 1,
    "dip-dye": 1,
    "speckle": 2,
    "paisley": 2,
}
FINISHES = ("smooth", "smooth", "weave", "knit", "rib", "denim")


@dataclass(frozen=True)
class Cloth:
    """One piece of cloth. `scale` and `angle` are the size (face widths) and direction (radians) of the pattern."""

    pattern: str
    colours: tuple[Rgb, Rgb, Rgb]
    scale: float
    angle: float
    finish: str
    seed: int


def draw_colour(rng: np.random.Generator) -> Rgb:
    """A colour as clothes have it: mostly black, white, grey, navy and earth, sometimes anything."""
    kind = rng.random()
    if kind < 0.16:
        hsv = rng.random(), rng.uniform(0, 0.25), rng.uniform(0.04, 0.2)  # black
    elif kind < 0.26:
        hsv = rng.random(), rng.uniform(0, 0.12), rng.uniform(0.2, 0.75)  # grey
    elif kind < 0.37:
        hsv = rng.uniform(0.05, 0.65), rng.uniform(0, 0.12), rng.uniform(0.8, 1.0)  # white, cream
    elif kind < 0.5:
        hsv = rng.uniform(0.57, 0.68), rng.uniform(0.3, 0.85), rng.uniform(0.12, 0.6)  # navy, denim
    elif kind < 0.6:
        hsv = rng.uniform(0.05, 0.13), rng.uniform(0.2, 0.6), rng.uniform(0.25, 0.85)  # beige, brown
    else:
        hsv = rng.random(), rng.uniform(0.25, 1.0), rng.uniform(0.2, 1.0)
    return tuple(255 * c for c in colorsys.hsv_to_rgb(*hsv))


def near_colour(colour: Rgb, rng: np.random.Generator) -> Rgb:
    """A colour that is plainly another one, yet close to `colour`: what makes two garments look-alikes."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in colour))
    hue = (hue + rng.choice((-1, 1)) * rng.uniform(0.06, 0.2)) % 1
    saturation = float(np.clip(saturation + rng.choice((-1, 1)) * rng.uniform(0.1, 0.35), 0, 1))
    value = float(np.clip(value + rng.choice((-1, 1)) * rng.uniform(0.12, 0.3), 0.04, 1))
    return tuple(255 * c for c in colorsys.hsv_to_rgb(hue, saturation, value))


def draw_cloth(rng: np.random.Generator) -> Cloth:
    """A random piece of cloth."""
    names = list(PATTERNS)
    weights = np.array([PATTERNS[n] for n in names], float)
    return Cloth(
        pattern=names[rng.choice(len(names), p=weights / weights.sum())],
        colours=(draw_colour(rng), draw_colour(rng), draw_colour(rng)),
        scale=float(np.exp(rng.uniform(np.log(0.08), np.log(0.6)))),
        angle=float(rng.choice([0, 0, np.pi / 2, np.pi / 2, np.pi / 4, -np.pi / 4]) + rng.normal(0, 0.03)),
        finish=FINISHES[rng.integers(len(FINISHES))],
        seed=int(rng.integers(2**31)),
    )


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: float) -> np.ndarray:
    """Smooth random field (H, W) float32 of mean 0 and deviation about 1, with `cells` bumps along its width."""
    cols = max(2, round(cells))
    rows = max(2, round(cells * shape[0] / shape[1]))
    grid = rng.standard_normal((rows, cols)).astype(np.float32)
    return cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


@lru_cache(maxsize=8)  # a figure is painted in a few poses, one after the other
def paint_cloth(cloth: Cloth, shape: tuple[int, int], unit: float) -> np.ndarray:
    """The cloth laid flat: float32 RGB (H, W, 3), 0..255, read-only, `unit` pixels to a face width."""
    rng = np.random.default_rng(cloth.seed)
    first, second, third = (np.array(c, np.float32) for c in cloth.colours)
    masks = _pattern(cloth, shape, unit, rng)
    out = np.empty((*shape, 3), np.float32)
    out[:] = first
    for mask, colour in zip(masks, (second, third), strict=False):
        out += mask[..., None] * (colour - out)
    out *= _finish(cloth.finish, shape, unit, rng)[..., None]
    np.clip(out, 0, 255, out=out).flags.writeable = False
    return out


def _pattern(cloth: Cloth, shape: tuple[int, int], unit: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Where the second and the third colour go: masks 0..1 of `shape`."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) / unit
    y -= 1.5
    x -= shape[1] / unit / 2
    cos, sin = np.float32(np.cos(cloth.angle)), np.float32(np.sin(cloth.angle))
    along, across = x * cos + y * sin, y * cos - x * sin
    period = cloth.scale
    fine = shape[1] / unit / period  # cells of the pattern's size along the width

    def wave(v, share):  # a soft-edged band `share` wide in each period
        phase = np.abs(v / period % 1 - 0.5) * 2
        return np.clip((share - phase) * period * unit * 0.5 + 0.5, 0, 1)

    share = float(rng.uniform(0.2, 0.6))
    match cloth.pattern:
        case "stripes":
            return [wave(across, share)]
        case "uneven":
            return [wave(across, share), wave(across * 0.5 + 0.2, 0.15)]
        case "pinstripe":
            return [0.6 * wave(x, 0.12)]
        case "check":
            rows, cols = wave(across, share), wave(along, share)
            return [(rows + cols) / 2, wave(across + period / 2, 0.1) + wave(along + period / 2, 0.1) * 0.5]
        case "windowpane":
            return [np.maximum(wave(x, 0.1), wave(y, 0.1))]
        case "dots":
            radius = np.hypot(along / period % 1 - 0.5, across / period % 1 - 0.5)
            return [np.clip((share * 0.6 - radius) * period * unit + 0.5, 0, 1)]
        case "floral":
            return [
                np.clip(6 * (smooth_noise(rng, shape, fine) - 0.5), 0, 1),
                np.clip(6 * (smooth_noise(rng, shape, fine * 1.3) - 0.8), 0, 1),
            ]
        case "camouflage":
            return [np.clip(9 * smooth_noise(rng, shape, n), 0, 1) for n in (fine * 0.6, fine * 0.8)]
        case "zigzag":
            return [wave(across + np.abs(along / period % 1 - 0.5) * period, share)]
        case "diamonds":
            return [((along + across) / period % 1 < 0.5) * ((along - across) / period % 1 < 0.5) * np.float32(1)]
        case "blocks":
            cuts = np.sort(rng.uniform(0.3, 2.6, 2))
            return [np.clip((y - cut + 0.8) * unit * 0.4, 0, 1) for cut in cuts]
        case "dip-dye":
            return [np.clip(y / 2.5 + 0.25 * smooth_noise(rng, shape, 4), 0, 1)]
        case "speckle":
            return [np.clip(2 * smooth_noise(rng, shape, min(fine * 2, shape[1] / 2)) - 1, 0, 1)]
        case "paisley":
            field = smooth_noise(rng, shape, fine * 0.7) * 3
            return [np.clip(3 * np.sin(field * 2.5), 0, 1), np.clip(6 * np.cos(field * 1.7) - 4.5, 0, 1)]
        case "melange":
            return [np.clip(0.25 + 0.15 * smooth_noise(rng, shape, shape[1] / 2), 0, 1)]
    return []


def _finish(finish: str, shape: tuple[int, int], unit: float, rng: np.random.Generator) -> np.ndarray:
    """What the threads do to the brightness: a factor around 1, (H, W) float32."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) / unit
    grain = rng.standard_normal(shape).astype(np.float32)
    match finish:
        case "weave":
            return 1 + 0.05 * grain
        case "knit":
            step = rng.uniform(0.05, 0.12)
            return 1 + 0.16 * np.sin(6.283 * (x + np.abs(y / step % 1 - 0.5) * step) / step) + 0.04 * grain
        case "rib":
            return 1 + 0.14 * np.sin(6.283 * x / rng.uniform(0.06, 0.14)).astype(np.float32) + 0.02 * grain
        case "denim":
            return 1 + 0.1 * grain + 0.1 * smooth_noise(rng, shape, 5)
    return 1 + 0.015 * grain
