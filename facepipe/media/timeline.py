"""A video's frames, known from its packets before anything is decoded.

Reading packets costs a few microseconds each. Where they map one to one to frames, they tell every frame's
timestamp and index, which frames can be decoded on their own, and where the file really ends; so frames
between samples need not be decoded at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from facepipe.errors import DecodeError
from facepipe.geometry import Size
from facepipe.media.video import Presentation, open_video, reason

_PROBED = 24  # packets decoded to see whether they map one to one to frames, and how large a person sees them
_INVISIBLE_FRAMES = {"vp8"}  # codecs whose packets may hold frames that are never shown


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """What a video holds.

    time_base: seconds a tick. size_wh: the size that a person sees.
    packet_ticks: int64 (m,), presentation time of each packet in file order; packet_key: bool (m,), decodable
        on its own. Both are empty where packets do not map one to one to frames (`is_mapped` is False).
    frame_packet: int64 (n,), the packet of each frame in the order in which frames are shown.
    fault: how reading ended when it did not end well, "" when it did.
    """

    time_base: Fraction
    size_wh: Size
    packet_ticks: np.ndarray
    packet_key: np.ndarray
    frame_packet: np.ndarray
    fault: str

    @property
    def is_mapped(self) -> bool:
        return len(self.frame_packet) > 0

    @property
    def frame_ticks(self) -> np.ndarray:
        """int64 (n,): presentation time of each frame, ascending, in ticks since the first."""
        ticks = self.packet_ticks[self.frame_packet]
        return ticks - ticks[:1]


def read_timeline(path: Path) -> Timeline:
    """The timeline of a video file; remembered for the last few files. DecodeError: not one frame can be decoded."""
    try:
        state = path.stat()
    except OSError as error:
        raise DecodeError(f"cannot read {path}: {error.strerror}; put it back, or leave it out") from error
    return _read_timeline(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4)
def _read_timeline(path: Path, _size: int, _mtime_ns: int) -> Timeline:
    ticks: list[int | None] = []
    flags: list[tuple[bool, bool]] = []
    decoded: list[int | None] = []  # timestamps only: pictures may be large
    size_wh: Size | None = None
    fault = ""
    with open_video(path) as (container, stream):
        decoder, shown = stream.codec_context, Presentation(stream)
        claimed = _claimed_seconds(container, stream)
        try:
            for packet in container.demux(stream):
                if packet.size:
                    ticks.append(packet.pts)
                    flags.append((packet.is_keyframe, packet.is_discard))
                    if packet.is_corrupt:
                        fault = "it is damaged or cut off"
                if not decoded or len(ticks) <= _PROBED:
                    for frame in _decoded(decoder, packet):
                        size_wh = size_wh or shown.picture(frame).size_wh
                        decoded.append(frame.pts)
        except av.FFmpegError as error:
            fault = f"reading broke off ({reason(error)})"
        time_base, codec = Fraction(stream.time_base), decoder.codec.canonical_name
    if size_wh is None:
        raise DecodeError(f"not one frame of {path} can be decoded: it is damaged, or not a video")
    packets = _mapped(ticks, flags, decoded) if codec not in _INVISIBLE_FRAMES else None
    packet_ticks, packet_key, frame_packet = packets or (np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, int))
    if packets and not fault:
        lasts = float((packet_ticks.max() - packet_ticks[frame_packet[0]]) * time_base)
        if claimed > lasts + max(1.0, 0.02 * claimed):
            fault = f"it claims {claimed:.1f} s, but its pictures end after {lasts:.1f} s"
    return Timeline(time_base, size_wh, packet_ticks, packet_key, frame_packet, fault)


def _decoded(decoder: av.VideoCodecContext, packet: av.Packet) -> list[av.VideoFrame]:
    try:
        return list(decoder.decode(packet))
    except av.FFmpegError:
        return []


def _claimed_seconds(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def _mapped(ticks: Sequence[int | None], flags: Sequence[tuple[bool, bool]], decoded: Sequence[int | None]):
    """(packet_ticks, packet_key, frame_packet), or None where packets and frames do not agree.

    They agree when every packet has its own timestamp and the frames `decoded` from the first packets are those
    that the packets announce. What stands before the first keyframe cannot be decoded and is no frame, nor is
    what an edit list discards.
    """
    if None in ticks or len(set(ticks)) != len(ticks):
        return None
    packet_ticks = np.array(ticks, np.int64)
    packet_key, discarded = (np.array(column, bool) for column in zip(*flags, strict=True))
    if not packet_key.any():
        return None
    first = int(np.argmax(packet_key))
    shown = ~discarded & (packet_ticks >= packet_ticks[first])
    order = np.argsort(packet_ticks, kind="stable")
    frame_packet = order[shown[order]]
    if decoded != packet_ticks[frame_packet][: len(decoded)].tolist():
        return None
    return packet_ticks, packet_key, frame_packet
