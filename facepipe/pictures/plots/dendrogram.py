"""How near people are to each other: average linkage of tracks (or of people), with the cut.

Joins stand at the root of the mean squared distance between the tracks on either side; where the leaves are people,
each of them counts alike. The cut is that of two usual tracks: `people` has one for every pair.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from facepipe.cluster.average import Tree, average_tree
from facepipe.files.target import Target
from facepipe.pictures.plots import style
from facepipe.pictures.plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAVES = 90  # tracks are shown up to this many, else people; so many people at most
_MARK = {"marker": "X", "color": "#b4332a", "markersize": 9, "markeredgecolor": "white", "linestyle": "", "zorder": 4}
_ROW, _LEFT, _TOP, _BOTTOM, _WIDTH = 38, 250, 84, 50, 1300


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """person: index into the subject's people. tracks: the faces of each of its tracks, rows of the table."""

    person: int
    tracks: list[list[int]]

    @property
    def rows(self) -> np.ndarray:
        return np.concatenate(self.tracks)


def write_dendrogram(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write dendrogram.png, with the table's threshold where it has one, if there are at least two leaves."""
    leaves = cache(partial(_leaves, subject))  # of many faces they take a while, and mostly the picture is there
    if len(subject.people) >= 2 or len(leaves()) >= 2:
        target.data("dendrogram.png", lambda: _picture(subject, leaves()), ahead=style.load)
    return ()


def _leaves(subject: Subject) -> list[Leaf]:
    """The tracks of people (a face without track alone), or whole people when there are too many of them."""
    tracks: dict[int, dict[tuple[int, int], list[int]]] = {}
    for row in np.flatnonzero(subject.of >= 0).tolist():
        track = int(subject.table.track[row])
        own = tracks.setdefault(int(subject.of[row]), {})
        own.setdefault((track, row if track < 0 else 0), []).append(row)
    if sum(map(len, tracks.values())) > LEAVES:
        shown = {
            person: [rows for _, rows in sorted(tracks[person].items())] for person in subject.most_frequent(LEAVES)
        }
        return [Leaf(person, groups) for person, groups in shown.items()]
    return [Leaf(person, [rows]) for person, own in sorted(tracks.items()) for _, rows in sorted(own.items())]


def _means(subject: Subject, leaf: Leaf) -> np.ndarray:
    """The means of a leaf's tracks, float64 (t, d)."""
    return np.array([subject.table.embedding[rows].mean(axis=0, dtype=np.float64) for rows in leaf.tracks])


def _tree(leaves: list[np.ndarray]) -> Tree:
    """The joins of leaves, each the means of its tracks; how far apart is the root mean squared distance of tracks."""
    centre = np.array([tracks.mean(0) for tracks in leaves])
    spread = np.array([((tracks - tracks.mean(0)) ** 2).sum(1).mean() for tracks in leaves])
    squared = ((centre[:, None] - centre[None]) ** 2).sum(-1) + spread[:, None] + spread
    return [(one, other, math.sqrt(apart)) for one, other, apart in average_tree(squared)]


def _below(tree: Tree) -> list[list[int]]:
    """The leaves under every node, in the order in which they are drawn: the leaves themselves, then the joins."""
    found = [[leaf] for leaf in range(len(tree) + 1)]
    for one, other, _ in tree:
        found.append(found[one] + found[other])
    return found


def _shared(subject: Subject, leaves: list[Leaf]) -> np.ndarray:
    """Which leaves are seen in one frame: bool (l, l)."""
    from facepipe.cluster.constraints import same_frame  # here: see style

    rows = np.concatenate([leaf.rows for leaf in leaves])
    leaf = np.repeat(np.arange(len(leaves)), [len(leaf.rows) for leaf in leaves])
    return same_frame(subject.table.frame_codes()[rows], leaf, len(leaves)).toarray()


def kept_apart(tree: Tree, shared: np.ndarray, cut: float | None) -> set[int]:
    """The nodes that only the rule of the same frame forbids.

    Their sides share a frame, and are not further apart than the cut, where there is one. shared: bool (l, l), leaves.
    """
    below = _below(tree)
    return {
        node
        for node, (one, other, apart) in enumerate(tree, len(shared))
        if (cut is None or apart <= cut) and shared[np.ix_(below[one], below[other])].any()
    }


def _picture(subject: Subject, leaves: list[Leaf]) -> bytes:
    tree, cut = _tree([_means(subject, leaf) for leaf in leaves]), subject.table.threshold
    apart = kept_apart(tree, _shared(subject, leaves), cut)
    figure = style.new_figure(_WIDTH, _TOP + _BOTTOM + _ROW * len(leaves))
    axes = style.new_axes(figure, _LEFT, _TOP, 30, _BOTTOM)
    style.heading(figure, "Who resembles whom", _explained(leaves, cut, bool(apart)))
    colours = style.person_colours(len(subject.people))
    below = _below(tree)
    _draw_joins(axes, tree, below[-1], [{leaves[leaf].person for leaf in under} for under in below], colours, apart)
    if cut is not None:
        axes.axvline(cut, color="#b4332a", linewidth=1.2, linestyle=(0, (5, 4)))
        style.plain(axes.text(cut, -0.6, f" cut {cut:.2f}", size=9, color="#b4332a", va="top"))
    for place, leaf in enumerate(below[-1]):
        _draw_leaf(axes, subject, leaves[leaf], place, colours)
    axes.set_xlim(0, max(tree[-1][2], cut or 0.0, 1e-6) * 1.06)
    axes.set_ylim(len(leaves) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlabel("face distance (root mean square)", size=9, color=style.FAINT_HEX)
    return style.png_bytes(figure)


def _explained(leaves: list[Leaf], cut: float | None, some_apart: bool) -> str:
    what = "track" if len({leaf.person for leaf in leaves}) < len(leaves) else "person"
    line = f"a leaf a {what}; the further left two join, the more alike they are"
    if cut is not None:
        line += "; beyond the cut two usual tracks are two people"
    if some_apart:
        line += "; \N{MULTIPLICATION X}: kept apart, because both are in one frame"
    return line


def _draw_joins(
    axes: Axes, tree: Tree, order: list[int], people: list[set[int]], colours: list[str], apart: set[int]
) -> None:
    """A bracket a join, with a cross on those in `apart`. order: of the leaves. people: under every node."""
    from matplotlib.collections import LineCollection  # here: see style

    at = {leaf: (0.0, float(place)) for place, leaf in enumerate(order)}  # node -> where it begins
    brackets = []
    for node, (one, other, far) in enumerate(tree, len(order)):
        (x1, y1), (x2, y2) = at[one], at[other]
        brackets.append([(x1, y1), (far, y1), (far, y2), (x2, y2)])
        at[node] = far, (y1 + y2) / 2
    of = [_line_colour(under, colours) for under in people[len(order) :]]
    axes.add_collection(LineCollection(brackets, colors=of, linewidths=1.6, capstyle="round"))
    if apart:
        axes.plot(*zip(*(at[node] for node in sorted(apart)), strict=True), **_MARK)


def _draw_leaf(axes: Axes, subject: Subject, leaf: Leaf, place: int, colours: list[str]) -> None:
    """Picture, name and number of faces, beside the line that begins at `place`."""
    at = (0, place)
    picture = subject.thumbnail(subject.cover(leaf.rows), (64, 68))
    style.picture_at(axes, picture, at, colours[leaf.person], zoom=0.48, xybox=(-17, 0), boxcoords="offset points")
    text = style.with_count(subject.people[leaf.person], len(leaf.rows))
    where = {"xytext": (-36, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
    style.plain(axes.annotate(text, at, size=9, color=style.INK_HEX, annotation_clip=False, **where))


def _line_colour(people: set[int], colours: list[str]) -> str:
    """A person's colour for what joins only leaves of hers, grey for all that is above."""
    return colours[min(people)] if len(people) == 1 else "#a8a29e"
