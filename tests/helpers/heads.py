"""Clips of coloured squares for heads, which are where a made-up run says, with a tone for sound."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from dataset_world import SIZE_WH

HEAD = 48  # pixels a side
HUES = {"person_001": (230, 60, 60), "person_002": (60, 90, 230), "": (230, 220, 60)}
RATE = 8
ROOMS = ((40, 90, 60), (120, 100, 150), (90, 60, 20))

Way = Callable[[int], tuple[int, int] | None]  # frame -> (left, top) of a head, if it is there


def head_box(at: tuple[int, int]) -> tuple[int, int, int, int]:
    return at[0], at[1], at[0] + HEAD, at[1] + HEAD


def room(number: int, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray:
    """A background by which one shot is told from the next."""
    y, x = np.mgrid[: size_wh[1], : size_wh[0]]
    wall = np.array(ROOMS[number % len(ROOMS)], np.float64) * (0.7 + 0.3 * ((x // (20 + 13 * number)) % 2))[..., None]
    return np.where((y > size_wh[1] * 0.7)[..., None], wall[..., ::-1] / 2, wall).astype(np.uint8)


def pictures(frames: int, ways: Mapping[str, Way], cuts: tuple[int, ...] = (), size_wh=SIZE_WH) -> list[np.ndarray]:
    """RGB pictures of heads (a checked pattern in the person's hue) that go their ways; a new room at every cut."""
    shown = []
    for index in range(frames):
        image = room(sum(index >= cut for cut in cuts), size_wh)
        for person, way in ways.items():
            at = way(index)
            if at is not None:
                left, top, right, bottom = head_box(at)
                patch = image[top:bottom, left:right]
                patch[:] = np.array(HUES[person]) // (1 + np.indices(patch.shape[:2]).sum(0)[..., None] // 8 % 2)
        shown.append(image)
    return shown


def write_film(path: Path, images: list[np.ndarray], *, rate=RATE, sound: str = "", times: list[int] | None = None):
    """A video of pictures with a tone that sounds from 1 s to 2 s, by a codec (none: ""). times: in 1/1000 s."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=rate, options={"crf": "10", "preset": "veryfast"})
        video.height, video.width = images[0].shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        track = film.add_stream(sound, rate=48_000, layout="mono") if sound else None
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = times[index] if times else round(1000 * index / rate), Fraction(1, 1000)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        if track is not None:
            seconds = np.arange(int(len(images) / rate * 48_000)) / 48_000
            tone = np.where((seconds >= 1) & (seconds < 2), np.sin(seconds * 2 * np.pi * 440), 0)
            for begin in range(0, len(tone), 4800):
                samples = (tone[None, begin : begin + 4800] * 20_000).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, begin, Fraction(1, 48_000)
                film.mux(track.encode(frame))
            film.mux(track.encode(None))
    return path


def heard(path: Path) -> tuple[float, float]:
    """When a tone begins and ends in a file, in seconds."""
    loud, plain = [], av.AudioResampler("fltp")
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            (values,) = (part.to_ndarray() for part in plain.resample(frame))
            if np.abs(values).max() > 0.1:
                loud += [frame.time, frame.time + frame.samples / frame.sample_rate]
    return min(loud), max(loud)
