"""report.html: complete, harmless, and every link leads to a file."""

import argparse
import base64
import hashlib
import itertools
import re
import shlex
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import pytest
from dataset_world import Spot, make_run, talk_show
from html_page import HtmlPage
from labelled_tables import simulate
from made_run import made_run

from facepipe.commands import COMMANDS
from facepipe.files.target import Target
from facepipe.records import Failure
from facepipe.report.about import About, Check, Side, Step
from facepipe.report.page import LISTED, write_report
from facepipe.report.people import CARDS, PICTURES, named_first
from facepipe.report.timeline import LANES, VIDEOS
from facepipe.results.write import write_dataset
from facepipe.settings import OutputSettings, Settings

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Input(NamedTuple):
    source_id: str
    name: str
    is_video: bool
    place: str = ""


PLACE = attrgetter("place")
SHOW = Input("show.mp4-0123abcd", "show.mp4", True, "../films/show.mp4")


def page_of(out) -> HtmlPage:
    return HtmlPage((out / "report.html").read_text(encoding="utf-8"))


def report_of(out, spots, about, plots=()) -> HtmlPage:
    table = make_run(out, spots)
    target = Target(out)
    write_dataset(target, table, OutputSettings(annotations=(), plots=plots))
    write_report(target, table, about, target.paths)
    assert "report.html" in target.paths
    return page_of(out)


def about(*, inputs=(SHOW,), sampled=30, **more) -> About:
    return About("show.mp4", inputs, PLACE, sampled, **more)


def leads_somewhere(out, link: str) -> bool:
    return (out / unquote(link.partition("#")[0])).exists()


def test_it_says_what_was_found_and_links_lead_somewhere(tmp_path):
    (tmp_path / "films").mkdir()
    (tmp_path / "films/show.mp4").write_bytes(b"a film")
    page = report_of(
        tmp_path / "out",
        talk_show(),
        about(
            failures=(Failure("show.mp4-0000007", "encode", "the frame is broken"),),
            warnings=("the clip ends early",),
            seconds={"encode": 61.0, "cluster": 2.0},
            settings=Settings().as_dict(),
            steps=(Step("Read back what you changed", "facepipe sync OUT"),),
        ),
        plots=("all",),
    )
    for words in ("person_001", "person_003", "unknown", "24 faces", "0:00 to 0:24", "show.mp4-0000007", "broken",
                  "the clip ends early", "1 min 3 s", "facepipe sync OUT", "sampling.interval", "1 input file",
                  "1 failure"):  # fmt: skip
        assert words in page.text
    numbers = "1 input file 30 frames looked at 78 faces 3 people 6 unknown faces 1 failure 1 min 3 s taken"
    assert numbers in page.text
    links = page.links()
    assert all(leads_somewhere(tmp_path / "out", link) for link in links)
    assert {"plots/everybody.jpg", "plots/timeline.png", "montage/unknown.jpg", "people/person_002/"} <= set(links)
    assert {"../films/show.mp4", "../films/show.mp4#t=0.0", "frames/show.mp4-0123abcd-0000003.jpg"} <= set(links)
    assert all(image["alt"] and image["loading"] == "lazy" for image in page.all("img"))


def test_a_run_reports_itself_and_its_commands_can_be_given(tmp_path):
    out = made_run(tmp_path / "my out").path
    page = page_of(out)
    assert all(leads_somewhere(out, link) for link in page.links())
    assert any(link.startswith("../films/show.mp4#t=") for link in page.links())
    html = (out / "report.html").read_text()
    commands = [unescaped(code) for code in re.findall("<code>(.*?)</code>", html)]
    assert len(commands) >= 5
    for command in commands:
        program, name, *arguments = shlex.split(command)
        assert program == "facepipe" and str(out) in arguments
        parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
        COMMANDS.load(name).add_arguments(parser)
        parser.parse_args(arguments)


def unescaped(text: str) -> str:
    return text.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")


def test_who_is_named_comes_first_then_who_is_seen_most():
    faces = {"person_001": 4, "person_002": 9, "Zoe": 1, "person_010": 4, "Ann": 1, "person_9": 2}
    assert [*named_first(faces)] == ["person_9", "Ann", "Zoe", "person_002", "person_001", "person_010"]


def test_people_seen_once_are_folded_away_unless_they_are_named(tmp_path):
    spots = [Spot("a.mp4", i, (10, 10, 60, 60), "person_003") for i in range(3)]
    spots += [Spot("a.mp4", i, (100, 10, 150, 60), f"person_{i:03}" if i else "Ann") for i in (0, 1, 2)]
    html = (report_of(tmp_path, spots, about()), (tmp_path / "report.html").read_text())[1]
    shown, _, rest = html.partition("<details")
    folded, _, _ = rest.partition("</details>")
    assert re.findall(r'<h3 class="name"><a href="[^"]*">([^<]*)', shown) == ["Ann", "person_003"]
    assert re.findall(r'class="name" href="[^"]*">([^<]*)', folded) == ["person_001", "person_002"]
    assert "2 people seen once" in folded and " open" not in folded.partition(">")[0]


def test_where_everybody_is_seen_once_they_are_not_folded_away(tmp_path):
    page = report_of(tmp_path, [Spot("a.jpg", 0, (10, 10, 60, 60), "person_001")], about())
    assert "1 person seen once" in page.text
    assert [found for found in page.all("details", class_="folded") if "open" in found]


def test_checks_show_whom_they_are_about(tmp_path):
    table = make_run(tmp_path, talk_show(people=2))
    faces = [next(face for face, who in zip(table.face_id, table.person, strict=True) if who == name)
             for name in ("person_001", "person_002", "")]  # fmt: skip
    check = Check("are they one person?", "they look alike", "if so, move them",
                  (Side("person_001", (faces[0],)), Side("person_002", tuple(faces[1:]))))  # fmt: skip
    target = Target(tmp_path)
    write_dataset(target, table, OutputSettings(annotations=(), plots=()))
    write_report(target, table, about(checks=(check,)), target.paths)
    page = page_of(tmp_path)
    assert "Check these first" in page.text and "they look alike" in page.text
    first = [image["src"] for image in page.all("img")][:3]
    assert [unquote(image).rpartition("/")[2].removesuffix("_portrait.jpg") for image in first] == faces
    assert page.all("img")[2]["alt"].startswith("unknown, ")


def test_hostile_names_and_messages_are_only_text(tmp_path):
    spots = [Spot(s.source, s.frame, s.box, EVIL if s.person else "", s.shot, s.track) for s in talk_show(people=1)]
    table = make_run(tmp_path, spots).with_(source=(EVIL,) * len(spots))
    check = Check(EVIL, EVIL, EVIL, (Side(EVIL, table.face_id[:2]),))
    target = Target(tmp_path)
    write_dataset(target, table, OutputSettings(annotations=(), plots=()))
    hostile = About(
        EVIL,
        (Input("show.mp4-0123abcd", EVIL, True), Input(EVIL, EVIL, False)),
        PLACE,
        1,
        (Failure(EVIL, EVIL, EVIL),),
        (EVIL,),
        {EVIL: 1.0},
        {EVIL: {EVIL: EVIL}},
        (Step(EVIL, EVIL),),
        (check,),
    )
    write_report(target, table, hostile, target.paths)
    page = page_of(tmp_path)
    assert len(page.all("script")) == 1
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on") or key == "style"]
    assert all(leads_somewhere(tmp_path, link) for link in page.links())
    assert "<script>alert(1)</script>" in page.text
    assert "alert" not in re.search("<script>(.*?)</script>", (tmp_path / "report.html").read_text(), re.DOTALL)[1]


def test_nothing_is_loaded_and_only_its_own_lines_run(tmp_path):
    report_of(tmp_path, talk_show(), about())
    text = (tmp_path / "report.html").read_bytes().decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; img-src 'self' file:;") and "unsafe" not in policy
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert not re.search(r"https?://|<script |<iframe|javascript:|url\(|@import|fetch\(", text)


def test_headings_and_landmarks_lead_through_it(tmp_path):
    page = report_of(tmp_path, talk_show(), about(warnings=("it was dark",)), plots=("scatter",))
    for tag in ("header", "main", "nav", "h1"):
        assert len(page.all(tag)) == 1
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {link["href"].removeprefix("#") for link in page.all("a") if link["href"].startswith("#")} <= ids
    assert {section["aria-labelledby"] for section in page.all("section")} <= ids
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all("aria-label" in svg for svg in page.all("svg"))


def test_it_shows_the_plots_that_were_chosen(tmp_path):
    links = report_of(tmp_path, talk_show(), about(), plots=("scatter",)).links()
    assert {link for link in links if link.startswith("plots/")} == {"plots/scatter.png"}


def test_no_face_still_gives_a_report(tmp_path):
    page = report_of(tmp_path, [], about())
    assert "No face found. A smaller --interval" in page.text and "0 faces" in page.text
    assert not page.all("section", id="people") and not page.all("form")


def test_of_no_face_it_says_why(tmp_path):
    page = report_of(tmp_path, [], about(nobody="No face kept of 2 frames: --faces-per-frame left 2 out."))
    assert "No face kept of 2 frames: --faces-per-frame left 2 out." in page.text and "A smaller" not in page.text


def test_of_somebody_on_very_many_photos_the_first_ones_are_named(tmp_path, monkeypatch):
    """Among the first inputs; how many there are counts all."""
    monkeypatch.setattr("facepipe.report.people._SOME", 12)
    spots = [Spot(f"photo{i:02}.jpg", 0, (10, 10, 60, 60), "ana") for i in range(20)]
    page = report_of(tmp_path, spots, about())
    assert all(f"photo{i:02}.jpg" in page.text for i in range(4)) and "and 16 more" in page.text


def test_sources_are_named_where_there_are_several(tmp_path):
    spots = [Spot("a.mp4", i, (10, 10, 60, 60), "ana") for i in range(3)]
    spots += [Spot(f"photo{i}.jpg", 0, (10, 10, 60, 60), "ana") for i in range(12)]
    page = report_of(tmp_path, spots, about())
    assert "a.mp4 0:00 to 0:03" in page.text
    assert "photo2.jpg" in page.text
    assert "and 9 more" in page.text


def test_timelines_say_who_is_seen_when(tmp_path):
    spots = [Spot("a.mp4", i, (10, 10, 60, 60), "ana" if i < 5 or i >= 15 else "ben") for i in range(20)]
    page = report_of(tmp_path, spots, about())
    lanes = [(svg["aria-label"], path["d"]) for svg, path in zip(page.all("svg"), page.all("path"), strict=True)]
    assert lanes == [
        ("0:00 to 0:05, 0:15 to 0:20", "M0 0h250v1h-250zM750 0h250v1h-250z"),
        ("0:05 to 0:15", "M250 0h500v1h-500z"),
    ]


def test_photos_have_a_timeline_by_the_day_they_were_taken(tmp_path):
    spots = [Spot(f"photo{i}.jpg", 0, (10, 10, 60, 60), "ana" if i < 3 else "ben") for i in range(5)]
    table = make_run(tmp_path, spots)
    days = ("2023-05-01T10:00:00", "2023-05-01T18:00:00+02:00", "2023-05-11T10:00:00", "2023-05-06T10:00:00", "")
    write_report(Target(tmp_path), table.with_(taken=days), about(inputs=()))
    page = page_of(tmp_path)
    lanes = [(svg["aria-label"], path["d"]) for svg, path in zip(page.all("svg"), page.all("path"), strict=True)]
    assert lanes == [
        ("2023-05-01, 2023-05-11", "M0 0h3v1h-3zM33 0h3v1h-3zM997 0h3v1h-3z"),
        ("2023-05-06", "M500 0h3v1h-3z"),
    ]
    assert "4 photos" in page.text and "2023-05-03" in page.text  # the time in between
    write_report(Target(tmp_path), table, about(inputs=()))
    assert not page_of(tmp_path).all("figure", class_="card timeline")


def test_photos_of_a_day_have_a_timeline_by_the_hour(tmp_path):
    table = make_run(tmp_path, [Spot(f"photo{i}.jpg", 0, (10, 10, 60, 60), "ana") for i in range(2)])
    write_report(Target(tmp_path), table.with_(taken=("2023-05-06T10:00:00", "2023-05-06T18:00:00")), about(inputs=()))
    page = page_of(tmp_path)
    assert page.all("svg")[0]["aria-label"] == "2023-05-06 10:00, 2023-05-06 18:00"
    assert all(f"2023-05-06 {hour}:00" in page.text for hour in (10, 12, 14, 16, 18))


def test_timelines_are_of_the_people_and_videos_with_most_faces(tmp_path):
    table, who = simulate(LANES + 2, 600)
    sources = [f"v{number}.mp4" for number in range(VIDEOS + 1)]
    source = np.array([0] * 400 + [1 + k % VIDEOS for k in range(200)])
    frame_id = tuple(f"{sources[number]}-{row:07}" for row, number in enumerate(source))
    table = table.with_(
        source=tuple(sources[number] for number in source),
        frame_id=frame_id,
        face_id=tuple(f"{frame}-0" for frame in frame_id),
        person=tuple(f"person_{number + 1:03}" for number in who),
    )
    write_report(Target(tmp_path), table, about(inputs=()))
    page = page_of(tmp_path)
    assert len(page.all("figure", class_="card timeline")) == VIDEOS
    lanes = [svg["aria-label"] for svg in page.all("svg")]
    first = len({table.person[row] for row in range(400)})
    assert first == LANES + 2 and "2 people with fewer faces left out" in page.text
    assert any(re.search(r" and \d+ more times?$", lane) for lane in lanes)
    assert max(lane.count(" to ") for lane in lanes) == 8


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """The report of 12,000 faces of 5,000 people, without the pictures."""
    out = tmp_path_factory.mktemp("crowd")
    table, who = simulate(5_000, 12_000)
    table = table.with_(person=tuple(f"person_{number + 1:03}" for number in who), shot=np.arange(12_000) // 50)
    source = Input("clip.mp4", "clip.mp4", True, "../clip.mp4")
    failures = tuple(Failure(f"clip-{i}", "encode", "broken") for i in range(3_000))
    inputs = (source, *(Input(f"p{i}", f"p{i}.jpg", False, f"../p{i}.jpg") for i in range(3_000)))
    plots = [f"plots/everybody_{i}.jpg" for i in range(2, 251)] + ["plots/everybody.jpg"]
    write_report(Target(out), table, About("a crowd", inputs, PLACE, 12_000, failures), plots)
    return out / "report.html", table


def test_the_report_of_a_crowd_is_bounded(crowd):
    path, table = crowd
    page = HtmlPage(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 4_000_000
    assert len(page.all("article")) == CARDS
    assert len(page.all("img")) <= CARDS * PICTURES + 5_000 + 5
    people = {unquote(link).split("/")[1] for link in page.links() if link.startswith("people/")}
    assert people == table.people, "everybody can be found"
    assert page.text.count("broken") == LISTED and "and 2,950 more, see run.json" in page.text
    assert len({link for link in page.links() if link.startswith("plots/")}) == 4
    assert "all 250" in page.text


def test_of_very_many_people_the_rest_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("facepipe.report.people.CARDS", 3)
    monkeypatch.setattr("facepipe.report.people.TILES", 20)
    who = [*np.repeat(np.arange(19), 2), *range(19, 50)]
    table, _ = simulate(50, len(who))
    write_report(Target(tmp_path), table.with_(person=tuple(f"person_{n + 1:03}" for n in who)), about())
    page = page_of(tmp_path)
    assert "16 more people" in page.text and "31 people seen once" in page.text and "27 more under people/" in page.text
    tiles = [item for item in page.all("li") if item.get("class") == "person"]
    assert len(tiles) == 16 + 4
    monkeypatch.setattr("facepipe.report.people.TILES", 10)
    write_report(Target(tmp_path), table.with_(person=tuple(f"person_{n + 1:03}" for n in who)), about())
    assert {"6 more under people/", "31 under people/"} == set(
        re.findall(r"\d+ (?:more )?under people/", page_of(tmp_path).text)
    )


def test_a_person_with_many_faces_has_three_sheets_and_the_rest(tmp_path):
    table, _ = simulate(1, 1_000)
    write_report(Target(tmp_path), table.with_(person=("Ann",) * 1_000), about())
    page = page_of(tmp_path)
    sheets = [link for link in page.links() if link.startswith("montage/")]
    assert sheets == ["montage/Ann.jpg", "montage/Ann_2.jpg", "montage/Ann_3.jpg", "montage/"]
    assert "all 9" in page.text and len(page.all("img")) == PICTURES
