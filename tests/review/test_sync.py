"""Corrections that stick: people/ is edited as a person does it, then every command, method and input comes after."""

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import av
import numpy as np
import pytest
from commandline import ROOT, environment, files, owned, rows, state
from waiting import wait_for

from facepipe import cli
from facepipe.cluster import CLUSTERERS
from facepipe.console import Console
from facepipe.geometry import clip_box, portrait_box
from facepipe.imaging.codec import read_rgb
from facepipe.people.decisions import Decision
from facepipe.people.log import append_log, read_log
from facepipe.review.sync import synced
from facepipe.review.undo import undo
from facepipe.runs.opening import load_run

QUICK = "--detector hog --no-cloth --threads 2 --annotations yolo --plots none --interval 3".split()


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def facepipe(*arguments, check=True) -> Done:
    """`facepipe ARGUMENTS` in this process, which is much faster than in one of its own."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = cli.main(list(map(str, arguments)))
    assert not check or code == 0, f"exit code {code}\n{out.getvalue()}\n{errors.getvalue()}"
    return Done(code, out.getvalue(), errors.getvalue())


def driver(*arguments, **options) -> Done:
    return facepipe("run", "--video", *arguments, **options)


@pytest.fixture(scope="module")
def first(tmp_path_factory, sample_clip):
    """A run on the first half of the sample clip."""
    out = tmp_path_factory.mktemp("first") / "out"
    driver(sample_clip, "--out", out, *QUICK)
    return out


@pytest.fixture
def out(first, tmp_path):
    return shutil.copytree(first, tmp_path / "out")


@pytest.fixture(scope="module")
def other_clip(tmp_path_factory, sample_clip):
    """The sample clip's second half, mirrored: other pictures of the same people, in other files."""
    path = tmp_path_factory.mktemp("clips") / "more.mp4"
    with av.open(str(sample_clip)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.bit_rate = 640, 360, 2_000_000
        for index, frame in enumerate(source.decode(video=0)):
            if index % 5 == 0 and index > 900:
                image = np.ascontiguousarray(frame.reformat(640, 360, "rgb24").to_ndarray()[:, ::-1])
                target.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
        target.mux(stream.encode())
    return path


def people(out) -> dict[str, str]:
    return {row["face_id"]: row["person"] for row in rows(out)}


def faces_of(out, person) -> list[str]:
    return [face for face, name in people(out).items() if name == person]


def on_disk(out) -> dict[str, str]:
    """The folder in which each face's crop lies."""
    return {
        path.stem: path.parent.name.replace("unknown", "")
        for path in (out / "people").rglob("*.jpg")
        if not path.stem.endswith(("_portrait", "_body"))
    }


def move(out, face, person):
    for path in list((out / "people").rglob(f"{face}*.jpg")):
        target = out / "people" / person / path.name
        target.parent.mkdir(exist_ok=True)
        path.rename(target)


def edit(out) -> dict[str, str]:
    """Rename, move, merge, reject, delete; what must hold from then on."""
    folder = out / "people"
    moved, rejected = faces_of(out, "person_002")[:2]
    kept = dict.fromkeys(faces_of(out, "person_001"), "Anna")
    kept |= {face: "person_004" for name in ("person_003", "person_004") for face in faces_of(out, name)}
    kept |= dict.fromkeys(faces_of(out, "person_005"), "")
    (folder / "person_001").rename(folder / "Anna")
    move(out, moved, "Berta")
    (folder / "person_002" / f"{rejected}.jpg").unlink()
    for path in list((folder / "person_003").iterdir()):
        path.rename(folder / "person_004" / path.name)
    shutil.rmtree(folder / "person_005")
    return kept | {moved: "Berta", rejected: ""}


def holds(out, wanted):
    found = people(out)
    assert {face: found[face] for face in wanted} == wanted
    assert on_disk(out) == found
    run = state(out)
    assert run["counts"]["people"] == len(set(found.values()) - {""})
    listed = {name for name in owned(out) if name.startswith("people/")}
    assert listed == {p.relative_to(out).as_posix() for p in (out / "people").rglob("*.jpg")}


def test_sync_reads_everything_back_and_says_what_changed(out):
    wanted = edit(out)
    inode = next((out / "people/Anna").glob("*.jpg")).stat().st_mtime_ns
    done = facepipe("sync", out)
    holds(out, wanted)
    assert "person_001 is now called Anna" in done.stderr
    assert next((out / "people/Anna").glob("*.jpg")).stat().st_mtime_ns == inode, "a crop was cut again"
    assert {path.stem for path in (out / "montage").iterdir()} == set(people(out).values()) - {""} | {"unknown"}
    assert "Anna" in (out / "report.html").read_text()
    assert "Anna" in (out / "annotations/yolo/data.yaml").read_text()
    again = facepipe("sync", out)
    assert (again.stdout, again.stderr) == ("", "nothing has changed\n")


@pytest.mark.parametrize("method", [plugin.name for plugin in CLUSTERERS])
def test_corrections_and_names_survive_every_clusterer(out, method):
    wanted = edit(out)
    facepipe("cluster", out, "--cluster", method)
    holds(out, wanted)


def test_corrections_survive_a_clustering_that_joins_everybody(out):
    wanted = edit(out)
    facepipe("cluster", out, "--cluster", "dbscan", "--eps", "0.9", "--min-samples", "1")
    holds(out, wanted)
    facepipe("cluster", out)
    holds(out, wanted)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_where_a_link_stands_for_a_folder_nobody_is_taken_for_deleted(out, tmp_path):
    folder = out / "people" / "person_001"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    before = files(out)
    done = facepipe("sync", out, check=False)
    assert done.returncode == 2 and "person_001 is a link: put the folder to which it leads in its place" in done.stderr
    assert files(out) == before
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    (out / "people" / "more").symlink_to(tmp_path, target_is_directory=True)
    assert "people/more is no picture of this run; it is left alone" in facepipe("sync", out).stderr
    assert "nothing has changed" in facepipe("sync", out).stderr


def test_a_file_where_a_persons_folder_must_go_is_named(out):
    (out / "people" / "Ben").write_text("mine")
    folder = load_run(out)
    face = next(row["face_id"] for row in rows(out) if row["person"] == "person_001")
    append_log(folder, [Decision("assign", (face,), "Ben", "person_001")], [])
    done = facepipe("sync", out, check=False)
    assert done.returncode == 2 and f"{out / 'people' / 'Ben'} is not of this run" in done.stderr
    (out / "people" / "Ben").unlink()
    facepipe("sync", out)
    assert (out / "people" / "Ben" / f"{face}.jpg").exists()


def test_a_second_run_keeps_the_edits_and_does_nothing_else(out, sample_clip):
    wanted = edit(out)
    shards = {path: path.stat().st_mtime_ns for path in (out / "shards").iterdir()}
    done = driver(sample_clip, "--out", out, *QUICK)
    holds(out, wanted)
    assert "person_001 is now called Anna" in done.stderr
    assert "nothing to do" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in (out / "shards").iterdir()} == shards


def test_more_input_keeps_names_and_churns_no_confirmed_face(out, sample_clip, other_clip, tmp_path):
    wanted = edit(out)
    facepipe("sync", out)
    driver(other_clip, "--out", out, *QUICK)
    holds(out, wanted)
    inputs = state(out)["inputs"]
    assert [entry["name"] for entry in inputs] == ["panel.mp4", "more.mp4"]
    new = [row for row in rows(out) if row["source"] == "more.mp4"]
    assert sum(row["person"] in set(wanted.values()) - {""} for row in new) >= 5, "new faces join named people"
    before = files(out)
    moved = shutil.copy(other_clip, tmp_path / "elsewhere.mp4")
    driver(moved, sample_clip, "--out", out, *QUICK)  # another order, another name
    assert files(out) == before
    assert [entry["name"] for entry in state(out)["inputs"]] == ["panel.mp4", "more.mp4"]
    assert state(out)["inputs"][1]["path"] == str(moved)


def test_fresh_with_the_same_settings_keeps_what_people_decided(out, sample_clip):
    wanted = edit(out)
    driver(sample_clip, "--out", out, *QUICK, "--fresh")
    holds(out, wanted)


def test_undo_takes_back_one_after_the_other(first, out):
    (out / "people/person_001").rename(out / "people/Anna")
    (out / "people/Anna/notes.txt").write_text("mine")
    facepipe("sync", out)
    (out / "people/Anna").rename(out / "people/Berta")
    done = facepipe("undo", out)  # reads the second renaming back, then takes it back
    assert "undone: Anna is now called Berta" in done.stderr
    assert set(people(out).values()) >= {"Anna", "person_002"}
    facepipe("undo", out)
    assert people(out) == people(first)
    assert on_disk(out) == people(out)
    assert (out / "people/Berta/notes.txt").read_text() == "mine"
    assert len(read_log(load_run(out))) == 4
    refused = facepipe("undo", out, check=False)
    assert refused.returncode == 2 and "no decision" in refused.stderr


def test_a_swap_is_undone_at_once(out):
    """Half of it would make one person of two."""
    before, people = {row["face_id"]: row["person"] for row in rows(out)}, out / "people"
    for old, new in (
        ("person_001", "x"),
        ("person_002", "person_001"),
        ("person_003", "person_002"),
        ("x", "person_003"),
    ):
        (people / old).rename(people / new)
    (people / "person_004").rename(people / "Dora")
    facepipe("sync", out)
    facepipe("undo", out)
    dora = {face: "Dora" if name == "person_004" else name for face, name in before.items()}
    assert {row["face_id"]: row["person"] for row in rows(out)} == dora
    facepipe("undo", out)
    assert {row["face_id"]: row["person"] for row in rows(out)} == before


def test_a_merge_is_undone(first, out):
    for path in list((out / "people/person_003").iterdir()):
        path.rename(out / "people/person_004" / path.name)
    facepipe("undo", out)
    assert people(out) == people(first)
    assert on_disk(out) == people(out)


@pytest.mark.parametrize("moment", ["update_results", "write_run_report"])
@pytest.mark.parametrize("command", ["sync", "undo"])
def test_work_that_is_killed_is_mended_by_the_next(first, out, moment, command, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    wanted = edit(out)
    if command == "undo":
        facepipe("sync", out)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        home = f"facepipe.review.{command}" if moment == "update_results" else "facepipe.results.update"
        patch.setattr(f"{home}.{moment}", kill)
        (undo if command == "undo" else synced)(out, Console(quiet=True))
    synced(out, Console(quiet=True))
    if command == "undo":  # the last decision was that person_005 is nobody
        wanted |= dict.fromkeys(faces_of(first, "person_005"), "person_005")
    holds(out, wanted)
    kinds = [decision.kind for decision in read_log(load_run(out))]
    assert kinds == ["rename", "same", "assign", "reject", "nobody", "undo"][: 5 + (command == "undo")]


def test_a_sync_that_is_really_killed_loses_nothing(out):
    wanted = edit(out)
    process = subprocess.Popen([sys.executable, "-m", "facepipe", "sync", str(out)], cwd=ROOT, env=environment())
    wait_for(lambda: process.poll() is not None or (out / "people/unknown").exists())
    process.kill()
    process.wait()
    facepipe("sync", out)
    holds(out, wanted)


def test_clustering_that_is_killed_says_nothing_about_people(first, out):
    command = [sys.executable, "-m", "facepipe", "cluster", str(out), "--upper-body", "--cluster", "hdbscan"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    wait_for(lambda: process.poll() is not None or any((out / "people").rglob("*_body.jpg")))
    process.kill()
    process.wait()
    synced(out, Console(quiet=True))
    assert not (out / "decisions.jsonl").exists()


def test_conflicts_and_foreign_files_are_reported_and_left(out):
    face = faces_of(out, "person_001")[0]
    copy = out / "people/person_002" / f"{face}.jpg"
    shutil.copy(out / f"people/person_001/{face}.jpg", copy)
    (out / "people/letter.txt").write_text("dear diary")
    done = facepipe("sync", out)
    for path in (f"people/person_001/{face}.jpg", f"people/person_002/{face}.jpg", "people/letter.txt"):
        assert path in done.stderr
    assert people(out)[face] == "person_001"
    facepipe("cluster", out, "--cluster", "hac")
    assert copy.exists() and (out / "people/letter.txt").read_text() == "dear diary"
    again = facepipe("sync", out)
    assert "letter.txt" not in again.stderr and copy.name in again.stderr


@pytest.mark.skipif(os.name == "nt", reason="such a name cannot be made on Windows")
def test_a_name_with_odd_characters(out):
    faces = faces_of(out, "person_001")
    (out / "people/person_001").rename(out / "people/Anna: the <1st>")
    facepipe("sync", out)
    (name,) = {people(out)[face] for face in faces}
    assert name.startswith("Anna_ the _1st_-")
    holds(out, dict.fromkeys(faces, name))
    assert not (out / "people/Anna: the <1st>").exists()


def test_people_taken_away_as_a_whole_come_back(first, out):
    shutil.rmtree(out / "people")
    facepipe("sync", out)
    assert people(out) == people(first)
    assert on_disk(out) == people(out)


def test_forget_leaves_nothing_of_a_person(out, sample_clip):
    (out / "people/person_001").rename(out / "people/Anna")
    facepipe("sync", out)
    gone = faces_of(out, "Anna")
    others = {face: name for face, name in people(out).items() if name != "Anna"}
    table = load_run(out).table()
    vectors = [vector.tobytes() for face, vector in zip(table.face_id, table.embedding, strict=True) if face in gone]
    done = facepipe("forget", out, "--yes", "--person", "Anna")
    assert str(sample_clip) in done.stderr
    assert people(out) == others
    for name, data in files(out).items():
        assert not any(face in name for face in gone), name
        if name != "decisions.jsonl" and not name.startswith("shards/"):  # there the place is empty
            assert not any(face.encode() in data for face in gone), name
        assert not any(vector in data for vector in vectors), name
        assert b"Anna" not in data, name
    assert "Anna" not in (out / "report.html").read_text() + (out / "run.json").read_text()
    for shard in (out / "shards").iterdir():
        shard.unlink()
    driver(sample_clip, "--out", out, *QUICK)
    assert people(out) == others, "a later run brought them back"
    driver(sample_clip, "--out", out, *QUICK, "--fresh")
    assert not set(people(out)) & set(gone)
    refused = facepipe("forget", out, "--yes", "--person", "Anna", check=False)
    assert refused.returncode == 2 and "person_002" in refused.stderr


MOMENTS = {
    "before anything": "facepipe.review.sync.erase",
    "before the shards": "facepipe.review.erase.write_bytes",
    "before the files": "facepipe.review.sync.update_results",
    "before the tables": "facepipe.runs.folder.RunFolder.write_tables",
    "before the old files go": "facepipe.runs.folder.remove",
    "before the collated list": "facepipe.results.update.write_encodings",
    "before the report": "facepipe.results.update.write_run_report",
}


@pytest.mark.parametrize(
    ("moment", "mended_by"), [*((moment, "sync") for moment in MOMENTS), ("before the tables", "cluster")]
)
def test_forgetting_that_is_killed_is_finished_by_the_next_command(out, moment, mended_by, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    gone = faces_of(out, "person_001")
    table = load_run(out).table()
    vectors = [vector.tobytes() for face, vector in zip(table.face_id, table.embedding, strict=True) if face in gone]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(MOMENTS[moment], kill)
        facepipe("forget", out, "--yes", "--person", "person_001")
    facepipe(mended_by, out)
    assert not set(people(out)) & set(gone)
    for name, data in files(out).items():
        assert not any(face in name for face in gone), name
        assert not any(vector in data for vector in vectors), name
    assert state(out)["counts"]["faces"] == len(people(out))
    assert on_disk(out) == people(out)


def test_portraits_of_others_do_not_show_the_forgotten(out):
    """A portrait reaches .6 face widths to each side: whoever stands near is on it."""
    table = load_run(out).table()
    names = table.person
    together = [frame for frame in set(table.frame_id) if table.frame_id.count(frame) > 1]
    rows = [row for row, frame in enumerate(table.frame_id) if frame in together]
    gone = names[rows[0]]
    with_them = {frame for frame, name in zip(table.frame_id, names, strict=True) if name == gone}
    beside = [row for row in rows if names[row] != gone and table.frame_id[row] in with_them]
    assert beside
    facepipe("forget", out, "--yes", "--person", gone)
    for row in beside:
        frame = read_rgb(out / "frames" / f"{table.frame_id[row]}.jpg").astype(int)
        path = out / "people" / (names[row] or "unknown") / f"{table.face_id[row]}_portrait.jpg"
        left, top, right, bottom = clip_box(portrait_box(tuple(table.box_ltrb[row].tolist())), frame.shape[1::-1])
        assert np.abs(read_rgb(path).astype(int) - frame[top:bottom, left:right]).max() < 40, "cut before it was greyed"


def test_forgotten_faces_are_grey_in_our_copies(out):
    table = load_run(out).table()
    names = table.person
    row = names.index("person_001")
    left, top, right, bottom = table.box_ltrb[row]
    before = (out / "frames" / f"{table.frame_id[row]}.jpg").read_bytes()
    facepipe("forget", out, "--yes", "--person", "person_001")
    path = out / "frames" / f"{table.frame_id[row]}.jpg"
    assert path.read_bytes() != before
    middle = read_rgb(path)[(top + bottom) // 2, (left + right) // 2].astype(int)
    assert np.abs(middle - 114).max() < 8
    linked = [p for p in (out / "annotations").rglob("*.jpg") if p.name == path.name]
    assert all(p.read_bytes() != before for p in linked)


def test_explain_says_who_decided(out):
    a, b = faces_of(out, "person_001")[:2]
    move(out, a, "Anna")
    done = facepipe("explain", out, a, b)
    assert f"{a} and {b}: face distance" in done.stdout
    assert "1 face of person_001: now Anna" in done.stdout
    assert f"{a} is in people/Anna" in done.stdout
    assert facepipe("explain", out, "nobody", check=False).returncode == 2


@pytest.mark.parametrize("command", ["sync", "undo", "forget", "explain"])
def test_every_command_has_help_with_an_example(command):
    text = io.StringIO()
    with redirect_stdout(text), pytest.raises(SystemExit):
        cli.main([command, "--help"])
    assert f"facepipe {command} panel_dataset" in text.getvalue()


def test_starting_over_with_another_detector_says_that_the_forgotten_may_come_back(out, sample_clip):
    facepipe("forget", out, "--yes", "--person", "person_001")
    same = [*QUICK, "--stop", "4", "--fresh", "--out", out]
    assert "forgotten" not in driver(sample_clip, *same).stderr
    assert (
        "people who were forgotten may be found again: forget them again"
        in driver(sample_clip, *same, "--min-face", "30").stderr
    )
