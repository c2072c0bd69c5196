"""What was put into a folder, found again: copies of photos and clips cut out of videos."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from facepipe.files.hashing import sha256_of
from facepipe.files.real import real
from facepipe.find.originals import MAX_BYTES, shortened
from facepipe.records import Source

CLIP_SUFFIX = ".mp4"
_TIMES = 40  # bytes of a clip's name that are left for its times


def clip_name(original: Path, start_s: float, end_s: float) -> str:
    """What a clip is called that is cut out of `original`."""
    return f"{_stem(original)}_{_minutes(start_s)}_{_minutes(end_s)}{CLIP_SUFFIX}"


def clip_names(originals: Sequence[Source]) -> re.Pattern[str]:
    """What clips are called that are cut out of videos among `originals`; where there are none it never fits."""
    names = "|".join(re.escape(_stem(source.path)) for source in originals if source.is_video)
    return re.compile(rf"({names})(_\d+-\d\d){{2}}(_\d+)?{re.escape(CLIP_SUFFIX)}" if names else r"(?!)")


def copies_in(folder: Path, originals: Sequence[Source]) -> Iterator[tuple[Path, bool]]:
    """The files anywhere in `folder` that are copies of photos among `originals`, links to any of these, or clips that
    were cut out of videos.

    Whether that is sure: photos are known by their content, as it was read or is now; clips by their names alone.
    OSError: a file cannot be looked into.
    """
    as_read = {source.sha256 for source in originals if not source.is_video}
    photos = defaultdict(list)
    for source in originals:
        if not source.is_video and source.path.is_file():
            photos[source.path.stat().st_size].append(source.path)
    as_it_is = cache(sha256_of)
    clips = clip_names(originals)
    own = {real(source.path) for source in originals}
    videos = {_identity(source.path) for source in originals if source.is_video and source.path.is_file()}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and real(path) in own:
            yield path, True
        elif path.is_file() and real(path) not in own:
            if videos and _identity(path) in videos:
                yield path, True
            elif clips.fullmatch(path.name):
                yield path, False
            elif (content := sha256_of(path)) in as_read or content in map(as_it_is, photos[path.stat().st_size]):
                yield path, True


def _identity(path: Path) -> tuple[int, int]:
    """Equal for the names of one file."""
    state = path.stat()
    return state.st_dev, state.st_ino


def _stem(original: Path) -> str:
    return shortened(original.stem, MAX_BYTES - _TIMES)


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02}-{rest:02}"
