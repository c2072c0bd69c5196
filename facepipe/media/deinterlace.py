"""One moment out of an interlaced frame, whose odd and even lines were taken a fiftieth or sixtieth second apart."""

from collections.abc import Callable

import av
import cv2
import numpy as np

# By how many levels a line that is taken from the other field may leave the range of the lines above and below it.
# Faces that move at 0 to 700 px/s, distance of their vector from that of the same moment filmed progressively, mean
# (worst) of 48: as they are .24 (.37) at 200 px/s; one field with its gaps interpolated .10 (.13); so .07 (.10), and
# .04 without movement; 8 or 40 levels change that by less than .005.
_SLACK = 16

Convert = Callable[[av.VideoFrame, int, int], np.ndarray]  # (frame, width, height) -> RGB uint8 (height, width, 3)


def deinterlaced(frame: av.VideoFrame, width: int, height: int, convert: Convert) -> np.ndarray:
    """RGB uint8 (height, width, 3) of the moment that the upper field of `frame` shows.

    convert: scales and converts a progressive frame. Up to the height of a field, that field is all that is needed.
    """
    lines = frame.height // 2
    upper = _field(frame, 0)
    if height <= lines:
        return convert(upper, width, height)
    whole = _woven(convert(upper, width, lines), convert(_field(frame, 1), width, lines))
    if height == len(whole):
        return whole
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA if height < len(whole) else cv2.INTER_LINEAR)


def can_deinterlace(frame: av.VideoFrame) -> bool:
    """Whether a frame is flagged as interlaced, and has lines enough to be taken apart."""
    return frame.interlaced_frame and frame.height >= 32 and frame.width >= 32


def _field(frame: av.VideoFrame, parity: int) -> av.VideoFrame:
    """Every second line of a frame, from line `parity` on, as a frame of half the height."""
    field = av.VideoFrame(frame.width, frame.height // 2, frame.format.name)
    for source, target in zip(frame.planes, field.planes, strict=True):
        rows, room = (
            np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
            for plane in (source, target)
        )
        lines = rows[parity::2][: len(room), : room.shape[1]]
        room[: len(lines), : lines.shape[1]] = lines
        room[len(lines) :] = room[len(lines) - 1]  # an odd number of lines of colour
    field.colorspace, field.color_range = frame.colorspace, frame.color_range
    field.color_trc, field.color_primaries = frame.color_trc, frame.color_primaries
    return field


def _woven(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """A whole picture of two fields (h, w, 3): the upper's lines, and between them the lower's, brought to its moment.

    Where things have moved to between the fields is seen by optical flow (DIS: Kroeger et al., "Fast Optical Flow
    using Dense Inverse Search", 2016), which follows faces and leaves what stands still as sharp as it is. Where it
    errs, the lines around bound what it can do.
    """
    height, width = upper.shape[:2]
    small = [
        cv2.cvtColor(cv2.resize(field, (max(16, width // 2), height), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        for field in (upper, lower)
    ]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(*small, None)
    flow = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    flow = (flow + np.concatenate([flow[1:], flow[-1:]])) / 2  # at the lines between the upper's
    scale = width / small[0].shape[1]
    at_x = scale * flow[..., 0] + np.arange(width, dtype=np.float32)
    at_y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None] + 0.5
    between = cv2.remap(lower, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    below = np.concatenate([upper[1:], upper[-1:]])
    low = np.maximum(np.minimum(upper, below), _SLACK) - _SLACK
    high = np.minimum(np.maximum(upper, below), 255 - _SLACK) + _SLACK
    whole = np.empty((2 * height, width, 3), np.uint8)
    whole[0::2], whole[1::2] = upper, np.clip(between, low, high)
    return whole
