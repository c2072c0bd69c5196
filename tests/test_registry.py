"""What other packages add to the tables of plug-ins, and what of it is refused."""

from copy import copy
from importlib.metadata import EntryPoints, PathDistribution

import pytest

from facepipe import registry
from facepipe.errors import UsageError
from facepipe.registry import REGISTRIES, registry_of


@pytest.mark.parametrize("kind", REGISTRIES)
def test_what_is_of_another_kind_is_refused_by_name_and_stops_nothing_else(tmp_path, monkeypatch, kind):
    before = dict(registry_of(kind).loaded())
    table = copy(registry_of(kind))
    table.__dict__.pop("_plugins", None)
    (tmp_path / "METADATA").write_text("Name: facepipe-wrong\nVersion: 1\n")
    (tmp_path / "entry_points.txt").write_text(f"[{table.group}]\nwrong = facepipe.settings:CORES\n")
    monkeypatch.setattr(registry, "_entry_points", lambda: EntryPoints(PathDistribution(tmp_path).entry_points))
    assert "wrong" in table.names and dict(table.loaded()) == before
    with pytest.raises(UsageError, match=r"^'wrong' of the package facepipe-wrong is no [A-Z]\w+: ask its makers$"):
        table.load("wrong")
    assert "is no" in table["wrong"].summary
