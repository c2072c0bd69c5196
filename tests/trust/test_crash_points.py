"""Every command, killed at any change of a file and run again, ends with the bytes of one that nobody disturbed.

Some points here; with -m slow some three hundred. A failure names its point: that one alone is FACEPIPE_CRASH_POINT.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from crashes import CrashServer, differences, snapshot
from small_run import RUN, put_strangers, write_crops

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@dataclass(frozen=True)
class World:
    """A server, and the folders from which every scenario begins."""

    server: CrashServer
    home: Path

    @property
    def out(self) -> Path:
        return self.home / "out"

    @property
    def roots(self) -> tuple[Path, Path]:
        return self.out, self.home / "export"

    def start_from(self, state: Callable[["World"], None]) -> None:
        """Bring the folders into the state that a function makes; made once, copied from then on."""
        saved = self.home / "saved" / state.__name__
        if not saved.exists():
            for root in self.roots:
                shutil.rmtree(root, ignore_errors=True)
            state(self)
            saved.mkdir(parents=True)
            for root in self.roots:
                if root.exists():
                    shutil.copytree(root, saved / root.name)
            return
        for root in self.roots:
            shutil.rmtree(root, ignore_errors=True)
            if (saved / root.name).exists():
                shutil.copytree(saved / root.name, root)

    def do(self, *argv) -> None:
        done = self.server.run(*argv, roots=self.roots)
        assert done.code == 0, done.said


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("crash")
    write_crops(home)
    server = CrashServer()
    yield World(server, home)
    server.close()


# What a person did before the command -----------------------------------------------------------------------------


def nothing(world: World) -> None:
    """An empty place."""


def first_run(world: World) -> None:
    world.do(*RUN, "--images", world.home / "first", "--out", world.out)
    put_strangers(world.out)
    world.do("sync", world.out)  # it has seen what is foreign


def edited(world: World) -> None:
    world.start_from(first_run)
    people = sorted(path for path in (world.out / "people").iterdir() if path.name.startswith("person"))
    people[0].rename(people[0].with_name("Anna"))
    for path in list(people[1].iterdir())[:2]:
        target = people[1].with_name("Ben") / path.name
        target.parent.mkdir(exist_ok=True)
        path.rename(target)


def synced(world: World) -> None:
    world.start_from(edited)
    world.do("sync", world.out)


def exported(world: World) -> None:
    world.start_from(synced)
    world.do("export", world.out, "--format", "coco", "--to", world.home / "export")


def emptied(world: World) -> None:
    world.start_from(synced)
    (world.out / "faces.csv").write_bytes(b"")
    (world.out / "faces.npz").unlink()


def robbed(world: World) -> None:
    world.start_from(synced)
    for folder in ("shards", "frames"):
        min(path for path in (world.out / folder).iterdir() if len(path.name) > 20).unlink()


@dataclass(frozen=True)
class Scenario:
    """before: what was done. command: what is killed. again: what mends it (default: the same). either: the end may
    also be as if the command had never begun; codes: how the second one may end."""

    before: Callable[[World], None]
    command: Callable[[World], tuple]
    again: Callable[[World], tuple] | None = None
    either: bool = False
    codes: tuple[int, ...] = (0,)


def run(*more):
    return lambda world: (*RUN, "--out", world.out, *more, "--images", world.home / "first")


def on_run(name, *more):
    return lambda world: (name, world.out, *more)


SCENARIOS = {
    "run": Scenario(nothing, run()),
    "add": Scenario(synced, lambda world: (*run()(world), world.home / "more")),
    "sync": Scenario(edited, on_run("sync")),
    "cluster": Scenario(edited, on_run("cluster", "--cluster", "dbscan", "--eps", "0.4", "--plots", "none")),
    "forget": Scenario(synced, on_run("forget", "--yes", "--person", "Anna"), again=on_run("sync"), either=True),
    "undo": Scenario(synced, on_run("undo"), again=on_run("sync"), either=True),
    "export": Scenario(synced, lambda w: ("export", w.out, "--format", "yolo", "--to", w.home / "export")),
    "export again": Scenario(exported, lambda w: ("export", w.out, "--format", "yolo", "--to", w.home / "export")),
    "fresh": Scenario(synced, run("--fresh", "--resize-ratio", "0.9")),
    "fresh again": Scenario(synced, run("--fresh", "--cluster", "dbscan")),
    "fresh, then without": Scenario(synced, run("--fresh"), again=run(), either=True),
    "mend": Scenario(emptied, on_run("sync")),
    "robbed": Scenario(robbed, run()),
}
_prepared: dict[str, tuple[dict, dict, int]] = {}


def prepared(world: World, name: str) -> tuple[dict, dict, int]:
    """The files before and after the undisturbed command, and how many changes it makes."""
    if name not in _prepared:
        scenario = SCENARIOS[name]
        world.start_from(scenario.before)
        before = snapshot(*world.roots)
        done = world.server.run(*scenario.command(world), roots=world.roots)
        assert done.code == 0, done.said
        _prepared[name] = before, snapshot(*world.roots), done.changes
    return _prepared[name]


def kill_and_mend(world: World, name: str, at: int) -> None:
    before, after, _ = prepared(world, name)
    scenario, point = SCENARIOS[name], f"{name}, killed at change {at}"
    world.start_from(scenario.before)
    killed = world.server.run(*scenario.command(world), roots=world.roots, at=at)
    assert killed.code in (-9, 0), f"{point}: {killed.said}"  # 0: threads made fewer changes this time
    mended = world.server.run(*(scenario.again or scenario.command)(world), roots=world.roots)
    assert mended.code in scenario.codes, f"{point}: {mended.said}"
    found = snapshot(*world.roots)
    wrong = differences(found, after)
    if wrong and scenario.either:
        wrong = min(wrong, differences(found, before), key=len)
    assert not wrong, f"{point}: {'; '.join(wrong[:5])}\n{mended.said}"


def points(changes: int, most: int, name: str) -> list[int]:
    """The first change, the last, and some between."""
    inner = range(2, changes)
    chosen = random.Random(name).sample(inner, min(most - 2, len(inner)))
    return sorted({1, changes, *chosen})


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_point(world, name):
    changes = prepared(world, name)[2]
    kill_and_mend(world, name, points(changes, 3, name)[1])


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_many_crash_points(world, name):
    wrong = []
    changes = prepared(world, name)[2]
    chosen = os.environ.get("FACEPIPE_CRASH_POINT")
    for at in [int(chosen)] if chosen else points(changes, int(os.environ.get("FACEPIPE_CRASH_POINTS", "27")), name):
        try:
            kill_and_mend(world, name, at)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, json.dumps(wrong, indent=1)
