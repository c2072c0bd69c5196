"""Live photos: a still, and beside it a .mov of the same name with the seconds around it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from facepipe.callbacks import Warn
from facepipe.errors import DecodeError
from facepipe.files.names import printable
from facepipe.media.readers import reader_of_suffix
from facepipe.media.video import duration_s, open_video
from facepipe.words import counted

_STILLS = frozenset({".heic", ".heif", ".jpeg", ".jpg"})
_LONGEST_S = 6.0  # phones record three seconds, some up to five; what lasts longer is a film that has a poster
_NAMED = 3  # that are said


def moving_halves(paths: Sequence[Path], named: Collection[Path], warn: Warn) -> set[Path]:
    """The files that are left out since the still shows the same; `warn` is told of them.

    named: those that were asked for by name, which are looked at whatever lies beside them.
    """
    stills: defaultdict[str, list[Path]] = defaultdict(list)
    for path in paths:
        if path.suffix.lower() in _STILLS:
            stills[_place(path)].append(path)
    movies = [path for path in paths if path.suffix.lower() == ".mov" and path not in named and _place(path) in stills]
    halves = [path for path in movies if _adds_nothing(path, stills[_place(path)])]
    if halves:
        some = ", ".join(printable(path.name) for path in halves[:_NAMED])
        more = f" and {len(halves) - _NAMED} more" if len(halves) > _NAMED else ""
        what = counted(len(halves), "live photo")
        warn(f"{what}: the stills are used, and the moving halves left out ({some}{more})")
    return {*halves}


def _place(path: Path) -> str:
    return str(path.with_suffix("").absolute()).lower()


def _adds_nothing(movie: Path, stills: Sequence[Path]) -> bool:
    """Whether it lasts no longer than such a half and a still of it opens, or it cannot be read at all."""
    try:
        with open_video(movie) as (container, _):
            short = duration_s(container) <= _LONGEST_S
    except DecodeError:
        return True
    return short and any(map(_opens, stills))


def _opens(still: Path) -> bool:
    reader = reader_of_suffix(still, ["photo"])
    return reader is not None and reader.holds(still)
