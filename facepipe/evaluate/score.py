"""The score of a labelling: coverage and quality side by side, as a Markdown table or JSON.

Quality is measured over the faces that are matched to a person of the truth and assigned to somebody; what is missing
there shows in the coverage printed above it. A method that says "unknown" a lot can so look good in quality, but not in
coverage, nor in the B-cubed recall and F "of all", in which every unknown face is a person of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from facepipe.cluster.constraints import impossible_pairs
from facepipe.evaluate import metrics
from facepipe.evaluate.matching import FALSE_POSITIVE, Matching
from facepipe.markdown import markdown_table
from facepipe.records import UNKNOWN
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class Scores:
    """All metrics of one labelling. Shares are 0..1, nan where there is nothing to divide by.

    expected: annotated faces in the sampled frames that the truth covers; matched: those that were found; recall =
    matched / expected. false_positives: found faces there that are nobody of the truth; false_positives_assigned: those
    that some person holds. assigned: share of the matched faces that have a person. people_true: in the truth;
    people_found: holding a matched face; people: in the whole table. impossible_pairs: faces of one frame under one
    person, in the whole table.
    """

    name: str
    frames_covered: int
    frames_left_out: int
    frames_not_sampled: int
    expected: int
    matched: int
    recall: float
    false_positives: int
    false_positives_assigned: int
    assigned: float
    people_true: int
    people_found: int
    people: int
    impossible_pairs: int
    nmi: float
    ami: float
    ari: float
    homogeneity: float
    completeness: float
    v_measure: float
    fowlkes_mallows: float
    b_cubed_precision: float
    b_cubed_recall: float
    b_cubed_f: float
    b_cubed_recall_all: float
    b_cubed_f_all: float
    pair_precision: float
    pair_recall: float
    pair_f: float
    weighted_purity: float

    def as_dict(self) -> dict[str, str | int | float | None]:
        """For JSON: None for nan."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


ROWS = {
    "frames_covered": "frames that the truth covers",
    "frames_left_out": "sampled frames left out (no truth)",
    "frames_not_sampled": "annotated frames not sampled",
    "expected": "annotated faces",
    "matched": "of these found",
    "recall": "**recall of faces**",
    "false_positives": "found faces that the truth does not name",
    "false_positives_assigned": "of these in a person",
    "assigned": "**share assigned**",
    "people_true": "people in the truth",
    "people_found": "people found among these faces",
    "people": "people found in the whole run",
    "impossible_pairs": "impossible pairs (one frame, one person)",
    "nmi": "**NMI**",
    "ami": "AMI",
    "ari": "ARI",
    "homogeneity": "homogeneity",
    "completeness": "completeness",
    "v_measure": "V-measure",
    "fowlkes_mallows": "Fowlkes-Mallows",
    "b_cubed_precision": "B-cubed precision",
    "b_cubed_recall": "B-cubed recall",
    "b_cubed_f": "**B-cubed F**",
    "b_cubed_recall_all": "B-cubed recall of all (unknown = alone)",
    "b_cubed_f_all": "B-cubed F of all (unknown = alone)",
    "pair_precision": "pair precision of all",
    "pair_recall": "pair recall of all",
    "pair_f": "pair F of all",
    "weighted_purity": "weighted purity",
}
METRICS = tuple(ROWS)[tuple(ROWS).index("nmi") :]  # the quality metrics, all shares of which more is better


def score(table: FaceTable, labels: np.ndarray, matching: Matching, name: str) -> Scores:
    """The scores of `labels` for faces that are matched already."""
    labels = np.asarray(labels)
    is_matched, is_known = matching.person >= 0, labels != UNKNOWN
    judged = is_matched & is_known
    n_matched, false = int(is_matched.sum()), matching.person == FALSE_POSITIVE
    true, found = matching.person[judged], labels[judged]
    precision, recall, f = metrics.b_cubed(true, found)
    of_all = matching.person[is_matched], metrics.singletons(labels)[is_matched]
    _, recall_all, f_all = metrics.b_cubed(*of_all)
    pair_precision, pair_recall, pair_f = metrics.pairs(*of_all)
    return Scores(
        name=name,
        frames_covered=matching.frames_covered,
        frames_left_out=matching.frames_left_out,
        frames_not_sampled=matching.frames_not_sampled,
        expected=matching.expected,
        matched=n_matched,
        recall=n_matched / matching.expected if matching.expected else math.nan,
        false_positives=int(false.sum()),
        false_positives_assigned=int((false & is_known).sum()),
        assigned=float(judged.sum() / n_matched) if n_matched else math.nan,
        people_true=len(matching.people),
        people_found=len(np.unique(found)),
        people=len(np.unique(labels[is_known])),
        impossible_pairs=impossible_pairs(table.frame_codes(), labels),
        **metrics.agreement(true, found),
        b_cubed_precision=precision,
        b_cubed_recall=recall,
        b_cubed_f=f,
        b_cubed_recall_all=recall_all,
        b_cubed_f_all=f_all,
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        pair_f=pair_f,
        weighted_purity=metrics.weighted_purity(true, found),
    )


def labels_of(people: Sequence[str]) -> np.ndarray:
    """Labels from each face's person name, numbered by first row; "" is unknown: int64 (n,)."""
    numbers = {"": UNKNOWN}
    return np.array([numbers.setdefault(person, len(numbers) - 1) for person in people], np.int64)


def to_markdown(columns: Sequence[Scores]) -> str:
    """A Markdown table: a row a metric, a column a labelling; coverage above quality."""
    rows = ([title, *(_cell(getattr(scores, field)) for scores in columns)] for field, title in ROWS.items())
    return markdown_table(["", *(scores.name for scores in columns)], rows)


def _cell(value: int | float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "-" if math.isnan(value) else f"{value:.3f}"
