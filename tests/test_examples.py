"""The example: a classifier trained on an export of the sample clip's beginning knows the people of the rest."""

import csv
import importlib.util
from collections import Counter

import numpy as np
import pytest
from commandline import ROOT, facepipe
from panel_run import panel_run

from facepipe.geometry import iou_matrix
from facepipe.runs.opening import load_run


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("example", ROOT / "examples" / "train_person_classifier.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def true_names(table, clip) -> list[str]:
    """Who each face is, by the box that the truth has in the nearest labelled frame; "" where there is none."""
    with clip.with_name("panel_truth.csv").open(newline="") as handle:
        truth = list(csv.DictReader(handle))
    frames = np.array([int(row["frame"]) for row in truth])
    boxes = np.array([[int(row[side]) for side in ("left", "top", "right", "bottom")] for row in truth])
    names = []
    for frame, box in zip(table.frame_index.tolist(), table.box_ltrb, strict=True):
        nearest = np.flatnonzero(np.abs(frames - frame) == np.abs(frames - frame).min())
        overlap = iou_matrix(box, boxes[nearest])[0]
        names.append(truth[nearest[overlap.argmax()]]["person"] if overlap.max() > 0.3 else "")
    return names


def test_it_recognises_the_people_of_other_shots(example, tmp_path, tmp_path_factory, sample_clip, capsys):
    first, rest = (panel_run(tmp_path_factory, sample_clip, part) for part in ("beginning", "rest"))
    facepipe("export", first, "--format", "imagefolder", "--to", tmp_path / "faces")
    assert example.main([str(tmp_path / "faces"), str(rest), "--to", str(tmp_path / "found.csv")]) == 0
    assert "of 8 people" in capsys.readouterr().out

    table = load_run(first).table()
    votes = Counter(zip(table.person, true_names(table, sample_clip), strict=True))
    name_of = {person: name for (person, name), _ in sorted(votes.items(), key=lambda item: item[1])}
    with (tmp_path / "found.csv").open(newline="") as handle:
        found = [name_of.get(row["person"], "") for row in csv.DictReader(handle)]
    truth = true_names(load_run(rest).table(), sample_clip)
    known = [(a, b) for a, b in zip(found, truth, strict=True) if b]
    assert len(known) >= 45
    assert np.mean([a == b for a, b in known]) >= 0.98


def test_strangers_get_no_name(example, tmp_path, tmp_path_factory, sample_clip):
    """Without one person's crops, that person's faces are mostly nobody's, and the others' names stay."""
    first = panel_run(tmp_path_factory, sample_clip)
    table = load_run(first).table()
    stranger = min(table.people)
    others = table.take(np.array([person != stranger for person in table.person]))
    recognise = example.train(others.embedding, others.person, table.space)
    names = recognise(table.embedding)
    assert all(name == person for name, person in zip(names, table.person, strict=True) if person != stranger)
    strangers = [name for name, person in zip(names, table.person, strict=True) if person == stranger]
    assert strangers.count("") > len(strangers) / 2
    assert recognise(table.embedding + 2) == [""] * len(table)
    with pytest.raises(SystemExit, match="at least two people"):
        example.train(table.embedding[:2], ["a", "a"], table.space)
