"""report.html as a browser shows it: on a phone, in the dark, with its search box and its buttons."""

import pytest
from browser import browser, missing
from dataset_world import Spot, talk_show
from made_run import made_run

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3
WIDE = """return [document.documentElement.scrollWidth, innerWidth]"""
CONTRASTS = """
const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (e) => { for (; e; e = e.parentElement) {
  const found = rgb(getComputedStyle(e).backgroundColor); if (found.length < 4 || found[3] > 0) return found; } };
const texts = [...document.body.querySelectorAll("*")].filter((e) =>
  !["SCRIPT", "TITLE"].includes(e.tagName) && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
return texts.map((e) => {
  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
  return [(a + 0.05) / (b + 0.05), e.textContent.trim().slice(0, 40)];
});"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A run with a long name, a person seen once, unknown faces, plots and a problem."""
    spots = talk_show(people=3, shots=3)
    spots = [Spot(s.source, s.frame, s.box, LONG if s.person == "person_002" else s.person, s.shot, s.track, s.quality)
             for s in spots]  # fmt: skip
    spots.append(Spot("show.mp4", 20, (20, 20, 70, 70), "person_007", 3, 90))
    folder = made_run(tmp_path_factory.mktemp("looked") / "out", spots, plots=("all",), annotations=())
    return folder.path / "report.html"


@pytest.fixture(scope="module")
def phone(report):
    with browser(390, 844, phone=True, dark=True) as driver:
        driver.get(report.as_uri())
        yield driver


@pytest.fixture(scope="module")
def desk(report):
    with browser() as driver:
        driver.get(report.as_uri())
        yield driver


def shown(driver) -> list[str]:
    """The people who are to be seen."""
    script = """return [...document.querySelectorAll("#people .person")].filter((e) => e.checkVisibility())
                .map((e) => e.querySelector(".name").textContent)"""
    return driver.execute_script(script)


def test_a_phone_shows_it_without_sideways_scrolling(phone):
    phone.execute_script("for (const part of document.querySelectorAll('details')) part.open = true;")
    width, room = phone.execute_script(WIDE)
    assert room == 390 and width <= 390


def test_a_finger_meets_every_link(phone):
    phone.execute_script("for (const part of document.querySelectorAll('details')) part.open = true;")
    small = phone.execute_script("""return [...document.querySelectorAll("a:not(.skip), button, summary, input")]
        .filter((e) => e.checkVisibility()).map((e) => [e.getBoundingClientRect(), e.outerHTML])
        .filter(([box]) => box.height < 24 || box.width < 24).map(([box, html]) => [box.width, box.height, html])""")
    assert small == []


def test_every_text_stands_out(phone, desk):
    for driver in (phone, desk):
        contrasts = driver.execute_script(CONTRASTS)
        assert len(contrasts) > 100
        assert min(contrasts)[0] >= 4.5, min(contrasts)


def test_it_is_dark_where_that_is_wanted(phone, desk):
    paper = "return getComputedStyle(document.body).backgroundColor.match(/[\\d]+/g).map(Number)"
    assert max(phone.execute_script(paper)) < 60 < 200 < min(desk.execute_script(paper))


def test_people_are_found_by_name_wherever_they_are(desk):
    box = desk.find_element("css selector", "#search input")
    assert shown(desk) == [LONG, "person_001", "person_003"]
    box.send_keys("N_00")
    assert shown(desk) == ["person_001", "person_003", "person_007"]
    assert desk.find_element("css selector", "#search [role=status]").text == "3 people"
    box.send_keys("7")
    assert shown(desk) == ["person_007"]
    assert desk.find_element("css selector", "#search [role=status]").text == "1 person"
    box.clear()
    box.send_keys(" ")
    assert shown(desk) == [LONG, "person_001", "person_003"]


def test_pictures_are_there_and_nothing_was_refused(desk):
    desk.execute_script("for (const image of document.images) image.loading = 'eager';")
    pictures = "return [...document.images].every((image) => image.complete && image.naturalWidth > 0)"
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(desk, 20).until(lambda driver: driver.execute_script(pictures))
    assert desk.get_log("browser") == []


def test_a_command_is_copied_or_selected(desk):
    button = desk.find_element("css selector", ".steps button")
    command = desk.find_element("css selector", ".steps code").text
    button.click()
    assert desk.execute_script("return getSelection().toString()") == command
