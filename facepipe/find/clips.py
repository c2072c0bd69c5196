"""Cutting a segment out of a video into an MP4 file.

By default packets are copied as they are, sound too: nothing is decoded or lost, it takes a moment, and the clip
begins at the last keyframe before the segment. Cut exactly, or where an MP4 file cannot hold what the video holds,
the pictures are encoded again.
"""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from facepipe.callbacks import no_warning
from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.media.decode import decode_all, decode_frames
from facepipe.media.sound import Sound, first_sound
from facepipe.media.timeline import Timeline, read_timeline
from facepipe.media.video import demuxed, open_video, reason
from facepipe.media.video_picture import VideoPicture
from facepipe.media.video_writer import VideoWriter


def cut_clip(path: Path, start_s: float, end_s: float, target: Path, *, exact: bool = False) -> None:
    """Write what `path` shows from `start_s` to `end_s`, in seconds since its first frame, with its sound.

    target: a path that ends in .mp4; what is there is overwritten. DecodeError: nothing can be read there.
    """
    timeline = read_timeline(path)
    try:
        if not exact and timeline.is_mapped and not timeline.joined:
            # Some files have no index, or one that leads past the keyframe: then they are read from their start.
            for seek in (True, False):
                with suppress(av.FFmpegError):  # what cannot be copied can still be encoded
                    if _copy(path, timeline, start_s, end_s, target, seek=seek):
                        return
        _encode(path, timeline, start_s, end_s, target)
    except av.FFmpegError as error:
        raise DecodeError(f"cannot cut a clip out of {printable(path)}: {reason(error)}") from error


def _copy(path: Path, timeline: Timeline, start_s: float, end_s: float, target: Path, *, seek: bool) -> bool:
    """Copy packets from the keyframe before `start_s` on; False where that cannot be done."""
    stamps = _stamps(timeline, start_s, end_s)
    key, last = min(stamps), max(stamps)
    ends_s = max(last * timeline.time_base, _zero(timeline) * timeline.time_base + Fraction(end_s))  # a slide stays
    with open_video(path, index=timeline.stream) as (source, video), av.open(f"file:{target}", "w") as clip:
        streams = [stream for stream in (video, first_sound(source)) if stream is not None]
        if not {stream.codec.canonical_name for stream in streams} <= clip.supported_codecs:
            return False
        copies = {stream.index: clip.add_stream_from_template(stream, opaque=True) for stream in streams}
        if seek:
            source.seek(key, stream=video)
        running = set(copies)
        for packet in demuxed(source, streams):
            if packet.pts is None or packet.stream_index not in running:
                continue
            if packet.stream_index == video.index:
                pts, dts = packet.pts - key, stamps.pop(packet.pts, None)
                if not stamps:
                    running.discard(video.index)
            else:
                pts = dts = packet.pts - round(key * video.time_base / packet.time_base)
                if packet.pts * packet.time_base > ends_s:
                    running.discard(packet.stream_index)
            if dts is not None and pts >= 0 and packet.stream_index in copies:
                packet.pts, packet.dts, packet.stream = pts, dts, copies[packet.stream_index]
                clip.mux_one(packet)
            if not running:
                break
    return not stamps


def _stamps(timeline: Timeline, start_s: float, end_s: float) -> dict[int, int]:
    """Which video packets make the clip: presentation time of each -> its decoding time after the first.

    From the last keyframe before the start to the last packet that shows something before the end, with all that are
    shown in between. Decoding times are made anew, since not every file has them: the presentation times in ascending
    order, so much earlier that none comes after its own.
    """
    ticks = timeline.packet_ticks
    first = _zero(timeline)
    start, end = (first + round(seconds / timeline.time_base) for seconds in (start_s, end_s))
    keys = ticks[timeline.packet_key & (ticks >= first)]
    key = keys[keys <= start].max(initial=keys.min())
    begin = int(np.flatnonzero(ticks == key)[0])
    last = ticks[begin : int(np.flatnonzero(ticks <= max(end, key)).max()) + 1].max()
    chosen = ticks[begin : int(np.flatnonzero(ticks <= last).max()) + 1]
    chosen = chosen[(chosen >= key) & (chosen <= last)]  # what is shown before the keyframe refers to what precedes it
    order = np.sort(chosen)
    return dict(zip(chosen.tolist(), (order - (order - chosen).max() - key).tolist(), strict=True))


def _zero(timeline: Timeline) -> int:
    """When the first frame is shown, in ticks of the file."""
    return int(timeline.packet_ticks[timeline.frame_packet[0]])


def _encode(path: Path, timeline: Timeline, start_s: float, end_s: float, target: Path) -> None:
    """Decode the segment and encode it anew, as a person sees it: upright, with square pixels."""
    pictures = _pictures(path, timeline, start_s, end_s)
    begin, picture = next(pictures, (0, None))
    if picture is None:
        raise DecodeError(f"{printable(path)} shows nothing from {start_s:.1f} s to {end_s:.1f} s")
    sound = Sound(path, timeline, start_s, end_s)
    with VideoWriter(target, timeline.time_base, timeline.rate, sound) as clip:
        ticks = begin
        while picture is not None:
            clip.write(picture.yuv420p(), ticks - begin)
            ticks, picture = next(pictures, (0, None))


def _pictures(path: Path, timeline: Timeline, start_s: float, end_s: float) -> Iterator[tuple[int, VideoPicture]]:
    """(ticks since the video's first frame, picture) of the segment."""
    start, end = (round(seconds / timeline.time_base) for seconds in (start_s, end_s))
    if timeline.is_mapped:
        ticks = timeline.frame_ticks
        indices = np.flatnonzero((ticks >= start) & (ticks <= end)).tolist()
        pictures = decode_frames(path, timeline, indices)
        yield from ((int(ticks[i]), p) for i, p in zip(indices, pictures, strict=True) if p is not None)
        return
    for frame in decode_all(path, 1, no_warning):
        if frame.ticks > end:
            return
        if frame.ticks >= start:
            yield frame.ticks, frame.picture
