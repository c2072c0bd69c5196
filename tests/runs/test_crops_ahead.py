"""Crops that are cut while their frame is in memory: they become the people's, and nothing hangs on them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from commandline import files, rows
from small_run import RUN, facepipe, write_crops
from stored_frames import OTHER, SOURCE, make_frame

from facepipe.errors import FacepipeError
from facepipe.geometry import box_in
from facepipe.imaging.codec import read_rgb
from facepipe.job import main
from facepipe.people.forgotten import without
from facepipe.runs.crops_ahead import CropsAhead
from facepipe.runs.layout import CUTS, crop_file, cuts_of

SIZE_WH = (128, 96)  # of the stored picture; twice the frame's


def picture() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    return cv2.resize(noise, SIZE_WH, interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("cuts", [["", "_portrait"], list(CUTS)])
def test_they_are_the_pixels_of_the_frame(tmp_path, cuts):
    frame, image = make_frame(3, faces=2), picture()
    ahead = CropsAhead(tmp_path / "crops", cuts)
    ahead.cut(frame, image)
    found = ahead.found()
    assert set(found) == {crop_file(face.face_id, cut) for face in frame.faces for cut in cuts}
    for face in frame.faces:
        left, top, right, bottom = box_in(face.box_ltrb, frame.size_wh, SIZE_WH)
        crop = read_rgb(found[crop_file(face.face_id)]).astype(int)
        assert np.abs(crop - image[top:bottom, left:right]).mean() < 5


def test_a_place_that_is_empty_has_none(tmp_path):
    frame = make_frame(3, faces=2)
    gone, stays = (face.face_id for face in frame.faces)
    ahead = CropsAhead(tmp_path / "crops", cuts_of(upper_body=True))
    ahead.cut(*without(frame, picture(), {gone}))
    assert {name[: len(stays)] for name in ahead.found()} == {stays}


def test_only_what_was_cut_of_the_sources_is_dropped_and_only_an_empty_folder(tmp_path):
    ahead = CropsAhead(tmp_path / "crops", [""])
    for source in (SOURCE, OTHER):
        ahead.cut(make_frame(0, source=source), picture())
    (tmp_path / "crops/mine.jpg").write_bytes(b"mine")
    ahead.drop({SOURCE.source_id})
    assert {path.name for path in ahead.folder.iterdir()} == {f"{OTHER.source_id}-0000000-0.jpg", "mine.jpg"}
    ahead.drop({OTHER.source_id})
    assert [path.name for path in ahead.folder.iterdir()] == ["mine.jpg"]
    (tmp_path / "crops/mine.jpg").unlink()
    ahead.drop(set())
    assert not ahead.folder.exists()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_somebody_else_calls_so_is_let_alone(tmp_path, kind):
    folder, elsewhere = tmp_path / "out/crops", tmp_path / "elsewhere"
    folder.parent.mkdir()
    CropsAhead(elsewhere, [""]).cut(make_frame(0), picture())
    folder.symlink_to(elsewhere) if kind == "link" else folder.write_bytes(b"mine")
    CropsAhead(folder).drop({SOURCE.source_id})
    assert folder.is_symlink() if kind == "link" else folder.read_bytes() == b"mine"
    assert len(list(elsewhere.iterdir())) == 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The pictures of people and the folder of a run that nobody disturbed."""
    home = write_crops(tmp_path_factory.mktemp("ahead"))
    facepipe(*RUN, "--images", home / "first", "--out", home / "out")
    return home / "first", home / "out"


@pytest.fixture
def encoded(whole, tmp_path, monkeypatch):
    """OUT of a run that ended when all frames were seen, before people were known."""

    def fails(*_):
        raise FacepipeError("enough")

    monkeypatch.setattr(main, "assemble", fails)
    facepipe(*RUN, "--images", whole[0], "--out", tmp_path / "out", code=None)
    monkeypatch.undo()
    return tmp_path / "out"


def go_on(whole, out: Path) -> None:
    facepipe(*RUN, "--images", whole[0], "--out", out)


def test_they_wait_until_people_are_known_and_are_moved_then(whole, encoded):
    cut = {path.name: path.read_bytes() for path in (encoded / "crops").iterdir()}
    go_on(whole, encoded)
    assert not (encoded / "crops").exists()
    assert {path.name: path.read_bytes() for path in (encoded / "people").rglob("*.jpg")} == cut
    assert files(encoded) == files(whole[1])


HARM: dict[str, Callable[[Path], object]] = {"gone": Path.unlink, "empty": lambda path: path.write_bytes(b"")}


@pytest.mark.parametrize("harm", HARM)
def test_those_that_are_lost_are_cut_from_the_stored_frames(whole, encoded, harm):
    lost = sorted((encoded / "crops").iterdir())[::2]
    before = {path.name: read_rgb(path).astype(int) for path in lost}
    for path in lost:
        HARM[harm](path)
    go_on(whole, encoded)
    assert not (encoded / "crops").exists()
    assert files(encoded).keys() == files(whole[1]).keys()
    for name, pixels in before.items():
        [path] = (encoded / "people").rglob(name)
        assert np.abs(read_rgb(path).astype(int) - pixels).mean() < 5  # JPEG twice


def test_who_is_forgotten_is_not_among_them(whole, encoded):
    """Whatever was waiting, and whatever the next run cuts of a frame that it sees again."""
    person = rows(whole[1])[0]["person"]
    gone = {row["face_id"] for row in rows(whole[1]) if row["person"] == person}
    waiting = shutil.copytree(encoded / "crops", encoded.with_name("waiting"))
    go_on(whole, encoded)
    shutil.copytree(waiting, encoded / "crops")  # as a run leaves them that is killed while it writes
    facepipe("forget", encoded, "--yes", "--person", person, code=None)
    assert not (encoded / "crops").exists()
    for shard in (encoded / "shards").iterdir():
        shard.unlink()
    go_on(whole, encoded)
    assert {row["face_id"] for row in rows(encoded)} == {row["face_id"] for row in rows(whole[1])} - gone
    assert not [path for face in gone for path in (encoded / "people").rglob(f"{face}*")]
