"""The pieces of an outfit, from the shirt outwards, painted onto a body."""

import cv2
import numpy as np

from .canvas import LEFT, SHAPE, TOP, UNIT, Canvas, ellipse, polygon, stroke
from .fabric import Cloth, paint_cloth
from .outfit import Outfit


def paint_inner(canvas: Canvas, o: Outfit, torso: np.ndarray, cloth: np.ndarray, sway: float) -> None:
    """The garment next to the skin, with neckline or collar; `torso` is the body's mask, `sway` shifts the front."""
    collared = o.collar in ("shirt", "polo", "hood")
    canvas.put(torso, o.skin)
    bare = polygon((-0.4, 0.2), (sway, 0.4 + 0.5 * o.depth), (0.4, 0.2)) if collared else _opening(o, sway)
    if o.neckline == "turtle" and not collared:
        canvas.put(np.maximum(torso, polygon((-0.42, 0.0), (-0.46, 0.5), (0.46, 0.5), (0.42, 0.0))), cloth)
        canvas.shade(stroke(0.03, (-0.42, 0.42), (0, 0.5), (0.42, 0.42)), 0.6)
    else:
        canvas.put(torso * (1 - bare), cloth)
        edge = cv2.GaussianBlur(bare, (0, 0), 1.2)
        canvas.shade(torso * 4 * edge * (1 - edge) * 0.8, 0.6)
    if o.trim is not None and not collared:
        rim = cv2.dilate(bare, np.ones((5, 5), np.uint8)) - bare
        canvas.put(torso * rim, o.trim)
    if o.collar in ("shirt", "polo"):
        flap = cloth * 1.06 if o.trim is None else np.array(o.trim, np.float32)
        for side in (-1, 1):
            corner = polygon((side * 0.4, 0.12), (side * 0.62, 0.45), (side * 0.42, 0.85), (sway, 0.45 + 0.4 * o.depth))
            canvas.shade(cv2.GaussianBlur(corner, (0, 0), 1.5), 0.75)
            canvas.put(corner, flap)
        if o.tie == "none":
            end = 4.2 if o.collar == "shirt" else 1.6
            canvas.shade(stroke(0.025, (sway, 0.5 + 0.5 * o.depth), (sway * 0.5, end)), 0.55)
            for y in np.arange(0.7 + 0.5 * o.depth, end, 0.55):
                canvas.put(ellipse(sway * 0.7, y, 0.035, 0.035), np.array(o.print_colour))
    elif o.collar == "hood":
        for side in (-1, 1):
            lump = polygon((side * 0.35, 0.0), (side * 1.0, 0.5), (side * 0.75, 0.85), (sway, 0.75), (side * 0.35, 0.3))
            canvas.put(lump, cloth * 0.85)
            canvas.put(stroke(0.05, (side * 0.15 + sway, 0.7), (side * 0.2, 1.7)), o.trim or o.print_colour)


def _opening(o: Outfit, sway: float) -> np.ndarray:
    """Where the inner garment leaves the chest bare."""
    d = o.depth
    match o.neckline:
        case "v":
            return polygon((-0.44, 0.2), (sway, 0.45 + d), (0.44, 0.2))
        case "scoop":
            return ellipse(sway / 2, 0.3, 0.55 + 0.25 * d, 0.25 + d * 0.8)
        case "boat":
            return ellipse(sway / 2, 0.3, 0.9, 0.35)
        case "square":
            return polygon((-0.6, 0), (-0.6, 0.5 + d * 0.6), (0.6, 0.5 + d * 0.6), (0.6, 0))
        case "strapless":
            return polygon((-2, 0), (-2, 1.1 + d * 0.4), (0, 1.2 + d * 0.4), (2, 1.1 + d * 0.4), (2, 0))
        case "straps":
            bare = polygon((-2, 0), (-2, 1.0 + d * 0.4), (0, 0.9 + d * 0.6), (2, 1.0 + d * 0.4), (2, 0))
            return bare * (1 - np.maximum(stroke(0.16, (-0.75, 0.3), (-0.7, 2)), stroke(0.16, (0.75, 0.3), (0.7, 2))))
    return ellipse(sway / 2, 0.28, 0.46, 0.3)


def paint_print(canvas: Canvas, o: Outfit, sway: float) -> None:
    """What is printed on the chest."""
    if o.print == "none" or o.collar == "shirt":
        return
    rng = np.random.default_rng(o.print_seed)
    x, y, size = sway + rng.normal(0, 0.1), 1.5 + rng.uniform(0, 0.5), rng.uniform(0.35, 0.85)
    second = 255 - np.array(o.print_colour)
    match o.print:
        case "disc":
            canvas.put(ellipse(x, y, size, size), o.print_colour)
            canvas.put(ellipse(x + size * rng.uniform(-0.4, 0.4), y, size * 0.5, size * 0.4), second)
        case "bands":
            for k in range(int(rng.integers(1, 4))):
                canvas.put(stroke(0.22, (-2, y + 0.4 * k), (2, y + 0.4 * k)) * (canvas.alpha > 0.5), o.print_colour)
        case "patch":
            canvas.put(polygon((x + 0.45, 1.1), (x + 0.75, 1.1), (x + 0.75, 1.45), (x + 0.45, 1.45)), o.print_colour)
        case "figure":
            turn = np.linspace(0, 6.28, 14, endpoint=False)
            radius = size * rng.uniform(0.4, 1.1, 14)
            canvas.put(polygon(*zip(x + radius * np.cos(turn), y + radius * np.sin(turn), strict=True)), o.print_colour)
            canvas.put(ellipse(x, y, size * 0.3, size * 0.3), second)
        case _:
            text = "".join(rng.choice(list("ABEHKMNORSTWX0378"), 2 if o.print == "number" else 6))
            scale = size * (2.6 if o.print == "number" else 1.1)
            mask = np.zeros(SHAPE, np.uint8)
            corner = round((x - LEFT - 0.8) * UNIT), round((y - TOP + 0.3) * UNIT)
            cv2.putText(
                mask, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(2, round(2.5 * scale)), cv2.LINE_AA
            )
            canvas.put(mask.astype(np.float32) / 255, o.print_colour)


def paint_tie(canvas: Canvas, o: Outfit, sway: float) -> None:
    """A long tie or a bow."""
    if o.tie == "none":
        return
    cloth = paint_cloth(o.tie_cloth, SHAPE, UNIT)
    top = 0.4
    knot = polygon((sway - 0.13, top), (sway + 0.13, top), (sway + 0.08, top + 0.28), (sway - 0.08, top + 0.28))
    if o.tie == "bow":
        knot = np.maximum(
            knot, polygon((sway - 0.4, top), (sway + 0.4, top + 0.26), (sway + 0.4, top), (sway - 0.4, top + 0.26))
        )
    else:
        knot = np.maximum(
            knot,
            polygon((sway - 0.08, top + 0.25), (sway - 0.22, 2.9), (0, 3.2), (0.22, 2.9), (sway + 0.08, top + 0.25)),
        )
    canvas.shade(cv2.GaussianBlur(knot, (0, 0), 1.5), 0.7)
    canvas.put(knot, cloth)


def paint_outer(canvas: Canvas, o: Outfit, torso: np.ndarray, cloth: np.ndarray, sway: float) -> None:
    """Suit, coat, jacket, cardigan or vest, open at the front by `o.opening`."""
    gap = o.opening
    collar = np.maximum(torso, polygon((-0.5, 0.15), (-0.85, 0.7), (0.85, 0.7), (0.5, 0.15)))
    if o.outer in ("suit", "vest"):
        deep = 1.6 + gap * 1.2
        front = polygon((-0.46, 0.0), (-0.46, 0.25), (sway, deep), (0.46, 0.25), (0.46, 0.0))
    else:
        top, low = 0.2 + 0.4 * gap, 0.02 + gap * 0.7
        front = polygon((-0.42, 0.0), (-top, 0.9), (-low, 4.3), (low, 4.3), (top, 0.9), (0.42, 0.0))
    body = collar * (1 - front)
    canvas.shade(cv2.GaussianBlur(body, (0, 0), 2), 0.75)
    canvas.put(body, cloth)
    edge = cv2.GaussianBlur(front, (0, 0), 1)
    canvas.shade(collar * 4 * edge * (1 - edge), 0.7)
    if o.outer in ("suit", "coat"):
        deep = 1.6 + gap * 1.2
        for side in (-1, 1):
            lapel = polygon(
                (side * 0.46, 0.15),
                (side * 0.8, 0.75),
                (side * 0.62, 0.85),
                (side * 0.75, 1.0),
                (sway, deep + 0.05),
                (side * 0.42, 0.4),
            )
            canvas.shade(cv2.GaussianBlur(lapel, (0, 0), 1.5), 0.72)
            canvas.put(lapel, cloth * 1.04)
        canvas.shade(stroke(0.03, (sway, deep), (0.1, 4.2)), 0.5)
        canvas.put(ellipse(sway + 0.06, deep + 0.2, 0.05, 0.05), np.array(o.outer_cloth.colours[0]) * 0.5)
        if o.extra == "badge":
            canvas.put(polygon((0.62, 1.3), (0.95, 1.25), (0.95, 1.36), (0.62, 1.4)), o.extra_colour)
    elif o.outer in ("zip", "jacket"):
        canvas.put(stroke(0.06, (-0.02 - gap * 0.7, 4.2), (-0.2 - 0.4 * gap, 0.9)), np.array(o.print_colour))
        for side in (-1, 1):
            collar = stroke(0.22, (side * 0.45, 0.1), (side * 0.55, 0.6))
            canvas.put(collar, o.trim or tuple(np.array(o.outer_cloth.colours[0]) * 0.8))


def paint_extra(canvas: Canvas, o: Outfit, sway: float) -> None:
    """Necklace, lanyard, scarf, bag strap or badge."""
    colour = o.extra_colour
    match o.extra:
        case "necklace":
            canvas.put(stroke(0.05, (-0.38, 0.3), (-0.25, 0.7), (sway, 0.9), (0.25, 0.7), (0.38, 0.3)), colour)
        case "lanyard":
            canvas.put(stroke(0.09, (-0.42, 0.25), (sway, 2.0), (0.42, 0.25)), colour)
            card = polygon((sway - 0.3, 2.0), (sway + 0.3, 2.0), (sway + 0.3, 2.75), (sway - 0.3, 2.75))
            canvas.put(card, (235, 235, 230))
        case "scarf":
            wool = Cloth("check", (colour, o.print_colour, colour), 0.2, 0.6, "knit", o.print_seed)
            hanging = polygon((-0.45, 0.4), (-0.5, 2.4), (-0.05, 2.4), (0.1, 0.5))
            canvas.put(np.maximum(ellipse(0, 0.38, 0.7, 0.36), hanging), paint_cloth(wool, SHAPE, UNIT))
        case "strap":
            canvas.put(stroke(0.16, (-0.85, 0.5), (0.9, 3.4)), colour)
        case "badge":
            canvas.put(ellipse(0.75, 1.25, 0.12, 0.12), colour)
