"""Shots as clustering finds them on sampled frames."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from facepipe.contracts import ShotFinder
from facepipe.imaging.signature import signature
from facepipe.media.shots import shot_ids
from facepipe.records import Picture


@dataclass(frozen=True, slots=True)
class BySignature(ShotFinder):
    """See `media.shots`."""

    name: ClassVar[str] = "builtin"

    def shots(self, frames: Iterable[tuple[float, Picture]]) -> list[int]:
        times_s, signatures = [], []
        for time_s, picture in frames:
            times_s.append(time_s)
            signatures.append(signature(picture))
        return shot_ids(signatures, times_s)
