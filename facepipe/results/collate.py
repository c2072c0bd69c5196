"""The shards of a run as one table."""

from collections.abc import Collection

from facepipe.errors import StoreError
from facepipe.faces.clothing.visibility import MIN_VISIBILITY
from facepipe.faces.search_size import smallest_found
from facepipe.media.shots import number_shots
from facepipe.records import Frame
from facepipe.runs import pickles
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import ENCODINGS
from facepipe.runs.table import collate, encodings
from facepipe.settings import DetectionSettings
from facepipe.table import FaceTable


def collate_run(folder: RunFolder, forgotten: Collection[str] = ()) -> FaceTable:
    """The table of every face but the `forgotten` ones, which may be empty; what was counted goes to the run's state.

    Writes encodings.pickle, the collated list, unless that is large. StoreError names a shard that cannot be used.
    """
    frames = _frames(folder)
    try:
        table = collate(
            frames,
            number_shots,
            MIN_VISIBILITY,
            frame_size=folder.settings.sampling.frame_size,
            space=folder.state.space,
            forgotten=forgotten,
        )
    except ValueError as error:
        raise StoreError(
            f"{folder.path}: its shards do not belong together ({error}): start over with --fresh"
        ) from error
    write_encodings(folder, table)
    folder.record(
        counts={
            "frames": len(frames),
            "frames_with_faces": sum(bool(frame.faces) for frame in frames),
            "frames_skipped": sum(bool(frame.skipped) for frame in frames),
            "faces": len(table),
            "smallest": _smallest_found(frames, folder.settings.detection),
        }
    )
    return table


def write_encodings(folder: RunFolder, table: FaceTable) -> None:
    """Write encodings.pickle; of a large table it would be one more copy of what takes most room."""
    if not table.is_large:
        folder.claim([ENCODINGS])
        pickles.write(folder.layout.encodings, encodings(table))


def _smallest_found(frames: list[Frame], detection: DetectionSettings) -> int:
    """Side in pixels below which faces may be missed, in the pictures where that is largest; 0 if none is searched."""
    shapes = {(frame.size_wh, frame.ref.source.is_video) for frame in frames}
    sides = (smallest_found(*shape, detection) for shape in shapes if shape[1] or not detection.cropped)
    return max(sides, default=0)


def _frames(folder: RunFolder) -> list[Frame]:
    """All stored frames in order; with --max-faces, up to the one in which that number is reached."""
    limit = folder.settings.detection.max_faces
    frames, faces = [], 0
    for frame in folder.shards().frames(folder.sources()):
        frames.append(frame)
        faces += len(frame.faces)
        if limit is not None and faces >= limit:
            break
    return frames
