"""What a worker has to know of a run, and whether it can do what is asked of it."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from facepipe.errors import FacepipeError, LockLost, UsageError
from facepipe.files.lock import signature
from facepipe.job.identity import model_hashes
from facepipe.job.plan import SAMPLES, Task
from facepipe.job.work import Work
from facepipe.people.forgotten import forgotten_faces
from facepipe.settings import AUTO, Settings
from facepipe.version import __version__

PATIENCE_S = 1800.0
PLACES = "FACEPIPE_PLACES"  # environment variable of a worker: where paths of the client's lie here, as JSON


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """A run as its workers know it. Paths are the client's.

    turn: what the client has written into the folder's lock. models: name -> SHA-256. samples: frames of a long
    video's part. patience_s: seconds without a finished frame after which a worker hangs: it ends itself.
    """

    folder: Path
    turn: bytes
    settings: Settings
    shard_digest: str
    models: Mapping[str, str]
    models_dir: Path | None
    forgotten: frozenset[str]
    shards: str = AUTO
    samples: int = SAMPLES
    patience_s: float = PATIENCE_S
    facepipe: str = __version__

    @classmethod
    def of(cls, work: Work, **limits: Any) -> "Assignment":
        """The assignment of a run whose lock this process holds. StoreError: a damaged log."""
        folder = work.folder
        return cls(
            folder=folder.path.resolve(),
            turn=signature(folder.path),
            settings=work.settings,
            shard_digest=folder.state.shard_digest,
            models=folder.state.models,
            models_dir=work.models_dir and work.models_dir.resolve(),
            forgotten=forgotten_faces(folder),
            shards=work.shards,
            **limits,
        )

    def admit(self) -> None:
        """LockLost: the client has let go of the folder, or somebody else has it."""
        if not self.turn or signature(here(self.folder)) != self.turn:
            raise LockLost(f"{self.folder} is not held any more by whoever asked for this")

    def refusal(self) -> str:
        """Why this process cannot do what is asked, in one line that names its machine; "" where it can."""
        machine, folder = platform.node(), here(self.folder)
        if self.facepipe != __version__:
            return f"{machine} has facepipe {__version__}, this is {self.facepipe}: install the same on both"
        if not self.turn or signature(folder) != self.turn:
            remedy = f"share it, or say where it lies there: facepipe worker ADDRESS --map {self.folder}=DIR"
            return f"{machine} does not see the run that {self.folder} holds here (it looks into {folder}): {remedy}"
        try:
            hashes = model_hashes(self.settings, self.models_dir and here(self.models_dir))
        except FacepipeError as error:
            return f"{machine} lacks what this run needs: {error}"
        differing = [name for name, sha256 in self.models.items() if hashes.get(name) != sha256]
        if not differing:
            return ""
        return f"{machine} has another {', '.join(differing)} than this run: put the same files there"


def located(task: Task) -> Task:
    """A task with its sources where they lie on this machine."""
    return replace(task, sources=tuple(replace(source, path=here(source.path)) for source in task.sources))


def places(mappings: Sequence[str]) -> dict[str, str]:
    """The environment of workers on whose machine paths of the client's lie elsewhere: mappings are "THERE=HERE".

    UsageError: one is not of that form.
    """
    pairs = []
    for text in mappings:
        there, equals, place = text.partition("=")
        if not (there and equals and place):
            raise UsageError(f"--map {text}: must be THERE=HERE, such as /share=/mnt/share")
        pairs.append((there.rstrip("/") or "/", str(Path(place).absolute())))
    return {PLACES: json.dumps(sorted(pairs, key=lambda pair: -len(pair[0])))}


def here(path: Path) -> Path:
    """Where a path of the client's lies on this machine: as `facepipe worker --map` says, or in the same place."""
    for there, place in json.loads(os.environ.get(PLACES, "[]")):
        if path.is_relative_to(there):
            return Path(place) / path.relative_to(there)
    return path
