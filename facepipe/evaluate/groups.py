"""For whom a clustering is right: the same figures for groups of people, and for faces that are small, turned or dark.

Nobody's origin is labelled. The people of the truth are put into groups by how they look to a reference encoder:
k-means of their mean embeddings. Whom an encoder confuses lies together, so that a group that does badly shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from facepipe.evaluate import metrics
from facepipe.evaluate.matching import Matching
from facepipe.table import FaceTable

GROUPS = 10
STARTS, ROUNDS = 10, 100  # of k-means: the best of so many starts is taken


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of some faces: B-cubed over them, against all faces; unknown faces are people of their own."""

    name: str
    faces: int
    people: int
    precision: float
    recall: float
    f: float


def for_whom(table: FaceTable, labels: np.ndarray, matching: Matching) -> list[Part]:
    """The figures of the groups of people, the worst first, then by quarters of the faces' size and quality."""
    true, known = matching.person, matching.person >= 0
    direction, _ = table.space.likeness.seen(table.embedding)
    group = people_groups(direction, true)
    side = np.sqrt(np.prod(table.box_ltrb[:, 2:] - table.box_ltrb[:, :2], axis=1, dtype=np.float64))
    parts = {"size, quarter": _quarters_of(side, known), "quality, quarter": _quarters_of(table.quality, known)}
    return by_group(true, labels, group) + by_part(true, labels, parts)


def to_markdown(parts: list[Part]) -> str:
    """A Markdown table: a row a part."""
    lines = ["| part | faces | people | B-cubed precision | recall | F |", "|---|---:|---:|---:|---:|---:|"]
    for part in parts:
        figures = " | ".join(f"{value:.3f}" for value in (part.precision, part.recall, part.f))
        lines.append(f"| {part.name} | {part.faces:,} | {part.people:,} | {figures} |")
    return "\n".join(lines) + "\n"


def people_groups(embedding: np.ndarray, person: np.ndarray, groups: int = GROUPS) -> np.ndarray:
    """The group, int64 (k,), of each of the people 0..k-1 (-1: has no face), by k-means of their mean embeddings.

    embedding: float (n, d), by any encoder. person: int (n,), below 0: nobody of the truth. Deterministic (k-means++
    from a fixed seed); fewer people than groups are a group each.
    """
    known = person >= 0
    count = np.bincount(person[known], minlength=1)
    means = np.zeros((len(count), embedding.shape[1]))
    np.add.at(means, person[known], embedding[known])
    there = np.flatnonzero(count)
    out = np.full(len(count), -1, np.int64)
    if len(there):
        out[there] = _k_means(means[there] / count[there, None], min(groups, len(there)))
    return out


def by_group(true: np.ndarray, labels: np.ndarray, group: np.ndarray) -> list[Part]:
    """The figures of every group of people, the worst first. true, labels: int (n,), below 0: nobody, unknown."""
    return sorted(by_part(true, labels, {"group": group[np.maximum(true, 0)]}), key=lambda part: part.f)


def by_part(true: np.ndarray, labels: np.ndarray, parts: Mapping[str, np.ndarray]) -> list[Part]:
    """The figures of every part of every division. parts: a title, and int (n,), the part of each face, from 0."""
    known = true >= 0
    person = true[known]
    precision, recall = metrics.b_cubed_by_face(person, metrics.singletons(labels)[known])
    out = []
    for title, part in parts.items():
        part = part[known]
        for number in np.unique(part).tolist():
            inside = part == number
            mean = metrics.f_of(float(precision[inside].mean()), float(recall[inside].mean()))
            out.append(Part(f"{title} {number}", int(inside.sum()), len(np.unique(person[inside])), *mean))
    return out


def quarters(values: np.ndarray) -> np.ndarray:
    """Which quarter of the values, 0 the lowest to 3, each lies in: int64 (n,); equal values in one."""
    return np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values, side="right") if len(values) else values


def _quarters_of(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The quarter of each of the known faces among these, from 1; 0 elsewhere."""
    out = np.zeros(len(values), np.int64)
    out[known] = 1 + quarters(values[known])
    return out


def _k_means(points: np.ndarray, k: int) -> np.ndarray:
    """Lloyd's algorithm from several k-means++ starts (Arthur and Vassilvitskii 2007): least squares, int64 (n,)."""
    rng = np.random.default_rng(0)
    best, least = np.zeros(len(points), np.int64), np.inf
    for _ in range(STARTS):
        centres = _spread_out(points, k, rng)
        for _ in range(ROUNDS):
            apart = _squared(points, centres)
            label = apart.argmin(1)
            moved = np.stack([points[label == j].mean(0) if (label == j).any() else centres[j] for j in range(k)])
            if np.array_equal(moved, centres):
                break
            centres = moved
        total = float(apart.min(1).sum())
        if total < least - 1e-12:
            best, least = label, total
    return np.unique(best, return_inverse=True)[1].reshape(-1)


def _spread_out(points: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    chosen = [int(rng.integers(len(points)))]
    nearest = _squared(points, points[chosen])[:, 0]
    while len(chosen) < k:
        total = nearest.sum()
        chosen.append(int(rng.choice(len(points), p=nearest / total)) if total else len(chosen))
        nearest = np.minimum(nearest, _squared(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)
