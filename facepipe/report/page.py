"""The page itself: made of the templates, written whole."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import jinja2

from facepipe.files.names import natural_key
from facepipe.files.target import Target
from facepipe.pictures.plots import PLOTS
from facepipe.report.about import About
from facepipe.report.people import LINKS, Album, Links, address
from facepipe.report.timeline import WIDTH, timelines
from facepipe.runs.layout import PLOTS as PLOTS_FOLDER
from facepipe.runs.layout import REPORT
from facepipe.table import FaceTable
from facepipe.timespans import lasting
from facepipe.web import BASE_CSS
from facepipe.words import counted

LISTED = 50  # failures, warnings or inputs; all of them are in run.json
_HERE = Path(__file__).parent
_CSS, _SCRIPT, _TEMPLATES = "report.css", "report.js", "templates"
_DRAWN_HERE = ("everybody", "timeline")  # plots that the page draws itself: to their pictures there are links


def write_report(target: Target, table: FaceTable, about: About, written: Sequence[str] = ()) -> None:
    """Write report.html in the run folder.

    written: the plots that the run has.
    """
    album = Album(table, about)
    everybody, lines, problems = album.everybody(), timelines(album), _problems(about)
    asked = {face for check in about.checks for side in check.sides for face in side.faces}
    rows = {face: row for row, face in enumerate(table.face_id) if face in asked}
    plots = [(plot.summary, _links(written, plot.name)) for plot in PLOTS if plot.name not in _DRAWN_HERE]
    plots = [(title, links) for title, links in plots if links.count]
    parts = {
        "checks": ("Check these first", about.checks),
        "people": ("People", everybody.cards or everybody.once),
        "unknown": ("Unknown", everybody.unknown),
        "when": ("Who appears when", lines),
        "pictures": ("Pictures", plots),
        **{part: (title, True) for part, title, _ in problems},
        "next": ("How to go on", True),
    }
    css, script = BASE_CSS.read_text(encoding="utf-8") + _text(_CSS), _text(_SCRIPT)
    html = (
        _templates()
        .get_template("report.html")
        .render(
            about=about,
            numbers=_numbers(about, table),
            parts=[(part, title) for part, (title, shown) in parts.items() if shown],
            pictures=lambda faces: [album.picture(rows[face]) for face in faces],
            everybody=everybody,
            timelines=lines,
            drawn={plot: _links(written, plot) for plot in _DRAWN_HERE},
            plots=plots,
            problems=problems,
            policy=_policy(css, script),
            css=css,
            script=script,
            width=WIDTH,
            listed=LISTED,
        )
    )
    target.text(REPORT, html)


def standing_text() -> str:
    """What a report is made of, whatever the run."""
    templates = (f"{_TEMPLATES}/{path.name}" for path in (_HERE / _TEMPLATES).iterdir())
    return "\n".join([BASE_CSS.read_text(encoding="utf-8"), *map(_text, (*templates, _CSS, _SCRIPT))])


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / _TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["counted"] = counted
    return templates


def _policy(css: str, script: str) -> str:
    """What the page may do: show pictures beside it, look as it does, and run its own few lines; nothing else."""
    style, code = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (css, script))
    return (
        f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{style}'; script-src 'sha256-{code}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _numbers(about: About, table: FaceTable) -> list[list[str]]:
    """(number, of what) pairs."""
    said = [
        counted(len(about.inputs), "input file"),
        counted(about.sampled, "frame looked at", "frames looked at"),
        counted(len(table), "face"),
        counted(len(table.people), "person", "people"),
        counted(table.person.count(""), "unknown face"),
        counted(len(about.failures), "failure"),
    ]
    numbers = [text.split(" ", 1) for text in said]
    return [*numbers, [lasting(sum(about.seconds.values())), "taken"]] if about.seconds else numbers


def _problems(about: About) -> list[tuple[str, str, list[str]]]:
    """(id, title, lines) of what went wrong, where something did."""
    failures = [f"{failure.item_id}: {failure.error} ({failure.stage})" for failure in about.failures]
    both = [("failures", "Failures", failures), ("warnings", "Worth knowing", list(about.warnings))]
    return [(part, title, lines) for part, title, lines in both if lines]


def _links(written: Sequence[str], plot: str) -> Links:
    """The pages of a plot: <plot>.png, <plot>_2.png ..."""
    named = re.compile(rf"{re.escape(f'{PLOTS_FOLDER}/{plot}')}(_\d+)?\.(png|jpe?g|svg|webp)")
    pages = sorted(filter(named.fullmatch, written), key=natural_key)
    shown = tuple((str(number), address(page)) for number, page in enumerate(pages[:LINKS], 1))
    return Links(shown, len(pages), address(PLOTS_FOLDER, ""))
