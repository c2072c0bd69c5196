"""Decoded frames of a video, which become RGB when somebody asks."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import ColorRange, VideoReformatter

from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.geometry import Size
from facepipe.media.deinterlace import can_deinterlace, deinterlaced
from facepipe.media.guard import reading
from facepipe.media.hdr import is_hdr, to_sdr
from facepipe.media.yuv import BT601, BT709, TAGS, tagged, upright, video_frame

# A frame larger than this is refused: with its planes and a copy, its RGB takes 0.75 GB. 8K films have a third of it.
MAX_PIXELS = 100_000_000

# Matrix coefficients as ITU-T H.273 numbers them -> SWS_CS_* of libswscale, by number: not every PyAV names them all.
_COLORSPACES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
# SWS_AREA | SWS_FULL_CHR_H_INT, likewise. Area averaging does not alias; without the full-chroma flag shrunk pictures
# come out one level too dark.
_SHRINKING = 0x20 | 0x2000
_DEEP = "gbrp16le"  # RGB of 16 bits. Not "rgb48le": with those flags and 4:2:0 at full size its colours are nonsense
_STRETCH_LIMIT = 10  # a pixel aspect beyond 10:1 is a broken tag
_PROBE = 16  # pixels a side of what is cut out of a frame to see its pixel aspect

_UNKNOWN = Fraction(0)  # a pixel aspect
Orientation = tuple[bool, bool, bool]  # swap x and y, then mirror left-right, then top-bottom


class VideoPicture:
    """A decoded frame (a `records.Picture`): kept as the decoder made it, converted to RGB on demand.

    size_wh is the size that a person sees: rotated as the file says, non-square pixels stretched (never
    shrunk). Interlaced frames show the moment of their upper field, HDR is mapped to SDR. It does not depend on the
    decoder any more and may be used from any thread.
    """

    __slots__ = ("_frame", "_orientation", "_path", "size_wh")

    def __init__(
        self,
        frame: av.VideoFrame,
        pixel_aspect: float = 1.0,
        orientation: Orientation = (False, False, False),
        path: Path = Path("a video"),
    ) -> None:
        """pixel_aspect: width of a pixel divided by its height. orientation: how it is turned upright.
        path: the file, to be named in errors. DecodeError: it is larger than MAX_PIXELS.
        """
        self._frame = frame
        self._orientation = orientation
        self._path = path
        width = round(frame.width * max(1.0, pixel_aspect))
        height = round(frame.height * max(1.0, 1 / pixel_aspect))
        if width * height > MAX_PIXELS:
            limit = f"more than {MAX_PIXELS // 10**6} megapixels are refused"
            raise DecodeError(f"{printable(path)} has a frame of {width}x{height}: {limit}")
        self.size_wh: Size = (height, width) if self._orientation[0] else (width, height)

    def rgb(self, size_wh: Size | None = None) -> np.ndarray:
        """RGB uint8 (H, W, 3), at full size or shrunk to `size_wh`, scaled and converted in one step.

        DecodeError: its pixels are of a kind that cannot be converted.
        """
        with reading(self._path, "a video"):
            return self._rgb(size_wh or self.size_wh)

    def yuv420p(self) -> av.VideoFrame:
        """A frame of its own in 8-bit 4:2:0, upright and at full size, for an encoder: see `media.yuv`.

        Of odd sides the last column or row is left out. Nothing goes through RGB that need not. DecodeError: as `rgb`,
        or it is too small for that.
        """
        if min(self.size_wh) < 2:
            size = "x".join(map(str, self.size_wh))
            raise DecodeError(f"{printable(self._path)} has a frame of {size}: too small to be made a video of")
        with reading(self._path, "a video"):
            frame = self._frame
            if can_deinterlace(frame) or is_hdr(frame.color_trc) or _has_alpha(frame):
                return video_frame(self._rgb(self.size_wh))
            transposed = self._orientation[0]
            width, height = self.size_wh[::-1] if transposed else self.size_wh
            matrix = _matrix(frame)
            kept = matrix if matrix in TAGS else BT709
            as_it_is = frame.format.name == "yuv420p" and frame.color_range != ColorRange.JPEG and kept == matrix
            if as_it_is and (frame.width, frame.height) == (width, height):
                return tagged(upright(frame, self._orientation), kept)
            plain = VideoReformatter().reformat(
                frame,
                width,
                height,
                "yuv420p",
                src_colorspace=matrix,
                dst_colorspace=kept,
                dst_color_range=ColorRange.MPEG,
                interpolation=_SHRINKING,
                threads=1,
            )
            return tagged(upright(plain, self._orientation), kept)

    def _rgb(self, size_wh: Size) -> np.ndarray:
        transposed, mirrored, upside_down = self._orientation
        width, height = size_wh[::-1] if transposed else size_wh
        if can_deinterlace(self._frame):
            matrix = _matrix(self._frame)
            image = deinterlaced(self._frame, width, height, lambda *field: _convert(*field, matrix))
        else:
            image = _convert(self._frame, width, height, _matrix(self._frame))
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

    The pixel aspect is what the file says of the stream, until frames say another one than the stream's first did: a
    broadcast that changes from 4:3 to 16:9, recordings that were joined.
    """

    def __init__(self, path: Path, stream: av.VideoStream, first_aspect: Fraction | None = None) -> None:
        """first_aspect: the pixel aspect of the stream's first frame; None where the first to come is that."""
        self._path = path
        self._stated = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
        self._decoder = stream.codec_context
        self._coded = self._decoder.sample_aspect_ratio
        self._orientations: dict[int, Orientation] = {}
        self.first_aspect = first_aspect

    def picture(self, frame: av.VideoFrame) -> VideoPicture:
        """The picture of a frame that the stream's decoder has just given. DecodeError: it is above MAX_PIXELS."""
        if frame.rotation not in self._orientations:
            self._orientations[frame.rotation] = _orientation(frame)
        coded = self._aspect_of(frame)
        if self.first_aspect is None:
            self.first_aspect = coded
        aspect = coded if coded and coded != self.first_aspect else self._stated
        return VideoPicture(frame, _sane(aspect), self._orientations[frame.rotation], self._path)

    def _aspect_of(self, frame: av.VideoFrame) -> Fraction:
        """The pixel aspect that a frame was coded with; 0 where it does not say.

        PyAV tells that of the decoder alone, which is ahead of the frames that it still holds back. So where it has
        changed, the frame itself is asked, until one has changed, too.
        """
        ahead = self._decoder.sample_aspect_ratio
        if ahead != self._coded:
            own = _probed_aspect(frame)
            if abs(own - (ahead or 1)) < abs(own - (self._coded or 1)):
                self._coded = ahead
        return self._coded or _UNKNOWN


def _probed_aspect(frame: av.VideoFrame) -> float:
    """A frame's own pixel aspect, to a thousandth, from how a filter scales it that knows it."""
    graph = Graph()
    steps = [
        graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25)),
        graph.add("crop", f"{_PROBE}:{_PROBE}:0:0"),
        graph.add("scale", f"w=trunc(1000*sar):h={_PROBE}:eval=frame"),
        graph.add("buffersink"),
    ]
    for before, after in pairwise(steps):
        before.link_to(after)
    graph.configure()
    graph.push(frame)
    return graph.pull().width / 1000


def _sane(aspect: Fraction | None) -> float:
    """Width of a pixel divided by its height; 1 where the file does not say, or says nonsense."""
    aspect = float(aspect or 1)
    return aspect if 1 / _STRETCH_LIMIT <= aspect <= _STRETCH_LIMIT else 1.0


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


def _matrix(frame: av.VideoFrame) -> int:
    """libswscale's number of the matrix that a frame's colours were coded with."""
    matrix = _COLORSPACES.get(frame.colorspace)
    if matrix is None:  # untagged: what players assume
        matrix = BT709 if frame.width >= 1280 or frame.height > 576 else BT601
    return matrix


def _convert(frame: av.VideoFrame, width: int, height: int, matrix: int) -> np.ndarray:
    """RGB uint8 (height, width, 3) of a frame as it is stored; what is transparent becomes white."""
    alpha = _has_alpha(frame)
    hdr = is_hdr(frame.color_trc)
    converted = VideoReformatter().reformat(
        frame,
        width,
        height,
        _DEEP if hdr else "rgba" if alpha else "rgb24",
        src_colorspace=matrix,
        dst_color_range=ColorRange.JPEG,
        interpolation=_SHRINKING,
        threads=1,
    )
    image = converted.to_ndarray()
    if hdr:
        return to_sdr(image, int(frame.color_trc), int(frame.color_primaries))
    return _over_white(image) if alpha else image


def _has_alpha(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components) or frame.format.has_palette


def _over_white(rgba: np.ndarray) -> np.ndarray:
    out = np.empty((*rgba.shape[:2], 3), np.uint8)
    for row, whole in zip(out, rgba, strict=True):  # since what is between takes several times the memory of both
        cover = whole[:, 3:].astype(np.uint16)
        row[:] = (whole[:, :3] * cover + 255 * (255 - cover) + 127) // 255
    return out
