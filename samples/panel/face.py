"""The still part of a head: skin over a height map, lit, with ears, nose and wrinkles."""

import cv2
import numpy as np

from .canvas import Canvas, mirror, noise, shade, smooth
from .identity import Face

HEAD_LTRB = (-2.3, -2.5, 2.3, 3.1)
KEY_LIGHT = (-0.40, -0.48, 0.78)
FILL_LIGHT = (0.7, -0.1, 0.7)


def outline(face: Face) -> np.ndarray:
    """The closed outline of skull and jaw, (n, 2) units."""
    w, jaw, chin = face.width, face.width * face.jaw, face.chin
    return smooth(
        mirror(
            [
                (0, -1.62), (0.5 * w, -1.52), (0.86 * w, -1.12), (w * 0.985, -0.5), (w, 0.1),
                (0.5 * (w + jaw) + 0.03, 0.72), (jaw, 0.62 * chin + 0.1),
                (0.5 * jaw + 0.55 * face.chin_width, chin - 0.28),
                (face.chin_width, chin - 0.07), (0, chin),
            ]
        )
    )  # fmt: skip


def depth(face: Face, c: Canvas) -> np.ndarray:
    """Height of the bare head towards the viewer, in units: what turning the head moves."""
    edge = outline(face)
    right = edge[edge[:, 0] >= 0]
    order = np.argsort(right[:, 1])
    half = np.interp(c.y[:, 0], right[order, 1], right[order, 0])[:, None]
    across = np.clip(1 - (c.x / np.maximum(half, 0.3)) ** 2, 0, 1)
    along = np.clip(1 - (np.abs(c.y - 0.05) / 1.85) ** 3.2, 0, 1)
    return (1.05 * across**0.5 * along**0.5).astype(np.float32)


def _relief(face: Face, c: Canvas) -> np.ndarray:
    """What brows, sockets, nose, cheeks, lips and chin add to the depth."""
    ax, g, nl, nw = np.abs(c.x), face.eye_gap / 2, face.nose_length, face.nose_width
    z = -0.15 * c.spot(g, -0.02, 0.3, 0.17) - 0.15 * c.spot(-g, -0.02, 0.3, 0.17)
    z += 0.07 * (c.spot(g, 0, 0.19, 0.12) + c.spot(-g, 0, 0.19, 0.12))
    z += 0.06 * (c.spot(g, face.brow_y, 0.36, 0.11) + c.spot(-g, face.brow_y, 0.36, 0.11))
    t = np.clip((c.y + 0.25) / (nl + 0.25), 0, 1.2)
    bridge = np.exp(-0.5 * (c.x / (nw * (0.42 + 0.22 * t))) ** 2) * (0.25 + 0.75 * t) * face.nose_height
    z += bridge * np.where(c.y < nl, 1, np.exp(-0.5 * ((c.y - nl) / 0.075) ** 2)) * np.clip((c.y + 0.45) / 0.3, 0, 1)
    z += 0.14 * c.spot(0, nl - 0.07, nw * 0.55, 0.12)
    z += 0.10 * (c.spot(nw * 0.78, nl - 0.03, nw * 0.32, 0.1) + c.spot(-nw * 0.78, nl - 0.03, nw * 0.32, 0.1))
    z += 0.09 * np.exp(-0.5 * (((ax - 0.7 * face.width) / 0.27) ** 2 + ((c.y - 0.55) / 0.24) ** 2))
    z += 0.08 * c.spot(0, face.mouth_y, 0.42, 0.26)
    z += 0.04 * c.spot(0, face.mouth_y - face.lip_up * 0.6, face.mouth_width * 0.36, 0.05)
    z += 0.06 * c.spot(0, face.mouth_y + face.lip_low * 0.6, face.mouth_width * 0.33, 0.06)
    z -= 0.06 * c.spot(0, face.mouth_y + face.lip_low + 0.12, 0.3, 0.06)
    z += 0.09 * c.spot(0, face.chin - 0.2, face.chin_width * 0.7, 0.14)
    fold = 0.03 + 0.05 * face.age
    crease = smooth(
        [
            (nw + 0.08, nl - 0.1),
            (0.5 * face.mouth_width + 0.02, 0.5 * (nl + face.mouth_y)),
            (0.5 * face.mouth_width + 0.13, face.mouth_y + 0.05),
        ],
        False,
    )
    z -= fold * c.lines([crease, crease * [-1, 1]], 0.05, 0.05)
    return z.astype(np.float32)


def _lit(c: Canvas, albedo: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Skin under the key light: shadows go red, as light that has passed through skin does."""
    tone = np.stack([0.40 + 0.68 * light**0.85, 0.31 + 0.75 * light, 0.29 + 0.76 * light**1.08], -1)
    return np.clip(albedo * tone, 0, 1)


def head_base(face: Face, px: float) -> Canvas:
    """Everything of the head that does not move: ears, skin, nose, brows, wrinkles."""
    c, rng = Canvas(HEAD_LTRB, px), np.random.default_rng(face.seed)
    skin = np.asarray(face.skin, np.float32)
    for side in (-1, 1):
        ear = smooth(
            [
                (side * (face.width + dx), y)
                for dx, y in ((-0.08, -0.2), (0.1, -0.27), (0.2, -0.1), (0.15, 0.25), (0.04, 0.56), (-0.08, 0.5))
            ]
        )
        mask = c.mask(ear)
        bump = c.soften(mask, 0.08) * 0.3 - 0.13 * c.spot(side * (face.width + 0.06), 0.08, 0.05, 0.17)
        c.paint(mask, _lit(c, np.broadcast_to(skin * [0.97, 0.88, 0.86], (*mask.shape, 3)), shade(bump, px, KEY_LIGHT)))
    mask = c.mask(outline(face))
    relief = depth(face, c) + _relief(face, c)
    surface = cv2.GaussianBlur(relief, (0, 0), 0.03 * px)
    light = np.maximum(shade(surface, px, KEY_LIGHT), 0.62 * shade(surface, px, FILL_LIGHT))
    light = cv2.GaussianBlur(light, (0, 0), 0.02 * px)
    hollow = np.clip(cv2.GaussianBlur(relief, (0, 0), 0.22 * px) - relief, 0, 0.2) * 1.5
    light = np.clip(light - hollow, 0, 1)
    albedo = np.broadcast_to(skin, (*mask.shape, 3)).copy()
    albedo *= (
        1 + 0.012 * noise(mask.shape, 0.25 * px, rng)[..., None] + 0.008 * noise(mask.shape, 0.03 * px, rng)[..., None]
    )
    warm = 0.16 * face.blush * 2 * (c.spot(0.68, 0.68, 0.28, 0.2) + c.spot(-0.68, 0.68, 0.28, 0.2)) + 0.14 * c.spot(
        0, face.nose_length - 0.05, 0.2, 0.14
    )
    albedo *= 1 - warm[..., None] * np.array([0.08, 0.6, 0.5], np.float32)
    socket = c.spot(face.eye_gap / 2, 0.05, 0.28, 0.17) + c.spot(-face.eye_gap / 2, 0.05, 0.28, 0.17)
    albedo *= 1 - (0.10 + 0.12 * face.age) * socket[..., None] * np.array([0.7, 1.0, 0.9], np.float32)
    c.paint(mask, _lit(c, albedo, light))
    shine = shade(cv2.GaussianBlur(relief, (0, 0), 0.03 * px), px, (-0.25, -0.35, 0.9)) ** 26
    c.rgba[..., :3] += (0.13 * shine * c.rgba[..., 3] * mask)[..., None] * np.array([1, 0.96, 0.9], np.float32)
    _nose(face, c, skin)
    _wrinkles(face, c, skin)
    if face.freckles:
        spots = np.zeros(mask.shape, np.float32)
        for x, y in zip(rng.normal(0, 0.5, 90), rng.normal(0.55, 0.2, 90), strict=True):
            spots = np.maximum(spots, c.spot(x, y, 0.018, 0.018) * rng.uniform(0.3, 1))
        c.paint(spots * 0.45 * face.freckles, skin * [0.66, 0.5, 0.42], True)
    return c


def _nose(face: Face, c: Canvas, skin: np.ndarray) -> None:
    nl, nw = face.nose_length, face.nose_width
    dark = skin * np.array([0.42, 0.28, 0.26], np.float32)
    for side in (-1, 1):
        nostril = smooth(
            [
                (side * nw * a, nl + b)
                for a, b in ((0.22, 0.035), (0.45, -0.005), (0.72, 0.02), (0.6, 0.055), (0.36, 0.06))
            ]
        )
        c.paint(c.mask(nostril, 0.012) * 0.85, dark, True)
        wing = smooth(
            [(side * nw * a, nl + b) for a, b in ((0.92, -0.14), (1.1, -0.05), (1.02, 0.035), (0.8, 0.05))], False
        )
        c.paint(c.lines([wing], 0.02, 0.018) * 0.6, dark * 1.3, True)
    c.paint(c.spot(0, nl + 0.085, nw * 0.7, 0.05) * 0.28, dark * 1.2, True)
    c.paint(c.spot(0, nl + 0.2, 0.05, 0.09) * 0.18, dark * 1.4, True)


def _wrinkles(face: Face, c: Canvas, skin: np.ndarray) -> None:
    dark, a = skin * np.array([0.6, 0.45, 0.42], np.float32), face.age
    nl, nw, m = face.nose_length, face.nose_width, face.mouth_width / 2
    fold = smooth([(nw + 0.06, nl - 0.12), (m + 0.0, 0.5 * (nl + face.mouth_y)), (m + 0.1, face.mouth_y + 0.06)], False)
    c.paint(c.lines([fold, fold * [-1, 1]], 0.02, 0.025) * (0.15 + 0.6 * a), dark, True)
    g = face.eye_gap / 2
    bag = smooth([(g - 0.24, 0.17), (g, 0.25), (g + 0.24, 0.16)], False)
    c.paint(c.lines([bag, bag * [-1, 1]], 0.02, 0.02) * (0.1 + 0.6 * a), dark, True)
    if a > 0.3:
        lines = [
            smooth([(-0.6, y + 0.05), (-0.2, y), (0.25, y + 0.01), (0.6, y + 0.05)], False)
            for y in (-0.66, -0.84, -1.0)
        ]
        c.paint(c.lines(lines, 0.016, 0.014) * 0.45 * a, dark, True)
        for k in (-0.06, 0.02, 0.1):
            foot = smooth([(g + 0.32, 0.02 + k * 0.6), (g + 0.42, k), (g + 0.52, k * 1.6)], False)
            c.paint(c.lines([foot, foot * [-1, 1]], 0.014, 0.01) * 0.5 * a, dark, True)
