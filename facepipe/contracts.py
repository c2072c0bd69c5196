"""What each kind of plug-in that has options is: narrow contracts, kept by every registered one.

A plug-in is a frozen dataclass of its own options; what it runs on is imported and loaded when it is opened or used, so
that its options can be listed without it. The contract tests run over all of them, those of other packages too.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from facepipe import models
from facepipe.callbacks import Progress, Warn, no_progress
from facepipe.errors import UsageError
from facepipe.models import Model
from facepipe.options import Options, option
from facepipe.records import Clustering, Detection, Face, Frame, FrameRef, Picture, Source
from facepipe.space import EmbeddingSpace
from facepipe.table import FaceTable

IsDone = Callable[[FrameRef], bool]


class Reader(Protocol):
    """Turns files of some formats into frames.

    kind: "video" or "photo": which of --video and --images it serves. suffixes: lower case, each with its dot.

    One whose sources can be long, and looked at in parts by several machines, has `parts(source, settings, size)` too:
    see `media.parts`. One of whose sources several may be sampled at once, in threads of their own, has
    `is_short(source, settings, at_once)`: see `media.readers`.
    """

    name: str
    kind: str
    suffixes: frozenset[str]

    def holds(self, path: Path) -> bool:
        """Whether a file's content is what it reads, whatever the file is called."""

    def count(self, source: Source, settings: Any) -> int | None:
        """How many frames `sample` gives if none is damaged; None where only decoding can tell."""

    def sample(
        self, source: Source, settings: Any, *, is_done: IsDone, warn: Warn, decode_threads: int
    ) -> Iterator[Frame]:
        """The frames to look at, in time order; a photo gives one, of index 0. settings: SamplingSettings. Pixels in
        an array make a picture by `imaging.array_picture.ArrayPicture`.

        Frames for which `is_done` is true come with picture None and are, where possible, not decoded. A file that is
        damaged, cut off or shorter than it claims gives what can be read, and `warn` a line. DecodeError: nothing can
        be read; no other exception leaves it.
        """


@runtime_checkable
class FrameReader(Reader, Protocol):
    """A reader that can go to any frame, not only to those that are looked at."""

    def times(self, source: Source) -> np.ndarray:
        """Seconds since the first frame of every frame, float64 (n,), ascending; empty where only decoding can tell."""

    def frames_at(self, source: Source, indices: Sequence[int], *, warn: Warn, decode_threads: int) -> Iterator[Frame]:
        """The frames at `indices` (ascending), to the bit as `sample` gives them; damaged ones are left out."""


@dataclass(frozen=True, slots=True)
class PluginOptions(Options):
    """A plug-in that is chosen by its name, which is that in its registry, with its own options as fields.

    models: the model files that it owns; their hashes are part of what a run is.
    """

    models: ClassVar[tuple[Model, ...]] = ()

    def require(self) -> None:
        """UsageError, with how to install it, where a package that it runs on is missing."""

    def user_files(self) -> tuple[Path, ...]:
        """Model files that the user named in its options; their hashes count likewise."""
        return ()

    def resolved(self, models_dir: Path | None, earlier: "PluginOptions | None") -> "PluginOptions":
        """What it stands for on this machine: itself, but for "auto". earlier: what a run that goes on has."""
        return self

    def is_installed(self, models_dir: Path | None = None) -> bool:
        """Whether its model files are there."""
        return all(models.is_installed(model, models_dir) for model in self.models)


@dataclass(frozen=True, slots=True)
class ShotFinder(PluginOptions):
    """Tells shots apart."""

    @abstractmethod
    def shots(self, frames: Iterable[tuple[float, Picture]]) -> list[int]:
        """The shot (0, 1, ...) of every frame of a video, given as (seconds, picture) in time order."""


class FaceDetector(Protocol):
    """An open detector; it belongs to one thread."""

    def detect(self, image: np.ndarray) -> list[Detection]:
        """The faces of `image`, RGB uint8 (H, W, 3) of any size from 1x1.

        In pixels of `image`, after non-max suppression, sorted by (left, top) of the dlib-shaped box, which may
        leave the picture slightly. The same picture always gives the same list.
        """


@dataclass(frozen=True, slots=True)
class FaceFinder(PluginOptions):
    """A detector that can be chosen. A subclass names itself and its model files, and says how it is opened.

    default_confidence: the smallest score that is kept where nobody says otherwise, in the detector's own unit.
    scores: the lowest and the highest that it gives.
    smallest: side in pixels of the smallest faces that it hardly ever misses, in the picture that it is given.
    photo_megapixels: as much as it searches in a second on one core. sure: a score that faces get only where they
    stand upright. auto: whether "auto" may stand for it.
    """

    default_confidence: ClassVar[float] = 0.0
    scores: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    smallest: ClassVar[int] = 80
    photo_megapixels: ClassVar[float] = 1.0
    sure: ClassVar[float] = 0.0
    auto: ClassVar[bool] = False

    upsample: int = option(
        0, "times the detector's picture is doubled, to find smaller faces (at most 4)", metavar="N", low=0
    )
    min_confidence: float | None = option(None, "smallest confidence kept (default: the detector's own)", metavar="C")

    def check(self) -> None:
        if self.upsample > 4:
            raise UsageError(f"--upsample {self.upsample}: must be at most 4, which is 256 times the pixels")
        low, high = self.scores
        if self.min_confidence is not None and not low <= self.min_confidence <= high:
            raise UsageError(f"--min-confidence {self.min_confidence}: {self.name} gives {low:g} to {high:g}")

    @property
    def confidence(self) -> float:
        """The smallest score that is kept."""
        return self.default_confidence if self.min_confidence is None else self.min_confidence

    @abstractmethod
    def open(self, models_dir: Path | None = None) -> FaceDetector:
        """Make it ready, in the thread that will use it. ModelError: a model file is not installed, or not right."""


Chip = Callable[[np.ndarray, np.ndarray], np.ndarray]


class FaceEncoder(Protocol):
    """An open encoder. It may be shared by threads."""

    def encode(self, chips: np.ndarray) -> np.ndarray:
        """Embeddings, float32 (n, d), of aligned faces, uint8 (n, side, side, 3) RGB, as the embedder's `chip` cuts
        them. An embedding does not depend on the chips beside it, to the bit. ValueError for chips of another shape.

        An encoder whose likeness does not keep the length has `outputs(chips)` too: the same as its network gave them.
        """


@dataclass(frozen=True, slots=True)
class FaceEmbedder(PluginOptions):
    """An encoder that can be chosen. A subclass names itself and its model files, and says how it is opened.

    space: where its embeddings live. chip: cuts the aligned face, uint8 (side, side, 3) RGB, out of an image, uint8
    (H, W, 3) RGB, by dlib's five landmarks, float32 (5, 2). auto: whether "auto" may stand for it.
    measured: how well it tells people apart, and for whom less so, in a sentence; "" where nobody has measured it.
    """

    space: ClassVar[EmbeddingSpace]
    chip: ClassVar[Chip]
    auto: ClassVar[bool] = False
    measured: ClassVar[str] = ""

    @property
    def title(self) -> str:
        """What a run calls it in its first line."""
        return self.name

    @abstractmethod
    def open(self, models_dir: Path | None = None) -> FaceEncoder:
        """Make it ready. ModelError: a model file is not installed, or not the right one."""


class ClothEncoder(Protocol):
    """An open clothing model. It may be shared by threads."""

    def encode_faces(self, image: np.ndarray, faces: Sequence[Face]) -> tuple[Face, ...]:
        """`faces` of `image`, RGB uint8 (H, W, 3), with `cloth` and `cloth_visibility`; others as they are."""


@dataclass(frozen=True, slots=True)
class ClothModel(PluginOptions):
    """A clothing model that can be chosen. A subclass names itself and its model file, and says how it is opened."""

    @abstractmethod
    def open(self, models_dir: Path | None = None) -> ClothEncoder:
        """Make it ready. ModelError: its file is missing, or not a clothing model."""


@dataclass(frozen=True, slots=True)
class Clusterer(PluginOptions):
    """A method that can be chosen. grid: the values of its options that `facepipe tune` tries."""

    grid: ClassVar[Mapping[str, Sequence[Any]]] = {}

    min_csize: int = option(1, "fewest faces that make a person", metavar="N", low=1)
    allow_duplicates: bool = option(False, "one person may appear twice in a frame (mirrors, collages)")

    @abstractmethod
    def cluster(self, table: FaceTable, progress: Progress = no_progress) -> Clustering:
        """Label every face.

        Labels are a partition (-1 unknown, 0..k-1 people numbered by the row of their first face), the same whatever
        the order of the rows, deterministic; no two faces of one frame are one person unless `allow_duplicates`, or in
        a shot that is said to be `doubled`; any number of faces works, none included. progress: called with (done,
        total). UsageError: options that the method cannot work with, or more faces than it can hold.
        """
