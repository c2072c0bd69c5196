"""Files that are to be made all together, after they have been listed: those that would be the same stay."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from facepipe.callbacks import Progress, no_progress
from facepipe.files.crew import Crew
from facepipe.files.ledger import recipe
from facepipe.files.listing import entries_of
from facepipe.files.paths import folder_and_name
from facepipe.files.target import Target, linked
from facepipe.version import __version__

_PICTURES = (".jpg", ".png")


@dataclass(slots=True)
class _Phase:
    """What is made by many threads, and by one of them in turn, once all is there that is made before."""

    jobs: list[Callable[[], None]] = field(default_factory=list)
    in_turn: list[Callable[[], None]] = field(default_factory=list)


class Plan(Target):
    """A target in which nothing is made before `carry_out`.

    made: of what the files are made that are there (see `Ledger`). A file that is there, and is made of the same thing,
    stays; of pictures that are made of one thing, one is made, and the others are links to it.

    recipes: of what each file is made, as far as that is known. changing: the files that `carry_out` makes.
    left_out: files that would be made if the target were not `frozen`.
    """

    def __init__(self, root: Path, made: Mapping[str, str]) -> None:
        super().__init__(root)
        self._made = made
        self.recipes: dict[str, str] = {}
        self.changing: set[str] = set()
        self._changing_in: set[str] = set()  # the folders of these; not the top
        self.left_out: list[str] = []
        self._phases = [_Phase()]
        self._ahead: list[Callable[[], Any]] = []  # before what is made in turn
        self._links: list[Callable[[], None]] = []  # to what was made
        self._first: dict[str, str] = {}  # recipe -> the picture that is made of it
        self._alone = False
        self._listed: dict[str, frozenset[str]] = {}  # folder -> names of what is in it

    def wait(self) -> None:
        """What is added from here on is made when all is there that was added so far, but for what is made in turn."""
        self._phases.append(_Phase())

    def in_turn(self) -> "Plan":
        part = super().in_turn()
        part._alone = True
        return part

    def made_of(self, of: Any) -> "Plan":
        return super().made_of(recipe(of))  # which is worked out once, however many files follow from it

    def has(self, name: str, of: Any) -> bool:
        """Whether a file is there that this version of the program has made of that."""
        return self._is_there(f"{self._prefix}{name}", _recipe(of, 0))

    def stay(self, names: Sequence[str], needs: str = "") -> bool:
        made_of = {whole: self._made.get(whole) for whole in (f"{self._prefix}{name}" for name in names)}
        if needs in self._changing_in or not all(made_of.values()) or not all(map(self._stands, made_of)):
            return False
        for name, made in made_of.items():
            folder, last = folder_and_name(name)
            self._keep(folder, (last,))
            self._first.setdefault(made, name)
        self.recipes.update(made_of)
        return True

    def carry_out(self, threads: int = 1, progress: Progress = no_progress) -> None:
        """Make what has to be made, on so many threads. The first error is raised, and what has not begun is left."""
        phases = [*self._phases, _Phase(self._links)]
        total, done = sum(len(phase.jobs) + len(phase.in_turn) for phase in phases), 0
        with Crew(threads) as crew:
            for job in self._ahead:
                crew.do_in_turn(job)  # what takes longest of all
            for phase in phases:
                for job in phase.in_turn:
                    crew.do_in_turn(job)
                for job in phase.jobs:
                    crew.do(job)
                    progress(done := done + 1, total)
                crew.wait()
            crew.wait_in_turn()
        progress(total, total)

    def _add(
        self,
        names: Sequence[str],
        of: Any,
        write: Callable[..., None],
        needs: Collection[str] = (),
        ahead: Callable[[], Any] | None = None,
    ) -> None:
        whole = [f"{self._prefix}{name}" for name in names]
        if of is None and self._of is not None:
            of = self._of, whole
        made_of = ["" if of is None else _recipe(of, number) for number in range(len(names))]
        kept = of is not None and self.changing.isdisjoint(needs) and all(map(self._is_there, whole, made_of))
        if self._frozen and not kept:
            self.left_out += whole
            return
        for name in names:
            self._claim(name)
        self.recipes.update(zip(whole, made_of, strict=True))
        if kept:
            self._first.setdefault(made_of[0], whole[0])
            return
        self.changing.update(whole)
        self._changing_in.update(folder for name in whole if (folder := folder_and_name(name)[0]))
        paths = [self.root / name for name in whole]
        like = self._first.setdefault(made_of[0], whole[0]) if of is not None and len(paths) == 1 else whole[0]
        if like != whole[0] and paths[0].suffix in _PICTURES:
            self._links.append(partial(linked, self.root / like, paths[0]))
        else:
            phase = self._phases[-1]
            (phase.in_turn if self._alone else phase.jobs).append(partial(write, *paths))
            if ahead is not None:
                self._ahead.append(ahead)

    def _is_there(self, name: str, made_of: str) -> bool:
        return self._made.get(name) == made_of and self._stands(name)

    def _stands(self, name: str) -> bool:
        """Whether there is such a file."""
        folder, last = folder_and_name(name)
        if folder not in self._listed:
            self._listed[folder] = _names_in(self.root / folder)
        return last in self._listed[folder]


def _recipe(of: Any, number: int) -> str:
    """Of what the file with this number is made, of those that are made of one thing together."""
    return recipe((__version__, of, number))


def _names_in(folder: Path) -> frozenset[str]:
    """The files in a folder that are not empty, as a power cut may leave them."""
    with entries_of(folder) as entries:
        return frozenset(entry.name for entry in entries if entry.stat(follow_symlinks=False).st_size)
