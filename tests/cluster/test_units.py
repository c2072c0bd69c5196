"""Units: what is known of a track or a single face, and what a source's certain strangers say, against the formulas."""

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.cluster.calibrate import nearer_by_unit
from facepipe.cluster.units import make_units
from facepipe.likeness import fisher
from facepipe.table import FaceTable


def pairs(count: int, cosine: float | list[float], source: str = "clip.mp4") -> FaceTable:
    """`count` frames of two faces each, at that cosine, or one a frame."""
    rng, cosine = np.random.default_rng(0), np.broadcast_to(cosine, count)[:, None]
    first, other = rng.normal(size=(2, count, 128))
    first /= np.linalg.norm(first, axis=1)[:, None]
    other -= (other * first).sum(1)[:, None] * first
    other /= np.linalg.norm(other, axis=1)[:, None]
    faces = np.stack([first, cosine * first + np.sqrt(1 - cosine**2) * other], 1).reshape(2 * count, 128)
    box = np.tile([[10, 10, 50, 50], [200, 90, 260, 150]], (count, 1))
    return make_table(faces, frame=np.repeat(np.arange(count), 2), source=source, box=box)


def nearer(table: FaceTable) -> np.ndarray:
    return nearer_by_unit(make_units(table, np.full(len(table), -1)), table.space.likeness)


@pytest.mark.parametrize("count", [1, 4, 40])
def test_certain_strangers_count_as_far_as_there_are_many(count):
    """Ten of them move half the way from what is usual."""
    table = pairs(count, 0.5)
    beyond = float(fisher(0.5)) - table.space.likeness.beside
    assert nearer(table) == pytest.approx(count / (count + 10) * beyond, rel=1e-3)


def test_the_median_of_all_certain_strangers_counts():
    table = pairs(5, [0.2, 0.3, 0.4, 0.5, 0.6])
    assert nearer(table) == pytest.approx(5 / 15 * (float(fisher(0.4)) - table.space.likeness.beside), rel=1e-3)


def test_strangers_who_are_farther_than_usual_loosen_nothing():
    assert not nearer(pairs(40, -0.2)).any()


def test_the_same_picture_twice_counts_in_a_video_and_not_in_a_photo():
    assert nearer(pairs(3, 0.75)).min() > 0
    album = pairs(3, 0.75)
    photos = album.with_(source=tuple(f"{frame}.jpg" for frame in album.frame_index))
    assert not nearer(photos).any()
    assert nearer(pairs(1, 0.65, source="a.jpg")).min() > 0


def test_what_is_left_of_the_noise_in_a_track_is_read_off_its_mean():
    faces = np.eye(128)[[0, 1]] + 0.5  # two pictures that differ
    table = make_table([*faces, faces[0]])
    likeness = table.space.likeness
    units = make_units(table, np.array([0, 0, -1]))
    direction, length = likeness.seen(table.embedding)
    clarity, noise = likeness.noise(table.quality, length)
    mean = (direction / clarity[:, None])[:2].mean(0)
    assert units.mean[0] == pytest.approx(mean, rel=1e-5)
    assert units.noise.tolist() == pytest.approx([max(mean @ mean - likeness.shared, 0.05), noise[2]], rel=1e-4)
    assert units.stretch == pytest.approx(1 / clarity[[0, 2]])


def test_the_better_picture_weighs_more_in_a_track():
    length = 0.56  # as dlib's vectors have it
    table = make_table(length * np.eye(128)[[0, 1]]).with_(quality=np.array([0.9, 0.2]))
    clarity, noise = table.space.likeness.noise(table.quality, np.full(2, length))
    units = make_units(table, np.array([0, 0]))
    share = 1 / noise / (1 / noise).sum() / clarity
    assert units.mean[0, :2] == pytest.approx(share, rel=1e-4) and share[0] > 1.1 * share[1]


def test_a_source_with_two_frames_is_no_photo():
    table = make_table(np.eye(128)[:5], frame=[0, 0, 0, 1, 0], source=["a.jpg"] * 2 + ["b.mp4"] * 2 + ["c.jpg"])
    units = make_units(table, np.full(5, -1))
    assert units.photo.tolist() == [True, True, False, False, True]
    assert units.source.tolist() == [-1, -1, 1, 1, -1]
    assert units.shot.tolist() == [-1, -1, 1, 1, -1]


def test_photos_of_a_burst_share_a_shot_and_a_face_in_them_is_one_unit():
    """Two people in two photos of a burst, one of them in a third photo."""
    table = make_table(np.eye(128)[[0, 1, 0, 1, 0]], source=["a.jpg", "a.jpg", "b.jpg", "b.jpg", "c.jpg"])
    table = table.with_(shot=[0, 0, 0, 0, 1], frame_id=[f"{name[0]}-0" for name in table.source])
    units = make_units(table, np.array([0, 1, 0, 1, -1]))
    assert units.of_face.tolist() == [0, 1, 0, 1, 2]
    assert units.photo.all() and (units.source == -1).all()
    assert units.shot.tolist() == [0, 0, -1]
    assert units.beside.toarray().tolist() == [[False, True, False], [True, False, False], [False, False, False]]
