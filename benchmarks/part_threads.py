"""How the main job's encoding scales with worker threads, for every detector."""

import os

from measure import facepipe, interleaved, median, ratio, table

DETECTORS = ("yunet", "centerface", "cnn", "hog")


def measured(args):
    counts = [n for n in (1, 2, 4) if n <= (os.cpu_count() or 1)]
    rows, figures = [], {}
    for detector in installed():
        commands = {
            f"{n}": facepipe("--video", args.clip, "--detector", detector, "--threads", n, "--interval", "0.5",
                             "--out", args.out / f"threads_{detector}")
            for n in counts
        }  # fmt: skip
        costs = interleaved(commands, args.repeats)
        encoding = {n: [c.wall for c in costs[n]] for n in commands}
        speedups = [ratio(costs["1"], costs[n]) for n in commands]
        rows.append([detector, *(median(costs[n]) for n in commands), *speedups[1:]])
        figures[detector] = {"wall": encoding, "speedup": dict(zip(commands, speedups, strict=True))}
    header = ["detector", *(f"{n} threads, s" for n in counts), *(f"{n} against 1" for n in counts[1:])]
    return "Threads", table(header, rows), figures


def installed():
    """The detectors whose model is there."""
    from facepipe import models

    return [d for d in DETECTORS if d not in ("yunet", "centerface") or models.is_installed(d)]
