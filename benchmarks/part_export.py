"""An hour of 1080p25, encoded as x264 does by itself, looked at every 3 seconds: its faces as portraits of 1024 pixels.

The clip is --clip, scaled to 1080p and repeated without encoding again. Keyframes stand at its cuts, and 10 s apart.
"""

from measure import PYTHON, facepipe, run, table
from part_hour import make_minute, repeat

INTERVAL_S, PORTRAITS = "3", 1000


def measured(args):
    minute, clip = args.out / "minute_1080p_x264.mp4", args.out / "60_minutes_1080p_x264.mp4"
    if not clip.exists():
        make_minute(args.clip, minute, gop=250)
        repeat(minute, clip, 60)
    run(facepipe("--video", clip, "--interval", INTERVAL_S, "--threads", "2", "--no-cloth", "--plots", "none",
                 "--annotations", "none", "--out", args.out / "export_run"))  # fmt: skip
    rows, figures = [], {}
    for quality in ("source", "stored"):
        for picture in ("png", "jpeg"):
            to = args.out / f"export_{quality}_{picture}"
            cost = run([PYTHON, "-m", "facepipe", "export", args.out / "export_run", "--format", "aligned",
                        "--size", "1024", "--quality", quality, "--picture", picture,
                        "--to", to, "--quiet"])  # fmt: skip
            count = sum(1 for _ in to.glob("*/*/*.*"))
            share = PORTRAITS / count
            rows.append([quality, picture, count, cost.wall * share, cost.cpu * share, cost.peak])
            figures[f"{quality} {picture}"] = vars(cost) | {"portraits": count}
    header = ["--quality", "--picture", "portraits", "wall s for 1,000", "CPU s for 1,000", "peak MiB"]
    return "Portraits out of an hour of video", table(header, rows), figures
