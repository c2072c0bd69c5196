"""Every face as a point: faces that look alike lie together (t-SNE of the embeddings)."""

import numpy as np
from matplotlib.axes import Axes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from facepipe.files.target import Target
from facepipe.pictures.plots import style
from facepipe.pictures.plots.subject import Subject

FACES = 800  # points; the best faces of everybody, so that the time does not grow with the run
_WIDTH, _HEIGHT = 1400, 1050
_ROOM_PX = (76, 84)  # what a portrait with its name takes


def write_scatter(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write scatter.png if there are at least five faces."""
    if len(subject.table) >= 5:
        target.data("scatter.png", lambda: _picture(subject))
    return ()


def sample(subject: Subject, limit: int = FACES) -> np.ndarray:
    """Rows of up to `limit` faces: everybody's best ones, as many of one person as of the next (at least one)."""
    groups = [rows for person in range(-1, len(subject.people)) if len(rows := subject.rows(person))]
    quota = max(1, limit // len(groups))
    return np.sort(np.concatenate([rows[:quota] for rows in groups]))


def project(embeddings: np.ndarray) -> np.ndarray:
    """Places in the plane, float (n, 2), of n >= 5 embeddings (n, d). The same input gives the same places."""
    if not np.ptp(embeddings, axis=0).any():  # all faces alike: nothing to lay out
        return np.zeros((len(embeddings), 2))
    with threadpool_limits(1):  # sums in the order of one thread, or the places differ from run to run
        reduced = PCA(min(32, *embeddings.shape), svd_solver="full").fit_transform(embeddings.astype(np.float64))
        perplexity = min(30.0, (len(embeddings) - 1) / 3)
        return TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", random_state=0).fit_transform(reduced)


def _picture(subject: Subject) -> bytes:
    rows = sample(subject)
    places = project(subject.table.embedding[rows])
    of = subject.of[rows]
    colours = style.person_colours(len(subject.people))

    figure = style.new_figure(_WIDTH, _HEIGHT)
    axes = style.new_axes(figure, 50, 150, 50, 40)
    note = f"the best {len(rows)} of {len(subject.of)} faces" if len(rows) < len(subject.of) else "a point a face"
    style.heading(figure, "All faces", f"{note}; faces that look alike lie together; grey is unknown")
    axes.scatter(*places[of < 0].T, s=14, c=style.UNKNOWN_COLOUR, linewidths=0)
    axes.scatter(*places[of >= 0].T, s=22, c=[colours[person] for person in of[of >= 0]], linewidths=0, alpha=0.8)
    axes.margins(0.04, 0.06)
    axes.set_xticks([])
    axes.set_yticks([])
    _draw_portraits(axes, subject, places, of, colours)
    return style.png_bytes(figure)


def _draw_portraits(axes: Axes, subject: Subject, places: np.ndarray, of: np.ndarray, colours: list[str]) -> None:
    """A portrait above everybody's points, the most frequent people first, where there is room."""
    axes.autoscale_view()
    taken: list[np.ndarray] = []
    for person in subject.by_frequency():
        cloud = places[of == person]
        top = (float(np.median(cloud[:, 0])), float(cloud[:, 1].max()))
        pixel = axes.transData.transform(top)
        if any((np.abs(pixel - other) < _ROOM_PX).all() for other in taken):
            continue
        taken.append(pixel)
        above = {"xybox": (0, 26), "boxcoords": "offset points"}
        thumbnail = subject.thumbnail(subject.cover(subject.rows(person)), (88, 96))
        style.picture_at(axes, thumbnail, top, colours[person], zoom=0.5, **above)
        where = {"xytext": (0, 46), "textcoords": "offset points", "ha": "center", "va": "bottom"}
        name = style.short(subject.people[person], 16)
        style.plain(axes.annotate(name, top, size=8.5, color=style.INK_HEX, zorder=5, **where))
