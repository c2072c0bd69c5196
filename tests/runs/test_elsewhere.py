"""Where the exports of a run go is noted in run.json, which must stay readable."""

from pathlib import Path

import pytest
from stored_frames import start

from facepipe.errors import StoreError
from facepipe.runs.elsewhere import note_export
from facepipe.runs.opening import load_run

NO_TEXT = "x\udcff"  # as Python has a name of the byte 0xFF alone


def test_what_could_not_be_read_back_is_not_noted(tmp_path):
    folder = start(tmp_path / "out")
    note_export(folder, tmp_path / "good", "csv")
    with pytest.raises(StoreError, match="x\N{REPLACEMENT CHARACTER} has a name that is not valid UTF-8: rename it"):
        note_export(folder, tmp_path / NO_TEXT, "csv")
    assert [Path(entry.path).name for entry in load_run(folder.path).state.exports] == ["good"]


def test_a_python_that_reads_names_otherwise_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.getfilesystemencoding", lambda: "ascii")
    with pytest.raises(StoreError, match="is a name that Python reads as ascii here: set PYTHONUTF8=1"):
        note_export(start(tmp_path / "out"), tmp_path / "\udce2\udc98\udc83", "csv")
