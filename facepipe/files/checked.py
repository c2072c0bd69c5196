"""What a JSON file says, believed only where it is what it should be.

Each function takes a value and the name by which a complaint calls it, and gives the value back, typed. ValueError says
what is wrong. Text can be written as UTF-8 and numbers fit 64 bits. Lists may be long: what they hold is read
without names, which are made where there is something to complain of.
"""

import re
from collections.abc import Callable
from typing import Any

Read = Callable[[Any, str], Any]

_HALVES = re.compile("[\ud800-\udfff]")  # surrogates: they cannot be written as UTF-8
_LARGEST = 1 << 63


def mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    if "\0" in value or (not value.isascii() and _HALVES.search(value)):
        raise ValueError(f"{name} is a text that no file can hold")
    return value


def whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number")
    if abs(value) >= _LARGEST:
        raise ValueError(f"{name} is too large a number")
    return value


def number(value: Any, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is not a number")
    if not abs(value) < _LARGEST:
        raise ValueError(f"{name} is not a finite number, or too large a one")
    return value


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value


def plain(value: Any, name: str) -> Any:
    """A value of an option; the option itself knows more."""
    if isinstance(value, list):
        return [plain(item, name) for item in value]
    if isinstance(value, str):
        return text(value, name)
    return value if value is None or isinstance(value, bool) else number(value, name)


def or_none(read: Read) -> Read:
    return lambda value, name: None if value is None else read(value, name)


def list_of(read: Read) -> Read:
    def of(value: Any, name: str) -> tuple:
        if not isinstance(value, list):
            raise ValueError(f"{name} is not a list")
        try:
            return tuple(read(item, "") for item in value)
        except ValueError:
            return tuple(read(item, f"{name}[{place}]") for place, item in enumerate(value))  # raises it by name

    return of


def dict_of(read: Read) -> Read:
    def of(value: Any, name: str) -> dict[str, Any]:
        entries = mapping(value, name).items()
        try:
            return {text(key, ""): read(item, "") for key, item in entries}
        except ValueError:
            return {text(key, f"a key of {name}"): read(item, f"{name}.{key}") for key, item in entries}

    return of


def record(kind: Callable[..., Any], /, **reads: Read) -> Read:
    """A reader of objects with exactly these entries."""

    def of(value: Any, name: str) -> Any:
        if mapping(value, name).keys() != reads.keys():
            raise ValueError(f"{name} has other entries than {', '.join(reads)}")
        return kind(**{key: read(value[key], name and f"{name}.{key}") for key, read in reads.items()})

    return of
