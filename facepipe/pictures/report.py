"""report.html: what was found, on one page without scripts, server or network."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np

from facepipe.annotated import AnnotatedFrame, annotated_frames, faces_of
from facepipe.files.names import natural_key, person_folder
from facepipe.files.target import Target
from facepipe.pictures.montage import Item, sheet_names
from facepipe.pictures.plots import PLOTS
from facepipe.pictures.report_style import CSS
from facepipe.records import Failure
from facepipe.runs.layout import FRAMES, MONTAGE, PEOPLE, PORTRAIT, REPORT, crop_name
from facepipe.runs.layout import PLOTS as PLOTS_FOLDER
from facepipe.table import FaceTable
from facepipe.timespans import clock, spans, typical_step
from facepipe.words import counted

LISTED = 50  # failures or warnings shown; all of them are in run.json
_SEGMENTS = 4  # shown on a card
_GAP_S = 3.0  # seconds out of sight that do not end a segment: readers want scenes, not blinks


@dataclass(frozen=True, slots=True)
class Pictures:
    """Portraits side by side, under a title: (person, face id) pairs."""

    title: str
    faces: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Something that may be wrong. question, why, to_do: lines."""

    question: str
    why: str
    to_do: str
    pictures: tuple[Pictures, ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the report says beside the faces.

    title: what was looked at. inputs: names of the input files. sampled: number of frames looked at. seconds: by
    stage. settings: Settings.as_dict(). next_steps: (command, what it does) pairs. checks: the most worth first.
    """

    title: str
    inputs: tuple[str, ...]
    sampled: int
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    next_steps: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()


def write_report(target: Target, table: FaceTable, summary: RunSummary, written: Sequence[str] = ()) -> None:
    """Write report.html in the run folder.

    written: the run's files so far, of which the plots are shown.
    """
    frames = annotated_frames(table, target.path / FRAMES)
    everybody = faces_of(frames)
    steps = _steps(frames)
    people = {person: items for person, items in everybody.items() if person}
    sheets = sheet_names(everybody)
    parts = [
        _numbers(summary, people, len(everybody.get("", ()))),
        _section("Check these first", list(map(_check, summary.checks)), "checks"),
        _section("People", [_card(person, items, sheets[person], steps) for person, items in people.items()], "cards"),
    ]
    if "" in everybody:
        text = "<p>Faces that belong to nobody for certain: too small, too blurred, or seen too rarely.</p>"
        parts.append(_section("Unknown", [_card("", everybody[""], sheets[""], steps)], "cards", text))
    parts += [_plots(written), _problems(summary), _how_to_go_on(summary)]
    target.text(REPORT, _page(summary.title, "\n".join(part for part in parts if part)))


def _page(title: str, body: str) -> str:
    digest = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · facepipe</title>
<style>{CSS}</style>
</head>
<body>
<header><p class="brand">facepipe</p><h1>{escape(title)}</h1></header>
<main>
{body}
</main>
</body>
</html>
"""


def _section(title: str, items: Sequence[str], kind: str, text: str = "") -> str:
    if not items:
        return ""
    joined = "\n".join(items)
    return f'<section><h2>{escape(title)}</h2>{text}\n<div class="{kind}">\n{joined}\n</div></section>'


def _numbers(summary: RunSummary, people: Mapping[str, Sequence[Item]], unknown: int) -> str:
    faces = unknown + sum(map(len, people.values()))
    numbers = {
        "input files": len(summary.inputs),
        "frames looked at": summary.sampled,
        "faces": faces,
        "people": len(people),
    }
    numbers |= {"unknown faces": unknown, "failures": len(summary.failures)}
    tiles = [f"<div><b>{count:,}</b><span>{label}</span></div>" for label, count in numbers.items()]
    if summary.seconds:
        tiles.append(f"<div><b>{clock(sum(summary.seconds.values()))}</b><span>minutes taken</span></div>")
    text = (
        "" if faces else "<p>No face was found. A smaller --interval or --min-face, or --upsample 1, may find some.</p>"
    )
    return f'<section>{text}<div class="numbers">{"".join(tiles)}</div></section>'


def _steps(frames: Sequence[AnnotatedFrame]) -> dict[str, float]:
    return {source: typical_step(np.array(times)) for source, times in _moments(frames).items()}


def _moments(frames: Iterable[AnnotatedFrame]) -> dict[str, list[float]]:
    """The times of frames by their source."""
    moments: dict[str, list[float]] = {}
    for frame in frames:
        moments.setdefault(frame.source, []).append(frame.time_s)
    return moments


def _card(person: str, items: Sequence[Item], sheets: Sequence[str], steps: Mapping[str, float]) -> str:
    name = escape(person or "unknown")
    best = _url(f"{PEOPLE}/{crop_name(person, items[0][1].face_id, PORTRAIT)}")
    links = [f'<a href="{_url(f"{PEOPLE}/{person_folder(person)}/")}">folder</a>']
    for number, sheet in enumerate(sheets, 1):
        links.append(f'<a href="{_url(f"{MONTAGE}/{sheet}")}">{"montage" if number == 1 else number}</a>')
    faces = counted(len(items), "face")
    when = "".join(f"<li>{escape(line)}</li>" for line in _appearances(items, steps))
    return (
        f'<article><img src="{best}" alt="{name}" loading="lazy"><div><h3>{name}</h3><p>{faces}</p>'
        f"<ul>{when}</ul><p>{' · '.join(links)}</p></div></article>"
    )


def _check(check: Check) -> str:
    figures = []
    for pictures in check.pictures:
        urls = (_url(f"{PEOPLE}/{crop_name(person, face, PORTRAIT)}") for person, face in pictures.faces)
        images = "".join(f'<img src="{url}" alt="" loading="lazy">' for url in urls)
        figures.append(f"<figure><figcaption>{escape(pictures.title) or '&nbsp;'}</figcaption>{images}</figure>")
    question, *lines = map(escape, (check.question, check.why, check.to_do))
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    return f"<article><h3>{question}</h3>{paragraphs}{''.join(figures)}</article>"


def _appearances(items: Sequence[Item], steps: Mapping[str, float]) -> list[str]:
    """When a person is seen, a line a segment; the source is named where there are several."""
    lines = []
    moments = _moments(frame for frame, _ in items)
    for source, times in sorted(moments.items(), key=lambda pair: natural_key(pair[0])):
        where = f"{source} " if len(steps) > 1 else ""
        if steps[source]:
            segments = spans(np.array(times), steps[source], _GAP_S)
            lines += [f"{where}{clock(start)} to {clock(end)}" for start, end in segments]
        else:
            lines.append(where.strip() or clock(times[0]))
    more = len(lines) - _SEGMENTS
    return [*lines[:_SEGMENTS], f"and {more} more"] if more > 0 else lines


def _plots(written: Sequence[str]) -> str:
    figures = []
    for plot in PLOTS:
        title = plot.summary
        for path in sorted(
            (path for path in written if path.startswith(f"{PLOTS_FOLDER}/{plot.name}")), key=natural_key
        ):
            url = _url(path)
            image = f'<a href="{url}"><img src="{url}" alt="{title}" loading="lazy"></a>'
            figures.append(f"<figure><figcaption>{title}</figcaption>{image}</figure>")
    return _section("Pictures", figures, "plots")


def _problems(summary: RunSummary) -> str:
    failures = [f"{failure.item_id}: {failure.error} ({failure.stage})" for failure in summary.failures]
    parts = []
    for title, lines in {"Failures": failures, "Warnings": list(summary.warnings)}.items():
        if len(lines) > LISTED:
            lines = [*lines[:LISTED], f"and {len(lines) - LISTED} more, see run.json"]
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        parts.append(_section(title, [f"<ul>{items}</ul>"] if lines else [], "problems"))
    return "\n".join(part for part in parts if part)


def _how_to_go_on(summary: RunSummary) -> str:
    steps = "".join(
        f"<dt><code>{escape(command)}</code></dt><dd>{escape(does)}</dd>" for command, does in summary.next_steps
    )
    parts = [f"<dl>{steps}</dl>"] if steps else []
    parts.append(_details("Inputs", [(name, "") for name in summary.inputs]))
    parts.append(_details("Seconds by stage", [(stage, f"{value:.1f}") for stage, value in summary.seconds.items()]))
    rows = [
        (f"{group}.{name}", str(value)) for group, values in summary.settings.items() for name, value in values.items()
    ]
    parts.append(_details("Settings", rows))
    return _section("How to go on", [part for part in parts if part], "more")


def _details(title: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<details><summary>{escape(title)}</summary><table>{cells}</table></details>"


def _url(path: str) -> str:
    return escape(quote(path))
