"""The README and the pages of docs/ as a list of what they tell a reader to do, in order."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"`((?:facepipe|python) [^`]+)`")


@dataclass(frozen=True)
class Step:
    """One thing to do. kind: what stands behind the fence ("sh", "python", ...), or "inline", a command in a sentence.
    line: where it begins, from 1."""

    kind: str
    text: str
    line: int


def steps(page: Path) -> list[Step]:
    """The fenced blocks and the commands in sentences of a page."""
    text = page.read_text(encoding="utf-8")
    found, end = [], 0
    for fence in _FENCE.finditer(text):
        found += _inline(text, end, fence.start())
        found.append(Step(fence[1], fence[2], _line(text, fence.start())))
        end = fence.end()
    return [*found, *_inline(text, end, len(text))]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def _inline(text: str, start: int, end: int) -> list[Step]:
    found = _COMMAND.finditer(text, start, end)
    return [Step("inline", " ".join(match[1].split()), _line(text, match.start())) for match in found]


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
