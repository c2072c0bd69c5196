"""Every default, once. A setting is an option of a group; the command line is made from these (see options.py).

The groups follow the data: sampling and finding faces decide what a shard holds; clustering and output can change
without encoding again. Where a setting names a plug-in, the group holds the plug-in itself, with its own options.
"""

import difflib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.contracts import ClothModel, Clusterer, FaceEmbedder, FaceFinder, PluginOptions, ShotFinder
from facepipe.errors import UsageError
from facepipe.geometry import Size
from facepipe.options import Options, flag, numbers, option, options_of, plugin, words
from facepipe.registry import registry_of

CORES = os.cpu_count() or 1  # as many threads work where nobody says how many
_MOST_AT_WORK = 1024  # more threads or processes than any machine has cores for
CHANGED_LATER = frozenset(("clustering", "output"))  # the groups of settings that no frame is looked at for again
# How shards are stored: a file a frame, many in a segment, or segments once there are many files.
SHARD_WAYS = AUTO, FRAME, SEGMENT = "auto", "frame", "segment"


@dataclass(frozen=True, slots=True)
class SamplingSettings(Options):
    """Which frames of a video are looked at, and how large they are kept."""

    sampling: str = option(
        "interval",
        "interval: a frame every --interval seconds; scenes: the first and last frame of every shot",
        choices=("interval", "scenes"),
    )
    shots: ShotFinder = plugin("shot finder", "with --sampling scenes: what finds the shots", "builtin")
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
        "shrink frames and photos to fit where they are stored, and what is cut from them; detection sees them whole",
        metavar="WxH",
        parse=numbers("x", int, 2, "1920x1920"),
    )

    def check(self) -> None:
        if self.stop is not None and self.stop <= self.skip:
            raise UsageError(f"--stop {self.stop} is not after --skip {self.skip}")
        if min(self.frame_size) < 16:
            raise UsageError(f"--frame-size {self.frame_size[0]}x{self.frame_size[1]}: both sides must be at least 16")
        if self.sampling != "scenes" and self.shots.name != "builtin":
            raise UsageError("--shots means nothing without --sampling scenes: add that, or leave it out")


@dataclass(frozen=True, slots=True)
class DetectionSettings(Options):
    """How faces are found in a frame."""

    detector: FaceFinder = plugin("detector", "how faces are found", "auto")
    detail: str = option(
        "balanced",
        "how small a face may be to be found: photos are searched up to their full size, clips at 700x500; fast: at "
        "700x500 and 480x360; thorough: photos of any size in full, clips at 960x960",
        choices=("fast", "balanced", "thorough"),
    )
    max_size: Size | None = option(
        None,
        "shrink the picture that detection sees to fit, whatever --detail says; never enlarges",
        metavar="WxH",
        parse=numbers("x", int, 2, "700x500"),
    )
    resize_ratio: float | None = option(None, "shrink by this ratio (0..1) instead", metavar="R")
    min_face: int = option(16, "smallest face side kept, in pixels of the source", metavar="PX", low=1)
    faces_per_frame: tuple[int, int] | None = option(
        None,
        "keep only frames with that many faces, such as 1-4; others are counted",
        metavar="A-B",
        parse=numbers("-", int, 2, "1-4"),
    )
    max_faces: int | None = option(None, "stop after N faces", metavar="N", low=1)
    reuse_static: bool = option(
        False, "a frame that looks like the one before it, but for noise, takes over what was detected there"
    )
    cropped: bool = option(False, "the images are cropped faces: each whole image is one face, nothing is searched")

    def check(self) -> None:
        if self.max_size is not None and min(self.max_size) < 16:
            raise UsageError(f"--max-size {self.max_size[0]}x{self.max_size[1]}: both sides must be at least 16")
        if self.resize_ratio is not None and not 0 < self.resize_ratio <= 1:
            raise UsageError(f"--resize-ratio {self.resize_ratio}: must be above 0 and at most 1")
        if self.faces_per_frame is not None and not 1 <= self.faces_per_frame[0] <= self.faces_per_frame[1]:
            low, high = self.faces_per_frame
            raise UsageError(f"--faces-per-frame {low}-{high}: must be two whole numbers like 1-4, the smaller first")


@dataclass(frozen=True, slots=True)
class EncodingSettings(Options):
    """How a face and its clothing become embeddings."""

    encoder: FaceEmbedder = plugin("encoder", "what computes the embedding of a face", "auto")
    cloth_model: ClothModel = plugin("clothing model", "clothing model: a known name, or an .onnx file", "builtin")
    cloth: bool = option(True, "describe clothing too")


@dataclass(frozen=True, slots=True)
class ClusterSettings(Options):
    """How faces become people. Thresholds are distances between embeddings; see docs/clustering.md."""

    cluster: Clusterer = plugin("clusterer", "how faces become people", "people")


@dataclass(frozen=True, slots=True)
class OutputSettings(Options):
    """What is written beside people/ and montage/."""

    annotations: tuple[str, ...] = option(
        ("yolo", "darknet"), "annotation formats", known="annotation format", metavar="A,B", parse=words
    )
    plots: tuple[str, ...] = option(("all",), "plots, all or none", known="plot", metavar="A,B", parse=words)
    split: tuple[float, float, float] = option(
        (0.8, 0.1, 0.1), "shares of train, val and test", metavar="A,B,C", parse=numbers(",", float, 3, "0.8,0.1,0.1")
    )
    unknown: str = option(
        "mask",
        "unknown faces in annotations: greyed, labelled, their frame left out, or left as they are",
        choices=("mask", "label", "exclude-frame", "ignore"),
    )
    upper_body: bool = option(False, "also write a picture of head and clothing a face")

    def check(self) -> None:
        if min(self.split) < 0 or not self.split[0] or abs(sum(self.split) - 1) > 1e-6:
            raise UsageError(f"--split {','.join(map(str, self.split))}: three shares that add up to 1, train not 0")


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them, as one value."""

    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    encoding: EncodingSettings = field(default_factory=EncodingSettings)
    clustering: ClusterSettings = field(default_factory=ClusterSettings)
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        owners: dict[str, str] = {}
        for name, group in self.groups():
            for owner in (group, *group.plugins().values()):
                for spec in fields(owner):
                    mine = owner.name if isinstance(owner, PluginOptions) else name
                    if owners.setdefault(spec.name, mine) != mine:  # packages may bring both
                        raise UsageError(f"{flag(spec.name)} means one thing to {owners[spec.name]}, another to {mine}")

    @classmethod
    def of(cls, **options: Any) -> "Settings":
        """All defaults but for `options`, named as on the command line: Settings.of(interval=0.5, cluster="hac").

        UsageError: an option that is not known, means nothing to the plug-in that was chosen, or cannot be.
        """
        return cls().changed(options)

    def changed(self, options: Mapping[str, Any]) -> "Settings":
        """These settings with some options changed. A plug-in is given by its name or as itself; one that is named
        anew starts from its own defaults. UsageError as in `of`."""
        left = dict(options)
        groups = {spec.name: _changed(getattr(self, spec.name), left) for spec in fields(self)}
        if left:
            raise UsageError(_meaningless(next(iter(left)), self, options))
        return Settings(**groups)

    def resolved(self, models_dir: Path | None = None, earlier: "Settings | None" = None) -> "Settings":
        """These settings with every "auto" replaced by what it stands for on this machine, or in an `earlier` run."""
        groups: dict[str, Any] = {}
        for name, group in self.groups():
            plugins = {
                option: value.resolved(models_dir, earlier and getattr(getattr(earlier, name), option))
                for option, value in group.plugins().items()
            }
            groups[name] = replace(group, **plugins)
        return Settings(**groups)

    def groups(self) -> Iterator[tuple[str, Options]]:
        """The groups by name."""
        return ((spec.name, getattr(self, spec.name)) for spec in fields(self))

    def plugins(self) -> Iterator[PluginOptions]:
        """Every plug-in that is chosen and used."""
        unused = {"shots"} if self.sampling.sampling != "scenes" else set()
        unused |= set() if self.encoding.cloth else {"cloth_model"}
        for _, group in self.groups():
            yield from (value for name, value in group.plugins().items() if name not in unused)

    def differences(self, other: "Settings") -> dict[str, list[str]]:
        """What differs from `other` (see `Options.differences`), by the names of the groups in which something does."""
        found = {name: group.differences(getattr(other, name)) for name, group in self.groups()}
        return {name: lines for name, lines in found.items() if lines}

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Nested builtins, as they stand in run.json."""
        return json.loads(json.dumps({name: group.as_dict() for name, group in self.groups()}))

    @classmethod
    def from_dict(cls, values: Mapping[str, Mapping[str, Any]]) -> "Settings":
        """Inverse of `as_dict`; UsageError for settings that are unknown or cannot be."""
        flat = {name: value for group in values.values() for name, value in group.items()}
        return cls().changed({name: tuple(v) if isinstance(v, list) else v for name, v in flat.items()})


def _changed(group: Options, left: dict[str, Any]) -> Any:
    """`group` with the options among `left` that are its own or its plug-ins'; these are taken out of `left`."""
    values = {}
    for spec in options_of(group):
        if "plugin" in spec.metadata:
            values[spec.name] = _chosen(
                spec.metadata["known"], getattr(group, spec.name), left.pop(spec.name, getattr(group, spec.name)), left
            )
        elif spec.name in left:
            values[spec.name] = _value(spec, left.pop(spec.name))
    return replace(group, **values)


def _value(spec: Field[Any], given: Any) -> Any:
    """A list as the tuple that it stands for, NumPy's numbers as Python's, one text where several names are taken."""
    if not spec.metadata:  # no option: set by code alone
        return given
    if isinstance(given, list | tuple):
        return tuple(one.item() if isinstance(one, np.generic) else one for one in given)
    if isinstance(given, np.generic):
        return given.item()
    return words(given) if isinstance(given, str) and spec.metadata["parse"] is words else given


def _chosen(kind: str, current: PluginOptions, wanted: Any, left: dict[str, Any]) -> PluginOptions:
    registry = registry_of(kind)
    if isinstance(wanted, str | Path):
        wanted = str(wanted)
        name, given = registry.chosen(wanted)
        if name != current.name:
            current = registry.load(name)(**given)
        elif given:
            current = replace(current, **given)
    elif isinstance(wanted, PluginOptions):
        current = wanted
    else:
        raise UsageError(f"unknown {kind} {wanted!r}: choose one of {', '.join(registry.names)}")
    own = {spec.name: spec for spec in fields(current) if spec.name in left}
    return replace(current, **{name: _value(spec, left.pop(name)) for name, spec in own.items()}) if own else current


def _meaningless(name: str, settings: Settings, given: Mapping[str, Any]) -> str:
    """Why an option cannot be: it belongs to another plug-in than the one chosen, or to nothing."""
    known: set[str] = set()
    for _, group in settings.groups():
        for spec in fields(group):
            known.add(spec.name)
            for _, plug_in in registry_of(spec.metadata["known"]).loaded() if "plugin" in spec.metadata else ():
                own = {option.name for option in fields(plug_in)}
                known |= own
                if name in own:
                    chosen = given.get(spec.name, getattr(group, spec.name))
                    chosen = chosen if isinstance(chosen, str) else chosen.name
                    return f"{flag(name)} means nothing to {flag(spec.name)} {chosen}: leave it out, or name another"
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"unknown option {flag(name)}" + (f": did you mean {flag(near[0])}?" if near else "")


def check_at_work(option: str, count: int) -> None:
    """UsageError: so many threads or processes cannot work."""
    if type(count) is not int:
        raise UsageError(f"{option} {count!r}: must be a whole number")
    if count < 1:
        raise UsageError(f"{option} {count}: must be at least 1")
    if count > _MOST_AT_WORK:
        raise UsageError(f"{option} {count}: must be at most {_MOST_AT_WORK}")


def digest(values: Any) -> str:
    """The first 16 hex digits of the SHA-256 of `values` written as canonical JSON."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
