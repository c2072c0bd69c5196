"""Which faces are meant by how they are seen: turned and leaning by how much, in what framing."""

from dataclasses import dataclass

import numpy as np

from facepipe.errors import UsageError
from facepipe.options import Options, numbers, option, words
from facepipe.pose import FRAMINGS
from facepipe.table import FaceTable

# Degrees of yaw at which the next pose begins, from the left of the picture to its right.
POSES = ("left profile", "half left", "front", "half right", "right profile")
_EDGES = (-45, -15, 15, 45)

_span = numbers("..", float, 2, "-45..15")


@dataclass(frozen=True, slots=True)
class Looks(Options):
    """Filters of faces; whatever is not set lets all of them through, those too of which it is not known."""

    yaw: tuple[float, float] | None = option(
        None,
        "only faces turned so many degrees, from -90, the left of the picture, to 90 (detectors yunet and centerface)",
        metavar="A..B",
        parse=_span,
    )
    roll: tuple[float, float] | None = option(
        None, "only faces that lean so many degrees, clockwise from 0 (likewise)", metavar="A..B", parse=_span
    )
    framing: tuple[str, ...] = option((), f"only {', '.join(FRAMINGS)}", metavar="A,B", parse=words)

    def check(self) -> None:
        for name, between in (("yaw", self.yaw), ("roll", self.roll)):
            if between is not None and between[0] > between[1]:
                raise UsageError(f"--{name} {between[0]:g}..{between[1]:g}: the smaller number comes first")
        for name in self.framing:
            if name not in FRAMINGS:
                raise UsageError(f"--framing {name}: choose of {', '.join(FRAMINGS)}")

    def includes(self, table: FaceTable) -> np.ndarray:
        """Which faces all filters let through: bool (n,)."""
        return ~np.any([np.zeros(len(table), bool), *self.outside(table).values()], axis=0)

    def outside(self, table: FaceTable) -> dict[str, np.ndarray]:
        """For every filter that is set, how it is called and which faces it leaves out: bool (n,)."""
        found = {}
        for place, (name, between) in enumerate((("yaw", self.yaw), ("roll", self.roll))):
            if between is not None:
                degrees = table.pose[:, place]
                inside = (between[0] <= degrees) & (degrees <= between[1])  # not so for nan
                found[f"outside --{name} {between[0]:g}..{between[1]:g}"] = ~inside
        if self.framing:
            found[f"not --framing {','.join(self.framing)}"] = ~np.isin(table.framing, self.framing)
        return found


def poses_of(table: FaceTable) -> np.ndarray:
    """The place of each face's pose in POSES, -1 where it is not known: int64 (n,)."""
    return pose_places(table.pose[:, 0])


def pose_places(yaw: np.ndarray) -> np.ndarray:
    """The places in POSES of faces that are turned so many degrees, -1 for nan: int64 (n,)."""
    return np.where(np.isnan(yaw), -1, np.searchsorted(_EDGES, yaw, side="right"))
