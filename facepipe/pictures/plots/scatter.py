"""Every face as a point: faces that look alike lie together (t-SNE of the embeddings; of few faces their plane)."""

from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from facepipe.files.target import Target
from facepipe.pictures.plots import style
from facepipe.pictures.plots.labels import Labels
from facepipe.pictures.plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FACES = 800  # points; the best faces of those seen most, so that the time does not grow with the run
FEW = 40  # faces below which t-SNE has too few neighbours to lay out anything, and the plane of most spread is shown
# Half the time of twice as many of both, which keep no more: the trustworthiness of 15 neighbours is .996, .895, .964,
# .891, .762 on a talk, advertisements, a stage, photos and 800 faces of LFW (.997, .877, .935, .883, .772 with twice).
_NEIGHBOURS, _ROUNDS = 15.0, 500
_WIDTH, _HEIGHT = 1400, 1050
_TOP = 96  # what the title takes
_PORTRAITS = 40  # people who are shown; the others are named
_PORTRAIT_PX, _NAME_PX, _GAP_PX = (50, 54), 15, 10
_LETTERS_PT, _LETTER_PX = 7.5, 6.6


def write_scatter(target: Target, subject: Subject) -> tuple[str, ...]:
    """Write scatter.png if there are at least five faces."""
    if len(subject.table) >= 5:
        laid_out = cache(partial(_laid_out, subject))
        target.data("scatter.png", lambda: _picture(subject, *laid_out()), ahead=laid_out)
    return ()


def load() -> None:
    """Import scikit-learn, as `project` does for more than a few faces."""
    from sklearn import decomposition, manifold  # noqa: F401


def _laid_out(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    """The faces that are shown, and their places."""
    rows = sample(subject)
    return rows, project(subject.table.embedding[rows])


def sample(subject: Subject, limit: int = FACES) -> np.ndarray:
    """Rows of up to `limit` faces: the best ones of the people seen most, as many of one as of the next."""
    people = [*([-1] if (subject.of < 0).any() else []), *subject.by_frequency()]
    groups = [subject.rows(person) for person in people[:limit]]
    quota = max(1, limit // len(groups))
    return np.sort(np.concatenate([rows[:quota] for rows in groups]))


def project(embeddings: np.ndarray) -> np.ndarray:
    """Places in the plane, float (n, 2), of n >= 5 embeddings (n, d). The same input gives the same places."""
    if not np.ptp(embeddings, axis=0).any():  # all faces alike: nothing to lay out
        return np.zeros((len(embeddings), 2))
    few = len(embeddings) < FEW
    if not few:
        from sklearn.decomposition import PCA  # here: see style
        from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # Sums in the order of one thread, or the places differ from run to run. It holds for what is loaded by now alone.
    with threadpool_limits(1):
        if few:
            return _plane(embeddings.astype(np.float64))
        reduced = PCA(min(32, *embeddings.shape), svd_solver="full").fit_transform(embeddings.astype(np.float64))
        settings = {"perplexity": _NEIGHBOURS, "max_iter": _ROUNDS, "init": "pca", "learning_rate": "auto"}
        return TSNE(2, **settings, random_state=0).fit_transform(reduced)


def _plane(embeddings: np.ndarray) -> np.ndarray:
    """The first two principal components, each with its largest value above 0."""
    axes, lengths, _ = np.linalg.svd(embeddings - embeddings.mean(0), full_matrices=False)
    places = axes[:, :2] * lengths[:2]
    return places * np.sign(places[np.abs(places).argmax(0), [0, 1]])


def _picture(subject: Subject, rows: np.ndarray, places: np.ndarray) -> bytes:
    of = subject.of[rows]
    colours = style.person_colours(len(subject.people))

    figure = style.new_figure(_WIDTH, _HEIGHT)
    axes = style.new_axes(figure, 50, _TOP + 40, 50, 40)
    note = f"the best {len(rows)} of {len(subject.of)} faces" if len(rows) < len(subject.of) else "a point a face"
    style.heading(figure, "All faces", f"{note}; faces that look alike lie together; grey is unknown")
    axes.scatter(*places[of < 0].T, s=14, c=style.UNKNOWN_COLOUR, linewidths=0)
    axes.scatter(*places[of >= 0].T, s=22, c=[colours[person] for person in of[of >= 0]], linewidths=0, alpha=0.8)
    axes.margins(0.04, 0.06)
    axes.set_xticks([])
    axes.set_yticks([])
    _draw_labels(axes, subject, places, of, colours)
    return style.png_bytes(figure)


def _draw_labels(axes: "Axes", subject: Subject, places: np.ndarray, of: np.ndarray, colours: list[str]) -> None:
    """A portrait with its name beside the points of the most frequent people, the name alone beside those of others."""
    axes.autoscale_view()
    pixels = axes.transData.transform(places)
    labels = Labels(pixels, (4, 4, _WIDTH - 4, _HEIGHT - _TOP))
    for rank, person in enumerate(one for one in subject.by_frequency() if (of == one).any()):
        cloud = of == person
        at = pixels[cloud][np.argmin(np.linalg.norm(pixels[cloud] - np.median(pixels[cloud], axis=0), axis=1))]
        name = style.short(subject.people[person], 16)
        width = _LETTER_PX * len(name)
        if rank < _PORTRAITS:
            size = max(_PORTRAIT_PX[0], width), _PORTRAIT_PX[1] + _NAME_PX
            middle = labels.place(at, size, _GAP_PX, cloud, most=1.6)
            if middle is not None:
                _draw_line(axes, at, middle, colours[person])
                thumbnail = subject.thumbnail(subject.cover(subject.rows(person)), (88, 96))
                down = (middle[0], middle[1] - _NAME_PX / 2)
                style.picture_at(axes, thumbnail, down, colours[person], zoom=0.5, xycoords="figure pixels")
                _draw_name(axes, (middle[0], middle[1] + _PORTRAIT_PX[1] / 2), name)
                continue
        middle = labels.place(at, (width, _NAME_PX), _GAP_PX / 2, cloud)
        if middle is not None:
            _draw_line(axes, at, middle, colours[person])
            _draw_name(axes, middle, name)


def _draw_name(axes: "Axes", at: Sequence[float], name: str) -> None:
    where = {"xycoords": "figure pixels", "ha": "center", "va": "center", "annotation_clip": False}
    behind = {"facecolor": style.PAPER_HEX, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
    style.plain(axes.annotate(name, tuple(at), size=_LETTERS_PT, color=style.INK_HEX, bbox=behind, zorder=5, **where))


def _draw_line(axes: "Axes", at: np.ndarray, middle: np.ndarray, colour: str) -> None:
    """From a point to its label."""
    axes.annotate(
        "",
        tuple(middle),
        tuple(at),
        xycoords="figure pixels",
        textcoords="figure pixels",
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
        annotation_clip=False,
        zorder=1,
    )
