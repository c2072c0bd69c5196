"""Names for what a clusterer found: what people have decided holds, and names that were given stay.

1. A confirmed face keeps exactly its person; nobody's faces stay unknown.
2. A cluster with confirmed faces of one name gets that name. With several names, or where the confirmed faces are
   guests (taken out of a person who is still there, or few of somebody who is elsewhere), faces that had another name
   stay together, and new ones go, a track at a time, to the name that they are clearly nearest to; the rest become a
   person of their own.
3. Every other cluster keeps the name that most of its faces had before, one cluster a name; new ones get free names.
4. A face never gets a name that it was rejected from, nor one that another face of its frame has for better reasons:
   it becomes unknown. Copies of a face, in a shot that shows its picture several times, share its name.
5. Two people who were said to be different never share a name: a cluster of both is taken apart before all else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from facepipe.distances import squared
from facepipe.files.removal import folded
from facepipe.people.apart import kept_apart, taken_apart
from facepipe.people.decisions import Corrections
from facepipe.table import FaceTable


def named(
    table: FaceTable,
    previous_names: Mapping[str, str],
    corrections: Corrections,
    *,
    allow_duplicates: bool = False,
    doubled: np.ndarray | None = None,
) -> FaceTable:
    """The clustered table with a person for every face, "" for unknown; independent of the order of its rows.

    previous_names: face id -> the name it had, of faces that were there before. allow_duplicates: one person may
    appear twice in a frame. doubled: bool (n,), where faces of one frame and cluster may (see `Clustering`).
    """
    order = np.argsort(np.array(table.face_id, dtype=str), kind="stable")
    work = _Naming(table.take(order), previous_names, corrections)
    for label in range(max(work.labels, default=-1) + 1):
        work.name_cluster(label)
    work.name_groups()
    if not allow_duplicates:
        work.part_frames(np.zeros(len(order), bool) if doubled is None else doubled[order])
    work.names = kept_apart(work.table, work.names, work.confirmed, corrections.different)
    names = np.empty(len(order), dtype=object)
    names[order] = work.names
    return table.with_(person=tuple(names.tolist()))


@dataclass(slots=True)
class _Group:
    """Rows that are one person and have no confirmed name yet; `key` is their place in the order of new names."""

    key: tuple[int, str]
    rows: list[int] = field(default_factory=list)


class _Naming:
    """The work of `named` on rows in the order of their ids."""

    def __init__(self, table: FaceTable, previous_names: Mapping[str, str], corrections: Corrections) -> None:
        self.table, self.track = table, table.track
        self.labels = taken_apart(table, corrections.different)
        labels = self.labels
        renamed = corrections.names
        self.before = [renamed.get(name, name) for name in (previous_names.get(f, "") for f in table.face_id)]
        self.confirmed = [corrections.person.get(face, "") for face in table.face_id]
        self.rejected = [corrections.rejected.get(face, frozenset()) for face in table.face_id]
        self.names = list(self.confirmed)
        self.weight: dict[str, Counter[int]] = defaultdict(Counter)  # name -> how many of its faces each cluster has
        for row, label in enumerate(labels):
            self.weight[self.confirmed[row] or self.before[row]][label] += label >= 0
        self.taken = {*previous_names.values(), *self.before, *corrections.used} - {""}
        self.anchored: set[str] = set()  # names that a cluster has because of its confirmed faces
        self.groups: list[_Group] = []
        self.members: dict[int, list[int]] = defaultdict(list)
        for row, label in enumerate(labels):
            if label >= 0 and (self.confirmed[row] or table.face_id[row] not in corrections.nobody):
                self.members[label].append(row)

    def name_cluster(self, label: int) -> None:
        """Rule 2 for one cluster; what it leaves is a group."""
        fixed = [row for row in self.members[label] if self.confirmed[row]]
        free = [row for row in self.members[label] if not self.confirmed[row]]
        if not fixed:
            self.groups.append(_Group((label, ""), free))
            return
        names = {self.confirmed[row] for row in fixed}
        parted = self._parted(label, names, fixed, free)
        if not parted:
            self.anchored |= names
            if len(names) == 1:
                self._give(names.pop(), free)
                return
        staying = {name: _Group((label, name)) for name in sorted(parted)}
        anchors = {name: [row for row in fixed if self.confirmed[row] == name] for name in sorted(names)}
        open_rows = []
        for row in free:
            if self.before[row] in parted:
                staying[self.before[row]].rows.append(row)
            elif not self.rejected[row] & (names | parted):  # not one of these: unknown, until it is elsewhere
                open_rows.append(row)
        anchors |= {name: list(group.rows) for name, group in staying.items()}
        rest = _Group((label, ""))
        for name, rows in self._nearest(anchors, open_rows):
            if name in staying:
                staying[name].rows += rows
            elif name:
                self._give(name, rows)
            else:
                rest.rows += rows
        self.groups += [*staying.values(), rest]

    def _parted(self, label: int, names: set[str], fixed: list[int], free: list[int]) -> set[str]:
        """The earlier names in a cluster that its confirmed faces do not speak for.

        Those that somebody has taken these faces away from; and the more frequent ones, where the confirmed faces are
        few of a person who is at home in another cluster.
        """
        here = Counter(self.before[row] for row in free if self.before[row] and self.before[row] not in names)
        taken_from = {name for row in fixed for name in self.rejected[row]}
        most = max(self.weight[name][label] for name in names)
        guests = all(2 * self.weight[name][label] < max(self.weight[name].values()) for name in names)
        return {name for name, faces in here.items() if name in taken_from or (guests and faces > most)}

    def name_groups(self) -> None:
        """Rule 3."""
        votes: Counter[tuple[int, str]] = Counter()
        for number, group in enumerate(self.groups):
            votes.update((number, self.before[row]) for row in group.rows if self._may_keep(row))
        chosen: dict[int, str] = {}
        given: set[str] = set()
        for (number, name), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0][1], vote[0][0])):
            if number not in chosen and name not in given:
                chosen[number] = name
                given.add(name)
        new = free_names(self.taken)
        for number, group in sorted(enumerate(self.groups), key=lambda item: item[1].key):
            if group.rows:
                self._give(chosen[number] if number in chosen else next(new), group.rows)

    def part_frames(self, doubled: np.ndarray) -> None:
        """Rule 4 for faces of one frame: the confirmed ones keep a name, else the one nearest to its mean."""
        shared: dict[tuple[int, str], list[int]] = defaultdict(list)
        for row, frame in enumerate(self.table.frame_codes().tolist()):
            if self.names[row]:
                shared[frame, self.names[row]].append(row)
        for (_, name), rows in shared.items():
            losers = [row for row in rows if not self.confirmed[row]]
            if len(rows) == 1 or not losers:
                continue
            if len(losers) == len(rows):
                known = [row for row, other in enumerate(self.confirmed) if other == name]
                known = known or [row for row, other in enumerate(self.names) if other == name]
                apart = squared(self.table.embedding[rows], self._means([known]))[:, 0]
                losers.remove(rows[int(apart.argmin())])
            clusters = {self.labels[row] for row in rows if row not in losers}
            for row in losers:
                if not doubled[row] or self.labels[row] not in clusters:
                    self.names[row] = ""

    def _may_keep(self, row: int) -> bool:
        name = self.before[row]
        return bool(name) and name not in self.anchored and name not in self.rejected[row]

    def _give(self, name: str, rows: Iterable[int]) -> None:
        for row in rows:
            self.names[row] = "" if name in self.rejected[row] else name

    def _nearest(self, anchors: Mapping[str, list[int]], rows: list[int]) -> Iterator[tuple[str, list[int]]]:
        """Each track or single face of `rows` with the name that it is clearly nearest to, or ""."""
        units: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            units[int(self.track[row]) if self.track[row] >= 0 else -1 - row].append(row)
        if not units:
            return
        names = list(anchors)
        tracks = {int(self.track[row]): name for name in names for row in anchors[name] if self.track[row] >= 0}
        apart = squared(self._means(units.values()), self._means(anchors.values()))
        for (unit, members), distances in zip(units.items(), apart, strict=True):
            best, second = np.sort(distances)[:2] if len(names) > 1 else (distances[0], np.inf)
            if unit in tracks:
                yield tracks[unit], members
            elif best < self.table.space.join_threshold**2 and best < self.table.space.join_ratio * second:
                yield names[int(distances.argmin())], members
            else:
                yield "", members

    def _means(self, groups: Iterable[list[int]]) -> np.ndarray:
        return np.stack([self.table.embedding[group].mean(0) for group in groups])


def free_names(taken: Iterable[str]) -> Iterator[str]:
    """person_001, person_002 ... without those that are taken on any file system."""
    used = set(map(folded, taken))
    return (name for number in count(1) if (name := f"person_{number:03d}") not in used)
