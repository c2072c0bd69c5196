"""What run.json says, as one typed value: validated as a whole when it is read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import Enum
from functools import lru_cache
from typing import Any

from facepipe.files import checked
from facepipe.files.hashing import Stamp
from facepipe.records import Failure
from facepipe.runs.input_entry import DONE, INPUTS_READ, SOURCE_IDS, InputEntry
from facepipe.runs.older import FORMAT, upgraded
from facepipe.settings import Settings
from facepipe.space import DLIB, EmbeddingSpace
from facepipe.space_file import checked_space
from facepipe.version import __version__

INPUTS = "inputs"  # with `DONE` the entries that a file of their own holds where there are many, see state_file


class Status(str, Enum):
    """How a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of everything. smallest: side in pixels below which faces may be missed, in the pictures where
    that is largest."""

    frames: int = 0
    frames_with_faces: int = 0
    frames_skipped: int = 0
    faces: int = 0
    people: int = 0
    unknown: int = 0
    smallest: int = 0


@dataclass(frozen=True, slots=True)
class LogMark:
    """What the log of decisions was when it was last written: the number of its lines, and their SHA-256."""

    lines: int = 0
    sha256: str = hashlib.sha256().hexdigest()


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A person who is being forgotten: kept until nothing is left of the name and the faces, so that a stop on the way
    does not end it."""

    name: str
    faces: tuple[str, ...]


COPIES = "find"  # in place of a format: photos that `facepipe find` copied, and clips that it cut
RENDERED = "render"  # videos and photos with what was found drawn in: a folder, or one file
SIDECARS = "sidecars"  # XMP files, in a folder, or beside the inputs where the path is ""


@dataclass(frozen=True, slots=True)
class ExportEntry:
    """An export that was made of the run: its folder, and the name of its format, or COPIES, RENDERED or SIDECARS."""

    path: str
    format: str


@dataclass(slots=True, kw_only=True)
class RunState:
    """All that run.json holds.

    settings: with every "auto" replaced by what it stood for. shard_digest: of all that a shard's content depends on.
    models: name -> SHA-256 of the model files. space: where the encoder's embeddings live. facepipe: the version of the
    program that wrote pictures and labels last. seconds: by stage and node. notes: on what was written, a line each.
    passed_over: by suffix, files beside the inputs in formats that are not read.
    done: by source id, how many stage files a source had when it was looked at to its end. waiting: shares of time.
    unsettled: ids of sources whose files changed while they were read; the next run reads them again.
    covers: how many stage files the table was made of. assembled: the same of people, tables and pictures as a whole;
    None while they are being written. tables: name -> what may stand in faces.csv and faces.npz: its SHA-256, "" where
    there may be no file; two of each while they are being replaced. stamps: by name, which of these was read last: it
    need not be read again while nobody writes to it.
    applied: the number of the last decision that the files show. log: how far the log of decisions is known; log_next:
    what is about to be written in its place. exports: where exports went. foreign: files in people/ that are not the
    run's. threshold: see FaceTable.
    """

    settings: Settings
    shard_digest: str
    models: dict[str, str] = field(default_factory=dict)
    space: EmbeddingSpace = DLIB
    facepipe: str = __version__
    status: Status = Status.RUNNING
    inputs: tuple[InputEntry, ...] = ()
    counts: Counts = Counts()
    seconds: dict[str, float] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    passed_over: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    unsettled: tuple[str, ...] = ()
    waiting: dict[str, float] = field(default_factory=dict)
    covers: int | None = None
    assembled: int | None = None
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    applied: int = 0
    log: LogMark = LogMark()
    log_next: LogMark | None = None
    forgetting: Forgetting | None = None
    exports: tuple[ExportEntry, ...] = ()
    foreign: tuple[str, ...] = ()
    threshold: float | None = None

    @property
    def detector(self) -> str:
        """The name of the detector that was used."""
        return self.settings.detection.detector.name

    def without_inputs(self) -> "RunState":
        """This state, with none of them listed."""
        return replace(self, inputs=(), done={})

    def to_json(self, listed_in: str = "") -> str:
        """The text of run.json: an entry a line, and a line each for inputs, failures, warnings and the like.

        listed_in: the file that lists the inputs in its place.
        """
        values: dict[str, Any] = {"format": FORMAT}
        values |= {spec.name: getattr(self, spec.name) for spec in fields(self)}
        values |= {
            "settings": self.settings.as_dict(),
            "detector": self.detector,
            "status": self.status.value,
            INPUTS: listed_in or self.inputs,
            DONE: {} if listed_in else dict(sorted(self.done.items())),
        }
        return "{\n" + ",\n".join(f" {_json(name)}: {_shown(value)}" for name, value in values.items()) + "\n}\n"

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "RunState":
        """Of what `parsed` gives. ValueError says which entry is not what it must be; UsageError for the settings."""
        entries: dict[str, Any] = {}
        for name, read in _ENTRIES.items():
            if name not in values:
                raise ValueError(f"it has no {name}")
            entries[name] = read(values[name], name)
        return cls(**entries)


def parsed(text: str) -> dict[str, Any]:
    """The entries of any run.json, unchecked, as today's has them. ValueError: it is none."""
    try:
        values = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return upgraded(checked.mapping(values, "the file"), asdict(Counts()), asdict(LogMark()))


def _shown(value: Any) -> str:
    """The JSON of an entry: where that holds several, a line each."""
    if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        return "{\n  " + ",\n  ".join(f"{_json(name)}: {_json(one)}" for name, one in value.items()) + "\n }"
    return _lines(value) if isinstance(value, tuple) and value else _json(value)


@lru_cache(maxsize=8)
def _lines(value: tuple) -> str:
    """The JSON of several: there may be many inputs, and run.json is written often."""
    plain = (one._asdict() if isinstance(one, InputEntry) else one for one in value)
    return "[\n  " + ",\n  ".join(map(_json, plain)) + "\n ]"


def _plain(value: Any) -> dict[str, Any]:
    if isinstance(value, Failure):
        return {"item": value.item_id, "stage": value.stage, "error": value.error}
    return checked.entries(value)


_json = json.JSONEncoder(default=_plain).encode


def _stamp(value: Any, name: str) -> Stamp:
    if not isinstance(value, list) or len(value) != len(Stamp._fields):
        raise ValueError(f"{name} is no hash of a file in some state")
    return Stamp(*(checked.text(one, name) for one in value))


_LOG_MARK = checked.record(LogMark, lines=checked.whole, sha256=checked.text)


# How each entry is read. `detector` and `format` are for people and for us; the settings say the rest.
_ENTRIES: Mapping[str, checked.Read] = {
    "settings": lambda value, name: Settings.from_dict(checked.dict_of(checked.dict_of(checked.plain))(value, name)),
    "shard_digest": checked.text,
    "models": checked.dict_of(checked.text),
    "space": checked_space,
    "facepipe": checked.text,
    "status": lambda value, name: Status(checked.text(value, name)),
    "inputs": INPUTS_READ,
    "counts": checked.record(Counts, **{spec.name: checked.whole for spec in fields(Counts)}),
    "seconds": checked.dict_of(checked.number),
    "failures": checked.list_of(
        checked.record(
            lambda item, stage, error: Failure(item, stage, error),
            item=checked.text,
            stage=checked.text,
            error=checked.text,
        )
    ),
    "warnings": checked.list_of(checked.text),
    "notes": checked.list_of(checked.text),
    "passed_over": checked.dict_of(checked.whole),
    "done": checked.dict_of(checked.whole),
    "unsettled": SOURCE_IDS,
    "waiting": checked.dict_of(checked.number),
    "covers": checked.or_none(checked.whole),
    "assembled": checked.or_none(checked.whole),
    "tables": checked.dict_of(checked.list_of(checked.text)),
    "stamps": checked.dict_of(_stamp),
    "applied": checked.whole,
    "log": _LOG_MARK,
    "log_next": checked.or_none(_LOG_MARK),
    "forgetting": checked.or_none(checked.record(Forgetting, name=checked.text, faces=checked.list_of(checked.text))),
    "exports": checked.list_of(checked.record(ExportEntry, path=checked.text, format=checked.text)),
    "foreign": checked.list_of(checked.text),
    "threshold": checked.or_none(checked.number),
}
