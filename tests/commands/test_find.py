"""Finding somebody in a run: lists, copies that never overwrite, clips, together, by example."""

import re
import shutil
from pathlib import Path

import family
import pytest
from dataset_world import Spot
from made_run import made_run
from PIL import Image

from facepipe.cli import main
from facepipe.errors import StorageFull
from facepipe.media.timeline import read_timeline
from facepipe.runs.opening import load_run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return family.family(tmp_path_factory)


@pytest.fixture
def find(made, capsys):
    """`facepipe find OUT ...` in this process: (what it lists, what else it says)."""
    _, _, out, _ = made

    def run(*arguments, code=0, out=out):
        assert main(["find", *map(str, (out, *arguments))]) == code
        return capsys.readouterr()

    return run


def photos_with(*people: str) -> set[str]:
    return {name for name, frame in family.PHOTOS.items() if {*people} <= family.who(frame)}


def listed(text: str, library: Path) -> set[str]:
    """The photos of the library that `--list` printed."""
    paths = [Path(line.split("\t")[0]) for line in text.splitlines()]
    return {path.relative_to(library).as_posix() for path in paths if path.is_relative_to(library)}


def test_list_names_every_photo_and_the_times_in_videos(find, made):
    library, _, _, _ = made
    text = find("--person", "Tomas", "--list").out
    assert listed(text, library) == photos_with("Tomas")
    assert f"{family.CLIP}\t0:00-0:05\n" in text  # he is seen until 5 s
    marta = find("--person", "marta", "--list").out  # a name in any case
    assert f"{family.CLIP}\t0:00-0:10\n" in marta and listed(marta, library) == {*photos_with("Marta"), "trip/walk.mp4"}


def test_whoever_comes_once_in_a_while_was_not_there_all_the_time(tmp_path, find):
    spots = [Spot("show.mp4", frame, (10, 10, 60, 60), "Ann", shot, -1) for shot, frame in enumerate((0, 30, 60))]
    made_run(tmp_path / "out", spots, nobody=set(range(90)) - {0, 30, 60})
    assert find("--person", "Ann", "--list", out=tmp_path / "out").out.endswith("\t0:00-0:01, 0:30-0:31, 1:00-1:01\n")


def test_photos_are_listed_with_the_time_when_they_were_taken(find, made):
    library, _, _, _ = made
    lines = find("--person", "Ruth", "--list").out.splitlines()
    assert lines[0] == f"{library / 'trip/turned.jpg'}\t2023-05-06 12:34:56"  # of the others it is not known
    assert f"{library / 'trip/scan.tiff'}" in lines


def test_together(find, made):
    library, _, _, _ = made
    assert listed(find("--together", "Idris", "Amara", "--list").out, library) == photos_with("Idris", "Amara")
    both = find("--person", "Marta", "--together", "Tomas", "--list").out
    assert listed(both, library) == {"trip/group.png"} and f"{family.CLIP}\t0:00-0:05\n" in both
    assert find("--together", "Henrik", "Marta", "--list") == ("", "0 photos, 0 videos\n")


def test_the_list_alone_is_on_standard_output(find):
    out, said = find("--person", "Tomas", "--list")
    assert out and all(Path(line.split("\t")[0]).is_file() for line in out.splitlines())
    assert said.endswith("1 video with 1 segment, 0:05 in all\n")
    assert find("--person", "Tomas", "--list", "--quiet") == (out, "")


def test_unknown_people_get_the_names_that_there_are(find):
    error = find("--person", "Thomas", "--list", code=2).err
    assert re.search(r"nobody is called 'Thomas'; there are Tomas, Amara, Henrik, Idris, Marta, Ruth$", error.strip())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--list",),
        ("--person", "Ruth"),
        ("--person", "Ruth", "--list", "--clips"),
        ("--person", "Ruth", "--to", "x", "--margin", "-1"),
        ("--person", "Ruth", "--to", "x", "--margin", "nan"),
        ("--person", "Ruth", "--to", "x", "--list"),
        ("--everybody", "--list"),
        ("--everybody", "--person", "Ruth", "--to", "x"),
        ("--person", "Ruth", "--unnamed", "--to", "x"),
        ("--person", "Ruth", "--link", "symbolic", "--list"),
    ],
)
def test_options_that_cannot_work(find, arguments):
    assert find(*arguments, code=2).err.startswith("facepipe: ")


def test_photos_are_copied_with_their_dates_and_nothing_is_overwritten(find, made, tmp_path):
    library, _, _, _ = made
    to = tmp_path / "marta"
    to.mkdir()
    (to / "group.png").write_text("somebody else's")
    taken = (library / "trip" / "phone.heic").stat().st_mtime_ns
    out, said = find("--person", "Marta", "--to", to)
    assert "4 files written" in said and "not copied: 2 videos" in said and not out
    copies = {path.name: path.read_bytes() for path in to.iterdir()}
    assert set(copies) == {"solo.jpg", "solo_2.jpg", "phone.heic", "group.png", "group_2.png"}
    assert copies["group.png"] == b"somebody else's"
    assert copies["group_2.png"] == (library / "trip" / "group.png").read_bytes()
    solos = {(library / name / "solo.jpg").read_bytes() for name in ("trip", "other")}
    assert {copies["solo.jpg"], copies["solo_2.jpg"]} == solos
    assert (to / "phone.heic").stat().st_mtime_ns == taken
    again = find("--person", "Marta", "--to", to).err
    assert "0 files written" in again and "4 there already" in again
    assert {path.name: path.read_bytes() for path in to.iterdir()} == copies


def test_everybody_gets_a_folder_of_links_to_photos_and_videos(find, made, tmp_path, capsys):
    library, _, out, _ = made
    copy, to = tmp_path / "out", tmp_path / "sorted"
    shutil.copytree(out, copy)
    if (copy / "people" / "RUTH").exists():
        pytest.skip("this file system does not tell marta from Marta")
    (copy / "people" / "Ruth").rename(copy / "people" / "marta")
    before = {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}
    find("--everybody", "--to", to, "--link", "symbolic", out=copy)
    (marta,) = [folder for folder in to.iterdir() if folder.name.startswith("marta-")]
    assert {folder.name for folder in to.iterdir()} == {"Marta", marta.name, "Tomas", "Idris", "Amara", "Henrik"}
    for folder, person in ((to / "Marta", "Marta"), (marta, "Ruth"), (to / "Tomas", "Tomas")):
        links = {path.resolve() for path in folder.iterdir() if path.is_symlink()}
        photos = {path.relative_to(library).as_posix() for path in links if path.suffix not in (".mp4", ".gif")}
        assert photos == {name for name in photos_with(person) if not name.endswith(".gif")}
        assert family.CLIP in links
    assert "there already" in find("--everybody", "--to", to, "--link", "symbolic", out=copy).err
    assert {path: path.read_bytes() for path in before} == before
    assert main(["forget", str(copy), "--person", "Tomas", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"still shown in the copy {to / 'Tomas' / 'group.png'}: delete it" in lines
    assert f"still shown in the copy {to / 'Marta' / 'group.png'}: delete it" in lines


def test_everybody_as_copies_and_who_has_no_name(find, made, tmp_path):
    library, _, out, _ = made
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    (copy / "people" / "Henrik").rename(copy / "people" / "person_007")
    said = find("--everybody", "--to", tmp_path / "a", out=copy).err
    assert "not copied: " in said and not (tmp_path / "a/person_007").exists()
    assert (tmp_path / "a/Ruth/scan.tiff").read_bytes() == (library / "trip/scan.tiff").read_bytes()
    assert not any(path.is_symlink() for path in (tmp_path / "a").rglob("*"))
    find("--everybody", "--unnamed", "--to", tmp_path / "b", "--clips", out=copy)
    assert {path.name for path in (tmp_path / "b").iterdir()} >= {"person_007", "Ruth"}
    assert list((tmp_path / "b/Tomas").glob("panel_*.mp4"))


def own_copy(made, tmp_path) -> tuple[Path, Path]:
    """The library and its run, to be changed."""
    library, _, out, _ = made
    moved, copy = shutil.copytree(library, tmp_path / "moved"), shutil.copytree(out, tmp_path / "out")
    text = (copy / "run.json").read_text().replace(str(library), str(moved))
    (copy / "run.json").write_text(text)
    return moved, copy


def test_originals_that_are_gone(made, find, tmp_path):
    moved, copy = own_copy(made, tmp_path)
    (moved / "trip" / "phone.heic").unlink()
    said = find("--person", "Marta", "--to", tmp_path / "some", out=copy).err
    assert "phone.heic is gone" in said and "--out" in said
    assert "3 files written" in said and "1 not to be had" in said
    shutil.rmtree(moved)
    assert "nothing could be copied" in find("--person", "Marta", "--to", tmp_path / "none", out=copy, code=2).err


def test_a_photo_in_the_place_of_another_is_not_found(made, find, tmp_path):
    library, out = own_copy(made, tmp_path)
    shutil.copyfile(library / "trip/web.webp", library / "trip/solo.jpg")
    said = find("--person", "Marta", "--list", out=out)
    assert str(library / "trip/solo.jpg") not in said.out
    assert f"{library / 'trip/solo.jpg'} shows something else than before: run facepipe again" in said.err
    find("--person", "Marta", "--to", tmp_path / "marta", out=out)
    content = (library / "trip/solo.jpg").read_bytes()
    assert all(path.read_bytes() != content for path in (tmp_path / "marta").iterdir())


def test_a_folder_that_cannot_be_made(find, tmp_path):
    (tmp_path / "file").touch()
    assert "cannot make the folder" in find("--person", "Ruth", "--to", tmp_path / "file", code=2).err


def test_clips_hold_the_segments(find, tmp_path):
    said = find("--person", "Tomas", "--to", tmp_path, "--clips", "--margin", "0.5").err
    (clip,) = tmp_path.glob("*.mp4")
    assert clip.name == "panel_00-00_00-05.mp4" and "files written" in said
    timeline = read_timeline(clip)
    assert 5.4 <= float(timeline.frame_ticks[-1] * timeline.time_base) <= 6.5
    again = find("--person", "Tomas", "--to", tmp_path, "--clips", "--margin", "0.5").err
    assert "0 files written" in again and len(list(tmp_path.glob("*.mp4"))) == 1
    assert not list(tmp_path.glob(".tmp*"))


def test_like_a_picture(find, made, tmp_path):
    library, references, _, _ = made
    out, said = find("--like", references / "Henrik.png", "--list")
    assert "Henrik.png shows Henrik" in said and listed(out, library) == photos_with("Henrik")
    first = next(line for line in said.splitlines() if line.startswith("  0."))
    assert first.split()[1] == "Henrik" and float(first.split()[0]) < 0.3


def test_like_nobody(find, made, tmp_path):
    _, references, _, _ = made
    Image.fromarray(family.portrait(700, "Yuki")).save(tmp_path / "yuki.png")
    assert "nobody in" in find("--like", tmp_path / "yuki.png", "--list", code=2).err
    assert "no face found" in find("--like", references / "Wall.png", "--list", code=2).err
    assert "none clearly the largest" in find("--like", references / "Everybody.png", "--list", code=2).err
    assert find("--like", references, "--list", code=2).err == f"facepipe: {references} is a folder: name one picture\n"


def test_find_follows_what_a_person_renamed(made, find, tmp_path):
    library, _, out, _ = made
    copy = tmp_path / "out"
    shutil.copytree(out, copy)
    (copy / "people" / "Henrik").rename(copy / "people" / "Uncle Henrik")
    assert listed(find("--person", "uncle henrik", "--list", out=copy).out, library) == photos_with("Henrik")


def test_a_run_that_cannot_be_written_is_copied_from_all_the_same(find, monkeypatch, tmp_path):
    def full(*_):
        raise StorageFull("cannot write run.json: read-only")

    monkeypatch.setattr("facepipe.commands.find.note_export", full)
    said = find("--person", "Tomas", "--to", tmp_path / "to").err
    assert f"warning: cannot write run.json: read-only; facepipe forget will not know of {tmp_path / 'to'}" in said
    assert list((tmp_path / "to").iterdir())


def test_whoever_is_forgotten_is_named_in_copies_and_clips(made, find, tmp_path, capsys):
    library, _, out, _ = made
    copy, to, other = tmp_path / "out", tmp_path / "marta", tmp_path / "ruth"
    shutil.copytree(library, tmp_path / "library")
    shutil.copytree(out, copy)
    (copy / "run.json").write_text((copy / "run.json").read_text().replace(str(library), str(tmp_path / "library")))
    load_run(copy).update(exports=())
    find("--person", "Marta", "--to", to, "--clips", out=copy)
    find("--person", "Henrik", "--to", other, "--clips", out=copy)
    find("--person", "Henrik", "--to", tmp_path / "library/trip", out=copy)  # among the originals
    find("--person", "Ruth", "--to", tmp_path / "gone", out=copy)
    shutil.rmtree(tmp_path / "gone")
    (to / "solo.jpg").unlink()
    (to / "sub").mkdir()
    (to / "phone.heic").rename(to / "sub/renamed.heic")
    (to / "notes_00-00_00-05.txt").touch()
    assert main(["forget", str(copy), "--person", "Marta", "--dry-run"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "original" not in line and "would go" not in line]
    clips = sorted(path.name for path in to.glob("*.mp4"))
    assert len(clips) == 2 and all(name.startswith(("panel_", "walk_")) for name in clips)
    assert lines == [
        f"still shown in the copy {to / 'group.png'}: delete it",
        f"may still be shown in the copy {to / clips[0]}: delete it",
        f"still shown in the copy {to / 'solo_2.jpg'}: delete it",
        f"still shown in the copy {to / 'sub/renamed.heic'}: delete it",
        f"may still be shown in the copy {to / clips[1]}: delete it",
        f"what facepipe find put into {tmp_path / 'gone'} is there no more: "
        "where it is now, it may still show the person",
    ]


@pytest.mark.parametrize("command", ["find", "inventory"])
def test_help_shows_examples(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f"\nfacepipe {command} pictures" in capsys.readouterr().out.replace("    ", "").replace("~/P", "p")
