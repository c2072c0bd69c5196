"""CVAT for video 1.1: <source>.xml for every video, without pictures, and labels.json with the labels of all.

https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/: frames and boxes are those of the video itself. In
CVAT: make a task of the video, paste labels.json into "Raw" where its labels are set up, then upload the video's XML as
"CVAT 1.1". A person's track through a shot is a track, with a keyframe where facepipe looked; CVAT draws the boxes in
between. Where the person was not found any more, or not yet again, the track is outside from the next frame on.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, ClassVar
from xml.etree import ElementTree

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.cvat import corners, label_element
from facepipe.export.formats.xml_file import element, to_bytes
from facepipe.records import source_of
from facepipe.space import EmbeddingSpace

Sighting = tuple[AnnotatedFrame, Label]


class CvatVideoExporter(Exporter):
    """See the module. A box has the attribute face_id, so that what is corrected in CVAT can be traced back."""

    unit = "row"
    pictures = ()
    usual: ClassVar[dict[str, Any]] = {"split": (1.0, 0.0, 0.0)}  # a video is one task

    def open(self) -> None:
        self._found: dict[str, list[Sighting]] = defaultdict(list)
        self._frames: dict[str, set[int]] = defaultdict(set)

    def narrowed(
        self, frames: Sequence[AnnotatedFrame], space: EmbeddingSpace
    ) -> tuple[list[AnnotatedFrame], Counter[str]]:
        """Without those of pictures."""
        if self.videos is None:
            return list(frames), Counter()
        videos = self.videos()
        kept = [frame for frame in frames if frame.source in videos]
        lost = Counter[str]()
        for frame in frames:
            if frame.source not in videos:
                lost["in pictures, where this format is for videos"] += len(self.labels(frame))
        return kept, +lost

    def add(self, frame: AnnotatedFrame) -> None:
        name = source_of(frame.frame_id)
        self._frames[name].add(frame.index)
        self._found[name] += [(frame, label) for label in self.labels(frame)]

    def close(self) -> None:
        found = {name: sightings for name, sightings in self._found.items() if sightings}
        for name in found:
            self.target.data(f"{name}.xml", lambda name=name: to_bytes(self._document(name)))
        if found:
            self.target.text("labels.json", json.dumps(list(map(_label, self.classes)), indent=1) + "\n")

    def _document(self, name: str) -> ElementTree.Element:
        sightings = self._found[name]
        frame = sightings[0][0]
        looked_at = sorted({*self.sampled().get(frame.source, ()), *self._frames[name]})
        size = looked_at[-1] + 1
        root = element("annotations", version="1.1")
        task = element("task", name=frame.source, size=size, mode="interpolation", overlap=0)
        labels = ElementTree.SubElement(task, "labels")
        labels.extend(label_element(person, mutable=True) for person in self.classes)
        task.append(element("original_size", width=frame.source_wh[0], height=frame.source_wh[1]))
        ElementTree.SubElement(root, "meta").append(task)
        for number, track in enumerate(_tracks(sightings)):
            made = ElementTree.SubElement(root, "track", id=str(number), label=track[0][1].name, source="auto")
            made.extend(self._boxes(track, looked_at))
        return root

    def _boxes(self, track: list[Sighting], looked_at: list[int]) -> Iterator[ElementTree.Element]:
        """A keyframe for every sighting, and one after it that is outside where the next look did not find the person.

        After the last look there is none: the video may end there, and CVAT refuses frames that a video does not have.
        """
        next_look = dict(pairwise(looked_at))
        seen = {frame.index for frame, _ in track}
        for frame, label in track:
            yield self._box(frame, label, frame.index, outside=False)
            if frame.index in next_look and next_look[frame.index] not in seen:
                yield self._box(frame, label, frame.index + 1, outside=True)

    def _box(self, frame: AnnotatedFrame, label: Label, index: int, outside: bool) -> ElementTree.Element:
        places = corners(self.in_source(frame, label))
        state = {"outside": str(int(outside)), "occluded": "0", "keyframe": "1", "z_order": "0"}
        box = ElementTree.Element("box", frame=str(index), **places, **state)
        ElementTree.SubElement(box, "attribute", name="face_id").text = label.face.face_id
        return box


def _tracks(sightings: list[Sighting]) -> list[list[Sighting]]:
    """The sightings of each track, in their order; where a clusterer makes none, of each person in a shot, and of
    somebody unknown alone. Who is twice in a frame, in a mirror, has two."""
    tracks: dict[tuple[str, int, int, str, int], list[Sighting]] = {}
    twice: Counter[tuple[str, int, str]] = Counter()
    for frame, label in sightings:
        face = label.face
        again, alone = (label.name, face.track, frame.frame_id), "" if face.person or face.track >= 0 else face.face_id
        tracks.setdefault((label.name, frame.shot, face.track, alone, twice[again]), []).append((frame, label))
        twice[again] += 1
    return list(tracks.values())


def _label(name: str) -> dict[str, object]:
    """A label as CVAT's raw constructor has it."""
    attribute = {"name": "face_id", "mutable": True, "input_type": "text", "default_value": "", "values": [""]}
    return {"name": name, "attributes": [attribute]}
