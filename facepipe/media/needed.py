"""Which packets have to be decoded for the frames that are wanted, and where decoding begins anew."""

import numpy as np

from facepipe.media.timeline import Timeline


def needed_packets(timeline: Timeline, wanted: np.ndarray, restart: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which packets have to be decoded for the packets `wanted`: bool (m,), and the keyframe where that starts for
    each: int64 (k,).

    Without `restart`, everything from the first keyframe on.
    """
    first = int(np.flatnonzero(timeline.packet_key)[0])
    starts = np.array(timeline.decode_starts(wanted) if restart else [first] * len(wanted), np.int64)
    changes = np.zeros(len(timeline.packet_ticks) + 1, np.int64)
    np.add.at(changes, starts, 1)
    np.add.at(changes, wanted + 1, -1)
    return np.cumsum(changes)[:-1] > 0, starts


def entries(wanted: np.ndarray, starts: np.ndarray) -> set[int]:
    """The packets of `starts`, one for each of the packets `wanted`, to which nothing before matters: decoding begins
    anew there, so that damage goes no further, and it makes no difference whether what lies before is wanted too."""
    order = np.argsort(starts, kind="stable")
    first = np.flatnonzero(np.diff(starts[order], prepend=-1) > 0)
    before = np.concatenate([[-1], np.maximum.accumulate(wanted[order])])[first]
    return set(starts[order][first][before < starts[order][first]].tolist())
