"""How a forgotten person was called: where the name stands in a text, and where that means something else."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cached_property
from html import escape
from itertools import chain
from typing import Any
from urllib.parse import quote

from facepipe.export.formats import EXPORTERS
from facepipe.export.split import SPLITS
from facepipe.files.names import person_folder, with_digest
from facepipe.people.decisions import KINDS, Decision, replay
from facepipe.people.log import read_log
from facepipe.people.written import names_written
from facepipe.pictures.plots import PLOTS
from facepipe.questions.question import KINDS as QUESTIONS
from facepipe.questions.question import Question, Tile
from facepipe.report.page import standing_text
from facepipe.review.needles import Texts
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import FOLDERS
from facepipe.table import columns

_CHANCE = 5  # letters of a name that do not come up by chance in what is no text
_NUMBER = re.compile(r"[\d.,:+-]+")
# Words that stand in our files as names do, whatever people are called.
_OWN_WORDS = frozenset(
    {*FOLDERS, *SPLITS, *EXPORTERS.names, *PLOTS.names, *(name for spec in columns() for name in spec.csv)}
    | set("run report decisions encodings face faces unknown nobody image images label labels name names".split())
    | set("class classes valid obj backup data true false none null nan".split())
    | {*KINDS, *QUESTIONS, *(spec.name for kind in (Decision, Question, Tile) for spec in fields(kind))}
)


class Called:
    """The name of a person who is gone from a run.

    In files of ours it counts where a name stands (between quotes, tags, slashes, commas), in those of others wherever
    it stands as a word. Left out are the names and paths of inputs and the names of people who stay, in which it may
    stand: "Smith, Anna" is not Anna. words: what a file or folder of the person is called. is_common: whether it is a
    number, or a word of our own: those stand in our files whoever is in the run.
    """

    def __init__(self, folder: RunFolder, name: str) -> None:
        self._folder, self.name = folder, name
        self.words = {name, name.replace(" ", "_"), with_digest(name, name)}
        forms = {kind(word) for word in self.words for kind in _WRITTEN}
        self._forms, form = Texts(forms), _any_of(forms)
        self._free = re.compile(rf"(?<![^\W_])({form})(?![^\W_])")
        self._standing = re.compile(rf"(?:^|[\"'>/,;|=\t])\s?({form})(?=[\"'<./,;|\t]|$)", re.MULTILINE)

    def may_be_in(self, text: str | bytes) -> bool:
        """Whether the letters stand there, as they do in hardly any text."""
        return self._forms.are_in(text) if isinstance(text, str) else self._forms.are_in_bytes(text)

    def is_meant(self, text: str, *, ours: bool) -> bool:
        """Whether a text, a file's name or some of what a file holds, speaks of the person."""
        if ours:
            return not self.is_common and bool(self._standing.search(self._others.sub("", text)))
        by_chance = _NUMBER.fullmatch(self.name) or ("\ufffd" in text and len(self.name) < _CHANCE)
        return not by_chance and bool(self._free.search(self._others.sub("", text)))

    @cached_property
    def is_common(self) -> bool:
        if self.name.casefold() in _OWN_WORDS or _NUMBER.fullmatch(self.name):
            return True
        state = self._folder.state
        said = texts_in([state.settings.as_dict(), dict(state.models), state.status.value, state.facepipe])
        return bool(self._standing.search("\n".join([standing_text(), *said])))

    @cached_property
    def _others(self) -> re.Pattern[str]:
        """The names and paths of inputs, and the names of people, in which the name stands: mostly there are none, and
        a pattern of very many would take minutes."""
        folder = self._folder
        texts = [str(folder.path), str(folder.path.resolve())]
        own = [(entry.path, entry.name, entry.source_id) for entry in folder.state.inputs]
        if self._forms.are_in("\n".join(chain.from_iterable(own))):
            for entry, called in zip(folder.state.inputs, own, strict=True):
                if self._forms.are_in("\n".join(called)):
                    texts += [*called, folder.address_of(entry)]
        people = {*(names_written(folder) or {}).values(), *replay(read_log(folder)).used} - {self.name}
        for other in filter(self._forms.are_in, people):
            texts += [other, person_folder(other)]
        return re.compile(_any_of(kind(text) for text in texts for kind in _WRITTEN))


def _any_of(texts: Iterable[str]) -> str:
    """A pattern for any of the texts, longer ones first; for none of them, one that never fits."""
    return "|".join(sorted(set(map(re.escape, filter(None, texts))), key=len, reverse=True)) or r"(?!)"


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _in_page(text: str) -> str:
    """As templates escape it."""
    return escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def _in_csv(text: str) -> str:
    return text.replace('"', '""')


# The forms that a text may have.
_WRITTEN: tuple[Callable[[str], str], ...] = (str, escape, _in_page, quote, _in_json, _in_csv)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    for inner in value if isinstance(value, list | tuple) else ():
        yield from texts_in(inner)
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield key
        yield from texts_in(inner)
