"""Where people appear: in which photos, and in which stretches of which videos."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.errors import UsageError
from facepipe.files.names import natural_key
from facepipe.records import FaceTable, Source
from facepipe.timespans import spans, typical_step

GAP_STEPS = 3  # a stretch goes on where somebody is not seen for so many samples: a turned head, a cut to the public
_MOST_NAMES = 20  # names that an error message lists

Stretch = tuple[float, float]  # seconds since the source's first frame


@dataclass(frozen=True, slots=True)
class Appearance:
    """A source in which somebody is seen, and when: stretches in seconds, none for a photo."""

    source: Source
    stretches: tuple[Stretch, ...] = ()


def person_named(name: str, people: Collection[str]) -> str:
    """The person of a run who is called `name`, in any case. UsageError lists the known names, close matches first."""
    names = sorted({*people} - {""}, key=natural_key)
    if name in names:
        return name
    folded = {known.casefold(): known for known in names}
    if name.casefold() in folded:
        return folded[name.casefold()]
    if not names:
        raise UsageError(f"nobody is called {name!r}: the run has no people")
    close = [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    ordered = [*close, *(known for known in names if known not in close)]
    more = f" and {len(ordered) - _MOST_NAMES} more" if len(ordered) > _MOST_NAMES else ""
    raise UsageError(f"nobody is called {name!r}; there are {', '.join(ordered[:_MOST_NAMES])}{more}")


def appearances(
    table: FaceTable, wanted: Sequence[np.ndarray], sources: Sequence[Source], interval_s: float
) -> list[Appearance]:
    """The sources with frames in which everybody wanted is seen, in the order of `sources`.

    wanted: for each of them a bool (n,) mask of the faces that count as theirs. interval_s: seconds between samples.
    A stretch ends one sample after the last moment, and goes on over GAP_STEPS samples without them.
    """
    codes = table.frame_codes()
    together = np.ones(codes.max(initial=-1) + 1, bool)
    for mask in wanted:
        seen = np.zeros_like(together)
        seen[codes[mask]] = True
        together &= seen
    hit, every = defaultdict(list), defaultdict(list)
    for name, moment, found in zip(table.source, table.time_s.tolist(), together[codes].tolist(), strict=True):
        every[name].append(moment)
        if found:
            hit[name].append(moment)
    found = []
    for source in sources:
        if source.name in hit and source.is_video:
            # Keyframes, where only those were sampled, lie farther apart than was asked for.
            step = max(interval_s, typical_step(np.array(every[source.name])))
            stretches = spans(np.array(hit[source.name]), interval_s, (GAP_STEPS + 1) * step)
            found.append(Appearance(source, tuple(stretches)))
        elif source.name in hit:
            found.append(Appearance(source))
    return found


def widened(stretches: Sequence[Stretch], margin_s: float) -> list[Stretch]:
    """Stretches with a margin at both ends; those that touch then become one."""
    wide: list[Stretch] = []
    for start, end in stretches:
        start, end = max(0.0, start - margin_s), end + margin_s
        if wide and start <= wide[-1][1]:
            wide[-1] = wide[-1][0], end
        else:
            wide.append((start, end))
    return wide
