"""A shot finder: a new shot where the picture jumps."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from facepipe.contracts import ShotFinder
from facepipe.options import option
from facepipe.records import Picture


@dataclass(frozen=True, slots=True)
class Jump(ShotFinder):
    """Jumps of a tiny picture."""

    name: ClassVar[str] = "outside-jump"

    jump: float = option(20.0, "mean change of a pixel, of 255, that begins a shot", metavar="C", low=0)

    def shots(self, frames: Iterable[tuple[float, Picture]]) -> list[int]:
        shots, before = [], None
        for _, picture in frames:
            tiny = picture.rgb((32, 18)).astype(np.float32)
            jumps = before is not None and np.abs(tiny - before).mean() > self.jump
            shots.append(shots[-1] + jumps if shots else 0)
            before = tiny
        return shots
