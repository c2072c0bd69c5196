"""What a key or click means: held, faster than the server, within what is typed, on what is covered, on the way out."""

import json

import pytest
from browser import missing
from dataset_world import talk_show
from made_run import made_run
from page_in_browser import Page
from reviewed import served

from facepipe.runs.lock import locked

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")
ENTER = "\ue007"


def logged(out) -> list[dict]:
    path = out / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def hold(page: Page, key: str, code: str) -> None:
    """Press a key for so long that it repeats."""
    event = {"type": "keyDown", "key": key, "code": code, "text": key}
    for again in (False, True, True):
        page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {**event, "autoRepeat": again})
    page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {**event, "type": "keyUp"})


def open_person(page: Page, review, name: str) -> None:
    page.open(review, f"person/{name}")
    page.until("document.activeElement.matches('.tile')")


def test_a_key_that_is_held_acts_once_and_a_capital_is_its_letter(chrome, out):
    with served(out) as review:
        open_person(chrome, review, "person_001")
        hold(chrome, "X", "KeyX")
        chrome.said("1 face: not person_001")
        chrome.press("u")
        chrome.said("taken back: 1 face: not person_001")
        assert len(logged(out)) == 2


def test_each_key_is_for_another_face_however_fast(chrome, out):
    from selenium.webdriver import ActionChains

    with served(out) as review:
        open_person(chrome, review, "person_001")
        ActionChains(chrome.driver, duration=0).send_keys("xxx").perform()
        chrome.until(lambda: len(logged(out)) == 3)
        assert len({line["faces"][0] for line in logged(out)}) == 3
        chrome.until("document.querySelectorAll('.tile').length === 5")


def test_who_is_renamed_stays_before_the_eyes(chrome, out):
    with served(out) as review:
        open_person(chrome, review, "person_001")
        chrome.press("r", "Anna", ENTER)
        chrome.until("location.hash === '#/person/Anna' && document.querySelectorAll('.tile').length === 8")
        chrome.run("return fetch('/api/person?name=person_001')")  # what was asked before has been answered
        assert chrome.run("return location.hash") == "#/person/Anna"


@pytest.mark.parametrize(
    ("typed", "found"), [("Son", "Son"), ("per", "per"), ("2", "person_002"), ("person_0", "person_002")]
)
def test_a_new_name_is_not_found_within_what_the_nameless_are_called(chrome, out, typed, found):
    with served(out) as review:
        open_person(chrome, review, "person_001")
        chrome.press("m", typed)
        assert chrome.run("return document.querySelector('[aria-selected=true]:not(.tile)').textContent").startswith(
            found if found == "person_002" else f"+New: {found}"
        )
        chrome.press("\ue00c")


def open_people(page: Page, review) -> None:
    page.open(review, "people")
    page.until("document.activeElement.matches('.cover')")


def change_elsewhere(page: Page, review, **answer) -> None:
    """Say something on another page; this one learns of it."""
    assert review.ask("/api/say", answer)[0] == 200
    page.run("window.dispatchEvent(new Event('focus'))")


def focused(page: Page) -> str:
    return page.run("return document.activeElement.closest('.card')?.querySelector('.name').value ?? ''")


def test_a_name_is_not_said_before_it_is_typed_whatever_others_do(chrome, out):
    with served(out) as review:
        open_people(chrome, review)
        chrome.press("r", "Ma")
        change_elsewhere(chrome, review, say="rename", person="person_002", name="Ben")
        chrome.until("[...document.querySelectorAll('.name')].some((name) => name.value === 'Ben')")
        chrome.press("x", ENTER)
        chrome.said("person_001 is now called Max")
        chrome.until(lambda: focused(chrome) == "Max")
        assert [line["person"] for line in logged(out)] == ["Ben", "Max"]


def test_a_key_is_for_who_has_the_focus_wherever_that_is_by_now(chrome, tmp_path):
    out = made_run(tmp_path / "out", talk_show(people=4, shots=2), annotations=(), plots=()).path
    with served(out) as review:
        open_people(chrome, review)
        chrome.press("\ue014", "\ue014")
        assert focused(chrome) == "person_003"
        change_elsewhere(chrome, review, say="merge", people=["person_001"], into="person_002")
        chrome.until("document.querySelectorAll('.card').length === 3")
        assert focused(chrome) == "person_003"
        chrome.press(ENTER)
        chrome.until("location.hash === '#/person/person_003' && document.activeElement.matches('.tile')")
        chrome.press("\ue00c")
        chrome.until(lambda: focused(chrome) == "person_003")
        chrome.press("x")
        chrome.said("8 faces of person_003: nobody's")


def test_what_is_ticked_while_an_answer_waits_stays_ticked(chrome, out):
    with served(out) as review:
        open_people(chrome, review)
        with locked(out):
            chrome.press(" ", "x", "\ue014", " ")
            chrome.said("Another facepipe is at work")
        chrome.said("8 faces of person_001: nobody's")
        chrome.until("document.querySelectorAll('.card').length === 1")
        assert chrome.texts(".actions.shown b") == ["1 ticked"]


def test_the_page_is_not_left_in_silence_while_an_answer_waits(chrome, out):
    leave = "return window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    with served(out) as review:
        open_person(chrome, review, "person_001")
        with locked(out):
            chrome.press("x")
            chrome.said("Another facepipe is at work")
            assert not chrome.run(leave)
        chrome.said("1 face: not person_001")
        assert chrome.run(leave)


def test_a_double_click_answers_one_question(chrome, out):
    from selenium.webdriver import ActionChains

    with served(out) as review:
        chrome.open(review, "questions")
        chrome.until("document.querySelector('[data-kind=name]')")
        nobody = chrome.driver.find_elements("css selector", ".answers button")[1]
        ActionChains(chrome.driver, duration=0).double_click(nobody).perform()
        chrome.said("8 faces of person_")
        chrome.press("s", "u")  # whatever was said before is in the log by now
        chrome.said("taken back")
        assert [line["kind"] for line in logged(out)] == ["nobody", "undo"]


def test_what_can_be_done_is_named_and_nothing_else(chrome, out):
    names = (
        "[...document.querySelector('.actions.shown').childNodes].map((node) => (node.firstChild ?? node).textContent)"
    )
    bar = f"document.querySelector('.actions.shown') && {names}.join(', ')"
    with served(out) as review:
        open_person(chrome, review, "person_001")
        chrome.press("x", " ")
        chrome.until(f"({bar}) === '1 ticked, Not this person, Somebody else, New person, Nobody, Confirm, Clear'")
        chrome.open(review, "unknown")
        chrome.until("document.activeElement.matches('.tile')")
        chrome.press(" ")
        chrome.until(f"({bar}) === '1 ticked, Somebody else, New person, Nobody, Clear'")
        open_people(chrome, review)
        chrome.press(" ")
        chrome.until(f"({bar}) === '1 ticked, Who is this?, Nobody, Clear'")


def test_a_name_that_no_folder_can_have_leads_to_the_one_that_was_given(chrome, out):
    with served(out) as review:
        open_person(chrome, review, "person_002")
        for key, typed, given in (("m", "Anna/B", "Anna_B-"), ("r", "Ben:C", "Ben_C-")):
            chrome.press(key)
            chrome.press(typed, ENTER)
            chrome.until(f"location.hash.startsWith('#/person/{given}')")
            chrome.until("document.activeElement.matches('.tile')")


def test_a_list_that_another_has_changed_is_made_anew(chrome, out):
    with served(out) as review:
        chrome.open(review, "questions")
        chrome.until("document.querySelector('.question')")
        review.ask("/api/say", {"say": "rename", "person": "person_002", "name": "Anna"})
        chrome.press("s", "2")
        chrome.until("[...document.querySelectorAll('.name')].some((name) => name.value === 'Anna')")


def test_a_dialog_stays_while_one_is_in_it(chrome, out):
    from selenium.webdriver import ActionChains

    with served(out) as review:
        open_person(chrome, review, "person_001")
        chrome.press("m")
        chrome.press("Zoe")
        field = chrome.driver.find_element("css selector", "dialog .who")
        wide = field.size["width"] // 2
        edge = ActionChains(chrome.driver).move_to_element_with_offset(field, -wide - 8, 0).click()
        edge.perform()
        ActionChains(chrome.driver).click_and_hold(field).move_by_offset(-wide - 60, 0).release().perform()
        assert chrome.run("return document.querySelector('dialog .who').value") == "Zoe"
        edge.move_by_offset(-60, 0).click().perform()
        chrome.until("!document.querySelector('dialog')")
        assert not logged(out)


def test_what_is_said_covers_no_button(chrome, out):
    under = """
        return [...document.querySelectorAll('.actions button')].filter((button) => {
            const { x, y, width, height } = button.getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2).closest('button') !== button;
        }).length
    """
    with served(out) as review:
        open_person(chrome, review, "person_001")
        chrome.press("c")
        chrome.said("confirmed")
        chrome.press("a")
        assert chrome.run("return document.querySelectorAll('.actions.shown button').length") == 6
        assert chrome.run(under) == 0
