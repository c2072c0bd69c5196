"""report.html: complete, harmless, and every link leads to a file."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import unquote

from dataset_world import Spot, make_run, talk_show

from facepipe.files.target import Target
from facepipe.pictures.report import RunSummary, write_report
from facepipe.records import Failure
from facepipe.results.write import write_dataset
from facepipe.settings import OutputSettings, Settings

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def links(self) -> list[str]:
        return [attrs[key] for _, attrs in self.tags for key in ("href", "src") if key in attrs]


def report_of(out, spots, summary, plots=("all",)) -> Page:
    table = make_run(out, spots)
    target = Target(out)
    write_dataset(target, table, OutputSettings(annotations=(), plots=plots))
    write_report(target, table, summary, target.paths)
    assert "report.html" in target.paths
    return Page((out / "report.html").read_text(encoding="utf-8"))


def test_it_says_what_was_found_and_links_lead_somewhere(tmp_path):
    summary = RunSummary(
        "show.mp4",
        ("show.mp4",),
        30,
        failures=(Failure("show.mp4-0000007", "encode", "the frame is broken"),),
        warnings=("the clip ends early",),
        seconds={"encode": 61.0, "cluster": 2.0},
        settings=Settings().as_dict(),
        next_steps=(("facepipe sync OUT", "read back what you changed"),),
    )
    page = report_of(tmp_path, talk_show(), summary)
    text = " ".join(page.words)
    for word in ("person_001", "person_003", "unknown", "24 faces", "0:00 to 0:24", "show.mp4-0000007", "broken",
                 "the clip ends early", "1:03", "facepipe sync OUT", "sampling.interval"):  # fmt: skip
        assert word in text
    numbers = {"input files": "1", "frames looked at": "30", "faces": "78", "people": "3", "unknown faces": "6"}
    numbers |= {"failures": "1", "minutes taken": "1:03"}
    assert {label: page.words[page.words.index(label) - 1] for label in numbers} == numbers
    links = page.links()
    assert len([link for link in links if link.endswith("_portrait.jpg")]) == 4
    assert {"plots/everybody.jpg", "plots/timeline.png", "montage/unknown.jpg", "people/person_002/"} <= set(links)
    assert all((tmp_path / unquote(link)).exists() for link in links)


def test_it_shows_the_plots_that_were_chosen(tmp_path):
    links = report_of(tmp_path, talk_show(), RunSummary("x", (), 1), plots=("scatter",)).links()
    assert {link for link in links if link.startswith("plots/")} == {"plots/scatter.png"}


def test_hostile_names_and_messages_are_only_text(tmp_path):
    spots = [Spot(s.source, s.frame, s.box, EVIL if s.person else "", s.shot, s.track) for s in talk_show(people=1)]
    failure = Failure(EVIL, EVIL, EVIL)
    summary = RunSummary(EVIL, (EVIL,), 1, (failure,), (EVIL,), {EVIL: 1.0}, {EVIL: {EVIL: EVIL}}, ((EVIL, EVIL),))
    page = report_of(tmp_path, spots, summary)
    tags = {tag for tag, _ in page.tags}
    assert "script" not in tags
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on") or key == "style"]
    assert all((tmp_path / unquote(link)).exists() for link in page.links())
    assert "<script>alert(1)</script>" in "".join(page.words)


def test_nothing_is_loaded_and_nothing_runs(tmp_path):
    text = (tmp_path / "report.html") if report_of(tmp_path, talk_show(), RunSummary("x", (), 1)) else None
    text = text.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; img-src 'self' file:;")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?://|<script|<iframe|javascript:|url\(|@import", text)


def test_no_face_still_gives_a_report(tmp_path):
    page = report_of(tmp_path, [], RunSummary("empty.mp4", ("empty.mp4",), 12))
    assert any("No face was found" in word for word in page.words)


def test_sources_are_named_where_there_are_several(tmp_path):
    spots = [Spot("a.mp4", i, (10, 10, 60, 60), "ana") for i in range(3)]
    spots += [Spot(f"photo{i}.jpg", 0, (10, 10, 60, 60), "ana") for i in range(12)]
    page = report_of(tmp_path, spots, RunSummary("x", (), 1))
    assert "a.mp4 0:00 to 0:03" in page.words
    assert "photo2.jpg" in page.words
    assert "and 9 more" in page.words
