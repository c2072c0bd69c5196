"""Names change, and no more of the files than has to."""

import csv
import json

import pytest
from made_run import made_run

import facepipe.results.update as module
from facepipe.results.update import update_results

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
