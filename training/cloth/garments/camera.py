"""From painted figures to what a camera and the torso box make of them: place, crowd, light, lens and compression.

A `Scene` is everything that has nothing to do with the person. Two people taken in one scene share its light and its
background, so a net that is asked to tell them apart there cannot use either.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .canvas import LEFT, TOP, UNIT
from .fabric import smooth_noise

SIDE = 96  # pixels of a full-size view, 32 to a face width; lengths in scenes are on this scale
BOX = 3.0  # the torso box in face widths


@dataclass(frozen=True)
class Neighbour:
    """Another person in the picture: pose of the figure relative to the box, and whether they stand in front."""

    figure: np.ndarray
    affine: np.ndarray
    in_front: bool


@dataclass(frozen=True)
class Scene:
    """Background, neighbours, light and camera of a view."""

    background: np.ndarray  # uint8 (SIDE, SIDE, 3)
    neighbours: tuple[Neighbour, ...]
    gains: np.ndarray  # (3,) float32: exposure and white balance
    gamma: float
    fade: np.ndarray  # float32 (SIDE, SIDE): uneven light
    pixels: int  # width of the box in the source picture; below SIDE detail is lost
    blur: float
    noise: float
    jpeg: int  # 0: none
    padding: tuple[float, float, float]  # share below, left and right that lies outside the picture


def draw_background(rng: np.random.Generator) -> np.ndarray:
    """A place: wall, stage, lamps, shelves or clutter; uint8 (2 SIDE, 2 SIDE, 3), to be cut from."""
    shape = (2 * SIDE, 2 * SIDE)
    base = 255 * rng.random(3) ** 1.5 * rng.uniform(0.05, 1)
    out = np.empty((*shape, 3), np.float32)
    out[:] = base
    out *= (1 + 0.35 * smooth_noise(rng, shape, rng.uniform(2, 12)) * rng.random())[..., None]
    for _ in range(int(rng.integers(0, 12))):
        colour = tuple(255 * rng.random(3) ** 1.3 * rng.uniform(0.2, 1))
        x, y, w, h = (int(v) for v in rng.integers(0, 2 * SIDE, 4))
        kind = rng.integers(4)
        if kind == 0:
            cv2.rectangle(out, (x, y), (x + w, y + h), colour, -1)
        elif kind == 1:
            cv2.circle(out, (x, y), 2 + w // 10, colour, -1)
        elif kind == 2:
            cv2.line(out, (x, y), (w, h), colour, int(rng.integers(1, 12)))
        else:
            for k in range(0, 2 * SIDE, 8 + w // 6):  # shelves, blinds, bricks
                cv2.line(out, (0, k), (2 * SIDE, k), colour, 1 + h // 60)
    if rng.random() < 0.25:  # a dark stage with something lit
        out *= np.clip(0.1 + 0.4 * smooth_noise(rng, shape, 3), 0.02, 1)[..., None]
    out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.3, 6)))
    return np.clip(out + rng.normal(0, 4, shape)[..., None], 0, 255).astype(np.uint8)


def draw_scene(rng: np.random.Generator, backgrounds: list[np.ndarray], crowd: list[np.ndarray]) -> Scene:
    """A random scene with one of the `backgrounds` and neighbours out of `crowd` (painted figures)."""
    place = backgrounds[rng.integers(len(backgrounds))]
    cut = int(rng.integers(SIDE // 2, 2 * SIDE))
    x, y = rng.integers(0, 2 * SIDE - cut + 1, 2)
    background = cv2.resize(place[y : y + cut, x : x + cut], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    neighbours = [_draw_neighbour(rng, crowd) for _ in range(int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2])))]
    exposure = np.exp(rng.normal(0, 0.35)) if rng.random() < 0.65 else np.exp(rng.uniform(np.log(0.12), 0.4))
    warm, tint = rng.normal(0, 0.16 if rng.random() < 0.8 else 0.35), rng.normal(0, 0.06)
    fade = np.ones((SIDE, SIDE), np.float32)
    if rng.random() < 0.7:
        fade = np.exp(float(rng.uniform(0.05, 0.45)) * smooth_noise(rng, fade.shape, rng.uniform(2, 4)))
    padding = (0.0, 0.0, 0.0)
    if rng.random() < 0.4:
        padding = tuple(float(rng.choice([0, 1], p=p) * rng.uniform(0, s))
                        for p, s in (((0.2, 0.8), 0.55), ((0.8, 0.2), 0.3), ((0.8, 0.2), 0.3)))  # fmt: skip
    return Scene(
        background=background,
        neighbours=tuple(neighbours),
        gains=(exposure * np.exp([warm, tint, -warm])).astype(np.float32),
        gamma=float(np.exp(rng.normal(0, 0.18))),
        fade=fade,
        pixels=int(np.exp(rng.uniform(np.log(36), np.log(400)))),
        blur=float(rng.uniform(0, 1.3)) if rng.random() < 0.4 else 0.0,
        noise=float(rng.uniform(0, 9)) if rng.random() < 0.6 else 0.0,
        jpeg=int(rng.integers(20, 95)) if rng.random() < 0.7 else 0,
        padding=padding,
    )


def evenly_lit(scene: Scene) -> Scene:
    """The scene as a camera in plain daylight would see it."""
    return replace(scene, gains=np.ones(3, np.float32), gamma=1.0, fade=np.ones_like(scene.fade))


def _draw_neighbour(rng: np.random.Generator, crowd: list[np.ndarray]) -> Neighbour:
    side = rng.choice((-1, 1))
    in_front = rng.random() < 0.45
    if in_front and rng.random() < 0.5:  # somebody sitting in the row before
        offset = (rng.uniform(-1.6, 1.6), rng.uniform(2.0, 3.3))
    else:
        offset = (side * rng.uniform(1.5, 3.0), rng.normal(0, 0.6) + (0.4 if in_front else -0.2))
    affine = _affine(rng.uniform(0.75, 1.3), rng.normal(0, 0.08), offset)
    return Neighbour(crowd[rng.integers(len(crowd))], affine, bool(in_front))


def _affine(scale: float, angle: float, offset: tuple[float, float]) -> np.ndarray:
    """Canvas to full-size view (2, 3): scaled and turned about the chin, which lands `offset` face widths off."""
    step = scale * SIDE / BOX / UNIT
    cos, sin = step * np.cos(angle), step * np.sin(angle)
    chin = np.array([-LEFT, -TOP]) * UNIT
    target = (np.array([BOX / 2, 0.0]) + offset) * SIDE / BOX
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.hstack([turn, (target - turn @ chin)[:, None]])


def take(figure: np.ndarray, scene: Scene, rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """One picture of the torso box of a painted figure: uint8 RGB (side, side, 3)."""
    view = cv2.resize(scene.background, (side, side), interpolation=cv2.INTER_AREA)
    for other in scene.neighbours:
        if not other.in_front:
            _overlay(view, _warp(other.figure, other.affine, side))
    _overlay(view, _stand(figure, rng, side))
    for other in scene.neighbours:
        if other.in_front:
            _overlay(view, _warp(other.figure, other.affine, side))
    if rng.random() < 0.35:
        _occlude(view, rng)
    return _develop(view, scene, rng)


def relight(view: np.ndarray, gains: np.ndarray, gamma: float = 1.0) -> np.ndarray:
    """The view (H, W, 3) uint8 under other light: per-channel gains and a gamma, clipped as a camera clips."""
    levels = np.arange(256, dtype=np.float32)[:, None] / 255
    table = np.clip(255 * np.power(np.minimum(levels * gains, 1), gamma), 0, 255).astype(np.uint8)
    return cv2.LUT(view, table[None])


def _warp(figure: np.ndarray, affine: np.ndarray, side: int) -> np.ndarray:
    return cv2.warpAffine(figure, affine * (side / SIDE), (side, side), flags=cv2.INTER_LINEAR)


def _stand(figure: np.ndarray, rng: np.random.Generator, side: int) -> np.ndarray:
    """The person in the box: off centre, leaning, turned about the body's axis, cloth slightly rippled."""
    affine = _affine(np.exp(rng.normal(0.08, 0.16)), rng.normal(0, 0.12), (rng.normal(0, 0.2), rng.normal(0.05, 0.14)))
    inverse = cv2.invertAffineTransform(affine * (side / SIDE)).astype(np.float32)
    rows, cols = np.arange(side, dtype=np.float32)[:, None], np.arange(side, dtype=np.float32)
    x = inverse[0, 0] * cols + inverse[0, 1] * rows + inverse[0, 2]
    y = inverse[1, 0] * cols + inverse[1, 1] * rows + inverse[1, 2]
    yaw = float(rng.normal(0, 0.35))
    centre, radius = -LEFT * UNIT, 2.3 * UNIT  # a body seen as a wide cylinder
    turn = np.arcsin(np.clip((x - centre) / radius * (1 + 0.5 * yaw * yaw), -1, 1)) + 0.6 * yaw
    x = centre + radius * np.sin(np.clip(turn, -1.55, 1.55)) - radius * float(np.sin(0.6 * yaw)) * 0.6
    size = float(rng.uniform(0, 1.5))
    x = x + size * smooth_noise(rng, (side, side), 7)
    y = y + size * smooth_noise(rng, (side, side), 7)
    return cv2.remap(figure, x, y, cv2.INTER_LINEAR)


def _overlay(view: np.ndarray, layer: np.ndarray) -> None:
    alpha = cv2.merge([layer[..., 3]] * 3)
    kept = cv2.multiply(view, cv2.bitwise_not(alpha), scale=1 / 255)
    cv2.add(kept, cv2.multiply(layer[..., :3], alpha, scale=1 / 255), dst=view)


def _occlude(view: np.ndarray, rng: np.random.Generator) -> None:
    """Something in front of the body: a microphone, a table, a caption, a hand, a glass, something out of focus."""
    side = view.shape[0]
    dark = tuple(int(v) for v in rng.integers(5, 90) * rng.uniform(0.7, 1.1, 3))
    colour = tuple(int(v) for v in rng.integers(0, 255, 3))
    skin = tuple(int(v) for v in rng.uniform(0.25, 1) * np.array([240, 185, 155]))

    def some(low: float, high: float) -> int:  # a random length, given in shares of the view
        return round(side * float(rng.uniform(low, high)))

    x, y = some(0.05, 0.95), some(0.05, 0.95)
    match rng.integers(6):
        case 0:
            end = (x + some(-0.12, 0.12), y + some(0.15, 0.45))
            cv2.line(view, (x, y), end, dark, 1 + some(0.02, 0.08), cv2.LINE_AA)
            cv2.circle(view, (x, y), some(0.03, 0.09), dark, -1, cv2.LINE_AA)
            cv2.circle(view, end, some(0.04, 0.11), skin, -1, cv2.LINE_AA)
        case 1:
            edge, tilt = some(0.5, 1), some(-0.08, 0.08)
            table = np.array([[0, edge - tilt], [side, edge + tilt], [side, side], [0, side]])
            cv2.fillPoly(view, [table], colour, cv2.LINE_AA)
        case 2:
            top = some(0.5, 0.9)
            cv2.rectangle(view, (0, top), (side, top + some(0.06, 0.25)), colour, -1)
            cv2.putText(view, "NEWS LINE", (x // 3, top + 9), cv2.FONT_HERSHEY_PLAIN, 0.8, (255, 255, 255), 1)
        case 3:
            arm = np.array([[x, y], [x + side // 12, y + side // 5], [some(0, 1), side + 10]])
            cv2.polylines(view, [arm], False, skin, 1 + some(0.06, 0.16), cv2.LINE_AA)
            cv2.circle(view, (x, y), some(0.06, 0.15), skin, -1, cv2.LINE_AA)
        case 4:
            cv2.rectangle(view, (x, y), (x + some(0.03, 0.17), y + some(0.03, 0.17)), colour, -1)
        case _:
            cv2.ellipse(view, (x, side), (some(0.1, 0.45), some(0.1, 0.6)), 0, 0, 360, dark, -1, cv2.LINE_AA)


def _develop(view: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Light, lens, sensor and compression; then the black border of a box that leaves the picture."""
    side = view.shape[0]
    small = min(side, scene.pixels)
    if small < side:
        view = cv2.resize(view, (small, small), interpolation=cv2.INTER_AREA)
    if scene.blur > 0.3:
        view = cv2.GaussianBlur(view, (0, 0), scene.blur * small / SIDE + 0.2)
    fade = scene.fade if small == SIDE else cv2.resize(scene.fade, (small, small))
    light = view * fade[..., None]
    view = relight(np.minimum(light, 255).astype(np.uint8), scene.gains, scene.gamma)
    if scene.noise:
        grain = rng.standard_normal(view.shape, np.float32) * scene.noise
        view = np.clip(view + grain, 0, 255).astype(np.uint8)
    if scene.jpeg:
        view = cv2.imdecode(cv2.imencode(".jpg", view, (cv2.IMWRITE_JPEG_QUALITY, scene.jpeg))[1], cv2.IMREAD_COLOR)
    if small < side:
        view = cv2.resize(view, (side, side), interpolation=cv2.INTER_LINEAR)
    below, left, right = (round(share * side) for share in scene.padding)
    view[side - below :] = 0
    view[:, :left] = 0
    view[:, side - right :] = 0
    return view
