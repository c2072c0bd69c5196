"""Opening videos with PyAV."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
from av.stream import Discard

from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.media.guard import reading
from facepipe.media.video_picture import MAX_PIXELS

_LISTS = frozenset({"concat"})  # "formats" that are lists of other files
_PASSED_OVER = 1 << 14  # bytes; a demuxer that gives up and can go on has looked through at least that many


@contextmanager
def open_video(
    path: Path, threads: int = 1, index: int | None = None, *, lenient: bool = False
) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The file and one of its video streams, ready to demux and decode: the largest that can be, or that at `index`.

    lenient: what breaks off in the middle is shown as well as it can be. DecodeError: no such content, no video in it,
    or pictures above MAX_PIXELS.
    """
    # As a plain local file, whatever its name looks like, that cannot lead libav to other addresses.
    with _opening(path):
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    with container:
        if container.format.name in _LISTS:
            raise DecodeError(f"{printable(path)} is a list of other files and no video: give the files themselves")
        with reading(path, "a video"):
            stream = container.streams[usable_streams(path, container)[0] if index is None else index]
            for other in container.streams:
                if other is not stream:
                    other.discard = Discard.all
            if stream.codec_context.codec.canonical_name == "mjpeg" and not lenient:  # else a frame that breaks off is
                stream.codec_context.options = {"err_detect": "explode"}  # shown with the rest of whichever lay there
            stream.codec_context.thread_count = threads
            stream.codec_context.thread_type = "AUTO" if threads > 1 else "NONE"
        yield container, stream


def duration_s(container: av.container.InputContainer) -> float:
    """How long a file says that it lasts, 0 where it does not. Matroska says when it ends, wherever it begins."""
    ends = container.duration or 0
    return (ends - (container.start_time or 0) if "matroska" in container.format.name else ends) / av.time_base


def demuxed(
    container: av.container.InputContainer,
    streams: av.stream.Stream | Sequence[av.stream.Stream],
    on_gap: Callable[[], None] = lambda: None,
) -> Iterator[av.Packet]:
    """The packets of `streams`, those behind a stretch of nothing too, of which `on_gap` is told.

    In a recording with zeros where a disk could not be written or read, libav gives up ever so often and asks to be
    called again. FFmpegError: it breaks off for another reason.
    """
    for _ in range(max(container.size, 0) // _PASSED_OVER + 1):
        try:
            yield from container.demux(streams)
            return
        except av.BlockingIOError:
            on_gap()


def place_of(packet: av.Packet) -> int:
    """The byte of the file where it begins, -1 where the container does not tell."""
    return -1 if packet.pos is None else packet.pos


def usable_streams(path: Path, container: av.container.InputContainer) -> list[int]:
    """Indices of the streams with pictures that there is a decoder for, the largest pictures first.

    Cover art is no video. DecodeError: there is none; it says why.
    """
    videos = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not videos:
        raise DecodeError(f"{printable(path)} holds no video (sound only?): give a file with pictures")
    known = [stream for stream in videos if stream.codec_context is not None]
    if not known:
        raise DecodeError(f"cannot decode {printable(path)}: its video codec is not supported; convert it to H.264")
    sizes = {stream.index: stream.codec_context.width * stream.codec_context.height for stream in known}
    usable = [index for index, size in sizes.items() if size <= MAX_PIXELS]
    if not usable:
        context = known[0].codec_context
        claim = f"{context.width}x{context.height} pixels"
        raise DecodeError(f"{printable(path)} claims {claim}: more than {MAX_PIXELS // 10**6} megapixels are refused")
    return sorted(usable, key=lambda index: (-sizes[index], index))


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


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        why = f"cannot read {printable(path)} as a video: {printable(reason(error))}"
        raise DecodeError(f"{why}; is it complete, and a video?") from error


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & type(stream.disposition).attached_pic)
