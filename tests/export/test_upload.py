"""An export that goes to an address: the same files as in a folder, the card last, or nothing."""

from pathlib import Path

import pytest
from commandline import state
from commandline_here import run_here
from made_run import made_run
from remote_files import SECRET, emptied

TO = f"broken://me:{SECRET}@set"


@pytest.fixture
def run(tmp_path):
    return made_run(tmp_path / "out").path


def export(run: Path, to, check=True):
    return run_here("export", run, "--format", "yolo", "--to", to, check=check)


def test_the_files_are_those_of_a_folder_and_the_card_comes_last(run, tmp_path):
    files = emptied("broken")
    done = export(run, TO)
    export(run, tmp_path / "set")
    here = {path.relative_to(tmp_path / "set").as_posix() for path in (tmp_path / "set").rglob("*") if path.is_file()}
    assert {key.removeprefix("/set/") for key in files.store} == here
    assert all(files.cat_file(f"/set/{name}") == (tmp_path / "set" / name).read_bytes() for name in here)
    nested = ["/" in key.removeprefix("/set/") for key in files.store]  # in the order in which they came
    assert nested == sorted(nested, reverse=True) and not nested[-1]
    assert "dataset  broken://set   card broken://set/README.md" in done.stdout and SECRET not in done.said
    assert "broken://set" in [entry["path"] for entry in state(run)["exports"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films", "out", "set"]
    forgot = run_here("forget", run, "--person", min(path.name for path in (run / "people").glob("person_*")), "--yes")
    assert "the yolo export at broken://set may still hold the person: delete it" in forgot.stderr


def test_an_address_that_holds_something_is_refused_an_export_too(run):
    files = emptied("broken")
    files.pipe_file("/set/letter.txt", b"Dear Marta")
    refused = "facepipe: broken://set holds something already: name another address with --to, or empty it"
    done = export(run, TO, check=False)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith(refused)
    assert list(files.store) == ["/set/letter.txt"]
    files = emptied("broken")
    export(run, TO)
    there = dict(files.store)
    done = export(run, TO, check=False)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith(refused)
    assert files.store == there


def test_where_a_file_cannot_be_written_nothing_is_left(run, tmp_path, monkeypatch):
    files = emptied("broken")
    real = type(files)._open

    def until_a_label(self, path, mode="rb", **options):
        if "labels" in path and mode == "wb":
            raise OSError(28, "No space left on device")
        return real(self, path, mode, **options)

    monkeypatch.setattr(type(files), "_open", until_a_label)
    done = export(run, TO, check=False)
    assert done.returncode == 2 and done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("facepipe: cannot write broken://set/labels/") and last.endswith("No space left on device")
    assert list(files.store) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films", "out"]
