"""The set: a wall of wooden slats, a window on a city at night, plants, lamps, the desk; titles."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .canvas import noise

WORLD = (1120, 2000)  # height, width of the painted set in pixels


def _glow(picture: np.ndarray, x: float, y: float, radius: float, colour, strength: float) -> None:
    h, w = picture.shape[:2]
    across = np.exp(-0.5 * ((np.arange(w, dtype=np.float32) - x) / radius) ** 2)
    down = np.exp(-0.5 * ((np.arange(h, dtype=np.float32) - y) / radius) ** 2)
    picture += (down[:, None] * across)[..., None] * (np.asarray(colour, np.float32) * np.float32(strength))


def _shape(picture: np.ndarray, points, colour, blur: float = 1.0, alpha: float = 1.0) -> None:
    """Fill an outline with a soft edge, touching only the pixels around it."""
    p, h, w = np.asarray(points, np.float64), *picture.shape[:2]
    margin = int(4 * blur) + 2
    x0, y0 = (max(0, int(v) - margin) for v in p.min(0))
    x1, y1 = (min(limit, int(v) + margin) for v, limit in zip(p.max(0), (w, h), strict=True))
    if x0 >= x1 or y0 >= y1:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(mask, [np.round((p - (x0, y0)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), blur)[..., None] * np.float32(alpha)
    part = picture[y0:y1, x0:x1]
    part += (np.asarray(colour, np.float32) - part) * soft


def _rect(x0, y0, x1, y1):
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _leaf(x: float, y: float, angle: float, length: float, width: float) -> np.ndarray:
    t = np.linspace(0, 1, 16)
    side = np.sin(np.pi * t**0.8) * width
    bend = angle + 0.5 * t * np.sign(np.cos(angle))
    spine = np.stack([x + length * t * np.cos(bend), y + length * t * np.sin(bend)], 1)
    normal = np.stack([-np.sin(bend), np.cos(bend)], 1) * side[:, None]
    return np.concatenate([spine + normal, (spine - normal)[::-1]])


def _plant(picture: np.ndarray, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    _shape(
        picture,
        [
            (x - 0.2 * size, y),
            (x + 0.2 * size, y),
            (x + 0.15 * size, y + 0.38 * size),
            (x - 0.15 * size, y + 0.38 * size),
        ],
        (0.72, 0.46, 0.32),
        2,
    )
    for k, angle in enumerate(rng.permutation(np.linspace(-np.pi * 0.93, -np.pi * 0.07, 15))):
        green = np.array([0.13, 0.33, 0.22]) * (0.75 + 0.06 * k)
        _shape(picture, _leaf(x, y, angle, size * rng.uniform(0.6, 1.0), size * 0.075), green, 1.4)


def paint_set() -> np.ndarray:
    """The whole set as RGB float32 0..1 (1120, 2000, 3), to be framed by each shot."""
    rng = np.random.default_rng(11)
    h, w = WORLD
    picture = np.empty((h, w, 3), np.float32)
    down = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    picture[:] = np.array([0.15, 0.26, 0.32]) * (1 - down) + np.array([0.22, 0.34, 0.38]) * down
    for k, x in enumerate(range(0, 760, 38)):  # slats
        tone = 0.9 + 0.12 * np.sin(k * 2.4) + 0.04 * rng.standard_normal()
        _shape(picture, _rect(x + 4, 0, x + 32, h), np.array([0.50, 0.33, 0.21]) * tone, 1.2)
        _shape(picture, _rect(x + 26, 0, x + 32, h), np.array([0.27, 0.17, 0.11]), 2)
    _shape(picture, _rect(1270, 90, 1930, 760), (0.10, 0.13, 0.19), 2)  # window
    pane = np.zeros_like(picture)
    pane[:] = (
        np.array([0.10, 0.15, 0.30])
        + np.array([0.38, 0.20, 0.08]) * np.clip((np.arange(h)[:, None, None] - 250) / 480, 0, 1) ** 1.5
    )
    for x in range(1280, 1930, 46):  # houses
        top = rng.integers(380, 600)
        _shape(
            pane, _rect(x, top, x + rng.integers(36, 60), h), np.array([0.07, 0.08, 0.14]) * rng.uniform(0.8, 1.5), 4
        )
    for _ in range(190):  # the lights of the city, out of focus
        x, y, r = rng.uniform(1280, 1920), rng.uniform(420, 750), rng.uniform(5, 17)
        colour = np.array([[1, 0.72, 0.36], [1, 0.85, 0.6], [0.55, 0.75, 1], [1, 0.45, 0.35]])[rng.integers(4)]
        a = np.linspace(0, 2 * np.pi, 24)
        _shape(pane, np.stack([x + r * np.cos(a), y + r * np.sin(a)], 1), colour, 1.6, rng.uniform(0.2, 0.6))
    picture[100:750, 1282:1918] = pane[100:750, 1282:1918]
    for x in (1490, 1700):
        _shape(picture, _rect(x - 5, 95, x + 5, 755), (0.12, 0.13, 0.16), 1.5)
    a = np.linspace(0, 2 * np.pi, 90)
    for radius, tone in (
        (205, (0.98, 0.72, 0.38)),
        (188, (0.17, 0.30, 0.36)),
        (150, (0.95, 0.66, 0.34)),
        (141, (0.15, 0.27, 0.33)),
    ):  # ring of light
        _shape(picture, np.stack([1015 + radius * np.cos(a), 330 + radius * np.sin(a)], 1), tone, 2.2)
    _glow(picture, 1015, 330, 230, (1, 0.68, 0.35), 0.16)
    for y, x0, x1 in ((300, 60, 640), (520, 60, 640)):  # shelves with books and lamps
        _shape(picture, _rect(x0, y, x1, y + 14), (0.76, 0.56, 0.38), 1.5)
        _shape(picture, _rect(x0, y + 14, x1, y + 40), (0.1, 0.07, 0.05), 8, 0.5)
        x = x0 + 20
        while x < x1 - 60:
            if rng.random() < 0.75:
                wide, tall = rng.integers(14, 30), rng.integers(80, 130)
                colour = np.array(
                    [
                        [0.72, 0.30, 0.24],
                        [0.88, 0.72, 0.46],
                        [0.24, 0.42, 0.48],
                        [0.86, 0.83, 0.76],
                        [0.40, 0.50, 0.36],
                        [0.45, 0.25, 0.35],
                    ]
                )[rng.integers(6)]
                _shape(picture, _rect(x, y - tall, x + wide - 2, y), colour * 0.85, 1.2)
                x += wide
            else:
                x += rng.integers(50, 95)
    _plant(picture, 700, 760, 250, rng)
    _plant(picture, 1975, 800, 200, rng)
    _plant(picture, 1215, 800, 190, rng)
    for x, y in ((820, 420), (1120, 120)):
        _glow(picture, x, y, 150, (1, 0.75, 0.45), 0.16)
    _glow(picture, 330, 60, 320, (1, 0.72, 0.42), 0.30)
    _glow(picture, 1600, 900, 420, (0.3, 0.5, 0.8), 0.10)
    picture *= 1 + 0.012 * noise((h, w), 60, rng)[..., None]
    return np.clip(picture, 0, 1)


def backdrop(
    world: np.ndarray, size_wh: tuple[int, int], centre: tuple[float, float], zoom: float, blur: float
) -> np.ndarray:
    """The part of the set that a camera sees, out of focus by ``blur`` pixels; float32 (h, w, 3)."""
    w, h = size_wh
    matrix = np.array([[zoom, 0, w / 2 - zoom * centre[0]], [0, zoom, h / 2 - zoom * centre[1]]])
    seen = cv2.warpAffine(world, matrix, (w, h), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return cv2.GaussianBlur(seen, (0, 0), blur)


def desk(size_wh: tuple[int, int], top: float, mugs: list[float]) -> np.ndarray:
    """The desk in front, premultiplied RGBA float32; ``top`` in pixels, mugs at x in pixels."""
    w, h = size_wh
    big = np.zeros((h * 2, w * 2, 3), np.float32)
    alpha = np.zeros((h * 2, w * 2, 1), np.float32)
    xs = np.arange(w * 2, dtype=np.float32)
    edge = 2 * top + 26 * ((xs / w - 1) ** 2)
    depth = np.arange(h * 2, dtype=np.float32)[:, None] - edge[None]
    alpha[..., 0] = np.clip(depth + 0.5, 0, 1)
    rng = np.random.default_rng(3)
    grain = cv2.resize(noise((h * 2, 40), 5, rng), (w * 2, h * 2)) * 0.02 + noise((h * 2, w * 2), 90, rng) * 0.012
    plate = np.clip(1 - depth / 30, 0, 1)[..., None]
    front = np.array([0.36, 0.22, 0.14]) * (1.08 - 0.35 * np.clip(depth / 130, 0, 1))[..., None]
    surface = np.array([0.68, 0.47, 0.31]) * (1.12 - 0.22 * np.abs(xs / w - 0.8))[None, :, None]
    big[:] = np.where(plate > 0, surface, front) * (1 + grain[..., None])
    big *= 1 - 0.4 * np.exp(-0.5 * ((depth - 34) / 7) ** 2)[..., None] * (plate <= 0)
    big *= alpha
    for k, x in enumerate(mugs):
        tone = np.array([[0.93, 0.92, 0.88], [0.85, 0.42, 0.28], [0.28, 0.48, 0.52]])[k % 3]
        y = 2 * top + 26 * ((2 * x / w - 1) ** 2) + 14
        mug = [
            (2 * x - 26, y - 58),
            (2 * x + 26, y - 58),
            (2 * x + 23, y - 6),
            (2 * x + 14, y + 2),
            (2 * x - 14, y + 2),
            (2 * x - 23, y - 6),
        ]
        mask = np.zeros((h * 2, w * 2), np.uint8)
        cv2.ellipse(
            mask, (int((2 * x + 29) * 16), int((y - 30) * 16)), (13 * 16, 15 * 16), 0, 0, 360, 255, 7, cv2.LINE_AA, 4
        )
        cv2.fillPoly(mask, [np.round(np.array(mug) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        m = mask.astype(np.float32)[..., None] / 255
        shadow = cv2.GaussianBlur(np.roll(m, (8, 18), (0, 1))[..., 0], (0, 0), 8)[..., None] * alpha * 0.45
        big *= 1 - shadow
        lit = tone * (1.05 - 0.45 * np.clip((xs[None, :, None] - 2 * x + 20) / 46, 0, 1))
        big, alpha = big * (1 - m) + lit * m, alpha * (1 - m) + m
    rgba = np.concatenate([big, alpha], -1)
    return cv2.resize(rgba.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)


def title(size_wh: tuple[int, int], name: str, line: str) -> np.ndarray:
    """A lower third with a name and a line below it, premultiplied RGBA float32."""
    w, h = size_wh
    image = Image.new("RGBA", (w * 2, h * 2), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    big, small = ImageFont.load_default(size=46), ImageFont.load_default(size=28)
    wide = int(max(pen.textlength(name, font=big), pen.textlength(line, font=small))) + 76
    x, y = 70, h * 2 - 168
    pen.rounded_rectangle((x, y, x + wide, y + 124), 14, (18, 34, 44, 225))
    pen.rounded_rectangle((x, y, x + 14, y + 124), 7, (245, 172, 86, 255))
    pen.text((x + 38, y + 14), name, font=big, fill=(250, 246, 238, 255))
    pen.text((x + 38, y + 76), line, font=small, fill=(236, 190, 130, 255))
    rgba = np.asarray(image, np.float32) / 255
    rgba = np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], -1)
    return cv2.resize(rgba, (w, h), interpolation=cv2.INTER_AREA)


def vignette(size_wh: tuple[int, int]) -> np.ndarray:
    """Darker corners, a factor (h, w, 1)."""
    w, h = size_wh
    x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
    return (1 - 0.2 * np.clip((x * x + y * y) / 2, 0, 1) ** 1.3)[..., None].astype(np.float32)
