"""Which faces are meant by how they are seen: turned and leaning by how much, in what framing and light, how sharp."""

from dataclasses import dataclass

import numpy as np

from facepipe.errors import UsageError
from facepipe.options import Options, numbers, option, words
from facepipe.pose import FRAMINGS
from facepipe.table import FaceTable

# Degrees of yaw at which the next pose begins, from the left of the picture to its right.
POSES = ("left profile", "half left", "front", "half right", "right profile")
_EDGES = (-45, -15, 15, 45)

# How light a face is, and the mean grey level of its box at which the next part begins; it is no measure of the lamp:
# dark skin is darker in the same light.
LIGHTS = ("dark", "dim", "usual", "bright")
LIGHT_EDGES = (40, 80, 160)

# `eye_openness` from which eyes count as open. It is a hint only: of 117 faces of two clips, most of them with a low
# one, 85 show their eyes well enough to say; it agrees with 75 % of these, leaves out 6 of 14 that are shut or look
# down, and 13 of 71 that are open (dark, narrow, behind glasses).
_OPEN_EYES = 0.12
EYES = ("open", "shut")

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
    light: tuple[float, float] | None = option(
        None,
        "only faces so light: the mean grey level of the face box, 0 to 255 (below 40 is dark; dark skin is darker)",
        metavar="A..B",
        parse=numbers("..", float, 2, "40..200"),
    )
    min_sharpness: float | None = option(
        None,
        "only faces so sharp: fine detail beside contrast (below .06 is blurred, from .12 on sharp)",
        metavar="S",
        low=0,
    )
    eyes: str | None = option(
        None,
        "only faces whose eyes look open, or shut: a hint that errs in a quarter of the faces",
        metavar="|".join(EYES),
    )

    def check(self) -> None:
        for name, between in (("yaw", self.yaw), ("roll", self.roll), ("light", self.light)):
            if between is not None and between[0] > between[1]:
                raise UsageError(f"--{name} {between[0]:g}..{between[1]:g}: the smaller number comes first")
        for name in self.framing:
            if name not in FRAMINGS:
                raise UsageError(f"--framing {name}: choose of {', '.join(FRAMINGS)}")
        if self.eyes not in (None, *EYES):
            raise UsageError(f"--eyes {self.eyes}: choose one of {', '.join(EYES)}")

    def includes(self, table: FaceTable) -> np.ndarray:
        """Which faces all filters let through: bool (n,)."""
        return ~np.any([np.zeros(len(table), bool), *self.outside(table).values()], axis=0)

    def outside(self, table: FaceTable) -> dict[str, np.ndarray]:
        """For every filter that is set, how it is called and which faces it leaves out: bool (n,)."""
        found = {}
        measured = {"yaw": table.pose[:, 0], "roll": table.pose[:, 1], "light": table.light}
        for name, values in measured.items():
            if (between := getattr(self, name)) is not None:
                inside = (between[0] <= values) & (values <= between[1])  # not so for nan
                found[f"outside --{name} {between[0]:g}..{between[1]:g}"] = ~inside
        if self.framing:
            found[f"not --framing {','.join(self.framing)}"] = ~np.isin(table.framing, self.framing)
        if self.min_sharpness is not None:
            found[f"below --min-sharpness {self.min_sharpness:g}"] = ~(table.sharpness >= self.min_sharpness)
        if self.eyes is not None:
            alike = (table.eyes >= _OPEN_EYES) == (self.eyes == "open")
            found[f"not --eyes {self.eyes}"] = ~(alike & (table.eyes > 0))
        return found


def poses_of(table: FaceTable) -> np.ndarray:
    """The place of each face's pose in POSES, -1 where it is not known: int64 (n,)."""
    return pose_places(table.pose[:, 0])


def pose_places(yaw: np.ndarray) -> np.ndarray:
    """The places in POSES of faces that are turned so many degrees, -1 for nan: int64 (n,)."""
    return np.where(np.isnan(yaw), -1, np.searchsorted(_EDGES, yaw, side="right"))


def light_places(light: np.ndarray) -> np.ndarray:
    """The places in LIGHTS of faces of that mean grey level, -1 for nan: int64 (n,)."""
    return np.where(np.isnan(light), -1, np.searchsorted(LIGHT_EDGES, light, side="right"))
