"""Everybody of a table, as the report shows them: a card each, or a tile where there are many or little is seen."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from urllib.parse import quote

import numpy as np

from facepipe.choice import appeal, to_show
from facepipe.files.names import known_folder, natural_key, person_folder
from facepipe.grouping import Places, numbered
from facepipe.pictures.montage import sheet_names
from facepipe.questions.question import is_placeholder
from facepipe.records import source_of
from facepipe.report.about import About
from facepipe.runs.layout import FRAMES, MONTAGE, PEOPLE, PORTRAIT, crop_name, frame_file
from facepipe.table import FaceTable
from facepipe.timespans import clock, sample_step, spans

CARDS = 120  # people with a card; more get a tile, folded away
TILES = 5_000  # people with a tile: a page of so many opens in a second
PICTURES = 6  # of a person
MOMENTS = 4
LINKS = 3  # to contact sheets, or pages of a plot; the rest is in their folder
_SOME = 200  # inputs, the first, among which the first moments are looked for
_GAP_S = 3.0  # seconds out of sight that do not end a segment: readers want scenes, not blinks


@dataclass(frozen=True, slots=True)
class Picture:
    """A portrait and where it leads: addresses relative to the run's folder. where: "0:13", a photo's name, or both;
    short: of that the time, or the end of the name. original: "" where that is not known."""

    person: str
    image: str
    frame: str
    folder: str
    where: str
    short: str
    original: str


@dataclass(frozen=True, slots=True)
class Links:
    """(text, address) of the first few of `count` files in `folder`."""

    shown: tuple[tuple[str, str], ...]
    count: int
    folder: str

    @property
    def more(self) -> bool:
        return self.count > len(self.shown)


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody, or the faces of nobody. person: "" for these. pictures: the best ones that differ. moments: (text,
    original) of the first segments or photos out of `moments_in_all`."""

    person: str
    folder: str
    faces: int
    pictures: tuple[Picture, ...]
    moments: tuple[tuple[str, str], ...]
    moments_in_all: int
    sheets: Links


@dataclass(frozen=True, slots=True)
class Tile:
    """Somebody in a picture: the best one."""

    person: str
    folder: str
    faces: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Everybody:
    """cards: those who are named, then those with most faces. others: who follow, `TILES` at most of `others_in_all`.
    once: seen in a single face, and not named; likewise. unknown: the faces of nobody, if there are any."""

    cards: tuple[Card, ...]
    others: tuple[Tile, ...]
    others_in_all: int
    once: tuple[Tile, ...]
    once_in_all: int
    unknown: Card | None


def named_first(faces: Mapping[str, int]) -> Iterator[str]:
    """People, by how many faces they have: those with a name that somebody gave first, then those with more faces, and
    of as many in natural order. That is worked out as far as it is asked for."""
    alike: dict[tuple[bool, int], list[str]] = defaultdict(list)
    for person, count in faces.items():
        alike[is_placeholder(person), -count].append(person)
    return (person for rank in sorted(alike) for person in sorted(alike[rank], key=natural_key))


def address(*parts: str) -> str:
    """The URL of a path in the run's folder."""
    return quote("/".join(parts))


class Album:
    """A table, to be shown.

    rows: by the folder of a person, "" for nobody. inputs: by source id; so are, of the sources that may be videos,
    moving, their rows, and steps, the seconds between frames, 0 where there is one.
    """

    def __init__(self, table: FaceTable, about: About) -> None:
        self.table, self._about = table, about
        self.inputs = {entry.source_id: entry for entry in about.inputs}
        self.rows = {known_folder(name): rows for name, rows in table.rows_by_person().items()}
        self._sheets = sheet_names({person: len(rows) for person, rows in self.rows.items()})
        self._worth = appeal(table)
        self._source_ids, self._number = _sources(table)
        self._several = len(self.inputs) > 1 or len(self._source_ids) > 1
        self.moving = self._moving()
        self.steps = {source: self._step(source, rows) for source, rows in self.moving.items()}

    def _moving(self) -> dict[str, np.ndarray]:
        photos = {source for source, entry in self.inputs.items() if not entry.is_video}
        others = [n for n, source in enumerate(self._source_ids) if source not in photos]
        rows = np.flatnonzero(np.isin(self._number, others))
        places = Places(np.searchsorted(others, self._number[rows]), len(others))
        return {self._source_ids[n]: rows[own] for n, own in zip(others, places, strict=True)}

    def _step(self, source: str, rows: np.ndarray) -> float:
        table = self.table
        looked_at = self._about.looked_at.get(table.source[rows[0]], ())
        return sample_step(table.frame_index[rows], table.time_s[rows], looked_at)

    def everybody(self) -> Everybody:
        """People in the order of `named_first`."""
        counts = {person: len(rows) for person, rows in self.rows.items() if person}
        once = {person: 1 for person, count in counts.items() if count == 1 and is_placeholder(person)}
        often = {person: count for person, count in counts.items() if person not in once}
        ordered, others = named_first(often), max(0, len(often) - CARDS)
        return Everybody(
            tuple(map(self.card, islice(ordered, CARDS))),
            tuple(map(self.tile, islice(ordered, TILES))),
            others,
            tuple(map(self.tile, islice(named_first(once), max(0, TILES - others)))),
            len(once),
            self.card("") if "" in self.rows else None,
        )

    def card(self, person: str) -> Card:
        """Somebody, or "" for the faces of nobody."""
        rows, names = self.rows[person], self._sheets[person]
        moments, count = self._moments(rows)
        sheets = tuple((str(number), address(MONTAGE, name)) for number, name in enumerate(names[:LINKS], 1))
        return Card(
            person,
            _folder(person),
            len(rows),
            tuple(map(self.picture, to_show(self.table, rows, PICTURES, self._worth).tolist())),
            tuple(moments),
            count,
            Links(sheets, len(names), address(MONTAGE, "")),
        )

    def tile(self, person: str) -> Tile:
        """Somebody, in short."""
        rows = self.rows[person]
        return Tile(person, _folder(person), len(rows), self.picture(int(rows[self._worth[rows].argmax()])))

    def picture(self, row: int) -> Picture:
        """The portrait of a face."""
        table = self.table
        person = known_folder(table.person[row])
        source_id, time_s = self._source_ids[self._number[row]], float(table.time_s[row])
        where, original = self.moment(source_id, table.source[row], time_s)
        short = clock(time_s) if self.is_video(source_id) else table.source[row].rpartition("/")[2]
        return Picture(
            person,
            address(PEOPLE, crop_name(person, table.face_id[row], PORTRAIT)),
            address(FRAMES, frame_file(table.frame_id[row])),
            _folder(person),
            where,
            short,
            original,
        )

    def is_video(self, source_id: str) -> bool:
        """Whether an input has times."""
        entry = self.inputs.get(source_id)
        return entry.is_video if entry else self.steps[source_id] > 0

    def moment(self, source_id: str, name: str, time_s: float, end_s: float | None = None) -> tuple[str, str]:
        """A moment or a segment in words, and the original there."""
        original = self.original(source_id)
        if not self.is_video(source_id):
            return name, original
        time = clock(time_s) if end_s is None else f"{clock(time_s)} to {clock(end_s)}"
        text = f"{name} {time}" if self._several else time
        return text, f"{original}#t={time_s:.1f}" if original else ""

    def original(self, source_id: str) -> str:
        """Where an input lies, "" where that is not known."""
        entry = self.inputs.get(source_id)
        return self._about.address_of(entry) if entry else ""

    def _moments(self, rows: np.ndarray) -> tuple[list[tuple[str, str]], int]:
        """The first segments and photos in which somebody is seen, a line each, and how many there are."""
        own = rows[np.argsort(self._number[rows], kind="stable")]  # by their sources
        numbers, starts = np.unique(self._number[own], return_index=True)
        ends = [*starts[1:].tolist(), len(own)]
        sources = [self._source_ids[number] for number in numbers.tolist()]
        first = dict(zip(sources[:_SOME], own[starts[:_SOME]].tolist(), strict=True))
        segments = {
            source: spans(self.table.time_s[own[start:end]], self.steps[source], _GAP_S)
            for source, start, end in zip(sources, starts.tolist(), ends, strict=True)
            if self.steps.get(source)
        }
        lines: list[tuple[str, str]] = []
        for source in nsmallest(MOMENTS, first, key=lambda source: natural_key(self.table.source[first[source]])):
            name, still = self.table.source[first[source]], [(float(self.table.time_s[first[source]]), None)]
            shown = segments.get(source, still)[: MOMENTS - len(lines)]
            lines += [self.moment(source, name, start, end) for start, end in shown]
        return lines, len(sources) - len(segments) + sum(map(len, segments.values()))


def _sources(table: FaceTable) -> tuple[list[str], np.ndarray]:
    """The ids of the sources that faces are of, and the place there of the one of each face, int64 (n,)."""
    frames = table.frame_codes()
    first = np.zeros(int(frames.max(initial=-1)) + 1, np.int64)  # of each frame a row
    first[frames] = np.arange(len(frames))
    _, numbers = numbered(table.source[row] for row in first.tolist())
    of_source = np.zeros(int(numbers.max(initial=-1)) + 1, np.int64)
    of_source[numbers] = first
    return [source_of(table.frame_id[row]) for row in of_source.tolist()], numbers[frames]


def _folder(person: str) -> str:
    return address(PEOPLE, person_folder(person), "")
