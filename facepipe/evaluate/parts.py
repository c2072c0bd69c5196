"""For whom and under what conditions a clustering is right: the same figures for parts of the faces.

Two figures belong together: the share of the annotated faces that is found, and the B-cubed F of those that are.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from facepipe.evaluate import metrics
from facepipe.evaluate.matching import Matching
from facepipe.markdown import markdown_table

FEW = 20  # found faces; fewer are an anecdote, and their part is marked


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """The annotated faces divided into parts.

    names: of the parts; rest: of those whose part is not known. found: int64 (n,), the part of each face of the table,
    -1 where it is not known; what stands at faces that are nobody of the truth does not count. missed: int64 (m,),
    likewise of each of `Matching.missed`; None where it is known of none. worst_first: parts come by their F, not by
    their number.
    """

    names: tuple[str, ...]
    rest: str
    found: np.ndarray
    missed: np.ndarray | None
    worst_first: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of some of the annotated faces.

    expected: how many there are; matched: how many of them were found; recall: their share, nan where nothing is known
    of those that were missed, which expected then leaves out. people: of the found ones. B-cubed: means over the found
    ones, each against the whole clustering, in which an unknown face is a person of its own; nan where none was found.
    """

    name: str
    expected: int
    matched: int
    recall: float
    people: int
    b_cubed_precision: float
    b_cubed_recall: float
    b_cubed_f: float

    @property
    def is_small(self) -> bool:
        """Whether it has too few faces for its figures to say much."""
        return self.matched < FEW

    def as_dict(self) -> dict[str, str | int | float | None]:
        """For JSON: None for nan."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


def by_part(matching: Matching, labels: np.ndarray, divisions: Sequence[Division]) -> list[Part]:
    """The figures of all faces, then those of every part of every division that has any. labels: int (n,)."""
    judged = matching.person >= 0
    person = matching.person[judged]
    precision, recall = metrics.b_cubed_by_face(person, metrics.singletons(labels)[judged])

    def part(name: str, inside: np.ndarray, missed: int | None) -> Part:
        matched = int(inside.sum())
        expected = matched + (missed or 0)
        b_cubed = (math.nan,) * 3
        if matched:
            b_cubed = metrics.f_of(float(precision[inside].mean()), float(recall[inside].mean()))
        found = matched / expected if expected and missed is not None else math.nan
        return Part(name, expected, matched, found, len(np.unique(person[inside])), *b_cubed)

    out = [part("all", np.ones(len(person), bool), len(matching.missed))]
    for division in divisions:
        found, missed = division.found[judged], division.missed
        parts = []
        for number, name in [*enumerate(division.names), (-1, division.rest)]:
            inside, lost = found == number, None if missed is None else int((missed == number).sum())
            if inside.any() or lost:
                parts.append(part(name, inside, lost))
        if division.worst_first:
            parts.sort(key=lambda one: (one.is_small, one.b_cubed_f if one.matched else 1.0))
        out += parts
    return out


def to_markdown(parts: Sequence[Part]) -> str:
    """A Markdown table: a row a part."""
    rows = []
    for one in parts:
        figures = (one.recall, one.b_cubed_precision, one.b_cubed_recall, one.b_cubed_f)
        found, *b_cubed = ("-" if math.isnan(value) else f"{value:.3f}" for value in figures)
        name = f"{one.name} (few)" if one.is_small else one.name
        rows.append((name, f"{one.expected:,}", found, f"{one.people:,}", *b_cubed))
    header = ("part", "annotated", "**found**", "people", "B-cubed precision", "recall", "**F**")
    return markdown_table(header, rows)
