"""People among very many faces: compared with everybody, and in cells. Do both give the same, and how does each grow?

python benchmarks/part_many.py 1000000 cells LABELS.npy     one run alone, as one line of JSON
"""

import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from measure import PYTHON, ROOT, table

SIZES = {"everybody": (20_000, 50_000, 100_000), "cells": (20_000, 50_000, 100_000, 200_000)}


def measured(args):
    rows, figures, labels = [], {}, {}
    with tempfile.TemporaryDirectory(dir=args.out) as folder:
        for way, sizes in SIZES.items():
            for faces in sizes:
                file = Path(folder) / f"{way}_{faces}.npy"
                command = [PYTHON, str(Path(__file__)), str(faces), way, str(file)]
                figures[f"{way} {faces}"] = figure = json.loads(subprocess.check_output(command, cwd=ROOT))
                labels[way, faces] = np.load(file)
                figure |= same(labels["everybody", faces], labels[way, faces]) if ("everybody", faces) in labels else {}
                shown = ("seconds", "cpu_seconds", "peak_mb", "bcubed_f", "same_bcubed_f", "same_nmi", "same_pair_f")
                rows.append([way, faces, *(f"{figure[name]:.4g}" if name in figure else "" for name in shown)])
    header = ["compared with", "faces", "s", "CPU s", "MB", "B-cubed F", "with everybody: F", "NMI", "pair F"]
    return "People among many faces", table(header, rows) + "\n" + exponents(figures), figures


def exponents(figures) -> str:
    """How CPU seconds grow from size to size: as faces to this power."""
    lines = []
    for way, sizes in SIZES.items():
        cpu = {faces: figures[f"{way} {faces}"]["cpu_seconds"] for faces in sizes}
        powers = (f"{np.log(cpu[b] / cpu[a]) / np.log(b / a):.2f}" for a, b in pairwise(sizes))
        lines.append(f"{way}: CPU seconds grow as faces to the power of {', '.join(powers)}")
    return "\n".join(lines) + "\n"


def same(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """How much two clusterings of the same faces agree; every unknown face is a cluster of its own."""
    from facepipe.evaluate import metrics

    one, other = metrics.singletons(one), metrics.singletons(other)
    return {
        "same_bcubed_f": metrics.b_cubed(one, other)[2],
        "same_nmi": metrics.agreement(one, other)["nmi"],
        "same_pair_f": metrics.pairs(one, other)[2],
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from clustering import measure

    from facepipe.cluster import neighbours

    faces, way, file = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    neighbours.MANY = 1 if way == "cells" else faces + 1
    print(json.dumps(measure("people", faces, file)))
