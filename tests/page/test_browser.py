"""The page in a real browser, by keyboard, by touch, in two tabs, and with a server that is killed."""

import json
import shutil
import signal
from collections import Counter

import pytest
from browser import browser, missing
from commandline import rows
from commandline_here import run_here
from page_in_browser import Page
from panel_run import panel_run
from reviewed import reviewed, served

from facepipe.people.written import names_written
from facepipe.results.update import update_results
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")
MOST_QUESTIONS = 60


# --- a whole review ---------------------------------------------------------------------------------------------------


@pytest.fixture
def planted(tmp_path_factory, sample_clip, tmp_path):
    """A run of the sample clip with three mistakes: a person in two, a track with somebody else, a track with nobody.
    Returns the run and who everybody really is."""
    out = shutil.copytree(panel_run(tmp_path_factory, sample_clip), tmp_path / "out")
    with locked(out):
        folder = load_run(out)
        truth, table = names_written(folder), folder.table()
        tracks: dict[str, Counter] = {}
        for name, track in zip(table.person, table.track.tolist(), strict=True):
            if name and track >= 0:
                tracks.setdefault(name, Counter())[track] += 1
        first, second, third, fourth = sorted(tracks, key=lambda name: -len(tracks[name]))[:4]
        place = dict.fromkeys([*tracks[first]][: len(tracks[first]) // 2], "person_099")
        place |= {tracks[second].most_common()[-1][0]: third, tracks[fourth].most_common()[-1][0]: ""}
        wrong = {
            face: place.get(track, truth[face]) for face, track in zip(table.face_id, table.track.tolist(), strict=True)
        }
        assert len({*wrong.values()}) > len({*truth.values()})
        update_results(folder, wrong)
    return out, truth


class Person:
    """Somebody at the keyboard who knows who everybody is."""

    def __init__(self, page: Page, truth: dict[str, str]) -> None:
        self.page, self.truth = page, truth
        self.called = {name: name for name in truth.values()}

    def who(self, faces: list[str]) -> str:
        return Counter(self.truth[face] for face in faces).most_common(1)[0][0]

    def answer(self, kind: str, panels: list[list[str]], tiles: list[tuple[str, bool]], shown: list[str]) -> None:
        page = self.page
        if kind == "name":
            who = self.who(panels[0])
            self.called[who] = f"Real {who}"
            page.press("m", self.called[who], "\ue007")
        elif len(panels) > 1 and self.who(panels[0]) == self.who(panels[1]):
            page.press("y")
        elif len(panels) == 3:  # the third is whose it is likely to be
            page.press(*("n" if self.who(panels[0]) == self.who(panels[2]) else "x"))
        elif len(panels) == 2 and kind == "odd":
            page.press("m", self.called[self.who(panels[0])], "\ue007")
        elif len(panels) == 2:
            page.press("n")
        else:
            person = self.who(shown or [face for face, _ in tiles])
            for face, is_ticked in tiles:
                wanted = kind != "strangers" and (self.truth[face] == person) == (kind in ("also", "unknown"))
                page.press(*([" "] if wanted != is_ticked else []), "\ue014")
            page.press("y")


def test_a_whole_review_by_keyboard_alone(chrome, planted):
    out, truth = planted
    with reviewed(out) as review:
        chrome.open(review, "questions")
        person, before = Person(chrome, truth), ""
        for _ in range(MOST_QUESTIONS):
            kind, before, *pictures = chrome.until(lambda last=before: question_after(chrome, last))
            if kind == "none":
                break
            person.answer(kind, *pictures)
        assert chrome.texts("main h1") == ["Nothing left to ask"]
        chrome.press("4")
        chrome.until(
            "document.querySelector('.history li') && document.querySelectorAll('.history .none').length === 0"
        )
        chrome.press("w")
        chrome.until("document.querySelector('.card p').textContent.includes('show what was said')")
        assert chrome.errors() == []
        assert review.end() == 0
    found = {row["face_id"]: row["person"] for row in rows(out)}
    names = {name: Counter(found[face] for face in truth if truth[face] == name) for name in {*truth.values()} - {""}}
    assert all(len(one) == 1 for one in names.values()), "everybody is one person again"
    assert len({name for one in names.values() for name in one}) == len(names), "and nobody two"
    assert any(name.startswith("Real ") for name in found.values())
    assert "decisions in" in review.said and "undo takes the last one back" in review.said


def test_the_question_that_is_shown_stays_until_it_is_answered_or_about_what_is_not_so(chrome, planted):
    out, _ = planted
    with served(out) as review:
        chrome.open(review, "questions")
        kind, shown, *_ = chrome.until(lambda: question_after(chrome, ""))
        assert kind == "merge", "somebody who is two people, as planted"
        one, other = chrome.texts(".panel h2 a")
        review.ask("/api/skip", {"question": shown})  # another tab: it is in no list of the server any more
        anybody = next(name for name in people_of(review) if name not in (one, other))
        say_elsewhere(chrome, review, {"say": "rename", "person": anybody, "name": "Anna"})
        assert all(found["id"] != shown for found in review.ask("/api/questions")[1]["questions"])
        assert question_after(chrome, "")[1] == shown, "a key that is about to be pressed goes to no other question"
        say_elsewhere(chrome, review, {"say": "merge", "people": [other], "into": one})
        other_one = chrome.until(lambda: question_after(chrome, shown))[1]
        before = (out / "decisions.jsonl").read_text(encoding="utf-8")
        chrome.press("s")  # meant for the one that was there
        assert question_after(chrome, "")[1] == other_one
        chrome.said("settled elsewhere")
        assert (out / "decisions.jsonl").read_text(encoding="utf-8") == before
        assert chrome.errors() == []


def people_of(review) -> list[str]:
    return [person["name"] for person in review.ask("/api/people")[1]["people"]]


def say_elsewhere(page: Page, review, answer: dict) -> None:
    """Say something from another tab, and wait until the page has the questions that are left."""
    assert review.ask("/api/say", answer)[0] == 200
    page.until(lambda: review.ask("/api/questions")[1]["fresh"])
    page.run("window.dispatchEvent(new Event('focus'))")
    number = review.ask("/api/questions")[1]["number"]
    page.until(
        "import('/static/asking.js').then(({ asking }) => asking.fresh && asking.number >= arguments[0])", number
    )


def question_after(page: Page, before: str):
    """(kind, id, faces by panel, (face, whether it is ticked) by tile, faces beside) of a question that is another than
    `before`, read at one moment; ("none", "") at the end; None while it is not there."""
    return page.run(
        """
        const question = document.querySelector(".question");
        if (!question)
            return document.querySelector("main h1")?.textContent === "Nothing left to ask" ? ["none", ""] : null;
        if (question.dataset.id === arguments[0]) return null;
        const all = (where, what) => [...where.querySelectorAll(what)];
        const faces = (where) => all(where, "[data-face]").map((e) => e.dataset.face);
        const tiles = all(question, ".grid .tile").sort((a, b) => a.dataset.index - b.dataset.index);
        return [
            question.dataset.kind, question.dataset.id, all(question, ".panel").map(faces),
            tiles.map((e) => [e.dataset.face, e.ariaSelected === "true"]), all(question, ".samples").flatMap(faces),
        ];
        """,
        before,
    )


# --- people -----------------------------------------------------------------------------------------------------------


def test_names_merges_and_undo_by_keyboard(chrome, out):
    with served(out) as review:
        chrome.open(review, "people")
        chrome.until("document.activeElement.matches('.cover')")
        chrome.press("r")
        chrome.press("Anna", "\ue007")
        chrome.said("person_001 is now called Anna (8 faces)")
        chrome.until("[...document.querySelectorAll('.name')].some((name) => name.value === 'Anna')")
        chrome.run("document.querySelector('.cover[aria-label^=person_002]').focus()")
        chrome.press("r")
        chrome.press("Anna", "\ue007")  # taken: are they one person?
        chrome.until("document.querySelector('dialog')?.textContent.includes('Is person_002 the same person')")
        chrome.press("n")
        chrome.until("!document.querySelector('dialog')")
        assert sorted(chrome.run("return [...document.querySelectorAll('.name')].map((e) => e.value)")) == [
            "Anna",
            "person_002",
        ]
        chrome.run("document.querySelector('.cover[aria-label^=person_002]').focus()")
        chrome.press("m")
        chrome.press("ann", "\ue007")
        chrome.said("person_002 is Anna (8 faces)")
        chrome.until("document.querySelectorAll('.card').length === 1")
        chrome.press("u")
        chrome.said("taken back: person_002 is Anna")
        chrome.until("document.querySelectorAll('.card').length === 2")
        assert chrome.errors() == []


def test_faces_of_one_person_are_ticked_and_given_away(chrome, out):
    with reviewed(out) as review:
        chrome.open(review, "person/person_001")
        chrome.until("document.activeElement.matches('.tile')")
        chrome.press(" ", "\ue014", " ")
        assert chrome.until("document.querySelector('.actions.shown b').textContent") == "2 ticked"
        chrome.press("n")
        chrome.said("2 faces of person_001: now person_003")
        chrome.until("document.querySelectorAll('.tile').length === 6")
        chrome.press("x")
        chrome.said("1 face: not person_001, now unknown")
        chrome.until("document.querySelectorAll('.tile').length === 5")
        chrome.press("a", "b")
        chrome.said("5 faces of person_001: nobody's")
        chrome.until("location.hash === '#/people'")
        assert chrome.errors() == []
        assert review.end(signal.SIGTERM) == 0
    assert Counter(row["person"] for row in rows(out)) == {"person_002": 8, "person_003": 2, "": 8}


def test_the_original_frame_shows_the_face_in_its_box(chrome, out):
    with served(out) as review:
        chrome.open(review, "person/person_001")
        chrome.until("document.activeElement.matches('.tile')")
        chrome.press("o")
        box = chrome.until("document.querySelector('.box.this')?.getBoundingClientRect().width")
        frame = chrome.run("return document.querySelector('.frame').getBoundingClientRect().width")
        assert box == pytest.approx(frame * 48 / 320, abs=8)
        chrome.press("\ue00c")
        chrome.until("!document.querySelector('dialog')")
        assert chrome.run("return document.activeElement.matches('.tile')"), "the focus is where it was"


def test_shift_and_drag_tick_many(chrome, out):
    from selenium.webdriver import ActionChains

    with served(out) as review:
        chrome.open(review, "person/person_001")
        chrome.until("document.activeElement.matches('.tile')")
        tiles = sorted(
            chrome.driver.find_elements("css selector", ".tile"), key=lambda tile: int(tile.get_attribute("data-index"))
        )
        ActionChains(chrome.driver).click_and_hold(tiles[0]).move_to_element(tiles[1]).move_to_element(
            tiles[2]
        ).release().perform()
        assert chrome.until("document.querySelector('.actions b').textContent") == "3 ticked"
        ActionChains(chrome.driver).key_down("\ue008").click(tiles[5]).key_up("\ue008").perform()
        chrome.until("document.querySelector('.actions b').textContent === '6 ticked'")


# --- others -----------------------------------------------------------------------------------------------------------


def test_a_server_that_is_killed_loses_nothing_that_was_answered(chrome, out):
    with reviewed(out) as review:
        chrome.open(review, "people")
        chrome.until("document.activeElement.matches('.cover')")
        chrome.press("r")
        chrome.press("Anna", "\ue007")
        chrome.said("now called Anna")
        review.end(signal.SIGKILL)
        chrome.run("document.querySelector('.cover').focus()")
        chrome.press("x")
        chrome.said("facepipe review has ended")
        chrome.press("4", "w")
        chrome.until("document.querySelector('.done button.main')?.disabled === false")
        assert chrome.texts(".done .card p")[0].startswith("Every answer is kept")
    (line,) = (out / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["person"] == "Anna"
    run_here("sync", out)
    assert Counter(row["person"] for row in rows(out)) == {"Anna": 8, "person_002": 8, "": 2}


def test_two_tabs_see_what_the_other_did(chrome, out):
    driver = chrome.driver
    with served(out) as review:
        chrome.open(review, "people")
        chrome.until("document.activeElement.matches('.cover')")
        first = driver.current_window_handle
        driver.switch_to.new_window("tab")
        try:
            chrome.open(review, "people")
            chrome.until("document.activeElement.matches('.cover')")
            chrome.press("r")
            chrome.press("Anna", "\ue007")
            chrome.said("now called Anna")
            driver.switch_to.window(first)
            chrome.run("window.dispatchEvent(new Event('focus'))")
            chrome.until("[...document.querySelectorAll('.name')].some((name) => name.value === 'Anna')")
        finally:
            driver.switch_to.window(next(handle for handle in driver.window_handles if handle != first))
            driver.close()
            driver.switch_to.window(first)


def test_it_fits_a_phone(out):
    with served(out) as review, browser(390, 844, phone=True) as driver:
        page = Page(driver)
        for view in ("questions", "people", "person/person_001", "unknown", "done"):
            page.open(review, view)
            page.until("document.querySelector('.question, .tile, .history li')")
            assert page.run("return document.documentElement.scrollWidth") <= 390, view
        page.open(review, "person/person_001")
        page.until("document.querySelectorAll('.tile').length === 8")
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.actions.action_builder import ActionBuilder
        from selenium.webdriver.common.actions.pointer_input import PointerInput

        finger = ActionChains(driver)
        finger.w3c_actions = ActionBuilder(driver, mouse=PointerInput("touch", "finger"))
        tile = driver.find_element("css selector", ".tile")
        finger.w3c_actions.pointer_action.move_to(tile).pointer_down().pointer_up()
        finger.perform()
        assert page.until("document.querySelector('.actions.shown b')?.textContent") == "1 ticked"
        low = page.run(
            "return Math.min(...[...document.querySelectorAll('.actions button')].map((e) => e.offsetHeight))"
        )
        assert low >= 36
        page.run("[...document.querySelectorAll('.actions button')][0].click()")
        page.said("1 face: not person_001, now unknown")
        assert page.errors() == []


def test_the_title_is_in_sight_where_a_view_begins(chrome, out):
    size = {"width": 640, "height": 320, "deviceScaleFactor": 2, "mobile": False}  # as with a zoom of 200 %
    with served(out) as review:
        chrome.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            chrome.open(review, "person/person_001")
            chrome.until("document.activeElement.matches('.tile')")
            assert chrome.run("return window.scrollY") == 0
            chrome.press("\ue015")
            assert chrome.run("return window.scrollY") > 0
        finally:
            chrome.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
