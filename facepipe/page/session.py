"""A review of a run: what is said is in the log before it is answered, and the files follow when there is time.

The log is the truth: every command begins with `sync`, so that a review that is killed loses nothing. The run's lock is
held only while something is written. Whatever another command or a file manager has changed meanwhile is read again
before the next answer. While this review brings files up to date, which may take long, its answers go on: they add
lines to the log, of which the next update learns.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from facepipe.console import Console
from facepipe.errors import StoreError, UsageError
from facepipe.job.main import recluster
from facepipe.page.labels import Labels
from facepipe.page.looks import Looks
from facepipe.people.decisions import Corrections, Decision, describe, named_by, replay
from facepipe.people.log import extend_log, mend_log, read_log
from facepipe.people.written import names_written
from facepipe.results.update import check_outputs
from facepipe.review.sync import Due, bring_up_to_date, read_back
from facepipe.review.undo import undoing
from facepipe.runs.layout import DECISIONS, PEOPLE, TABLE_CSV
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run

Making = Callable[["Session"], Sequence[Decision]]


class Busy(StoreError):
    """Another facepipe is at work in the run; it will be free again."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer has changed. decisions: as they are in the log. changed: names whose faces are others now. since,
    version: of the review, before and after it."""

    decisions: tuple[Decision, ...]
    changed: frozenset[str]
    since: int
    version: int

    @property
    def words(self) -> str:
        return "; ".join(map(describe, self.decisions))


@dataclass(slots=True)
class _Notes(Console):
    """A console that keeps what it is told, for the page."""

    lines: list[str] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        self.lines.append(line)

    def warn(self, line: str, *, keep: str | None = "") -> None:
        if self._is_new(line, keep):
            self.lines.append(line)


class Session:
    """A run that is being reviewed by one or more pages; its methods may be called from several threads.

    version: rises with every change, whoever made it. notes: what reading people/ back had to say.
    """

    def __init__(self, out: Path, console: Console) -> None:
        """Open the run in `out`, its people/ read back. StoreError: it is not finished, or somebody is at work."""
        self.out, self.version, self.notes = out, 0, _Notes()
        self._mutex = threading.RLock()
        self._updating = False
        self._corrections: tuple[int, Corrections] | None = None
        with locked(out):
            self.folder = load_run(out)
            check_outputs(self.folder)
            due = read_back(self.folder, console)
            if due is not None and not due.can_wait(self.folder):
                bring_up_to_date(self.folder, due, console)
            self._load()
        self.first = len(self.decisions)  # those before were there when the review began

    @property
    def pending(self) -> bool:
        """Whether there is something that the files do not show."""
        return bool(self.decisions) and self.decisions[-1].number > self.folder.state.applied

    @property
    def corrections(self) -> Corrections:
        """What all that was decided comes to."""
        if self._corrections is None or self._corrections[0] != self.version:
            self._corrections = self.version, replay(self.decisions)
        return self._corrections[1]

    @property
    def updating(self) -> bool:
        """Whether the files are being brought up to date just now."""
        return self._updating

    def say(self, make: Making) -> Said:
        """Log what `make(session)` gives, and take it over. Errors: those of `make`; Busy, StoreError, StorageFull."""
        with self.writing():
            added, since = extend_log(self.folder, make(self), self.decisions), self.version
            said = Said(tuple(added), frozenset(self._take_over(added)), since, self.version)
            self._stamp = self._stamp_now()
            return said

    def undo(self) -> Said:
        """Take the last gesture back; `words` of what is returned says which. UsageError: there is none."""
        undone: list[Decision] = []

        def back(_: "Session") -> list[Decision]:
            gesture, entries = undoing(self.decisions, self.labels.by_face())
            if not gesture:
                raise UsageError("there is nothing to take back")
            undone.extend(gesture)
            return entries

        return replace(self.say(back), decisions=tuple(undone))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While the block runs nobody else writes, and the review knows all that was written. Busy, StoreError."""
        with ExitStack() as stack:
            stack.enter_context(self._mutex)
            if not self._updating:
                self._hold(stack)
                self._catch_up()
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While the block runs nothing changes."""
        with self._mutex:
            yield

    def refresh(self) -> None:
        """Take over what another command, or a person in people/, has changed since. Busy, StoreError."""
        with self._mutex:
            moved = self._folders_now() != self._folders
            if self._updating or not (moved or self._stamp_now() != self._stamp):
                return
            with self.writing():
                if moved:
                    self._read_back()

    def update(self, *, everything: bool = False) -> bool:
        """Bring the run's files in line with what was said; answers go on meanwhile. Whether anything was written.

        everything: annotations and plots too, however many faces there are. Busy, StoreError, StorageFull.
        """
        with self._long_work() as due:
            return due is not None and bring_up_to_date(self.folder, due, self.notes, everything).wrote

    def make_anew(self) -> None:
        """Make people anew by the run's own method and all that was said; answers go on meanwhile. Errors likewise."""
        with self._long_work() as due:
            if due is not None:
                bring_up_to_date(self.folder, due, self.notes)
            recluster(self.folder, self.folder.settings, self.notes)
        with self.writing():
            self._load()

    @contextmanager
    def _long_work(self) -> Iterator[Due | None]:
        """Hold the run, but not its log, while the block runs. Gives what the files do not show yet."""
        with ExitStack() as stack:
            with self._mutex:
                if self._updating:
                    raise Busy("the files are being brought up to date just now")
                self._hold(stack)
                self._catch_up()
                due = self._read_back()
                self._updating = True
            try:
                yield due
            finally:
                with self._mutex:
                    self._updating = False
                    self._stamp, self._folders = self._stamp_now(), self._folders_now()
                    self.written = names_written(self.folder) or {}
                    stack.close()

    def _hold(self, stack: ExitStack) -> None:
        try:
            stack.enter_context(locked(self.out))
        except StoreError as error:
            raise Busy(str(error)) from error

    def _read_back(self) -> Due | None:
        """What people/ says that nobody has logged yet goes to the log, and here."""
        self.folder = load_run(self.out)
        due = read_back(self.folder, self.notes)
        self._take_over(read_log(self.folder)[len(self.decisions) :])
        self._stamp, self._folders = self._stamp_now(), self._folders_now()
        return due

    def _catch_up(self) -> None:
        """Load the run again if somebody else has written to it."""
        if self._stamp_now() != self._stamp:
            self.folder = load_run(self.out)
            self._load()

    def _load(self) -> None:
        """Everything, from the files."""
        folder = self.folder
        names = names_written(folder)
        if names is None:
            raise StoreError(f"{folder.path} holds no finished run: there is nobody to review")
        self.decisions = read_log(folder)
        mend_log(folder, self.decisions)
        self.written = dict(names)  # where the pictures lie
        waiting = [decision for decision in self.decisions if decision.number > folder.state.applied]
        self.labels = Labels(folder.table(), named_by(names, waiting), self.decisions)
        self.looks = Looks(self.labels)
        self._stamp, self._folders = self._stamp_now(), self._folders_now()
        self.version += 1

    def _take_over(self, added: Sequence[Decision]) -> set[str]:
        self.decisions += added
        changed = self.labels.apply(added)
        self.looks.changed(changed)
        self.version += bool(added)
        return changed

    def _stamp_now(self) -> tuple:
        """Changes when the log or the table does."""
        return tuple(map(_stat, (self.out / DECISIONS, self.out / TABLE_CSV)))

    def _folders_now(self) -> dict[str, tuple]:
        """Changes when somebody adds, removes or renames something in people/ or in somebody's folder."""
        people = self.out / PEOPLE
        inner = [path for path in people.iterdir() if path.is_dir()] if people.is_dir() else []
        return {path.name: _stat(path) for path in (people, *inner)}


def _stat(path: Path) -> tuple:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns
