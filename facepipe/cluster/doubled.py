"""Shots whose picture is there twice or more: split screens, mirrored halves, the two halves of 3D.

That two faces of one frame are two people is certain in a video, but where the picture itself is repeated. There a face
and its copy are nearer than strangers ever are, of one size, and on one line, beside or above each other, and so are
most faces of the shot. Of the labelled clips no shot has more than one such face in fourteen; of the same clips put
side by side, squeezed or mirrored, nearly every shot has more than half.

In such a shot a face and its copy may be one person; that two others are not holds there too. A video that mostly shows
such shots, a film in 3D, shows nothing else: its shortest shots, of one sampled frame, would not tell.
"""

from dataclasses import dataclass

import numpy as np

from facepipe.cluster.codes import pair_codes, text_codes
from facepipe.table import FaceTable
from facepipe.timespans import clock, spans, typical_step

SAME_PICTURE = 0.7  # faces of one frame with a higher cosine are hardly two people
SAME_SIZE = 0.15  # the most that the logarithms of their sizes differ, by the detector's jitter
IN_LINE = 0.15  # the most that they are off the line, in face widths
MOST = 0.5  # of a shot's faces have a copy, at least ...
FEWEST = 2  # ... in so many frames; and where so many of a video's faces stand in such shots, all of them do

_MOST_SPANS = 5  # that a note names


@dataclass(frozen=True, eq=False)
class Doubled:
    """faces: bool (n,), whether each stands in such a shot. pairs: two int (p,), rows that are copies there."""

    faces: np.ndarray
    pairs: tuple[np.ndarray, np.ndarray]


def doubled(table: FaceTable) -> Doubled:
    """The shots of a table in which faces have copies beside them."""
    codes = table.frame_codes()
    left, right = _of_one_frame(codes)
    like = _in_line(table.box_ltrb.astype(np.float64), left, right)
    left, right = left[like], right[like]
    seen = table.space.likeness.seen
    like = np.einsum("ij,ij->i", *(seen(table.vectors(rows))[0] for rows in (left, right))) > SAME_PICTURE
    left, right = left[like], right[like]
    sources = text_codes(table.source)
    shot = np.unique(pair_codes(sources, table.shot), return_inverse=True)[1].reshape(-1)
    copied = np.zeros(len(table), bool)
    copied[left] = copied[right] = True
    _, frames = np.unique(pair_codes(shot[copied], codes[copied]), return_index=True)
    many = np.bincount(shot[copied][frames], minlength=len(table)) >= FEWEST
    most = np.bincount(shot, copied, len(table)) >= MOST * np.bincount(shot, minlength=len(table))
    faces = (many & most)[shot]
    faces |= (np.bincount(sources, faces, len(table)) >= MOST * np.bincount(sources, minlength=len(table)))[sources]
    return Doubled(faces, (left[faces[left]], right[faces[left]]))


def doubled_shots(table: FaceTable, faces: np.ndarray) -> list[str]:
    """What is said of the shots that `faces`, bool (n,), stand in: a line a source."""
    lines = []
    for source in sorted({table.source[row] for row in np.flatnonzero(faces)}):
        own = np.array([name == source for name in table.source])
        times = np.unique(table.time_s[own])
        step = typical_step(times)
        found = spans(np.unique(table.time_s[own & faces]), step, 4 * step)
        named = [f"{clock(start)}-{clock(end)}" for start, end in found[:_MOST_SPANS]]
        named += [f"{len(found) - _MOST_SPANS} more times"] if len(found) > _MOST_SPANS else []
        lines.append(
            f"{source} shows its picture several times at once (split screen, mirror, 3D) at {', '.join(named)}: "
            "a face and its copy may be one person there"
        )
    return lines


def _of_one_frame(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of rows with one frame, each once."""
    order = np.argsort(frames, kind="stable")
    left, right = [order[:0]], [order[:0]]
    for step in range(1, len(order)):
        same = frames[order[step:]] == frames[order[:-step]]
        if not same.any():
            break
        left.append(order[:-step][same])
        right.append(order[step:][same])
    return np.concatenate(left), np.concatenate(right)


def _in_line(boxes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which pairs of boxes, float64 (n, 4), are of one size and on one line without touching each other: bool (p,)."""
    a, b = boxes[left], boxes[right]
    apart = (np.maximum(a[:, :2], b[:, :2]) >= np.minimum(a[:, 2:], b[:, 2:])).any(1)
    size_a, size_b = (np.sqrt(np.prod(np.maximum(box[:, 2:] - box[:, :2], 1), axis=1)) for box in (a, b))
    off = np.abs(a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]).min(1) / 2
    return apart & (np.abs(np.log(size_a / size_b)) < SAME_SIZE) & (off < IN_LINE * np.sqrt(size_a * size_b))
