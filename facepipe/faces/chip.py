"""Upright chips for networks that were trained on other ones than dlib's."""

import math

import cv2
import numpy as np

from facepipe.geometry import box_size, clip_box, crop

_MAX_SAMPLES = 8  # a pixel of a chip is the mean of at most so many samples down and across


def cut_chip(image: np.ndarray, landmarks_xy: np.ndarray, template_xy: np.ndarray, side: int) -> np.ndarray:
    """The aligned face, uint8 (side, side, 3) RGB, cut from `image`, uint8 (H, W, 3), at full resolution.

    landmarks_xy: dlib's points, (5, 2), in pixels of `image`, as `Aligner.landmarks` returns them. The similarity
    transform (turn, scale, shift) that brings them nearest to `template_xy`, (5, 2), by least squares in the chip, says
    where each pixel of the chip lies. Where the face is larger than the chip, a pixel is the mean of k x k bilinear
    samples spread evenly over it, k = the scale rounded up, at most 8; else it is one sample. Black where the chip
    leaves the image. Points that all coincide are taken as a face of the chip's size.
    """
    turn, shift = _from_chip(landmarks_xy, template_xy)
    corners = turn * (np.array([0, 1, 1j, 1 + 1j]) * side - 0.5 - 0.5j) + shift
    (left, top), (right, bottom) = ((f(corners.real), f(corners.imag)) for f in (np.min, np.max))
    # With the pixels that samples at the edge are mixed with. OpenCV 4 takes no picture wider than 32,766.
    box = clip_box((int(left) - 2, int(top) - 2, int(right) + 3, int(bottom) + 3), (image.shape[1], image.shape[0]))
    if 0 in box_size(box):
        return np.zeros((side, side, 3), np.uint8)
    shift -= complex(box[0], box[1])

    samples = max(1, min(_MAX_SAMPLES, math.ceil(abs(turn) - 1e-6)))
    step = turn / samples  # the centre of sample s lies at (s + .5) / samples - .5 in the chip
    shift += turn * (0.5 / samples - 0.5) * (1 + 1j)
    matrix = np.array([(step.real, -step.imag, shift.real), (step.imag, step.real, shift.imag)])
    size_wh = (side * samples,) * 2
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(np.ascontiguousarray(crop(image, box)), matrix, size_wh, flags=flags)
    return fine if samples == 1 else cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)


def _from_chip(landmarks_xy: np.ndarray, template_xy: np.ndarray) -> tuple[complex, complex]:
    """(a, b): the place z = x + iy of the chip lies at a z + b in the picture."""
    points, template = (np.asarray(xy, np.float64) @ (1, 1j) for xy in (landmarks_xy, template_xy))
    centred = points - points.mean()
    spread = (abs(centred) ** 2).sum()
    to_chip = np.vdot(centred, template - template.mean()) / spread if spread > 0 else 0
    turn = 1 / to_chip if abs(to_chip) > 1e-6 else 1
    return complex(turn), complex(points.mean() - turn * template.mean())
