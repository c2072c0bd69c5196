"""`facepipe models`: what it prints and returns."""

import argparse
from pathlib import Path

import pytest

from facepipe import models
from facepipe.commands.arguments.models import COMMAND
from facepipe.commands.models import run as run_models
from facepipe.console import Console
from facepipe.errors import ModelError, UsageError
from facepipe.models import locate
from facepipe.models.catalogue import catalogue, model_named
from facepipe.models.convert import converted


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run `facepipe models ARGS` with an empty home for pulled models; the exit code and the lines printed."""
    monkeypatch.delenv(locate.FOLDER_VARIABLE, raising=False)
    real = locate.cache_folder()
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setattr(locate, "converted", lambda model, paths, _: converted(model, paths, real / "converted"))

    def run(*words):
        parser = argparse.ArgumentParser()
        COMMAND.add_arguments(parser)
        code = run_models(parser.parse_args(words), Console())
        return code, capsys.readouterr().out.splitlines()

    return run


def test_list_names_every_model_and_its_licence(run):
    code, lines = run("list")
    assert code == 0
    assert [line.split()[0] for line in lines] == list(catalogue())
    for line, model in zip(lines, catalogue().values(), strict=True):
        assert model.licence in line and model.summary in line
    assert "installed" in lines[list(catalogue()).index("dlib-landmarks5")]
    assert "installed" not in lines[0]


def test_verify_finds_the_bad_file(run, tmp_path):
    code, lines = run("verify")
    assert code == 0
    assert f"{'centerface':21}  not installed" in lines
    assert sum("  ok  " in line for line in lines) >= 5
    bad = tmp_path / "folder" / model_named("yunet").file
    bad.parent.mkdir()
    bad.write_bytes(b"bad")
    code, lines = run("verify", "--models-dir", str(bad.parent))
    assert code == 2
    assert lines[0].startswith("yunet") and "BAD" in lines[0] and str(bad) in lines[0]


def test_path(run, tmp_path):
    assert run("path") == (0, [str(tmp_path / "cache" / "models")])
    assert run("path", "dlib-landmarks5") == (0, [str(models.find(model_named("dlib-landmarks5")))])
    with pytest.raises(ModelError, match="facepipe models pull yunet"):
        run("path", "yunet")


def test_pull_from_a_folder(run, tmp_path, shared_models):
    code, lines = run("pull", "yunet", "--models-dir", str(tmp_path / "new"), "--from", str(shared_models))
    assert (code, lines) == (0, [str(tmp_path / "new" / model_named("yunet").file)])
    assert run("path", "yunet", "--models-dir", str(tmp_path / "new")) == (0, lines)
    with pytest.raises(UsageError, match="unknown model"):
        run("pull", "hog")


def test_a_model_of_two_files(run, tmp_path, shared_models):
    wanted = ("--models-dir", str(tmp_path / "new"))
    code, (path,) = run("pull", "retail-0095", *wanted, "--from", str(shared_models))
    assert code == 0 and models.session(Path(path)).outputs == {"658": ("n", 256, 1, 1)}
    assert run("path", "retail-0095", *wanted) == (0, [path])
    assert f"{'retail-0095':21}  ok  {path}" in run("verify", *wanted)[1]
    states = {line.split()[0]: line.split()[1] for line in run("list", *wanted)[1]}
    assert {name for name, state in states.items() if "retail" in name and state == "installed"} == {
        "retail-0095",
        "retail-0095-xml",
        "retail-0095-bin",
    }
    with pytest.raises(ModelError, match="facepipe models pull retail-0095"):
        run("path", "retail-0095")
