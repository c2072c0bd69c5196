"""How the encoding (decode, detect, encode, store) scales with worker threads, for every detector.

Decoding has a thread of its own beside the workers, so that "1 thread" already keeps a second core busy where decoding
costs much. What a core brings is therefore shown too: one worker with everything on one core, against two workers.
"""

import json
import os
from statistics import median

from measure import facepipe, on_cores, run, table

DETECTORS = ("yunet", "centerface", "cnn", "hog")


def measured(args):
    cores = os.cpu_count() or 1
    counts = [n for n in (1, 2, 4) if n <= cores]
    pinned = hasattr(os, "sched_setaffinity")
    rows, figures, last = [], {}, f"{counts[-1]} threads"
    for detector in installed():
        ways = {**({"1 core": (1, {0})} if pinned else {}), **{f"{n} threads": (n, None) for n in counts}}
        encodings = {name: [] for name in ways}
        for _ in range(args.repeats):
            for name, (threads, on) in ways.items():
                encodings[name].append(encoding(args, detector, threads, on))
        wall = {name: median([entry["seconds"] for entry in runs]) for name, runs in encodings.items()}
        waited = median([entry["waiting"] for entry in encodings[last]])
        best = wall[last]
        gains = [wall[name] / best for name in ways if name != last]
        rows.append([detector, *wall.values(), *gains, waited])
        figures[detector] = encodings
    against = [f"{last} against {name}" for name in ways if name != last]
    waiting = "share of time that workers waited for frames"
    return "Threads", table(["detector", *(f"{name}, s" for name in ways), *against, waiting], rows), figures


def encoding(args, detector, threads, cores):
    """Seconds of the encoding of one run, and the share of it that its workers waited for the decoder."""
    out = args.out / f"threads_{detector}"
    with on_cores(cores):
        run(facepipe("--video", args.clip, "--detector", detector, "--threads", threads, "--interval", "0.2",
                     "--annotations", "none", "--out", out))  # fmt: skip
    state = json.loads((out / "run.json").read_text())
    return {"seconds": state["seconds"]["encoding"], "waiting": state["waiting"]["workers"]}


def installed():
    """The detectors whose model is there."""
    from facepipe.faces.detectors import DETECTORS as REGISTERED

    return [name for name in DETECTORS if REGISTERED.load(name)().is_installed()]
