"""What many tests read is made once, by whichever of the processes that run tests asks first."""

import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: two at once would be in each other's way
    fcntl = None

_made: dict[str, Any] = {}
_copies: dict[Path, Path] = {}


def made_once(factory, name: str, make: Callable[[Path], Any]) -> Any:
    """What `make` returns of a new folder, which other processes read too; they wait for it."""
    if name not in _made:
        base = factory.getbasetemp()
        alone = fcntl is None or "PYTEST_XDIST_WORKER" not in os.environ
        folder = (base if alone else base.parent) / name
        with _one_at_a_time(folder.with_suffix(".lock")):
            done = folder.with_suffix(".pickle")
            if not done.exists():
                folder.mkdir()
                done.write_bytes(pickle.dumps(make(folder)))
        _made[name] = pickle.loads(done.read_bytes())
    return _made[name]


def copy_of(factory, run: Path) -> Path:
    """A run as this process has it: every command locks it, and some change it."""
    if run not in _copies:
        _copies[run] = shutil.copytree(run, factory.mktemp("copy") / run.name)
    return _copies[run]


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
