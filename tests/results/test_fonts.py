"""Names in letters that come along with no font: boxes stand for them until the machine has one."""

from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest
from commandline import files, state
from commandline_here import run_here
from dataset_world import talk_show
from made_run import made_run
from matplotlib.ft2font import FT2Font

from facepipe.imaging import fonts

STIX = Path(matplotlib.get_data_path(), "fonts", "ttf", "STIXGeneral.ttf")


@pytest.fixture
def install(monkeypatch):
    """Makes these the fonts of the system."""

    def these(*paths):
        found = {path: frozenset(FT2Font(str(path)).get_charmap()) for path in paths}
        monkeypatch.setattr(fonts, "_system_fonts", lambda: found)
        fonts._with.cache_clear()

    yield these
    fonts._with.cache_clear()


def test_what_has_a_name_in_it_is_drawn_anew_when_there_is_a_font(tmp_path, install):
    letters = FT2Font(str(STIX)).get_charmap().keys() - fonts._glyphs()
    name = "".join([*filter(str.isalpha, map(chr, sorted(letters)))][:3])
    assert len(name) == 3
    out = tmp_path / "out"
    install()
    spots = [replace(spot, person=name) if spot.person == "person_001" else spot for spot in talk_show(2, 2)]
    made_run(out, spots, plots=("all",))
    run_here("sync", out, "--all")
    assert [note.partition(", such")[0] for note in state(out)["notes"] if "font" in note] == [
        f"no font here has all letters of {name}: install one"
    ]
    before = files(out)
    run_here("sync", out, "--all")
    assert files(out) == before
    install(STIX)
    run_here("sync", out, "--all")
    assert not any("font" in note for note in state(out)["notes"])
    after = files(out)
    drawn = {path for path in before if after[path] != before[path] and path.endswith((".jpg", ".png"))}
    assert drawn == {f"montage/{name}.jpg"} | {path for path in before if path.startswith("plots/")}
    assert {"plots/everybody.jpg", "plots/clusters.png", "plots/timeline.png"} <= drawn
