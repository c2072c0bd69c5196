"""A person that moves: the layers of one head and body, posed and laid over a picture."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .body import Outfit, body
from .canvas import Canvas
from .face import head_base
from .features import brows, eyes, glasses, mouth
from .hair import back_layer, beard, front_layer
from .identity import Face

MOUTHS = (0.0, 0.22, 0.45, 0.7)  # the drawn openings; speech takes the nearest
LIDS = (0.0, 0.35, 0.62)  # a blink never quite shuts: it has to stay the same face to an encoder
PIVOT_Y = 1.5  # the head turns about the top of the neck, in units below the eyes
OVERSAMPLE = 1.6  # sprites are drawn larger than they are shown, then shrunk


@dataclass(frozen=True)
class Pose:
    """A head at one moment: where (x, y pixels of the point between the eyes at rest), how large, how turned."""

    x: float
    y: float
    scale: float  # pixels a unit
    roll: float = 0.0  # radians, > 0 leans to the right of the picture
    yaw: float = 0.0  # > 0 looks to the right of the picture
    pitch: float = 0.0  # > 0 looks down
    opened: float = 0.0  # mouth
    closed: float = 0.0  # eyes
    body_x: float = 0.0  # pixels that the shoulders have moved
    body_roll: float = 0.0


class Sprite:
    """A drawn layer at the size it is shown, cut to what is painted: premultiplied colours and coverage."""

    def __init__(self, canvas: Canvas, scale: float):
        rgba = cv2.resize(canvas.rgba, None, fx=1 / OVERSAMPLE, fy=1 / OVERSAMPLE, interpolation=cv2.INTER_AREA)
        self.scale = rgba.shape[1] / (canvas.ltrb[2] - canvas.ltrb[0])
        self.empty = not rgba[..., 3].any()
        x, y, w, h = (0, 0, 1, 1) if self.empty else cv2.boundingRect((rgba[..., 3] > 0).astype(np.uint8))
        margin = 2
        rgba = cv2.copyMakeBorder(rgba[y : y + h, x : x + w], *(margin,) * 4, cv2.BORDER_CONSTANT)
        self.left, self.top = canvas.ltrb[0] + (x - margin) / self.scale, canvas.ltrb[1] + (y - margin) / self.scale
        self.right, self.bottom = self.left + rgba.shape[1] / self.scale, self.top + rgba.shape[0] / self.scale
        self.rgb, self.alpha = np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])


class Puppet:
    """One person in one outfit at one size; heads are drawn when first needed."""

    def __init__(self, face: Face, outfit: Outfit, scale: float):
        self.face, self.scale = face, scale
        self._base = _still_head(face, scale * OVERSAMPLE)
        self._back = Sprite(_cached_back(face, scale * OVERSAMPLE), scale)
        self._body = Sprite(body(face, outfit, scale * OVERSAMPLE), scale)
        self._heads: dict[tuple[int, int], Sprite] = {}

    def _head(self, opened: float, closed: float) -> Sprite:
        key = (int(np.argmin(np.abs(np.subtract(MOUTHS, opened)))), int(np.argmin(np.abs(np.subtract(LIDS, closed)))))
        if key not in self._heads:
            canvas = self._base.copy()
            eyes(self.face, canvas.window(-1.2, -0.5, 1.2, 0.6), LIDS[key[1]])
            mouth(self.face, canvas.window(-1.0, 0.5, 1.0, 2.2), MOUTHS[key[0]])
            if self.face.glasses:
                glasses(self.face, canvas.window(-2.0, -0.6, 2.0, 0.8))
            self._heads[key] = Sprite(canvas, self.scale)
        return self._heads[key]

    def draw(self, picture: np.ndarray, pose: Pose) -> None:
        """Lay the person over ``picture`` (h, w, 3) float32 0..1, in place."""
        self._lay_head(picture, self._back, pose, flat=-0.45)
        self._lay_body(picture, pose)
        self._lay_head(picture, self._head(pose.opened, pose.closed), pose, flat=None)

    def _lay_body(self, picture: np.ndarray, pose: Pose) -> None:
        waist = 4.0  # units below the eyes: it stays where it is, the shoulders lean
        s = self._body
        u, v, area = _region(picture, pose.x + pose.body_x, pose.y, pose.scale, s, 0.15)
        cos, sin = np.cos(pose.body_roll), np.sin(pose.body_roll)
        x, y = cos * u + sin * (v - waist), cos * (v - waist) - sin * u + waist
        _over(picture, area, s, x, y)

    def _lay_head(self, picture: np.ndarray, sprite: Sprite, pose: Pose, flat: float | None) -> None:
        if sprite.empty:
            return
        u, v, area = _region(picture, pose.x, pose.y, pose.scale, sprite, 0.45)
        cos, sin = np.float32(np.cos(pose.roll)), np.float32(np.sin(pose.roll))
        v = v - np.float32(PIVOT_Y)
        u, v = cos * u + sin * v, cos * v - sin * u + np.float32(PIVOT_Y)
        x, y = unturn(self.face, u, v, pose, flat)
        if flat is None:
            jaw = np.clip((y - self.face.mouth_y) / np.float32(self.face.chin - self.face.mouth_y), 0, 1)
            y = y - np.float32(0.07 * pose.opened) * jaw * jaw * (3 - 2 * jaw)
        _over(picture, area, sprite, x, y)


def _region(picture, x: float, y: float, scale: float, sprite: Sprite, room: float):
    """The pixels that a sprite at (x, y) may touch: their places in units (u, v), and (x0, y0, x1, y1)."""
    h, w = picture.shape[:2]
    x0, x1 = max(0, int(x + (sprite.left - room) * scale)), min(w, int(x + (sprite.right + room) * scale))
    y0, y1 = max(0, int(y + (sprite.top - room) * scale)), min(h, int(y + (sprite.bottom + room) * scale))
    us = ((np.arange(x0, max(x0, x1)) + 0.5 - x) / scale).astype(np.float32)
    vs = ((np.arange(y0, max(y0, y1)) + 0.5 - y) / scale).astype(np.float32)
    return *np.meshgrid(us, vs), (x0, y0, x1, y1)


def _over(picture: np.ndarray, area: tuple[int, int, int, int], sprite: Sprite, x: np.ndarray, y: np.ndarray) -> None:
    """Lay the sprite over the pixels of ``area`` that lie at (x, y) units on it."""
    if not x.size:
        return
    map_x = ((x - np.float32(sprite.left)) * np.float32(sprite.scale) - np.float32(0.5)).astype(np.float32)
    map_y = ((y - np.float32(sprite.top)) * np.float32(sprite.scale) - np.float32(0.5)).astype(np.float32)
    through = 1 - cv2.remap(sprite.alpha, map_x, map_y, cv2.INTER_LINEAR)
    part = picture[area[1] : area[3], area[0] : area[2]]
    part *= cv2.merge((through, through, through))
    part += cv2.remap(sprite.rgb, map_x, map_y, cv2.INTER_LINEAR)


def unturn(face: Face, u: np.ndarray, v: np.ndarray, pose: Pose, flat: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Where the points that are seen at (u, v) units lie on the head that looks straight ahead."""
    x, y = u, v
    for _ in range(1 if flat is not None else 2):
        z = np.float32(flat) if flat is not None else _depth(face, x, y)
        x = (u - z * np.float32(np.sin(pose.yaw))) / np.float32(np.cos(pose.yaw))
        y = (v - z * np.float32(np.sin(pose.pitch))) / np.float32(np.cos(pose.pitch))
    return x, y


def _depth(face: Face, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A smooth head with a nose, towards the viewer, in units from the axis it turns about."""
    across, along = x / np.float32(face.width * 1.12), (y - np.float32(0.1)) / np.float32(2.1)
    dome = np.clip(1 - across * across, 0, 1) * np.clip(1 - along * along, 0, 1)
    nx, ny = x / np.float32(0.31), (y - np.float32(face.nose_length - 0.1)) / np.float32(0.31)
    return cv2.sqrt(dome) + np.float32(0.22) * cv2.exp(-(nx * nx + ny * ny))


def face_box(face: Face, pose: Pose) -> tuple[int, int, int, int]:
    """The dlib-shaped box (left, top, right, bottom): a square from the brows to the chin."""
    top, bottom = face.brow_y - 0.25, face.chin - 0.06
    centre_x, centre_y, z = 0.0, 0.5 * (top + bottom), 0.85
    x = centre_x * np.cos(pose.yaw) + z * np.sin(pose.yaw)
    y = centre_y * np.cos(pose.pitch) + z * np.sin(pose.pitch) - PIVOT_Y
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    cx = pose.x + pose.scale * (cos * x - sin * y)
    cy = pose.y + pose.scale * (sin * x + cos * y + PIVOT_Y)
    half = 0.5 * (bottom - top) * pose.scale
    return round(cx - half), round(cy - half), round(cx + half), round(cy + half)


@lru_cache(maxsize=32)
def _still_head(face: Face, px: float) -> Canvas:
    canvas = head_base(face, px)
    beard(face, canvas)
    front_layer(face, canvas)
    brows(face, canvas)
    return canvas


@lru_cache(maxsize=32)
def _cached_back(face: Face, px: float) -> Canvas:
    return back_layer(face, px)
