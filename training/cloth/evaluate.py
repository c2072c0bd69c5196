"""Measure the clothing encoder against its baselines: python training/cloth/evaluate.py.

Prints the tables of README.md. Without the clip or the photos only drawn, held-out garments are measured.
"""

import argparse
import csv
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from garments.camera import SIDE, relight
from garments.render import Wardrobe
from retrieval import Embedder, histogram, imagenet, network, scores

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from facepipe.geometry import Box, crop_padded, expand_box, torso_box  # noqa: E402

SHIPPED = ROOT / "facepipe" / "models" / "cloth_resnet18.onnx"
HELD_OUT = 987_654  # a seed that training does not reach
RANDOM_SEEDS = range(3)
SIDES = (64, 96, 128, 224)
INSIDE = 0.5  # share of a torso box that must lie in the picture


@dataclass(frozen=True, eq=False)
class Views:
    """Labelled views: `images` (N, S, S, 3) uint8, `people` (N,), `groups` (N,) shots or None."""

    name: str
    images: np.ndarray
    people: np.ndarray
    groups: np.ndarray | None = None

    @property
    def title(self) -> str:
        return f"{self.name} ({len(self.images)} views, {len(set(self.people))} people)"


def drawn(light: bool, people: int = 120, views: int = 4) -> Views:
    """Held-out people in families of look-alikes, each view in its own place, with or without a light of its own."""
    images = Wardrobe(HELD_OUT, families=people // 4, backgrounds=60).batch(people, views, light=light)
    name = "drawn, any light" if light else "drawn, even light"
    return Views(name, images.reshape(-1, *images.shape[2:]), np.repeat(np.arange(people), views))


def clip(video: Path, truth: Path, cuts: list[int]) -> list[Views]:
    """Torso crops of a labelled clip, all pairs and within shots; `cuts` are the first frames of new shots."""
    capture, frames = cv2.VideoCapture(str(video)), []
    while (read := capture.read())[0]:
        frames.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    images, people, shots = [], [], []
    with truth.open(newline="") as rows:
        for row in csv.DictReader(rows):
            index = int(row["frame"])
            box = tuple(int(row[side]) for side in ("left", "top", "right", "bottom"))
            image, inside = crop_padded(frames[index], torso_box(box))
            if inside >= INSIDE:
                images.append(_fit(image))
                people.append(row["person"])
                shots.append(np.searchsorted(cuts, index, side="right"))
    stacked, names, shots = np.array(images), np.unique(people, return_inverse=True)[1], np.array(shots)
    return [Views("clip, all pairs", stacked, names), Views("clip, within shots", stacked, names, shots)]


def photos(folder: Path, detector: Path, copies: int = 4) -> Views:
    """Real people in pictures, one outfit each, against copies: box moved, blurred, compressed; see also `relit`."""
    rng = np.random.default_rng(HELD_OUT)
    images, people = [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")):
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        for box in _faces(picture, detector):
            if crop_padded(picture, torso_box(box))[1] < 0.75:
                continue
            for _ in range(copies):
                move = rng.uniform(-0.12, 0.12, 2)
                moved = expand_box(box, -move[0], -move[1], move[0] + rng.uniform(-0.1, 0.1), move[1])
                images.append(_alter(_fit(crop_padded(picture, torso_box(moved))[0]), rng))
                people.append(len(people) // copies)
    return Views("photos, moved copies", np.array(images), np.array(people))


def _faces(picture: np.ndarray, detector: Path) -> list[Box]:
    found = cv2.FaceDetectorYN.create(str(detector), "", picture.shape[1::-1], 0.8)
    _, faces = found.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    boxes = []
    for left, top, width, height in [] if faces is None else faces[:, :4]:
        if width >= 16:  # a square that ends at the chin
            boxes.append((round(left), round(top + height - width), round(left + width), round(top + height)))
    return boxes


def _alter(view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    view = cv2.GaussianBlur(view, (0, 0), rng.uniform(0.3, 1.5))
    view = cv2.imdecode(cv2.imencode(".jpg", view, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))))[1], 1)
    return view


def _fit(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    how = cv2.INTER_AREA if image.shape[0] > side else cv2.INTER_LINEAR
    return cv2.resize(image, (side, side), interpolation=how)


@cache
def measure(embed: Embedder, views: Views) -> dict[str, float]:
    """`scores` of an embedder on a data set, computed once."""
    return scores(embed(views.images), views.people, views.groups)


@cache
def relit(views: Views, white_balance: float) -> Views:
    """The same views, each under its own exposure (x 0.2 to 1.5) and white balance (log deviation per channel)."""
    rng = np.random.default_rng(HELD_OUT)
    gains = np.exp(rng.uniform(np.log(0.2), np.log(1.5), (len(views.images), 1)))
    gains = gains * np.exp(rng.normal(0, white_balance, (len(views.images), 3)))
    images = np.stack([relight(v, g) for v, g in zip(views.images, gains, strict=True)])
    return Views(f"{views.name}, relit {white_balance}", images, views.people, views.groups)


def quality_table(sets: list[Views], methods: dict[str, list[Embedder]]) -> str:
    """A row a method, ROC-AUC / rank-1 / mAP a data set; several embedders of a method (seeds) are averaged."""
    lines = [
        "| ROC-AUC / rank-1 / mAP | " + " | ".join(s.title for s in sets) + " |",
        "|---|" + "---|" * len(sets),
    ]
    for name, embedders in methods.items():
        cells = []
        for views in sets:
            found = [measure(embed, views) for embed in embedders]
            cells.append(" / ".join(f"{np.mean([f[key] for f in found]):.3f}" for key in ("auc", "rank1", "map")))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def light_table(sets: list[Views], methods: dict[str, list[Embedder]]) -> str:
    """mAP as it is, relit, and the loss as a share of what the histogram loses."""
    lines = [
        "| views | light | method | mAP | relit | lost | share of the histogram's loss |",
        "|---|---|---|---|---|---|---|",
    ]
    for views in sets:
        for white_balance in (0.05, 0.15):
            other, reference = relit(views, white_balance), None
            for name, embedders in methods.items():
                before, after = (np.mean([measure(embed, v)["map"] for embed in embedders]) for v in (views, other))
                reference = before - after if reference is None else reference
                share = (before - after) / reference if reference > 0 else float("nan")
                lines.append(
                    f"| {views.name} | x0.2-1.5, balance {white_balance} | {name} | {before:.3f} | {after:.3f} | "
                    f"{before - after:.3f} | {share:.2f} |"
                )
    return "\n".join(lines)


def size_table(sets: list[Views], path: Path) -> str:
    """Processor milliseconds a view (one thread, best of five) and mAP for several input sides."""
    lines = ["| side | ms | " + " | ".join(f"mAP {s.name}" for s in sets) + " |", "|---|---|" + "---|" * len(sets)]
    for side in SIDES:
        embed, times = network(path, side), []
        for _ in range(5):
            started = time.process_time()
            embed(sets[0].images[:16])
            times.append((time.process_time() - started) / 16 * 1000)
        cells = [f"{measure(embed, s)['map']:.3f}" for s in sets]
        lines.append(f"| {side} | {min(times):.1f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--onnx", action="append", default=[], metavar="NAME=FILE", help="another encoder of the same signature"
    )
    parser.add_argument(
        "--imagenet", type=Path, help="the ImageNet trunk, if `facepipe models pull resnet18` brought it"
    )
    parser.add_argument("--clip", type=Path, help="labelled video")
    parser.add_argument("--truth", type=Path, help="its table: source,frame,person,left,top,right,bottom")
    parser.add_argument("--cuts", type=int, nargs="*", default=[20, 82, 211], help="first frames of later shots")
    parser.add_argument("--photos", type=Path, help="folder of pictures with people")
    parser.add_argument("--detector", type=Path, help="YuNet's ONNX file, to find the people in --photos")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sets = [drawn(light=True), drawn(light=False)]
    if options.clip:
        sets += clip(options.clip, options.truth, options.cuts)
    if options.photos:
        sets.append(photos(options.photos, options.detector))
    methods = {
        "HSV histogram": [histogram],
        "random ResNet-18 trunk": [network(SHIPPED, random_seed=seed) for seed in RANDOM_SEEDS],
        "shipped": [network(SHIPPED)],
    }
    if options.imagenet:
        methods["ImageNet ResNet-18 trunk"] = [imagenet(options.imagenet)]
    for given in options.onnx:
        name, _, path = given.partition("=")
        methods[name] = [network(Path(path))]
    whole = [views for views in sets if views.groups is None]
    print(quality_table(sets, methods), light_table(whole[1:], methods), size_table(whole, SHIPPED), sep="\n\n")


if __name__ == "__main__":
    main()
