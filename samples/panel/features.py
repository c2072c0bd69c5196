"""What a face is read by: brows, eyes, mouth, and the glasses over them."""

import numpy as np

from .canvas import Canvas, smooth
from .identity import Face

INK = np.array([0.12, 0.07, 0.06], np.float32)


def brows(face: Face, c: Canvas) -> None:
    """Brows of single hairs, combed outwards."""
    rng, g, e = np.random.default_rng(face.seed + 1), face.eye_gap / 2, face.eye_width / 2
    colour = np.asarray(face.hair, np.float32) * (0.75 if sum(face.hair) > 1.2 else 0.9)
    for side in (-1, 1):
        spine = smooth(
            [
                (g - e - 0.1, face.brow_y + 0.03 + face.brow_slant),
                (g - 0.02, face.brow_y - 0.55 * face.brow_arch),
                (g + e * 0.65, face.brow_y - face.brow_arch),
                (g + e + 0.16, face.brow_y + 0.07 - face.brow_slant * 0.4),
            ],
            False,
        )
        share = np.linspace(0, 1, len(spine))
        half = face.brow_thick * 0.5 * np.minimum(1, 0.65 + 2 * share) * np.minimum(1, 0.12 + 1.5 * (1 - share))
        body = np.concatenate(
            [spine - np.stack([0 * half, half], 1), (spine + np.stack([0 * half, half], 1))[::-1]]
        ) * [side, 1]
        c.paint(c.mask(body, 0.022) * 0.72, colour, True)
        hairs = []
        for at in rng.uniform(0, 0.93, 70):
            k = int(at * (len(spine) - 1))
            root = spine[k] + [0, rng.uniform(-1, 1) * half[k]]
            tip = np.add(root, (0.06 + 0.05 * at, rng.uniform(-0.06, 0.0) * (1 - at) + 0.02 * at))
            hairs.append(np.stack([root, tip]) * [side, 1])
        c.paint(c.lines(hairs, 0.011) * 0.7, colour * 0.8, True)


def eyes(face: Face, c: Canvas, closed: float) -> None:
    """Both eyes; ``closed`` 0 (open) to 1 (shut)."""
    w, h = face.eye_width / 2, face.eye_height / 2
    skin = np.asarray(face.skin, np.float32)
    t = np.linspace(-1, 1, 25)
    for side in (-1, 1):
        cx = side * face.eye_gap / 2
        x, tilt = cx + side * t * w, -face.slant * t * 0.5 + 0.012 * t
        arch = (1 - np.abs(t + 0.1) ** 2.3 / 1.2).clip(0, 1)
        low = 0.02 + h * 0.85 * (1 - t**2) ** 0.8 + tilt
        top = (-h * 1.15 * arch * (1 - t**8)) * (1 - closed) + (low - 0.01) * closed + tilt * (1 - closed)
        upper, lower = np.stack([x, top], 1), np.stack([x, low], 1)
        lidded = c.mask(np.concatenate([np.stack([x, -h * 1.3 * arch + tilt - 0.03], 1), lower[::-1]]), 0.015)
        c.paint(lidded * max(0.25, closed), skin * np.array([0.86, 0.76, 0.72], np.float32), True)
        ball = c.mask(np.concatenate([upper, lower[::-1]]))
        white = (
            np.array([0.95, 0.93, 0.91], np.float32)
            * (0.97 - 0.24 * np.clip((np.abs(c.x - cx) / w) ** 2, 0, 1))[..., None]
        )
        c.paint(ball, white, True)
        radius = min(0.145, max(0.108, 0.64 * face.eye_height))
        r = np.hypot(c.x - cx, c.y + 0.012) / radius
        iris = np.clip((1 - r) * radius * c.px + 0.5, 0, 1) * ball
        fibre = 1 + 0.18 * np.sin(np.arctan2(c.y, c.x - cx) * 23) * np.clip(r, 0, 1)
        glow = (0.62 + 0.55 * np.clip((c.y + 0.06) / 0.16, 0, 1)) * fibre * np.clip(1.85 - 1.1 * r**4, 0.5, 1)
        c.paint(iris, np.asarray(face.iris, np.float32) * glow[..., None], True)
        c.paint(np.clip((0.47 - r) * radius * c.px + 0.5, 0, 1) * ball, INK * 0.35, True)
        lash = c.soften(c.lines([upper], 0.07), 0.035)
        c.paint(np.clip(lash * ball * 0.62, 0, 1), INK, True)
        if closed < 0.6:
            c.paint(np.clip(c.spot(cx - 0.042, -0.045, 0.021, 0.021) * 1.5, 0, 1) * ball, (1, 1, 1), True)
            c.paint(c.spot(cx + 0.04, 0.05, 0.022, 0.016) * 0.4 * ball, (1, 1, 1), True)
            c.paint(c.spot(cx - side * w * 0.93, 0.035, 0.035, 0.025) * ball * 0.8, (0.85, 0.55, 0.5), True)
        ink = INK * (1 if face.lashes > 0.2 else 1.6)
        c.paint(c.lines([upper], 0.026 + 0.026 * face.lashes, 0.006), ink, True)
        if face.lashes > 0.5:
            tip = np.array([x[-1] + side * 0.1 * face.lashes, top[-1] - 0.06])
            c.paint(c.lines([np.stack([upper[-4], upper[-1], tip])], 0.026, 0.006) * 0.9, ink, True)
        c.paint(
            c.lines([lower], 0.016, 0.01) * (0.45 + 0.2 * face.lashes),
            skin * np.array([0.45, 0.3, 0.28], np.float32),
            True,
        )
        crease = np.stack([x, top - 0.05 - 0.03 * (1 - face.lid) - 0.05 * closed], 1)[3:]
        c.paint(
            c.lines([crease], 0.022, 0.014) * (0.35 + 0.4 * face.lid),
            skin * np.array([0.5, 0.36, 0.33], np.float32),
            True,
        )


def mouth(face: Face, c: Canvas, opened: float) -> None:
    """Lips, ``opened`` 0 (closed) to 1 (a wide vowel): the gap, with teeth, lies between them."""
    m, my, s = face.mouth_width / 2 * (1 - 0.06 * opened), face.mouth_y, face.smile
    gap, corner = 0.2 * opened, my - s
    up, low = face.lip_up, face.lip_low
    line_top = [(-m, corner), (-m * 0.5, my - 0.01), (0, my + 0.015), (m * 0.5, my - 0.01), (m, corner)]
    line_low = [
        (-m, corner),
        (-m * 0.55, my + gap * 0.8),
        (0, my + 0.015 + gap),
        (m * 0.55, my + gap * 0.8),
        (m, corner),
    ]
    bow = [
        (-m, corner),
        (-m * 0.5, my - up * 0.75),
        (-m * 0.16, my - up * 1.08),
        (0, my - up * 0.84),
        (m * 0.16, my - up * 1.08),
        (m * 0.5, my - up * 0.75),
        (m, corner),
    ]
    bowl = [
        (-m, corner),
        (-m * 0.55, my + low * 0.78 + gap),
        (0, my + low * 1.08 + gap),
        (m * 0.55, my + low * 0.78 + gap),
        (m, corner),
    ]
    top, low_line = smooth(line_top, False), smooth(line_low, False)
    colour = np.asarray(face.lips, np.float32)
    if opened > 0.02:
        hole = c.mask(np.concatenate([top, low_line[::-1]]), 0.008)
        c.paint(hole, (0.26, 0.08, 0.08), True)
        teeth = smooth(
            [
                (-m * 0.62, my - 0.04),
                (0, my - 0.03),
                (m * 0.62, my - 0.04),
                (m * 0.5, my + 0.06),
                (0, my + 0.085),
                (-m * 0.5, my + 0.06),
            ]
        )
        c.paint(c.mask(teeth, 0.01) * hole * 0.92, (0.93, 0.9, 0.86), True)
        c.paint(c.spot(0, my + gap + 0.02, m * 0.4, 0.05) * hole * 0.6, (0.75, 0.35, 0.35), True)
    lip_up = c.mask(np.concatenate([smooth(bow, False), top[::-1]]), 0.012)
    lip_low = c.mask(np.concatenate([low_line, smooth(bowl, False)[::-1]]), 0.014)
    c.paint(lip_up * 0.9, colour * 0.84, True)
    sheen = 0.92 + 0.24 * c.spot(-0.06, my + gap + low * 0.5, m * 0.5, low * 0.35)
    c.paint(lip_low * 0.9, np.clip(colour * sheen[..., None], 0, 1), True)
    c.paint(c.lines([top], 0.018 + 0.006 * opened, 0.008) * 0.85, colour * 0.34, True)
    c.paint((c.spot(-m - 0.02, corner, 0.04, 0.04) + c.spot(m + 0.02, corner, 0.04, 0.04)) * 0.42, colour * 0.45, True)
    c.paint(c.spot(0, my + gap + low * 1.2 + 0.05, m * 0.6, 0.04) * 0.26, np.asarray(face.skin) * 0.5, True)


def glasses(face: Face, c: Canvas) -> None:
    """Frames with a faint reflection."""
    g, width = face.eye_gap / 2, {"round": 0.05, "thin": 0.028}[face.glasses]
    colour = {"round": (0.32, 0.17, 0.09), "thin": (0.55, 0.5, 0.42)}[face.glasses]
    rx, ry, power = {"round": (0.41, 0.37, 2.0), "thin": (0.43, 0.26, 2.8)}[face.glasses]
    a = np.linspace(0, 2 * np.pi, 73)
    rim = np.stack(
        [
            np.sign(np.cos(a)) * np.abs(np.cos(a)) ** (2 / power) * rx,
            np.sign(np.sin(a)) * np.abs(np.sin(a)) ** (2 / power) * ry + 0.06,
        ],
        1,
    )
    left, right = np.subtract(rim, (g, 0)), np.add(rim, (g, 0))
    bridge = smooth([(-g + rx, 0.0), (0, -0.06), (g - rx, 0.0)], False)
    sides = [np.array([(s * (g + rx), -0.02), (s * (face.width + 0.02), -0.1)]) for s in (-1, 1)]
    frame = c.lines([left, right, bridge, *sides], width, 0.004)
    shadow = np.roll(c.soften(frame, 0.03), (round(0.05 * c.px), round(0.03 * c.px)), (0, 1))
    c.paint(shadow * 0.25, np.asarray(face.skin) * 0.45, True)
    for lens in (left, right):
        streak = np.clip(1 - np.abs((c.x - lens[:, 0].mean()) + 0.7 * c.y + 0.12) / 0.09, 0, 1)
        c.paint(c.mask(lens) * (0.04 + 0.12 * streak), (1, 1, 1), True)
    c.paint(frame, colour)
    c.paint(np.roll(frame, -1, 0) * 0.25 * (c.y < 0), (1, 1, 1), True)
