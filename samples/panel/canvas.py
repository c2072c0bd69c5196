"""A small painting surface in face units (1 = the distance between the pupils), x right, y down."""

import cv2
import numpy as np

Points = list[tuple[float, float]] | np.ndarray


def smooth(points: Points, closed: bool = True, steps: int = 12) -> np.ndarray:
    """A Catmull-Rom curve through ``points`` (n, 2), as a float64 (n * steps, 2) polyline."""
    p = np.asarray(points, np.float64)
    if closed:
        ring = np.concatenate([p[-1:], p, p[:2]])
    else:
        ring = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    p0, p1, p2, p3 = ring[:-3, None], ring[1:-2, None], ring[2:-1, None], ring[3:, None]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    cubic = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    curve = (0.5 * cubic).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-1:]])


def mirror(points: Points) -> list[tuple[float, float]]:
    """The right half of an outline, top to bottom, completed by its mirror image at x = 0."""
    right = [tuple(p) for p in points]
    return right + [(-x, y) for x, y in reversed(right) if abs(x) > 1e-6]


def noise(shape: tuple[int, int], grain: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise, mean 0, spread 1, float32 ``shape``; ``grain`` is the size of a blob in pixels."""
    small = (max(2, int(shape[0] / grain) + 3), max(2, int(shape[1] / grain) + 3))
    field = cv2.resize(
        rng.standard_normal(small).astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC
    )
    return (field - field.mean()) / (field.std() + 1e-6)


def shade(height: np.ndarray, px: float, light: tuple[float, float, float]) -> np.ndarray:
    """Wrapped diffuse light, 0..1 float32, on a height map in units with ``px`` pixels a unit."""
    dy, dx = np.gradient(height * px)
    direction = np.asarray(light) / np.linalg.norm(light)
    facing = (-dx * direction[0] - dy * direction[1] + direction[2]) / np.sqrt(dx * dx + dy * dy + 1)
    return (np.clip(facing * 0.8 + 0.2, 0, 1)).astype(np.float32)


class Canvas:
    """Premultiplied RGBA float32 (height, width, 4), 0..1, over the rectangle ``ltrb`` in units."""

    def __init__(self, ltrb: tuple[float, float, float, float], px: float):
        self.ltrb, self.px = ltrb, px
        self.width, self.height = round((ltrb[2] - ltrb[0]) * px), round((ltrb[3] - ltrb[1]) * px)
        self.rgba = np.zeros((self.height, self.width, 4), np.float32)
        xs = (np.arange(self.width, dtype=np.float32) + 0.5) / px + ltrb[0]
        ys = (np.arange(self.height, dtype=np.float32) + 0.5) / px + ltrb[1]
        self.x, self.y = np.meshgrid(xs, ys)

    def copy(self) -> "Canvas":
        """The same surface with pixels of its own."""
        other = object.__new__(Canvas)
        other.__dict__.update(self.__dict__, rgba=self.rgba.copy())
        return other

    def window(self, left: float, top: float, right: float, bottom: float) -> "Canvas":
        """A part of the surface that shares its pixels: what is painted there is painted here."""
        x0, y0 = round((left - self.ltrb[0]) * self.px), round((top - self.ltrb[1]) * self.px)
        x1, y1 = round((right - self.ltrb[0]) * self.px), round((bottom - self.ltrb[1]) * self.px)
        part = object.__new__(Canvas)
        part.px, part.width, part.height = self.px, x1 - x0, y1 - y0
        part.ltrb = (self.ltrb[0] + x0 / self.px, self.ltrb[1] + y0 / self.px, right, bottom)
        part.rgba, part.x, part.y = (a[y0:y1, x0:x1] for a in (self.rgba, self.x, self.y))
        return part

    def _pixels(self, points: Points) -> np.ndarray:
        p = (np.asarray(points, np.float64) - self.ltrb[:2]) * self.px - 0.5
        return np.round(p * 16).astype(np.int32).reshape(-1, 1, 2)

    def mask(self, points: Points, blur: float = 0.0) -> np.ndarray:
        """Coverage 0..1 of a closed outline, softened by ``blur`` units."""
        image = np.zeros((self.height, self.width), np.uint8)
        cv2.fillPoly(image, [self._pixels(points)], 255, cv2.LINE_AA, 4)
        return self.soften(image.astype(np.float32) / 255, blur)

    def lines(self, curves: list[np.ndarray], width: float, blur: float = 0.0) -> np.ndarray:
        """Coverage 0..1 of open polylines ``width`` units thick."""
        image = np.zeros((self.height, self.width), np.uint8)
        thickness = max(1, round(width * self.px))
        cv2.polylines(image, [self._pixels(c) for c in curves], False, 255, thickness, cv2.LINE_AA, 4)
        return self.soften(image.astype(np.float32) / 255 * min(1.0, width * self.px), blur)

    def soften(self, mask: np.ndarray, blur: float) -> np.ndarray:
        """``mask`` blurred by a Gaussian of ``blur`` units."""
        return cv2.GaussianBlur(mask, (0, 0), blur * self.px) if blur * self.px > 0.3 else mask

    def spot(self, cx: float, cy: float, sx: float, sy: float) -> np.ndarray:
        """A Gaussian spot, 1 at its centre."""
        return np.exp(-0.5 * (((self.x - cx) / sx) ** 2 + ((self.y - cy) / sy) ** 2))

    def paint(self, mask: np.ndarray, colour, inside: bool = False) -> None:
        """Lay ``colour`` (3,) or (h, w, 3) over the surface; ``inside`` keeps to what is painted already."""
        rows, columns = np.flatnonzero((mask > 1e-3).any(1)), np.flatnonzero((mask > 1e-3).any(0))
        if not rows.size:
            return
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        m, rgba = mask[part][..., None], self.rgba[part]
        rgb = np.broadcast_to(np.asarray(colour, np.float32), (*mask.shape, 3))[part]
        if inside:
            rgba[..., :3] += (rgb * rgba[..., 3:] - rgba[..., :3]) * m
        else:
            rgba[..., :3] += (rgb - rgba[..., :3]) * m
            rgba[..., 3:] += (1 - rgba[..., 3:]) * m

    def tint(self, mask: np.ndarray, factor) -> None:
        """Multiply the colours by ``factor`` (3,) where ``mask`` is 1."""
        self.rgba[..., :3] *= 1 + mask[..., None] * (np.asarray(factor, np.float32) - 1)
