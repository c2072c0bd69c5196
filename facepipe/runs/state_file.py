"""run.json on the disk, and beside it the list of the inputs where that is long.

run.json stays so short that it can be read by eye: of more than `MOST_INPUTS` inputs it says in which file they stand,
inputs-<digest>.jsonl, an input a line below the names of the columns. The name follows from what is in there. That file
is written first, and the one that was named before goes when the new run.json stands: whenever a run is stopped, its
state is a whole one.
"""

import hashlib
import json
import os
import re
from contextlib import suppress
from typing import Any, NamedTuple

from facepipe.errors import StoreError
from facepipe.files.atomic import write_text
from facepipe.files.hashing import sha256_of
from facepipe.files.lines import whole_lines
from facepipe.files.removal import remove
from facepipe.runs.input_entry import DONE, InputEntry, listed, rows_of
from facepipe.runs.layout import Layout
from facepipe.runs.state import INPUTS, RunState, parsed

MOST_INPUTS = 1_000  # that stand in run.json itself
INPUTS_NAME = re.compile(r"inputs-[0-9a-f]{16}\.jsonl")


class Listed(NamedTuple):
    """What stands in the file of that name, "" for run.json itself."""

    inputs: tuple[InputEntry, ...]
    done: dict[str, int]
    name: str

    def still(self, state: RunState) -> bool:
        """Whether it says what the state says, and stands where that belongs."""
        same = self.inputs is state.inputs and self.done is state.done
        return same and bool(self.name) == (len(state.inputs) > MOST_INPUTS)


def list_name(sha256: str) -> str:
    """What a list of inputs is called whose content has this hash."""
    return f"inputs-{sha256[:16]}.jsonl"


class _Gone(ValueError):
    """The list that run.json names is not there."""


def read_state(layout: Layout) -> tuple[RunState, Listed]:
    """The state of a run. OSError: a file of it cannot be read; ValueError, UsageError: see `from_values`."""
    try:
        return _read_state(layout)
    except _Gone:  # it may have been replaced since run.json was read: who only reads a run holds no lock
        return _read_state(layout)


def _read_state(layout: Layout) -> tuple[RunState, Listed]:
    values, name = parsed(layout.run.read_text(encoding="utf-8")), ""
    if not isinstance(values.get(INPUTS, []), list):
        name = _checked_name(values[INPUTS])
        values |= {INPUTS: [], DONE: {}}
    state = RunState.from_values(values)
    if name:
        state.inputs, state.done = _read_list(layout, name)
    return state, Listed(state.inputs, state.done, name)


def write_state(layout: Layout, state: RunState, before: Listed | None) -> Listed:
    """Write run.json, and the list of inputs if that is long and is not `before`, what was written or read last."""
    listed = before if before is not None and before.still(state) else _write_list(layout, state)
    write_text(layout.run, state.to_json(listed.name), durable=True)
    others = [name for name in os.listdir(layout.path) if INPUTS_NAME.fullmatch(name) and name != listed.name]
    with suppress(OSError, ValueError, StoreError):  # somebody reads it, on some systems; then it goes the next time
        remove(layout.path, [name for name in others if list_name(sha256_of(layout.path / name)) == name])
    return listed


def _write_list(layout: Layout, state: RunState) -> Listed:
    if len(state.inputs) <= MOST_INPUTS:
        return Listed(state.inputs, state.done, "")
    text = "".join(f"{line}\n" for line in map(json.JSONEncoder().encode, rows_of(state.inputs, state.done)))
    name = list_name(hashlib.sha256(text.encode()).hexdigest())
    if not layout.run.exists():  # a folder without is none of ours, and would stay so if this were stopped here
        write_text(layout.run, state.without_inputs().to_json(), durable=True)
    write_text(layout.path / name, text, durable=True)
    return Listed(state.inputs, state.done, name)


def _read_list(layout: Layout, name: str) -> tuple[tuple[InputEntry, ...], dict[str, int]]:
    """What `listed` gives of the file. ValueError: it is not what was written, or is not there."""
    path = layout.path / name
    try:
        if name != list_name(sha256_of(path)):
            raise ValueError(f"{name}, which lists its inputs, is not as it was written")
        with path.open("rb") as file:
            return listed(map(_rows_in, whole_lines(file)), INPUTS)
    except FileNotFoundError:
        raise _Gone(f"{name}, which lists its inputs, is missing") from None


def _rows_in(lines: bytes) -> list[Any]:
    rows: list[Any] = json.loads(b"[%s]" % lines.removesuffix(b"\n").replace(b"\n", b","))
    return rows


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not INPUTS_NAME.fullmatch(name):
        raise ValueError(f"{INPUTS} is neither a list nor the name of one")
    return name
