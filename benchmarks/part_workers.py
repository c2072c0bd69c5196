"""What worker processes cost beside threads: the same ten minutes of video on two threads and on two workers.

Of the run with workers also what goes through the loopback interface, if nothing else on the machine uses it (Linux).
"""

from pathlib import Path

from measure import facepipe, median, ratio, run, table
from part_hour import make_minute, repeat

MINUTES = 10


def measured(args):
    minute, clip = args.out / "minute_1080p.mp4", args.out / f"{MINUTES}_minutes_1080p.mp4"
    if not minute.exists():
        make_minute(args.clip, minute)
    if not clip.exists():
        repeat(minute, clip, MINUTES)
    ways = {"2 threads": ("--threads", "2"), "2 workers": ("--workers", "2")}
    costs = {name: [] for name in ways}
    through = {name: [] for name in ways}
    for _ in range(args.repeats):
        for name, way in ways.items():
            before = _loopback()
            costs[name].append(run(facepipe("--video", clip, *way, "--out", args.out / "workers")))
            through[name].append((_loopback() - before) / 1e6)
    threads, workers = costs["2 threads"], costs["2 workers"]
    rows = [
        [
            name,
            median(found),
            median(found, "cpu"),
            ratio(found, threads),
            ratio(found, threads, "cpu"),
            through[name][-1],
        ]
        for name, found in costs.items()
    ]
    header = [f"{MINUTES} minutes of 1080p25", "wall s", "CPU s", "wall against threads", "CPU", "MB on loopback"]
    figures = {name: [vars(cost) for cost in found] for name, found in costs.items()}
    return "Worker processes", table(header, rows), {**figures, "MB": through, "ratio": ratio(workers, threads, "cpu")}


def _loopback() -> int:
    """Bytes that the loopback interface has sent; 0 where nobody counts."""
    counters = Path("/proc/net/dev")
    lines = counters.read_text().splitlines() if counters.exists() else []
    return next((int(line.split()[9]) for line in lines if line.strip().startswith("lo:")), 0)
