"""The sound of a video, on its way into an MP4 file: its packets as they are, or a part of it encoded again."""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.audio import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Discard

from facepipe.media.guard import reading
from facepipe.media.timeline import Timeline
from facepipe.media.video import demuxed, open_video

Timed = tuple[float, list[av.Packet]]  # seconds since the part begins, packets to be written by then
_GAP_S = 0.05  # of silence that is put in where the sound's own times leave a gap; less is a file's rounding


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard in a video from `start_s` to `end_s`, seconds since its first frame; with `whole` all of it, copied
    packet by packet where an MP4 file can hold them. Only the first track that can be decoded counts.

    A video of joined recordings has none here: its sound's times are those of parts that are shown at others.
    """

    path: Path
    timeline: Timeline
    start_s: float = 0.0
    end_s: float = math.inf

    @property
    def whole(self) -> bool:
        return (self.start_s, self.end_s) == (0.0, math.inf)

    def packets(self, clip: OutputContainer) -> Iterator[Timed]:
        """Packets for `clip`, in the order of time. The clip has its stream once the first is there, which is before 0
        where the whole sound begins before the first picture.

        DecodeError: the file cannot be read.
        """
        if self.timeline.joined:
            return
        with reading(self.path, "a video"), open_video(self.path, index=self.timeline.stream) as (source, video):
            sound = first_sound(source)
            if sound is None:
                return
            zero_s = self._zero_s(video)
            video.discard = Discard.all
            lead_s = zero_s - (sound.start_time or 0) * sound.time_base
            lead_s = lead_s if self.whole and lead_s > _GAP_S else Fraction(0)  # less is what a decoder needs to start
            if self.whole and sound.codec.canonical_name in clip.supported_codecs:
                yield from _copied(source, sound, clip, zero_s, lead_s)
            else:
                begin_s = zero_s + Fraction(self.start_s) - lead_s
                yield from _encoded(source, sound, clip, begin_s, self.end_s - self.start_s, lead_s)

    def _zero_s(self, video: av.VideoStream) -> Fraction:
        """The first frame's time, on the file's clock."""
        if self.timeline.is_mapped:
            return int(self.timeline.packet_ticks[self.timeline.frame_packet[0]]) * self.timeline.time_base
        return (video.start_time or 0) * video.time_base


def first_sound(source: InputContainer) -> AudioStream | None:
    """The first sound that can be decoded, ready to be read."""
    sound = next((stream for stream in source.streams.audio if stream.codec_context is not None), None)
    if sound is not None:
        sound.discard = Discard.default
    return sound


def _copied(
    source: InputContainer, sound: AudioStream, clip: OutputContainer, zero_s: Fraction, lead_s: Fraction
) -> Iterator[Timed]:
    copy = clip.add_stream_from_template(sound, opaque=True)
    shift, last = round(zero_s / sound.time_base), -math.inf
    with _until_damaged():
        for packet in demuxed(source, sound):
            if packet.pts is None or not packet.size:
                continue
            pts = packet.pts - shift
            ends_s = (pts + (packet.duration or 0)) * sound.time_base
            if ends_s <= -lead_s or pts <= last:  # too early, or a time that goes back
                continue
            packet.pts = packet.dts = last = pts
            packet.stream = copy
            yield float(max(pts * sound.time_base, -lead_s)), [packet]


def _encoded(
    source: InputContainer,
    sound: AudioStream,
    clip: OutputContainer,
    zero_s: Fraction,
    lasts_s: float,
    lead_s: Fraction,
) -> Iterator[Timed]:
    rates = av.Codec("aac", "w").audio_rates or []
    rate = sound.codec_context.sample_rate
    rate = rate if rate in rates else 48_000
    track = clip.add_stream("aac", rate=rate, layout=_layout(sound))
    if zero_s:
        with _until_damaged():  # a file without an index is read from its start
            source.seek(int(zero_s / sound.time_base), stream=sound)
    done, most = 0, math.inf if lasts_s == math.inf else round(lasts_s * rate)
    lead = round(lead_s * rate)
    with _until_damaged():
        for at_s, samples in _samples(source, sound, rate, zero_s):
            begin = round(at_s * rate)
            if begin >= most:
                break
            if begin - done > _GAP_S * rate:
                samples = np.pad(samples, ((0, 0), (begin - done, 0)))
            elif begin < 0:  # it begins before the part
                samples = samples[:, max(0, -begin) :]
            samples = samples[:, : int(min(samples.shape[1], most - done))]
            if not samples.shape[1]:
                continue
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", track.codec_context.layout.name)
            frame.sample_rate, frame.pts, frame.time_base = rate, done - lead, Fraction(1, rate)
            yield (done - lead) / rate, track.encode(frame)
            done += samples.shape[1]
    yield (done - lead) / rate, track.encode(None)


def _layout(sound: AudioStream) -> str:
    """That which AAC has for so many channels; files may leave open which is which."""
    return {1: "mono", 6: "5.1", 8: "7.1"}.get(sound.codec_context.layout.nb_channels, "stereo")


def _samples(
    source: InputContainer, sound: AudioStream, rate: int, zero_s: Fraction
) -> Iterator[tuple[float, np.ndarray]]:
    """(seconds since `zero_s`, float32 (channels, n)) of what is decoded."""
    resampler = av.AudioResampler("fltp", _layout(sound), rate)
    for frame in chain.from_iterable(packet.decode() for packet in demuxed(source, sound)):
        if frame.pts is None:
            continue
        at_s = float(frame.pts * frame.time_base - zero_s)
        for part in resampler.resample(frame):
            samples = part.to_ndarray()
            yield at_s, samples
            at_s += samples.shape[1] / rate


@contextmanager
def _until_damaged() -> Iterator[None]:
    """What cannot be read of the sound is passed over: the pictures go on."""
    with suppress(av.FFmpegError):
        yield
