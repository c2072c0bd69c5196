"""What the annotation formats have in common: classes, unknown faces, pictures."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.dataset.annotated import AnnotatedFrame
from facepipe.dataset.crops import Progress
from facepipe.dataset.names import UNKNOWN_FOLDER
from facepipe.dataset.pictures import read_rgb
from facepipe.dataset.target import Target
from facepipe.errors import UsageError
from facepipe.geometry import Box, box_size, clip_box, crop, head_box

UNKNOWN_CHOICES = ("mask", "label", "exclude-frame", "ignore")
_GREY = 114  # the grey with which Ultralytics pads pictures: a detector that is trained on it knows to see nothing


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """unknown: what becomes of faces that belong to nobody.

    mask (default): greyed in a copy of the picture, so that a detector is not taught that they are background, and
    no known face is lost; label: a last class "unknown"; exclude-frame: their frames are left out; ignore: nothing.
    """

    unknown: str = "mask"

    def __post_init__(self) -> None:
        if self.unknown not in UNKNOWN_CHOICES:
            raise UsageError(f"--unknown {self.unknown}: choose one of {', '.join(UNKNOWN_CHOICES)}")


class Exporter(ABC):
    """A sink of annotated frames: `with Exporter(target, people, options) as sink: sink.add(frame)`.

    `target` is the format's own folder; `people` are the classes in order. Files that describe the whole are written
    when the block ends without an error. Frames without a labelled face are left out. A format is a subclass with
    `open`, `add` and `close`.
    """

    def __init__(self, target: Target, people: Sequence[str], options: ExportOptions | None = None) -> None:
        self.target = target
        self.options = options or ExportOptions()
        self.classes = [*people, UNKNOWN_FOLDER] if self.options.unknown == "label" else list(people)
        self._class_of = {name: number for number, name in enumerate(self.classes)}

    def __enter__(self) -> "Exporter":
        self.open()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self.close()

    @abstractmethod
    def open(self) -> None:
        """Begin with nothing added."""

    @abstractmethod
    def add(self, frame: AnnotatedFrame) -> None:
        """Write one frame's picture and labels."""

    @abstractmethod
    def close(self) -> None:
        """Write what describes the whole."""

    def labels(self, frame: AnnotatedFrame) -> list[tuple[int, Box]]:
        """The class and clipped box of every face to label; nothing when the frame is to be left out."""
        if self.options.unknown == "exclude-frame" and any(not face.person for face in frame.faces):
            return []
        found = []
        for face in frame.faces:
            box = clip_box(face.box_ltrb, frame.size_wh)
            number = self._class_of.get(face.person or UNKNOWN_FOLDER)
            if number is not None and min(box_size(box)) > 0:
                found.append((number, box))
        return found

    def picture(self, frame: AnnotatedFrame, name: str) -> None:
        """Put the frame's picture at `name`: a link to the stored frame, or a copy in which unknown faces are grey."""
        if self.options.unknown == "mask" and any(not face.person for face in frame.faces):
            self.target.jpeg(name, lambda: masked(frame))
        else:
            self.target.link(name, frame.image_path)


def masked(frame: AnnotatedFrame) -> np.ndarray:
    """The frame, RGB, with the heads of unknown faces grey, except where a known face's box covers them."""
    image = read_rgb(frame.image_path, frame.size_wh)
    out = image.copy()
    for face in frame.faces:
        if not face.person:
            crop(out, head_box(face.box_ltrb))[:] = _GREY
    for face in frame.faces:
        if face.person:
            crop(out, face.box_ltrb)[:] = crop(image, face.box_ltrb)
    return out


def export(sink: Exporter, frames: Sequence[AnnotatedFrame], progress: Progress | None = None) -> None:
    """Add every frame to a sink and close it."""
    with sink:
        for done, frame in enumerate(frames, 1):
            sink.add(frame)
            if progress:
                progress(done, len(frames))
