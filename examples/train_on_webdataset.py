"""A classifier from a `webdataset` export that is read shard by shard, so that it may be larger than the memory.

    facepipe export clip_dataset --format webdataset --boxes head --to clip_shards
    python examples/train_on_webdataset.py clip_shards

A linear classifier learns by stochastic gradient descent from small pictures of heads, and says how many of the shots
held out it names rightly. The shards are read as the package webdataset reads them: what is called alike, up to its
suffix, is one sample. Needs nothing but what facepipe needs.
"""

import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from sklearn.linear_model import SGDClassifier

SIDE, EPOCHS = 24, 30


def shards(export: Path, split: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Shard by shard the pictures of a split, float32 (n, SIDE * SIDE * 3), and their classes, int (n,)."""
    for path in sorted(export.glob(f"{split}-*.tar")):
        pictures, classes = {}, {}
        with tarfile.open(path) as tar:
            for entry in tar:
                key, _, kind = entry.name.rpartition(".")
                data = tar.extractfile(entry).read()
                if kind == "jpg":
                    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
                    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel().astype(np.float32)
                    pictures[key] = (small - small.mean()) / (small.std() + 1e-3)
                elif kind == "cls":
                    classes[key] = int(data)
        yield np.array([pictures[key] for key in classes]), np.array(list(classes.values()))


def main(export: str) -> int:
    names = (Path(export) / "classes.txt").read_text(encoding="utf-8").splitlines()
    if len(names) < 2:
        raise SystemExit("classes.txt must name at least two people")
    model, order = SGDClassifier(alpha=1e-2, average=True, random_state=0), np.random.default_rng(0)
    for _ in range(EPOCHS):
        for pictures, classes in shards(Path(export), "train"):
            mixed = order.permutation(len(classes))
            model.partial_fit(pictures[mixed], classes[mixed], classes=np.arange(len(names)))
    for split in ("train", "val", "test"):
        right = [model.predict(pictures) == classes for pictures, classes in shards(Path(export), split)]
        if right:
            print(f"{split}: {np.concatenate(right).sum()} of {len(np.concatenate(right))} right")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]) if len(sys.argv) == 2 else __doc__)
