"""Frames in 8-bit 4:2:0, as encoders take them and decoders give them; colours of BT.601 or BT.709, limited range."""

import av
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter

# Matrix coefficients as libswscale numbers them (SWS_CS_*) -> as ITU-T H.273 and files do.
TAGS = {1: 1, 5: 6}
BT709, BT601 = 1, 5


def video_frame(image: np.ndarray) -> av.VideoFrame:
    """RGB uint8 (H, W, 3) as a frame of its own, BT.709; of odd sides the last column or row is left out."""
    height, width = (side - side % 2 for side in image.shape[:2])
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), "rgb24")
    converted = VideoReformatter().reformat(
        frame, format="yuv420p", dst_colorspace=BT709, dst_color_range=ColorRange.MPEG, threads=1
    )
    return tagged(converted, BT709)


def tagged(frame: av.VideoFrame, matrix: int) -> av.VideoFrame:
    """`frame`, which now says by which matrix, as libswscale numbers them, its colours were coded."""
    frame.colorspace, frame.color_range = TAGS[matrix], ColorRange.MPEG
    return frame


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """Y, Cb and Cr of a yuv420p frame: uint8 (h, w) each, the frame's own memory."""
    return [
        np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)[
            :, : plane.width
        ]
        for plane in frame.planes
    ]


def upright(frame: av.VideoFrame, orientation: tuple[bool, bool, bool]) -> av.VideoFrame:
    """A copy of a yuv420p frame turned by an orientation (see `video_picture`), of even sides."""
    transposed, mirrored, upside_down = orientation
    turned = [
        (plane.T if transposed else plane)[:: -1 if upside_down else 1, :: -1 if mirrored else 1]
        for plane in planes(frame)
    ]
    height, width = (side - side % 2 for side in turned[0].shape)
    copy = av.VideoFrame(width, height, "yuv420p")
    for plane, room in zip(turned, planes(copy), strict=True):
        room[:] = plane[: room.shape[0], : room.shape[1]]
    return copy
