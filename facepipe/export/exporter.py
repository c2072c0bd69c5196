"""What the formats have in common: classes, boxes, unknown faces, pictures."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame, AnnotatedFrames
from facepipe.callbacks import Progress, no_progress
from facepipe.errors import UsageError
from facepipe.export.options import BOXES, ExportOptions
from facepipe.export.originals import Originals, Place
from facepipe.files.names import UNKNOWN_FOLDER, told_apart
from facepipe.files.target import Target
from facepipe.geometry import Box, box_size, clip_box, head_box, meet
from facepipe.imaging.codec import encode_jpeg, encode_png, read_rgb
from facepipe.imaging.hide import hide as hide_heads
from facepipe.options import Options, flag
from facepipe.space import EmbeddingSpace

_SUFFIXES = {"jpeg": ".jpg", "png": ".png"}


@dataclass(frozen=True, slots=True)
class Label:
    """A face to export: its class (number and name) and its box, clipped to the picture."""

    number: int
    name: str
    label_ltrb: Box
    face: AnnotatedFace


class Exporter(ABC):
    """A sink of annotated frames: `with Exporter(target, people, options) as sink: sink.add(frame)`.

    `target` is the format's own folder; `people` are the classes in order, of which `classes` has the names that are
    written: Anna and anna differ on every file system. Files that describe the whole are written
    when the block ends without an error. Frames without a label are left out. A format is a subclass with `open`,
    `add` and `close`; it makes contents in functions that it passes to the target, which calls none on a dry run.
    """

    # What the format is made of: a "frame", in which every known face needs its label, a "crop", "link" or "row" a
    # face, or a "clip" of several.
    unit: ClassVar[str] = "frame"
    Own: ClassVar[type[Options]] = Options  # the options that only this format has
    of_people: ClassVar[bool] = False  # whether a class is one person: then no class holds unknown faces, of anybody
    of_inputs: ClassVar[bool] = False  # whether it can be made of the inputs only, not of a run's own pictures
    without_input: ClassVar[str] = "pictures of it are cut from the run's own copies"  # where an input is gone
    usual: ClassVar[dict[str, Any]] = {}  # by name, what the options of all formats are here where nobody sets them
    # Which pictures the format may have, the usual ones first; none: it has no pictures of its own.
    pictures: ClassVar[tuple[str, ...]] = ("jpeg",)

    def __init__(
        self, target: Target, people: Sequence[str], options: ExportOptions | None = None, own: Options | None = None
    ) -> None:
        self.target, self.people = target, list(people)
        self.options, self.own = options or ExportOptions(), own or self.Own()
        self._check_pictures()
        self.written_as = told_apart(people)  # a class may become a folder, here or in a tool that reads the export
        unknown = [UNKNOWN_FOLDER] if self.labels_unknown(self.options) else []
        self.classes = [*map(self.written_as.__getitem__, people), *unknown]
        self._class_of = {name: number for number, name in enumerate([*people, *unknown])}
        self.originals: Originals | None = None  # where pictures come from, if not from the run
        self.read: set[Place] = set()  # the frames whose pixels are read, on a dry run those that would be
        self.sampled: Callable[[], Mapping[str, Collection[int]]] = dict  # by source, the frames that the run looked at
        self.videos: Callable[[], Collection[str]] | None = None  # the sources that are videos, where that is known
        self.notes: list[str] = []  # on the export, a line each
        if self.options.unknown == "label" and self.of_people:
            self.notes.append("--unknown label: a class is one person here, so unknown faces have none")

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

    def stays(self, frame_id: str, split: str) -> bool:
        """Whether all that is written of a frame, whose labels are those of before, is there and stays: then it need
        not be added. A format that writes no files of one frame alone says no."""
        return False

    @abstractmethod
    def close(self) -> None:
        """Write what describes the whole."""

    @classmethod
    def labels_unknown(cls, options: ExportOptions) -> bool:
        """Whether unknown faces are a class."""
        return options.unknown == "label" and not cls.of_people

    @classmethod
    def excludes_frames(cls, options: ExportOptions) -> bool:
        """Whether frames with an unknown face are left out."""
        return options.unknown == "exclude-frame"

    @classmethod
    def wants_originals(cls, options: ExportOptions) -> bool:
        """Whether what is written comes from the inputs, in full size."""
        return cls.of_inputs or options.quality == "source"

    def narrowed(
        self, frames: Sequence[AnnotatedFrame], space: EmbeddingSpace
    ) -> tuple[Sequence[AnnotatedFrame], Counter[str]]:
        """The frames with those faces chosen that the format takes of them; why known faces were left out.

        space: of the embeddings. `notes` may tell more.
        """
        return frames, Counter()

    def excludes(self, frame: AnnotatedFrame) -> bool:
        """Whether the frame is to be left out for an unknown face in it."""
        return self.excludes_frames(self.options) and any(not face.person for face in frame.faces)

    def labels(self, frame: AnnotatedFrame) -> list[Label]:
        """The faces to label; none when the frame is to be left out."""
        if self.excludes(frame):
            return []
        found = []
        for face in frame.faces:
            name = face.person or UNKNOWN_FOLDER
            box = clip_box(BOXES[self.options.boxes](face.stored_ltrb), frame.size_wh)
            if name in self._class_of and min(box_size(box)) > 0:
                number = self._class_of[name]
                found.append(Label(number, self.classes[number], box, face))
        chosen = [label for label in found if label.face.chosen]
        return found if self.unit == "frame" and chosen else chosen

    def in_source(self, frame: AnnotatedFrame, label: Label) -> Box:
        """The label's box in pixels of the source, clipped to it."""
        return clip_box(BOXES[self.options.boxes](label.face.box_ltrb), frame.source_wh)

    def units(self, frame: AnnotatedFrame) -> int:
        """How many units a frame gives."""
        labels = self.labels(frame)
        return bool(labels) if self.unit == "frame" else len(labels)

    def window(self, frame: AnnotatedFrame, label: Label) -> Box:
        """The part of the frame's picture that the crop of a label shows; it may leave the picture."""
        return label.label_ltrb

    def front_matter(self) -> str:
        """What stands before the card for programs to read, once all frames were added."""
        return ""

    def shown(self, frame: AnnotatedFrame) -> list[str]:
        """The ids of the faces that can be seen, or looked up, in what is written of a frame."""
        labels = self.labels(frame)
        found = [label.face.face_id for label in labels]
        seen = [face for face in frame.faces if labels and (face.person or not self._hides(frame))]
        if self.unit == "frame":
            return [face.face_id for face in seen]
        windows = [self.window(frame, label) for label in labels] if self.unit == "crop" else []
        beside = (face for face in seen if any(meet(head_box(face.stored_ltrb), window) for window in windows))
        return [*dict.fromkeys([*found, *(face.face_id for face in beside if face.face_id)])]

    @property
    def suffix(self) -> str:
        """What the names of pictures end in."""
        return _SUFFIXES[self.options.picture or self.pictures[0]]

    def encoded(self, image: np.ndarray) -> bytes:
        """A picture, RGB uint8 (H, W, 3), as it is written."""
        if self.suffix == _SUFFIXES["png"]:
            return encode_png(image)
        return encode_jpeg(image, self.options.jpeg_quality)

    def write_frame(self, frame: AnnotatedFrame, name: str) -> None:
        """Put the frame's whole picture at `name`: the stored one as it is, or one that is made anew."""
        if self._hides(frame) or (self.originals is not None and frame in self.originals):
            self.write(frame, [name], lambda image: [image], of=self.seen_in(frame))
        else:
            self.target.link(name, frame.image_path, of=self.seen_in(frame))

    def seen_in(self, frame: AnnotatedFrame) -> tuple:
        """What the picture of `write_frame` follows from, for a `Target`."""
        hidden = [(face.stored_ltrb, bool(face.person)) for face in frame.faces] if self._hides(frame) else []
        options = self.options
        return frame.frame_id, len(frame.faces), frame.size_wh, hidden, options.blur_others, options.jpeg_quality

    def write(
        self,
        frame: AnnotatedFrame,
        names: Sequence[str],
        cut: Callable[[np.ndarray], Iterable[np.ndarray]],
        *,
        hide: bool = True,
        of: Any = None,
    ) -> None:
        """Write the pictures that `cut` makes of the frame's pixels, one for each of `names`.

        hide: unknown faces, as the options say; else `cut` is given the frame with nobody hidden. of: see `Target`.
        """
        pixels = self.opened(frame, names, hide=hide)
        self.target.several(names, lambda: map(self.encoded, cut(pixels())), of)

    def opened(self, frame: AnnotatedFrame, names: Sequence[str], *, hide: bool = True) -> Callable[[], np.ndarray]:
        """What gives the frame's pixels, RGB uint8 (H, W, 3), on any thread, if one of the files `names` is to be made.

        Called in the order of the frames: a video is read once.
        """
        if any(map(self.target.lacks, names)):
            self.read.add((frame.source, frame.index))
            if not self.target.dry:
                read = partial(read_rgb, frame.image_path, frame.size_wh)
                if self.originals is not None and frame in self.originals:
                    read = self.originals.picture(frame).rgb
                return partial(self._shown, frame, read) if hide and self._hides(frame) else read
        return _no_pixels

    def _shown(self, frame: AnnotatedFrame, read: Callable[[], np.ndarray]) -> np.ndarray:
        boxes: dict[bool, list[Box]] = {True: [], False: []}
        for face in frame.faces:
            boxes[bool(face.person)].append(face.stored_ltrb)
        return hide_heads(read(), boxes[False], boxes[True], blur=self.options.blur_others)

    def _hides(self, frame: AnnotatedFrame) -> bool:
        wanted = self.options.blur_others or self.options.unknown == "mask"
        return wanted and any(not face.person for face in frame.faces)

    def _check_pictures(self) -> None:
        """UsageError for pictures that the format cannot have."""
        options = self.options
        if options.best_of_track and self.unit != "crop":
            raise UsageError("--best-of-track: the format does not cut crops, a picture a face; leave it out")
        if not self.pictures:
            for name, value in {"quality": options.quality, "picture": options.picture}.items():
                if value not in ("stored", None):
                    raise UsageError(f"{flag(name)} {value}: the format writes no pictures of its own; leave it out")
        elif options.picture not in (None, *self.pictures):
            raise UsageError(
                f"--picture {options.picture}: the format has {self.pictures[0].upper()} only; leave it out"
            )


def _no_pixels() -> np.ndarray:
    raise RuntimeError("pixels of a frame were asked for that makes no file")


def export(
    sink: Exporter,
    frames: Sequence[AnnotatedFrame],
    progress: Progress = no_progress,
    anew: Collection[str] | None = None,
) -> None:
    """Add every frame to a sink and close it.

    anew: the ids of the frames whose labels are not those with which they were written last; None: it may be all.
    """
    with sink:
        for place in range(len(frames)):
            if anew is None or not _stays(sink, frames, place, anew):
                sink.add(frames[place])
            progress(place + 1, len(frames))


def _stays(sink: Exporter, frames: Sequence[AnnotatedFrame], place: int, anew: Collection[str]) -> bool:
    frame_id, split = frames.head(place) if isinstance(frames, AnnotatedFrames) else frames[place].head
    return frame_id not in anew and sink.stays(frame_id, split)
