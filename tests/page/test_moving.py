"""A few seconds of video around a face, for the page."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from browser import browser, missing
from commandline_here import run_here
from page_in_browser import Page
from reviewed import reviewed

from facepipe.page.pictures import moving
from facepipe.runs.opening import load_run


@pytest.fixture(scope="module")
def out(tmp_path_factory, sample_clip):
    out = tmp_path_factory.mktemp("moving") / "out"
    quick = ("--detector", "hog", "--no-cloth", "--plots", "none", "--annotations", "none")
    run_here("run", sample_clip, "--out", out, "--stop", "3", *quick)
    return out


def test_several_tabs_may_ask_for_one_face_at_once(out):
    folder = load_run(out)
    table, before = folder.table(), {*out.iterdir()}
    with ThreadPoolExecutor(4) as pool:
        clips = [*pool.map(lambda _: moving(folder, table, 0), range(12))]
    assert {clip[4:8] for clip in clips} == {b"ftyp"} and len({*map(len, clips)}) == 1
    assert {*out.iterdir()} == before


@pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")
def test_a_player_goes_to_any_moment_of_it(out):
    with reviewed(out) as review, browser() as driver:
        page = Page(driver)
        page.open(review, "person/person_001")
        page.until("document.activeElement.matches('.tile')")
        page.press("o", "v")
        page.until("document.querySelector('video')?.readyState >= 2")
        page.run("const film = document.querySelector('video'); film.pause(); film.currentTime = 1")
        page.until("!document.querySelector('video').seeking")
        assert page.run("return document.querySelector('video').currentTime") == pytest.approx(1, abs=0.1)
        assert page.errors() == []
