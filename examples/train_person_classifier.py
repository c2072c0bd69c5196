"""Train a classifier on an exported dataset and recognise its people in another clip, in seconds on a CPU.

    facepipe run monday.mp4 && facepipe export monday_dataset --format imagefolder --to monday_faces
    facepipe run tuesday.mp4
    python examples/train_person_classifier.py monday_faces tuesday_dataset --to recognised.csv

The first folder is an imagefolder export with the default boxes: its crops are encoded again, as anybody would who has
only the dataset. The second is a run, whose faces already have embeddings; its encoder encodes the crops. A face that
is not clearly anybody's gets no name. Prints how well the held-out crops are recognised, and who is in the other clip.
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

import facepipe
from facepipe.contracts import FaceEmbedder
from facepipe.faces.align import Aligner
from facepipe.imaging.codec import read_rgb
from facepipe.space import EmbeddingSpace
from facepipe.words import counted

UNSURE = 0.5  # a probability below this is no name


@dataclass(frozen=True)
class Recogniser:
    """A classifier, and the embeddings that it was trained on, float32 (n, d).

    far: a face that is farther than this from every one of them is a stranger's.
    """

    model: object
    embeddings: np.ndarray
    far: float

    def __call__(self, embeddings: np.ndarray) -> list[str]:
        """A name for each of some embeddings, float32 (m, d); "" where it is nobody's for certain."""
        if not len(embeddings):
            return []
        shares = self.model.predict_proba(embeddings)
        names = self.model.classes_[shares.argmax(1)]
        nearest = np.array([np.linalg.norm(self.embeddings - one, axis=1).min() for one in embeddings])
        sure = (shares.max(1) >= UNSURE) & (nearest <= self.far)
        return [str(name) if good else "" for name, good in zip(names, sure, strict=True)]


def load_crops(folder: Path, embedder: FaceEmbedder) -> tuple[np.ndarray, list[str]]:
    """The embeddings, float32 (n, d), and names of <folder>/<person>/*.jpg; each picture is one face box."""
    paths = sorted(folder.glob("*/*.jpg"))
    aligner, encoder = Aligner(), embedder.open()
    embeddings = np.empty((len(paths), embedder.space.dimensions), np.float32)
    for row, path in enumerate(paths):
        image = read_rgb(path)
        landmarks = aligner.landmarks(image, (0, 0, image.shape[1], image.shape[0]))
        embeddings[row] = encoder.encode(embedder.chip(image, landmarks)[None])[0]
    return embeddings, [path.parent.name for path in paths]


def train(embeddings: np.ndarray, names: Sequence[str], space: EmbeddingSpace) -> Recogniser:
    """Fit a classifier to at least two people; the same faces give the same classifier. space: of the embeddings."""
    if len(set(names)) < 2:
        raise SystemExit("the train folder needs the crops of at least two people")
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    return Recogniser(model.fit(embeddings, np.array(names)), embeddings, space.doubtful[-1])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", type=Path, help="an imagefolder export")
    parser.add_argument("other", type=Path, help="the run of another clip")
    parser.add_argument("--to", type=Path, help="write face_id,source,frame,person as CSV")
    args = parser.parse_args(argv)

    other = facepipe.open_run(args.other)
    embedder = other.settings.encoding.encoder
    embeddings, names = load_crops(args.faces / "train", embedder)
    recogniser = train(embeddings, names, embedder.space)
    print(f"trained on {len(names)} crops of {len(set(names))} people")
    for split in ("val", "test"):
        embeddings, names = load_crops(args.faces / split, embedder)
        if names:
            right = sum(a == b for a, b in zip(recogniser(embeddings), names, strict=True))
            print(f"{split}: {right} of {len(names)} right")

    table = other.faces
    people = recogniser(table.embedding)
    for person, count in sorted(Counter(people).items()):
        print(f"{person or '(nobody for certain)'}: {counted(count, 'face')}")
    if args.to:
        with args.to.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["face_id", "source", "frame", "person"])
            writer.writerows(zip(table.face_id, table.source, table.frame_index.tolist(), people, strict=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
