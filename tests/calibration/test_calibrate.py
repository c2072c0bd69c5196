"""Calibrating a network of one's own on real pictures, and a run with it."""

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from commandline_here import run_here
from own_network import write_network

import facepipe.commands.calibrate as command
from facepipe import models
from facepipe.calibration.calibrate import calibrate
from facepipe.calibration.pictures import Labelled, damaged
from facepipe.calibration.thresholds import space_of
from facepipe.errors import InputError
from facepipe.faces.encoders.retail import RETAIL_0095, SPACE
from facepipe.runs.opening import load_run

OPTIONS = ("--encoder-mean", "0", "--encoder-scale", "1", "--encoder-bgr")


@pytest.fixture(scope="module")
def labelled_folder(tmp_path_factory, shared_data):
    """Two pictures each of 15 people, one in a second picture of whom nobody is seen."""
    folder = tmp_path_factory.mktemp("labelled")
    people = [person for person in sorted((shared_data / "lfw").iterdir()) if len(list(person.iterdir())) > 1][:15]
    for person in people:
        (folder / person.name).mkdir()
        for path in sorted(person.iterdir())[:2]:
            shutil.copy(path, folder / person.name)
    cv2.imwrite(str(folder / people[0].name / "nobody.jpg"), np.full((80, 80, 3), 90, np.uint8))
    return folder


def test_a_network_is_calibrated_and_used(tmp_path, labelled_folder, shared_models, monkeypatch):
    """The network is retail-0095 behind another chip: what is found must be near what it has."""
    monkeypatch.setenv("FACEPIPE_MODELS", str(shared_models))
    network = tmp_path / "mine.onnx"
    shutil.copy(models.find(RETAIL_0095, shared_models), network)
    done = run_here("calibrate", labelled_folder, "--encoder", network, *OPTIONS)
    said = done.stdout.splitlines()
    assert said[0] == "15 people, 29 pictures, 2 left out"  # one shows somebody else as large, one nobody
    assert float(said[1].split()[-1]) > 0.9 and "too few people to hold half of them out" in done.stderr
    photos = tmp_path / "photos"
    shutil.copytree(labelled_folder, photos)
    out = tmp_path / "out"
    run = run_here("run", "--images", photos, "--out", out, "--encoder", network, *OPTIONS, "--plots", "none")
    assert "mine.onnx tells them apart" in run.stderr
    state = load_run(out).state
    assert state.space.name.startswith("file-") and state.space.dimensions == SPACE.dimensions
    assert state.space.gallery_threshold == pytest.approx(SPACE.gallery_threshold, abs=0.15)
    assert state.space.likeness.length_usual == pytest.approx(SPACE.likeness.length_usual, rel=0.1)
    assert 15 <= state.counts.people <= 24  # with those in the background
    refused = run_here("calibrate", labelled_folder, "--encoder", "dlib", check=False)
    assert "--encoder must name your network" in refused.stderr and refused.returncode == 2


def vectors(people, pictures, seed=0, d=64):
    """Faces of the model of likeness, each with a version of more noise."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), pictures)
    who, noise = rng.normal(size=(people, d)), rng.normal(size=(len(person), d)) * 0.6
    first = who[person] + noise
    second = first + rng.normal(size=first.shape)
    outputs = np.concatenate([first, second]).astype(np.float32)
    quality = np.concatenate([rng.uniform(0.6, 0.95, len(person)), rng.uniform(0.1, 0.4, len(person))])
    names = tuple(f"p{number}" for number in range(people))
    return Labelled(outputs, quality, np.tile(person, 2), np.tile(np.arange(len(person)), 2), names, 0)


def test_thresholds_lie_between_one_person_and_two():
    found = calibrate(vectors(80, 4), "mine")
    space = found.space
    assert (space.name, space.dimensions) == ("mine", 64) and not space.likeness.keeps_length
    assert found.told > 0.98 and found.held_out > 0.95
    assert space.near_duplicate < space.gallery_threshold
    assert space.doubtful[0] < space.doubtful[1] < space.doubtful[2] < np.sqrt(2)
    assert 0.3 < space.gallery_threshold < 1.2 and 0.3 < space.join_threshold < 1.2


@pytest.mark.parametrize("people", [80, 15])
def test_a_network_that_knows_nobody_is_told(tmp_path, monkeypatch, people):
    """Whose input was made otherwise than it had learned, say."""
    network, known = write_network(tmp_path / "mine.onnx"), vectors(people, 4)
    strange = replace(known, outputs=np.random.default_rng(1).normal(size=known.outputs.shape).astype(np.float32))
    monkeypatch.setattr(command, "FaceAnalyser", lambda *given: None)
    for labelled, told in ((known, False), (strange, True)):
        monkeypatch.setattr(command, "read_labelled", lambda *given, found=labelled: found)
        done = run_here("calibrate", tmp_path, "--encoder", network)
        assert ("no better than by chance: check that --encoder-mean, --encoder-scale" in done.stderr) == told


def test_a_larger_spread_has_larger_thresholds():
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(30), 6)
    who, noise = rng.normal(size=(30, 16)) * 5, rng.normal(size=(180, 16))
    likeness = SPACE.likeness
    near, far = (space_of("s", likeness, who[person] + k * noise, np.ones(180), person) for k in (1, 2))
    assert far.gallery_threshold == pytest.approx(2 * near.gallery_threshold, abs=2e-3)
    assert far.doubtful == pytest.approx([2 * value for value in near.doubtful], abs=2e-3)
    expected = np.quantile(
        [
            np.linalg.norm(noise[rows[::2]].mean(0) - noise[rows[1::2]].mean(0))
            for rows in np.arange(180).reshape(30, 6)
        ],
        0.9,
    )
    assert near.gallery_threshold == pytest.approx(expected, abs=2e-3)


def test_too_few_people_are_refused():
    with pytest.raises(InputError, match="at least ten people"):
        calibrate(vectors(6, 3), "mine")


def test_damage_follows_from_its_seed_and_keeps_the_face_in_the_picture():
    image = np.random.default_rng(0).integers(0, 255, (200, 160, 3), np.uint8)
    copies = [damaged(image, 120.0, np.random.default_rng(seed)) for seed in range(12)]
    again = [damaged(image, 120.0, np.random.default_rng(seed)) for seed in range(12)]
    assert all(one.tobytes() == other.tobytes() for one, other in zip(copies, again, strict=True))
    assert len({copy.shape for copy in copies}) > 1
    assert all(copy.shape != image.shape or (copy != image).any() for copy in copies)
