"""Train, val and test by whole shots, so that near-identical pictures never stand on both sides."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.errors import UsageError
from facepipe.export.duplicates import everybodys_near_pairs
from facepipe.table import FaceTable
from facepipe.words import counted

SPLITS = ("train", "val", "test")
_FAR_OFF = 0.05  # a split that misses its share by more than this is worth a note
_MOST_LINKS = 1 << 20  # that wait to be joined: bounds the memory


@dataclass(frozen=True, slots=True)
class Split:
    """names: "train", "val" or "test" for each face of the table. notes: what could not be kept, a line each."""

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Shot:
    rows: list[int]
    people: set[str]
    split: str = "train"


def split_shots(table: FaceTable, shares: tuple[float, float, float]) -> Split:
    """Deal the shots of a table to train, val and test.

    A shot, or a burst of photos, is never divided, hence neither is a frame nor a track; nor are shots that share
    near-duplicates (see duplicates). Everybody who is known keeps at least one shot in train; `shares` (of the faces)
    are kept as well as whole shots allow. Deterministic: shots are ordered by a hash of their first frame's id, val
    gets the first ones and test the last ones. So where some come or go, few others are dealt otherwise, most of them
    near the two borders, and hardly any from val to test. A shot is another one where its first face has gone.

    UsageError when train has no share.
    """
    if shares[0] <= 0:
        raise UsageError(f"--split {','.join(map(str, shares))}: train needs a share above 0")
    wanted = {name: share * len(table) for name, share in zip(SPLITS, shares, strict=True) if share > 0}
    shots = _shots(table)
    _deal(shots, wanted)
    names = [""] * len(table)
    for shot in shots:
        for row in shot.rows:
            names[row] = shot.split
    return Split(tuple(names), _notes(shots, wanted))


def _deal(shots: list[_Shot], wanted: dict[str, float]) -> None:
    """Move shots from train, where all of them start, to the other splits."""
    missing = {name: faces for name, faces in wanted.items() if name != "train"}
    shots_of = Counter(person for shot in shots for person in shot.people)
    in_train = len(shots)

    def give(shot: _Shot, name: str) -> None:
        nonlocal in_train
        shot.split = name
        shots_of.subtract(shot.people)
        missing[name] -= len(shot.rows)
        in_train -= 1

    def spare(shot: _Shot) -> bool:
        return shot.split == "train" and in_train > 1 and all(shots_of[person] > 1 for person in shot.people)

    left = {name: iter(shots) if name == "val" else reversed(shots) for name in missing}
    while shots and left:
        name = max(left, key=lambda split: missing[split] / wanted[split])
        shot = next(left[name], None)
        if shot is None:
            del left[name]
        elif spare(shot) and len(shot.rows) < 2 * missing[name]:  # brings the split nearer to its share
            give(shot, name)
    for name in missing:  # a split that got nothing gets the smallest shot that train can spare, however large
        if missing[name] == wanted[name]:
            smallest = min(filter(spare, shots), key=lambda shot: len(shot.rows), default=None)
            if smallest is not None:
                give(smallest, name)


def _shots(table: FaceTable) -> list[_Shot]:
    """The shots; those that share a near-duplicate (one picture twice, a camera that is cut back to) are one."""
    found: dict[int, _Shot] = {}
    for row, group in enumerate(_linked(table).tolist()):
        shot = found.setdefault(group, _Shot([], set()))
        shot.rows.append(row)
        if table.person[row]:
            shot.people.add(table.person[row])
    return sorted(found.values(), key=lambda shot: hashlib.sha256(table.frame_id[shot.rows[0]].encode()).digest())


def _linked(table: FaceTable) -> np.ndarray:
    """int64 (n,), a number for each face: equal where near-duplicates link their shots, directly or through others."""
    shot_of = np.unique(table.shot, return_inverse=True)[1].reshape(-1)
    groups, links, waiting = shot_of, [], 0
    for one, other in everybodys_near_pairs(table, shot_of):
        if len(one):
            links.append((one, other))
            waiting += len(one)
        if waiting > _MOST_LINKS:
            groups, links, waiting = _joined(groups, links), [], 0
    return _joined(groups, links)


def _joined(groups: np.ndarray, links: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """`groups`, those being one that `links` join: rows, pair by pair. A group gets the least number of those that are
    one with it.

    Connected components, as SciPy has them, which takes longer to import than most corrections have to join.
    """
    if not links:
        return groups
    one, other = (groups[np.concatenate(rows)] for rows in zip(*links, strict=True))
    least = np.arange(int(groups.max()) + 1)
    while (least[one] != least[other]).any():
        low = np.minimum(least[one], least[other])
        for ends in (least[one], least[other]):  # the groups that stand for those so far
            np.minimum.at(least, ends, low)
        while (least[least] != least).any():
            least = least[least]
    return least[groups]


def _notes(shots: list[_Shot], wanted: dict[str, float]) -> tuple[str, ...]:
    faces = Counter()
    for shot in shots:
        faces[shot.split] += len(shot.rows)
    total = sum(faces.values())
    notes = []
    for name in SPLITS[1:]:  # train is what these leave
        want = wanted.get(name, 0.0)
        if want and not faces[name]:
            notes.append(
                f"no {name} split: of {counted(len(shots), 'shot')} (or groups of shots with near-duplicates) "
                "none can be taken without losing a person in train"
            )
        elif want and abs(faces[name] - want) > _FAR_OFF * total:
            notes.append(
                f"{name} has {faces[name] / total:.0%} of the faces instead of {want / total:.0%}: shots stay whole"
            )
    return tuple(notes)
