"""Coverage and quality of a labelling, as metrics, Markdown and JSON."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from labelled_tables import make_table
from markdown_lines import plain

from facepipe.evaluate.ground_truth import Annotation, GroundTruth
from facepipe.evaluate.matching import match
from facepipe.evaluate.score import METRICS, labels_of, score, to_markdown

BOXES = {"Ann": (0, 0, 100, 100), "Bob": (200, 0, 300, 100)}


@pytest.fixture
def clip():
    """Ten annotated frames of two people; of the twenty faces the last two of Bob are missed; in frame 0 a poster."""
    frames = {f: tuple(Annotation(name, box) for name, box in BOXES.items()) for f in range(10)}
    rows = [(f, box) for f in range(10) for name, box in BOXES.items() if not (name == "Bob" and f >= 8)]
    rows.append((0, (400, 0, 500, 100)))
    table = make_table(np.zeros((19, 1)), frame=[f for f, _ in rows], box=np.array([box for _, box in rows]))
    who = np.array([box[0] // 200 for _, box in rows])  # 0 Ann, 1 Bob, 2 the poster
    return table, who, GroundTruth(Path("truth.csv"), {"clip.mp4": frames})


def evaluate(table, labels, truth, name="run", sampled=None):
    return score(table, labels, match(table, truth, sampled), name)


def test_a_perfect_labelling_still_shows_what_was_missed(clip):
    table, who, truth = clip
    scores = evaluate(table, who, truth)
    assert (scores.expected, scores.matched, scores.recall) == (20, 18, 0.9)
    assert (scores.false_positives, scores.false_positives_assigned) == (1, 1)
    assert (scores.people_true, scores.people_found, scores.people, scores.impossible_pairs) == (2, 2, 3, 0)
    assert scores.assigned == 1 and all(getattr(scores, metric) == pytest.approx(1) for metric in METRICS)


def test_unknown_faces_cost_coverage_not_quality(clip):
    table, who, truth = clip
    labels = np.where((who == 2) | (table.frame_index >= 5), -1, who)  # knows nobody in the second half
    scores = evaluate(table, labels, truth)
    assert scores.assigned == pytest.approx(10 / 18) and scores.recall == 0.9
    assert scores.nmi == scores.b_cubed_f == scores.weighted_purity == 1
    assert scores.false_positives_assigned == 0
    # Ann: 5 faces at 5/10 and 5 at 1/10; Bob: 5 at 5/8 and 3 at 1/8
    assert scores.b_cubed_recall_all == pytest.approx((5 * 0.5 + 5 * 0.1 + 5 * 5 / 8 + 3 / 8) / 18)
    assert scores.b_cubed_f_all < 0.6


def test_everybody_as_one_shows_impossible_pairs(clip):
    table, who, truth = clip
    scores = evaluate(table, np.zeros(len(who), int), truth)
    assert scores.impossible_pairs == 3 + 7  # three pairs of the three faces of frame 0, one in each of seven frames
    assert scores.nmi == pytest.approx(0) and scores.people_found == 1


def test_nobody_assigned_is_no_quality_at_all(clip):
    table, who, truth = clip
    scores = evaluate(table, np.full(len(who), -1), truth)
    assert scores.assigned == 0 and math.isnan(scores.nmi) and scores.people_found == 0
    assert scores.as_dict()["nmi"] is None and "| **NMI** | - |" in plain(to_markdown([scores]))
    json.dumps(scores.as_dict(), allow_nan=False)


def test_a_frame_in_which_all_were_missed_counts(clip):
    table, who, truth = clip
    half = table.take(table.frame_index < 5), who[table.frame_index < 5]
    assert evaluate(*half, truth).recall == 1
    assert evaluate(*half, truth, sampled={"clip.mp4": set(range(10))}).recall == 0.5


def test_no_face_at_all(clip):
    table, _, truth = clip
    scores = evaluate(table.take([]), np.zeros(0, int), truth, sampled={"clip.mp4": {0, 1}})
    assert (scores.expected, scores.matched, scores.recall) == (4, 0, 0) and math.isnan(scores.assigned)


def test_the_table_has_coverage_above_quality(clip):
    table, who, truth = clip
    text = to_markdown([evaluate(table, who, truth, name=name) for name in ("Face", "people")])
    lines = plain(text)
    assert lines[0] == "| | Face | people |" and all(line.count("|") == 4 for line in lines)
    order = [next(i for i, line in enumerate(lines) if name in line) for name in ("recall of", "assigned", "NMI")]
    assert order == sorted(order)
    assert "| **recall of faces** | 0.900 | 0.900 |" in lines


def test_labels_of_people():
    assert labels_of(["Bob", "", "Ann", "Bob"]).tolist() == [0, -1, 1, 0]
    assert labels_of([]).tolist() == []
