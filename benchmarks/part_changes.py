"""What a change costs: one name, one person forgotten, people made anew, in runs of simulated people."""

import tempfile
from pathlib import Path

import measure
import numpy as np
from simulated import make_run

SIZES = (1_000, 10_000, 40_000)


def measured(args):
    figures = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(dir=args.out) as folder:
            figures[size] = one(Path(folder) / "run", size)
    rows = [[size, *(f"{cost.cpu:.1f}" for cost in costs.values())] for size, costs in figures.items()]
    rows.append(["exponent", *(f"{_exponent(figures, step):.2f}" for step in figures[SIZES[0]])])
    text = measure.table(["faces", *(f"{step}, CPU s" for step in figures[SIZES[0]])], rows)
    return (
        "What a change costs",
        text,
        {size: {step: cost.cpu for step, cost in figures[size].items()} for size in SIZES},
    )


def one(out, size):
    """The cost of each step, one after the other: of those who are seen most, and of those who are seen least."""
    make_run(out, size, stored=True, annotations=("yolo", "darknet"), plots=("all",))
    command = [measure.PYTHON, "-m", "facepipe"]
    costs = {"people anew, all written": measure.run([*command, "cluster", out])}
    costs["people anew, nothing changed"] = measure.run([*command, "cluster", out])
    people = sorted((out / "people").glob("person_*"), key=lambda folder: (len([*folder.iterdir()]), folder.name))
    for often, somebody, another in (("most", *people[:-3:-1]), ("least", *people[:2])):
        somebody.rename(out / "people" / "Anna")
        costs[f"seen {often}: renamed, sync"] = measure.run([*command, "sync", out])
        costs[f"seen {often}: undo"] = measure.run([*command, "undo", out])
        costs[f"seen {often}: forgotten"] = measure.run([*command, "forget", out, "--person", another.name, "--yes"])
    return costs


def _exponent(figures, step):
    """How cost grows from the second largest size to the largest: faces to the power of this."""
    small, large = SIZES[-2:]
    return np.log(figures[large][step].cpu / figures[small][step].cpu) / np.log(large / small)
