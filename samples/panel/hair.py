"""Hair in two layers, behind the shoulders and over the forehead, and beards."""

import cv2
import numpy as np

from .canvas import Canvas, Points, noise, smooth
from .face import HEAD_LTRB, outline
from .identity import Face

FRONT: dict[str, Points] = {  # in head widths across, in units down; outer contour first, then the hairline back
    "short": [(-1.03, 0.0), (-1.08, -0.6), (-0.98, -1.35), (-0.45, -1.78), (0.3, -1.82), (0.95, -1.42),
              (1.08, -0.6), (1.03, 0.0),
              (0.96, -0.35), (0.84, -0.78), (0.55, -1.0), (0.1, -0.98), (-0.4, -1.04), (-0.82, -0.8),
              (-0.96, -0.35)],
    "side": [(-1.04, 0.12), (-1.12, -0.6), (-1.05, -1.45), (-0.5, -2.02), (0.35, -2.0), (1.02, -1.5),
             (1.1, -0.6), (1.03, 0.12),
             (0.96, -0.4), (0.9, -0.78), (0.62, -0.92), (0.1, -0.98), (-0.3, -1.12), (-0.56, -1.22),
             (-0.85, -0.78), (-0.96, -0.4)],
    "receding": [(-1.05, 0.3), (-1.13, -0.3), (-1.1, -0.95), (-0.9, -1.4), (-0.3, -1.68), (0.3, -1.68),
                 (0.9, -1.4),
                 (1.1, -0.95), (1.13, -0.3), (1.05, 0.3), (0.97, -0.2), (0.9, -0.85), (0.72, -1.3),
                 (0.22, -1.4), (-0.22, -1.4), (-0.72, -1.3), (-0.9, -0.85), (-0.97, -0.2)],
    "fringe": [(-1.06, 0.9), (-1.16, 0.0), (-1.14, -0.8), (-0.85, -1.65), (0.0, -1.98), (0.85, -1.65),
               (1.14, -0.8), (1.16, 0.0), (1.06, 0.9),
               (0.97, 0.3), (0.93, -0.35), (0.6, -0.52), (0.0, -0.56), (-0.6, -0.52), (-0.93, -0.35),
               (-0.97, 0.3)],
    "wavy": [(-1.32, 1.6), (-1.46, 0.8), (-1.26, 0.1), (-1.26, -0.8), (-0.95, -1.65), (-0.2, -2.05),
             (0.75, -1.85), (1.28, -0.95), (1.27, 0.0), (1.48, 0.8), (1.3, 1.6),
             (0.98, 1.3), (1.04, 0.6), (0.95, -0.1), (0.84, -0.72), (0.4, -1.0), (-0.1, -1.12),
             (-0.45, -1.24), (-0.86, -0.65), (-0.98, 0.0), (-1.05, 0.6), (-0.98, 1.3)],
    "pulled": [(-1.03, 0.1), (-1.05, -0.6), (-0.95, -1.3), (-0.45, -1.72), (0.45, -1.72), (0.95, -1.3),
               (1.05, -0.6), (1.03, 0.1),
               (0.95, -0.35), (0.86, -0.8), (0.5, -1.16), (0.0, -1.22), (-0.5, -1.16), (-0.86, -0.8),
               (-0.95, -0.35)],
}  # fmt: skip
BACK: dict[str, Points] = {
    "fringe": [(0, -1.9), (0.9, -1.6), (1.25, -0.6), (1.28, 0.6), (1.2, 1.5), (0.6, 1.7), (-0.6, 1.7),
               (-1.2, 1.5), (-1.28, 0.6), (-1.25, -0.6), (-0.9, -1.6)],
    "wavy": [(0, -1.9), (0.9, -1.6), (1.3, -0.6), (1.45, 0.9), (1.35, 1.9), (0.7, 2.0), (-0.7, 2.0),
             (-1.35, 1.9), (-1.45, 0.9), (-1.3, -0.6), (-0.9, -1.6)],
}  # fmt: skip


def _strands(c: Canvas, seed: int, wave: float) -> np.ndarray:
    """Fine streaks that radiate from the crown and hang straight below it, spread 1."""
    rng = np.random.default_rng(seed)
    x = c.x + wave * 0.09 * np.sin(c.y * 5.5 + 1.5 * np.sign(c.x))
    angle = np.where(c.y < -0.3, np.arctan2(x, -(c.y - 0.5)), x / (0.55 + 0.35 * np.clip(c.y + 0.3, 0, 0.8)) * 0.62)
    reach = np.hypot(c.x, c.y - 0.4)
    total = np.zeros(x.shape, np.float32)
    for fineness, weight in ((14, 1.0), (40, 0.8), (110, 0.5)):
        field = noise((64, 2048), 2.0, rng)
        u = ((angle / 7 + 0.5) * 2047 * fineness / 110).astype(np.float32) % 2047
        total += weight * cv2.remap(field, u, (reach * 9).astype(np.float32), cv2.INTER_LINEAR)
    return total / total.std()


def _tuft(face: Face, c: Canvas, mask: np.ndarray, seed: int, dark: float = 1.0) -> None:
    """Fill ``mask`` with lit, streaked hair."""
    colour = np.asarray(face.hair, np.float32) * dark
    streak = _strands(c, seed, 1.0 if face.style == "wavy" else 0.0) * 0.1
    side = 1.06 - 0.16 * np.clip(c.x / 1.2, -1, 1) - 0.1 * np.clip(c.y / 2, -1, 1)
    reach = np.hypot(c.x + 0.3, (c.y - 0.1) * 0.9)
    sheen = np.exp(-0.5 * ((reach - 1.28) / 0.13) ** 2) * np.clip(-c.y - 0.2, 0, 1) * np.clip(1.1 - c.x * 0.8, 0, 1)
    rim = np.clip(c.soften(mask, 0.16) * 1.7, 0.45, 1)
    tone = (side * (1 + streak) * rim)[..., None] * colour + (0.16 * sheen * (1 + 2 * streak))[..., None] * (
        0.4 + colour
    )
    c.paint(mask, np.clip(tone, 0, 1))


def _curls(face: Face, c: Canvas, mask: np.ndarray, seed: int, size: float) -> None:
    """Fill ``mask`` with round curls lit from the upper left."""
    rng, colour = np.random.default_rng(seed), np.asarray(face.hair, np.float32)
    field = noise(mask.shape, size * c.px, rng) + 0.6 * noise(mask.shape, size * 0.45 * c.px, rng)
    dy, dx = np.gradient(cv2.GaussianBlur(field, (0, 0), 0.012 * c.px))
    relief = np.clip(-(dx + dy) * c.px * 0.028, -0.8, 1.3)
    side = 1.08 - 0.2 * np.clip(c.x / 1.4, -1, 1) - 0.22 * np.clip((c.y + 1) / 1.4, -1, 1)
    c.paint(
        mask, np.clip((side * (1 + 0.5 * relief))[..., None] * colour + np.clip(relief, 0, 1)[..., None] * 0.05, 0, 1)
    )


def _bumpy(points: np.ndarray, bump: float, count: int) -> np.ndarray:
    """An outline made of ``count`` small arcs."""
    centre = points.mean(0)
    wave = 1 + bump * np.abs(np.sin(np.linspace(0, np.pi * count, len(points))))
    return centre + (points - centre) * wave[:, None]


def back_layer(face: Face, px: float) -> Canvas:
    """What hangs behind neck and shoulders (empty for short hair)."""
    c = Canvas(HEAD_LTRB, px)
    if face.style in BACK:
        shape = smooth(np.asarray(BACK[face.style]) * [face.width, 1])
        _tuft(face, c, c.mask(shape, 0.01), face.seed + 5, 0.62)
    elif face.style == "bun":
        knot = smooth(
            [(0, -2.35), (0.42, -2.2), (0.5, -1.85), (0.3, -1.55), (-0.3, -1.55), (-0.5, -1.85), (-0.42, -2.2)]
        )
        _tuft(face, c, c.mask(knot, 0.01), face.seed + 5, 0.85)
    elif face.style == "afro":
        a = np.linspace(0, 2 * np.pi, 400, endpoint=False)
        ball = np.stack([1.62 * face.width / 1.12 * np.sin(a), -0.62 - 1.42 * np.cos(a)], 1)
        _curls(face, c, c.mask(_bumpy(ball, 0.035, 22), 0.01), face.seed + 5, 0.1)
    return c


def front_layer(face: Face, c: Canvas) -> None:
    """The hair over forehead and temples, with the shadow that it throws."""
    if face.style == "bald":
        crown = c.mask(outline(face)) * np.clip((-c.y - 0.5) / 0.7, 0, 1)
        c.tint(crown * 0.05, (0.6, 0.6, 0.7))
        return
    style = {"afro": "pulled", "bun": "pulled"}.get(face.style, face.style)
    shape = smooth(np.asarray(FRONT[style]) * [face.width, 1])
    if face.style == "afro":
        shape = _bumpy(shape, 0.02, 26)
    mask = c.mask(shape, 0.014)
    shadow = np.roll(c.soften(mask, 0.07), (round(0.09 * c.px), round(0.04 * c.px)), (0, 1))
    c.tint(shadow * c.rgba[..., 3] * 0.5, (0.66, 0.55, 0.53))
    if face.style == "afro":
        _curls(face, c, mask, face.seed + 6, 0.1)
    elif face.style == "receding":
        thin = mask * np.clip(0.35 + np.abs(c.x) / face.width * 0.9, 0, 1)
        _tuft(face, c, thin, face.seed + 6)
    else:
        _tuft(face, c, mask, face.seed + 6)


def beard(face: Face, c: Canvas) -> None:
    """Stubble to full beard, and the moustache; painted before the lips."""
    rng = np.random.default_rng(face.seed + 9)
    colour = np.asarray(face.hair, np.float32) * 0.9
    grain = np.clip(1 + 0.1 * noise(c.x.shape, 0.03 * c.px, rng) + 0.07 * noise(c.x.shape, 0.09 * c.px, rng), 0.3, 1.6)
    w, my, chin = face.width, face.mouth_y, face.chin
    if face.beard:
        full = face.beard > 0.6
        low = chin + (0.2 if full else 0.0)
        out = 1.03 if full else 1.0
        jaw = smooth([(-w * out, 0.1), (-w * 0.99 * out, 0.6),
                      (-w * face.jaw * 1.03 * out, 0.62 * chin + 0.12),
                      (-face.chin_width * 1.25, low - 0.12), (0, low),
                      (face.chin_width * 1.25, low - 0.12), (w * face.jaw * 1.03 * out, 0.62 * chin + 0.12),
                      (w * 0.99 * out, 0.6), (w * out, 0.1),
                      (0.9 * w, 0.3), (0.76 * w, 0.78), (0.5 * face.mouth_width + 0.1, my - 0.1),
                      (0.24, my + 0.2), (-0.24, my + 0.2),
                      (-0.5 * face.mouth_width - 0.1, my - 0.1), (-0.76 * w, 0.78),
                      (-0.9 * w, 0.3)])  # fmt: skip
        mask = c.mask(jaw, 0.025 if full else 0.06)
        light = 1.1 - 0.25 * c.x / w - 0.25 * np.clip((c.y - my) / 0.8, 0, 1)
        c.paint(
            np.clip(mask * face.beard * (0.88 if full else 0.9) * (grain if not full else 1), 0, 1),
            np.clip((grain * light)[..., None] * colour, 0, 1),
            not full,
        )
    if face.moustache:
        m, nl = face.mouth_width / 2, face.nose_length
        top, bottom = 0.5 * (nl + my) - 0.06, my - face.lip_up * 0.55
        lip = smooth([(0, top + 0.03), (0.22, top), (m * 0.85, my - 0.1), (m + 0.12, my + 0.1),
                      (m * 0.75, bottom + 0.02), (0, bottom - 0.02),
                      (-m * 0.75, bottom + 0.02), (-m - 0.12, my + 0.1), (-m * 0.85, my - 0.1),
                      (-0.22, top)])  # fmt: skip
        c.paint(c.mask(lip, 0.02) * 0.9 * face.moustache, np.clip(grain[..., None] * colour, 0, 1), True)
