"""An input as a run lists it, and how that is read: among the other entries of run.json, or in a file of its own."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

from facepipe.files import checked
from facepipe.records import Source

DONE = "done"  # of an input in a file of its own: see `RunState.done`
SOURCE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}-[0-9a-f]{8}")


class InputEntry(NamedTuple):
    """An input of the run; a tuple, since there may be half a million. mtime_ns: its time of change when it was read;
    None if it was gone by then.

    reader, address: see Source. now: the SHA-256 that the file has by now, where other programs have written into it
    what does not show, else "".
    """

    source_id: str
    name: str
    path: str
    sha256: str
    size: int
    mtime_ns: int | None
    is_video: bool
    reader: str = ""
    address: str = ""
    now: str = ""

    def source(self) -> Source:
        facts = (self.sha256, self.size, self.is_video, self.reader, self.address)
        return Source(self.source_id, self.name, Path(self.path), *facts)


def _source_id(value: Any, name: str) -> str:
    if not SOURCE_ID.fullmatch(checked.text(value, name)):
        raise ValueError(f"{name} is no input's id")
    return value


def _source_ids(values: Sequence[Any]) -> Sequence[str]:
    if not all(map(SOURCE_ID.fullmatch, values)):
        raise ValueError
    return values


_SOURCE_ID = checked.Several(_source_id, _source_ids)
SOURCE_IDS = checked.list_of(_SOURCE_ID)

_OF_INPUT: Mapping[str, checked.Read] = {
    "source_id": _SOURCE_ID,
    "name": checked.text,
    "path": checked.text,
    "sha256": checked.text,
    "size": checked.whole,
    "mtime_ns": checked.or_none(checked.whole),
    "is_video": checked.flag,
    "reader": checked.text,
    "address": checked.text,
    "now": checked.text,
}
_LATER = {"address": "", "now": ""}  # of which older runs knew nothing
_INPUT = checked.record(InputEntry, **_OF_INPUT)


def _input(value: Any, name: str) -> InputEntry:
    return _INPUT(_LATER | checked.mapping(value, name), name)


INPUTS_READ = checked.list_of(checked.Several(_input, _INPUT.many))
_NAMES = [*_OF_INPUT, DONE]
_LISTED = checked.columns(**_OF_INPUT, **{DONE: checked.or_none(checked.whole)})


def listed(blocks: Iterable[Sequence[Any]], name: str) -> tuple[tuple[InputEntry, ...], dict[str, int]]:
    """The inputs of a file that lists them, and `RunState.done`. blocks: what `rows_of` gives, some rows each: they are
    taken apart while they are in the processor's cache. ValueError: it is no such list."""
    blocks = iter(blocks)
    head, *rows = next(blocks, None) or [None]
    inputs, known = list[InputEntry](), dict[str, int | None]()
    if isinstance(head, dict):  # an earlier list: an object an input
        objects = [head, *rows, *chain.from_iterable(blocks)]
        done = {str(row.get("source_id")): row.pop(DONE, None) for row in map(checked.mapping, objects, repeat(name))}
        known = checked.dict_of(checked.or_none(checked.whole))(done, DONE)
        inputs += INPUTS_READ(objects, name)
    else:
        for some in chain([rows], blocks):
            columns = _LISTED([_NAMES, *_with_later(head, some, name)], f"{name}[{len(inputs)}:]" if inputs else name)
            known.update(zip(columns["source_id"], columns.pop(DONE), strict=True))
            inputs += map(partial(tuple.__new__, InputEntry), zip(*columns.values(), strict=True))  # soonest
    return tuple(inputs), {source_id: count for source_id, count in known.items() if count is not None}


def _with_later(head: Any, rows: Sequence[Any], name: str) -> Sequence[Any]:
    """Rows with all entries, whatever `head` says that they have; those of an earlier list end before `now`."""
    if head == _NAMES:
        return rows
    if head != [one for one in _NAMES if one != "now"] or not {*map(type, rows)} <= {list}:
        raise ValueError(f"{name} has other entries than {', '.join(_NAMES)}")
    return [[*row[:-1], "", *row[-1:]] for row in rows]


def rows_of(inputs: Sequence[InputEntry], done: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """What a file that lists inputs holds, a line each: the names of the entries, then those of each input."""
    yield *InputEntry._fields, DONE
    yield from ((*entry, done.get(entry.source_id)) for entry in inputs)
