"""The main job on the sample clip and on a real clip: what a run leaves behind, and that it is right."""

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from commandline import ROOT, driver, environment, owned, rows, state
from commandline_here import run_here
from made_once import copy_of, made_once
from yolo_boxes import from_yolo

from facepipe.cluster import CLUSTERERS
from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.matching import match
from facepipe.evaluate.score import labels_of
from facepipe.evaluate.score import score as scores_of
from facepipe.faces.analyser import FaceAnalyser
from facepipe.faces.quality import light_and_sharpness
from facepipe.imaging.codec import read_rgb
from facepipe.media.stream import FrameStream
from facepipe.people.labeller import Labeller
from facepipe.results.collate import collate_run
from facepipe.results.write import write_results
from facepipe.runs import pickles
from facepipe.runs.datastore import Datastore
from facepipe.runs.layout import Layout
from facepipe.runs.opening import load_run
from facepipe.runs.shards import ShardFolder
from facepipe.settings import OutputSettings, Settings

COLUMNS = (
    "face_id source frame time_s left top right bottom score quality light sharpness yaw roll framing taken "
    "shot track cluster person"
).split()


@pytest.fixture(scope="module")
def panel(tmp_path_factory, sample_clip):
    """A run on the sample clip with the detector that is always installed."""

    def make(home):
        out = home / "panel_dataset"
        return out, driver(sample_clip, "--out", out, "--detector", "cnn", "--threads", "2")

    made, done = made_once(tmp_path_factory, "main_job", make)
    return copy_of(tmp_path_factory, made), done


def score(out, truth_csv):
    table = load_run(out).table()
    return scores_of(table, labels_of(table.person), match(table, read_ground_truth(truth_csv)), "run")


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
    out, done = panel
    text = done.stdout
    made, encoder = Path(done.args[done.args.index("--out") + 1]), state(out)["settings"]["encoding"]["encoder"]
    announced = f"cnn finds the faces, {encoder} tells them apart, 2 threads, writing to {made}{os.sep}"
    assert done.stderr.splitlines()[0] == announced
    counts = state(out)["counts"]
    assert f"{counts['frames']} frames, {counts['faces']} faces, {counts['people']} people" in text
    assert "person_001" in text
    assert str(made / "report.html") in text


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


def test_light_and_sharpness_are_those_of_the_box(panel):
    out, _ = panel
    for row in rows(out)[::40]:
        crop = read_rgb(out / "people" / (row["person"] or "unknown") / f"{row['face_id']}.jpg")
        light, sharpness = light_and_sharpness(crop)
        assert float(row["light"]) == pytest.approx(light, abs=2), "the crop is a JPEG"
        assert float(row["sharpness"]) == pytest.approx(sharpness, rel=0.1)


def test_nothing_but_the_listed_files_was_written(panel):
    out, _ = panel
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    staged = {name for name in found if name.startswith(("frames/", "shards/"))}
    assert found - staged - {"run.json", "files.log"} == owned(out)


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


def test_everything_works_without_pypiper_and_the_engine(panel, tmp_path, sample_clip):
    out, _ = panel
    run = load_run(out)
    settings = Settings.of(detector="hog", interval=10.0)
    frames = FrameStream(run.sources(), settings.sampling)
    analyser = FaceAnalyser(settings.detection, settings.encoding)
    clothes = settings.encoding.cloth_model.open()
    assert frames.expected() == 7
    encoded = []
    for frame in map(analyser.analyse, frames):
        worn = clothes.encode_faces(frame.picture.rgb(), frame.faces)
        encoded.append(frame.with_(faces=worn))
    assert len(encoded) == 7 and sum(len(frame.faces) for frame in encoded) >= 4
    assert all(face.cloth is not None for frame in encoded for face in frame.faces)
    shards = ShardFolder(tmp_path / "shards", "digest")
    store = Datastore(Layout(tmp_path), shards)
    for frame in encoded:
        store.store(frame)
    assert len(list((tmp_path / "shards").iterdir())) == len(encoded)
    assert len(list((tmp_path / "frames").iterdir())) == sum(bool(frame.faces) for frame in encoded)
    assert [frame.frame_id for frame in shards.frames(run.sources())] == [frame.frame_id for frame in encoded]
    table = collate_run(run)
    people = Labeller(settings.clustering.cluster).label(table)
    write_results(run, people, OutputSettings(annotations=("yolo",)))
    assert not (out / "annotations" / "darknet").exists()
    assert sorted(set(people.person)) == sorted({row["person"] for row in rows(out)})


@pytest.mark.parametrize("name", [plugin.name for plugin in CLUSTERERS])
def test_every_clusterer_can_be_asked_for_again(panel, name):
    out, _ = panel
    run_here("cluster", out, "--cluster", name, "--plots", "none")
    assert state(out)["settings"]["clustering"]["cluster"] == name
    assert not any(out.rglob("person_-1*"))


def test_driver_py_is_the_same_job_and_says_nothing_when_asked(tmp_path, sample_clip):
    command = [sys.executable, str(ROOT / "driver.py"), "--video", str(sample_clip)]
    command += ["--stop", "2", "--detector", "hog", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "panel_dataset" / "faces.csv").exists()


def test_the_stage_clip_is_told_apart(tmp_path, shared_data, shared_models, monkeypatch):
    out = tmp_path / "stage"
    clip = shared_data / "clips" / "stage.mp4"
    monkeypatch.setenv("FACEPIPE_MODELS", str(shared_models))
    run_here("run", clip, "--interval", "0.2", "--detector", "yunet", "--out", out, "--plots", "none")
    scores = score(out, clip.with_name("stage_truth.csv"))
    assert scores.recall >= 0.95
    assert scores.nmi >= 0.97
    assert scores.b_cubed_f >= 0.97
    assert scores.impossible_pairs == 0


def test_scenes_are_sampled_at_their_first_and_last_frame(tmp_path, sample_clip):
    options = ("--sampling", "scenes", "--detector", "hog", "--no-cloth", "--stop", "16", "--plots", "none")
    run_here("run", sample_clip, "--out", tmp_path / "out", *options)
    cuts = [0, 125, 250, 375]  # where the clip's shots begin
    seen = {int(row["frame"]) for row in rows(tmp_path / "out")}
    assert seen == {0, *cuts[1:], *(cut - 1 for cut in cuts[1:]), 399}
