"""The main job on the sample clip and on a real clip: what a run leaves behind, and that it is right."""

import csv
import subprocess
import sys
from collections import Counter

import cv2
import numpy as np
import pytest
from commandline import ROOT, driver, environment, facepipe, rows, state

from facepipe.cluster import CLUSTERERS
from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.score import evaluate, labels_of
from facepipe.geometry import from_yolo
from facepipe.nodes import (
    ClothEncoder,
    ClusterUtility,
    DatastoreManager,
    FaceEncoder,
    FaceImageGenerator,
    FramesProvider,
    PickleListCollator,
)
from facepipe.run import pickles
from facepipe.run.folder import load_run
from facepipe.run.table import COLUMNS, read_table
from facepipe.settings import DetectionSettings, OutputSettings, SamplingSettings


@pytest.fixture(scope="module")
def panel(tmp_path_factory, sample_clip):
    """A run on the sample clip with the detector that is always installed."""
    out = tmp_path_factory.mktemp("panel") / "panel_dataset"
    done = driver(sample_clip, "--out", out, "--detector", "cnn", "--threads", "2")
    return out, done.stdout


def score(out, truth_csv):
    table, people = read_table(out)
    return evaluate(table, labels_of(people), read_ground_truth(truth_csv))


def test_the_sample_clips_people_are_found_exactly(panel, sample_clip):
    out, _ = panel
    scores = score(out, sample_clip.with_name("panel_truth.csv"))
    with sample_clip.with_name("panel_truth.csv").open() as handle:
        truth = {row["person"] for row in csv.DictReader(handle)}
    assert len({row["person"] for row in rows(out)}) == len(truth)
    assert scores.recall == 1.0
    assert scores.nmi == pytest.approx(1.0)
    assert scores.impossible_pairs == 0


def test_the_summary_names_people_and_what_to_open(panel):
    out, text = panel
    lines = text.splitlines()
    assert lines[0].startswith("cnn finds the faces, 2 threads")
    counts = state(out)["counts"]
    assert f"{counts['frames']} frames, {counts['faces']} faces, {counts['people']} people" in text
    assert "person_001" in text
    assert str(out / "report.html") in text


def test_every_file_of_the_contract_is_there(panel):
    out, _ = panel
    for name in "run.json faces.csv faces.npz encodings.pickle report.html plots/everybody.jpg".split():
        assert (out / name).stat().st_size > 0
    found = rows(out)
    assert list(found[0]) == COLUMNS
    for row in found:
        folder = out / "people" / (row["person"] or "unknown")
        assert (folder / f"{row['face_id']}.jpg").exists()
        assert (folder / f"{row['face_id']}_portrait.jpg").exists()
    assert {path.stem for path in (out / "montage").iterdir()} >= {row["person"] for row in found if row["person"]}
    run = state(out)
    assert run["status"] == "finished"
    assert len(list((out / "shards").iterdir())) == run["counts"]["frames"]
    assert len(list((out / "frames").iterdir())) == run["counts"]["frames_with_faces"]
    assert sum(1 for _ in (out / "people").rglob("*_portrait.jpg")) == run["counts"]["faces"]
    with np.load(out / "faces.npz") as vectors:
        assert vectors["face_id"].tolist() == [row["face_id"] for row in found]
        assert vectors["face"].shape == (len(found), 128)
    listed = pickles.read(out / "encodings.pickle", 1 << 30)
    assert [entry["face_id"] for entry in listed] == [row["face_id"] for row in found]


def test_nothing_but_the_listed_files_was_written(panel):
    out, _ = panel
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    staged = {name for name in found if name.startswith(("frames/", "shards/"))}
    assert found - staged - {"run.json"} == set(state(out)["files"])


def test_yolo_labels_lie_on_the_faces_of_the_table(panel):
    out, _ = panel
    yolo = out / "annotations" / "yolo"
    names = [line.split(": ", 1)[1] for line in (yolo / "data.yaml").read_text().splitlines() if line[:2] == "  "]
    expected = Counter(
        (row["face_id"].rpartition("-")[0], row["person"], *(int(row[k]) for k in ("left", "top", "right", "bottom")))
        for row in rows(out)
        if row["person"]
    )
    found = Counter()
    for label in yolo.glob("labels/*/*.txt"):
        image = cv2.imread(str(yolo / "images" / label.parent.name / f"{label.stem}.jpg"))
        for line in label.read_text().splitlines():
            number, *box = line.split()
            size = image.shape[1], image.shape[0]
            found[(label.stem, names[int(number)].strip("\"'"), *from_yolo(tuple(map(float, box)), size))] += 1
    assert found == expected


def test_the_seven_classes_work_without_the_engine(panel, tmp_path, sample_clip):
    out, _ = panel
    run = load_run(out)
    frames = FramesProvider("frames", sources=run.sources(), sampling=SamplingSettings(interval=10))
    encoder = FaceEncoder("faces", detection=DetectionSettings(detector="hog"))
    clothes = ClothEncoder("clothes")
    store = DatastoreManager("store", frames=tmp_path / "frames", shards=run.shards())
    encoded = [clothes.encode(encoder.encode(frame)) for frame in frames.frames()]
    assert sum(len(frame.faces) for frame in encoded) >= 4
    assert all(face.cloth is not None for frame in encoded for face in frame.faces)
    elsewhere = type(run.shards())(tmp_path / "shards", "digest")
    store.shards = elsewhere
    for frame in encoded:
        store.store(frame)
    assert len(list((tmp_path / "shards").iterdir())) == len(encoded)
    table = PickleListCollator("collate", folder=run).collate()
    people = ClusterUtility("cluster").cluster(table)
    FaceImageGenerator("images", folder=run, settings=OutputSettings(annotations=("yolo",))).generate(people)
    assert not (out / "annotations" / "darknet").exists()
    assert sorted(set(people.people)) == sorted({row["person"] for row in rows(out)})


def test_stdout_stays_quiet_when_asked(tmp_path, sample_clip):
    done = driver(sample_clip, "--out", tmp_path / "o", "--detector", "hog", "--stop", "2", "--quiet", "--no-cloth")
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("name", [plugin.name for plugin in CLUSTERERS])
def test_every_clusterer_can_be_asked_for_again(panel, name):
    out, _ = panel
    facepipe("cluster", out, "--cluster", name)
    assert state(out)["settings"]["clustering"]["cluster"] == name
    assert not any(out.rglob("person_-1*"))


def test_driver_py_is_the_same_job(tmp_path, sample_clip):
    done = subprocess.run(
        [sys.executable, str(ROOT / "driver.py"), "--video", str(sample_clip), "--stop", "2", "--detector", "hog"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "panel_dataset" / "faces.csv").exists()


def test_the_stage_clip_is_told_apart(tmp_path, shared_data, shared_models):
    out = tmp_path / "stage"
    clip = shared_data / "clips" / "stage.mp4"
    env = environment(FACEPIPE_MODELS=str(shared_models))
    driver(clip, "--interval", "0.2", "--detector", "yunet", "--out", out, env=env)
    scores = score(out, clip.with_name("stage_truth.csv"))
    assert scores.recall >= 0.95
    assert scores.nmi >= 0.97
    assert scores.b_cubed_f >= 0.97
    assert scores.impossible_pairs == 0


def test_scenes_are_sampled_at_their_first_and_last_frame(tmp_path, sample_clip):
    driver(
        sample_clip,
        "--out",
        tmp_path / "out",
        "--sampling",
        "scenes",
        "--detector",
        "hog",
        "--no-cloth",
        "--stop",
        "16",
    )
    cuts = [0, 125, 250, 375]  # where the clip's shots begin
    seen = {int(row["frame"]) for row in rows(tmp_path / "out")}
    assert seen == {0, *cuts[1:], *(cut - 1 for cut in cuts[1:]), 399}
