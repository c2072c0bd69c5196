"""Which files are found, what they are called, and what is said of those that are not."""

import hashlib
import os
import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from clips import write_clip
from PIL import Image

from facepipe.errors import InputError
from facepipe.job.request import Job
from facepipe.media.sources import find_inputs, find_sources, sha256_of


@pytest.fixture
def warnings():
    return []


def put(path: Path, content: str = "") -> Path:
    """A file with content of its own; finding does not look inside files of a known kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or str(path))
    return path


def names(sources):
    return [source.name for source in sources]


def test_a_file_has_its_name_and_an_id_from_its_content(tmp_path, warnings):
    path = put(tmp_path / "my clip (1).mp4", "abc")
    (source,) = find_sources([path], warnings.append)
    digest = hashlib.sha256(b"abc").hexdigest()
    assert (source.name, source.sha256, source.size, source.is_video) == ("my clip (1).mp4", digest, 3, True)
    assert source.source_id == "my-clip--1-" + digest[:8]
    assert warnings == []


def test_big_files_are_hashed_in_blocks(tmp_path):
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(3 * (1 << 20) + 17))
    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("stem", ["ä" * 40, "日本", "..", "-rf", "a/b"[2:], "x" * 100, "new\nline"])
def test_ids_are_safe_file_names(tmp_path, warnings, stem):
    (source,) = find_sources([put(tmp_path / f"{stem}.mp4")], warnings.append)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,23}-[0-9a-f]{8}", source.source_id)
    assert source.name.isprintable()


def test_folders_are_searched_in_order_and_without_clutter(tmp_path, warnings):
    wanted = ["B.MKV", "a.mp4", "z.mov", "sub/d.gif", "sub/deep/c.webm"]
    for name in [*wanted, ".hidden.mp4", "._a.mp4", "a.mp4~", ".git/x.mp4", "__MACOSX/a.mp4", "notes.txt", "photo.jpg"]:
        put(tmp_path / name)
    assert names(find_sources([tmp_path], warnings.append)) == wanted
    assert warnings == []


def test_side_files_of_other_programs_are_no_photos(tmp_path, warnings):
    put(tmp_path / "a.jpg")
    for name in (
        "@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg",
        ".thumbnails/a.png",
        "$RECYCLE.BIN/S-1-5/b.jpg",
        "Bin/$Recycle.Bin/c.jpg",
        "Catalog Previews.lrdata/0/x.jpg",
        "__MACOSX/sub/._a.jpg",
        "sub/._a.jpg",
        "#recycle/d.jpg",
        "@Recycle/e.jpg",
    ):
        put(tmp_path / name)
    assert names(find_sources([tmp_path], warnings.append, kinds=["photo"])) == ["a.jpg"]
    assert warnings == []
    (named,) = find_sources([tmp_path / "$RECYCLE.BIN"], warnings.append, kinds=["photo"])
    assert named.name == "S-1-5/b.jpg"  # a folder that is named is looked into


def test_what_is_not_looked_at_is_counted_by_type(tmp_path, warnings):
    for name in ("a.jpg", "a.CR2", "b.cr2", "c.jxl", "d.psd", "notes.txt", "x.mp4", "clip.braw", "@eaDir/e.nef"):
        put(tmp_path / name)
    passed = Counter({".jxl": 1})
    find_inputs([(tmp_path, ["photo"])], warnings.append, passed_over=passed)
    assert passed == {".cr2": 2, ".jxl": 2, ".psd": 1}
    passed.clear()
    find_inputs([(tmp_path, ["video"])], warnings.append, passed_over=passed)
    assert passed == {".braw": 1}


def test_a_folder_of_what_cannot_be_read_says_so(tmp_path, warnings):
    for name in ("a.nef", "b.nef", "c.jxl"):
        put(tmp_path / name)
    with pytest.raises(InputError, match=r"3 files that cannot be read \(\.jxl, \.nef\)"):
        find_sources([tmp_path], warnings.append, kinds=["photo"])
    with pytest.raises(InputError, match="save it as a JPEG"):
        find_sources([tmp_path / "a.nef"], warnings.append, kinds=["photo"])


@pytest.mark.parametrize(
    ("kind", "file", "said"),
    [
        ("video", "b.jpg", "no video in {}: it holds 2 photos, for which there is --images"),
        ("photo", "b.mp4", "no photo in {}: it holds 2 videos, for which there is --video"),
        ("video", "b.txt", "no video in {}: give a folder or file that holds one"),
    ],
)
def test_a_folder_of_the_other_kind_says_which_option_takes_it(tmp_path, kind, file, said):
    for part in ("one", "two"):
        put(tmp_path / part / file)
    with pytest.raises(InputError) as raised:
        find_inputs([(tmp_path, (kind,))], print)
    assert str(raised.value) == said.format(tmp_path)


def test_a_file_that_vanishes_while_it_is_looked_at_is_left_out(tmp_path, warnings):
    put(tmp_path / "a.mp4")
    gone = put(tmp_path / "b.mp4")

    def hash_file(path):
        gone.unlink(missing_ok=True)
        return sha256_of(path)

    assert names(find_sources([tmp_path], warnings.append, hash_file=hash_file)) == ["a.mp4"]
    assert len(warnings) == 1 and "b.mp4" in warnings[0]


@pytest.mark.skipif(os.name == "nt", reason="no such names on Windows")
def test_no_message_holds_control_characters(tmp_path, warnings):
    wild = tmp_path / "red\x1b[31m\n"
    put(wild / "a\x07.mp4", "same"), put(wild / "b\x07.mp4", "same")
    (wild / "empty\x1b.mp4").touch()
    (source,) = find_sources([wild], warnings.append)
    assert len(warnings) == 2 and all(line.isprintable() for line in [*warnings, source.name])
    for path in (wild / "missing\x1b.mp4", wild / "empty\x1b.mp4", wild / ("x" * 300)):
        with pytest.raises(InputError) as error:
            find_sources([path], warnings.append)
        assert str(error.value).isprintable()


@pytest.mark.parametrize("stem", ["x" * 251, "家" * 83, "x" * 240 + "\x1b[0m" + "é"])
def test_names_of_255_bytes(tmp_path, warnings, stem):
    (source,) = find_sources([put(tmp_path / f"{stem}.mp4")], warnings.append)
    assert len(source.source_id) <= 33
    folder = Job(videos=(source.path,)).folder
    assert len(os.fsencode(folder.name)) <= 255 - len(".lock") and folder.name.endswith("_dataset")
    (tmp_path / folder.name).mkdir()
    assert folder.name.isprintable()
    assert Job(videos=(Path("holiday (1).mp4"),)).folder == Path("holiday (1)_dataset")


def test_link_loops_end(tmp_path, warnings):
    put(tmp_path / "a" / "x.mp4")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    assert names(find_sources([tmp_path], warnings.append)) == ["a/x.mp4"]


def test_what_facepipe_made_is_no_input_but_by_its_name(tmp_path, warnings):
    put(tmp_path / "a.mp4")
    for name, mark in (("run", "run.json"), ("yolo", "export.json")):
        put(tmp_path / name / "x.jpg")
        put(tmp_path / name / mark, f'{{"format": "facepipe-{Path(mark).stem}-1"')
    put(tmp_path / "mine" / "export.json", "{}")
    put(tmp_path / "mine" / "y.jpg")
    everything = {"kinds": ("video", "photo")}
    assert names(find_sources([tmp_path], warnings.append, **everything)) == ["a.mp4", "mine/y.jpg"]
    assert names(find_sources([tmp_path / "yolo"], warnings.append, **everything)) == ["x.jpg"]
    found = find_inputs([(tmp_path, ["video", "photo"])], warnings.append, made=lambda path: path.name == "a.mp4")
    assert names(found) == ["mine/y.jpg"]


def test_names_that_begin_with_a_number_sign(tmp_path, warnings):
    for name in ("#1 dad.png", "#holiday/a.png", "#notes.png#", "#recycle/b.png"):
        put(tmp_path / name)
    assert names(find_sources([tmp_path], warnings.append, kinds=("photo",))) == ["#1 dad.png", "#holiday/a.png"]


def test_equal_names_get_their_folders(tmp_path, warnings):
    paths = [put(tmp_path / "one" / "s" / "x.mp4"), put(tmp_path / "two" / "s" / "x.mp4"), put(tmp_path / "y.mp4")]
    assert names(find_sources(paths, warnings.append)) == ["one/s/x.mp4", "two/s/x.mp4", "y.mp4"]
    assert names(find_sources([tmp_path / "one", tmp_path / "two"], warnings.append)) == ["one/s/x.mp4", "two/s/x.mp4"]


def test_names_that_cannot_be_shown_stay_different(tmp_path, warnings):
    for name in ("a\nb.jpg", "a\tb.jpg", "c\u200b.jpg"):
        put(tmp_path / name)
    one, other, third = names(find_sources([tmp_path], warnings.append, kinds=("photo",)))
    assert one == "a\ufffdb.jpg" and other.startswith("a\ufffdb-") and other.endswith(".jpg") and third == "c\ufffd.jpg"


def test_the_same_content_counts_once(tmp_path, warnings):
    first, second = put(tmp_path / "b.mp4", "same"), put(tmp_path / "a.mp4", "same")
    (source,) = find_sources([first, tmp_path], warnings.append)
    assert source.path == first
    assert [line for line in warnings if str(second) in line and f"same file as {first}" in line]


def test_ids_do_not_depend_on_where_a_file_lies(tmp_path, warnings):
    here = find_sources([put(tmp_path / "x.mp4", "abc")], warnings.append)[0].source_id
    assert find_sources([put(tmp_path / "far" / "x.mp4", "abc")], warnings.append)[0].source_id == here


def test_empty_files(tmp_path, warnings):
    put(tmp_path / "a.mp4")
    empty = tmp_path / "b.mp4"
    empty.touch()
    assert names(find_sources([tmp_path], warnings.append)) == ["a.mp4"]
    assert len(warnings) == 1 and "b.mp4" in warnings[0]
    with pytest.raises(InputError, match="empty"):
        find_sources([empty], warnings.append)


def test_what_cannot_be_used_is_named_in_one_line(tmp_path, warnings):
    (tmp_path / "nothing").mkdir()
    notes = put(tmp_path / "notes.txt", "hello\n" * 100)
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, words in [
        (tmp_path / "missing.mp4", "no such file"),
        (tmp_path / "nothing", "no video in"),
        (notes, "not a video"),
        (tmp_path / "pipe.mp4", "neither a file nor a folder"),
    ]:
        with pytest.raises(InputError, match=words) as error:
            find_sources([path], warnings.append)
        assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_video_under_a_strange_name_is_recognised_when_named(tmp_path, warnings):
    path = write_clip(tmp_path / "a.mp4", 3).rename(tmp_path / "download.bin")
    assert find_sources([path], warnings.append)[0].is_video
    with pytest.raises(InputError):
        find_sources([path], warnings.append, kinds=["photo"])


class TestPhotos:
    def test_kinds(self, tmp_path, warnings):
        for name in ("a.jpg", "b.HEIC", "c.png", "clip.mp4", "anim.gif"):
            put(tmp_path / name)
        photos = find_sources([tmp_path], warnings.append, kinds=["photo"])
        assert {source.name: source.is_video for source in photos} == dict.fromkeys(
            ["a.jpg", "anim.gif", "b.HEIC", "c.png"], False
        )
        both = find_sources([tmp_path], warnings.append, kinds=["video", "photo"])
        assert {source.name for source in both if source.is_video} == {"anim.gif", "clip.mp4"}
        assert len(both) == 5

    def test_a_photo_under_a_strange_name(self, tmp_path, warnings):
        path = tmp_path / "picture.dat"
        Image.new("RGB", (20, 10)).save(path, "PNG")
        for kinds in (["photo"], ["video", "photo"]):
            assert not find_sources([path], warnings.append, kinds=kinds)[0].is_video

    def test_live_photos_give_their_stills(self, tmp_path, warnings):
        for name in ("IMG_1.HEIC", "IMG_1.MOV", "IMG_2.MOV", "sub/IMG_1.MOV"):
            put(tmp_path / name)
        found = find_sources([tmp_path], warnings.append, kinds=["video", "photo"])
        assert names(found) == ["IMG_1.HEIC", "IMG_2.MOV", "sub/IMG_1.MOV"]
        said = "1 live photo: the stills are used, and the moving halves left out (IMG_1.MOV)"
        assert warnings == [said]

    def test_a_film_with_a_poster_is_no_live_photo(self, tmp_path, warnings):
        """Nor is what somebody asks for by its name."""
        for still in ("film.jpg", "live.jpg"):
            Image.new("RGB", (8, 8), "red" if still == "film.jpg" else "blue").save(tmp_path / still)
        film = write_clip(tmp_path / "film.mov", 14, rate=2)
        live = write_clip(tmp_path / "live.mov", 6, rate=2)
        assert names(find_sources([tmp_path], warnings.append, kinds=["video", "photo"])) == [
            "film.jpg", "film.mov", "live.jpg"
        ]  # fmt: skip
        inputs = [(tmp_path / "live.jpg", ["photo"]), (live, ["video"]), (film, ["video"])]
        assert [source.is_video for source in find_inputs(inputs, warnings.append)] == [False, True, True]
        assert len(warnings) == 1 and "(live.mov)" in warnings[0]

    def test_a_live_photo_of_a_damaged_still_is_looked_at(self, tmp_path, warnings):
        put(tmp_path / "live.jpg", "was a picture")
        write_clip(tmp_path / "live.mov", 6, rate=2)
        find = partial(find_sources, [tmp_path], warnings.append, kinds=["video", "photo"])
        assert names(find()) == ["live.jpg", "live.mov"] and not warnings
        Image.new("RGB", (8, 8)).save(tmp_path / "LIVE.JPEG")  # another still of the same moment
        assert names(find()) == ["LIVE.JPEG", "live.jpg"] and len(warnings) == 1

    def test_typescript_is_no_transport_stream(self, tmp_path, warnings):
        put(tmp_path / "a.jpg")
        write_clip(tmp_path / "clip.ts", 5)
        for name in ("types.d.ts", "module.mts"):
            (tmp_path / name).write_text("export const who: string = 'Zoë'\n" * 200)
        assert names(find_sources([tmp_path], warnings.append, kinds=["video", "photo"])) == ["a.jpg", "clip.ts"]
        assert not warnings

    def test_hashes_can_come_from_elsewhere(self, tmp_path, warnings):
        path = put(tmp_path / "a.jpg")
        (source,) = find_sources([path], warnings.append, kinds=["photo"], hash_file=lambda path: "ab" * 32)
        assert source.sha256 == "ab" * 32


def test_the_folder_of_a_run_holds_no_inputs(tmp_path):
    write_clip(tmp_path / "a.mp4")
    run = tmp_path / "a_dataset"
    (run / "people").mkdir(parents=True)
    write_clip(run / "people" / "crop.mp4")
    (run / "run.json").write_text('{\n "format": "facepipe-run-1"\n}')
    assert [source.name for source in find_sources([tmp_path], print)] == ["a.mp4"]
