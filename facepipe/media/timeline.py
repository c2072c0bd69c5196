"""A video's frames, known from its packets before anything is decoded.

Reading packets costs a few microseconds each. Where they map one to one to frames, they tell every frame's
timestamp and index, which frames can be decoded on their own, and where the file really ends; so frames
between samples need not be decoded at all.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import islice, pairwise
from operator import attrgetter
from pathlib import Path

import av
import numpy as np
from av.stream import Discard

from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.geometry import Size
from facepipe.media.guard import reading
from facepipe.media.joins import goes_back, joins, seams, shown_packets, stamps_in_one_row
from facepipe.media.remembered import Remembered
from facepipe.media.video import demuxed, duration_s, open_video, place_of, reason, usable_streams
from facepipe.media.video_picture import Presentation

_PROBED = 24  # packets decoded to see whether they map one to one to frames, and how large a person sees them
_INVISIBLE_FRAMES = {"vp8"}  # codecs whose packets may hold frames that are never shown
# Codecs whose keyframes start decoding afresh; in others (GIF, ...) everything before a frame is decoded.
_RESTARTABLE = frozenset("av1 h264 hevc mjpeg mpeg1video mpeg2video mpeg4 prores vp9".split())
_ROOM = 64 << 20  # bytes of timelines that are remembered: 30 hours of 25 frames a second
_NEAR = 8  # packets around a join that may be marked as corrupt, since counters of the transport start anew there


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """What a video holds.

    time_base: seconds a tick. size_wh: the size that a person sees of its first frame, whose pixel aspect was coded
        as `first_aspect`. stream: the index in the file of the stream that is looked at. codec: FFmpeg's name of it.
    packet_ticks: int64 (m,), presentation time of each packet in file order; packet_pos: int64 (m,), the byte where
        it begins, -1 where the container does not tell; packet_key: bool (m,), decodable on its own. All are empty
        where packets do not map one to one to frames (`is_mapped` is False).
    frame_packet: int64 (n,), the packet of each frame in the order in which frames are shown.
    joined: recordings were joined, of which the later start at an earlier time: `packet_ticks` puts them one after
        the other, and does not say what the file says.
    fault: how reading ended when it did not end well, "" when it did.
    swaps_times: the container puts down when packets are decoded as when they are shown, as AVI does.
    lenient: how the file is to be opened, see `open_video`: most frames of some cameras break off near their end.
    is_part: it is what `part` gave: its first packet is not the file's.
    """

    time_base: Fraction
    size_wh: Size
    first_aspect: Fraction
    stream: int
    codec: str
    packet_ticks: np.ndarray
    packet_pos: np.ndarray
    packet_key: np.ndarray
    frame_packet: np.ndarray
    joined: bool
    fault: str
    swaps_times: bool = False
    lenient: bool = False
    is_part: bool = False

    @property
    def is_mapped(self) -> bool:
        return len(self.frame_packet) > 0

    @property
    def frame_ticks(self) -> np.ndarray:
        """int64 (n,): presentation time of each frame, ascending, in ticks since the first."""
        ticks = self.packet_ticks[self.frame_packet]
        return ticks - ticks[:1]

    @property
    def nbytes(self) -> int:
        return self.packet_ticks.nbytes + self.packet_pos.nbytes + self.packet_key.nbytes + self.frame_packet.nbytes

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average; 25 where only decoding can tell."""
        ticks = self.frame_ticks
        return (len(ticks) - 1) / (int(ticks[-1]) * self.time_base) if len(ticks) > 1 else Fraction(25)

    @property
    def can_restart(self) -> bool:
        """Whether decoding can begin at keyframes."""
        return self.codec in _RESTARTABLE

    def decode_starts(self, packets: np.ndarray) -> list[int]:
        """For each of some packets that of the keyframe where decoding has to begin.

        A frame needs everything from the last keyframe that is neither read nor shown after it: pictures shown
        before a keyframe but stored after it (open groups of pictures) lean on the group before.
        """
        ticks, keys = self.packet_ticks, np.flatnonzero(self.packet_key).tolist()
        starts = []
        for packet in packets.tolist():
            place = bisect_right(keys, packet) - 1
            while place > 0 and ticks[keys[place]] > ticks[packet]:
                place -= 1
            starts.append(keys[place])
        return starts

    def batches(self, frames: Sequence[int], size: int) -> list[tuple[Sequence[int], int]]:
        """Some frames (ascending) in batches of `size` or somewhat more, in time order, each with the packet where its
        decoding begins: afresh, so that nothing is decoded twice. None of a video that is decoded from its start."""
        if not self.is_mapped or not self.can_restart or self.joined or not frames:
            return []
        starts = self.decode_starts(self.frame_packet[list(frames)])
        bounds = [0]
        for place in range(1, len(frames) - size + 1):
            if place - bounds[-1] >= size and starts[place] != starts[place - 1]:
                bounds.append(place)
        return [(frames[begin:end], min(starts[begin:end])) for begin, end in pairwise([*bounds, len(frames)])]

    def part(self, frames: Sequence[int], start: int) -> "Timeline":
        """What it takes to decode one of `batches`, whose frames are its frames 0, 1, ..., and no others: the packets
        from `start` to the last that they need."""
        wanted = self.frame_packet[list(frames)]
        end = int(wanted.max()) + 1
        return replace(
            self,
            packet_ticks=self.packet_ticks[start:end],
            packet_pos=self.packet_pos[start:end],
            packet_key=self.packet_key[start:end],
            frame_packet=wanted - start,
            is_part=True,
        )


_REMEMBERED = Remembered(_ROOM, attrgetter("nbytes"))


def read_timeline(path: Path) -> Timeline:
    """The timeline of a video file; remembered, since all of a file is read for it. DecodeError: not one frame can be
    decoded."""
    with reading(path, "a video"):
        state = path.stat()
        return _REMEMBERED.get((path, state.st_size, state.st_mtime_ns), partial(_read_timeline, path))


def _read_timeline(path: Path) -> Timeline:
    """Of the largest stream of which anything can be decoded."""
    with open_video(path) as (container, _):
        streams = usable_streams(path, container)
    for stream in streams:
        packets = _read_packets(path, stream)
        if packets.codec == "mjpeg" and len(packets.failed) > len(packets.decoded):
            packets = _read_packets(path, stream, lenient=True)
        if packets.size_wh is not None:
            return _timeline(path, packets)
    raise DecodeError(f"not one frame of {printable(path)} can be decoded: it is damaged, or not a video")


@dataclass(slots=True)
class _Packets:
    """What one reading of a stream's packets tells. ticks, stamps: presentation and decoding time of each; places:
    the bytes where they begin.

    flags: (is a keyframe, is not to be shown) of each. corrupt: packets marked so. decoded, decoded_at: timestamps of
    the first frames; failed: of packets among those that cannot be decoded. end: when the last picture is over, in
    ticks. claimed: the seconds that the file says it lasts; of_all: it says that of all streams together.
    """

    stream: int
    ticks: list[int | None] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    stamps: list[int | None] = field(default_factory=list)
    flags: list[tuple[bool, bool]] = field(default_factory=list)
    corrupt: list[int] = field(default_factory=list)
    decoded: list[int | None] = field(default_factory=list)
    decoded_at: list[int | None] = field(default_factory=list)
    failed: set[int | None] = field(default_factory=set)
    size_wh: Size | None = None
    first_aspect: Fraction = Fraction(0)
    time_base: Fraction = Fraction(1)
    codec: str = ""
    end: int = 0
    claimed: float = 0.0
    of_all: bool = False
    broke_off: str = ""
    lenient: bool = False

    def of_shown(self, times: list[int | None]) -> list[int | None]:
        """Times of packets, None for those that are not to be shown."""
        return [None if hidden else time for time, (_, hidden) in zip(times, self.flags, strict=True)]

    def note_gap(self) -> None:
        self.broke_off = "there are stretches of nothing in it"


def _read_packets(path: Path, index: int, *, lenient: bool = False) -> _Packets:
    found = _Packets(index, lenient=lenient)
    with open_video(path, index=index, lenient=lenient) as (container, stream):
        decoder, shown = stream.codec_context, Presentation(path, stream)
        found.time_base, found.codec = Fraction(stream.time_base), decoder.codec.canonical_name
        found.of_all = not stream.duration
        found.claimed = float((stream.duration or 0) * stream.time_base or duration_s(container))
        try:
            for packet in demuxed(container, stream, found.note_gap):
                if packet.size:
                    if packet.pts is not None:
                        found.end = max(found.end, packet.pts + (packet.duration or 0))
                    if packet.is_corrupt:
                        found.corrupt.append(len(found.ticks))
                    found.ticks.append(packet.pts)
                    found.places.append(place_of(packet))
                    found.stamps.append(packet.dts)
                    found.flags.append((packet.is_keyframe, packet.is_discard))
                if not found.decoded or len(found.ticks) <= _PROBED:
                    try:
                        frames = decoder.decode(packet)
                    except av.FFmpegError:
                        frames = []
                        found.failed.add(packet.pts)
                    for frame in frames:
                        found.size_wh = found.size_wh or shown.picture(frame).size_wh
                        found.decoded.append(frame.pts)
                        found.decoded_at.append(frame.dts)
        except av.FFmpegError as error:
            found.broke_off = f"reading broke off ({reason(error)})"
        found.first_aspect = shown.first_aspect or Fraction(0)
    return found


def _timeline(path: Path, packets: _Packets) -> Timeline:
    keys = [key for key, _ in packets.flags]
    stamps = packets.of_shown(packets.stamps)
    starts = joins(packets.of_shown(packets.ticks), stamps, keys, packets.time_base)
    mapped = None
    if packets.codec not in _INVISIBLE_FRAMES:
        mapped = _mapped(packets, [start for start, back in starts if back])
    fault = packets.broke_off
    torn = [place for place in packets.corrupt if all(abs(place - start) > _NEAR for start, _ in starts)]
    if torn and not set(torn) <= seams(stamps, keys, _NEAR):
        fault = fault or "it is damaged or cut off"
    packet_ticks, packet_key, frames = mapped or (np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, int))
    places = np.array(packets.places if mapped else [], np.int64)
    joined = any(back for _, back in starts)
    if mapped and not fault and not joined:
        lasts = float((packets.end - int(packet_ticks[frames[0]])) * packets.time_base)
        if _falls_short(packets.claimed, lasts) and not (
            packets.of_all and not _falls_short(packets.claimed, _end_of_others(path))
        ):
            fault = f"it claims {packets.claimed:.1f} s, but its pictures end after {lasts:.1f} s"
    facts = packets.time_base, packets.size_wh, packets.first_aspect, packets.stream, packets.codec
    swaps_times = goes_back(packets.decoded) > goes_back(packets.decoded_at)
    return Timeline(*facts, packet_ticks, places, packet_key, frames, joined, fault, swaps_times, packets.lenient)


def _falls_short(claimed: float, lasts: float) -> bool:
    return claimed > lasts + max(1.0, 0.02 * claimed)


def _end_of_others(path: Path) -> float:
    """Seconds from the file's start to the end of what is not pictures: sound may go on after them."""
    end = 0.0
    with open_video(path) as (container, _):
        start = (container.start_time or 0) / av.time_base
        others = [stream for stream in container.streams if stream.type in ("audio", "subtitle")]
        for stream in container.streams:
            stream.discard = Discard.default if stream in others else Discard.all
        try:
            for packet in demuxed(container, others) if others else ():
                if packet.pts is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start)
        except av.FFmpegError:
            pass  # it ends here
    return end


def _mapped(packets: _Packets, starts: list[int]):
    """(packet_ticks, packet_key, frame_packet), or None where packets and frames do not agree.

    They agree when every packet that is shown has its own timestamp and the frames decoded from the first packets are
    those that the packets announce. What stands before the first keyframe of a recording cannot be decoded and is no
    frame, nor is what an edit list discards. starts: packets with which recordings begin whose time goes back.
    """
    if None in packets.ticks:
        return None
    packet_ticks = stamps_in_one_row(np.array(packets.ticks, np.int64), starts)
    packet_key, discarded = (np.array(column, bool) for column in zip(*packets.flags, strict=True))
    told = packet_ticks[~discarded]
    if not packet_key.any() or len(np.unique(told)) != len(told):
        return None
    shown = ~discarded & shown_packets(packet_ticks, packet_key, starts)
    order = np.argsort(packet_ticks, kind="stable")
    frame_packet = order[shown[order]]
    announced = (tick for tick in packet_ticks[frame_packet].tolist() if tick not in packets.failed)
    if packets.decoded != [*islice(announced, len(packets.decoded))]:
        return None
    return packet_ticks, packet_key, frame_packet
