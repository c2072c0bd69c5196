"""Train a classifier on an exported dataset and recognise its people in another clip, in seconds on a CPU.

    facepipe run --video monday.mp4 && facepipe export monday_dataset --format imagefolder --to monday_faces
    facepipe run --video tuesday.mp4
    python examples/train_person_classifier.py monday_faces tuesday_dataset --to recognised.csv

The first folder is an imagefolder export with the default boxes: its crops are encoded again, as anybody would who has
only the dataset. The second is a run, whose faces already have vectors. A face that is not clearly anybody's gets no
name. Prints how well the held-out crops are recognised, and who is in the other clip.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.encoders.dlib_onnx import Encoder
from facepipe.imaging.codec import read_rgb
from facepipe.run.table import read_table

UNSURE = 0.5  # a probability below this is no name
FAR = 0.6  # nor is a face that is farther than this from every crop: dlib's bar for one person


@dataclass(frozen=True)
class Recogniser:
    """A classifier, and the vectors that it was trained on, float32 (n, 128)."""

    model: object
    vectors: np.ndarray

    def __call__(self, vectors: np.ndarray) -> list[str]:
        """A name for each vector, float32 (m, 128); "" where it is nobody's for certain."""
        if not len(vectors):
            return []
        shares = self.model.predict_proba(vectors)
        names = self.model.classes_[shares.argmax(1)]
        nearest = np.array([np.linalg.norm(self.vectors - vector, axis=1).min() for vector in vectors])
        sure = (shares.max(1) >= UNSURE) & (nearest <= FAR)
        return [str(name) if good else "" for name, good in zip(names, sure, strict=True)]


def load_crops(folder: Path) -> tuple[np.ndarray, list[str]]:
    """The vectors, float32 (n, 128), and names of <folder>/<person>/*.jpg; each picture is one face box."""
    aligner, encoder = Aligner(), Encoder()
    chips, names = [], []
    for path in sorted(folder.glob("*/*.jpg")):
        image = read_rgb(path)
        chips.append(face_chip(image, aligner.landmarks(image, (0, 0, image.shape[1], image.shape[0]))))
        names.append(path.parent.name)
    return encoder.encode(np.array(chips, np.uint8).reshape(-1, 150, 150, 3)), names


def train(vectors: np.ndarray, names: Sequence[str]) -> Recogniser:
    """Fit a classifier to at least two people; the same faces give the same classifier."""
    if len(set(names)) < 2:
        raise SystemExit("the train folder needs the crops of at least two people")
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    return Recogniser(model.fit(vectors, np.array(names)), vectors)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path, help="an imagefolder export")
    parser.add_argument("other", type=Path, help="the run of another clip")
    parser.add_argument("--to", type=Path, help="write face_id,source,frame,person as CSV")
    args = parser.parse_args(argv)

    vectors, names = load_crops(args.faces / "train")
    recogniser = train(vectors, names)
    print(f"trained on {len(names)} crops of {len(set(names))} people")
    for split in ("val", "test"):
        vectors, names = load_crops(args.faces / split)
        if names:
            right = sum(a == b for a, b in zip(recogniser(vectors), names, strict=True))
            print(f"{split}: {right} of {len(names)} right")

    table, _ = read_table(args.other)
    people = recogniser(table.embedding)
    for person, count in sorted(Counter(people).items()):
        print(f"{person or '(nobody for certain)'}: {count} faces")
    if args.to:
        with args.to.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["face_id", "source", "frame", "person"])
            writer.writerows(zip(table.face_id, table.source, table.frame_index.tolist(), people, strict=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
