"""facepipe eval and facepipe tune, on the folder of a finished run."""

import argparse
import hashlib
import json
from pkgutil import resolve_name

import cv2
import numpy as np
import pytest
from labelled_tables import simulate
from made_run import made_run
from markdown_lines import plain

from facepipe.cluster.hac import Hac
from facepipe.commands.arguments.evaluate import COMMAND as EVAL
from facepipe.commands.arguments.export import COMMAND as EXPORT
from facepipe.commands.arguments.tune import COMMAND as TUNE
from facepipe.commands.tune import parse_grid
from facepipe.console import Console
from facepipe.errors import InputError, NoFaceFound, StoreError, UsageError
from facepipe.export.folder import faces_shown
from facepipe.records import Frame, FrameRef, Source
from facepipe.runs.opening import load_run, open_run
from facepipe.runs.state import RunState
from facepipe.runs.table import write_csv, write_npz
from facepipe.settings import Settings
from facepipe.words import quoted


@pytest.fixture
def finished(tmp_path):
    """A run of 60 frames, three people, two in a frame; in ten more frames nobody was found. And its truth."""
    sha = hashlib.sha256(b"clip").hexdigest()
    source = Source(f"clip.mp4-{sha[:8]}", "clip.mp4", tmp_path / "clip.mp4", sha, 4, True)
    table, who = simulate(3, 120, per_frame=2)
    box = np.array([[100 * i, 0, 100 * i + 50, 50] for i in range(2)] * 60)
    table = table.with_(
        box_ltrb=box,
        frame_id=tuple(f"{source.source_id}-{i:07d}" for i in table.frame_index),
        person=tuple(f"person_{person:03d}" for person in who),
    )

    out = tmp_path / "clip_dataset"
    run = open_run(out, RunState(settings=Settings(), shard_digest="digest", space=table.space), [source])
    for index in range(70):
        run.shards().write(Frame(FrameRef(source, index, float(index)), (640, 360), None))
    write_csv(out / "faces.csv", table)
    write_npz(out / "faces.npz", table)

    names = ["Ann", "Bob", "Cat"]
    rows = [
        f"clip.mp4,{f},{names[p]},{','.join(map(str, b))}" for f, p, b in zip(table.frame_index, who, box, strict=True)
    ]
    rows += [f"clip.mp4,{frame},Ann,0,0,50,50" for frame in range(60, 70)]
    truth = tmp_path / "truth.csv"
    truth.write_text("source,frame,person,left,top,right,bottom\n" + "\n".join(rows) + "\n")
    return out, truth


def call(command, *words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return resolve_name(command.run)(parser.parse_args([str(word) for word in words]), Console())


def test_eval_prints_coverage_and_quality(finished, capsys):
    out, truth = finished
    assert call(EVAL, out, "--truth", truth) == 0
    lines = plain(capsys.readouterr().out)
    assert "| annotated faces | 130 |" in lines
    assert "| **recall of faces** | 0.923 |" in lines  # 120 of 130: frames without a face count
    assert "| **NMI** | 1.000 |" in lines


def test_eval_table_compares_the_features_and_people(finished, tmp_path, capsys):
    out, truth = finished
    markdown, scores = tmp_path / "scores.md", tmp_path / "scores.json"
    assert call(EVAL, out, "--truth", truth, "--table", "--json", scores, "--markdown", markdown) == 0
    text = capsys.readouterr().out
    assert plain(text)[0] == "| | this run | Face | Cloth | Face+Cloth | people |"
    assert markdown.read_text() == text
    answer = json.loads(scores.read_text())
    rows = answer["scores"]
    assert answer["joined"] == answer["split"] == [] and "parts" not in answer
    assert [row["name"] for row in rows][1:4] == ["Face", "Cloth", "Face+Cloth"]
    assert rows[0]["nmi"] == pytest.approx(1) and all(row["recall"] == pytest.approx(120 / 130) for row in rows)


def test_eval_of_what_is_no_run_or_no_truth(finished, tmp_path):
    out, truth = finished
    with pytest.raises(StoreError, match="nowhere"):
        call(EVAL, tmp_path / "nowhere", "--truth", truth)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        call(EVAL, out, "--truth", tmp_path / "none.csv")


@pytest.fixture
def mistaken(tmp_path):
    """A run that takes Ann and Cat for one person, and leaves two faces unknown, of which one is Bob, who is not where
    it sees him beside; in frame 0 the truth has somebody who was not found."""
    folder = made_run(tmp_path / "out")
    table = folder.table()
    names = {"person_001": ("Ann", "Cat"), "person_002": ("Bob", "Bob"), "": ("Bob", "")}
    rows = ["show.mp4,0,Eve,250,20,300,80"]
    for person, frame, box in zip(table.person, table.frame_index.tolist(), table.box_ltrb.tolist(), strict=True):
        who = names[person][frame >= 4]
        if who and (person, frame) != ("person_002", 3):
            rows.append(f"show.mp4,{frame},{who},{','.join(map(str, box))}")
    truth = tmp_path / "truth.csv"
    truth.write_text("source,frame,person,left,top,right,bottom\n" + "\n".join(rows) + "\n")
    return folder.path, truth


def test_eval_names_the_worst(mistaken, tmp_path, capsys):
    out, truth = mistaken
    assert call(EVAL, out, "--truth", truth, "--json", tmp_path / "all.json") == 0
    text = capsys.readouterr().out
    assert "1 person is several people; 4 faces of somebody else:\n\n- person_001: 4 Ann, 4 Cat\n" in text
    assert (
        "1 person of the truth is split or lost; 1 face elsewhere or unknown:\n\n- Bob: 7 person_002, 1 unknown" in text
    )
    assert "\n\n1 person of the truth was never found:\n\n- Eve: 1 face\n" in text
    assert json.loads((tmp_path / "all.json").read_text())["joined"][0]["parts"] == {"Ann": 4, "Cat": 4}
    call(EVAL, out, "--truth", truth, "--worst", 0)
    assert "several people" not in capsys.readouterr().out
    with pytest.raises(UsageError, match="--worst -1: must be at least 0"):
        call(EVAL, out, "--truth", truth, "--worst", -1)


def test_eval_promises_nothing_where_there_is_nothing(finished, capsys):
    out, truth = finished
    truth.write_text("source,frame,person,left,top,right,bottom\nclip.mp4,99,Ann,10,10,60,60\n")
    assert call(EVAL, out, "--truth", truth) == 0
    assert "no face in any frame that was looked at, so nothing is judged" in capsys.readouterr().err
    table = load_run(out).table().take([])
    write_csv(out / "faces.csv", table)
    write_npz(out / "faces.npz", table)
    with pytest.raises(NoFaceFound, match=r"no face was found in .*, so there is nothing to expect"):
        call(EVAL, out)
    assert capsys.readouterr().out == ""


def test_eval_by_group_prints_what_is_found_beside_how_well_it_is_told_apart(mistaken, tmp_path, capsys):
    out, truth = mistaken
    files = ["--markdown", tmp_path / "all.md", "--json", tmp_path / "all.json"]
    assert call(EVAL, out, "--truth", truth, "--by-group", *files) == 0
    text = capsys.readouterr().out
    assert (tmp_path / "all.md").read_text() == text
    lines = plain(text)
    assert any(line.startswith("| all (few) | 17 | 0.941 | 3 |") for line in lines)
    assert any(line.startswith("| size 40 to 80 px (few) | 17 | 0.941 | 3 |") for line in lines)
    assert any(line.startswith("| never found (few) | 1 | 0.000 | 0 | - |") for line in lines)
    parts = json.loads((tmp_path / "all.json").read_text())["parts"]
    kinds = ["all", "group", "never", "size", "pose", "light", "sharpness", "quality"]
    assert list(dict.fromkeys(part["name"].split()[0] for part in parts)) == kinds


def test_eval_shows_the_worst_in_pictures(mistaken, tmp_path, capsys):
    out, truth = mistaken
    to = tmp_path / "mistakes"
    assert call(EVAL, out, "--truth", truth, "--pictures", to) == 0
    names = {"joined_person_001.jpg", "split_Bob.jpg", "missed.jpg", "extra.jpg"}
    assert {path.name for path in to.iterdir()} == names | {"export.json"}
    assert capsys.readouterr().err.endswith(f"4 pictures written to {to}\n")
    pictures = {name: cv2.imread(str(to / name)) for name in names}
    assert all(picture.std() > 10 for picture in pictures.values())
    assert len(pictures["joined_person_001.jpg"]) > len(pictures["missed.jpg"]), "two rows, one row"
    red = np.array([38, 38, 220])
    marked = {name for name, picture in pictures.items() if (np.abs(picture - red).max(axis=2) < 40).sum() > 50}
    assert {"missed.jpg", "extra.jpg"} <= marked


def test_pictures_replace_those_of_an_earlier_call_and_nothing_else(mistaken, tmp_path):
    out, truth = mistaken
    to = tmp_path / "mistakes"
    call(EVAL, out, "--truth", truth, "--pictures", to)
    (to / "note.txt").write_text("mine")
    rows = truth.read_text().splitlines()
    truth.write_text("\n".join(row for row in rows if ",Eve," not in row) + "\n")
    call(EVAL, out, "--truth", truth, "--pictures", to)
    assert {path.name for path in to.iterdir()} == {
        "joined_person_001.jpg", "split_Bob.jpg", "extra.jpg", "export.json", "note.txt"
    }  # fmt: skip
    other = tmp_path / "holiday"
    other.mkdir()
    (other / "extra.jpg").write_text("mine")
    with pytest.raises(StoreError, match="is not empty and not an export: name another folder with --pictures"):
        call(EVAL, out, "--truth", truth, "--pictures", other)
    call(EXPORT, out, "--format", "csv", "--to", tmp_path / "dataset")
    with pytest.raises(StoreError, match=r"dataset holds an export \(csv\): name another folder with --pictures"):
        call(EVAL, out, "--truth", truth, "--pictures", tmp_path / "dataset")
    with pytest.raises(UsageError, match="lies in the run's own folder"):
        call(EVAL, out, "--truth", truth, "--pictures", out / "people")
    assert (other / "extra.jpg").read_text() == "mine"


def test_names_of_the_truth_lead_nowhere(mistaken, tmp_path):
    out, truth = mistaken
    truth.write_text(truth.read_text().replace(",Bob,", ",../../Bob,"))
    assert call(EVAL, out, "--truth", truth, "--pictures", tmp_path / "a" / "mistakes") == 0
    assert len(list((tmp_path / "a" / "mistakes").glob("split_*Bob-*.jpg"))) == 1
    assert len(list(tmp_path.rglob("*Bob*"))) == 1


def test_the_run_knows_of_pictures_whom_they_show(mistaken, tmp_path):
    """So that `forget` can say where somebody is still to be seen."""
    out, truth = mistaken
    call(EVAL, out, "--truth", truth, "--pictures", tmp_path / "mistakes")
    assert [(one.path, one.format) for one in load_run(out).state.exports] == [(str(tmp_path / "mistakes"), "mistakes")]
    table = load_run(out).table()
    of_bob = {face for face, person in zip(table.face_id, table.person, strict=True) if person == "person_002"}
    assert of_bob <= faces_shown(tmp_path / "mistakes")


def test_where_nothing_is_wrong_there_is_no_picture(mistaken, tmp_path, capsys):
    out, truth = mistaken
    rows = truth.read_text().splitlines()
    truth.write_text("\n".join(row for row in rows if row.startswith(("source", "show.mp4,1,"))) + "\n")
    assert call(EVAL, out, "--truth", truth, "--pictures", tmp_path / "mistakes") == 0
    said = capsys.readouterr()
    assert "No person is several people.\n\nNobody is split or lost." in said.out
    assert said.err.endswith("nothing is wrong: no picture was written\n") and not (tmp_path / "mistakes").exists()
    assert load_run(out).state.exports == ()


def test_tune_prints_training_and_validation(finished, tmp_path, capsys):
    out, truth = finished
    trials = tmp_path / "trials.json"
    words = ["--cluster", "hac", "--grid", "eps=.1,.55", "--grid", "min-csize=1", "--metric", "nmi"]
    assert call(TUNE, out, "--truth", truth, *words, "--json", trials) == 0
    printed = capsys.readouterr()
    lines = plain(printed.out)
    assert lines[0] == "| eps | min_csize | nmi, training | validation |"
    assert lines[2].startswith("| 0.55 | 1 | 1.000 |")
    assert len(lines) == 4  # the table alone
    assert printed.err == f"best in training: facepipe cluster {quoted(out)} --cluster hac --eps 0.55 --min-csize 1\n"
    rows = json.loads(trials.read_text())
    assert rows["metric"] == "nmi" and [row["eps"] for row in rows["trials"]] == [0.55, 0.1]


@pytest.mark.parametrize("text", ["eps", "eps=a", "eps=", "radius=1", "weights=1", "min_samples=1", "min_csize=1.5"])
def test_tune_refuses_grids_that_it_cannot_read(text):
    with pytest.raises(UsageError, match="--grid"):
        parse_grid([text], Hac())


def test_tune_refuses_an_unknown_clusterer(finished):
    out, truth = finished
    with pytest.raises(UsageError, match="unknown clusterer 'kmeans': choose one of people, hac"):
        call(TUNE, out, "--truth", truth, "--cluster", "kmeans")


def test_without_a_truth_many_unknown_faces_are_a_warning(finished, capsys):
    out, _ = finished
    call(EVAL, out)
    assert "unknown" not in capsys.readouterr().err
    folder = load_run(out)
    table = folder.table()
    folder.write_tables(table.with_(person=("", *table.person[1:60], *[""] * (len(table) - 60))))
    call(EVAL, out)
    assert f"{len(table) - 59} faces of {len(table)} are unknown: which of these" in capsys.readouterr().err


def test_without_a_truth_it_says_what_is_expected(finished, capsys, tmp_path):
    out, _ = finished
    call(EVAL, out, "--json", tmp_path / "expected.json")
    expected = json.loads((tmp_path / "expected.json").read_text())["expected"]
    assert 0.5 < expected["f"] <= 1 and f"{expected['f']:.3f}" in capsys.readouterr().out
    for option in ("--table", "--by-group"):
        with pytest.raises(UsageError, match=f"{option} needs --truth: nobody has said who is who"):
            call(EVAL, out, option)
