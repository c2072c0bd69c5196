"""An embedding space as JSON: in run.json, and beside a network of the user's own."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from facepipe.errors import ModelError
from facepipe.files import checked
from facepipe.likeness import Likeness
from facepipe.space import EmbeddingSpace

_MOST_DIMENSIONS = 1 << 16  # of an embedding
_STEEPEST = 1e4  # of the numbers of a model of likeness, which are all about 1
_MOST_BYTES = 16 << 20

_LIKENESS = {spec.name: checked.number for spec in fields(Likeness)}
_LIKENESS |= {"keeps_length": checked.flag, "centre": checked.list_of(checked.number)}
_SPACE = {spec.name: checked.number for spec in fields(EmbeddingSpace)}
_SPACE |= {"name": checked.text, "dimensions": checked.whole, "doubtful": checked.list_of(checked.number)}
_SPACE |= {"likeness": checked.record(Likeness, **_LIKENESS)}


def checked_space(value: Any, name: str) -> EmbeddingSpace:
    """A space whose numbers fit each other, and with which one can count; else ValueError."""
    space: EmbeddingSpace = checked.record(EmbeddingSpace, **_SPACE)(value, name)
    likeness = asdict(space.likeness)
    centre = likeness.pop("centre")
    if not 1 <= space.dimensions <= _MOST_DIMENSIONS or len(space.doubtful) != 3 or min(space.doubtful) <= 0:
        raise ValueError(f"{name} is no space of embeddings")
    if len(centre) not in (0, space.dimensions):
        raise ValueError(f"{name}.likeness.centre does not have {space.dimensions} numbers")
    if max(map(abs, (*likeness.values(), *centre))) > _STEEPEST:
        raise ValueError(f"{name}.likeness has too large a number")
    if min(number for key, number in likeness.items() if key.endswith("_spread")) < 1 / _STEEPEST:
        raise ValueError(f"{name}.likeness has a spread that is none")
    return space


def read_space(path: Path) -> EmbeddingSpace:
    """The space in a file that `space_text` made. ModelError: it cannot be read, or is none."""
    try:
        with path.open("rb") as file:
            return checked_space(json.loads(file.read(_MOST_BYTES)), "it")
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not what facepipe calibrate writes ({error}): make it anew") from error


def space_text(space: EmbeddingSpace) -> str:
    """A space as JSON."""
    return json.dumps(asdict(space), indent=1) + "\n"
