"""facepipe eval and facepipe tune, on the folder of a finished run."""

import argparse
import hashlib
import json

import numpy as np
import pytest
from labelled_tables import simulate

from facepipe.cluster.hac import Hac
from facepipe.commands.evaluate import COMMAND as EVAL
from facepipe.commands.tune import COMMAND as TUNE
from facepipe.commands.tune import parse_grid
from facepipe.console import Console
from facepipe.errors import InputError, StoreError, UsageError
from facepipe.records import Frame, FrameRef, Source
from facepipe.runs.opening import open_run
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
    return command.run(parser.parse_args([str(word) for word in words]), Console())


def test_eval_prints_coverage_and_quality(finished, capsys):
    out, truth = finished
    assert call(EVAL, out, "--truth", truth) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "| annotated faces | 130 |" in lines
    assert "| **recall of faces** | 0.923 |" in lines  # 120 of 130: frames without a face count
    assert "| **NMI** | 1.000 |" in lines


def test_eval_table_compares_the_features_and_people(finished, tmp_path, capsys):
    out, truth = finished
    markdown, scores = tmp_path / "scores.md", tmp_path / "scores.json"
    assert call(EVAL, out, "--truth", truth, "--table", "--json", scores, "--markdown", markdown) == 0
    text = capsys.readouterr().out
    assert text.startswith("| | this run | Face | Cloth | Face+Cloth | people |")
    assert markdown.read_text() == text
    rows = json.loads(scores.read_text())
    assert [row["name"] for row in rows][1:4] == ["Face", "Cloth", "Face+Cloth"]
    assert rows[0]["nmi"] == pytest.approx(1) and all(row["recall"] == pytest.approx(120 / 130) for row in rows)


def test_eval_of_what_is_no_run_or_no_truth(finished, tmp_path):
    out, truth = finished
    with pytest.raises(StoreError, match="nowhere"):
        call(EVAL, tmp_path / "nowhere", "--truth", truth)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        call(EVAL, out, "--truth", tmp_path / "none.csv")


def test_tune_prints_training_and_validation(finished, tmp_path, capsys):
    out, truth = finished
    trials = tmp_path / "trials.json"
    words = ["--cluster", "hac", "--grid", "eps=.1,.55", "--grid", "min-csize=1", "--metric", "nmi"]
    assert call(TUNE, out, "--truth", truth, *words, "--json", trials) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
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
