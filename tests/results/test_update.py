"""Names change, and no more of the files than has to."""

import csv
import json
import shutil
from dataclasses import replace
from random import Random

import pytest
from commandline_here import run_here
from dataset_world import talk_show
from made_run import made_run

import facepipe.results.update as module
from facepipe.console import Console
from facepipe.errors import StoreError
from facepipe.files.target import Target
from facepipe.results.classes import classes_written
from facepipe.results.update import update_results
from facepipe.results.write import write_dataset
from facepipe.review.sync import synced
from facepipe.runs.opening import load_run

PLOTS = ("timeline", "everybody", "clusters")


def stamps(out):
    """When each file was written, and as which."""
    paths = [path for path in out.rglob("*") if path.is_file() and path.name not in ("run.json", "files.log")]
    return {path.relative_to(out).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def names_of(folder):
    table = folder.table()
    return dict(zip(table.face_id, table.person, strict=True))


@pytest.fixture
def folder(tmp_path):
    return made_run(tmp_path / "run", plots=PLOTS, annotations=("yolo", "darknet"))


def renamed(names, who, to):
    return {face: to if name == who else name for face, name in names.items()}


def test_after_a_new_name_what_does_not_show_it_is_as_it_was(folder):
    before, names = stamps(folder.path), names_of(folder)
    update_results(folder, renamed(names, "person_001", "Zoe"))
    after = stamps(folder.path)
    same = {name for name, stamp in after.items() if before.get(name) == stamp}
    assert {name for name in after if name.startswith(("annotations/yolo/labels/", "annotations/yolo/images/"))} <= same
    assert {"montage/person_002.jpg", "faces.npz", "encodings.pickle"} <= same
    assert not {"faces.csv", "montage/Zoe.jpg", "plots/everybody.jpg", "plots/timeline.png", "report.html"} & same
    assert "montage/person_001.jpg" not in after and not any(name.startswith("people/person_001/") for name in after)
    assert (folder.path / "annotations/classes.txt").read_text() == "Zoe\nperson_002\n", "the number stays hers"
    inodes = {stamp[0] for stamp in before.values()}
    assert all(stamp[0] in inodes for name, stamp in after.items() if name.startswith("people/")), "crops are linked"


@pytest.mark.parametrize("kind, known", [("annotation format", "darknet"), ("plot", "clusters")])
def test_what_cannot_follow_a_change_is_said_before_the_change_is_logged(folder, kind, known):
    run = folder.layout.run
    run.write_text(run.read_text().replace(f'"{known}"', '"gone"'))
    people = folder.path / "people"
    (people / "person_001").rename(people / "Zoe")
    before = stamps(folder.path), run.read_bytes()
    with pytest.raises(StoreError, match=f"run was made with the {kind} 'gone', which is not installed here"):
        synced(folder.path, Console())
    assert (stamps(folder.path), run.read_bytes()) == before and not folder.layout.decisions.exists()
    (people / "Zoe").rename(people / "person_001")
    assert len(synced(folder.path, Console()).table().people) == 2, "it can be looked at"


def test_the_same_names_write_next_to_nothing(folder):
    before = stamps(folder.path)
    update_results(folder, names_of(folder))
    changed = {name for name, stamp in stamps(folder.path).items() if before.get(name) != stamp}
    assert changed == {"faces.csv", "report.html"}


def test_what_was_lost_or_is_half_written_is_made_again(folder):
    before = {name: (folder.path / name).read_bytes() for name in stamps(folder.path)}
    (folder.path / "montage/person_002.jpg").unlink()
    (folder.path / "annotations/yolo/data.yaml").unlink()
    folder.claim(["plots/everybody.jpg"])
    (folder.path / "plots/everybody.jpg").write_bytes(b"half")
    update_results(folder, names_of(folder))
    after = {name: (folder.path / name).read_bytes() for name in stamps(folder.path)}
    assert {name: data for name, data in after.items() if name != "report.html"} == {
        name: data for name, data in before.items() if name != "report.html"
    }


def written_in(out):
    """What the folders hold that follow from the names, but for the plots."""
    parts = [path for part in ("people", "montage", "annotations") for path in (out / part).rglob("*")]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in parts if path.is_file()}


def made_anew(folder, out):
    """The same of a run that was never anything else."""
    (out / "frames").mkdir(parents=True)
    for picture in (folder.path / "frames").iterdir():
        (out / "frames" / picture.name).hardlink_to(picture)
    settings = replace(folder.settings.output, plots=())
    write_dataset(Target(out), folder.table(), settings, classes=classes_written(folder))
    return written_in(out)


@pytest.mark.parametrize("unknown", ["mask", "label", "exclude-frame", "ignore"])
def test_whatever_is_corrected_all_is_as_if_it_had_been_so_from_the_beginning(tmp_path, unknown):
    formats = ("yolo", "darknet", "yolo-pose", "voc")
    spots = talk_show(people=3, shots=3)
    folder = made_run(tmp_path / "run", spots, plots=(), annotations=formats, unknown=unknown)
    draw, names = Random(unknown), names_of(folder)
    for step in range(6):
        faces, people = list(names), sorted({*names.values()} - {""})
        who = draw.choice(people)
        gesture = draw.choice(("rename", "join", "move", "reject", "forget"))
        some = (
            draw.sample(faces, 2) if gesture in ("move", "reject", "forget") else [f for f in faces if names[f] == who]
        )
        to = {"rename": f"Anna {step}", "reject": ""}.get(gesture, draw.choice(people))
        names |= dict.fromkeys(some, to)
        if gesture == "forget":
            names = {face: name for face, name in names.items() if face not in some}
        update_results(folder, names)
        assert written_in(folder.path) == made_anew(folder, tmp_path / f"anew{step}"), gesture


@pytest.mark.parametrize("seed", range(3))
def test_so_it_is_when_somebody_moves_pictures_in_people(tmp_path, seed):
    spots = talk_show(people=4, shots=3)
    out = made_run(tmp_path / "run", spots, plots=(), annotations=("yolo",)).path
    draw = Random(seed)
    for step in range(5):
        folders = sorted(path for path in (out / "people").iterdir() if path.name != "unknown")
        here, there = draw.sample(folders, 2)
        gesture = draw.choice(("rename", "join", "move", "portrait", "reject", "delete", "delete unknown"))
        faces = sorted({path.name.partition("_portrait")[0].partition(".")[0] for path in here.iterdir()})
        pictures = [path for face in draw.sample(faces, 1) for path in here.glob(f"{face}*")]
        if gesture == "delete unknown":  # which alone says nothing
            shutil.rmtree(here.with_name("unknown"), ignore_errors=True)
        if gesture in ("rename", "delete unknown"):
            here.rename(here.with_name(f"Anna {step}"))
        elif gesture == "delete":
            pictures[0].unlink()
        else:
            target = here.with_name("unknown") if gesture == "reject" else there
            target.mkdir(exist_ok=True)
            some = {"join": list(here.iterdir()), "portrait": pictures[:1]}.get(gesture, pictures)
            for path in some:
                path.rename(target / path.name)
        run_here("sync", out)
        folder = load_run(out)
        assert written_in(out) == made_anew(folder, tmp_path / f"anew{step}"), gesture
        people = {name.removeprefix("people/") for name in written_in(out) if name.startswith("people/")}
        assert {*folder.files.below("people")} == people


def test_what_another_version_wrote_is_all_made_again(folder, monkeypatch):
    names = names_of(folder)
    files = [*(folder.path / "annotations/yolo/labels").rglob("*.txt"), *(folder.path / "montage").iterdir()]
    for path in files:
        path.write_bytes(b"of another version")
    update_results(folder, names)
    assert {path.read_bytes() for path in files} == {b"of another version"}, "nothing has changed since it was written"
    for module_with_it in ("files.plan", "results.update", "results.write"):
        monkeypatch.setattr(f"facepipe.{module_with_it}.__version__", "another")
    update_results(folder, names)
    assert b"of another version" not in {path.read_bytes() for path in files}
    assert folder.state.facepipe == "another"


def test_plots_that_take_long_wait_for_being_asked_for(folder, monkeypatch):
    monkeypatch.setattr(module, "_DRAWN", 0)
    names = renamed(names_of(folder), "person_001", "Zoe")
    update_results(folder, names)
    assert {path.name for path in (folder.path / "plots").iterdir()} == {"everybody.jpg", "clusters.png"}
    assert any("left out (timeline): facepipe sync" in note for note in folder.state.notes)
    update_results(folder, names, draw=True)
    assert (folder.path / "plots/timeline.png").is_file()
    assert not any("left out" in note for note in json.loads(folder.layout.run.read_text())["notes"])
    drawn = stamps(folder.path)["plots/timeline.png"]
    update_results(folder, names)
    assert stamps(folder.path)["plots/timeline.png"] == drawn, "it is the same still"


def test_a_large_table_is_there_as_parquet_and_its_vectors_once(folder, monkeypatch):
    from pyarrow import parquet

    assert not (folder.path / "faces.parquet").exists()
    monkeypatch.setattr("facepipe.table.LARGE", 10)
    names = names_of(folder)
    update_results(folder, renamed(names, "person_001", "Zoe, of Ulm"))
    assert not (folder.path / "encodings.pickle").exists()
    found = parquet.read_table(folder.path / "faces.parquet").to_pylist()
    with (folder.path / "faces.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(found) == len(rows) > 10 and [*found[0]] == [*rows[0]]
    for one, row in zip(found, rows, strict=True):
        for name, text in row.items():
            if isinstance(one[name], float):
                assert text == "" if one[name] != one[name] else abs(float(text) - one[name]) <= 0.51, name
            else:
                assert str(one[name]) == text, name
    monkeypatch.undo()
    table = folder.table()
    update_results(folder, {face: name for face, name in names.items() if face != table.face_id[0]})
    assert not (folder.path / "faces.parquet").exists() and (folder.path / "encodings.pickle").exists()
