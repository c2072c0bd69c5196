"""What it takes to start: the help of every command, and a run of ten frames, the rest of which is start-up too."""

import tempfile
from pathlib import Path

from measure import PYTHON, facepipe, interleaved, median, table

from facepipe.commands import COMMANDS

FRAMES = 10


def measured(args):
    helps = {f"{name} --help": [PYTHON, "-m", "facepipe", name, "--help"] for name in COMMANDS.names}
    alone = {word: [PYTHON, "-m", "facepipe", word] for word in ("--version", "--help")}
    with tempfile.TemporaryDirectory() as folder:
        short = [args.clip, "--max-frames", FRAMES, "--out", Path(folder) / "short"]
        runs = {f"run, {FRAMES} frames": facepipe(*short), "... --plots none": facepipe(*short, "--plots", "none")}
        costs = interleaved({**alone, **helps, **runs}, args.repeats)
    rows = [[name, median(cost, "cpu"), median(cost), round(median(cost, "peak"))] for name, cost in costs.items()]
    return "Start-up", table(["facepipe ...", "CPU s", "wall s", "peak MiB"], rows), {row[0]: row[1:] for row in rows}
