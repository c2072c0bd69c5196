"""Plots: present where the data allows, pictures that say what they should, the same bytes every time."""

import os
import subprocess
import sys
from collections import Counter

import cv2
import numpy as np
import pytest
from dataset_world import Spot, make_run, talk_show

from facepipe.annotated import AnnotatedFrames
from facepipe.errors import UsageError
from facepipe.files.target import Target
from facepipe.imaging.fonts import drawable
from facepipe.pictures.plots import PLOTS, dendrogram, style, write_plots
from facepipe.pictures.plots.clusters import distances_to_mean, evenly
from facepipe.pictures.plots.dendrogram import _tree, kept_apart
from facepipe.pictures.plots.labels import Labels
from facepipe.pictures.plots.scatter import project, sample
from facepipe.pictures.plots.style import person_colours
from facepipe.pictures.plots.subject import subject_of
from facepipe.registry import Plugin
from facepipe.timespans import clock, lasting, sample_step, spans, typical_step

ALL = ["clusters", "dendrogram", "everybody", "scatter", "timeline"]


def plots_of(out, spots, names=("all",), *, dry=False, **columns):
    table = make_run(out, spots).with_(**columns)
    target = Target(out, dry=dry)
    notes = write_plots(target.folder("plots"), names, table, AnnotatedFrames(table, out / "frames"), out / "people")
    return target, notes


def written(target) -> list[str]:
    return [path.removeprefix("plots/").rpartition(".")[0] for path in target.paths]


def test_how_many_faces_stand_to_the_right_of_every_name():
    """A number behind letters that are written from the right would go to their left."""
    assert style.with_count("Anna", 9) == "Anna  9"
    name = "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER SHIN}"
    assert style.with_count(name, 9) == f"\u200e{name}\u200e  9" and drawable("\u200e") == "\u200e"


def test_a_plot_of_another_package_that_fails_is_named(tmp_path, monkeypatch):
    def fails(target, subject):
        raise ValueError("no\nbars")

    monkeypatch.setattr(style, "fails", fails, raising=False)
    for package, kind, words in (("", ValueError, "no"), ("more", UsageError, "^'bars' of the package more failed")):
        plugin = Plugin("bars", "facepipe.pictures.plots.style:fails", package=package)
        monkeypatch.setitem(PLOTS._plugins, "bars", plugin)
        with pytest.raises(kind, match=words):
            plots_of(tmp_path / f"{package}_", talk_show(), ("bars",))
    target, notes = plots_of(tmp_path / "all", talk_show(), threshold=0.5)
    assert written(target) == ALL and notes[-1].startswith("'bars' of the package more failed (ValueError: no bars)")


def test_all_plots_of_a_clip_whatever_people_are_called(tmp_path):
    called = {"person_001": "Ana $\\frac{1}{0}$", "person_002": "山田 😀", "person_003": "Ж" * 90}
    spots = [Spot(s.source, s.frame, s.box, called.get(s.person, ""), s.shot, s.track) for s in talk_show()]
    target, notes = plots_of(tmp_path, spots, threshold=0.5)
    assert written(target) == ALL
    assert notes == ()
    for path in target.paths:
        image = cv2.imread(str(tmp_path / path))
        assert image.std() > 3
        assert b"Software" not in (tmp_path / path).read_bytes()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("timeline", "scatter"), ["scatter", "timeline"]),
        (("everybody",), ["everybody"]),
        (("all",), ALL),
        (("timeline", "all"), ALL),
        (("scatter", "scatter"), ["scatter"]),
        ((), []),
    ],
)
def test_the_plots_that_were_chosen_are_written(tmp_path, names, expected):
    assert written(plots_of(tmp_path, talk_show(), names, dry=True)[0]) == expected


def test_a_plot_that_there_is_not(tmp_path):
    with pytest.raises(UsageError, match="unknown plot 'pie': choose all, none, or among everybody, timeline,"):
        plots_of(tmp_path, talk_show(), ("timeline", "pie"))
    assert not (tmp_path / "plots").exists()


def test_everybody_has_a_row_and_nobody_unknown(tmp_path):
    spots = [Spot("a.mp4", i, (120, 90, 180, 150), f"p{i:02}" if i else "") for i in range(46)]
    target, _ = plots_of(tmp_path, spots, ("everybody",))
    assert target.paths == ["plots/everybody.jpg", "plots/everybody_2.jpg", "plots/everybody_3.jpg"]
    rows = [cv2.imread(str(tmp_path / path)).shape[0] for path in target.paths]
    assert rows[0] == rows[1] > rows[2]


@pytest.mark.parametrize(
    ("spots", "expected"),
    [
        ([], []),
        ([Spot("a.jpg", 0, (10, 10, 60, 60), "ana")], ["clusters", "everybody"]),
        ([Spot("a.jpg", 0, (10, 10, 60, 60), "")], ["clusters"]),
        ([Spot("a.mp4", i, (10, 10, 60, 60), "") for i in range(6)], ["clusters", "scatter", "timeline"]),
        ([Spot(f"{i}.jpg", 0, (10, 10, 60, 60), "ab"[i]) for i in range(2)], ["clusters", "dendrogram", "everybody"]),
    ],
    ids=["nothing", "one photo", "one unknown", "unknown clip", "two photos"],
)
def test_little_data_makes_fewer_plots(tmp_path, spots, expected):
    assert written(plots_of(tmp_path, spots)[0]) == expected


def test_many_people_and_many_videos(tmp_path):
    spots = [Spot(f"v{i % 14:02}.mp4", i // 14, (90, 80, 150, 140), f"p{i:02}") for i in range(98)]
    target, notes = plots_of(tmp_path, spots, dry=True)
    found = written(target)
    assert len([name for name in found if name.startswith("clusters")]) == 5
    assert len([name for name in found if name.startswith("timeline")]) == 12
    assert notes == ("timelines show the 12 videos with most faces, 2 are left out",)


def test_timeline_shows_who_is_there_and_who_is_not(tmp_path):
    spots = [Spot("a.mp4", i, (90, 80, 150, 140), "ana" if i < 10 else "ben") for i in range(20)]
    plots_of(tmp_path, spots)
    image = cv2.imread(str(tmp_path / "plots" / "timeline.png"))[..., ::-1]
    for row, colour in enumerate(person_colours(2)):
        rgb = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        xs = np.flatnonzero((image[:, 300:] == rgb).all(axis=2).any(axis=0))
        assert (xs.max() - xs.min()) / (image.shape[1] - 300) == pytest.approx(0.48, abs=0.06)
        assert (xs.mean() > image.shape[1] / 2 - 150) == bool(row)


def test_photos_have_a_timeline_by_when_they_were_taken(tmp_path):
    """Ana from January to June, and in July, when only Ben is there, and one that has no time."""
    spots = [Spot(f"{i:02}.jpg", 0, (90, 80, 150, 140), "ana" if i < 6 or i == 9 else "ben") for i in range(10)]
    taken = [*(f"2023-{month:02}-05T12:00:00" for month in (1, 2, 3, 4, 5, 6, 7, 7, 7)), ""]
    target, _ = plots_of(tmp_path, spots, ("timeline",), taken=taken)
    assert target.paths == ["plots/timeline.png"]
    image = cv2.imread(str(tmp_path / "plots" / "timeline.png"))[..., ::-1]
    bars = []
    for colour in person_colours(2):
        rgb = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        seen = (image[:, 255:] == rgb).all(axis=2).any(axis=0).astype(int)
        bars.append(np.flatnonzero(np.diff(seen) > 0) / len(seen))
    assert bars[0] == pytest.approx([0, 0.167, 0.317, 0.485, 0.646, 0.815], abs=0.03)
    assert bars[1] == pytest.approx([0.97], abs=0.02)


def test_cluster_plot_puts_the_doubtful_face_last(tmp_path):
    table = make_run(tmp_path, [Spot("a.mp4", i, (90, 80, 150, 140), "ana") for i in range(6)])
    vectors = table.embedding.copy()
    vectors[2] += 0.05
    assert np.argmax(distances_to_mean(vectors)) == 2
    assert evenly(100, 5).tolist() == [0, 25, 50, 74, 99]
    assert evenly(3, 5).tolist() == [0, 1, 2]


def test_scatter_keeps_people_together_and_is_repeatable():
    rng = np.random.default_rng(0)
    of = np.repeat(np.arange(4), 15)
    vectors = (rng.normal(0, 0.12, (4, 128))[of] + rng.normal(0, 0.02, (60, 128))).astype(np.float32)
    places = project(vectors)
    assert np.array_equal(places, project(vectors))
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (of[apart.argmin(axis=1)] == of).all()


_THREADS = """
import numpy as np, threadpoolctl

class Limits(threadpoolctl.threadpool_limits):
    def __exit__(self, *error):
        print({pool["user_api"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()})
        return super().__exit__(*error)

threadpoolctl.threadpool_limits = Limits
from facepipe.pictures.plots.scatter import project
project(np.random.default_rng(0).normal(size=(50, 128)).astype(np.float32))
"""


def test_faces_are_laid_out_on_one_thread_of_every_library():
    """Also of those that scikit-learn brings: two threads that wait for each other took four times the time."""
    several = os.environ | {"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3"}
    done = subprocess.run([sys.executable, "-c", _THREADS], env=several, capture_output=True, text=True, check=True)
    assert "'blas': 1" in done.stdout and "'openmp': 1" in done.stdout and "3" not in done.stdout


def test_scatter_of_identical_faces():
    assert not project(np.ones((7, 128), np.float32)).any()


def test_few_faces_lie_in_the_plane_of_most_spread():
    rng = np.random.default_rng(3)
    centre = rng.normal(size=(3, 128))
    vectors = np.repeat(centre, 4, axis=0) + rng.normal(scale=0.05, size=(12, 128))
    places = project(vectors.astype(np.float32))
    assert np.array_equal(places, project(vectors.astype(np.float32)))
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    same = np.repeat(np.arange(3), 4)[:, None] == np.repeat(np.arange(3), 4)
    assert apart[same].max() < apart[~same].min() / 5
    on_a_line = np.outer(np.arange(9.0), np.ones(128)).astype(np.float32)
    assert np.isfinite(project(on_a_line)).all()


def test_scatter_sample_has_everybody(tmp_path):
    table = make_run(tmp_path, talk_show())
    subject = subject_of(table, AnnotatedFrames(table, tmp_path / "frames"), tmp_path / "people")
    rows = sample(subject, 12)
    assert len(rows) <= 12
    quota = 12 // len(set(table.person))
    assert Counter(table.person[row] for row in rows) == dict.fromkeys(set(table.person), quota) and quota > 1
    assert len(sample(subject)) == len(table)


def test_the_tree_joins_at_the_root_mean_square_between_tracks():
    """Two tracks 3 and 5 away from one: the root of (9 + 25) / 2."""
    one, two = np.zeros((1, 2)), np.array([[3.0, 0], [0, 5]])
    assert _tree([one, two])[0][2] == pytest.approx(np.sqrt(17))
    far = np.array([[30.0, 40]])
    assert [apart for *_, apart in _tree([one, one, far])] == pytest.approx([0, 50])


def test_time_in_words():
    assert [clock(value) for value in (0, 59.9, 61, 3600, 86399)] == ["0:00", "0:59", "1:01", "1:00:00", "23:59:59"]
    assert [lasting(value) for value in (0.4, 59, 60, 211.6, 3600, 3720)] == [
        "0 s", "59 s", "1 min 0 s", "3 min 32 s", "1 h 0 min", "1 h 2 min"
    ]  # fmt: skip
    assert typical_step(np.array([0.0, 2, 1, 1, 9])) == 1
    assert typical_step(np.array([4.0])) == 0
    assert sample_step(np.array([50, 100]), np.array([2.0, 4.0]), {0, 25, 50, 75, 100, 125}) == 1
    assert sample_step(np.array([50, 100]), np.array([2.0, 4.0])) == 2
    assert sample_step(np.array([0]), np.array([0.0]), {0, 25}) == 0  # how fast frames follow is not known
    assert spans(np.array([5.0, 0, 1, 2]), 1) == [(0, 3), (5, 6)]
    assert spans(np.array([5.0, 0, 1, 2]), 1, gap_s=3) == [(0, 6)]
    assert spans(np.array([7.0]), 0) == [(7, 7)]


def test_colours_differ():
    assert len(set(person_colours(60))) == 60


def test_labels_lie_on_no_other_and_inside():
    rng = np.random.default_rng(2)
    middles = rng.uniform((150, 150), (1250, 800), (100, 2))
    points = np.repeat(middles, 5, axis=0) + rng.normal(0, 8, (500, 2))
    labels = Labels(points, (0, 0, 1400, 954))
    boxes, half = [], np.array([33, 7.5])
    for person, middle in enumerate(middles):
        placed = labels.place(middle, (66, 15), 5, np.arange(500) // 5 == person)
        assert placed is not None and np.abs(placed - middle).max() < 110
        boxes.append(np.concatenate([placed - half, placed + half]))
    boxes = np.array(boxes)
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= (1400, 954)).all()
    low, high = np.maximum(boxes[:, None, :2], boxes[None, :, :2]), np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    overlap = (high - low > 1e-9).all(axis=2)
    assert not overlap[~np.eye(100, dtype=bool)].any()


def test_a_label_has_no_place_where_there_is_no_room():
    labels = Labels(np.array([[50.0, 50.0]]), (0, 0, 100, 100))
    assert labels.place(np.array([50.0, 50.0]), (120, 15), 5, np.array([True])) is None


def test_the_dendrogram_marks_what_only_the_same_frame_keeps_apart():
    tree = [(0, 1, 0.2), (2, 3, 0.4), (4, 5, 0.8)]
    shared = np.zeros((4, 4), bool)
    shared[0, 1] = shared[1, 0] = shared[1, 2] = shared[2, 1] = True
    assert kept_apart(tree, shared, 0.5) == {4}
    assert kept_apart(tree, shared, 0.9) == {4, 6}
    assert kept_apart(tree, shared, None) == {4, 6}
    assert kept_apart(tree, shared, 0.1) == set()
    assert kept_apart(tree, np.zeros((4, 4), bool), None) == set()


def test_the_dendrogram_says_that_it_marks_something_only_where_it_does(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(dendrogram.style, "heading", lambda figure, title, line: said.append(line))
    together = [
        Spot("a.mp4", i, (20 + 100 * k, 80, 80 + 100 * k, 140), "ab"[k], 0, k) for i in range(3) for k in (0, 1)
    ]
    apart = [Spot("a.mp4", 3 * k + i, (20, 80, 80, 140), "ab"[k], 0, k) for i in range(3) for k in (0, 1)]
    for name, spots in {"together": together, "apart": apart}.items():
        plots_of(tmp_path / name, spots, ("dendrogram",), threshold=9.0)
    assert ["kept apart, because both are in one frame" in line for line in said] == [True, False]
