"""Running the program as a person does: as a process of its own."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from facepipe.files.ledger import Ledger

ROOT = Path(__file__).resolve().parents[2]


def environment(**extra: str) -> dict[str, str]:
    """The environment of the tests, with the project importable from anywhere."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **extra}


def facepipe(*arguments, cwd=None, env=None, check=True) -> subprocess.CompletedProcess:
    """`facepipe ARGUMENTS`; with `check` it must exit with 0."""
    command = [sys.executable, "-m", "facepipe", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd or ROOT, env=env or environment(), capture_output=True, text=True, timeout=300
    )
    if check:
        assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def driver(*arguments, **options) -> subprocess.CompletedProcess:
    """`facepipe run --video ARGUMENTS`."""
    return facepipe("run", "--video", *arguments, **options)


def rows(out: Path) -> list[dict[str, str]]:
    """faces.csv of a run."""
    with (out / "faces.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def owned(out: Path) -> set[str]:
    """The files that a run lists as its own."""
    return set(Ledger.read(out / "files.log"))


def state(out: Path) -> dict:
    """run.json of a run."""
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def files(out: Path) -> dict[str, bytes]:
    """Every file of a folder with its content, but for run.json, which holds times."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in ("run.json", "report.html")
    }
