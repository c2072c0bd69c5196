"""A run on photos and a clip together: formats, what is broken, what moved, cropped faces."""

import os
import shutil
import sys
from pathlib import Path

import family
import numpy as np
import pillow_heif
import pytest
import small_run
from commandline import rows, state
from commandline_here import run_here
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from facepipe.cli import main
from facepipe.errors import InputError
from facepipe.faces.align import face_chip
from facepipe.faces.analyser import FaceAnalyser
from facepipe.media.photos import open_photo
from facepipe.media.sources import find_inputs
from facepipe.records import Frame, FrameRef, Source
from facepipe.runs.inputs import changed_since
from facepipe.runs.opening import load_run
from facepipe.settings import Settings


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return family.family(tmp_path_factory)


def source_of(out: Path, name: str) -> dict:
    """The input of run.json that is a photo of the library."""
    return next(entry for entry in state(out)["inputs"] if entry["path"].endswith(f"/{name}"))


@pytest.mark.parametrize("photo", family.PHOTOS)
def test_photos_of_every_format_show_who_is_on_them(run, photo):
    _, _, out, _ = run
    name = source_of(out, photo)["name"]
    found = [row for row in rows(out) if row["source"] == name]
    assert {row["person"] for row in found} == family.who(family.PHOTOS[photo])
    assert len(found) == len(family.who(family.PHOTOS[photo]))
    assert {(row["frame"], float(row["time_s"])) for row in found} == {("0", 0.0)}


def test_faces_of_a_turned_photo_lie_where_a_person_sees_them(run):
    _, _, out, _ = run
    truth = family.truth()[family.PHOTOS["trip/turned.jpg"]]
    for row in (row for row in rows(out) if row["source"] == "turned.jpg"):
        box = np.array([int(row[side]) for side in ("left", "top", "right", "bottom")])
        assert np.abs(box - truth[row["person"]]).max() < 40


def test_what_is_broken_is_reported_and_the_rest_goes_on(run):
    _, _, out, done = run
    told = done.stderr + done.stdout
    for name in family.BROKEN:
        assert name in told
    assert state(out)["status"] == "finished"
    # The empty file never became an input, and what there is of the cut one is used.
    assert {failure["item"] for failure in state(out)["failures"]} == {"text.jpg", "bomb.png"}
    assert "cut.jpg lacks its end" in told
    assert "Traceback" not in told and "notes.txt" not in told


def test_the_clip_and_videos_among_the_photos_count_but_no_halves_of_live_photos(run):
    _, _, out, done = run
    videos = {Path(entry["path"]).name for entry in state(out)["inputs"] if entry["is_video"]}
    assert videos == {"panel.mp4", "walk.mp4", "anim.gif"}
    assert "1 live photo: the stills are used" in done.stderr
    seconds = {float(row["time_s"]) for row in rows(out) if row["source"] == "panel.mp4" and row["person"] == "Marta"}
    assert seconds == set(range(family.STOP_S))


def test_without_with_videos_only_photos_count(run):
    library, _, _, _ = run
    found = find_inputs([(library / "trip", ("photo",))], lambda line: None)
    assert {source.path.name for source in found if source.is_video} == set()
    assert "anim.gif" in {source.path.name for source in found}


def test_a_library_that_moved_is_known_by_its_content(run, tmp_path):
    library, _, out, _ = run
    copy, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    shutil.copytree(out, copy)
    shutil.copytree(library, elsewhere)
    (elsewhere / "trip" / "solo.jpg").rename(elsewhere / "renamed.jpg")
    before, shards = rows(copy), {path: path.stat().st_mtime_ns for path in (copy / "shards").iterdir()}
    done = run_here(
        "run", "--video", family.CLIP, "--images", elsewhere, "--with-videos", "--out", copy, "--detector", "cnn",
        "--annotations", "none", "--no-cloth", "--stop", family.STOP_S, "--threads", "1",
    )  # fmt: skip
    assert "2 failures" in done.stdout
    assert rows(copy) == before
    assert {path: path.stat().st_mtime_ns for path in (copy / "shards").iterdir()} == shards
    assert source_of(copy, "elsewhere/renamed.jpg")["name"] == "trip/solo.jpg"


def test_the_report_leads_to_where_photos_lie_now(tmp_path):
    photos, out = small_run.write_crops(tmp_path / "crops") / "first", tmp_path / "out"
    small_run.facepipe(*small_run.RUN, "--images", photos, "--out", out, "--annotations", "none")
    report = (out / "report.html").read_text(encoding="utf-8")
    moved = photos.rename(tmp_path / "moved")
    done = small_run.facepipe(*small_run.RUN, "--images", moved, "--out", out, "--annotations", "none")
    assert "nothing to do" in done.stderr
    assert (out / "report.html").read_text(encoding="utf-8") == report.replace("../crops/first/", "../moved/")


def test_a_photo_in_which_something_was_written_is_known_by_what_it_shows(tmp_path):
    """And one that shows something else, in the same place and as large, is another."""
    photos, out = small_run.write_crops(tmp_path / "crops") / "first", tmp_path / "out"
    command = (*small_run.RUN, "--images", photos, "--out", out, "--annotations", "none")
    small_run.facepipe(*command)
    before, marta, tomas = state(out)["inputs"], photos / "Marta_0.png", photos / "Tomas_0.png"
    original, words = marta.read_bytes(), PngInfo()
    words.add_text("Comment", "Marta, on stage")
    Image.open(marta).save(marta, pnginfo=words)
    Image.open(tomas).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tomas)
    assert marta.read_bytes() != original
    small_run.facepipe(*command)
    after = state(out)["inputs"]
    assert [entry["source_id"] for entry in after[:-1]] == [entry["source_id"] for entry in before]
    assert Path(after[-1]["path"]).name == "Tomas_0.png" and len(rows(out)) == len(after) == 7
    (photos / "2010").mkdir()
    moved = marta.rename(photos / "2010" / marta.name)
    assert "nothing to do" in small_run.facepipe(*command).stderr, "with what was written it is the same elsewhere, too"
    moved.rename(marta)
    for content in (marta.read_bytes(), original):  # as it is now, and put back as it was
        marta.write_bytes(content)
        assert "nothing to do" in small_run.facepipe(*command).stderr
        assert not changed_since(load_run(out).state.inputs[0])


@pytest.mark.parametrize("second", [b"", b"nothing either"])
def test_broken_photos_alone_are_an_error(second, tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    (tmp_path / "b.jpg").write_bytes(second)
    arguments = ["--images", str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"), "--out", str(tmp_path / "out")]
    assert main(["run", *arguments, "--detector", "hog"]) == 2
    assert "a.jpg" in capsys.readouterr().err


def test_one_broken_photo_does_not_stop_the_next_run(run, tmp_path, capsys):
    library, _, _, _ = run
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(library / "trip" / "solo.jpg", photos)
    (photos / "text.jpg").write_bytes(b"not a picture")
    arguments = ["run", "--images", str(photos), "--out", str(tmp_path / "out"), "--detector", "cnn", "--no-cloth"]
    for _ in range(2):
        assert main(arguments) == 0
        assert "text.jpg" in capsys.readouterr().err
        assert len(rows(tmp_path / "out")) == 1


@pytest.mark.parametrize(
    "arguments, words", [([], "name videos and photos"), (["--cropped", "--video", "a.mp4"], "--images")]
)
def test_something_has_to_be_named(arguments, words, capsys):
    assert main(["run", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_named_files_that_are_no_photos_are_left_out(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.jpg").touch()
    warnings = []
    paths = [(tmp_path / name, ("photo",)) for name in ("notes.txt", "a.png", "empty.jpg")]
    assert [source.name for source in find_inputs(paths, warnings.append)] == ["a.png"]
    assert len(warnings) == 2
    with pytest.raises(InputError, match=r"notes\.txt"):
        find_inputs(paths[:1], warnings.append)


def test_a_file_that_cannot_be_opened_is_left_out(tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (30, 20), name[0] * 3 and ("red" if name[0] == "a" else "blue")).save(tmp_path / name)

    def read(path: Path) -> str:
        if path.name == "a.png":
            raise InputError(f"cannot read {path}: Permission denied")
        return "ab" * 32

    warnings = []
    (source,) = find_inputs([(tmp_path, ("photo",))], warnings.append, hash_file=read)
    assert source.name == "b.png" and "a.png" in warnings[0]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such name")
def test_a_name_that_is_no_text_is_left_out(tmp_path):
    for name, colour in ((b"f\xfcr dich.png", "red"), (b"b.png", "blue")):
        with (tmp_path / os.fsdecode(name)).open("wb") as handle:
            Image.new("RGB", (30, 20), colour).save(handle, "PNG")
    warnings = []
    assert [source.name for source in find_inputs([(tmp_path, ("photo",))], warnings.append)] == ["b.png"]
    assert "rename it" in warnings[0] and warnings[0].isprintable()


def test_a_heic_photo_that_is_called_jpg(tmp_path):
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "red")).save(tmp_path / "a.heic")
    (tmp_path / "a.heic").rename(tmp_path / "a.jpg")
    assert open_photo(tmp_path / "a.jpg").rgb()[20, 20, 0] > 200


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_turned_photos_of_new_formats(tmp_path, suffix):
    pillow_heif.register_heif_opener()
    image, exif = np.zeros((48, 64, 3), np.uint8), Image.Exif()
    image[:, :32] = 255
    exif[0x0112] = 6  # to be turned a quarter to the right: the left side comes up
    Image.fromarray(image).save(tmp_path / f"a{suffix}", exif=exif.tobytes(), quality=90)  # bytes: else not turned
    picture = open_photo(tmp_path / f"a{suffix}")
    assert picture.size_wh == (48, 64) and picture.rgb().shape == (64, 48, 3)
    assert picture.rgb()[10].mean() > 200 > 50 > picture.rgb()[50].mean()


def encoded(image: np.ndarray, **detection) -> Frame:
    class Shown:
        size_wh = (image.shape[1], image.shape[0])

        def rgb(self, size_wh=None):
            assert not detection.get("cropped") or size_wh in (None, (16, 16), self.size_wh) or min(size_wh) < 64
            return np.array(Image.fromarray(image).resize(size_wh)) if size_wh else image

    ref = FrameRef(Source("x-00000000", "x.png", Path("x.png"), "00" * 32, 1, False), 0, 0.0)
    analyser = FaceAnalyser(Settings.of(detector="cnn", **detection).detection)
    return analyser.analyse(Frame(ref, Shown.size_wh, Shown()))


@pytest.mark.parametrize("margin", [0.0, 0.2, 0.5])
def test_a_cropped_face_is_the_whole_image_and_keeps_its_vector(margin):
    """However tightly it was cropped, the vector stays near the one of the uncropped picture."""
    frame = family.clip_frames()[180]
    (whole,) = encoded(frame).faces
    left, top, right, bottom = whole.box_ltrb
    extra = round(margin * (right - left))
    cropped = frame[top - extra : bottom + extra, left - extra : right + extra]
    (face,) = encoded(cropped, cropped=True).faces
    assert face.box_ltrb == (0, 0, cropped.shape[1], cropped.shape[0])
    assert np.linalg.norm(face.embedding - whole.embedding) < 0.3
    assert face_chip(cropped, face.landmarks_xy).shape == (150, 150, 3)


def test_cropped_faces_are_not_searched_and_a_speck_is_no_face():
    noise = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    assert len(encoded(noise, cropped=True).faces) == 1
    assert encoded(noise[:15, :15], cropped=True).faces == ()


def test_settings_of_the_photo_origin(run, tmp_path):
    """Smallest confidence and size, and a number of faces a photo, hold for photos too."""
    library, _, _, _ = run
    photos = [library / "trip" / name for name in ("solo.jpg", "group.png", "old.bmp")]
    run_here(
        "run", "--images", *photos, "--out", tmp_path / "out", "--detector", "cnn", "--no-cloth", "--min-face", "50",
        "--min-confidence", "0.9", "--faces-per-frame", "1-2", "--annotations", "none",
    )  # fmt: skip
    assert {row["source"] for row in rows(tmp_path / "out")} == {"solo.jpg", "old.bmp"}
    assert state(tmp_path / "out")["counts"]["frames_skipped"] == 1
