"""How somebody is seen: from which sides, how much of them, in what light, in how many outfits; and what is missing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from facepipe.distances import squared
from facepipe.files.mapped import release
from facepipe.grouping import rows_by
from facepipe.looks import LIGHTS, POSES, light_places, pose_places
from facepipe.pose import FRAMINGS
from facepipe.table import FaceTable

FEW = 3  # faces of a kind: more of them would help
LARGE_PX = 112  # side of a face that recognisers take without enlarging it
CLEAR = 0.5  # quality

# Somebody wears the same in two shots if their mean clothing there, of norm 1, is nearer than this. Of 25 people who
# are seen in several shots of three clips (adverts and news, a dark stage, drawn), 23 have as many outfits as can be
# seen: in one outfit shots lie up to .96 apart, in two from 1.05 on. A man in ten times nearly the same suit has 7.
_SAME_OUTFIT = 1.0
_MOST_SHOTS = 2000  # of somebody that are compared


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of one person's faces. poses, framings, lights: by POSES, FRAMINGS and LIGHTS, of the faces of which that
    is known. outfits: how many different clothes; 0 where none are seen well enough. dressed: shots in which they are.
    large, clear: faces of LARGE_PX, and of quality CLEAR, or more."""

    faces: int
    shots: int
    sources: int
    poses: tuple[int, ...]
    framings: tuple[int, ...]
    lights: tuple[int, ...]
    outfits: int
    dressed: int
    large: int
    clear: int

    HEADER: ClassVar[tuple[str, ...]] = ("faces", *POSES, *FRAMINGS, *LIGHTS, "outfits", "large", "clear", "shots")

    def cells(self) -> list[str]:
        """The counts in the order of HEADER."""
        numbers = (self.outfits, self.large, self.clear, self.shots)
        return [*map(str, (self.faces, *self.poses, *self.framings, *self.lights, *numbers))]

    def missing(self) -> list[str]:
        """Of what there are fewer than FEW faces; what the run does not tell is not missed."""
        lacking = [name for kind in self._kinds() for name, n in kind.items() if n < FEW and any(kind.values())]
        counts = {"large faces": self.large, "clear faces": self.clear, "shots": self.shots}
        return lacking + [name for name, n in counts.items() if n < FEW]

    def only(self) -> list[str]:
        """In what all faces are alike, which whoever learns from them may take for the person."""
        alike = [f"all {name}" for kind in self._kinds() for name, n in kind.items() if n == sum(kind.values()) > 0]
        return alike + [f"one {what}" for what, n in (("outfit", self.outfits), ("file", self.sources)) if n == 1]

    def _kinds(self) -> list[dict[str, int]]:
        """What a face is of one of, with the counts."""
        lights = [f"{name} light" for name in LIGHTS]
        named = ((POSES, self.poses), (FRAMINGS, self.framings), (lights, self.lights))
        return [dict(zip(names, counts, strict=True)) for names, counts in named]


def coverage_of(table: FaceTable, rows: np.ndarray | None = None) -> Coverage:
    """How one person's faces, int (k,), or all of a table, cover what there may be."""
    rows = np.arange(len(table)) if rows is None else rows
    worn, box = _worn(table, rows), table.box_ltrb[rows]
    sides = (box[:, 2:] - box[:, :2]).min(axis=1, initial=1 << 30)
    framings = [table.framing[row] for row in rows.tolist()]
    return Coverage(
        faces=len(rows),
        shots=len(np.unique(table.shot[rows])),
        sources=len({table.source[row] for row in rows.tolist()}),
        poses=_counts(pose_places(table.pose[rows, 0]), len(POSES)),
        framings=tuple(framings.count(kind) for kind in FRAMINGS),
        lights=_counts(light_places(table.light[rows]), len(LIGHTS)),
        outfits=_outfits(worn),
        dressed=len(worn),
        large=int((sides >= LARGE_PX).sum()),
        clear=int((table.quality[rows] >= CLEAR).sum()),
    )


def _counts(places: np.ndarray, kinds: int) -> tuple[int, ...]:
    return tuple(np.bincount(places[places >= 0], minlength=kinds).tolist())


def _worn(table: FaceTable, rows: np.ndarray) -> np.ndarray:
    """The mean clothing of every shot in which it is seen, of norm 1: float32 (shots, 128). Clothes change between
    shots, and what hands and other people hide in one frame is seen in the next."""
    dressed = rows[table.has_cloth[rows]]
    shots = rows_by(table.shot[dressed].tolist()).values()
    means = [table.cloth[dressed[places]].mean(axis=0) for places in shots]
    release(table.cloth)
    worn = np.array(means, np.float32).reshape(len(means), table.cloth.shape[1])
    return worn / np.maximum(np.linalg.norm(worn, axis=1, keepdims=True), 1e-6)


def _outfits(worn: np.ndarray) -> int:
    """How many groups there are of which no two are near: single linkage, since a coat seen from the side is like the
    same coat seen half from the side, and that like the coat seen from the front."""
    if len(worn) < 2:
        return len(worn)
    from scipy.sparse.csgraph import connected_components

    some = worn[:: -(-len(worn) // _MOST_SHOTS)]
    return int(connected_components(squared(some, some) < _SAME_OUTFIT**2, directed=False)[0])
