"""Decoding the frames that are wanted, and as few of the others as that allows."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

import av

from facepipe.callbacks import no_warning
from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.media.ahead import ahead
from facepipe.media.guard import reading
from facepipe.media.memory import READY_BYTES, frame_bytes, most_decoders
from facepipe.media.needed import entries, needed_packets
from facepipe.media.timeline import Timeline, read_timeline
from facepipe.media.video import demuxed, open_video, place_of, reason
from facepipe.media.video_picture import Presentation, VideoPicture

# Codecs that mark reliably which frames no other frame needs.
_SKIPPABLE = frozenset("h264 mpeg1video mpeg2video mpeg4".split())
_EARLIER = (0, 2, 20)  # seconds before a keyframe at which it is looked for: some containers are entered too late
_PATIENCE = 4  # wanted frames that may arrive before one that is due, until that one counts as lost
BATCH = 4  # wanted frames that a thread decodes at once, or somewhat more: as many as a keyframe starts


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """A frame in the order shown. ticks: since the first frame, in the stream's time base, ascending."""

    index: int
    ticks: int
    is_key: bool
    picture: VideoPicture


class _NoEntry(DecodeError):
    """A file that cannot be entered at some keyframe."""


def decode_frames(
    path: Path, timeline: Timeline, indices: Sequence[int], threads: int = 1
) -> Iterator[VideoPicture | None]:
    """The pictures of the frames at `indices` (ascending) of a mapped timeline; None for one that is damaged.

    Packets of stretches without a wanted frame are passed over, decoding starts again at the last keyframe that a
    wanted frame needs, and frames that no other frame refers to are skipped. With several threads each enters the file
    at keyframes of its own: the threads of a decoder itself are of little use where so much is passed over, and make up
    other pixels for damaged bytes. Where a file cannot be entered it is read through once. Frames whose keyframe turns
    out to be none (or is damaged) are decoded from the file's start, and no others, so that a frame is the same
    whatever else is wanted; of a part of a timeline, which is read from its first keyframe on, they are None.
    DecodeError: there is no getting there.
    """
    given = behind = 0
    with reading(path, "a video"), ExitStack() as opened:
        through: Iterator[VideoPicture | None] | None = None
        for way in (partial(_decode_ahead, threads=threads), partial(_decode, restart=True)):
            for picture in way(path, timeline, indices[given:]):
                if picture is None and timeline.can_restart and not timeline.is_part:
                    if through is None:
                        behind = given
                        through = opened.enter_context(closing(_decode(path, timeline, indices[given:], restart=False)))
                    picture, behind = next(islice(through, given - behind, None), None), given + 1
                given += 1
                yield picture


def decode_chosen(
    path: Path, timeline: Timeline, indices: Sequence[int], threads: int = 1
) -> Iterator[VideoPicture | None]:
    """As `decode_frames`, of any timeline: where it is not mapped, every frame up to the last of these is decoded."""
    if timeline.is_mapped:
        yield from decode_frames(path, timeline, indices, threads)
        return
    due = deque(indices)
    for frame in decode_all(path, threads, no_warning) if due else ():
        while due and due[0] < frame.index:
            due.popleft()
            yield None
        if due and due[0] == frame.index:
            due.popleft()
            yield frame.picture
        if not due:
            return
    yield from (None for _ in due)


def decode_all(path: Path, threads: int, report: Callable[[str], None]) -> Iterator[DecodedFrame]:
    """Every frame of a file; where its timeline is mapped, those of the timeline, with its indices and times.

    Otherwise its timestamps may be missing, repeat or jump back: then frames follow at the usual rate.
    `report` is told in one line what kept frames from being read.
    """
    timeline = read_timeline(path)
    faults: list[str] = []
    with (
        reading(path, "a video"),
        open_video(path, threads, timeline.stream, lenient=timeline.lenient) as (container, stream),
    ):
        shown = Presentation(path, stream, timeline.first_aspect)
        frames = _all_frames(container, stream, timeline, faults)
        numbered = (
            _number_mapped(frames, timeline) if timeline.is_mapped else _number_in_passing(frames, stream, timeline)
        )
        for index, ticks, frame in numbered:
            yield DecodedFrame(index, ticks, bool(frame.key_frame), shown.picture(frame))
    if faults:
        report(f"{len(faults)} damaged places, the first is {faults[0]}")


def _all_frames(
    container: av.container.InputContainer, stream: av.VideoStream, timeline: Timeline, faults: list[str]
) -> Iterator[av.VideoFrame]:
    for packet in _packets(container, stream, timeline, faults):
        yield from _fed(stream.codec_context, packet, faults)


def _number_mapped(frames: Iterator[av.VideoFrame], timeline: Timeline) -> Iterator[tuple[int, int, av.VideoFrame]]:
    """(index, ticks, frame) of the frames that a timeline knows."""
    ticks = timeline.packet_ticks[timeline.frame_packet]
    index_of = {tick: index for index, tick in enumerate(ticks.tolist())}
    last = -1
    for frame in frames:
        index = index_of.get(frame.pts, -1)
        if index > last:
            last = index
            yield index, int(ticks[index] - ticks[0]), frame


def _number_in_passing(
    frames: Iterator[av.VideoFrame], stream: av.VideoStream, timeline: Timeline
) -> Iterator[tuple[int, int, av.VideoFrame]]:
    """(index, ticks, frame) of all frames, in the order in which they come.

    A container that knows decoding times only (AVI) puts these down as presentation times, which jump to and fro once
    frames are in the order shown. So of the two, as libav's players do, whichever went back less often counts, among
    the first frames that the timeline was made with, too: a change of mind would leave a gap.
    """
    usual = max(1, round(1 / ((stream.average_rate or 25) * stream.time_base)))
    ticks, shift = -usual, None
    last: dict[str, int] = {}
    went_back: Counter[str] = Counter(pts=int(timeline.swaps_times))
    for index, frame in enumerate(frames):
        for name, stamp in (("pts", frame.pts), ("dts", frame.dts)):
            if stamp is not None:
                went_back[name] += stamp <= last.get(name, stamp - 1)
                last[name] = stamp
        by_pts = went_back["pts"] <= went_back["dts"]
        stamp = frame.pts if frame.pts is not None and by_pts else frame.dts
        if stamp is None or shift is None or stamp + shift <= ticks:
            shift = (ticks + usual) - (stamp or 0)
        ticks = ticks + usual if stamp is None else stamp + shift
        yield index, ticks, frame


def _packets(
    container: av.container.InputContainer, stream: av.VideoStream, timeline: Timeline, faults: list[str]
) -> Iterator[av.Packet | None]:
    """The stream's packets, then None (which makes a decoder give what it holds); an error ends them early.

    Those of joined recordings get the times that the timeline has for them.
    """
    place = 0
    given = _packets_of_part(container, stream, timeline) if timeline.is_part else demuxed(container, stream)
    try:
        for packet in given:
            if not packet.size:
                continue
            if timeline.joined and timeline.is_mapped and place < len(timeline.packet_ticks):
                tick = int(timeline.packet_ticks[place])
                packet.dts = None if packet.dts is None else packet.dts + tick - packet.pts
                packet.pts = tick
            yield packet
            place += 1
    except av.FFmpegError as error:
        faults.append(f"where reading broke off ({reason(error)})")
    yield None


def _packets_of_part(
    container: av.container.InputContainer, stream: av.VideoStream, timeline: Timeline
) -> Iterator[av.Packet]:
    """The packets of a part of a timeline. DecodeError: the file cannot be entered where the part begins.

    Times may be others after a seek: those of AVI are counted by its index, which may be damaged. So the first packet
    has to lie where it did.
    """
    first, place = int(timeline.packet_ticks[0]), int(timeline.packet_pos[0])
    for seconds in _EARLIER:
        with suppress(av.FFmpegError):  # of a damaged index, without which the file can be read through
            container.seek(first - int(seconds / timeline.time_base), stream=stream)
            packets = (packet for packet in demuxed(container, stream) if packet.size)
            for packet in packets:
                if packet.pts == first and place_of(packet) == place:
                    return islice(chain([packet], packets), len(timeline.packet_ticks))
                if packet.pts is None or packet.pts > first:
                    break
    at = float(first * timeline.time_base)
    raise _NoEntry(f"{printable(container.name)} cannot be entered at {at:.1f} s")


def _fed(decoder: av.VideoCodecContext, packet: av.Packet | None, faults: list[str]) -> list[av.VideoFrame]:
    """The frames that come out when `packet` goes in."""
    try:
        return decoder.decode(packet)
    except av.FFmpegError as error:
        faults.append(f"a frame that cannot be decoded ({reason(error)})")
        return []


def _decode_ahead(
    path: Path, timeline: Timeline, indices: Sequence[int], *, threads: int
) -> Iterator[VideoPicture | None]:
    """`decode_frames` on several threads, until the file cannot be entered; nothing where it is not worth it, or
    the file is known to be damaged. Where it is and nobody knew, the pixels that a decoder makes up may be others."""
    threads = min(threads, most_decoders(timeline.size_wh))
    batches = [] if threads < 2 or timeline.fault else timeline.batches(indices, BATCH)
    if len(batches) < 2:
        return

    @contextmanager
    def opened() -> Iterator[Callable[[tuple[Sequence[int], int]], Iterator[VideoPicture | None]]]:
        with open_video(path, index=timeline.stream, lenient=timeline.lenient) as (container, stream):
            shown = Presentation(path, stream, timeline.first_aspect)

            def pictures(batch: tuple[Sequence[int], int]) -> Iterator[VideoPicture | None]:
                return _wanted(container, stream, shown, timeline.part(*batch), range(len(batch[0])), restart=True)

            yield pictures

    try:
        with closing(ahead(batches, opened, threads, READY_BYTES // frame_bytes(timeline.size_wh))) as made:
            yield from chain.from_iterable(made)
    except _NoEntry:
        return


def _decode(path: Path, timeline: Timeline, indices: Sequence[int], *, restart: bool) -> Iterator[VideoPicture | None]:
    """`decode_frames` in one pass. With `restart`, what depends on a keyframe that proves to be none comes as None."""
    if indices:
        with open_video(path, index=timeline.stream, lenient=timeline.lenient) as (container, stream):
            shown = Presentation(path, stream, timeline.first_aspect)
            yield from _wanted(container, stream, shown, timeline, indices, restart=restart and timeline.can_restart)


def _wanted(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    shown: Presentation,
    timeline: Timeline,
    indices: Sequence[int],
    *,
    restart: bool,
) -> Iterator[VideoPicture | None]:
    """The pictures at `indices` of a timeline, or of a part of one, out of an open file: see `_decode`."""
    decoder = stream.codec_context
    wanted = timeline.frame_packet[list(indices)]
    needed, starts = needed_packets(timeline, wanted, restart)
    anew = entries(wanted, starts)
    due = deque(zip(timeline.packet_ticks[wanted].tolist(), wanted.tolist(), strict=True))
    kept, start_ticks = {ticks for ticks, _ in due}, set(timeline.packet_ticks[starts].tolist())
    arrived: dict[int, VideoPicture] = {}
    running, settled = False, 0  # what lies before this packet has arrived, or does not arrive any more
    for position, packet in enumerate(_packets(container, stream, timeline, [])):
        ends, frames = packet is None or position >= len(needed) or not needed[position], []
        if running and (ends or position in anew):
            frames, settled = _fed(decoder, None, []), position
            decoder.flush_buffers()
        running = not ends
        if not ends:
            if timeline.codec in _SKIPPABLE:
                decoder.skip_frame = "DEFAULT" if packet.pts in kept else "NONREF"
            frames += _fed(decoder, packet, [])
        for frame in frames:
            doubtful = restart and (frame.is_corrupt or (frame.pts in start_ticks and not frame.key_frame))
            if frame.pts in kept and not doubtful:
                arrived[frame.pts] = shown.picture(frame)
        while due and (due[0][0] in arrived or len(arrived) > _PATIENCE or due[0][1] < settled):
            yield arrived.pop(due.popleft()[0], None)
        if not due:
            return
    yield from (None for _ in due)
