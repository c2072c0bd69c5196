"""An outfit on a body: head, torso and arms painted in one pose, as an RGBA picture with a transparent surround.

Proportions are those of adults: shoulders about three face widths apart, so a torso box of that width is full of cloth.
"""

import cv2
import numpy as np

from .canvas import LEFT, SHAPE, UNIT, Canvas, ellipse, polygon, stroke
from .fabric import paint_cloth, smooth_noise
from .garment import paint_extra, paint_inner, paint_outer, paint_print, paint_tie
from .outfit import Outfit


def paint_figure(outfit: Outfit, rng: np.random.Generator) -> np.ndarray:
    """One pose of a person in `outfit`: uint8 RGBA (`SHAPE`, 4)."""
    canvas = Canvas(np.zeros((*SHAPE, 3), np.float32), np.zeros(SHAPE, np.float32))
    sway, drop = float(rng.normal(0, 0.06)), float(rng.uniform(0.55, 0.85))
    torso = _torso(outfit, sway, drop)
    inner = paint_cloth(outfit.inner, SHAPE, UNIT)
    worn = paint_cloth(outfit.outer_cloth, SHAPE, UNIT) if outfit.outer != "none" else inner
    _paint_back_hair(canvas, outfit)
    _paint_neck(canvas, outfit)
    paint_inner(canvas, outfit, torso, inner, sway)
    paint_print(canvas, outfit, sway)
    paint_tie(canvas, outfit, sway)
    if outfit.outer != "none":
        paint_outer(canvas, outfit, torso, worn, sway)
    paint_extra(canvas, outfit, sway)
    _paint_folds(canvas, torso, outfit, rng)
    _paint_arms(canvas, outfit, worn, inner, drop, rng)
    _paint_head(canvas, outfit, rng)
    return np.dstack([np.clip(canvas.rgb, 0, 255), canvas.alpha * 255]).astype(np.uint8)


def _torso(o: Outfit, sway: float, drop: float) -> np.ndarray:
    b, waist = o.build, o.build * 0.78
    return polygon(
        (sway - 0.42, 0.3), (-b * 0.75, drop - 0.12), (-b, drop + 0.12), (-b * 0.93, 1.7), (-waist, 3.0),
        (-waist * 1.05, 4.3), (waist * 1.05, 4.3), (waist, 3.0),
        (b * 0.93, 1.7), (b, drop + 0.12), (b * 0.75, drop - 0.12), (sway + 0.42, 0.3),
    )  # fmt: skip


def _paint_back_hair(canvas: Canvas, o: Outfit) -> None:
    if o.hair_length > 0.2:
        end = o.hair_length
        canvas.put(
            polygon((-0.62, -1.2), (-0.8, end), (-0.3, end + 0.1), (0.3, end + 0.1), (0.8, end), (0.62, -1.2)), o.hair
        )


def _paint_neck(canvas: Canvas, o: Outfit) -> None:
    canvas.put(
        polygon((-0.36, -0.6), (-0.4, 0.3), (-0.9, 0.75), (0, 2.2), (0.9, 0.75), (0.4, 0.3), (0.36, -0.6)), o.skin
    )
    canvas.shade(ellipse(0, 0.0, 0.45, 0.3), 0.7)


def _paint_folds(canvas: Canvas, torso: np.ndarray, o: Outfit, rng: np.random.Generator) -> None:
    """Creases from armpits and waist, and the falling off of light towards the sides of the body."""
    field = np.zeros(SHAPE, np.float32)
    for _ in range(int(rng.integers(4, 14))):
        side = rng.choice((-1, 1))
        start = np.array([side * o.build * rng.uniform(0.3, 0.95), rng.uniform(0.9, 3.6)])
        end = start + rng.normal(0, 0.7, 2) - (side * 0.5, 0)
        middle = (start + end) / 2 + rng.normal(0, 0.15, 2)
        thick = rng.uniform(0.03, 0.14)
        field += float(rng.normal(0, 0.9)) * stroke(thick, tuple(start), tuple(middle), tuple(end))
    field = cv2.GaussianBlur(field, (0, 0), float(rng.uniform(1.2, 3.5))) * rng.uniform(0.15, 0.5)
    field += 0.07 * smooth_noise(rng, SHAPE, 6)
    x = (np.arange(SHAPE[1], dtype=np.float32) / UNIT + LEFT) / o.build
    field -= rng.uniform(0.1, 0.6) * np.clip(np.abs(x) - 0.3, 0, 1) ** 2
    canvas.rgb *= np.exp(np.minimum(field, 0.25) * torso)[..., None]


def _paint_arms(
    canvas: Canvas, o: Outfit, worn: np.ndarray, inner: np.ndarray, drop: float, rng: np.random.Generator
) -> None:
    sleeved = o.outer not in ("none", "vest")
    cover = 1.0 if sleeved else (0.0 if o.neckline in ("straps", "strapless") and o.collar == "none" else o.sleeve)
    cloth = cv2.warpAffine(worn if sleeved else inner, cv2.getRotationMatrix2D((SHAPE[1] / 2, SHAPE[0] / 2), 8, 1),
                           SHAPE[::-1], borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    pose = rng.choice(["down", "down", "bent", "crossed", "raised"])
    for side in (-1, 1):
        shoulder = np.array([side * (o.build - 0.12), drop + 0.2])
        elbow = shoulder + np.array([side * rng.uniform(-0.05, 0.3), rng.uniform(1.35, 1.7)])
        hand = elbow + np.array([side * rng.uniform(-0.4, 0.1), rng.uniform(1.0, 1.4)])
        if pose == "crossed":
            hand = np.array([-side * rng.uniform(0.2, 0.9), rng.uniform(2.0, 2.5)])
        elif pose == "bent" or (pose == "raised" and rng.random() < 0.5):
            hand = np.array([side * rng.uniform(0.0, 1.2), rng.uniform(2.2, 3.0)])
        elif pose == "raised":
            hand = np.array([side * rng.uniform(0.1, 1.3), rng.uniform(0.0, 1.3)])
        wrist = elbow + (hand - elbow) * 0.85
        skin = np.array(o.skin) * rng.uniform(0.85, 1.1)
        whole = np.maximum(stroke(0.5, tuple(shoulder), tuple(elbow)), stroke(0.36, tuple(elbow), tuple(wrist)))
        canvas.shade(cv2.GaussianBlur(whole, (0, 0), 2.5), 0.55)
        canvas.put(np.maximum(whole, ellipse(*hand, 0.24, 0.24)), skin)
        if cover > 0:
            reach = elbow + (wrist - elbow) * max(0.0, cover * 2 - 1)
            upper = shoulder + (elbow - shoulder) * min(1.0, cover * 2)
            sleeve = stroke(0.58, tuple(shoulder), tuple(upper))
            if cover > 0.5:
                sleeve = np.maximum(sleeve, stroke(0.46, tuple(elbow), tuple(reach)))
            light = np.float32(rng.uniform(0.8, 1.12)) * (1 + 0.1 * smooth_noise(rng, SHAPE, 12))
            canvas.put(sleeve, cloth * light[..., None])


def _paint_head(canvas: Canvas, o: Outfit, rng: np.random.Generator) -> None:
    """Enough of a face for a chin at the top of the box and for heads of neighbours inside it."""
    tilt = float(rng.normal(0, 0.08))
    canvas.put(ellipse(tilt * 1.5, -0.85, 0.66, 0.72), o.hair)
    skin = np.array(o.skin) * rng.uniform(0.9, 1.1)
    canvas.put(ellipse(tilt, -0.5, 0.52, 0.56), skin)
    for side in (-1, 1):
        canvas.put(ellipse(tilt + side * 0.2, -0.62, 0.08, 0.04), np.array([40, 30, 28]))
    canvas.put(ellipse(tilt, -0.2, 0.16, 0.05), skin * (0.8, 0.5, 0.5))
    if rng.random() < 0.25:
        canvas.shade(ellipse(tilt, -0.12, 0.36, 0.2), 0.75)
    for side in (-1, 1) if o.hair_length > 0.2 and rng.random() < 0.6 else ():
        end = o.hair_length
        canvas.put(polygon((side * 0.5, -1.0), (side * 0.45, end), (side * 0.85, end), (side * 0.7, -1.0)), o.hair)
