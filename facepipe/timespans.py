"""Moments as segments of time, and times as words."""

from collections.abc import Collection, Sequence
from datetime import datetime, timezone

import numpy as np

_SOME = 4  # of a unit, below which the next smaller one is said too


def clock(seconds: float) -> str:
    """1:02:03 or 2:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float) -> str:
    """How long something took: 41 s, 3 min 31 s, 1 h 2 min."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def taken_s(taken: Sequence[str]) -> np.ndarray:
    """float64 (n,): when photos were taken, see `records.Frame`, as seconds since 1970 by the clock on the wall there,
    which is how photos of several cameras are put in order; nan where it is not known."""

    def seconds(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() if text else np.nan

    known = {text: seconds(text) for text in {*taken}}  # of most faces, or of a burst, it is one
    return np.fromiter(map(known.__getitem__, taken), np.float64, len(taken))


def known_moments(taken: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Where of `taken` a moment is known, int64 (k,), and these of `taken_s`, float64 (k,); none where all are one."""
    moments = taken_s(taken)
    places = np.flatnonzero(~np.isnan(moments))
    if not len(places) or not np.ptp(moments[places]):
        places = places[:0]
    return places, moments[places]


def dated(seconds: float, span_s: float) -> str:
    """A moment of `taken_s` as words that tell it from others of a span of `span_s`: 2023-05-06, within some days
    2023-05-06 12:34, within some minutes 2023-05-06 12:34:56."""
    moment = datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
    if span_s > _SOME * 86400:
        return moment.date().isoformat()
    return moment.isoformat(" ", "minutes" if span_s > _SOME * 60 else "seconds")


def typical_step(moments_s: np.ndarray) -> float:
    """The median distance of neighbouring moments (seconds, any order); 0 when there is only one."""
    if len(moments_s) < 2:
        return 0.0  # of most photos, of which there may be very many
    steps = np.diff(np.unique(moments_s))
    return float(np.median(steps)) if len(steps) else 0.0


def sample_step(frame_index: np.ndarray, time_s: np.ndarray, looked_at: Collection[int] = ()) -> float:
    """Seconds between two looks at a video: the median; 0 where one alone is known.

    frame_index, time_s: (n,), of what was found there. looked_at: the indices of all frames that were looked at: where
    little is to be found, what was found lies farther apart than the looks. Times of those where nothing was found are
    taken to lie evenly between the ones that are known.
    """
    if not looked_at and (frame_index == frame_index[:1]).all():
        return 0.0  # as of every photo, of which there may be very many
    known, first = np.unique(np.append(frame_index, 0), return_index=True)
    looks = np.union1d(frame_index, np.fromiter(looked_at, np.int64, len(looked_at)))
    return typical_step(np.interp(looks[looks <= known[-1]], known, np.append(time_s, 0.0)[first]))


def spans(moments_s: np.ndarray, step_s: float, gap_s: float = 0.0) -> list[tuple[float, float]]:
    """(start, end) of the segments that moments sampled every `step_s` cover.

    A moment stands for the time until the next sample, so a segment ends one step after its last moment. It goes on
    over gaps of up to 1.5 steps, or `gap_s` if that is more.
    """
    moments_s = np.unique(moments_s)
    starts = np.flatnonzero(np.diff(moments_s, prepend=-np.inf) > max(1.5 * step_s, gap_s))
    ends = np.append(starts[1:] - 1, len(moments_s) - 1)
    return [(float(moments_s[a]), float(moments_s[b] + step_s)) for a, b in zip(starts, ends, strict=True)]
