"""What the README and docs/ tell a reader to type is typed here, and works; what they speak of is there."""

import argparse
import ast
import csv
import importlib.util
import re
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from made_once import made_once
from pages import PAGES, ROOT, prose, steps
from reader import NOT_TYPED, Reader, make_world

from facepipe.cli import main
from facepipe.commands import COMMANDS
from facepipe.registry import REGISTRIES, registry_of

README = ROOT / "README.md"
OTHERS_FLAGS = {"--reach", "--digits"}  # of the plug-ins that a page writes
TREE_WIDTH = 29  # columns of names in the README's tree of a run


@dataclass(frozen=True)
class World:
    """said: what the first run printed."""

    folder: Path
    said: str


@pytest.fixture(scope="module")
def world(tmp_path_factory, sample_clip):
    """A checkout's files, photos, and the two runs that the pages begin with, made by their own commands."""

    def make(home):
        folder, said = make_world(home / "project", sample_clip), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.chdir(folder)
            assert main(["run", "clip.mp4"]) == 0
            pictures = ["home/Pictures", "--known", "home/friends", "--out", "pictures_dataset"]
            assert main(["run", *pictures, "--quiet"]) == 0
        return folder, said.getvalue()

    return World(*made_once(tmp_path_factory, "world", make))


@pytest.fixture
def reader(world, tmp_path, monkeypatch, capsys):
    folder = shutil.copytree(world.folder, tmp_path / "project")
    return Reader(folder, monkeypatch, capsys)


def graphs(text: str) -> dict[str, str]:
    """The functions of a piece of code, as syntax trees without places."""
    return {node.name: ast.dump(node) for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_snippet_works(page, reader):
    for step in steps(page):
        assert step.kind in ("sh", "python", "toml", "text", "inline"), f"{page.name}:{step.line}: {step.kind!r}"
        if step.kind == "python" and "to_pandas()" in step.text and importlib.util.find_spec("pandas") is None:
            continue  # no dependency of the project
        if "def frames_graph(" not in step.text:
            reader.do(step)
        elif "class " not in step.text:
            assert graphs(step.text) == graphs((ROOT / "driver.py").read_text(encoding="utf-8"))
        else:
            edit_driver(reader, step.text)


def edit_driver(reader: Reader, text: str) -> None:
    """Put a page's node and graph into driver.py, and run that."""
    driver, end = reader.folder / "driver.py", '\n\nif __name__ == "__main__":'
    before, _, after = driver.read_text(encoding="utf-8").partition(end)
    driver.write_text(f"{before}\n\n{text}{end}{after}", encoding="utf-8")
    reader.type("python driver.py clip.mp4 --out edited_dataset --plots none --annotations none")
    wide = [int(row["right"]) - int(row["left"]) for row in rows(reader.folder / "edited_dataset")]
    assert len(wide) < len(rows(reader.folder / "clip_dataset")) and min(wide) >= 140
    shutil.copyfile(ROOT / "driver.py", driver)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "faces.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_what_is_not_typed_is_written_somewhere():
    written = [f"{line.strip()}\n" for page in PAGES for step in steps(page) for line in step.text.splitlines()]
    for start in NOT_TYPED:
        assert any(line.startswith(start) for line in written), f"no page says {start!r} any more"


def test_no_command_hides_from_this_test():
    for page in PAGES:
        hidden = re.findall(r"^ {4,}(?:facepipe|python|make|import) .*", prose(page), re.MULTILINE)
        assert not hidden, f"{page.name}: put it into a fenced block: {hidden[0]}"


def test_the_readme_shows_what_a_run_says(world):
    said = {shape(line) for line in world.said.splitlines()}
    (shown,) = [step.text for step in steps(README) if "finds the faces" in step.text]
    shown = shown.replace("panel_dataset", "clip_dataset")
    assert [line for line in shown.splitlines() if line.strip() != "..." and shape(line) not in said] == []


def shape(line: str) -> str:
    """A line without its numbers, and without the names of the models that happened to be installed."""
    line = re.sub(r"^\S+ finds the faces, \S+ tells", "A finds the faces, B tells", line)
    return re.sub(r"\s*[\d.]+", " 9", line)


def test_the_readme_lists_what_a_run_leaves(world):
    (tree,) = [step.text for step in steps(README) if step.text.startswith("panel_dataset/\n")]
    names = [name for line in tree.splitlines()[1:] for name in line[:TREE_WIDTH].split()]
    out = world.folder / "clip_dataset"
    assert [name for name in names if not (out / name).exists()] == []
    assert {name.split("/")[0] for name in names} == {path.name for path in out.iterdir()}
    formats = {name.split("/")[1] for name in names if name.startswith("annotations/")}
    assert formats == {path.name for path in (out / "annotations").iterdir()}


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    found = set()
    for action in parser._actions:
        found |= {*action.option_strings}
        if isinstance(action, argparse._SubParsersAction):
            found = found.union(*map(flags_of, action.choices.values()))
    return found


def test_every_option_that_a_page_names_exists():
    known = {"--quiet", "--verbose", "--help", "--version", *OTHERS_FLAGS}
    for plugin in COMMANDS:
        parser = argparse.ArgumentParser()
        plugin.load().add_arguments(parser)
        known |= flags_of(parser)
    for page in PAGES:
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose(page)))
        assert named <= known, f"{page.name}: {sorted(named - known)}"


def test_links_lead_somewhere_and_every_page_is_listed():
    for page in PAGES:
        links = [link for link in re.findall(r"\]\(([^)]+)\)", prose(page)) if not link.startswith("http")]
        assert [link for link in links if not leads_somewhere(page, link)] == [], page.name
    contents = ROOT / "docs" / "README.md"
    listed = contents.read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page not in (README, contents) and f"({page.name})" not in listed] == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in a link to them, as GitHub and others make it."""
    titles = re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE)
    titles = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_a_link_to_a_heading_that_is_not_there_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# What `it` is, and [why](x.md)\n\n```sh\n# no heading\n```\n", encoding="utf-8")
    assert leads_somewhere(page, "#what-it-is-and-why") and leads_somewhere(page, "page.md#what-it-is-and-why")
    assert not leads_somewhere(page, "#no-heading") and not leads_somewhere(page, "other.md")


def test_every_kind_of_plug_in_is_on_its_page():
    text = prose(ROOT / "docs" / "plugging-in.md")
    for kind, target in REGISTRIES.items():
        folder = target.partition(":")[0].replace(".", "/")
        row = next((line for line in text.splitlines() if line.startswith(f"| {kind} |")), "")
        assert f"`{folder}`" in row and f"`{registry_of(kind).group}`" in row, kind
