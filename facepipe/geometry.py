"""Box arithmetic.

A box is `(left, top, right, bottom)`, int pixels, half-open, in the source image as a person sees it.
Functions on many boxes take and return arrays of shape (n, 4).
"""

import math

import numpy as np

Box = tuple[int, int, int, int]
BoxF = tuple[float, float, float, float]  # the same with parts of pixels, or in shares of a picture's sides
Size = tuple[int, int]  # (width, height)


def box_size(box: Box) -> Size:
    """Width and height of a box; never negative."""
    left, top, right, bottom = box
    return max(0, right - left), max(0, bottom - top)


def clip_box(box: Box, size_wh: Size) -> Box:
    """The part of `box` that lies inside a picture of `size_wh`; an empty box at the border if none does."""
    width, height = size_wh
    left, right = (min(max(v, 0), width) for v in (box[0], box[2]))
    top, bottom = (min(max(v, 0), height) for v in (box[1], box[3]))
    return left, top, max(left, right), max(top, bottom)


def scale_box(box: BoxF, factor_x: float, factor_y: float | None = None) -> Box:
    """`box` in a picture resized by the factors, rounded to whole pixels."""
    factor_y = factor_x if factor_y is None else factor_y
    left, top, right, bottom = box
    return round(left * factor_x), round(top * factor_y), round(right * factor_x), round(bottom * factor_y)


def box_in(box: BoxF, size_wh: Size, other_wh: Size) -> Box:
    """`box` of a picture of `size_wh`, in the same picture of `other_wh`, rounded to whole pixels."""
    return scale_box(box, other_wh[0] / size_wh[0], other_wh[1] / size_wh[1])


def fit_within(size_wh: Size, max_wh: Size) -> Size:
    """The largest size with the same aspect ratio that fits into `max_wh`. Never upscales, never below 1 px."""
    width, height = size_wh
    factor = min(1.0, max_wh[0] / width, max_wh[1] / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def expand_box(box: Box, left: float, top: float, right: float, bottom: float) -> Box:
    """`box` grown by shares of its own width (left, right) and height (top, bottom), rounded."""
    width, height = box_size(box)
    return (
        math.floor(box[0] - left * width + 0.5),
        math.floor(box[1] - top * height + 0.5),
        math.floor(box[2] + right * width + 0.5),
        math.floor(box[3] + bottom * height + 0.5),
    )


def meet(one: BoxF, other: BoxF) -> bool:
    """Whether two boxes have anything in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def portrait_box(face: Box) -> Box:
    """Head and shoulders around a dlib-shaped face box (which ends at brows and chin); not clipped."""
    return expand_box(face, 0.6, 0.8, 0.6, 0.6)


def head_box(face: Box) -> Box:
    """Hair to chin, ear to ear, around a dlib-shaped face box; not clipped."""
    return expand_box(face, 0.15, 0.45, 0.15, 0.1)


def torso_box(face: Box) -> Box:
    """The clothing box under a face: three face widths wide, three face heights high, from the chin down.

    It may leave the picture; `crop_padded` fills what is outside with zeros.
    """
    width, height = box_size(face)
    return face[0] - width, face[3], face[2] + width, face[3] + 3 * height


def upper_body_box(face: Box) -> Box:
    """Head and clothing together: from above the hair to the end of the torso box; not clipped."""
    torso = torso_box(face)
    return torso[0], head_box(face)[1], torso[2], torso[3]


def body_box(face: Box) -> Box:
    """From above the hair to the feet of somebody who stands, by the canon of 7.5 heads; not clipped."""
    head = head_box(face)
    width, height = box_size(head)
    middle = (head[0] + head[2]) // 2
    return middle - round(1.3 * width), head[1], middle + round(1.3 * width), head[1] + round(7.5 * height)


def crop(image: np.ndarray, box: Box) -> np.ndarray:
    """The pixels of `image` (H, W, 3) inside `box`, clipped to the picture; a view."""
    left, top, right, bottom = clip_box(box, (image.shape[1], image.shape[0]))
    return image[top:bottom, left:right]


def visible_box(box: Box, size_wh: Size) -> Box:
    """`box` clipped to the picture, at least one pixel of it: a face never goes without its crop."""
    left, top, right, bottom = clip_box(box, size_wh)
    left, top = min(left, size_wh[0] - 1), min(top, size_wh[1] - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def crop_padded(image: np.ndarray, box: Box) -> tuple[np.ndarray, float]:
    """The pixels inside `box`, zeros where it leaves the picture, and the share of it that is inside (0..1).

    A view where all of it is inside.
    """
    width, height = box_size(box)
    if box == clip_box(box, (image.shape[1], image.shape[0])):
        return crop(image, box), float(width * height > 0)
    out = np.zeros((height, width, *image.shape[2:]), image.dtype)
    left, top, right, bottom = clip_box(box, (image.shape[1], image.shape[0]))
    out[top - box[1] : bottom - box[1], left - box[0] : right - box[0]] = image[top:bottom, left:right]
    inside = (right - left) * (bottom - top) / max(1, width * height)
    return out, inside


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of `a` (n, 4) with every box of `b` (m, 4): float64 (n, m)."""
    return iou(np.asarray(a, np.float64).reshape(-1, 1, 4), np.asarray(b, np.float64).reshape(1, -1, 4))


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes (..., 4), pair by pair as the shapes broadcast: float64 (...)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    high = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    inter = np.clip(wide, 0, None) * np.clip(high, 0, None)
    area_a = np.clip(a[..., 2] - a[..., 0], 0, None) * np.clip(a[..., 3] - a[..., 1], 0, None)
    area_b = np.clip(b[..., 2] - b[..., 0], 0, None) * np.clip(b[..., 3] - b[..., 1], 0, None)
    union = area_a + area_b - inter
    return np.divide(inter, union, out=np.zeros_like(inter), where=union > 0)


def to_yolo(box: Box, size_wh: Size) -> tuple[float, float, float, float]:
    """Centre x, centre y, width, height of `box`, each as a share (0..1) of the picture `size_wh`."""
    width, height = size_wh
    return (
        (box[0] + box[2]) / 2 / width,
        (box[1] + box[3]) / 2 / height,
        (box[2] - box[0]) / width,
        (box[3] - box[1]) / height,
    )
