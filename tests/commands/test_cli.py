"""The command line itself: what was meant by a wrong word, what stands on which stream, how options are switched."""

import argparse
import shutil

import pytest
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
        (("sync",), "required: OUT (see facepipe sync --help)"),
        (("tune", "x", "--truth", "y", "--metric", "best"), "invalid choice: 'best'"),
    ],
)
def test_a_wrong_word_is_one_line_that_says_what_was_meant(run, arguments, message):
    out, errors = run(*arguments, code=2)
    assert not out and errors.startswith("facepipe: ") and message in errors and errors.count("\n") == 1


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
