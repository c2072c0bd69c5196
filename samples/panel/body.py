"""Neck, shoulders and clothes."""

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, mirror, noise, shade, smooth
from .face import KEY_LIGHT
from .identity import Colour, Face

BODY_LTRB = (-3.3, 0.6, 3.3, 6.2)


@dataclass(frozen=True)
class Outfit:
    """One set of clothes; colours RGB 0..1."""

    cut: str = "crew"  # crew, vneck, shirt, blazer, turtleneck
    colour: Colour = (0.2, 0.3, 0.5)
    pattern: str = ""  # "", stripes, pinstripe, dots
    second: Colour = (0.9, 0.9, 0.88)  # of the pattern
    under: Colour = (0.95, 0.95, 0.93)  # the shirt below a blazer
    tie: Colour | None = None


def _pattern(outfit: Outfit, c: Canvas) -> np.ndarray:
    """Where the second colour shows, 0..1, bent a little over the chest."""
    u = c.x * (1 + 0.03 * c.y)
    v = c.y - 0.045 * c.x**2 + 0.03 * np.sin(c.x * 2.1)
    edge = 0.12 * c.px
    if outfit.pattern == "stripes":
        return np.clip((np.sin(v * 2 * np.pi / 0.62) + 0.1) * edge * 0.25 + 0.5, 0, 1)
    if outfit.pattern == "pinstripe":
        return np.clip((np.cos(u * 2 * np.pi / 0.3) - 0.9) * edge * 0.8, 0, 0.55)
    if outfit.pattern == "dots":
        row = np.floor(v / 0.36)
        du, dv = (u / 0.42 + 0.5 * (row % 2)) % 1 - 0.5, (v / 0.36) % 1 - 0.5
        return np.clip((0.2 - np.hypot(du, dv)) * edge * 3 + 0.5, 0, 1)
    return np.zeros(c.x.shape, np.float32)


def _cloth(c: Canvas, mask: np.ndarray, colour: np.ndarray, light: np.ndarray) -> None:
    """Paint lit cloth; the shadows stay a little coloured."""
    tone = 0.34 + 0.78 * light
    c.paint(mask, np.clip(colour * tone[..., None], 0, 1))


def body(face: Face, outfit: Outfit, px: float) -> Canvas:
    """The still picture of neck and torso, chin at ``face.chin``, shoulders below."""
    c, rng = Canvas(BODY_LTRB, px), np.random.default_rng(face.seed + 20)
    skin, chin = np.asarray(face.skin, np.float32), face.chin
    broad = 1.0 if face.lashes <= 0.3 and face.style != "bun" else 0.88
    neck, base = (0.68 if broad == 1.0 else 0.54) * face.width, chin + 0.5
    column = smooth(
        mirror(
            [
                (neck * 1.0, 0.6),
                (neck * 0.98, chin + 0.2),
                (neck * 1.06, base - 0.15),
                (neck * 1.3, base + 0.14),
                (neck * 1.36, base + 0.5),
                (neck * 1.1, base + 1.1),
                (0, base + 1.3),
            ]
        )
    )
    mask = c.mask(column)
    lift = np.sqrt(np.clip(1 - (c.x / (neck * 1.25)) ** 2, 0, 1)) * 0.5
    lift += (
        0.05
        * np.exp(-0.5 * ((np.abs(c.x) - 0.16 - 0.25 * np.clip(base + 0.2 - c.y, 0, 1)) / 0.07) ** 2)
        * np.clip((c.y - chin) / 0.4, 0, 1)
    )
    light = shade(cv2.GaussianBlur(lift.astype(np.float32), (0, 0), 0.03 * px), px, KEY_LIGHT)
    under_chin = np.clip(1 - (c.y - chin + 0.25) / 0.75 - 0.12 * c.x, 0, 1)
    tone = np.stack([0.36 + 0.66 * light, 0.28 + 0.72 * light, 0.26 + 0.73 * light], -1)
    tone *= 1 - 0.55 * under_chin[..., None] * np.array([0.8, 1.0, 1.02], np.float32)
    c.paint(mask, np.clip(skin * tone, 0, 1))

    high = outfit.cut in ("shirt", "blazer")
    collar = neck * (1.08 if high else 1.3)
    top = base - (0.06 if high else -0.08)
    shoulders = [(collar * 0.85, top), (collar, top - 0.04), (1.25 * broad, top + 0.26),
                 (1.95 * broad, top + 0.46), (2.42 * broad, top + 0.86),
                 (2.66 * broad, top + 1.7), (2.8 * broad, 6.5), (0, 6.6)]  # fmt: skip
    depth_at = {"vneck": 0.95, "blazer": 1.75, "shirt": 0.45, "turtleneck": 0.0}.get(outfit.cut, 0.28)
    torso = c.mask(smooth(mirror([(0, top + depth_at), *shoulders]), steps=16))
    if outfit.cut == "vneck":
        torso = c.mask(
            np.concatenate([smooth(shoulders, False), smooth(shoulders, False)[::-1] * [-1, 1], [(0, top + depth_at)]])
        )
    lift = c.soften(torso, 0.42) * 1.5 + 0.16 * (
        c.spot(0.95 * broad, top + 1.5, 0.6, 0.6) + c.spot(-0.95 * broad, top + 1.5, 0.6, 0.6)
    )
    arm = np.exp(-0.5 * ((np.abs(c.x) - 1.95 * broad - 0.05 * (c.y - top)) / 0.07) ** 2) * np.clip(
        (c.y - top - 1.1) / 0.6, 0, 1
    )
    lift = lift - 0.13 * arm + 0.03 * noise(torso.shape, 0.6 * px, rng)
    light = np.clip(shade(cv2.GaussianBlur(lift.astype(np.float32), (0, 0), 0.06 * px), px, KEY_LIGHT), 0, 1)
    second = _pattern(outfit, c)[..., None]
    colour = np.asarray(outfit.colour, np.float32) * (1 - second) + np.asarray(outfit.second, np.float32) * second
    if outfit.cut == "blazer":
        _shirt_front(c, outfit, light, neck, top)
    c.tint(c.soften(torso, 0.09) * (1 - torso) * c.rgba[..., 3], (0.62, 0.55, 0.55))
    _cloth(c, torso, colour, light)
    {"shirt": _collar, "blazer": _lapels, "turtleneck": _roll}.get(outfit.cut, _hem)(
        c, outfit, light, neck, top, depth_at
    )
    return c


def _line(c: Canvas, curve: np.ndarray, colour, width: float = 0.02, strength: float = 0.6) -> None:
    c.paint(c.lines([curve], width, 0.012) * strength, np.asarray(colour), True)


def _shirt_front(c: Canvas, outfit: Outfit, light: np.ndarray, neck: float, top: float) -> None:
    front = c.mask(
        [
            (-neck * 1.1, top - 0.12),
            (neck * 1.1, top - 0.12),
            (neck * 1.6, top + 0.8),
            (0.3, top + 2.2),
            (-0.3, top + 2.2),
            (-neck * 1.6, top + 0.8),
        ]
    )
    under = np.asarray(outfit.under, np.float32)
    if not outfit.tie:
        throat = c.mask([(-neck * 0.62, top - 0.2), (neck * 0.62, top - 0.2), (0, top + 0.62)], 0.02)
        front = front * (1 - throat)
    _cloth(c, front, under, light * 0.9)
    if outfit.tie:
        tie = np.asarray(outfit.tie, np.float32)
        stripe = np.clip(np.sin((c.x + c.y) * 2 * np.pi / 0.3) * 3, 0, 1)[..., None]
        blade = c.mask([(-0.15, top + 0.32), (0.15, top + 0.32), (0.3, top + 2.3), (-0.3, top + 2.3)])
        _cloth(c, blade, tie * (1 - 0.25 * stripe), light)
        knot = c.mask([(-0.21, top + 0.0), (0.21, top + 0.0), (0.14, top + 0.36), (-0.14, top + 0.36)], 0.012)
        _cloth(c, knot, tie, np.clip(0.95 - 0.8 * c.x, 0, 1))
    for s in (-1, 1):
        wing = np.array(
            [
                (s * neck * 1.08, top - 0.2),
                (s * neck * 0.5, top + 0.02),
                (s * 0.05, top + 0.22),
                (s * 0.45, top + 0.62),
                (s * neck * 1.25, top + 0.2),
            ]
        )
        mask = c.mask(wing, 0.01)
        c.tint(np.roll(c.soften(mask, 0.05), round(0.05 * c.px), 0) * (1 - mask) * 0.6, (0.7, 0.7, 0.74))
        _cloth(c, mask, under, np.full_like(light, 0.82 if s < 0 else 0.7))


def _lapels(c: Canvas, outfit: Outfit, light: np.ndarray, neck: float, top: float, deep: float) -> None:
    second = _pattern(outfit, c)[..., None]
    colour = np.asarray(outfit.colour, np.float32) * (1 - second) + np.asarray(outfit.second, np.float32) * second
    _line(c, np.array([(0.02, top + deep), (0.1, 6.3)]), colour.min((0, 1)) * 0.4, 0.03)
    for s in (-1, 1):
        lapel = np.array([(s * neck * 1.1, top - 0.12), (s * neck * 1.35, top + 0.0),
                          (s * 1.12, top + 0.62), (s * 0.86, top + 0.72), (s * 1.1, top + 0.86),
                          (s * 0.5, top + 1.6), (s * -0.02, top + deep + 0.25),
                          (s * 0.34, top + 1.0)])  # fmt: skip
        mask = c.mask(lapel, 0.01)
        c.tint(np.roll(c.soften(mask, 0.06), round(0.06 * c.px), 0) * (1 - mask) * 0.7, (0.66, 0.66, 0.7))
        _cloth(c, mask, colour * 1.06, np.clip(light * 0.5 + (0.42 if s < 0 else 0.3), 0, 1))
    for y in (0.55, 1.25):
        c.paint(c.spot(0.16, top + deep + y, 0.055, 0.055) > 0.5, np.asarray(outfit.colour) * 0.45)


def _collar(c: Canvas, outfit: Outfit, light: np.ndarray, neck: float, top: float, deep: float) -> None:
    colour = np.asarray(outfit.colour, np.float32)
    _line(c, np.array([(0.16, top + deep), (0.16, 6.3)]), colour * 0.6, 0.02)
    _line(c, np.array([(-0.16, top + deep), (-0.16, 6.3)]), colour * 0.7, 0.016, 0.4)
    for y in np.arange(0.25, 4, 0.62):
        c.paint((c.spot(0, top + deep + y, 0.05, 0.05) > 0.5) * 0.9, np.clip(colour * 0.5 + 0.35, 0, 1))
    for s in (-1, 1):
        wing = np.array(
            [
                (s * neck * 1.06, top - 0.26),
                (s * neck * 0.75, top - 0.02),
                (s * 0.1, top + deep),
                (s * 0.62, top + deep + 0.42),
                (s * neck * 1.4, top + 0.2),
            ]
        )
        mask = c.mask(wing, 0.012)
        c.tint(np.roll(c.soften(mask, 0.06), round(0.06 * c.px), 0) * (1 - mask) * 0.7, (0.68, 0.68, 0.72))
        _cloth(c, mask, colour * 1.05, np.full_like(light, 0.84 if s < 0 else 0.72))


def _hem(c: Canvas, outfit: Outfit, light: np.ndarray, neck: float, top: float, deep: float) -> None:
    colour = np.asarray(outfit.colour, np.float32)
    if outfit.cut == "vneck":
        curve = np.array([(-neck * 1.3, top - 0.02), (0, top + deep), (neck * 1.3, top - 0.02)])
    else:
        curve = smooth(
            [
                (-neck * 1.3, top - 0.04),
                (-neck * 0.8, top + deep * 0.8),
                (0, top + deep + 0.02),
                (neck * 0.8, top + deep * 0.8),
                (neck * 1.3, top - 0.04),
            ],
            False,
        )
    band = c.lines([np.add(curve, (0, 0.07))], 0.15)
    inside = band * c.rgba[..., 3]
    c.paint(inside, np.clip(colour * (0.5 + 0.5 * light)[..., None], 0, 1), True)
    _line(c, np.add(curve, (0, 0.15)), colour * 0.55, 0.02, 0.7)


def _roll(c: Canvas, outfit: Outfit, light: np.ndarray, neck: float, top: float, deep: float) -> None:
    colour = np.asarray(outfit.colour, np.float32)
    roll = smooth(
        mirror(
            [
                (0, top - 0.28),
                (neck * 0.9, top - 0.36),
                (neck * 1.13, top - 0.3),
                (neck * 1.2, top + 0.05),
                (neck * 1.1, top + 0.24),
                (0, top + 0.34),
            ]
        )
    )
    mask = c.mask(roll)
    c.tint(np.roll(c.soften(mask, 0.07), round(0.08 * c.px), 0) * (1 - mask) * 0.7, (0.66, 0.66, 0.7))
    rib = 0.04 * np.sin(c.x * 2 * np.pi / 0.09)
    round_light = shade(
        np.sqrt(np.clip(1 - (c.x / (neck * 1.25)) ** 2, 0, 1)).astype(np.float32) * 0.5, c.px, KEY_LIGHT
    )
    _cloth(c, mask, colour, np.clip(round_light + rib - 0.25 * np.clip((top - 0.12 - c.y) / 0.25, 0, 1), 0, 1))
