"""Measuring whole processes, as the operating system counts them."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable


@dataclass(frozen=True)
class Cost:
    """wall and cpu: seconds. peak: MiB of memory."""

    wall: float
    cpu: float
    peak: float


def run(command: list, **environment: str) -> Cost:
    """Run a command to its end; it must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed:\n{errors.decode()}")
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def on_cores(cores: set[int] | None) -> Iterator[None]:
    """Processes started in the block may use only these cores (None: all)."""
    before = os.sched_getaffinity(0) if cores else None
    try:
        if cores:
            os.sched_setaffinity(0, cores)
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)


def facepipe(*arguments) -> list:
    """The command line of the main job."""
    return [PYTHON, "-m", "facepipe", "run", "--quiet", "--fresh", *arguments]


def interleaved(commands: dict[str, list], repeats: int) -> dict[str, list[Cost]]:
    """Each command `repeats` times, in turn, so that a machine that changes its speed is fair to all."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            costs[name].append(run(command))
    return costs


def median(costs: list[Cost], field: str = "wall") -> float:
    return statistics.median(getattr(cost, field) for cost in costs)


def ratio(slow: list[Cost], quick: list[Cost], field: str = "wall") -> float:
    """The median of the ratios of runs that were neighbours in time."""
    return statistics.median(getattr(a, field) / getattr(b, field) for a, b in zip(slow, quick, strict=True))


def table(header: list[str], rows: list[list]) -> str:
    """A Markdown table."""
    cells = [[f"{v:.2f}" if isinstance(v, float) else str(v) for v in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *cells]]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """One line on what was measured."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = next((line.split(":")[1].strip() for line in cpuinfo.open() if line.startswith("model name")), model)
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
