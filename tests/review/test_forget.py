"""Forgetting: nothing stays, whatever happens on the way, and what is said is what is on the disk."""

import json
import os
import re
import shutil
import sys
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from commandline import files, rows, state
from commandline_here import run_here
from crashes import CrashServer
from dataset_world import talk_show
from made_run import made_run, vectors_of

from facepipe.console import Console
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.imaging.codec import read_rgb
from facepipe.people.decisions import Decision
from facepipe.people.log import append_log, read_log
from facepipe.records import frame_of
from facepipe.review.called import Called
from facepipe.review.left import _blocks, left_of
from facepipe.review.sync import read_back
from facepipe.review.traces import Traces
from facepipe.runs.input_entry import InputEntry
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.state import Forgetting
from facepipe.settings import SEGMENT


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A run in which somebody was called Anna and is called Zoë Anne now, with what was said about her meanwhile."""
    out = tmp_path_factory.mktemp("first") / "out"
    made_run(out)
    people = out / "people"
    (people / "person_001").rename(people / "Anna")
    run_here("sync", out)
    (people / "Anna").rename(people / "Zoë Anne")
    moved = next(path for path in sorted((people / "person_002").iterdir()) if not path.stem.endswith("_portrait"))
    moved.rename(people / "Zoë Anne" / moved.name)
    run_here("sync", out)
    double = next(path for path in sorted((people / "Zoë Anne").iterdir()) if not path.stem.endswith("_portrait"))
    (people / "person_002").mkdir(exist_ok=True)
    shutil.copy(double, people / "person_002" / double.name)
    assert "lies in several folders" in run_here("sync", out).stderr
    (people / "person_002" / double.name).unlink()
    folder = load_run(out)
    folder.update(warnings=("no face found in known/Zoë Anne.png; it was left out", "clip.mp4 was cut short"))
    return out


@pytest.fixture
def out(first, tmp_path):
    shutil.copytree(first.parent / "films", tmp_path / "films")
    out = shutil.copytree(first, tmp_path / "out")
    folder = load_run(out)
    folder.update(inputs=tuple(e._replace(path=str(tmp_path / "films/show.mp4")) for e in folder.state.inputs))
    return out


def faces_of(out, person="Zoë Anne") -> set[str]:
    return {row["face_id"] for row in rows(out) if row["person"] == person}


NAMES = [form.encode(encoding) for form in ("Zoë Anne", "Zo\\u00eb Anne", "Zo%C3%AB", "Zoe\u0308 Anne", "Anna")
         for encoding in ("utf-8", "utf-16-le", "utf-32-le")]  # fmt: skip


def everything(out) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def nothing_stays(out, gone, vectors, crops):
    assert not any(b"Zo" in os.fsencode(path.name) or path.name == "Anna" for path in out.rglob("*"))
    for name, data in everything(out).items():
        assert not any(form in data for form in NAMES), name
        assert not any(vector in data for vector in vectors), name
        assert data not in crops, name
        assert not any(face in name for face in gone), name
        if name != "decisions.jsonl" and not name.startswith("shards"):
            assert not any(face.encode() in data for face in gone), name
    assert not faces_of(out)
    assert state(out)["forgetting"] is None


def held(out):
    """What must not stay of a person: (ids, vectors, crops)."""
    gone = faces_of(out)
    crops = [path.read_bytes() for path in (out / "people/Zoë Anne").iterdir()]
    vectors = vectors_of(load_run(out), gone)
    assert len(gone) >= 8 and len(vectors) == 2 * len(gone) and len(crops) == 2 * len(gone)
    assert any(vectors[0] in data for data in everything(out).values())
    return gone, vectors, crops


def test_nothing_stays(out):
    before = held(out)
    others = {row["face_id"]: row["person"] for row in rows(out) if row["person"] != "Zoë Anne"}
    done = run_here("forget", out, "--person", "Zoë Anne", "--yes")
    nothing_stays(out, *before)
    assert f"{len(before[0])} faces of Zoë Anne forgotten" in done.stderr
    assert f"still shown in the original {out.parent / 'films/show.mp4'}" in done.stderr
    assert {row["face_id"]: row["person"] for row in rows(out)} == others
    assert state(out)["warnings"] == ["clip.mp4 was cut short"]
    assert run_here("sync", out).said == "nothing has changed\n"
    run_here("cluster", out)
    nothing_stays(out, *before)


def test_faces_are_grey_wherever_the_frame_is(out):
    table = load_run(out).table()
    row = max(row for row, name in enumerate(table.person) if name == "Zoë Anne")
    left, top, right, bottom = table.box_ltrb[row].tolist()
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    pictures = list(out.rglob(f"{table.frame_id[row]}.jpg"))
    assert len(pictures) >= 2
    for path in pictures:
        assert abs(int(read_rgb(path)[(top + bottom) // 2, (left + right) // 2].mean()) - 114) < 8, path


def test_what_was_forgotten_is_not_undone_and_leaves_no_name_in_the_history(out):
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    refused = run_here("undo", out, check=False)
    assert refused.returncode == 2 and "no decision that could be undone" in refused.stderr
    assert "Zo" not in refused.said and "Anna" not in refused.said


def test_a_face_that_was_the_persons_once_goes_back_to_nobody(out):
    """Its name is not known any more; and of a renaming of the person nothing is left to take back."""
    moved = sorted(path for path in (out / "people/Zoë Anne").iterdir() if not path.stem.endswith("_portrait"))[0]
    (out / "people/person_003").mkdir(exist_ok=True)
    moved.rename(out / "people/person_003" / moved.name)
    run_here("sync", out)
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    assert "1 face of <forgotten>: now person_003" in run_here("undo", out).said
    assert {row["face_id"]: row["person"] for row in rows(out)}[moved.stem] == ""
    assert (out / "people/unknown" / moved.name).exists()
    assert "nothing has changed" in run_here("sync", out).said
    done = run_here("undo", out, check=False)
    assert done.returncode == 2 and "no decision that could be undone" in done.stderr
    assert "<forgotten>" not in (out / "faces.csv").read_text()


def test_it_asks_first(out, monkeypatch):
    before = everything(out)
    refused = run_here("forget", out, "--person", "Zoë Anne", check=False)
    assert refused.returncode == 2 and "add --yes" in refused.stderr and refused.stderr.count("\n") == 1
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    answers = iter(["n\n", "", "y\n"])
    monkeypatch.setattr("facepipe.commands.question.sys", _Terminal(answers))
    for _ in range(2):
        refused = run_here("forget", out, "--person", "Zoë Anne", check=False)
        assert refused.returncode == 2 and "nothing was changed" in refused.stderr
    assert everything(out) == before
    run_here("forget", out, "--person", "Zoë Anne")
    assert not faces_of(out)


class _Terminal:
    """`sys` with a person in front of it."""

    def __init__(self, answers) -> None:
        self.answers = answers
        self.stdin = self

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return next(self.answers)

    class stderr:
        isatty = staticmethod(lambda: True)
        write = staticmethod(lambda text: None)
        flush = staticmethod(lambda: None)


def test_a_dry_run_says_what_would_go_and_changes_nothing(out):
    before, count = everything(out), len(faces_of(out))
    done = run_here("forget", out, "--person", "zoë anne", "--dry-run")
    assert f"would go: {count} faces of Zoë Anne, {2 * count} crops, 1 contact sheet, and the face in 8 frames" in (
        done.stdout
    )
    assert "still shown in the original" in done.stdout
    assert everything(out) == before


def test_what_is_not_ours_is_named_and_not_removed(out):
    before = held(out)
    crop = next((out / "people/Zoë Anne").iterdir())
    shutil.copy(crop, out / "holiday.jpg")
    (out / "people/Zoë Anne/notes.txt").write_text("mine")
    (out / "letter.md").write_text("Dear Zoë Anne, …")
    (out / "vectors.bin").write_bytes(b"123" + before[1][0] + b"45")
    done = run_here("forget", out, "--person", "Zoë Anne", "--yes", check=False)
    assert done.returncode == 2 and "forgotten" not in done.stdout
    last = done.stderr.splitlines()[-1]
    assert last.startswith("facepipe: something of Zoë Anne is left: ") and "facepipe forget" in last
    mine = ["holiday.jpg", "people/Zoë Anne/notes.txt", "letter.md", "vectors.bin"]
    for name in mine:
        assert name in done.stderr and (out / name).exists()
    again = run_here("find", out, "--person", "person_002", "--list")
    assert "something of Zoë Anne, who is being forgotten, is left" in again.stderr
    refused = run_here("forget", out, "--person", "Zoë Anne", check=False)
    assert refused.returncode == 2 and "notes.txt" in refused.stderr
    for name in mine:
        (out / name).unlink()
    (out / "people/Zoë Anne").rmdir()
    done = run_here("forget", out, "--person", "Zoë Anne")
    assert f"{len(before[0])} faces of Zoë Anne forgotten" in done.stderr
    nothing_stays(out, *before)


def test_pictures_of_the_person_are_found_wherever_they_lie(out):
    """Crops, and frames as they were, that come back after all was done. Those of others are known by their names."""
    gone, _, crops = held(out)
    frames = {f"frames/{frame_of(face)}.jpg" for face in gone}
    before = {name: (out / name).read_bytes() for name in frames}
    pictures = frozenset((len(data), sha256(data).hexdigest()) for data in [*crops, *before.values()])
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    traces = Traces("Zoë Anne", frozenset(gone), frozenset(), pictures)
    assert not left_of(load_run(out), traces)
    other = next(path for path in sorted((out / "people/person_002").iterdir()))
    # fmt: off
    back = {"people/mine.jpg", "people/person_002/mine.jpg", "people/person_002/deep/er/mine.jpg", "montage/mine.jpg",
            "frames/mine.jpg", "frames/deep/mine.jpg", "shards/mine.jpg", f"people/person_002/{min(gone)}.jpg"}
    # fmt: on
    for name in back:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(crops[0])
    for name, data in before.items():
        (out / name).unlink()  # an annotation may be a link to it
        (out / name).write_bytes(data)
    shutil.copy(other, other.with_name("another.jpg"))
    left = left_of(load_run(out), traces)
    assert {line.removeprefix(f"{out}/").split(" is a picture")[0] for line in left} == back | frames


def test_a_copy_beside_pictures_of_others_is_found_by_the_command_that_forgets(out):
    """Folders of others in which nothing but the run's pictures was seen are not looked into again; this is not one."""
    *_, crops = held(out)
    (out / "people/person_002/mine.jpg").write_bytes(crops[0])
    result = run_here("forget", out, "--person", "Zoë Anne", "--yes", check=False)
    assert result.returncode == 2 and "people/person_002/mine.jpg is a picture in which" in result.stderr
    (out / "people/person_002/mine.jpg").unlink()
    run_here("forget", out, "--person", "Zoë Anne", "--yes")


def test_a_picture_of_the_person_is_found_also_where_the_list_of_files_has_it_among_those_of_others(out):
    """As after a stop on the way, when somebody puts back what had gone."""
    gone, _, crops = held(out)
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    folder, path = load_run(out), f"people/person_002/{min(gone)}.jpg"
    folder.claim([path])
    (out / path).write_bytes(crops[0])
    folder.update(forgetting=Forgetting("Zoë Anne", tuple(gone)))
    done = run_here("sync", out)
    assert f"{out / path} is a picture" in done.stderr and load_run(out).state.forgetting


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may look everywhere")
def test_a_folder_that_cannot_be_looked_into_is_named(out):
    closed = out / "notes"
    closed.mkdir(mode=0o000)
    result = run_here("forget", out, "--person", "Zoë Anne", "--yes")
    closed.chmod(0o700)
    assert result.returncode == 2 and f"cannot look into {closed}" in result.stderr


def test_what_a_killed_process_left_half_written_goes_too(out):
    crop = next((out / "people/Zoë Anne").glob("*_portrait.jpg")).read_bytes()
    for place in ("people/Zoë Anne", "people/person_002", "frames", "montage", ""):
        (out / place / f"{TEMPORARY_PREFIX}abc.jpg").write_bytes(crop[: len(crop) // 2])
    assert run_here("forget", out, "--person", "Zoë Anne", "--yes").returncode == 0
    assert not list(out.rglob(f"{TEMPORARY_PREFIX}*")) and not (out / "people/Zoë Anne").exists()


@pytest.mark.parametrize("filling", [b"\0", b"so it goes on;\n"])
@pytest.mark.parametrize("more", [0, 100])
def test_large_files_are_searched_wherever_they_are_cut(out, monkeypatch, filling, more):
    """As if what is read at once were little: something of her at every place, and what only looks like her name. more:
    faces that she has besides; many are looked for in another way than few."""
    monkeypatch.setattr("facepipe.review.left._BLOCK", 3000)
    monkeypatch.setattr("facepipe.review.left._OVERLAP", 1000)
    gone, vectors, _ = held(out)
    something = [vectors[0], "Zoë Anne".encode(), sorted(gone)[0].encode()]
    others = {np.random.default_rng(number).random(128, np.float32).tobytes() for number in range(more)}
    faces = gone | {f"another-0000000-{number}" for number in range(more)}
    traces = Traces("Zoë Anne", frozenset(faces), frozenset({*vectors, *others}), frozenset())
    elsewhere = out / "elsewhere"
    elsewhere.mkdir()
    for number, what in enumerate([*something, "Zoë Annex, Dzoë Anne".encode()]):
        for place in range(2000, 7000, 89):
            data = (filling * place)[:place] + b"\n" + what + b"\n" + filling * (9000 // len(filling))
            (elsewhere / f"{number}-{place}.bin").write_bytes(data)
    found = {path.split("/")[-1] for path in re.findall(r"elsewhere/\S+", "\n".join(left_of(load_run(out), traces)))}
    assert found == {path.name for path in elsewhere.iterdir() if path.name[0] in "012"}


@pytest.mark.parametrize("text", ["/home/zoë anne/of/a/clip.mp4", "Zoë Annette", "Звезда Zoë Anne猫"])
def test_where_a_file_of_one_line_is_cut_no_half_of_a_text_is_taken_for_the_name(tmp_path, monkeypatch, text):
    """As JSON is that another program wrote. Half of each of these would be her name, or of an input that is hers."""
    monkeypatch.setattr("facepipe.review.left._BLOCK", 4000)
    monkeypatch.setattr("facepipe.review.left._OVERLAP", 1000)
    parts = [part for size in range(300, 500, 3) for part in _blocks_of(tmp_path, text, size)]
    assert len(parts) > 130
    for part in parts:
        texts = part.decode("utf-8").strip("[]").split(", ")  # strictly: no letter is cut
        assert {piece.strip('"') for piece in texts} <= {"", text}


def _blocks_of(folder, text, times):
    path = folder / "list.json"
    path.write_text(json.dumps([text] * times, ensure_ascii=False), encoding="utf-8")
    return _blocks(str(path), path.stat().st_size)


def test_a_short_name_is_found_in_one_long_line_of_another_script(out):
    words = ["Звезда", "猫", "naïve"] * 60_000
    (out / "words.json").write_text(json.dumps([*words, "Max", *words], ensure_ascii=False), encoding="utf-8")
    traces = Traces("Max", frozenset(), frozenset(), frozenset())
    assert [line for line in left_of(load_run(out), traces) if "words.json speaks of Max" in line]


@pytest.fixture(scope="module")
def server():
    server = CrashServer()
    yield server
    server.close()


def check_kill(server, out, number, whole) -> bool:
    """Kill a forgetting before its `number`-th change of a file; what the next command finds and leaves. Whether it
    came so far."""
    before = held(out)
    killed = server.run("forget", out, "--person", "Zoë Anne", "--yes", roots=[out], at=number)
    if state(out)["forgetting"] is None and faces_of(out):  # it had not begun
        return True
    run_here("sync", out)
    nothing_stays(out, *before)
    found = files(out)
    assert {name: data for name, data in found.items() if name != "decisions.jsonl"} == whole
    return killed.code != 0


@pytest.fixture(scope="module")
def whole(first, tmp_path_factory):
    """What an undisturbed forgetting leaves, but for the log, which has times."""
    out = shutil.copytree(first, tmp_path_factory.mktemp("whole") / "out")
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    return {name: data for name, data in files(out).items() if name != "decisions.jsonl"}


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.parametrize("number", [4, 30, 60, 90, 120, 150, 180, 210])
def test_a_kill_on_the_way_is_mended_by_the_next_command(server, out, whole, number):
    assert check_kill(server, out, number, whole), "this number is beyond the end"


@needs_fork
@pytest.mark.slow
def test_a_kill_at_any_change_is_mended_by_the_next_command(server, first, whole, tmp_path):
    number = 1
    while check_kill(server, shutil.copytree(first, tmp_path / "out"), number, whole):
        shutil.rmtree(tmp_path / "out")
        number += 1
    assert number > 200


def test_nothing_of_a_person_is_left_in_a_segment(tmp_path):
    out = tmp_path / "out"
    made_run(out, shards=SEGMENT)
    (out / "people/person_001").rename(out / "people/Zoë Anne")
    run_here("sync", out)
    before = held(out)
    (segment,) = (out / "shards").iterdir()
    assert all(vector in segment.read_bytes() for vector in before[1])
    frames = len(load_run(out).shards().ids())
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    nothing_stays(out, *before)
    assert len(load_run(out).shards().ids()) == frames
    assert "nothing has changed" in run_here("sync", out).stderr
    run_here("cluster", out)
    assert not {row["face_id"] for row in rows(out)} & before[0]


def test_pictures_of_who_stood_far_away_stay_as_they_are(tmp_path):
    out = tmp_path / "out"
    made_run(out, talk_show(people=3, shots=2))
    run_here("sync", out)
    crops = [path for path in (out / "people").rglob("*.jpg") if path.parent.name != "person_001"]
    before = {path: path.stat().st_ino for path in [*crops, *(out / "montage").glob("*.jpg")]}
    run_here("forget", out, "--person", "person_001", "--yes")
    anew = {path.relative_to(out).parts[:2] for path, inode in before.items()
            if path.exists() and path.stat().st_ino != inode}  # fmt: skip
    assert ("montage", "person_002.jpg") in anew and ("people", "person_002") in anew, "who stood beside"
    assert ("montage", "person_003.jpg") not in anew and ("people", "person_003") not in anew


def test_exports_that_hold_the_person_are_named(out, tmp_path):
    def export(name, *arguments):
        run_here("export", out, "--to", tmp_path / name, *arguments)

    export("all", "--format", "coco")
    export("table", "--format", "csv")
    export("moved", "--format", "voc")
    export("other", "--format", "imagefolder", "--person", "person_002")
    export("masked", "--format", "yolo", "--person", "person_002")
    export("seen", "--format", "yolo", "--person", "person_002", "--unknown", "ignore")
    (tmp_path / "moved").rename(tmp_path / "elsewhere")
    (tmp_path / "table/export.json").write_text("{}")
    assert [entry["format"] for entry in state(out)["exports"]] == ["coco", "csv", "voc", "imagefolder", "yolo", "yolo"]
    asked = run_here("forget", out, "--person", "Zoë Anne", "--dry-run").stdout
    done = run_here("forget", out, "--person", "Zoë Anne", "--yes").stderr
    for said in (asked, done):
        assert f"the coco export at {tmp_path / 'all'} still holds the person" in said
        assert f"the yolo export at {tmp_path / 'seen'} still holds the person" in said
        assert f"the csv export at {tmp_path / 'table'} may still hold the person" in said
        assert f"the voc export is not at {tmp_path / 'moved'} any more" in said
        assert str(tmp_path / "other") not in said and str(tmp_path / "masked") not in said
    export("all", "--format", "coco")
    again = run_here("forget", out, "--person", "person_002", "--dry-run").stdout
    assert f"the coco export at {tmp_path / 'all'} still holds" in again
    assert f"{tmp_path / 'masked'} still holds" in again


def test_what_was_kept_from_earlier_is_cleared_too(out):
    """The log of other settings, and a table that somebody had edited."""
    before = held(out)
    log = (out / "decisions.jsonl").read_bytes()
    (out / "decisions-1.jsonl").write_bytes(log + b"no decision\n")
    table = (out / "faces.csv").read_bytes()
    (out / "faces-edited.csv").write_bytes(table)
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    kept, old = (out / "faces-edited.csv").read_bytes(), (out / "decisions-1.jsonl").read_bytes()
    assert kept.splitlines(True) == [
        line for line in table.splitlines(True) if line.split(b",")[0].decode() not in before[0]
    ]
    assert (
        b"Zo" not in kept + old
        and b"Anna" not in old
        and old.count(b"\n") == log.count(b"\n") + 1
        and b"no decision" in old
    )
    assert state(out)["forgetting"] is None


@pytest.mark.parametrize("name", "train face Ed run 3 0.1.0 a h1 true dlib".split())
def test_people_who_are_called_as_things_are_in_our_files(tmp_path, name):
    out = tmp_path / "out"
    made_run(out, [replace(spot, person=name) if spot.person == "person_001" else spot
                   for spot in talk_show(people=2, shots=2)])  # fmt: skip
    gone = faces_of(out, name)
    run_here("forget", out, "--person", name, "--yes")
    assert gone and state(out)["forgetting"] is None
    assert not {row["face_id"] for row in rows(out)} & gone
    assert json.loads((out / "run.json").read_text())["counts"]["people"] == 1


@pytest.mark.parametrize(
    ("name", "other"),
    [
        *(("Anna", other) for other in ("Smith, Anna", "Anna;Ben", "Anna.B", 'B "Anna"')),
        *(("Neil", "O'Neil"), ("Lee", "Bruce 'Lee'"), ("Ben|Al", "Cy|Ben|Al")),
    ],
)
def test_a_name_that_stands_in_another_is_not_taken_for_the_person(tmp_path, name, other):
    out, called = tmp_path / "out", {"person_001": name, "person_002": other}
    made_run(out, [replace(spot, person=called.get(spot.person, spot.person)) for spot in talk_show(3, 2)])
    gone = faces_of(out, name)
    (out / "people" / "person_003").rename(out / "people" / f"{name} Jr, {name}")  # and in what the log says
    run_here("sync", out)
    run_here("undo", out)
    (out / "mine.txt").write_text(f"{other} and others")
    run_here("forget", out, "--person", name, "--yes")
    assert gone and state(out)["forgetting"] is None and faces_of(out, other)
    assert not {row["face_id"] for row in rows(out)} & gone


@pytest.mark.parametrize("name", ["show", "films"])
def test_a_file_that_is_called_like_the_person_is_no_trace(tmp_path, name):
    """What an input is called, or the folder where it lies, is said to the user, and not changed."""
    out = tmp_path / "out"
    spots = [replace(spot, person=name) if spot.person == "person_001" else spot for spot in talk_show(2, 2)]
    made_run(out, spots)
    done = run_here("forget", out, "--person", name, "--yes")
    assert "still shown in the original" in done.stderr and "show.mp4" in done.stderr


def test_of_very_many_inputs_only_those_with_the_name_are_passed_over(out):
    """A pattern of all of them takes minutes to find nothing."""
    folder = load_run(out)
    others = (InputEntry(f"{n}-0123abcd", f"{n}.jpg", f"/photos/{n}.jpg", "", 1, 0, False) for n in range(3_000))
    folder.state.inputs = (folder.state.inputs[0]._replace(name="Zoë Anne.mp4"), *others)
    others = Called(folder, "Zoë Anne")._others
    assert others.search("Zoë Anne.mp4") and len(others.pattern) < 2_000


@pytest.mark.parametrize(
    "said", ["<p>O&#39;Neil &amp; Co</p>", "<p>O&#x27;Neil &amp; Co</p>", '{"who": "O\'Neil & Co"}']
)
def test_a_name_is_found_however_a_page_writes_it(tmp_path, said):
    out, name = tmp_path / "out", "O'Neil & Co"
    made_run(out, [replace(spot, person=name) if spot.person == "person_001" else spot for spot in talk_show(2, 2)])
    (out / "copy.html").write_text(said)
    done = run_here("forget", out, "--person", name, "--yes", check=False)
    assert done.returncode == 2 and "copy.html speaks of" in done.stderr
    (out / "copy.html").unlink()
    assert run_here("forget", out, "--person", name, "--yes").returncode == 0


def test_pictures_that_come_back_from_the_bin_trouble_nobody(out, tmp_path):
    shutil.copytree(out / "people/Zoë Anne", tmp_path / "bin")
    run_here("forget", out, "--person", "Zoë Anne", "--yes")
    before = everything(out)
    shutil.copytree(tmp_path / "bin", out / "people/Zoë Anne")
    for command in ("sync", "history", "sync"):
        assert run_here(command, out).returncode == 0
    after = everything(out)
    assert {name: after[name] for name in before if name != "run.json"} == {
        name: before[name] for name in before if name != "run.json"
    }


@pytest.mark.parametrize("synced_first", [False, True])
def test_a_picture_that_lay_wrong_when_work_was_stopped_goes(tmp_path, synced_first):
    """It was given to somebody, moved to a third, listed as the run's own, and then the command was killed."""
    out = tmp_path / "out"
    made_run(out, talk_show(people=4, shots=3))
    run_here("sync", out)
    face = next(row["face_id"] for row in rows(out) if row["person"] == "person_004")
    wrong = out / f"people/person_001/{face}.jpg"
    with locked(out):
        folder = load_run(out)
        append_log(folder, [Decision("assign", (face,), "person_003", "person_004")], read_log(folder))
        (out / f"people/person_004/{face}.jpg").rename(wrong)
        assert read_back(folder, Console(quiet=True)) is not None
    if synced_first:
        run_here("sync", out)
        assert not wrong.exists() and (out / f"people/person_003/{face}.jpg").is_file()
    run_here("forget", out, "--person", "person_003", "--yes")
    assert not [path for path in out.rglob(f"{face}*") if path.is_file()]
