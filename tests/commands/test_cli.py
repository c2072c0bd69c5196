"""The command line itself: what was meant by a wrong word, what stands on which stream, how options are switched."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import environment
from panel_run import panel_run

from facepipe.cli import main
from facepipe.commands import COMMANDS
from facepipe.commands.settings_options import add_settings, settings_from
from facepipe.settings import Settings


@pytest.fixture
def run(capsys):
    """`facepipe ARGUMENTS` in this process: (standard output, standard error)."""

    def run(*arguments, code=0):
        assert main([str(argument) for argument in arguments]) == code
        return tuple(capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def panel(tmp_path_factory, sample_clip):
    """A copy of the run that tests share, which the tests here may change."""
    return shutil.copytree(panel_run(tmp_path_factory, sample_clip), tmp_path_factory.mktemp("cli") / "panel")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("exprot", "x"), "unknown command 'exprot': did you mean export?"),
        (("frobnicate",), f"unknown command 'frobnicate': choose one of {', '.join(COMMANDS.names)}"),
        (("run", "x.mp4", "--detectr", "cnn"), "unknown option --detectr: did you mean --detector? (see facepipe run "),
        (("run", "x.mp4", "--detectr=cnn"), "unknown option --detectr: did you mean --detector? (see facepipe run "),
        (("run", "x.mp4", "--upper-bodies"), "unknown option --upper-bodies: did you mean --upper-body? "),
        (("run", "x.mp4", "--qqq"), "unknown option --qqq (see facepipe run --help)"),
        (("cluster", "x", "--interval", "2"), "unknown option --interval"),  # no option of this command
        (("cluster", "x", "--clust", "hac"), "unknown option --clust: did you mean --cluster?"),  # not abbreviated
        (("cluster", "x", "y"), "unexpected argument y (see facepipe cluster --help)"),
        (("find", "x", "--list", "--peson", "Ann"), "unknown option --peson: did you mean --person?"),
        (("forget", "x", "--person", "Ann", "--person", "Ben"), "--person takes one name, and was given Ann and Ben"),
        (("find", "x", "--list", "--person=Ann", "--person=Ben"), "--person takes one name, and was given Ann and Ben"),
        (("suggest", "x", "--", "-y"), "unexpected argument -y (see facepipe suggest --help)"),
        (("--quiet", "run", "x"), "unknown option --quiet: those of a command stand behind it (see facepipe --help)"),
        (("--versoin",), "unknown option --versoin: did you mean --version? (see facepipe --help)"),
        (("sync",), "required: OUT (see facepipe sync --help)"),
        (("tune", "x", "--truth", "y", "--metric", "best"), "invalid choice: 'best'"),
    ],
)
def test_a_wrong_word_is_one_line_that_says_what_was_meant(run, arguments, message):
    out, errors = run(*arguments, code=2)
    assert not out and errors.startswith("facepipe: ") and message in errors and errors.count("\n") == 1


@pytest.mark.parametrize(
    "words", [("--", "-a.jpg", "b.jpg"), ("b.jpg", "--", "-a.jpg"), ("--quiet", "--", "-a.jpg", "b.jpg")]
)
def test_what_stands_behind_two_dashes_is_no_option(run, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    for name in ("-a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"x")
    out, _ = run("inventory", *words)
    assert ".jpg        photo           2" in out


def process(code: str) -> subprocess.CompletedProcess:
    """`facepipe` as a shell's line has it; $facepipe stands for it."""
    code = code.replace("$facepipe", f"'{sys.executable}' -m facepipe")
    return subprocess.run(["sh", "-c", code], env=environment(), capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(os.name == "nt", reason="shells there close no streams")
def test_streams_that_are_closed_stop_nothing(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
        done = process(f"$facepipe inventory --quiet '{tmp_path}' --plot '{tmp_path}/plot.png' {closed}")
        assert (done.returncode, done.stderr) == (0, "") and bool(done.stdout) is (closed == "2>&-")
        assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(os.name == "nt", reason="a folder that is in use stays there")
def test_a_folder_that_is_gone_is_said(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    done = process(f"mkdir '{tmp_path}/gone' && cd '{tmp_path}/gone' && rmdir ../gone && $facepipe run ../a.jpg")
    assert (done.returncode, done.stderr) == (2, "facepipe: the current folder is gone: go to another one\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file here that is always full")
def test_an_answer_that_cannot_be_written_is_an_error_and_a_message_is_not(tmp_path):
    done = process("$facepipe models path >/dev/full")
    assert done.returncode == 2
    assert done.stderr == "facepipe: cannot write to standard output: No space left on device\n"
    assert process("$facepipe inventory /nowhere 2>/dev/full").returncode == 2
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert process(f"$facepipe inventory '{tmp_path}' --plot '{tmp_path}/plot.png' 2>/dev/full").returncode == 0


def test_what_libraries_warn_of_is_one_line_without_their_source():
    code = "import warnings; from facepipe import cli; cli.main = lambda argv: warnings.warn('a\\nb') or 0; cli.entry()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(PYTHONWARNINGS=""), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "warning: a b\n")


def test_help_names_every_command_and_every_command_has_examples(capsys):
    for words in (["--help"], []):
        with pytest.raises(SystemExit, match="0"):
            main(words)
        shown = capsys.readouterr().out
        assert all(f"\n  {plugin.name} " in shown and plugin.summary in shown for plugin in COMMANDS)
    for name in COMMANDS.names:
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        assert f"\n    facepipe {name} " in capsys.readouterr().out


def test_answers_stand_on_standard_output_and_messages_on_standard_error(run, panel):
    assert run("sync", panel) == ("", "nothing has changed\n")
    faces = [path.stem for path in sorted((panel / "people" / "person_001").glob("*[0-9].jpg"))[:2]]
    out, said = run("explain", panel, *faces)
    assert f"{faces[0]} is in people/person_001\n" in out and not said
    assert run("explain", panel, *faces, "--quiet") == (out, "")  # what was asked for is never hidden
    out, said = run("inventory", panel, "--plot", panel.parent / "types.png")
    assert out.startswith("type ") and said == f"chart    {panel.parent / 'types.png'}\n"


@pytest.mark.parametrize("words", [("find", "--everybody", "--unnamed"), ("sidecars",), ("render",)])
def test_nothing_is_written_into_the_folder_of_the_run_itself(run, panel, words):
    before = sorted(panel.rglob("*"))
    inside = panel / "people" / "person_001"
    assert f"--to {inside} lies in the run's own folder" in run(words[0], panel, *words[1:], "--to", inside, code=2)[1]
    assert sorted(panel.rglob("*")) == before


def test_the_result_of_a_run_is_no_input(run, panel, tmp_path):
    _, said = run("run", panel, "--out", tmp_path / "out", code=2)
    assert said == f"facepipe: {panel} is what a run has made: name the videos and photos it is made of\n"


def test_corrections_are_read_back_on_standard_error(run, panel):
    people = panel / "people"
    (people / "person_001").rename(people / "Ann")
    out, said = run("sync", panel)
    assert not out and "person_001" in said and "Ann" in said
    out, said = run("undo", panel)
    assert not out and said.startswith("undone: ") and (people / "person_001").is_dir()


def test_plots_and_upper_bodies_are_chosen_anew_without_encoding_again(run, panel):
    def plots():
        return {path.name for path in (panel / "plots").iterdir()}

    def bodies():
        return len(list((panel / "people").glob("*/*_body.jpg")))

    assert {"everybody.jpg", "scatter.png"} < plots() and not bodies()
    out, _ = run("cluster", panel, "--plots", "timeline,clusters", "--upper-body")
    assert " faces, 8 people" in out.splitlines()[0]
    assert plots() == {"timeline.png", "clusters.png"} and bodies()
    run("cluster", panel)  # what was chosen stays
    assert plots() == {"timeline.png", "clusters.png"} and bodies()
    assert run("cluster", panel, "--plots", "none", "--no-upper-body", "--quiet") == ("", "")
    assert not (panel / "plots").exists() and not bodies()
    _, errors = run("cluster", panel, "--plots", "pie", code=2)
    assert errors.startswith("facepipe: unknown plot 'pie': choose all, none, or among everybody, timeline, ")


@pytest.mark.parametrize(
    ("words", "base", "expected"),
    [
        ((), False, False),
        ((), True, True),
        (("--upper-body",), False, True),
        (("--no-upper-body",), True, False),
        (("--upper-body", "--no-upper-body"), False, False),
    ],
)
def test_what_can_be_switched_on_can_be_switched_off(words, base, expected):
    parser = argparse.ArgumentParser()
    add_settings(parser, "output")
    settings = settings_from(parser.parse_args(words), Settings.of(upper_body=base))
    assert settings.output.upper_body is expected
