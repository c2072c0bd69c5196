"""Opening videos with PyAV, and decoded frames that become RGB when somebody asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.stream import Discard
from av.video.reformatter import ColorRange, VideoReformatter

from facepipe.errors import DecodeError
from facepipe.geometry import Size

MAX_PIXELS = 200_000_000  # a picture larger than this is refused: its RGB would take more than 600 MB

# Matrix coefficients as ITU-T H.273 numbers them -> SWS_CS_* of libswscale, by number: not every PyAV names them all.
_COLORSPACES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
_BT709, _BT601 = 1, 5
# SWS_AREA | SWS_FULL_CHR_H_INT, likewise. Area averaging does not alias; without the full-chroma flag shrunk pictures
# come out one level too dark.
_SHRINKING = 0x20 | 0x2000
_STRETCH_LIMIT = 10  # a pixel aspect beyond 10:1 is a broken tag

Orientation = tuple[bool, bool, bool]  # swap x and y, then mirror left-right, then top-bottom


@contextmanager
def open_video(path: Path, threads: int = 1) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The file and its first real video stream (cover art is none), ready to demux and decode.

    DecodeError: no such content, no video in it, or pictures above MAX_PIXELS.
    """
    try:
        # As a plain local file, whatever its name looks like, that cannot lead libav to other addresses.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise DecodeError(f"cannot read {path} as a video: {reason(error)}; is it complete, and a video?") from error
    with container:
        stream = next((s for s in container.streams.video if not _is_cover(s)), None)
        if stream is None:
            raise DecodeError(f"{path} holds no video (sound only?): give a file with pictures")
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all
        context = stream.codec_context
        if context is None:
            raise DecodeError(f"cannot decode {path}: its video codec is not supported; convert it to H.264")
        if context.width * context.height > MAX_PIXELS:
            claim = f"{context.width}x{context.height} pixels"
            raise DecodeError(f"{path} claims {claim}: more than {MAX_PIXELS // 10**6} megapixels are refused")
        context.thread_count = threads
        context.thread_type = "AUTO" if threads > 1 else "NONE"
        yield container, stream


def holds_video(path: Path) -> bool:
    """Whether the file's content is a video, whatever it is called."""
    try:
        with open_video(path) as (container, _):
            name = container.format.name
            return name != "tty" and not name.endswith("_pipe")  # text drawn as a picture; single pictures
    except DecodeError:
        return False


def reason(error: Exception) -> str:
    """What libav says about an error, without the path that it repeats."""
    return getattr(error, "strerror", None) or str(error)


class VideoPicture:
    """A decoded frame (a `records.Picture`): kept as the decoder made it, converted to RGB on demand.

    size_wh is the size that a person sees: rotated as the file says, non-square pixels stretched (never
    shrunk). It does not depend on the decoder any more and may be used from any thread.
    """

    __slots__ = ("_frame", "_orientation", "size_wh")

    def __init__(
        self, frame: av.VideoFrame, pixel_aspect: float = 1.0, orientation: Orientation = (False, False, False)
    ) -> None:
        """pixel_aspect: width of a pixel divided by its height. orientation: how it is turned upright."""
        self._frame = frame
        self._orientation = orientation
        width = round(frame.width * max(1.0, pixel_aspect))
        height = round(frame.height * max(1.0, 1 / pixel_aspect))
        if width * height > MAX_PIXELS:
            raise DecodeError(f"a frame of {width}x{height} is larger than {MAX_PIXELS // 10**6} megapixels")
        self.size_wh: Size = (height, width) if self._orientation[0] else (width, height)

    def rgb(self, size_wh: Size | None = None) -> np.ndarray:
        """RGB uint8 (H, W, 3), at full size or shrunk to `size_wh`, scaled and converted in one step."""
        size_wh = size_wh or self.size_wh
        transposed, mirrored, upside_down = self._orientation
        width, height = size_wh[::-1] if transposed else size_wh
        image = _convert(self._frame, width, height)
        if transposed:
            image = image.transpose(1, 0, 2)
        if mirrored:
            image = image[:, ::-1]
        if upside_down:
            image = image[::-1]
        return np.ascontiguousarray(image)


class Presentation:
    """How the frames of one stream are shown: makes their pictures.

    The display matrix is read once for each rotation that occurs: reading it ties a frame into a reference cycle,
    and frames would pile up by the hundred until the garbage collector comes round.
    """

    def __init__(self, stream: av.VideoStream) -> None:
        self._pixel_aspect = _pixel_aspect(stream)
        self._orientations: dict[int, Orientation] = {}

    def picture(self, frame: av.VideoFrame) -> VideoPicture:
        """The picture of a decoded frame. DecodeError: it is above MAX_PIXELS."""
        if frame.rotation not in self._orientations:
            self._orientations[frame.rotation] = _orientation(frame)
        return VideoPicture(frame, self._pixel_aspect, self._orientations[frame.rotation])


def _pixel_aspect(stream: av.VideoStream) -> float:
    """Width of a pixel divided by its height; 1 where the file does not say, or says nonsense."""
    aspect = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    return aspect if 1 / _STRETCH_LIMIT <= aspect <= _STRETCH_LIMIT else 1.0


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & type(stream.disposition).attached_pic)


def _orientation(frame: av.VideoFrame) -> Orientation:
    """From the display matrix that the file carries.

    The matrix (a b u, c d v, x y w; 16.16 fixed point) sends (x, y) to (a x + c y, b x + d y); of it the eight
    orientations of a rectangle are told apart, anything slanted is rounded to the nearest of them.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
    if abs(b) + abs(c) > abs(a) + abs(d):
        return True, c < 0, b < 0
    return False, a < 0, d < 0


def _convert(frame: av.VideoFrame, width: int, height: int) -> np.ndarray:
    """RGB uint8 (height, width, 3) of a frame as it is stored; what is transparent becomes white."""
    alpha = any(component.is_alpha for component in frame.format.components) or frame.format.has_palette
    colorspace = _COLORSPACES.get(frame.colorspace)
    if colorspace is None:  # untagged: what players assume
        colorspace = _BT709 if frame.width >= 1280 or frame.height > 576 else _BT601
    converted = VideoReformatter().reformat(
        frame,
        width,
        height,
        "rgba" if alpha else "rgb24",
        src_colorspace=colorspace,
        dst_color_range=ColorRange.JPEG,
        interpolation=_SHRINKING,
        threads=1,
    )
    image = converted.to_ndarray()
    return _over_white(image) if alpha else image


def _over_white(rgba: np.ndarray) -> np.ndarray:
    cover = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * cover + 255 * (255 - cover) + 127) // 255).astype(np.uint8)
