"""A few varied pictures of a person to fine-tune an image model on, a folder a person, ready to train:

<person>/<repeats>_<trigger> person/<face_id>.png (or .jpg) with <face_id>.txt, the caption; <person>/dataset.toml for
kohya's sd-scripts (docs/config_README-en.md; the folder's name is for their older way), <person>/ai-toolkit.yaml for
ostris' ai-toolkit. What a split holds out lies in <person>/<split>/. Paths count from the person's folder.

A picture is a square around the person, of the size asked for or, where it is smaller, of a multiple of 64.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.choice import diverse
from facepipe.errors import UsageError
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.captions import CaptionOptions, framing_in
from facepipe.geometry import Box, Size, body_box, box_size, crop, head_box, iou, portrait_box, upper_body_box
from facepipe.imaging.hide import hide
from facepipe.imaging.shrink import shrink
from facepipe.options import option
from facepipe.pose import FRAMINGS, yaw_and_roll
from facepipe.space import EmbeddingSpace
from facepipe.words import counted

SIZES = (512, 768, 1024)
_STEP = 64  # sides are multiples of it: what the models' encoders take
CROPS = {"portrait": portrait_box, "upper-body": upper_body_box, "full": body_box}
# How much two pictures differ, where 1 is enough to take both: embeddings so many times as far apart as near-duplicates
# are (see duplicates: as faces of different shots are, and few of one shot), so many degrees of yaw or of roll, two
# steps of framing, or something of each. Another shot is another background, and needs less of them.
_APART = 1.5
_DEGREES = 30
_OTHER_FRAMING = 0.5
_OTHER_SHOT = 0.7
_SHOTS = 256  # that are told apart: a library has tens of thousands, and neighbours are what has to differ


@dataclass(frozen=True, slots=True)
class LoraOptions(CaptionOptions):
    """Options of this format."""

    count: int = option(30, "pictures of everybody, those that differ most", metavar="N", low=1)
    size: int = option(1024, f"side of a picture: {', '.join(map(str, SIZES))}", metavar="PX", low=1)
    small: bool = option(True, "also pictures that are smaller than --size, in their own size")
    crop: str = option("portrait", "what a picture shows", choices=tuple(CROPS))
    repeats: int = option(10, "how often a picture is shown in an epoch", metavar="N", low=1)

    def check(self) -> None:
        if self.size not in SIZES:
            raise UsageError(f"--size {self.size}: choose one of {', '.join(map(str, SIZES))}")
        CaptionOptions.check(self)  # super() finds nobody: slots make another class


class LoraExporter(Exporter):
    """See the module. Faces whose picture would show another face are left out, or with --blur-others that face is
    blurred. UsageError: one trigger for several people."""

    unit = "crop"
    of_people = True
    Own = LoraOptions
    # Everything is for training, and a blurred face or one that fades into another picture is learnt like any other.
    usual: ClassVar[dict[str, Any]] = {
        "split": (1.0, 0.0, 0.0),
        "dedupe": True,
        "min_quality": 0.4,
        "quality": "source",
    }
    pictures = ("png", "jpeg")

    def open(self) -> None:
        self.own.check_people(self.classes)
        self._trained: set[str] = set()

    def narrowed(
        self, frames: Sequence[AnnotatedFrame], space: EmbeddingSpace
    ) -> tuple[list[AnnotatedFrame], Counter[str]]:
        found: dict[str, list[tuple[AnnotatedFrame, Label]]] = defaultdict(list)
        dropped: Counter[str] = Counter()
        for frame in frames:
            for label in super().labels(frame):
                why = self._unfit(frame, label)
                if why:
                    dropped[why] += 1
                else:
                    found[label.name].append((frame, label))
        chosen: set[str] = set()
        for name, shown in found.items():
            quality = np.array([label.face.quality for _, label in shown], np.float32)
            picked = diverse(self._looks(shown, space), quality, self.own.count, apart=1.0)
            chosen.update(shown[k][1].face.face_id for k in picked)
            self._note(name, [shown[k] for k in picked])
            dropped[f"alike, or above --count {self.own.count}"] += len(shown) - len(picked)
        kept = [_choosing(frame, chosen) for frame in frames]
        return [frame for frame in kept if any(face.chosen for face in frame.faces)], +dropped

    def labels(self, frame: AnnotatedFrame) -> list[Label]:
        return [label for label in super().labels(frame) if not self._unfit(frame, label)]

    def shown(self, frame: AnnotatedFrame) -> list[str]:
        return [label.face.face_id for label in self.labels(frame)]  # nobody else: see _unfit, and _picture

    def add(self, frame: AnnotatedFrame) -> None:
        labels, paths = self.labels(frame), []
        for label in labels:
            if frame.split == "train":
                self._trained.add(label.name)
            folder = self._folder(label.name) if frame.split == "train" else frame.split
            paths.append(f"{label.name}/{folder}/{label.face.face_id}")
            self.target.text(f"{paths[-1]}.txt", self._caption(frame, label) + "\n")
        names = [f"{path}{self.suffix}" for path in paths]
        self.write(frame, names, lambda image: [self._picture(image, frame, label) for label in labels], hide=False)

    def close(self) -> None:
        for name in sorted(self._trained):
            self.target.text(f"{name}/dataset.toml", self._toml(name))
            self.target.text(f"{name}/ai-toolkit.yaml", self._yaml(name))

    def _unfit(self, frame: AnnotatedFrame, label: Label) -> str:
        """Why there is no picture of a face, "" if there is one."""
        square = self._square(frame, label)
        if _others(frame, label, square) and not self.options.blur_others:
            return "with another face in the picture"
        side = box_size(square)[0]
        if side < _STEP:
            return f"whose picture has less than {_STEP} pixels"
        if side < self.own.size and not self.own.small:
            return f"whose picture is smaller than --size {self.own.size}"
        return ""

    def _square(self, frame: AnnotatedFrame, label: Label) -> Box:
        return square_in(CROPS[self.own.crop](label.face.stored_ltrb), frame.size_wh)

    def _side(self, square: Box) -> int:
        """Of the picture, in pixels: never more than there are."""
        return min(self.own.size, box_size(square)[0] // _STEP * _STEP)

    def _looks(self, shown: list[tuple[AnnotatedFrame, Label]], space: EmbeddingSpace) -> np.ndarray:
        """What makes pictures differ, float64 (n, k); see _APART."""
        embeddings = np.array([label.face.embedding for _, label in shown], np.float64)
        embeddings /= _APART * space.near_duplicate
        degrees = np.array([yaw_and_roll(label.face.points_xy) for _, label in shown]) / _DEGREES
        framings = np.array([[FRAMINGS.index(self._framing(*one)) * _OTHER_FRAMING] for one in shown])
        shots = np.unique([frame.shot for frame, _ in shown], return_inverse=True)[1]
        other = np.eye(_SHOTS)[shots % _SHOTS] * (_OTHER_SHOT / np.sqrt(2))
        return np.hstack([embeddings, np.nan_to_num(degrees), framings, other])

    def _framing(self, frame: AnnotatedFrame, label: Label) -> str:
        """How much of the person the picture, not the frame, shows."""
        return framing_in(label.face.stored_ltrb, self._square(frame, label))

    def _note(self, name: str, shown: list[tuple[AnnotatedFrame, Label]]) -> None:
        small = sum(self._side(self._square(*one)) < self.own.size for one in shown)
        if small:
            self.notes.append(f"{name}: {counted(small, 'picture')} smaller than --size {self.own.size}, not enlarged")
        if len(shown) < self.own.count:
            self.notes.append(
                f"{name}: {counted(len(shown), 'picture')} instead of {self.own.count}: no more that differ"
            )

    def _picture(self, image: np.ndarray, frame: AnnotatedFrame, label: Label) -> np.ndarray:
        square = self._square(frame, label)
        others = _others(frame, label, square)
        if others:
            image = hide(image, others, [label.face.stored_ltrb], blur=True)
        return shrink(crop(image, square), (self._side(square),) * 2)

    def _caption(self, frame: AnnotatedFrame, label: Label) -> str:
        return self.own.caption_of(label.name, label.face, self._square(frame, label))

    def _folder(self, name: str) -> str:
        return f"{self.own.repeats}_{self.own.trigger_of(name)} person"

    def _toml(self, name: str) -> str:
        # JSON strings are TOML and YAML strings, whatever a person is called.
        return "\n".join(
            [
                "# kohya sd-scripts: started in this folder, --dataset_config dataset.toml",
                "[general]",
                'caption_extension = ".txt"',
                "keep_tokens = 1",
                "",
                "[[datasets]]",
                f"resolution = {self.own.size}",
                "batch_size = 1",
                "enable_bucket = true",
                "bucket_no_upscale = true",
                "",
                "[[datasets.subsets]]",
                f"image_dir = {json.dumps(self._folder(name), ensure_ascii=False)}",
                f"class_tokens = {json.dumps(f'{self.own.trigger_of(name)} person', ensure_ascii=False)}",
                f"num_repeats = {self.own.repeats}",
                "",
            ]
        )

    def _yaml(self, name: str) -> str:
        return "\n".join(
            [
                "# ai-toolkit: these lines belong under config, process; folder_path counts from where it is started",
                f"trigger_word: {json.dumps(self.own.trigger_of(name), ensure_ascii=False)}",
                "datasets:",
                f"  - folder_path: {json.dumps(self._folder(name), ensure_ascii=False)}",
                '    caption_ext: "txt"',
                f"    num_repeats: {self.own.repeats}",
                f"    resolution: [{', '.join(str(size) for size in SIZES if size <= self.own.size)}]",
                "",
            ]
        )


def square_in(box: Box, size_wh: Size) -> Box:
    """The square around a box, moved into the picture and no larger than it."""
    side = min(max(box_size(box)), *size_wh)
    left, top = (
        min(max((low + high - side) // 2, 0), size - side)
        for low, high, size in zip(box[:2], box[2:], size_wh, strict=True)
    )
    return left, top, left + side, top + side


def _others(frame: AnnotatedFrame, label: Label, square: Box) -> list[Box]:
    """The boxes of the other faces whose heads are at least in part in the square."""
    others = [face.stored_ltrb for face in frame.faces if face is not label.face]
    inside = iou(np.array([head_box(box) for box in others]).reshape(-1, 4), np.array(square)) > 0
    return [box for box, seen in zip(others, inside.tolist(), strict=True) if seen]


def _choosing(frame: AnnotatedFrame, chosen: set[str]) -> AnnotatedFrame:
    def marked(face: AnnotatedFace) -> AnnotatedFace:
        return replace(face, chosen=face.face_id in chosen)

    return replace(frame, faces=tuple(map(marked, frame.faces)))
