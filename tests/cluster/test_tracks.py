"""Following faces through a shot."""

import numpy as np
import pytest
from labelled_tables import make_table, space_around

from facepipe.cluster.tracks import make_tracks, possible_tracks
from facepipe.table import FaceTable, columns

RNG = np.random.default_rng(5)
CENTRE = np.full(64, 0.16)
ANNA, BEN = (CENTRE + 0.6 * v / np.linalg.norm(v) for v in RNG.normal(size=(2, 64)))  # about .85 apart


def seen(person, count: int, noise: float = 0.02) -> list[np.ndarray]:
    """`count` faces of a person, .02 * sqrt(2 * 64) = .23 apart."""
    rng = np.random.default_rng(count)
    return [person + rng.normal(size=64) * noise for _ in range(count)]


def at(x: float, y: float = 100, size: float = 40) -> list[float]:
    return [x, y, x + size, y + size]


def table_of(*faces, shot=None, source="clip.mp4"):
    """faces: (time in s, box, vector), in any order."""
    times = np.array([time for time, _, _ in faces])
    table = make_table(
        [vector for _, _, vector in faces],
        frame=np.round(times * 30).astype(int),
        box=np.array([box for _, box, _ in faces]),
        time_s=times,
        source=source,
    )
    table = table.with_(space=space_around(CENTRE))
    return table if shot is None else table.with_(shot=np.asarray(shot))


def test_a_still_face_is_one_track():
    track = make_tracks(table_of(*[(0.2 * i, at(100), v) for i, v in enumerate(seen(ANNA, 6))]))
    assert track.tolist() == [0] * 6


def test_a_track_goes_on_over_two_missed_frames_but_not_over_a_long_gap():
    times = [0, 0.2, 0.4, 1.0, 1.2, 5.0, 5.2]
    track = make_tracks(table_of(*[(t, at(100), v) for t, v in zip(times, seen(ANNA, 7), strict=True)]))
    assert track.tolist() == [0] * 5 + [1] * 2


def test_the_gap_that_is_bridged_grows_with_the_sampling_interval():
    times = [0, 2, 4, 8, 10]  # a face missed at 6 s: two intervals
    track = make_tracks(table_of(*[(t, at(100), v) for t, v in zip(times, seen(ANNA, 5), strict=True)]))
    assert track.tolist() == [0] * 5


def test_at_one_frame_a_second_people_are_followed_across_the_picture():
    xs = [20, 180, 330, 500, 420]
    track = make_tracks(table_of(*[(float(i), at(xs[i]), v) for i, v in enumerate(seen(ANNA, 5))]))
    assert track.tolist() == [0] * 5


def test_the_same_leap_between_two_near_frames_is_somebody_else():
    """Two faces that could be one person by their vectors alone, but not by their places."""
    other = ANNA + 0.55 * (BEN - ANNA)  # .47 from Anna: below dlib's limit
    far, near = (make_tracks(table_of((0, at(20, size=20), ANNA), (1 / 30, at(x, size=20), other))) for x in (500, 22))
    assert far.tolist() == [0, 1]
    assert near.tolist() == [0, 0]


def barely() -> np.ndarray:
    """A face that looks so much like Anna's that vectors say nothing for or against: places decide."""
    likeness = table_of((0, at(0), ANNA)).space.likeness
    usual = likeness.cut(0.65**2, np.log(100))
    own, other = (ANNA - CENTRE) / 0.6, (BEN - CENTRE) / 0.6
    other = other - (other @ own) * own
    return CENTRE + 0.6 * (usual * own + np.sqrt(1 - usual**2) * other / np.linalg.norm(other))


def sigma(gap: float) -> float:
    """By how many face sizes somebody moves in so many seconds, usually."""
    return float(np.hypot(0.25, 1.5 * gap))


def reach(gap: float) -> float:
    """The distance at which the density of a random movement is that of a face anywhere in the picture, which holds 144
    of that size; in face sizes."""
    return sigma(gap) * np.sqrt(2 * np.log(144 / (2 * np.pi * sigma(gap) ** 2)))


def linked(*faces) -> bool:
    """Whether the last face goes on with the track of the others."""
    track = make_tracks(table_of(*faces))
    assert len(set(track[:-1])) == 1
    return track[-1] == track[-2]


@pytest.mark.parametrize("gap", [1 / 30, 0.5, 1.0])
def test_places_speak_for_a_link_as_far_as_somebody_moves_at_random(gap):
    most = 40 * reach(gap)
    assert linked((0, at(250), ANNA), (gap, at(250 + 0.97 * most), barely()))
    assert not linked((0, at(250), ANNA), (gap, at(250 + 1.03 * most), barely()))
    assert linked((0, at(250), ANNA), (gap, at(250 - 0.6 * most, 100 + 0.75 * most), barely()))


@pytest.mark.parametrize("gap", [1 / 30, 0.5])
def test_a_face_does_not_grow_at_once(gap):
    def grown(ratio: float) -> bool:
        size = 40 * ratio
        return linked((0, at(250), ANNA), (gap, at(270 - size / 2, 120 - size / 2, size), barely()))

    ratios = np.exp(np.linspace(0, 2, 2001))
    gain = np.log(144 / ratios / (2 * np.pi * sigma(gap) ** 2))
    gain -= (np.log(ratios) / np.hypot(0.1, 0.7 * gap)) ** 2 / 2
    most = ratios[gain > 0][-1]
    assert grown(most * 0.97) and not grown(most * 1.03)


def test_somebody_who_moves_is_expected_half_a_step_ahead():
    moving = [(0, at(200), ANNA), (1 / 30, at(212), ANNA)]
    for sign in (-1, 1):
        assert linked(*moving, (2 / 30, at(218 + sign * 0.95 * 40 * reach(1 / 30)), barely()))
        assert not linked(*moving, (2 / 30, at(218 + sign * 1.05 * 40 * reach(1 / 30)), barely()))


def test_people_who_cross_keep_their_tracks():
    faces = []
    for i, (a, b) in enumerate(zip(seen(ANNA, 9), seen(BEN, 9), strict=True)):
        faces += [(0.2 * i, at(100 + 30 * i), a), (0.2 * i, at(340 - 30 * i), b)]
    track = make_tracks(table_of(*faces))
    assert track[::2].tolist() == [0] * 9
    assert track[1::2].tolist() == [1] * 9


def test_one_face_a_frame_even_when_two_look_the_same():
    faces = [(0.2 * i, at(x), v) for i, v in enumerate(seen(ANNA, 5)) for x in (100, 300)]
    track = make_tracks(table_of(*faces))
    assert track.tolist() == [0, 1] * 5


def test_the_best_assignment_is_taken_for_the_frame_as_a_whole():
    """The first face of frame 2 is near both tracks; greedy by order would leave the other one alone."""
    between = ANNA + 0.3 * (BEN - ANNA)
    faces = [(0, at(100), ANNA), (0, at(140), ANNA + 0.5 * (BEN - ANNA)), (0.2, at(110), between), (0.2, at(60), ANNA)]
    assert make_tracks(table_of(*faces)).tolist() == [0, 1, 1, 0]


def test_a_track_ends_with_its_shot():
    faces = [(0.2 * i, at(100), v) for i, v in enumerate(seen(ANNA, 6))]
    assert make_tracks(table_of(*faces, shot=[0, 0, 0, 1, 1, 1])).tolist() == [0] * 3 + [1] * 3


def photos(*faces, seconds, shot):
    """A table of one face a photo: (box, vector)."""
    table = table_of(*[(0, *face) for face in faces], source=[f"{i}.jpg" for i in range(len(faces))], shot=shot)
    return table.with_(taken=[f"2023-05-06T12:00:{second:06.3f}" for second in seconds])


def test_photos_have_no_tracks():
    faces = [(at(100), v) for v in seen(ANNA, 4)]
    assert make_tracks(photos(*faces, seconds=range(4), shot=range(4))).tolist() == [-1] * 4


@pytest.mark.parametrize("step", [0, 0.2, 2], ids=["one second", "fast", "slow"])
def test_in_a_burst_of_photos_a_face_is_followed(step):
    faces = [(at(100 + 5 * i), v) for i, v in enumerate(seen(ANNA, 4))]
    assert make_tracks(photos(*faces, seconds=step * np.arange(4), shot=[0] * 4)).tolist() == [0] * 4


def test_in_a_burst_of_photos_the_clock_tells_which_comes_next():
    """Who walks 30 pixels from photo to photo would have jumped 90 in the order of their names."""
    vectors, places = seen(ANNA, 4), [3, 0, 2, 1]
    faces = [(at(100 + 30 * place), v) for place, v in zip(places, vectors, strict=True)]
    assert make_tracks(photos(*faces, seconds=[0.1 * p for p in places], shot=[0] * 4)).tolist() == [0] * 4


def test_in_a_burst_of_photos_another_face_in_the_same_place_is_another_track():
    faces = [(at(100), ANNA), (at(100), ANNA), (at(100), BEN), (at(100), BEN)]
    assert make_tracks(photos(*faces, seconds=range(4), shot=[0] * 4)).tolist() == [0, 0, 1, 1]


def test_a_track_that_slides_from_one_person_to_another_is_split():
    """A cross-fade in place: every step is small, the ends are two people."""
    steps = [0, 0, 0, 0, 0.5, 1, 1, 1, 1]
    faces = [(0.2 * i, at(100), ANNA + s * (BEN - ANNA) + 0.001 * i) for i, s in enumerate(steps)]
    track = make_tracks(table_of(*faces))
    assert len(set(track[:4].tolist())) == 1
    assert len(set(track[5:].tolist())) == 1
    assert track[0] != track[8]


def test_a_copy_of_a_frame_at_the_same_time_joins_the_track():
    table = table_of(*[(0.2 * i, at(100), v) for i, v in enumerate(seen(ANNA, 4))])
    assert make_tracks(_renamed(table, [0, 1, 1, 2, 3], ("a", "b", "b2", "c", "d"))).tolist() == [0] * 5


def _renamed(table, rows, names):
    values = {spec.name: getattr(table, spec.name) for spec in columns()}
    taken = {name: value[np.array(rows)] for name, value in values.items() if isinstance(value, np.ndarray)}
    return FaceTable(**{**taken, "face_id": names, "frame_id": names, "source": (table.source[0],) * len(rows)})


@pytest.mark.parametrize("seed", range(3))
def test_tracks_do_not_depend_on_the_order_of_the_rows(seed):
    faces = []
    for i, (a, b) in enumerate(zip(seen(ANNA, 7), seen(BEN, 7), strict=True)):
        faces += [(0.4 * i, at(100 + 20 * i), a), (0.4 * i, at(300 - 20 * i), b)]
    table = table_of(*faces)
    order = np.random.default_rng(seed).permutation(len(table))
    plain, mixed = make_tracks(table), make_tracks(table.take(order))
    assert {frozenset(np.flatnonzero(plain == t)) for t in set(plain)} == {
        frozenset(order[mixed == t].tolist()) for t in set(mixed)
    }


def test_no_face_and_one_face():
    table = table_of((0, at(100), ANNA))
    assert make_tracks(table.take([])).shape == (0,)
    assert make_tracks(table).tolist() in ([-1], [0])


def test_tracks_that_hold_two_faces_of_a_frame_are_not_believed():
    table = make_table(np.zeros((6, 128)), frame=[0, 0, 1, 1, 2, 2]).with_(track=np.array([0, 1, 0, 1, 0, 0]))
    assert possible_tracks(table).tolist() == [-1, 1, -1, 1, -1, -1]
