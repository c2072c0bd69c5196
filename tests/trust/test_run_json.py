"""A run.json of any content: every command reads it or refuses it in one line, and never fails in another way."""

import copy
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_run import RUN, facepipe, write_crops

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, 2**63, -1, 1e308])
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\0", "\ud800", "a" * 300, "/", "..", "people/x.jpg", "run.json", "faces.csv", "unknown"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(folder to work in, OUT of a run that stays as it is, what its run.json holds)."""
    home = write_crops(tmp_path_factory.mktemp("json"))
    facepipe(*RUN, "--images", home / "first", "--out", home / "out", "--annotations", "none")
    return home, home / "out", json.loads((home / "out" / "run.json").read_text())


def entries(value, path=()):
    """The paths of all entries of nested builtins."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from entries(inner, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def mutated(data, values) -> str:
    values = copy.deepcopy(values)
    for _ in range(data.draw(st.integers(1, 3))):
        # Every entry of the whole as often as all that is inside the others.
        places = list(entries(values)) or [("format",)]
        path = data.draw(st.sampled_from([place for place in places if len(place) == 1]) | st.sampled_from(places))
        parent, key = at(values, path[:-1]), path[-1]
        if data.draw(st.integers(0, 3)):
            parent[key] = data.draw(anything)
        elif isinstance(parent, dict):
            parent.pop(key, None)
        else:
            del parent[key]
    return json.dumps(values)


def check(data, made, commands) -> None:
    home, whole, values = made
    text = mutated(data, values)
    for command, *more in commands:
        out = home / "changed"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(whole, out)
        (out / "run.json").write_text(text)
        inputs = ("--images", home / "first", "--out", out) if command == "run" else (out,)
        done = facepipe(*(RUN if command == "run" else (command,)), *inputs, *more, code=None)
        said = [line for line in done.stderr.splitlines() if line.startswith("facepipe: ")]
        assert done.returncode in (0, 2), (command, done.stderr)
        assert "unexpected" not in done.stderr and len(said) == (done.returncode == 2), (command, done.stderr)


quietly = {"suppress_health_check": list(HealthCheck)}


@settings(max_examples=30, **quietly)
@given(st.data())
def test_a_run_json_that_somebody_changed_is_read_or_refused(made, data):
    check(data, made, [("sync",)])


@pytest.mark.slow
@settings(max_examples=1000, **quietly)
@given(st.data())
def test_many_changes_to_run_json_for_every_command(made, data):
    home, _, _ = made
    to = home / "export"
    commands = [("run",), ("sync", "--all"), ("cluster", "--plots", "none"), ("export", "--format", "csv", "--to", to)]
    commands += [("run", "--fresh"), ("undo",), ("find", "--person", "person_001", "--list")]
    check(data, made, [data.draw(st.sampled_from(commands))])
