"""What was seen of a run's folders, where files are so many that it takes long to list them each time."""

import os
from contextlib import suppress

from facepipe.errors import StorageFull, StoreError
from facepipe.files.glances import Glances
from facepipe.runs.folder import PICTURE_NAME, RunFolder
from facepipe.runs.layout import FRAMES, GLANCES, SHARDS
from facepipe.runs.segments import segment_paths

_MANY = 50_000  # files; their sizes are read in a tenth of a second


def glances_of(folder: RunFolder) -> Glances | None:
    """What was seen when a command looked last; None where files are few."""
    return Glances(folder.path / GLANCES) if (folder.state.assembled or 0) > _MANY else None


def keep_glances(folder: RunFolder, glances: Glances) -> None:
    """Write what was seen, if that is much; where it cannot be written, all is looked at again."""
    if glances.worth_keeping:
        with suppress(StorageFull, StoreError):
            folder.claim([GLANCES])
            glances.keep()


def has_stage_files(folder: RunFolder, glances: Glances) -> bool:
    """Whether there are as many shards and frame pictures as people were made of: an empty one counts, since it takes
    long to ask each for its size. False: look at each."""
    made_of, frames, shards = folder.state.assembled or 0, folder.layout.frames, folder.layout.shards

    def as_many() -> bool:
        pictures = [*filter(PICTURE_NAME.fullmatch, os.listdir(frames))] if frames.is_dir() else []
        return made_of == len(pictures) + len(folder.shards().ids(empty=True))

    return glances.still(f"{FRAMES}/{SHARDS}", [str(frames), str(shards), *segment_paths(shards)], made_of, as_many)
