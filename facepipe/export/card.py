"""The dataset card: README.md of an export, with lines that only a person can fill in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from facepipe.coverage import FEW, Coverage
from facepipe.errors import StoreError
from facepipe.export.duplicates import Leak
from facepipe.export.split import SPLITS
from facepipe.files.names import UNKNOWN_FOLDER, natural_key
from facepipe.markdown import markdown_table
from facepipe.words import counted

CARD = "README.md"
_MOST_SOURCES = 20  # a library has tens of thousands
_MOST_PEOPLE = 40  # of whom is said how they are seen
_YOURS = "<!-- Everything below this line is yours: it is kept when the export is made again. -->"
_TO_FILL_IN = """
## Consent

- Who agreed to be in this dataset, for what use, and where that is written down:
- How somebody is taken out again (`facepipe forget` removes a person from the run; then export again):

## Licence

- Licence of the pictures, and who owns them:
- Licence of the labels:
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an export comes from. sources: names of the inputs. models: name -> SHA-256. settings: as in run.json.
    measured: how well the encoder tells people apart, see `FaceEmbedder`."""

    facepipe: str
    sources: tuple[str, ...]
    detector: str
    encoder: str
    models: dict[str, str]
    settings: dict[str, dict[str, Any]]
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an export holds.

    unit: see Exporter. faces: (person, split) -> count. units: split -> count. leak: None without held-out faces.
    dropped: reason -> known faces left out. notes: a line each. seen: how everybody is.
    """

    unit: str
    faces: Counter[tuple[str, str]]
    units: Counter[str]
    leak: Leak | None
    dropped: dict[str, int]
    notes: tuple[str, ...]
    seen: dict[str, Coverage]

    def __str__(self) -> str:
        people = {person for person, _ in self.faces} - {UNKNOWN_FOLDER}
        unknown = sum(self.faces[UNKNOWN_FOLDER, split] for split in SPLITS)
        faces = f"{counted(self.faces.total() - unknown, 'face')} of {counted(len(people), 'person', 'people')}"
        parts = [*([faces] if people else []), *([counted(unknown, "unknown face")] if unknown else [])]
        splits = ", ".join(f"{split} {self.units[split]}" for split in SPLITS if self.units[split])
        return f"{' and '.join(parts)} in {counted(self.units.total(), self.unit)} ({splits})"

    @property
    def has_pictures(self) -> bool:
        """Whether the format holds pictures of its own, in which something can be seen or hidden."""
        return self.unit in ("frame", "crop", "clip")

    def left_out(self) -> list[str]:
        """Why known faces were left out, a line a reason."""
        return [f"{counted(number, 'face')} {reason}" for reason, number in self.dropped.items()]


def card(
    kind: str,
    layout: str,
    options: dict[str, Any],
    origin: Origin,
    contents: Contents,
    old: str = "",
    usual: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """The text of README.md.

    kind: the format's name. layout: a line on its files. old: the card that it replaces, "" if none. usual: the options
    where nobody sets any: what is off is told where that is on. StoreError when the person's part of `old` cannot be
    told from ours.
    """
    yours = old.partition(_YOURS)[2] if old else _TO_FILL_IN
    if old and _YOURS not in old:
        raise StoreError(f"{CARD} has lost the line {_YOURS!r}: put it back before your part, or move the file away")
    lines = [
        "# Faces by person",
        "",
        f"{contents}, format **{kind}**: {_text(layout)}. Exported by facepipe {origin.facepipe}.",
        "",
        "The faces were found and grouped by a program. It misses faces, and may have put one under a wrong name: look "
        "at the pictures before you rely on them."
        + (" What is blurred or greyed is what was found." if contents.has_pictures else ""),
        "",
        f"For whom it works how well: {_text(origin.measured or 'nobody has measured this encoder')}. Your people may "
        "be others: `facepipe eval --by-group` measures with labels of yours.",
        "",
        "## People",
        "",
        *_table(contents),
        "",
        *_coverage(contents.seen),
        "## How it was made",
        "",
        f"- Sources: {_sources(origin.sources)}",
        f"- Export: {_settings({name: value for name, value in options.items() if _tells(value, usual.get(name))})}",
        *(f"- Left out: {line}" for line in contents.left_out()),
        *_leak(contents.leak),
        *(f"- Note: {_text(note)}" for note in contents.notes),
        f"- Detector: {origin.detector}, encoder: {origin.encoder}",
        *(f"- {_text(group)}: {_settings(values)}" for group, values in origin.settings.items() if group != "output"),
        *(f"- Model {_text(name)}: SHA-256 `{_code(digest)}`" for name, digest in origin.models.items()),
        "",
        _YOURS,
    ]
    return "\n".join(lines) + yours


def _sources(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{_code(name)}`" for name in names[:_MOST_SOURCES])
    more = len(names) - _MOST_SOURCES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _table(contents: Contents) -> list[str]:
    """Markdown: faces a person and split, and the frames, crops or rows of each split."""
    people = sorted({person for person, _ in contents.faces}, key=natural_key)
    rows = [["person", *SPLITS, "all"], ["---", *["--:"] * 4]]
    for person in people:
        counts = [contents.faces[person, split] for split in SPLITS]
        rows.append([_text(person), *map(str, counts), str(sum(counts))])
    counts = [sum(contents.faces[person, split] for person in people) for split in SPLITS]
    rows.append(["**faces**", *map(str, counts), str(sum(counts))])
    units = [contents.units[split] for split in SPLITS]
    rows.append([f"**{contents.unit}s**", *map(str, units), str(sum(units))])
    return [f"| {' | '.join(row)} |" for row in rows]


def _coverage(seen: dict[str, Coverage]) -> list[str]:
    """Markdown: how people are seen, those with most faces first, and of what there is little."""
    shown = sorted(seen, key=lambda name: (-seen[name].faces, natural_key(name)))[:_MOST_PEOPLE]
    if not shown:
        return []
    lines = ["## How people are seen", ""]
    lines += markdown_table(
        ["person", *Coverage.HEADER], [[_text(name), *seen[name].cells()] for name in shown]
    ).splitlines()
    lines += ["", f"Missing is that of which there are fewer than {FEW} faces.", ""]
    for name in shown:
        parts = {"missing": seen[name].missing(), "only": seen[name].only()}
        told = "; ".join(f"{kind} {', '.join(what)}" for kind, what in parts.items() if what)
        lines.append(f"- {_text(name)}: {told or 'nothing is missing'}")
    more = len(seen) - len(shown)
    return [*lines, *([f"- and {counted(more, 'person', 'people')} with fewer faces"] if more else []), ""]


def _leak(leak: Leak | None) -> list[str]:
    if leak is None:
        return []
    return [
        "- Split by shot: near-duplicates (alike, and at the same place in the picture) stay on one side. "
        f"{leak.near} of {counted(leak.faces, 'face')} of val and test have a near-duplicate in train; in a random "
        f"split {leak.near_random:.0%} of them would."
    ]


def _tells(value: Any, usual: Any) -> bool:
    return bool(value) or (value not in (None, "") and bool(usual))


def _settings(values: dict[str, Any]) -> str:
    return ", ".join(f"{_text(name)} `{_code(_value(value))}`" for name, value in values.items())


def _value(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _text(text: str) -> str:
    """`text` as Markdown that shows it and does nothing else."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>()#+!|~&" else char for char in text.replace("\n", " "))


def _code(text: str) -> str:
    """`text` for between backticks."""
    return text.replace("`", "'").replace("\n", " ").replace("|", "\\|")
