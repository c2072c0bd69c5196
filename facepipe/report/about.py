"""What a run says of itself beside its table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from facepipe.records import Failure


@dataclass(frozen=True, slots=True)
class Input:
    """An input file. address: where it lies, relative to the run's folder, as a URL; "" where that cannot be said."""

    source_id: str
    name: str
    is_video: bool
    address: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """Faces to look at, under a title."""

    title: str
    faces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Something that may be wrong. question, why, to_do: lines."""

    question: str
    why: str
    to_do: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How to go on. what: in words. command: to be pasted; "" where it is done by hand."""

    what: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the report says beside the faces.

    title: what was looked at. sampled: number of frames looked at. seconds: by stage. settings: Settings.as_dict().
    checks: the most worth first. looked_at: the frames of videos that were looked at, by the name of the input.
    """

    title: str
    inputs: tuple[Input, ...]
    sampled: int
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    looked_at: Mapping[str, Collection[int]] = field(default_factory=dict)
