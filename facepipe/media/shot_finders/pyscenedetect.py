"""Shots found by PySceneDetect, where it is installed."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from facepipe.contracts import ShotFinder
from facepipe.lazy import cv2
from facepipe.records import Picture
from facepipe.registry import registry_of

_SIZE_WH = (256, 144)
_RATE = 25.0  # PySceneDetect counts in time codes; frames are numbered here, so that any rate does


@dataclass(frozen=True, slots=True)
class PySceneDetect(ShotFinder):
    """PySceneDetect's AdaptiveDetector with its own defaults.

    It compares a change with the changes around it, which stands fast camera movement; its shortest shot is 15 frames.
    """

    name: ClassVar[str] = "pyscenedetect"

    def require(self) -> None:
        try:
            import_module("scenedetect")
        except ImportError as error:
            raise registry_of("shot finder")[self.name].lacks(error) from error

    def shots(self, frames: Iterable[tuple[float, Picture]]) -> list[int]:
        self.require()
        from scenedetect import AdaptiveDetector, FrameTimecode  # here, so that it can be listed without it

        detector = AdaptiveDetector()
        cuts, now = [], None
        count = 0
        for _, picture in frames:
            now = FrameTimecode(count, fps=_RATE)
            cuts += detector.process_frame(now, cv2.cvtColor(picture.rgb(_SIZE_WH), cv2.COLOR_RGB2BGR))
            count += 1
        if now is not None:
            cuts += detector.post_process(now)
        starts = {cut.frame_num for cut in cuts}
        shot, shots = 0, []
        for place in range(count):
            shot += place in starts and place > 0
            shots.append(shot)
        return shots
