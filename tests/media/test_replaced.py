"""Whether an input is still what the run has looked at, as all who read one again ask."""

import os
from pathlib import Path

import pytest
from made_run import made_run

from facepipe.errors import DecodeError
from facepipe.files.hashing import sha256_of
from facepipe.media.replaced import why_not
from facepipe.page.pictures import moving


@pytest.fixture
def folder(tmp_path):
    folder = made_run(tmp_path / "out", annotations=(), plots=())
    (entry,) = folder.state.inputs
    folder.update(inputs=(entry._replace(sha256=sha256_of(entry.path)),))
    return folder


def test_a_file_is_what_it_was_by_its_content_not_its_time(folder):
    (entry,) = folder.state.inputs
    assert why_not(folder, entry) == ""
    os.utime(entry.path, ns=(1, 1))
    assert why_not(folder, entry) == ""
    Path(entry.path).write_bytes(b"A CLIP")
    assert why_not(folder, entry) == f"{entry.path} shows something else than before: run facepipe again"
    assert why_not(folder, entry, "is another") == f"{entry.path} is another"
    Path(entry.path).unlink()
    assert why_not(folder, entry).startswith(f"{entry.path} is gone: put it back")


def test_of_a_video_in_the_place_of_another_as_large_nothing_is_played(folder):
    (entry,) = folder.state.inputs
    Path(entry.path).write_bytes(b"A CLIP")
    os.utime(entry.path, ns=(1, 1))
    with pytest.raises(DecodeError, match="shows something else than before"):
        moving(folder, folder.table(), 0)
