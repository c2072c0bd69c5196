"""A face recogniser from an `aligned` export, on pixels alone: Fisherfaces (Belhumeur, Hespanha, Kriegman 1997).

    facepipe export clip_dataset --format aligned --to clip_aligned
    python examples/train_on_aligned.py clip_aligned

Learns who is who from train/, in seconds on a CPU, and says how many faces of the shots held out (val/ and test/) it
names rightly, beside naming everybody after the most frequent person. Needs nothing but what facepipe needs.
"""

import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline

SIDE = 48
MOST_COMPONENTS = 100


def load(folder: Path) -> tuple[np.ndarray, list[str]]:
    """The faces <folder>/<person>/*.png as vectors, float32 (n, SIDE * SIDE), whatever their light; and their names."""
    paths = sorted(folder.glob("*/*.png"))
    faces = np.empty((len(paths), SIDE * SIDE), np.float32)
    for row, path in enumerate(paths):
        grey = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
        faces[row] = cv2.equalizeHist(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)).ravel()
    return faces, [path.parent.name for path in paths]


def main(export: str) -> int:
    faces, names = load(Path(export) / "train")
    if len(set(names)) < 2:
        raise SystemExit("the train folder needs the faces of at least two people")
    components = max(1, min(MOST_COMPONENTS, len(names) - len(set(names))))
    model = make_pipeline(PCA(components, random_state=0), LinearDiscriminantAnalysis()).fit(faces, names)
    print(f"trained on {len(names)} faces of {len(set(names))} people")
    most = Counter(names).most_common(1)[0][0]
    for split in ("val", "test"):
        faces, truth = load(Path(export) / split)
        if truth:
            right, guessed = np.sum(model.predict(faces) == truth), truth.count(most)
            print(f"{split}: {right} of {len(truth)} right; all called {most}: {guessed}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]) if len(sys.argv) == 2 else __doc__)
