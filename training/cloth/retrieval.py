"""How well vectors tell people apart, and the baselines to beat; numpy, OpenCV and ONNX Runtime only."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from sklearn.metrics import roc_auc_score

# ImageNet's channel means and deviations on 0..255.
IMAGENET = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)

Embedder = Callable[[np.ndarray], np.ndarray]  # views (N, H, W, 3) uint8 -> vectors (N, D) of length 1


def histogram(views: np.ndarray) -> np.ndarray:
    """HSV histograms of 8 x 8 x 8 bins, square-rooted, so that their cosine is the Bhattacharyya coefficient."""
    bins = []
    for view in views:
        hsv = cv2.cvtColor(view, cv2.COLOR_RGB2HSV)
        counts = cv2.calcHist([hsv], [0, 1, 2], None, [8, 8, 8], [0, 180, 0, 256, 0, 256]).ravel()
        bins.append(np.sqrt(counts / counts.sum()))
    return np.array(bins, np.float32)


def network(path: Path, side: int = 96, random_seed: int | None = None) -> Embedder:
    """An encoder file as a function; `random_seed` replaces its weights by fresh ones (He et al. 2015): a baseline.

    Views are resized to `side` as the program does it; the graph's fixed height and width are opened for that.
    """
    model = onnx.load(path)
    for k in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[k].dim_param = "side"
    if random_seed is not None:
        _randomise(model, np.random.default_rng(random_seed))
    run = _session(model)
    return lambda views: np.concatenate([run(_tensor(part, side)) for part in _parts(views)])


def imagenet(path: Path, side: int = 224) -> Embedder:
    """The ImageNet trunk as `facepipe models pull resnet18` installs it: normalised input, raw output."""
    run = _session(onnx.load(path))
    mean, deviation = (np.array(v, np.float32).reshape(3, 1, 1) for v in IMAGENET)

    def embed(views: np.ndarray) -> np.ndarray:
        vectors = np.concatenate([run((_tensor(part, side) - mean) / deviation) for part in _parts(views)])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return embed


def _session(model: onnx.ModelProto) -> Callable[[np.ndarray], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def _parts(views: np.ndarray) -> list[np.ndarray]:
    return [views[i : i + 32] for i in range(0, len(views), 32)]


def _tensor(views: np.ndarray, side: int) -> np.ndarray:
    if views.shape[1] != side:
        how = cv2.INTER_AREA if views.shape[1] > side else cv2.INTER_LINEAR
        views = np.stack([cv2.resize(v, (side, side), interpolation=how) for v in views])
    return np.ascontiguousarray(views.transpose(0, 3, 1, 2), np.float32)


def _randomise(model: onnx.ModelProto, rng: np.random.Generator) -> None:
    """Fresh convolutions, no biases, and a last layer that passes the features on."""
    for tensor in model.graph.initializer:
        old = numpy_helper.to_array(tensor)
        if old.ndim == 4 and old.shape[2] == old.shape[3] and old.shape[0] > 1:
            new = rng.normal(0, np.sqrt(2 / (old.shape[0] * old.shape[2] * old.shape[3])), old.shape)
        elif old.shape == (128, 128):
            new = np.eye(128)
        elif old.ndim == 1 and old.dtype == np.float32 and old.size in (64, 128):
            new = np.zeros(old.shape)
        else:
            continue
        tensor.CopyFrom(numpy_helper.from_array(new.astype(np.float32), tensor.name))


def scores(vectors: np.ndarray, people: np.ndarray, groups: np.ndarray | None = None) -> dict[str, float]:
    """ROC-AUC over all pairs, rank-1 and mean average precision of every view searched among all others.

    With `groups` only views of one group (a shot) are compared. Views without a match or a non-match do not count.
    """
    groups = np.zeros(len(people), int) if groups is None else groups
    similar = vectors @ vectors.T
    allowed = (groups[:, None] == groups) & ~np.eye(len(people), dtype=bool)
    same = people[:, None] == people
    upper = np.triu(allowed)
    hits, precisions = [], []
    for row, mine, true in zip(similar, allowed, same, strict=True):
        order = np.argsort(-row[mine], kind="stable")
        found = true[mine][order]
        if not found.any() or found.all():
            continue
        hits.append(found[0])
        ranks = np.flatnonzero(found) + 1
        precisions.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    return {
        "auc": float(roc_auc_score(same[upper], similar[upper])),
        "rank1": float(np.mean(hits)),
        "map": float(np.mean(precisions)),
        "queries": len(hits),
    }
