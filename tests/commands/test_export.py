"""facepipe export on a run of the sample clip: the folder, its card, and that nothing of anybody else's is touched."""

import io
import json
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from commandline import ROOT, environment, rows
from commandline_here import run_here
from panel_run import panel_run

from facepipe.cli import main
from facepipe.export.formats import EXPORTERS
from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.detectors.cnn import DlibCnn
from facepipe.faces.encoders.dlib_onnx import Dlib
from facepipe.imaging.codec import read_rgb
from facepipe.runs.opening import load_run


@pytest.fixture(scope="module")
def panel(tmp_path_factory, sample_clip) -> Path:
    return panel_run(tmp_path_factory, sample_clip)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def export(panel, to, *options, format="imagefolder", code=0) -> tuple[str, str]:
    """`facepipe export` in this process: what stands on standard output, and on standard error."""
    said, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(errors):
        words = ["export", panel, "--format", format, "--to", to, *options]
        assert main([str(word) for word in words]) == code, errors.getvalue()
    return said.getvalue(), errors.getvalue()


def test_a_folder_a_person_with_a_card(panel, tmp_path):
    said, _ = export(panel, tmp_path / "faces")
    table = load_run(panel).table()
    assert said.startswith(f"{len(table)} faces of {len(table.people)} people in {len(table)} crops (train ")
    found = {path.stem: path.parent.name for path in (tmp_path / "faces").glob("*/*/*.jpg")}
    assert found == dict(zip(table.face_id, table.person, strict=True))
    text = (tmp_path / "faces" / "README.md").read_text()
    assert "## Consent" in text and "## Licence" in text and "`panel.mp4`" in text
    assert "encoder: dlib" in text
    for person in table.people:
        counts = [len(list((tmp_path / "faces").glob(f"{split}/{person}/*"))) for split in ("train", "val", "test")]
        name = person.replace("_", "\\_")
        assert f"| {name} | {' | '.join(map(str, [*counts, sum(counts)]))} |" in text
    assert (tmp_path / "faces").stat().st_mode & 0o077 == 0


def test_a_second_export_is_the_same_and_another_replaces_it(panel, tmp_path):
    to = tmp_path / "dataset"
    export(panel, to, format="yolo")
    first = contents(to)
    export(panel, to, format="yolo")
    assert contents(to) == first
    (to / "notes.txt").write_text("mine")
    (to / "images" / "mine.jpg").write_text("mine too")
    export(panel, to, "--dedupe", format="csv")
    assert set(contents(to)) == {"README.md", "export.json", "faces.csv", "notes.txt", "images/mine.jpg"}
    assert set(json.loads((to / "export.json").read_text())["files"]) == {"README.md", "faces.csv"}


def test_pictures_are_copies_so_that_the_run_cannot_be_harmed(panel, tmp_path):
    export(panel, tmp_path / "dataset", format="yolo")
    pictures = list((tmp_path / "dataset").rglob("*.jpg"))
    assert pictures
    for picture in pictures:
        stored = panel / "frames" / picture.name
        assert picture.read_bytes() == stored.read_bytes() and not picture.samefile(stored)


def test_what_a_person_wrote_in_the_card_is_kept(panel, tmp_path):
    export(panel, tmp_path / "d", format="csv")
    card = tmp_path / "d" / "README.md"
    card.write_text(card.read_text() + "Everybody agreed, signed in the black folder.\n")
    export(panel, tmp_path / "d", "--max-per-person", "3", format="csv")
    assert card.read_text().endswith("Everybody agreed, signed in the black folder.\n")
    assert "max\\_per\\_person `3`" in card.read_text()
    card.write_text("all mine")
    _, errors = export(panel, tmp_path / "d", format="csv", code=2)
    assert "has lost the line" in errors
    assert card.read_text() == "all mine"


def test_a_correction_in_the_people_folder_is_exported(panel, tmp_path):
    run = shutil.copytree(panel, tmp_path / "run")
    before = {row["person"] for row in rows(run)}
    old = min(before)
    (run / "people" / old).rename(run / "people" / "Tomas")
    done = run_here("export", run, "--format", "csv", "--to", tmp_path / "d")
    assert "Tomas" in done.stderr and "Tomas" not in done.stdout
    assert {row["person"] for row in rows(tmp_path / "d")} == before - {old} | {"Tomas"}


def test_links_lead_to_the_runs_crops_and_only_they_go_with_the_next_export(panel, tmp_path):
    run = shutil.copytree(panel, tmp_path / "run")
    before = contents(run / "people")
    said, _ = export(run, tmp_path / "d", format="links")
    links = [path for path in (tmp_path / "d").rglob("*.jpg") if path.is_symlink()]
    table = load_run(run).table()
    assert {path.stem: path.parent.name for path in links} == dict(zip(table.face_id, table.person, strict=True))
    assert all(path.parent.parent.name == f"cluster_with_{table.person.count(path.parent.name)}" for path in links)
    assert all(path.read_bytes() == before[f"{path.parent.name}/{path.name}"] for path in links)
    assert f" in {len(table)} links (" in said
    assert "blurred or greyed" not in (tmp_path / "d" / "README.md").read_text()
    export(run, tmp_path / "d", format="csv")
    assert set(contents(tmp_path / "d")) == {"README.md", "export.json", "faces.csv"}
    assert contents(run / "people") == before


def test_a_person_is_named_in_any_case(panel, tmp_path):
    export(panel, tmp_path / "d", "--person", "PERSON_002", "person_001", "--person", "Person_003")
    assert {path.parent.name for path in (tmp_path / "d").glob("*/*/*.jpg")} == {f"person_00{i}" for i in (1, 2, 3)}


def test_selection_by_options(panel, tmp_path):
    said = export(panel, tmp_path / "d", "--dedupe", "--max-per-person", "4", "--split", "0.7,0.3,0", "--quiet")
    assert said == ("", "")
    per_person: dict[str, int] = {}
    for path in (tmp_path / "d").glob("*/*/*.jpg"):
        per_person[path.parent.name] = per_person.get(path.parent.name, 0) + 1
    assert set(per_person) == {row["person"] for row in rows(panel)}
    assert max(per_person.values()) <= 4
    assert not (tmp_path / "d" / "test").exists()


def test_blurred_heads_cannot_be_found_or_recognised(panel, tmp_path):
    """Of two people of one picture, one is exported: the detector finds no other face, and the encoder is misled."""
    table = load_run(panel).table()
    who = max(sorted(table.people), key=table.person.count)
    _, notes = export(panel, tmp_path / "d", "--person", who, "--blur-others", format="yolo")
    assert "only faces that were found are blurred" in notes
    detector, aligner, encoder = DlibCnn().open(), Aligner(), Dlib().open()
    checked = 0
    for picture in sorted((tmp_path / "d").rglob("*.jpg"))[::2]:
        image = read_rgb(picture)
        members = [row for row, frame_id in enumerate(table.frame_id) if frame_id == picture.stem]
        assert len(detector.detect(image)) == sum(table.person[row] == who for row in members) == 1
        for row in members:
            if table.person[row] != who:
                chip = face_chip(image, aligner.landmarks(image, table.box_ltrb[row]))
                assert np.linalg.norm(encoder.encode(chip[None])[0] - table.embedding[row]) > 0.6
                checked += 1
    assert checked >= 5


def test_errors_are_one_line_and_touch_nothing(panel, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    (tmp_path / "file").write_text("")
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "export.json").write_text('{"format": "facepipe-export-1", "files": ["../file"]}')
    before = contents(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    cases = {
        ("pascal", tmp_path / "new"): "unknown annotation format 'pascal': choose one of yolo",
        ("yolo", tmp_path / "mine"): "is not empty and not an export",
        ("yolo", tmp_path / "file"): "is a file",
        ("yolo", tmp_path / "loop"): "cannot make ",
        ("yolo", tmp_path / "evil"): "export.json cannot be read",
        ("yolo", panel / "export"): "lies in the run's own folder",
        ("yolo", tmp_path / "new", "--min-size", "9999"): "nobody is left to export: ",
        ("yolo", tmp_path / "new", "--split", "1,1,1"): "three shares that add up to 1",
        ("yolo", tmp_path / "new", "--boxes", "ear"): "choose one of face, head, upper-body",
        ("yolo", tmp_path / "new", "--person", "nobody"): "nobody is called 'nobody'; there are person_001",
        ("yolo", tmp_path / "new", "--unknown", "label", "--blur-others"): "cannot be learnt",
    }
    for (kind, to, *options), message in cases.items():
        said, errors = export(panel, to, *options, format=kind, code=2)
        assert message in errors and errors.count("\n") == 1 and not said
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["export.json", "README.md", "readme.MD"])
def test_whoever_is_called_as_a_file_of_an_export_is_to_be_renamed(panel, tmp_path, name):
    run = shutil.copytree(panel, tmp_path / "run")
    (run / "people/person_001").rename(run / "people" / name)
    _, errors = export(run, tmp_path / "to", "--min-quality", "0", "--quality", "stored", format="lora", code=2)
    assert "is a file of an export: give the person who is called so another name" in errors
    assert not (tmp_path / "to").exists()
    export(run, tmp_path / "to")  # where folders of people lie deeper
    assert {path.name for path in (tmp_path / "to/train").iterdir()} >= {name}


def test_a_file_of_somebody_else_in_the_way_is_an_error(panel, tmp_path):
    to = tmp_path / "d"
    export(panel, to, format="csv")
    (to / "data.yaml").write_text("mine")
    _, errors = export(panel, to, format="yolo", code=2)
    assert "data.yaml is not from an export" in errors
    assert (to / "data.yaml").read_text() == "mine"
    assert set(contents(to)) == {"README.md", "export.json", "faces.csv", "data.yaml"}


def test_an_export_that_was_stopped_is_finished_by_the_next(panel, tmp_path):
    run = shutil.copytree(panel, tmp_path / "run")
    export(run, tmp_path / "whole", format="yolo")
    frame = sorted((run / "frames").iterdir())[5]
    frame.rename(tmp_path / frame.name)
    _, errors = export(run, tmp_path / "d", format="yolo", code=2)
    assert f"{frame.name} is missing: run facepipe on its inputs again" in errors
    assert "facepipe run on its inputs makes it anew" in export(run, tmp_path / "crops", code=2)[1]
    assert not (tmp_path / "d" / "data.yaml").exists() and not (tmp_path / "d" / "README.md").exists()
    (tmp_path / frame.name).rename(frame)
    export(run, tmp_path / "d", format="yolo")
    assert contents(tmp_path / "d") == contents(tmp_path / "whole")


def test_a_link_out_of_the_folder_is_not_followed_to_remove_anything(panel, tmp_path):
    to, outside = tmp_path / "d", tmp_path / "outside"
    export(panel, to, format="yolo")
    (to / "labels").rename(outside)
    (to / "labels").symlink_to(outside, target_is_directory=True)
    kept = contents(outside)
    export(panel, to, format="csv")
    assert contents(outside) == kept


def test_every_option_reaches_the_pictures(panel, tmp_path):
    export(panel, tmp_path / "face")
    export(panel, tmp_path / "body", "--boxes", "upper-body")
    (small,), (large,) = (
        [cv2.imread(str(path)).shape for path in (tmp_path / kind).glob("*/*/*-0000000-0.jpg")]
        for kind in ("face", "body")
    )
    assert large[0] > 2 * small[0] and large[1] > 1.5 * small[1]


def test_what_the_docs_say_about_the_leak_can_be_repeated(panel):
    text = (ROOT / "docs" / "training.md").read_text()
    (script,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    script = script.replace('"clip_dataset"', repr(str(panel)))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True)
    at_random, by_shot = re.findall(r"(\d+) of (\d+) held-out faces have a near-duplicate in train", done.stdout)
    assert at_random[0] == at_random[1] == by_shot[1] != "0" == by_shot[0]


def test_lora_takes_the_frames_of_the_video_itself(panel, tmp_path):
    """The sample clip is no larger than stored frames: what is cut from both differs by the JPEG's loss alone."""
    found = {}
    for quality in ("source", "stored"):
        said, _ = export(panel, tmp_path / quality, "--count", "3", "--quality", quality, format="lora")
        pictures = list((tmp_path / quality).glob("person_*/10_person_* person/*.png"))
        assert f" in {len(pictures)} crops (train {len(pictures)})" in said  # no split
        request = json.loads((tmp_path / quality / "export.json").read_text())["request"]
        assert (request["dedupe"], request["min_quality"]) == (True, 0.4)
        found[quality] = {path.name: read_rgb(path).astype(int) for path in pictures}
    assert len(found["source"]) > 3 and found["source"].keys() == found["stored"].keys()
    for name, image in found["source"].items():
        assert 0 < np.abs(image - found["stored"][name]).mean() < 5


def test_lora_says_where_an_input_is_gone(panel, tmp_path, monkeypatch):
    monkeypatch.setattr("facepipe.export.of_run.why_not", lambda folder, entry: "gone")
    said, _ = export(panel, tmp_path / "out", "--count", "1", format="lora")
    assert "note: 1 input gone or changed (panel.mp4): pictures of it are cut from the run's own copies" in said


def test_clips_of_the_sample_clip_show_one_face(panel, tmp_path):
    """Every face that a detector finds in them is the person's."""
    options = ["--alone", "window", "--clip-size", "256x256", "--frames", "17", "--person", "person_001"]
    export(panel, tmp_path / "clips", *options, format="clips")
    table = load_run(panel).table()
    people = {person: table.embedding[rows].mean(0) for person, rows in table.rows_by_person().items() if person}
    clips = sorted((tmp_path / "clips" / "train" / "person_001").glob("*.mp4"))
    detector, aligner, encoder = DlibCnn().open(), Aligner(), Dlib().open()
    for path in clips[:3]:
        with av.open(str(path)) as clip:
            frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
        assert len(frames) == 17
        for image in (frames[0], frames[16]):
            (face,) = detector.detect(image)
            box = tuple(np.rint(face.box_ltrb).astype(int).tolist())
            vector = encoder.encode(face_chip(image, aligner.landmarks(image, box))[None])[0]
            assert min(people, key=lambda person: np.linalg.norm(people[person] - vector)) == "person_001"
    assert clips


def test_the_docs_name_every_format():
    text = (ROOT / "docs" / "export.md").read_text()
    assert set(EXPORTERS.names) == set(re.findall(r"^\| `(\w[\w-]*)` \|", text, re.MULTILINE))
