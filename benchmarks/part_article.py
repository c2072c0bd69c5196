"""The article's pipeline, with its CNN and its HOG detector, against the main job: same clip, in turn."""

import csv
import json

import numpy as np
from measure import PYTHON, ROOT, facepipe, interleaved, median, ratio, table

from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.pairing import match_gain

SIDES = ("left", "top", "right", "bottom")


def measured(args):
    article = [PYTHON, ROOT / "benchmarks" / "article.py", args.clip]
    ours = ["--video", args.clip, "--threads", "2", "--out"]
    commands = {
        "article, CNN": [*article, "--model", "cnn", "--out", args.out / "article_cnn.json"],
        "article, HOG": [*article, "--model", "hog", "--out", args.out / "article_hog.json"],
        "facepipe": facepipe(*ours, args.out / "article_auto"),
        "facepipe, cnn": facepipe(*ours, args.out / "article_cnn", "--detector", "cnn"),
    }
    costs = interleaved(commands, args.repeats)
    rows = [
        [name, median(costs[name]), median(costs[name], "cpu"), median(costs[name], "peak"),
         ratio(costs["article, CNN"], costs[name]), ratio(costs["article, HOG"], costs[name])]
        for name in commands
    ]  # fmt: skip
    header = ["", "wall s", "CPU s", "peak MiB", "times faster than article CNN", "than article HOG"]
    recalls = {name: recall(args, name) for name in commands}
    markdown = table(header, rows) + "\nFaces found: " + ", ".join(f"{k} {v:.3f}" for k, v in recalls.items()) + "\n"
    figures = {"recall": recalls, **{row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}}
    return "Against the article's pipeline", markdown, figures


def recall(args, name):
    """Share of the annotated faces that were found, in the frames that both pipelines sample (one a second)."""
    if name.startswith("article"):
        saved = json.loads((args.out / f"article_{name[-3:].lower()}.json").read_text())
        faces = [(face[0], face[1:]) for face in saved["faces"]]
    else:
        folder = args.out / ("article_cnn" if name.endswith("cnn") else "article_auto")
        with (folder / "faces.csv").open(newline="") as handle:
            faces = [(int(r["frame"]), [int(r[k]) for k in SIDES]) for r in csv.DictReader(handle)]
    truth = read_ground_truth(args.truth)
    expected = hit = 0
    for frame in sorted({frame for frame, _ in faces}):
        wanted = [a.annotation_ltrb for a in truth.at(args.clip.name, frame) or () if a.annotation_ltrb]
        found = [box for index, box in faces if index == frame]
        expected += len(wanted)
        if wanted:
            hit += int(match_gain(np.array(found), np.array(wanted)).max(0).astype(bool).sum())
    return hit / expected if expected else float("nan")
