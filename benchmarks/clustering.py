"""Clustering at scale: simulated people, time, peak memory and quality side by side.

    python benchmarks/clustering.py [--faces 1000,10000,40000] [--methods people,dbscan] [--json FILE]

Faces are drawn from a model fitted to 104 labelled pictures of 18 people as dlib's network encodes them: between people
a Gaussian whose pair distances have mean square .595 and vary as in 47 dimensions; within a person .195 (what dlib's
threshold of 0.6 implies; the labelled pictures have .13 to .26), scaled by person (log standard deviation .32) and by
picture (.40). Group sizes follow Zipf's law, so most people are rare. One picture in 25 is spoilt (blur, profile): its
vector is drawn half way towards the common mean, where all bad pictures meet; one face in 50 is no face.
Every method and size runs in a process of its own, so that peak memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from facepipe.cluster import CLUSTERERS
from facepipe.space import DLIB
from facepipe.table import FaceTable

BETWEEN, WITHIN = 0.595, 0.195  # mean squared distances that another person, another picture adds to a pair
DECAY = 23.0  # the covariances' eigenvalues fall as exp(-k / DECAY): 46 effective dimensions
PERSON_SCALE, PICTURE_SCALE = 0.32, 0.40  # log standard deviations
SPOILT, FALSE = 0.04, 0.02  # shares of pictures
FEASIBLE = {"hac": 10_000, "hdbscan": 40_000}  # largest number of faces tried; other methods take all


def simulate(faces: int, people: int, seed: int = 0) -> tuple[FaceTable, np.ndarray]:
    """A table of that many faces of that many people in photos of one to four, and who they are (-1: no face)."""
    rng = np.random.default_rng(seed)
    sizes = 1 / np.arange(1, people + 1)
    truth = np.concatenate([np.arange(people), rng.choice(people, faces - people, p=sizes / sizes.sum())])
    rng.shuffle(truth)
    between, within = _covariance_root(rng, BETWEEN / 2), _covariance_root(rng, WITHIN / 2)
    centre = np.array(DLIB.likeness.centre)
    mean = centre + rng.normal(size=(people, 128)) @ between
    scale = _log_normal(rng, PERSON_SCALE, people)[truth] * _log_normal(rng, PICTURE_SCALE, faces)
    vector = mean[truth] + np.sqrt(scale)[:, None] * (rng.normal(size=(faces, 128)) @ within)
    spoilt, false = rng.random(faces) < SPOILT, rng.random(faces) < FALSE
    vector[spoilt] = (vector[spoilt] + centre) / 2 + rng.normal(size=(spoilt.sum(), 128)) @ within
    vector[false] = centre + rng.normal(size=(false.sum(), 128)) @ within
    truth = np.where(false, -1, truth)
    quality = np.where(spoilt | false, rng.uniform(0, 0.3, faces), rng.uniform(0.2, 1, faces))
    return _table(vector, quality, _photos(rng, truth)), truth


def _covariance_root(rng: np.random.Generator, trace: float) -> np.ndarray:
    values = np.exp(-np.arange(128) / DECAY)
    directions = np.linalg.qr(rng.normal(size=(128, 128)))[0]
    return np.sqrt(values * trace / values.sum())[:, None] * directions


def _log_normal(rng: np.random.Generator, sd: float, n: int) -> np.ndarray:
    """Factors of mean 1."""
    return np.exp(rng.normal(-(sd**2) / 2, sd, n))


def _photos(rng: np.random.Generator, truth: np.ndarray) -> np.ndarray:
    """The photo of every face: one to four in a row, never two of one person."""
    photo, members, room = np.zeros(len(truth), np.int64), set(), 0
    number = -1
    for i, person in enumerate(truth.tolist()):
        if room == 0 or person in members:
            number, room, members = number + 1, int(rng.integers(1, 5)), set()
        photo[i] = number
        members.add(person)
        room -= 1
    return photo


def _table(vector: np.ndarray, quality: np.ndarray, photo: np.ndarray) -> FaceTable:
    n = len(vector)
    names = tuple(f"p{number:07d}.jpg" for number in photo.tolist())
    return FaceTable(
        face_id=tuple(f"p{number:07d}-{i:07d}" for i, number in enumerate(photo.tolist())),
        frame_id=names,
        source=names,
        frame_index=np.zeros(n),
        time_s=np.zeros(n),
        box_ltrb=np.tile([100, 100, 180, 180], (n, 1)),
        image_wh=np.tile([1000, 800], (n, 1)),
        stored_wh=np.tile([1000, 800], (n, 1)),
        score=np.ones(n),
        quality=quality,
        shot=photo,
        embedding=vector,
        cloth=np.zeros((n, 128)),
        has_cloth=np.zeros(n, bool),
        track=np.full(n, -1),
    )


def bcubed(truth: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """B-cubed precision and recall of faces that are somebody; every unknown face is a cluster of its own."""
    somebody = truth >= 0
    truth, labels = truth[somebody], labels[somebody].astype(np.int64)
    labels = np.where(labels < 0, labels.max() + 1 + np.arange(len(labels)), labels)
    _, cell, both = np.unique(np.stack([truth, labels]), axis=1, return_inverse=True, return_counts=True)
    both = both[cell.ravel()]
    size = [np.unique(x, return_inverse=True, return_counts=True)[1:] for x in (labels, truth)]
    return tuple(float(np.mean(both / counts[inverse])) for inverse, counts in size)


def measure(method: str, faces: int, keep: Path | None = None) -> dict:
    """One run in this process. keep: where the labels are saved, if they are."""
    from sklearn.metrics import normalized_mutual_info_score

    table, truth = simulate(faces, max(2, faces // 20))
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    found = CLUSTERERS.load(method)().cluster(table)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    labels, somebody = found.labels, truth >= 0
    if keep:
        np.save(keep, labels)
    precision, recall = bcubed(truth, labels)
    alone = np.where(labels < 0, labels.max() + 1 + np.arange(len(labels)), labels)
    return {
        "faces": faces,
        "method": method,
        "seconds": seconds,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": after.ru_maxrss / 1024,
        "nmi": float(normalized_mutual_info_score(truth[somebody], alone[somebody])),
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f": 2 * precision * recall / (precision + recall),
        "assigned": float((labels[somebody] >= 0).mean()),
        "people": int(labels.max()) + 1,
        "true_people": len(np.unique(truth[somebody])),
    }


COLUMNS = ("faces", "method", "seconds", "cpu_seconds", "peak_mb", "nmi", "bcubed_precision", "bcubed_recall",
           "bcubed_f", "assigned", "people", "true_people")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", default="1000,10000,40000,100000,200000")
    parser.add_argument("--methods", default="people,hac,dbscan,hdbscan")
    parser.add_argument("--json", type=Path, help="where the figures are written, if they are")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds after which a run is given up")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    sizes, methods = [int(size) for size in args.faces.split(",")], args.methods.split(",")
    if args.one:
        print(json.dumps(measure(methods[0], sizes[0])))
        return
    rows = []
    print("| " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for faces in sizes:
        for method in methods:
            if faces > FEASIBLE.get(method, faces):
                continue
            command = [sys.executable, __file__, "--one", "--faces", str(faces), "--methods", method]
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=args.timeout)
            except subprocess.TimeoutExpired:
                print(f"| {faces} | {method} | over {args.timeout:g} |" + " |" * (len(COLUMNS) - 3), flush=True)
                continue
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1]
                print(f"| {faces} | {method} | {reason} |" + " |" * (len(COLUMNS) - 3), flush=True)
                continue
            rows.append(json.loads(done.stdout))
            cells = (f"{v:.3f}" if isinstance(v, float) and v <= 1 else f"{v:.6g}" if isinstance(v, float) else str(v)
                     for v in (rows[-1][name] for name in COLUMNS))  # fmt: skip
            print("| " + " | ".join(cells) + " |", flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
