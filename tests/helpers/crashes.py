"""Commands that are killed at a change of a file, and folders compared as the program is answerable for them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from commandline import ROOT, environment

from facepipe.files.ledger import Ledger

SERVER = Path(__file__).with_name("crash_server.py")
_TIMES = {"seconds", "waiting", "warnings", "log"}  # of run.json: another in every run; the log has times in it


@dataclass
class Ended:
    """code: exit code, negative for a signal. changes: of files. said: standard error."""

    code: int
    changes: int
    said: str


class CrashServer:
    """Commands in processes of their own that start at once; see crash_server.py."""

    def __init__(self) -> None:
        env = environment(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER)], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline() == "ready\n"

    def run(self, *argv, roots=(), at: int | None = None, **limits: int) -> Ended:
        """Run a command line; with `at`, kill it before its change number `at` below `roots`."""
        task = {"argv": [*map(str, argv)], "roots": [*map(str, roots)], "at": at, "limits": limits}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def snapshot(*roots: Path) -> dict[str, bytes]:
    """Every file below some folders, hidden ones too, with what of it must not depend on the moment it was written."""
    found = {}
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder) / name
                found[f"{root.name}/{path.relative_to(root).as_posix()}"] = _lasting(path)
    return found


def _lasting(path: Path) -> bytes:
    if path.is_symlink():
        return str(path.readlink()).encode()
    if path.name == "run.json":
        values = json.loads(path.read_bytes())
        return json.dumps({name: value for name, value in values.items() if name not in _TIMES}).encode()
    if path.name == "files.log":  # it tells what was on the way too
        return repr(sorted(Ledger.read(path).items())).encode()
    if path.name == "report.html":
        return b""  # it says how long everything took
    if path.name.startswith("decisions"):
        return re.sub(rb'"when": "[^"]*"', b"", path.read_bytes())
    return path.read_bytes()


def differences(found: dict[str, bytes], wanted: dict[str, bytes]) -> list[str]:
    """What is missing, too much or different."""
    return (
        [f"missing: {name}" for name in sorted(wanted.keys() - found.keys())]
        + [f"too much: {name}" for name in sorted(found.keys() - wanted.keys())]
        + [f"different: {name}" for name in sorted(wanted) if name in found and found[name] != wanted[name]]
    )
