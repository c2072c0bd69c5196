"""What stands where in a list of a million names: numbered, and grouped, without a step of Python's for each."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import count, pairwise
from operator import is_
from typing import TypeVar, overload

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
    return dict(zip(known, Places(numbers, len(known)), strict=True))


class Places(Sequence[np.ndarray]):
    """For each of some numbers, where it stands: int64, rising; each is cut out when it is asked for."""

    def __init__(self, numbers: np.ndarray, count: int) -> None:
        self._order = np.argsort(numbers, kind="stable")
        self._order.flags.writeable = False
        self._bounds = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))])

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, number: int) -> np.ndarray: ...

    @overload
    def __getitem__(self, number: slice) -> list[np.ndarray]: ...

    def __getitem__(self, number: int | slice) -> np.ndarray | list[np.ndarray]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        return self._order[self._bounds[number] : self._bounds[number + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        bounds = self._bounds.tolist()
        return (self._order[start:end] for start, end in pairwise(bounds))


def aligned(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two list the same texts, which are one object each, in the same order. Nearly always they do where both
    are of one table: then none has to be looked up."""
    return len(one) == len(other) and all(map(is_, one, other))
