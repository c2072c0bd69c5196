"""What stands where in a list of a million names: numbered, and grouped, without a step of Python's for each."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from itertools import count
from operator import is_
from typing import TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)


def numbered(names: Iterable[Name]) -> tuple[list[Name], np.ndarray]:
    """The names that differ, in the order in which they come, and the place there of each, int64 (n,)."""
    places: defaultdict[Name, int] = defaultdict(count().__next__)
    numbers = np.fromiter(map(places.__getitem__, names), np.int64)
    numbers.flags.writeable = False
    return list(places), numbers


def rows_by(names: Iterable[Name]) -> dict[Name, np.ndarray]:
    """The places of every name, int64, rising."""
    known, numbers = numbered(names)
    return dict(zip(known, places_of(numbers, len(known)), strict=True))


def places_of(numbers: np.ndarray, count: int) -> list[np.ndarray]:
    """Where each of the numbers below `count` stands among `numbers`, int64, rising."""
    order = np.argsort(numbers, kind="stable")
    order.flags.writeable = False
    ends = np.cumsum(np.bincount(numbers, minlength=count)).tolist()
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def aligned(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two list the same texts, which are one object each, in the same order. Nearly always they do where both
    are of one table: then none has to be looked up."""
    return len(one) == len(other) and all(map(is_, one, other))
