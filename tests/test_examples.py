"""The examples: trainings on exports of the sample clip, which know its people, or its heads, in other shots."""

import csv
import importlib.util
import re
from collections import Counter

import dlib
import numpy as np
import pytest
from commandline import ROOT
from commandline_here import run_here
from panel_run import panel_run

from facepipe.geometry import iou_matrix
from facepipe.imaging.codec import read_rgb
from facepipe.runs.opening import load_run


def script(name: str):
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example():
    return script("train_person_classifier")


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
    run_here("export", first, "--format", "imagefolder", "--to", tmp_path / "faces")
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "least"), [("train_on_aligned", "aligned", 0.5), ("train_on_webdataset", "webdataset", 0.3)]
)
def test_held_out_faces_are_named_better_than_by_chance(
    name, kind, least, tmp_path, tmp_path_factory, sample_clip, capsys
):
    run_here("export", panel_run(tmp_path_factory, sample_clip), "--format", kind, "--to", tmp_path / kind)
    assert script(name).main(str(tmp_path / kind)) == 0
    said = re.findall(r"^(?:val|test): (\d+) of (\d+) right", capsys.readouterr().out, re.MULTILINE)
    right, held_out = np.array(said, int).sum(axis=0)
    assert held_out >= 10 and right / held_out >= least, "a guess names one of eight"


@pytest.mark.slow
def test_a_detector_learns_heads(tmp_path, tmp_path_factory, sample_clip, capsys):
    run = panel_run(tmp_path_factory, sample_clip)
    run_here("export", run, "--format", "yolo", "--boxes", "head", "--to", tmp_path / "heads")
    assert script("train_detector").main(str(tmp_path / "heads"), str(tmp_path / "heads.svm")) == 0
    said = re.findall(r"precision: ([\d.]+), recall: ([\d.]+)", capsys.readouterr().out)
    assert said and np.array(said, float).min() >= 0.6
    image = read_rgb(sorted((run / "frames").iterdir())[0])
    assert len(dlib.simple_object_detector(str(tmp_path / "heads.svm"))(image)) >= 1


@pytest.mark.parametrize("name", ["train_on_aligned", "train_on_webdataset", "train_detector"])
def test_a_training_fits_a_screen_and_says_what_it_is_fed(name):
    text = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    assert f"python examples/{name}.py" in text and "facepipe export" in text
    assert f"`{name}.py`" in (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
