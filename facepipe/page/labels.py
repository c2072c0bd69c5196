"""Who every face of a run is, in memory: what was written, and what was decided since."""

from collections.abc import Iterable, Mapping

import numpy as np

from facepipe.choice import appeal
from facepipe.people.decisions import Decision
from facepipe.table import FaceTable


class Labels:
    """The names of the faces of a table, "" for unknown; a decision costs as much as it has faces.

    names: by row. rows: by name, everybody who has a face, and "" always. row_of: by face id. used: names that are not
    free for somebody new.
    """

    def __init__(self, table: FaceTable, names: Mapping[str, str], decisions: Iterable[Decision] = ()) -> None:
        """decisions: those that led to `names`."""
        self.table = table
        self.row_of = {face: row for row, face in enumerate(table.face_id)}
        self.names = [names.get(face, "") for face in table.face_id]
        self.rows: dict[str, set[int]] = {"": set()}
        for row, name in enumerate(self.names):
            self.rows.setdefault(name, set()).add(row)
        self.used = {*self.rows, *(name for one in decisions for name in (one.person, one.was))} - {""}
        self._covers: dict[str, int] = {}
        self._appeal = appeal(table)

    def apply(self, decisions: Iterable[Decision]) -> set[str]:
        """Take decisions over; returns the names whose faces have changed."""
        changed: set[str] = set()
        for decision in decisions:
            name = decision.name_now
            self.used |= {name, decision.was} - {""}
            for face in decision.faces if not decision.leaves_names else ():
                row = self.row_of.get(face)
                if row is not None and self.names[row] != name:
                    changed |= {self.names[row], name}
                    self._move(row, name)
        for name in changed:
            self._covers.pop(name, None)
        return changed

    def _move(self, row: int, name: str) -> None:
        before = self.names[row]
        self.rows[before].discard(row)
        if before and not self.rows[before]:
            del self.rows[before]
        self.rows.setdefault(name, set()).add(row)
        self.names[row] = name

    def people(self) -> list[str]:
        """Everybody who has a face, those with most faces first."""
        return sorted((name for name in self.rows if name), key=lambda name: (-len(self.rows[name]), name))

    def faces(self, name: str) -> list[str]:
        """The ids of somebody's faces, in the order of the table."""
        return [self.table.face_id[row] for row in sorted(self.rows.get(name, ()))]

    def cover(self, name: str) -> str:
        """The id of the best face of somebody who has one."""
        if name not in self._covers:
            rows = np.fromiter(self.rows[name], np.int64)
            best = rows[self._appeal[rows] == self._appeal[rows].max()].min()
            self._covers[name] = int(best)
        return self.table.face_id[self._covers[name]]

    def name_of(self, face: str) -> str | None:
        """The name of a face by its id; None: there is none such."""
        row = self.row_of.get(face)
        return None if row is None else self.names[row]

    def by_face(self) -> dict[str, str]:
        """The name of every face, by its id."""
        return dict(zip(self.table.face_id, self.names, strict=True))
