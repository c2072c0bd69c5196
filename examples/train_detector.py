"""A head detector from a `yolo` export: a sliding window on gradients (Dalal, Triggs 2005), with dlib's own trainer.

    facepipe export clip_dataset --format yolo --boxes head --to clip_yolo
    python examples/train_detector.py clip_yolo faces.svm

Learns from train what heads in these pictures look like, in a minute on a CPU; says precision, recall and average
precision in the shots held out, and writes a file for dlib.simple_object_detector. Needs nothing but what facepipe
needs. The same folder is what `yolo detect train data=clip_yolo/data.yaml` takes, where Ultralytics is installed.
"""

import sys
from pathlib import Path

import cv2
import dlib
import numpy as np

WINDOW = 64  # side of the smallest head that is looked for, about

TALL = 1.19  # height of a whole head's box beside its width


def load(export: Path, split: str) -> tuple[list[np.ndarray], list[list[dlib.rectangle]]]:
    """The pictures of a split, RGB, and their boxes; not those with a head that is smaller than the window, or cut."""
    images, boxes = [], []
    for path in sorted((export / "labels" / split).glob("*.txt")):
        picture = export / "images" / split / f"{path.stem}.jpg"
        image = cv2.cvtColor(cv2.imdecode(np.fromfile(picture, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        centres, sizes = np.split(np.loadtxt(path, ndmin=2)[:, 1:] * (*image.shape[1::-1], *image.shape[1::-1]), 2, 1)
        tall = sizes[:, 1] / sizes[:, 0]
        if (sizes >= WINDOW).all() and (np.abs(tall / TALL - 1) < 0.1).all():
            corners = np.hstack([centres - sizes / 2, centres + sizes / 2]).round().astype(int)
            images.append(image)
            boxes.append([dlib.rectangle(*box) for box in corners.tolist()])
    return images, boxes


def main(export: str, to: str) -> int:
    images, boxes = load(Path(export), "train")
    if not images:
        raise SystemExit(f"no picture of train has whole heads of {WINDOW} pixels or more alone")
    options = dlib.simple_object_detector_training_options()
    options.add_left_right_image_flips, options.num_threads, options.C = True, 2, 5
    options.detection_window_size, options.epsilon = WINDOW**2, 0.05
    detector = dlib.train_simple_object_detector(images, boxes, options)
    detector.save(to)
    print(f"trained on {sum(map(len, boxes))} heads in {len(images)} pictures")
    for split in ("val", "test"):
        images, boxes = load(Path(export), split)
        if images:
            print(f"{split}, {sum(map(len, boxes))} heads: {dlib.test_simple_object_detector(images, boxes, detector)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
