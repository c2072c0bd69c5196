"""Split screens, mirrors and 3D: a face and its copy may be one person there; two people never are."""

import numpy as np
import pytest
from labelled_tables import make_table, same_partition

from facepipe.cluster import constraints
from facepipe.cluster.calibrate import nearer_by_unit
from facepipe.cluster.doubled import doubled, doubled_shots
from facepipe.cluster.explain import explain
from facepipe.cluster.people import People
from facepipe.cluster.units import make_units
from facepipe.people.labeller import Labeller
from facepipe.table import FaceTable

WIDTH = 640  # of a picture, and of each half
COPIES = {
    "beside": lambda box: box + np.array([WIDTH, 0, WIDTH, 0]),
    "above": lambda box: box + np.array([0, 360, 0, 360]),
    "mirrored": lambda box: np.array([2 * WIDTH - box[2], box[1], 2 * WIDTH - box[0], box[3]]),
}


def clip(
    people: int, frames: int = 6, *, copy=None, copied=None, likeness: float = 0.97, near: float = 0.0, seed: int = 0
):
    """A shot of people who move, each on a line of their own, and who each face is: (table, int (n,)).

    copy: where the copy of a face stands. copied: of how many people (default: all). likeness: the cosine of a face
    and its copy. near: the cosine of any two people.
    """
    rng = np.random.default_rng(seed)
    faces, boxes, frame, who = [], [], [], []
    for moment in range(frames):
        for person in range(people):
            own = np.sqrt(near) * axis(0) + np.sqrt(1 - near) * axis(1 + person)
            face = blend(own, rng.normal(size=96), 0.8)
            left, top = 40 + 130 * person + 7 * moment * (-1) ** person, 20 + 60 * person
            box = np.array([left, top, left + 50, top + 50])
            faces.append(face), boxes.append(box), frame.append(moment), who.append(person)
            if copy and person < (people if copied is None else copied):
                faces.append(blend(face, rng.normal(size=96), likeness)), boxes.append(COPIES[copy](box))
                frame.append(moment), who.append(person)
    return make_table(np.array(faces) * 0.6, frame=frame, box=boxes), np.array(who)


def axis(number: int) -> np.ndarray:
    return np.eye(96)[number]


def blend(vector, other, cosine: float) -> np.ndarray:
    """A vector of length 1 with that cosine to `vector`, of length 1."""
    other = other - (other @ vector) * vector
    return cosine * vector + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)


def shots(*tables: FaceTable) -> FaceTable:
    """The tables as shots of one video, one after the other."""
    parts = [(table, 100 * number) for number, table in enumerate(tables)]
    return make_table(
        np.concatenate([table.embedding for table, _ in parts]),
        frame=np.concatenate([table.frame_index + start for table, start in parts]),
        box=np.concatenate([table.box_ltrb for table, _ in parts]),
    ).with_(shot=np.repeat(np.arange(len(tables)), [len(table) for table in tables]))


@pytest.mark.parametrize("copy", COPIES)
def test_a_face_and_its_copy_are_one_person(copy):
    table, who = clip(3, copy=copy)
    result = People().cluster(table)
    assert same_partition(result.labels, who)
    assert result.doubled.all()
    assert doubled_shots(table, result.doubled) == [
        "clip.mp4 shows its picture several times at once (split screen, mirror, 3D) at 0:00-0:06: "
        "a face and its copy may be one person there"
    ]


def test_the_other_faces_of_the_frame_stay_other_people():
    """Two who look as alike as two pictures of one person."""
    table, who = clip(2, copy="beside", near=0.9)
    assert doubled(table).faces.all()
    assert same_partition(People().cluster(table).labels, who)


def test_twins_who_are_always_together_are_two():
    for table, who in (
        clip(1, copy="beside", likeness=0.65),  # side by side, moving alike, as alike as two pictures of one person
        clip(2, near=1.0),  # alike to the last, but each moves on their own
    ):
        result = People().cluster(table)
        assert not result.doubled.any() and not doubled_shots(table, result.doubled)
        assert np.all(result.labels[::2] != result.labels[1::2])
        assert len(who) == len(table)


def test_half_of_the_faces_must_have_a_copy_and_in_two_frames():
    for people, copied, frames, expected in ((3, 1, 6, True), (4, 1, 6, False), (2, 2, 2, True), (2, 2, 1, False)):
        table, _ = clip(people, frames, copy="beside", copied=copied)
        assert doubled(table).faces.tolist() == [expected] * len(table), (people, copied, frames)


def test_a_face_that_was_found_twice_is_no_copy():
    table, _ = clip(2, copy="beside")
    boxes = table.box_ltrb.copy()
    boxes[1::2] = boxes[::2] + np.array([3, 0, 3, 0])
    assert not doubled(table.with_(box_ltrb=boxes)).faces.any()


def test_copies_are_of_one_size():
    table, _ = clip(2, copy="beside")
    boxes = table.box_ltrb.copy()
    boxes[1::2] += [-5, -5, 5, 5]
    assert not doubled(table.with_(box_ltrb=boxes)).faces.any()


def test_each_shot_is_looked_at_by_itself():
    """Somebody beside the own portrait in a shot of four stays apart there, whatever the shot before shows."""
    table = shots(clip(2, copy="beside")[0], clip(4, copy="beside", copied=1, seed=1)[0])
    found = doubled(table)
    assert np.array_equal(found.faces, table.shot == 0)
    assert (table.shot[np.r_[found.pairs]] == 0).all()
    labels = People().cluster(table).labels
    second = np.flatnonzero(table.shot == 1)
    assert all(len({*labels[second[table.frame_index[second] == frame]]}) == 5 for frame in range(100, 106))


def test_what_most_of_a_video_shows_all_of_it_does():
    single = clip(2, 1, copy="beside", seed=1)[0]
    for others, expected in ((clip(2, 2, copy="beside")[0], True), (clip(5, 3)[0], False)):
        table = shots(single, others)
        assert doubled(table).faces[table.shot == 0].all() == expected
        assert len(set(People().cluster(table).labels[table.shot == 0])) == (2 if expected else 4)
    half = shots(clip(4, 2)[0], clip(2, 2, copy="beside")[0])
    assert doubled(half).faces.all()


def test_units_that_are_copies_in_half_of_their_frames_may_be_joined():
    frames, unit = np.repeat(np.arange(4), 2), np.tile([0, 1], 4)
    for copies, kept_apart in ((0, True), (1, True), (2, False), (4, False)):
        pairs = 2 * np.arange(copies), 2 * np.arange(copies) + 1
        assert bool(constraints.same_frame(frames, unit, 2, pairs).nnz) is kept_apart


def test_such_a_shot_says_nothing_of_how_near_strangers_lie():
    plain, double = clip(3, 14, near=0.6)[0], clip(3, copy="beside", near=0.6, seed=1)[0]
    likeness = plain.space.likeness

    def nearer(table):
        return nearer_by_unit(make_units(table, np.full(len(table), -1)), likeness)

    assert nearer(plain).min() > 0.1 and not nearer(double).any()
    assert nearer(shots(plain, double)) == pytest.approx(nearer(plain)[0])


def test_explanations_do_not_call_copies_two_people():
    table, _ = clip(2, copy="beside")
    found = People().cluster(table)
    text = explain(table.with_(person=tuple(f"person_{label}" for label in found.labels)), found, [0, 1])
    assert "both are person_0" in text and "in one frame: different people" not in text
    assert "in one frame: different people" in explain(table, People().cluster(table), [0, 2])


def test_copies_have_one_name_and_the_shot_is_said():
    table, who = clip(2, copy="beside")
    said = []
    found = Labeller(People(), warn=said.append).label(table)
    assert found.person == tuple(f"person_00{person + 1}" for person in who)
    assert len(said) == 1 and said[0].startswith("clip.mp4 shows its picture several times at once")


def test_a_note_names_five_times_at_most():
    frame = np.concatenate([100 * shot + np.arange(4) for shot in range(7)])
    table = make_table(np.zeros((28, 2)), frame=frame)
    assert (
        "at 0:00-0:04, 1:40-1:44, 3:20-3:24, 5:00-5:04, 6:40-6:44, 2 more times: a face"
        in (doubled_shots(table, np.ones(28, bool))[0])
    )
    assert "at 1:40-1:44: a face" in doubled_shots(table, frame // 100 == 1)[0]
