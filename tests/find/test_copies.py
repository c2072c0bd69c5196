"""What was copied or cut out of originals is found again, and nothing else is taken for it."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from facepipe.errors import StorageFull, UsageError
from facepipe.find.copies import clip_name, clip_names, copies_in
from facepipe.find.originals import placed, put_original
from facepipe.records import Source


def source_of(path: Path, content: bytes, *, is_video: bool = False) -> Source:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return Source("id-0123abcd", path.name, path, hashlib.sha256(content).hexdigest(), len(content), is_video)


@pytest.fixture
def to(tmp_path):
    folder = tmp_path / "to"
    (folder / "inner").mkdir(parents=True)
    return folder


def test_photos_are_known_by_their_content(tmp_path, to):
    photo = source_of(tmp_path / "in/a.jpg", b"picture")
    put_original(photo.path, to)
    shutil.move(to / "a.jpg", to / "inner/called otherwise.png")
    (to / "a.jpg").write_bytes(b"another")  # of the same length
    (to / "a_2.jpg").write_bytes(b"something else")
    assert list(copies_in(to, [photo])) == [(to / "inner/called otherwise.png", True)]


def test_a_photo_that_has_changed_is_known_as_it_was_and_as_it_is(tmp_path, to):
    photo = source_of(tmp_path / "in/a.jpg", b"picture")
    put_original(photo.path, to)
    photo.path.write_bytes(b"picture, edited")
    put_original(photo.path, to)
    assert [path.name for path, is_sure in copies_in(to, [photo]) if is_sure] == ["a.jpg", "a_2.jpg"]
    now = replace(photo, size=photo.path.stat().st_size)  # as a run has it that knows it by what it shows
    assert [path.name for path, is_sure in copies_in(to, [now]) if is_sure] == ["a.jpg", "a_2.jpg"]
    photo.path.unlink()
    assert [path.name for path, _ in copies_in(to, [photo])] == ["a.jpg"]


@pytest.mark.parametrize("link", ["symbolic", "hard"])
def test_links_lead_to_originals_and_are_found_again(tmp_path, to, link):
    photo, film = source_of(tmp_path / "in/a.jpg", b"picture"), source_of(tmp_path / "in/b.mp4", b"film", is_video=True)
    (to / "a.jpg").write_bytes(b"another")
    found = [put_original(source.path, to, link) for source in (photo, film)]
    assert found == [to / "a_2.jpg", to / "b.mp4"]
    assert [path.is_symlink() for path in found] == [link == "symbolic"] * 2
    assert all(path.samefile(source.path) for path, source in zip(found, (photo, film), strict=True))
    assert [put_original(source.path, to, link) for source in (photo, film)] == [None, None]
    assert list(copies_in(to, [photo, film])) == [(path, True) for path in found]


def test_links_that_cannot_be_made_are_said(tmp_path, to, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    photo = source_of(tmp_path / "in/a.jpg", b"picture")
    monkeypatch.setattr("facepipe.find.originals.os.link", refuse)
    with pytest.raises(UsageError, match="Invalid cross-device link; try --link symbolic"):
        put_original(photo.path, to, "hard")


@pytest.mark.parametrize("stem", ["trip.2022", "film (1)+", "f" * 240, "é" * 120])
def test_clips_are_known_by_their_names(tmp_path, to, stem):
    film = source_of(tmp_path / f"in/{stem}.mkv", b"film", is_video=True)
    name = clip_name(film.path, 61.9, 3600)
    assert name.endswith("_01-01_60-00.mp4")
    for content in (b"clip", b"another"):
        with placed(to, name, film.path) as (temporary, _):
            temporary.write_bytes(content)
    for other in ("film.mp4", "other_01-01_60-00.mp4", "film (1)+_01-01.mp4", name + ".txt"):
        (to / other[-60:]).write_bytes(b"film")
    found = list(copies_in(to, [film]))
    assert [path for path, _ in found] == [
        path for path in sorted(to.iterdir()) if clip_names([film]).fullmatch(path.name)
    ]
    assert len(found) == 2 and all(not is_sure and path.name.startswith(stem[:5]) for path, is_sure in found)


def test_the_originals_themselves_are_no_copies(tmp_path):
    photo = source_of(tmp_path / "in/a.jpg", b"picture")
    assert list(copies_in(tmp_path / "in", [photo])) == []
    assert list(copies_in(tmp_path / "in", [])) == []


def test_what_cannot_be_put_there_is_one_error_and_leaves_nothing(tmp_path, to):
    with (
        pytest.raises(StorageFull, match=r"cannot write .*a\.mp4: "),
        placed(to, "a.mp4", tmp_path / "gone.mkv") as (temporary, result),
    ):
        temporary.write_bytes(b"clip")
    assert result == [] and [path.name for path in to.iterdir()] == ["inner"]
