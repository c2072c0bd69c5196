"""Small videos as cameras and television make them: interlaced, joined, with sound, in high dynamic range."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from clips import numbered

RATE = 25


def write_interlaced(path: Path, moments: Iterable[np.ndarray]) -> Path:
    """MPEG-2 whose upper fields show the even ones of `moments` (50 a second, RGB), the lower ones those between."""
    moments = list(moments)
    height, width = moments[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count, stream.codec_context.bit_rate = 1, 20_000_000
        stream.codec_context.options = {"qmin": "2", "qmax": "2", "flags": "+ilme+ildct"}
        graph = _interlacing(width, height)
        for number in range(len(moments) // 2):
            image = moments[2 * number].copy()
            image[1::2] = moments[2 * number + 1][1::2]
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            graph.push(frame)
            container.mux(stream.encode(graph.pull()))
        container.mux(stream.encode(None))
    return path


def _interlacing(width: int, height: int) -> Graph:
    """From RGB to 4:2:0, field by field, flagged."""
    graph = Graph()
    steps = [
        graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1, RATE)),
        graph.add("scale", "interl=1:flags=accurate_rnd"),
        graph.add("format", "yuv420p"),
        graph.add("setfield", "tff"),
        graph.add("buffersink"),
    ]
    for before, after in pairwise(steps):
        before.link_to(after)
    graph.configure()
    return graph


def write_streams(
    path: Path,
    sizes_wh: Iterable[tuple[int, int]] = ((160, 90),),
    seconds: int = 2,
    sound_s: float = 0,
    codec: str = "libx264",
) -> Path:
    """Several video streams of numbered frames, and sound that lasts as long as `sound_s`."""
    with av.open(str(path), "w") as container:
        videos = []
        for width, height in sizes_wh:
            video = container.add_stream(codec, rate=RATE)
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            videos.append(video)
        sound = container.add_stream("aac", rate=44100) if sound_s else None
        for number in range(seconds * RATE):
            for video in videos:
                frame = av.VideoFrame.from_ndarray(numbered(number, (video.width, video.height)), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                container.mux(video.encode(frame))
        for video in videos:
            container.mux(video.encode(None))
        for start in range(0, int(sound_s * 44100), 1024):
            samples = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            samples.rate, samples.pts, samples.time_base = 44100, start, Fraction(1, 44100)
            container.mux(sound.encode(samples))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


def hdr_frame(signal: float, transfer: int, size_wh: tuple[int, int] = (64, 48)) -> av.VideoFrame:
    """A grey frame of 10 bits, limited range, BT.2020, of a PQ (16) or HLG (18) signal, 0..1."""
    frame = av.VideoFrame(*size_wh, "yuv444p10le")
    for number, plane in enumerate(frame.planes):
        value = 512 if number else round(64 + 876 * signal)
        plane.update(np.full((plane.height, plane.line_size // 2), value, np.uint16).tobytes())
    frame.colorspace, frame.color_range = 9, 1
    frame.color_trc, frame.color_primaries = transfer, 9
    return frame
