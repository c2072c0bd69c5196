"""Clips of one person to fine-tune a video model on, with captions beside them, as diffusion-pipe, musubi-tuner and
finetrainers read a folder:

<split>/<person>/<face_id>.mp4 with <face_id>.txt, the caption; clips.csv says where each was cut out.

Every clip has the same size, rate and number of frames, lies inside a shot, shows the person all the time and, by
`--alone`, nobody else, through one window that stands still. It is cut from the input, with its sound.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.errors import DecodeError, UsageError
from facepipe.export.clip_plan import ALONE, ClipPlan, ClipShape, PlannedClip
from facepipe.export.exporter import Exporter
from facepipe.export.formats.captions import CaptionOptions
from facepipe.export.formats.lora import CROPS
from facepipe.export.options import ExportOptions
from facepipe.face_paths import Sighting, paths_of
from facepipe.geometry import Box, box_size, crop
from facepipe.imaging.hide import hide
from facepipe.imaging.shrink import shrink
from facepipe.lazy import cv2
from facepipe.options import numbers, option
from facepipe.settings import CORES
from facepipe.space import EmbeddingSpace
from facepipe.timespans import sample_step
from facepipe.words import counted

_STEP = 16  # sides are multiples of it, and frames one more than a multiple of 4: what the models' encoders take
_COLUMNS = ("file", "source", "start_s", "end_s", "person", "left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class ClipsOptions(CaptionOptions):
    """Options of this format.

    alone: frame: nobody else is in the picture; window: nobody else is in the part of it that is cut out; known:
    nobody else who is exported, or known where everybody is.
    """

    clip_size: tuple[int, int] = option(
        (512, 512), f"sides of a clip, multiples of {_STEP}", metavar="WxH", parse=numbers("x", int, 2, "480x832")
    )
    frames: int = option(81, "frames of a clip, one more than a multiple of 4", metavar="N", low=1)
    fps: int = option(16, "frames a second", metavar="N", low=1)
    crop: str = option("portrait", "what a picture shows", choices=tuple(CROPS))
    alone: str = option("frame", "where nobody else may be; known: nobody known in the window", choices=ALONE)
    enlarge: bool = option(False, "also windows smaller than --clip-size, enlarged")

    def check(self) -> None:
        if any(side < _STEP or side % _STEP for side in self.clip_size):
            raise UsageError(f"--clip-size {'x'.join(map(str, self.clip_size))}: both must be multiples of {_STEP}")
        if self.frames % 4 != 1:
            raise UsageError(f"--frames {self.frames}: must be one more than a multiple of 4, as 49 or 81")
        CaptionOptions.check(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """A planned clip with what is written of it. face: the first that is exported, of the sampled ones in it."""

    plan: PlannedClip
    source: str
    person: str
    split: str
    face: AnnotatedFace

    @property
    def name(self) -> str:
        return f"{self.split}/{self.person}/{self.face.face_id}"


class ClipsExporter(Exporter):
    """See the module. With --blur-others whoever else is in the window is blurred, and --alone says nothing.
    UsageError: one trigger for several people."""

    unit = "clip"
    of_people = True
    pictures = ()
    Own = ClipsOptions
    of_inputs = True
    without_input = "no clip is cut out of it"
    usual: ClassVar[dict[str, Any]] = {"split": (1.0, 0.0, 0.0)}

    def open(self) -> None:
        self.own.check_people(self.classes)
        self._frames: list[AnnotatedFrame] = []

    def narrowed(
        self, frames: Sequence[AnnotatedFrame], space: EmbeddingSpace
    ) -> tuple[list[AnnotatedFrame], Counter[str]]:
        lost: Counter[str] = Counter()
        clips = list(self._clips(frames, lost))
        self._first = {clip.face.face_id for clip in clips}
        used = {face for clip in clips for face in clip.plan.face_ids}
        kept = [
            replace(frame, faces=tuple(replace(face, chosen=face.face_id in used) for face in frame.faces))
            for frame in frames
        ]
        slow = sum(len(np.unique(clip.plan.frame_index)) < self.own.frames for clip in clips)
        if slow:
            few = f"fewer frames a second than --fps {self.own.fps}: some are shown twice"
            self.notes.append(f"{counted(slow, 'clip')} from where there are {few}")
        small = sum(box_size(clip.plan.window) < self.own.clip_size for clip in clips)
        if small:
            size = "x".join(map(str, self.own.clip_size))
            self.notes.append(f"{counted(small, 'clip')} enlarged to --clip-size {size}")
        return kept, +lost

    @classmethod
    def excludes_frames(cls, options: ExportOptions) -> bool:
        return False  # --alone says who may be seen beside whom

    def units(self, frame: AnnotatedFrame) -> int:
        return sum(label.face.face_id in self._first for label in self.labels(frame))

    def shown(self, frame: AnnotatedFrame) -> list[str]:
        found = super().shown(frame)
        others = found and self.own.alone == "known" and not self.options.blur_others
        return [face.face_id for face in frame.faces] if others else found

    def add(self, frame: AnnotatedFrame) -> None:
        self._frames.append(frame)

    def close(self) -> None:
        clips = list(self._clips(self._frames, Counter()))
        for clip in clips:
            self.target.file(f"{clip.name}.mp4", partial(self._write, clip))
            self.target.text(f"{clip.name}.txt", self.own.caption_of(clip.person, clip.face, clip.plan.window) + "\n")
        self.target.text("clips.csv", self._table(clips))

    def _clips(self, frames: Sequence[AnnotatedFrame], lost: Counter[str]) -> Iterator[_Clip]:
        """The clips in which a chosen face is seen; `lost` is told why known faces are in none."""
        by_source: dict[str, list[AnnotatedFrame]] = {}
        for frame in frames:
            by_source.setdefault(frame.source, []).append(frame)
        for source, own in by_source.items():
            known = Counter(face.person for frame in own for face in frame.faces if face.person)
            if self.originals is None or self.originals.video(source) is None:
                lost["in no video that can be cut"] += known.total()
                continue
            plan = self._plan(source, own)
            faces = {face.face_id: (frame, face) for frame in own for face in frame.faces}
            for person in sorted(known):
                for clip in plan.clips(person):
                    first = next((face for face in clip.face_ids if faces[face][1].chosen), None)
                    if first is not None:
                        frame, face = faces[first]
                        yield _Clip(clip, source, self.written_as[person], frame.split, face)
            lost.update(plan.lost)

    def _plan(self, source: str, frames: Sequence[AnnotatedFrame]) -> ClipPlan:
        shots = self.originals.shots(source)
        sightings = (
            Sighting(face.face_id, frame.index, frame.time_s, face.box_ltrb, face.track, face.person)
            for frame in frames
            for face in frame.faces
        )
        indices, times = (np.array([getattr(frame, name) for frame in frames]) for name in ("index", "time_s"))
        step_s = max(self.originals.interval_s, sample_step(indices, times, self.sampled().get(source, ())))
        alone = "" if self.options.blur_others else self.own.alone
        shape = ClipShape(
            self.own.clip_size, self.own.frames, self.own.fps, CROPS[self.own.crop], alone, self.own.enlarge
        )
        erased_s = self.originals.erased_s(source, shots.index, shots.time_s)
        return ClipPlan(paths_of(sightings, shots), shots, frames[0].source_wh, step_s, shape, erased_s)

    def _write(self, clip: _Clip, path: Path) -> None:
        from fractions import Fraction

        from facepipe.media.sound import Sound
        from facepipe.media.timeline import read_timeline
        from facepipe.media.video_writer import VideoWriter
        from facepipe.media.yuv import video_frame

        plan, source = clip.plan, self.originals.video(clip.source)
        timeline, fps = read_timeline(source.path), Fraction(self.own.fps)
        sound = Sound(source.path, timeline, plan.start_s, plan.start_s + self.own.frames / self.own.fps)
        with VideoWriter(path, 1 / fps, fps, sound) as out:
            for place, image in enumerate(self._pictures(clip, source.path)):
                others = [boxes[place] for boxes in plan.others if not np.isnan(boxes[place, 0])]
                out.write(video_frame(self._through(plan, place, image, others)), place)

    def _pictures(self, clip: _Clip, path: Path) -> Iterator[np.ndarray]:
        """What the window shows in every frame of a clip, RGB uint8 (H, W, 3). DecodeError: the input has no such
        frames any more."""
        from facepipe.media.decode import decode_chosen
        from facepipe.media.timeline import read_timeline

        indices, times = np.unique(clip.plan.frame_index, return_counts=True)
        image = None
        for picture, count in zip(
            decode_chosen(path, read_timeline(path), indices.tolist(), CORES), times.tolist(), strict=True
        ):
            if picture is not None:  # a damaged frame is shown as the one before it
                image = crop(picture.rgb(), clip.plan.window)
            if image is None or image.shape[1::-1] != box_size(clip.plan.window):
                raise DecodeError(f"{clip.source} does not give the frames around {clip.plan.start_s:.1f} s any more")
            for _ in range(count):
                yield image

    def _through(self, plan: PlannedClip, place: int, image: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
        """The clip's picture: others are blurred where that was asked for."""

        def inside(box: np.ndarray) -> Box:
            return tuple(np.rint(box - np.tile(plan.window[:2], 2)).astype(int).tolist())

        if self.options.blur_others and others:
            image = hide(image, map(inside, others), [inside(plan.box_ltrb[place])], blur=True)
        if image.shape[0] >= self.own.clip_size[1]:
            return shrink(image, self.own.clip_size)
        return cv2.resize(image, self.own.clip_size, interpolation=cv2.INTER_CUBIC)

    def _table(self, clips: Sequence[_Clip]) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for clip in sorted(clips, key=lambda clip: clip.name):
            start_s = clip.plan.start_s
            times = (f"{start_s:.3f}", f"{start_s + self.own.frames / self.own.fps:.3f}")
            writer.writerow((f"{clip.name}.mp4", clip.source, *times, clip.person, *clip.plan.window))
        return text.getvalue()
