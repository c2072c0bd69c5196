"""What a shot finder is."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from facepipe.options import PluginOptions
from facepipe.records import Picture


@dataclass(frozen=True, slots=True)
class ShotFinder(PluginOptions):
    """Tells shots apart."""

    @abstractmethod
    def shots(self, frames: Iterable[tuple[float, Picture]]) -> list[int]:
        """The shot (0, 1, ...) of every frame of a video, given as (seconds, picture) in time order."""
