"""Shots as clustering finds them on sampled frames."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from facepipe.contracts import ShotFinder
from facepipe.imaging.signature import signature
from facepipe.media.shots import changes, cut_where
from facepipe.records import Picture

_AT_ONCE = 256  # signatures that are held: of a film there are 200,000


@dataclass(frozen=True, slots=True)
class BySignature(ShotFinder):
    """See `media.shots`."""

    name: ClassVar[str] = "builtin"

    def shots(self, frames: Iterable[tuple[float, Picture]]) -> list[int]:
        times_s, held, change = [], [], [np.zeros(0)]
        for time_s, picture in frames:
            times_s.append(time_s)
            held.append(signature(picture))
            if len(held) > _AT_ONCE:
                change.append(changes(np.stack(held)))
                del held[:-1]
        if len(held) > 1:
            change.append(changes(np.stack(held)))
        return cut_where(np.concatenate(change), times_s, every_frame=True)
