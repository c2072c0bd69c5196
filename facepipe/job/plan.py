"""What there is to look at, as tasks: all of it as one stream on the threads of one process, or divided among many."""

from dataclasses import dataclass, replace
from itertools import groupby

from facepipe.media.parts import Part
from facepipe.media.readers import parts
from facepipe.records import Source
from facepipe.runs.folder import RunFolder
from facepipe.settings import Settings

PHOTOS = 64  # photos of a task: some seconds of work
SAMPLES = 300  # sampled frames of a long video's part, at least: half a minute of work on a core


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Sources to be looked at one after the other, in time order; or a part of a video, its only source.

    others: the run has more sources than these, so that it goes on where none of these can be read.
    undivided: a long video in it is not to be taken apart.
    """

    sources: tuple[Source, ...]
    part: Part | None = None
    others: bool = False
    undivided: bool = False


Plan = tuple[Task, ...]


def whole(folder: RunFolder) -> Task:
    """Whatever of a run is not done yet, as one stream."""
    sources = folder.sources() if is_limited(folder.settings) else folder.unfinished_sources()
    return Task(tuple(sources), others=len(sources) < len(folder.sources()))


def is_limited(settings: Settings) -> bool:
    """Whether frames or faces are counted over all sources, so that all have to be walked through again, in order."""
    return bool(settings.detection.max_faces or settings.sampling.max_frames)


def divided(task: Task, settings: Settings) -> Plan:
    """The tasks that come to the same: a video each, and photos by the dozen. One where frames or faces are counted.

    Long videos are taken apart later, by `parts_of_video`, wherever they are read.
    """
    if is_limited(settings):
        return (replace(task, undivided=True),) if task.sources else ()
    alone = settings.detection.reuse_static  # frames take over what was found in those before them
    tasks = []
    for is_video, group in groupby(sorted(task.sources, key=lambda source: not source.is_video), _is_video):
        sources, size = tuple(group), 1 if is_video else PHOTOS
        tasks += [Task(sources[i : i + size], others=True, undivided=alone) for i in range(0, len(sources), size)]
    return tuple(tasks)


def _is_video(source: Source) -> bool:
    return source.is_video


def parts_of_video(task: Task, settings: Settings, size: int = SAMPLES) -> Plan:
    """A task that is a long video as tasks of `size` samples or somewhat more; none where it stays one.

    InputError: the video cannot be read.
    """
    if task.undivided or task.part or len(task.sources) > 1 or not task.sources[0].is_video:
        return ()
    return tuple(replace(task, part=part) for part in parts(task.sources[0], settings.sampling, size))
