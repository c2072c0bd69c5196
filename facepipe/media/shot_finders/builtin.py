"""Shots as clustering finds them on sampled frames."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from facepipe.media.shot_finders.finder import ShotFinder
from facepipe.media.shots import shot_ids, signature
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
