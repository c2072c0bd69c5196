"""Every default, once. A setting is a dataclass field with its help; the command line is made from these.

Settings are small frozen values. The groups follow the data: sampling and finding faces decide what a shard
holds (`shard_digest`); clustering and output can change without encoding again.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from facepipe.errors import UsageError
from facepipe.geometry import Size

CORES = os.cpu_count() or 1  # as many threads work where nobody says how many


def _numbers(separator: str, kind: type, count: int | None, example: str) -> Callable[[str], tuple]:
    """A parser of `count` numbers (None: any) with a separator between them."""

    def parse(text: str) -> tuple:
        try:
            values = tuple(kind(part) for part in text.lower().split(separator))
        except ValueError:
            values = ()
        if not values or count not in (None, len(values)):
            raise UsageError(f"cannot read {text!r}: write it like {example}")
        return values

    return parse


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(" ", "").split(",") if word and word != "none")


def option(
    default: Any, help: str, *, metavar: str = "", known: str = "", choices: tuple[str, ...] = (), low=None, parse=None
):
    """A setting: its only default, one line of help, how it is written on the command line.

    known: the kind of registry whose names it takes ("detector", ...). low: the smallest value allowed.
    parse: makes the value from text where the type of the default does not say how.
    """
    metadata = {"help": help, "metavar": metavar, "known": known, "choices": choices, "low": low, "parse": parse}
    return field(default=default, metadata=metadata)


class _Checked:
    """Checks that numbers are finite and not below the field's `low`, and that choices are known."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for spec in fields(self):
            value, low, choices = getattr(self, spec.name), spec.metadata["low"], spec.metadata["choices"]
            flag = "--" + spec.name.replace("_", "-")
            numbers = value if isinstance(value, tuple) else (value,)
            if not all(math.isfinite(number) for number in numbers if isinstance(number, float)):
                raise UsageError(f"{flag} {value}: must be finite")
            if low is not None and value is not None and value < low:
                raise UsageError(f"{flag} {value}: must be at least {low}")
            if choices and value not in choices:
                raise UsageError(f"{flag} {value}: choose one of {', '.join(choices)}")


@dataclass(frozen=True, slots=True)
class SamplingSettings(_Checked):
    """Which frames of a video are looked at, and how large they are kept."""

    sampling: str = option(
        "interval",
        "interval: a frame every --interval seconds; scenes: the first and last frame of every shot",
        choices=("interval", "scenes"),
    )
    shots: str = option("builtin", "with --sampling scenes: what finds the shots", known="shot finder")
    interval: float = option(1.0, "seconds between two sampled frames", metavar="S", low=0.001)
    skip: float = option(0.0, "seconds to leave out at the start of every video", metavar="S", low=0)
    stop: float | None = option(None, "second at which to stop in every video (default: its end)", metavar="S", low=0)
    max_frames: int | None = option(None, "look at no more than N frames", metavar="N", low=1)
    seek: str = option(
        "exact",
        "exact: the frame nearest in time; keyframes: the nearest keyframe, several times faster",
        choices=("exact", "keyframes"),
    )
    frame_size: Size = option(
        (1920, 1920),
        "shrink frames and photos to fit where they are stored, and what is cut from them; vectors see them whole",
        metavar="WxH",
        parse=_numbers("x", int, 2, "1920x1920"),
    )

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)
        if self.stop is not None and self.stop <= self.skip:
            raise UsageError(f"--stop {self.stop} is not after --skip {self.skip}")
        if min(self.frame_size) < 16:
            raise UsageError(f"--frame-size {self.frame_size[0]}x{self.frame_size[1]}: both sides must be at least 16")


@dataclass(frozen=True, slots=True)
class DetectionSettings(_Checked):
    """How faces are found in a frame."""

    detector: str = option("auto", "how faces are found", known="detector")
    max_size: Size = option(
        (700, 500),
        "shrink the picture that detection sees to fit; never enlarges",
        metavar="WxH",
        parse=_numbers("x", int, 2, "700x500"),
    )
    resize_ratio: float | None = option(None, "shrink by this ratio (0..1) instead of --max-size", metavar="R")
    upsample: int = option(
        0, "times the detector's picture is doubled, to find smaller faces (at most 4)", metavar="N", low=0
    )
    min_face: int = option(20, "smallest face side kept, in pixels of the source", metavar="PX", low=1)
    min_confidence: float | None = option(None, "smallest confidence kept (default: the detector's own)", metavar="C")
    faces_per_frame: tuple[int, int] | None = option(
        None,
        "keep only frames with that many faces, such as 1-4; others are counted",
        metavar="A-B",
        parse=_numbers("-", int, 2, "1-4"),
    )
    max_faces: int | None = option(None, "stop after N faces", metavar="N", low=1)
    reuse_static: bool = option(
        False, "a frame that looks like the one before it, but for noise, takes over what was detected there"
    )
    cropped: bool = option(False, "the images are cropped faces: each whole image is one face, nothing is searched")

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)
        if self.upsample > 4:
            raise UsageError(f"--upsample {self.upsample}: must be at most 4, which is 256 times the pixels")
        if min(self.max_size) < 16:
            raise UsageError(f"--max-size {self.max_size[0]}x{self.max_size[1]}: both sides must be at least 16")
        if self.resize_ratio is not None and not 0 < self.resize_ratio <= 1:
            raise UsageError(f"--resize-ratio {self.resize_ratio}: must be above 0 and at most 1")
        if self.faces_per_frame is not None and not 1 <= self.faces_per_frame[0] <= self.faces_per_frame[1]:
            low, high = self.faces_per_frame
            raise UsageError(f"--faces-per-frame {low}-{high}: must be two whole numbers like 1-4, the smaller first")


@dataclass(frozen=True, slots=True)
class EncodingSettings(_Checked):
    """How a face and its clothing become vectors."""

    encoder: str = option("onnx", "what computes the 128 numbers of a face", known="encoder")
    cloth_model: str = option("builtin", "clothing model: a known name, or an .onnx file", known="clothing model")
    no_cloth: bool = option(False, "leave clothing out")


@dataclass(frozen=True, slots=True)
class ClusterSettings(_Checked):
    """How faces become people. Thresholds are distances between vectors; see docs/clustering.md."""

    cluster: str = option("people", "how faces become people", known="clusterer")
    eps: float | None = option(
        None,
        "dbscan, chinese-whispers: how near two faces of one person are (default: 0.5); "
        "hac: mean distance at which merging stops (default: 0.55)",
        metavar="D",
        low=0,
    )
    min_samples: int = option(5, "dbscan, hdbscan: faces that make a dense place", metavar="N", low=1)
    sim: float | None = option(
        None, "hac: stop at (1 - S) of the largest distance instead, as person-clustering does", metavar="S", low=0
    )
    min_csize: int = option(1, "fewest faces that make a person", metavar="N", low=1)
    weights: tuple[float, float] = option(
        (1.0, 0.0), "face and clothing weight in one vector", metavar="F,C", parse=_numbers(",", float, 2, "1.0,0.5")
    )
    alpha: float = option(0.0, "weight of a second of time in the vector", metavar="A", low=0)
    merge_face: float = option(0.0, "merge people whose mean faces are nearer than this (0: off)", metavar="D", low=0)
    merge_cloth: float = option(0.0, "... or whose mean clothing is nearer than this", metavar="D", low=0)
    merge_iterations: int = option(1, "how often people are merged", metavar="N", low=0)
    allow_duplicates: bool = option(False, "one person may appear twice in a frame (mirrors, collages)")

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)
        if self.sim is not None and max(self.sim, self.alpha) > 1:
            raise UsageError(f"--sim {self.sim:g} --alpha {self.alpha:g}: with --sim both are shares, at most 1")
        if min(self.weights) < 0 or sum(self.weights) <= 0:
            raise UsageError(f"--weights {self.weights[0]},{self.weights[1]}: must not be negative, nor both zero")


@dataclass(frozen=True, slots=True)
class OutputSettings(_Checked):
    """What is written beside people/, montage/ and plots/."""

    annotations: tuple[str, ...] = option(
        ("yolo", "darknet"), "annotation formats", known="annotation format", metavar="A,B", parse=_words
    )
    split: tuple[float, float, float] = option(
        (0.8, 0.1, 0.1), "shares of train, val and test", metavar="A,B,C", parse=_numbers(",", float, 3, "0.8,0.1,0.1")
    )

    unknown: str = option(
        "mask",
        "unknown faces in annotations: greyed, labelled, their frame left out, or left as they are",
        choices=("mask", "label", "exclude-frame", "ignore"),
    )
    upper_body: bool = option(False, "also write a picture of head and clothing a face")

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)
        if min(self.split) < 0 or not self.split[0] or abs(sum(self.split) - 1) > 1e-6:
            raise UsageError(f"--split {','.join(map(str, self.split))}: three shares that add up to 1, train not 0")


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them, as one value."""

    sampling: SamplingSettings = SamplingSettings()
    detection: DetectionSettings = DetectionSettings()
    encoding: EncodingSettings = EncodingSettings()
    clustering: ClusterSettings = ClusterSettings()
    output: OutputSettings = OutputSettings()

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Nested builtins, as they stand in run.json."""
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_dict(cls, values: dict[str, dict[str, Any]]) -> "Settings":
        """Inverse of `as_dict`. Settings that are unknown raise TypeError, bad values UsageError."""
        groups = {spec.name: type(getattr(cls(), spec.name)) for spec in fields(cls)}
        return cls(
            **{
                name: groups[name](**{k: tuple(v) if isinstance(v, list) else v for k, v in group.items()})
                for name, group in values.items()
            }
        )


def digest(values: Any) -> str:
    """The first 16 hex digits of the SHA-256 of `values` written as canonical JSON."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
