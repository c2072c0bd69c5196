"""Options as data: a frozen dataclass whose fields carry their only default, their check and their help.

The command line, run.json and the documentation are made from these. Settings are groups of options; a plug-in (a
detector, a clusterer, ...) is a class of options too, so that it owns what can be set about it.
"""

import math
import re
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from facepipe.errors import UsageError
from facepipe.registry import registry_of


def option(
    default: Any,
    help: str,
    *,
    metavar: str = "",
    known: str = "",
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """A field of `Options`: its only default, one line of help, how it is written on the command line.

    known: the kind of plug-in whose names it takes ("detector", ...). low, high: the smallest and the largest value
    allowed. parse: makes the value from text where the type of the default does not say how.
    """
    metadata = {"help": help, "metavar": metavar, "known": known, "choices": choices}
    return field(default=default, metadata=metadata | {"low": low, "high": high, "parse": parse})


@dataclass(frozen=True, slots=True)
class _Numbers:
    """See `numbers`."""

    separator: str
    kind: type
    count: int | None
    example: str

    def __call__(self, text: str) -> tuple[Any, ...]:
        try:
            values = tuple(self.kind(part) for part in text.lower().split(self.separator))
        except ValueError:
            values = ()
        if not values or self.count not in (None, len(values)):
            raise UsageError(f"cannot read {text!r}: write it like {self.example}")
        return values


def numbers(separator: str, kind: type, count: int | None, example: str) -> Callable[[str], tuple[Any, ...]]:
    """A parser of `count` numbers (None: any) with a separator between them."""
    return _Numbers(separator, kind, count, example)


def words(text: str) -> tuple[str, ...]:
    """A parser of names with commas between them; "none" is no name, and stands alone."""
    found = tuple(word for word in text.replace(" ", "").split(",") if word)
    if "none" in found and len(found) > 1:
        raise UsageError(f"cannot read {text!r}: none stands alone")
    return () if found == ("none",) else found


def written(spec: Field[Any], value: Any) -> str:
    """The value of an option as it is typed; "not set" for None."""
    if isinstance(value, tuple):
        return getattr(spec.metadata.get("parse"), "separator", ",").join(map(str, value)) or "none"
    return "not set" if value is None else getattr(value, "name", str(value))


def parser_of(spec: Field[Any]) -> Callable[[str], Any]:
    """What makes a field's value from text. UsageError, when it is called, for text that is none."""
    if (own := spec.metadata["parse"]) is not None:

        def named(text: str) -> Any:
            try:
                return own(text)
            except UsageError as error:
                raise UsageError(f"{flag(spec.name)}: {error}") from None

        return named
    kinds = get_args(spec.type) if isinstance(spec.type, UnionType) else (spec.type,)
    target = next(kind for kind in (int, float, str) if kind in kinds)

    def parse(text: str) -> Any:
        try:
            return target(text)
        except ValueError:
            whole = "a whole number" if target is int else "a number"
            raise UsageError(f"{flag(spec.name)} {text}: must be {whole}") from None

    return parse


def flag(name: str) -> str:
    """How an option is called on the command line."""
    return "--" + name.replace("_", "-")


def options_of(owner: "Options | type[Options]") -> list[Field[Any]]:
    """The fields that are options, each with its type, also where a module postpones its annotations."""
    own = [spec for spec in fields(owner) if spec.metadata]
    if any(isinstance(spec.type, str) for spec in own):
        types = get_type_hints(owner if isinstance(owner, type) else type(owner))
        for spec in own:
            spec.type = types[spec.name]
    return own


_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # what run.json, which holds all options, could not be read with
_TYPES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", NoneType: "not set"}


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a type such as `float | None` or `tuple[int, int]`; a whole number is a number too.

    What a type says beyond that, or as text, is not checked.
    """
    origin = get_origin(kind)
    if origin in (UnionType, Union):
        return any(fits(value, one) for one in get_args(kind))
    if origin is tuple:
        *inner, last = get_args(kind)
        if not isinstance(value, tuple):
            return False
        each = inner * len(value) if last is Ellipsis else [*inner, last]
        return len(each) == len(value) and all(map(fits, value, each))
    if not isinstance(kind, type) or origin is not None:
        return True
    if isinstance(value, bool):
        return issubclass(bool, kind) and kind is not int
    return isinstance(value, int | float if kind is float else kind)


def _worded(kind: Any) -> str:
    if get_origin(kind) in (UnionType, Union):
        return " or ".join(map(_worded, get_args(kind)))
    if get_origin(kind) is tuple:
        *inner, last = get_args(kind)
        return f"a tuple, each {_worded(inner[0])}" if last is Ellipsis else f"a tuple of {len(inner) + 1} numbers"
    return _TYPES.get(kind) or str(getattr(kind, "__name__", kind))


@dataclass(frozen=True, slots=True)
class Options:
    """Checks, when it is made, that values are of their types, that numbers are finite and within the field's `low` and
    `high`, and that choices are known.

    A subclass that checks more defines `check`. A field without `option` is set by code alone. UsageError names the
    option and what it must be. name: of a plug-in, "" for a group of settings.
    """

    name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for spec in options_of(self):
            value, choices = getattr(self, spec.name), spec.metadata["choices"]
            low, high = spec.metadata["low"], spec.metadata["high"]
            if not fits(value, spec.type):
                raise UsageError(f"{flag(spec.name)} {value!r}: must be {_worded(spec.type)}")
            several = value if isinstance(value, tuple) else (value,)
            if not all(math.isfinite(number) for number in several if isinstance(number, float)):
                raise UsageError(f"{flag(spec.name)} {written(spec, value)}: must be finite")
            if any(_NO_TEXT.search(text) for text in several if isinstance(text, str)):
                raise UsageError(f"{flag(spec.name)} {value!r}: holds what no file can")
            if low is not None and value is not None and value < low:
                raise UsageError(f"{flag(spec.name)} {value}: must be at least {low}")
            if high is not None and value is not None and value > high:
                raise UsageError(f"{flag(spec.name)} {value}: must be at most {high}")
            if choices and value is not None and value not in choices:
                raise UsageError(f"{flag(spec.name)} {value}: choose one of {', '.join(choices)}")
            if spec.metadata["parse"] is words and len(set(several)) < len(several):
                raise UsageError(f"{flag(spec.name)} {written(spec, value)}: each name may stand there once")
        self.check()

    def check(self) -> None:
        """UsageError for values that do not go together."""

    def as_dict(self) -> dict[str, Any]:
        """The options by name; a plug-in as its name, followed by its own options."""
        out: dict[str, Any] = {}
        for spec in fields(self):
            value = getattr(self, spec.name)
            out |= {spec.name: value.name, **value.as_dict()} if isinstance(value, Options) else {spec.name: value}
        return out

    def differences(self, other: "Options") -> list[str]:
        """What differs from `other`, which is of the same class: "--interval was 1.0, now 2.0". Of a plug-in that
        another one took the place of only that."""
        lines = []
        for spec in fields(self):
            old, new = getattr(self, spec.name), getattr(other, spec.name)
            if isinstance(old, Options) and type(old) is type(new):
                lines += old.differences(new)
            elif old != new:
                lines.append(f"{flag(spec.name)} was {written(spec, old)}, now {written(spec, new)}")
        return lines

    def plugins(self) -> dict[str, Any]:
        """The plug-ins among the options, by the option's name."""
        values = {spec.name: getattr(self, spec.name) for spec in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Options)}


def plugin(kind: str, help: str, default: str) -> Any:
    """A field of `Options` that holds a plug-in: its kind, one line of help, and the name of its default."""
    metadata = {"help": help, "metavar": "NAME", "known": kind, "choices": (), "low": None, "high": None, "parse": str}
    return field(default_factory=lambda: registry_of(kind).load(default)(), metadata=metadata | {"plugin": default})
