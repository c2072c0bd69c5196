"""What a JSON file says, believed only where it is what it should be.

Each reader takes a value and the name by which a complaint calls it, and gives the value back, typed. ValueError says
what is wrong. Text can be written as UTF-8 and numbers fit 64 bits. Lists may be long: what they hold is read many at a
time, records entry by entry of all of them, and without names; only where there is something to complain of it is read
one by one.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

Read = Callable[[Any, str], Any]

_HALVES = re.compile("[\ud800-\udfff]")  # surrogates: they cannot be written as UTF-8
_LARGEST = 1 << 63
_AT_ONCE = 1000  # values that are read together: they stay in the processor's cache
_WRONG = (ValueError, TypeError, LookupError)  # what a reader of many meets where one of them is not what it must be


@dataclass(frozen=True, slots=True)
class Several:
    """A reader that is quick with many values.

    many: what `one` gives back for each of them; one of `_WRONG`, whatever it says, where `one` may complain.
    """

    one: Read
    many: Callable[[Sequence[Any]], Iterable[Any]]

    def __call__(self, value: Any, name: str) -> Any:
        return self.one(value, name)


def _each(read: Read, values: Sequence[Any]) -> Iterable[Any]:
    if not isinstance(read, Several):
        return (read(value, "") for value in values)
    return chain.from_iterable(read.many(values[at : at + _AT_ONCE]) for at in range(0, len(values), _AT_ONCE))


def mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    if "\0" in value or (not value.isascii() and _HALVES.search(value)):
        raise ValueError(f"{name} is a text that no file can hold")
    return value


def _texts(values: Sequence[Any]) -> Sequence[str]:
    _text("".join(values), "one")
    return values


text = Several(_text, _texts)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number")
    if abs(value) >= _LARGEST:
        raise ValueError(f"{name} is too large a number")
    return value


def _wholes(values: Sequence[Any]) -> Sequence[int]:
    if not {*map(type, values)} <= {int} or max(map(abs, values), default=0) >= _LARGEST:
        raise ValueError
    return values


whole = Several(_whole, _wholes)


def number(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is not a number")
    if not abs(value) < _LARGEST:
        raise ValueError(f"{name} is not a finite number, or too large a one")
    return value


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value


def _flags(values: Sequence[Any]) -> Sequence[bool]:
    if not {*map(type, values)} <= {bool}:
        raise ValueError
    return values


flag = Several(_flag, _flags)


def plain(value: Any, name: str) -> Any:
    """A value of an option; the option itself knows more."""
    if isinstance(value, list):
        return [plain(item, name) for item in value]
    if isinstance(value, str):
        return text(value, name)
    return value if value is None or isinstance(value, bool) else number(value, name)


def or_none(read: Read) -> Read:
    def many(values: Sequence[Any]) -> Iterable[Any]:
        rest = iter(_each(read, [value for value in values if value is not None]))
        return [None if value is None else next(rest) for value in values]

    return Several(lambda value, name: None if value is None else read(value, name), many)


def list_of(read: Read) -> Read:
    def of(value: Any, name: str) -> tuple:
        if not isinstance(value, list):
            raise ValueError(f"{name} is not a list")
        return _column(read, value, name)

    return of


def dict_of(read: Read) -> Read:
    def of(value: Any, name: str) -> dict[str, Any]:
        entries = mapping(value, name)
        try:
            return dict(zip(_each(text, [*entries]), _each(read, [*entries.values()]), strict=True))
        except _WRONG:
            return {text(key, f"a key of {name}"): read(item, f"{name}.{key}") for key, item in entries.items()}

    return of


def record(kind: Callable[..., Any], /, **reads: Read) -> Several:
    """A reader of objects with exactly these entries, which are the parameters of `kind` in their order."""

    def one(value: Any, name: str) -> Any:
        if mapping(value, name).keys() != reads.keys():
            raise ValueError(f"{name} has other entries than {', '.join(reads)}")
        return kind(**{key: read(value[key], name and f"{name}.{key}") for key, read in reads.items()})

    def many(values: Sequence[Any]) -> Iterable[Any]:
        if not {*map(len, values)} <= {len(reads)}:  # with those below: exactly these
            raise ValueError
        columns = [_each(read, [value[key] for value in values]) for key, read in reads.items()]
        return map(kind, *columns)

    return Several(one, many)


def entries(value: Any) -> dict[str, Any]:
    """What `record` reads a dataclass from."""
    return {spec.name: getattr(value, spec.name) for spec in fields(value)}


def columns(**reads: Read) -> Callable[[Any, str], dict[str, Sequence[Any]]]:
    """A reader of a list of lists, of which the first names the entries of all others in their order: what very many
    records with the same entries are read from soonest. It gives the values of each entry."""

    def of(value: Any, name: str) -> dict[str, Sequence[Any]]:
        if not isinstance(value, list) or value[:1] != [[*reads]]:
            raise ValueError(f"{name} has other entries than {', '.join(reads)}")
        rows = value[1:]
        if not {*map(type, rows)} <= {list} or not {*map(len, rows)} <= {len(reads)}:
            raise ValueError(f"{name} has lines that are no such entries")
        found = zip(*rows, strict=True) if rows else ((),) * len(reads)
        return {
            key: _column(read, values, f"{name}.{key}")
            for (key, read), values in zip(reads.items(), found, strict=True)
        }

    return of


def _column(read: Read, values: Sequence[Any], name: str) -> Sequence[Any]:
    try:
        return tuple(_each(read, values))
    except _WRONG:
        return tuple(read(value, f"{name}[{place}]") for place, value in enumerate(values))  # raises it by name
