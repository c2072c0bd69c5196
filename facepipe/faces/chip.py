"""Upright chips for networks that were trained on other ones than dlib's."""

import math
from dataclasses import dataclass

import numpy as np

from facepipe.geometry import Box, box_size, clip_box, crop
from facepipe.lazy import cv2

_MAX_SAMPLES = 8  # a pixel of a chip is the mean of at most so many samples down and across


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a square chip lies in a picture: the place z = x + iy of the chip lies at turn * z + shift."""

    turn: complex
    shift: complex

    @property
    def matrix(self) -> np.ndarray:
        """From the chip to the picture: float64 (2, 3)."""
        return np.array(
            [(self.turn.real, -self.turn.imag, self.shift.real), (self.turn.imag, self.turn.real, self.shift.imag)]
        )


def cut_chip(image: np.ndarray, landmarks_xy: np.ndarray, template_xy: np.ndarray, side: int) -> np.ndarray:
    """The aligned face, uint8 (side, side, 3) RGB: `cut` where `placed` puts it."""
    return cut(image, placed(landmarks_xy, template_xy), side)


def cut(image: np.ndarray, place: Placed, side: int) -> np.ndarray:
    """A chip, uint8 (side, side, 3) RGB, cut from `image`, uint8 (H, W, 3), at full resolution.

    Where the face is larger than the chip, a pixel is the mean of k x k bilinear samples spread evenly over it, k = the
    scale rounded up, at most 8; else it is one sample. Black where the chip leaves the image.
    """
    turn, shift = place.turn, place.shift
    # OpenCV 4 takes no picture wider than 32,766.
    box = clip_box(box_around(place, side), (image.shape[1], image.shape[0]))
    if 0 in box_size(box):
        return np.zeros((side, side, 3), np.uint8)
    shift -= complex(box[0], box[1])

    samples = max(1, min(_MAX_SAMPLES, math.ceil(abs(turn) - 1e-6)))
    step = turn / samples  # the centre of sample s lies at (s + .5) / samples - .5 in the chip
    shift += turn * (0.5 / samples - 0.5) * (1 + 1j)
    matrix = Placed(step, shift).matrix
    size_wh = (side * samples,) * 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(np.ascontiguousarray(crop(image, box)), matrix, size_wh, flags=flags)
    return fine if samples == 1 else cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)


def box_around(place: Placed, side: int) -> Box:
    """The part of a picture that a chip is cut from, with the pixels that samples at its edge are mixed with."""
    corners = place.turn * (np.array([0, 1, 1j, 1 + 1j]) * side - 0.5 - 0.5j) + place.shift
    (left, top), (right, bottom) = ((f(corners.real), f(corners.imag)) for f in (np.min, np.max))
    return int(left) - 2, int(top) - 2, int(right) + 3, int(bottom) + 3


def placed(landmarks_xy: np.ndarray, template_xy: np.ndarray) -> Placed:
    """The similarity transform (turn, scale, shift) that brings points, (n, 2), in pixels of a picture, nearest to
    `template_xy`, (n, 2), in pixels of the chip, by least squares there.

    Points that all coincide are taken as a face of the chip's size.
    """
    points, template = (np.asarray(xy, np.float64) @ (1, 1j) for xy in (landmarks_xy, template_xy))
    centred = points - points.mean()
    spread = (abs(centred) ** 2).sum()
    to_chip = np.vdot(centred, template - template.mean()) / spread if spread > 0 else 0
    turn = 1 / to_chip if abs(to_chip) > 1e-6 else 1
    return Placed(complex(turn), complex(points.mean() - turn * template.mean()))
