"""What a run says of itself beside its table."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from facepipe.records import Failure


class Input(Protocol):
    """An input file, as a run lists it."""

    @property
    def source_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def is_video(self) -> bool: ...


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


MAY_FIND = "A smaller --interval or --min-face, or --upsample 1, may find some."  # where there is no face


@dataclass(frozen=True, slots=True)
class About:
    """What the report says beside the faces.

    title: what was looked at. address_of: where an input lies, relative to the run's folder, as a URL; "" where that
    cannot be said. sampled: number of frames looked at. nobody: what is said where there is no face. seconds: by stage.
    settings: Settings.as_dict(). checks: the most worth first. looked_at: the frames of videos that were looked at, by
    the name of the input.
    """

    title: str
    inputs: Sequence[Input]
    address_of: Callable[[Any], str]
    sampled: int
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    looked_at: Mapping[str, Collection[int]] = field(default_factory=dict)
    nobody: str = f"No face found. {MAY_FIND}"
