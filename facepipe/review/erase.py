"""Taking forgotten faces out of what a run has stored."""

from collections import defaultdict
from collections.abc import Collection

from facepipe.dataset.pictures import encode_jpeg, read_rgb
from facepipe.labels.forgotten import without
from facepipe.labels.people_folder import scan
from facepipe.records import FrameRef
from facepipe.store.atomic import write_bytes
from facepipe.store.run_folder import RunFolder


def erase(folder: RunFolder, faces: Collection[str]) -> None:
    """Empty the places of `faces` in the shards, grey them in frames/, and own their pictures in people/, wherever they
    were put: these go with the next files that are written."""
    by_frame: dict[str, set[str]] = defaultdict(set)
    for face in faces:
        by_frame[face.rpartition("-")[0]].add(face)
    sources = {source.source_id: source for source in folder.sources()}
    for frame_id, members in sorted(by_frame.items()):
        source_id, _, index = frame_id.rpartition("-")
        if source_id in sources and index.isdecimal():
            _erase_in(folder, FrameRef(sources[source_id], int(index), 0.0), members)
    folder.claim([f"people/{file.path}" for file in scan(folder.people, faces).files])


def _erase_in(folder: RunFolder, ref: FrameRef, faces: Collection[str]) -> None:
    """The picture first: a shard that still has the face says that there is something to do."""
    shards = folder.shards()
    frame = shards.read(ref)
    if frame is None:
        return
    path = folder.frames / f"{frame.frame_id}.jpg"
    emptied, image = without(frame, read_rgb(path), faces)
    if emptied is not frame:
        write_bytes(path, encode_jpeg(image))
        shards.write(emptied)
