"""Damaged files of every kind, to every reader: refused in one line, or read; in bounded time and memory.

The damage follows from a number, so that what is found can be repeated: `python tests/fuzz/worker.py GROUP NUMBER 1
FOLDER` tries one file. The slow tests try 10,000 files a group; OpenVINO's IR has its own in tests/models.
"""

import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from commandline import environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits on memory are set and measured as Linux does")

WORKER = Path(__file__).with_name("worker.py")
FILE_S = 30  # for one file; readers take milliseconds, but the machine may be busy
START_S = 120


@dataclass
class Tried:
    """counts: how often each outcome came. faults: what went wrong, by number and file."""

    counts: Counter
    faults: dict[str, str]


def tried(group: str, numbers: range, folder: Path) -> Tried:
    """Try the files of some numbers; a process that dies or hangs is a fault of its file, and another goes on."""
    result, first = Tried(Counter(), {}), numbers.start
    while first < numbers.stop and len(result.faults) < 20:
        place = folder / str(first)
        place.mkdir(parents=True)
        with worker(group, first, numbers.stop - first, place) as (process, lines):
            first = watched(process, lines, first, result)
    return result


def watched(process: subprocess.Popen, lines: queue.Queue, first: int, result: Tried) -> int:
    """Follow a process to its end; the number of the file that comes next."""
    number, what = first, "starting"
    while True:
        try:
            line = lines.get(timeout=FILE_S if what != "starting" else START_S)
        except queue.Empty:
            result.faults[f"{number} {what}"] = "takes too long"
            return number + 1
        if line is None:
            if process.wait() == 0:
                return 1 << 62
            result.faults[f"{number} {what}"] = f"ended with {process.returncode}: {_errors_of(process)}"
            return number + 1 if what != "starting" else 1 << 62
        event, number, said = json.loads(line)
        if event == "try":
            what = said
        elif said in ("good", "refused"):
            result.counts[said] += 1
        else:
            result.faults[f"{number} {what}"] = said


@contextmanager
def worker(group: str, first: int, count: int, place: Path) -> Iterator[tuple[subprocess.Popen, queue.Queue]]:
    """A process that tries files, and what it prints: a line each, None at its end."""
    with (place / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), group, str(first), str(count), str(place)],
            stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(OMP_NUM_THREADS="1"),
        )  # fmt: skip
        lines: queue.Queue = queue.Queue()
        follower = threading.Thread(target=follow, args=(process.stdout, lines))
        follower.start()
        try:
            yield process, lines
        finally:
            process.kill()
            process.wait()
            follower.join()
            process.stdout.close()


def _errors_of(process: subprocess.Popen) -> str:
    return Path(process.args[-1], "errors").read_text(errors="replace")[-2000:]


def follow(stream: IO[str], lines: queue.Queue) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def check(result: Tried, count: int) -> None:
    shown = "\n".join(f"{what}: {how}" for what, how in list(result.faults.items())[:5])
    assert not result.faults, f"{len(result.faults)} of {count} files:\n{shown}"
    assert sum(result.counts.values()) == count
    assert min(result.counts["refused"], result.counts["good"]) > count // 100, result.counts


FEW = {"state": 30, "commands": 10, "media": 100, "models": 30}
MANY = {"state": 10_000, "commands": 1_000, "media": 10_000, "models": 10_000}


@pytest.mark.parametrize("group", FEW)
def test_damaged_files_are_refused_or_read(group, tmp_path):
    check(tried(group, range(FEW[group]), tmp_path), FEW[group])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))  # of some minutes each
@pytest.mark.parametrize("group", MANY)
def test_many_damaged_files_are_refused_or_read(group, part, tmp_path):
    count = MANY[group] // 2
    start = FEW[group] + part * count
    check(tried(group, range(start, start + count), tmp_path), count)
