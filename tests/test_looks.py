"""Choosing faces by how they are seen."""

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.errors import UsageError
from facepipe.export.selection import Selection, select
from facepipe.looks import POSES, Looks, light_places, poses_of

YAW = [-80.0, -30.0, 0.0, 30.0, 80.0, np.nan]
FRAMING = ("close-up", "half", "full", "half", "close-up", "half")


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6, 8))
    return make_table(vectors).with_(
        person=("ana",) * 6, pose=np.array([YAW, [0, 20, -20, 0, 90, np.nan]]).T, framing=FRAMING
    )


def left(table, **options):
    return np.flatnonzero(Looks(**options).includes(table)).tolist()


def test_filters_keep_what_lies_between_and_what_is_known(table):
    assert left(table) == [0, 1, 2, 3, 4, 5]
    assert left(table, yaw=(-90.0, -30.0)) == [0, 1]
    assert left(table, yaw=(-90.0, 90.0)) == [0, 1, 2, 3, 4], "of the last one nobody knows"
    assert left(table, roll=(-20.0, 0.0), framing=("full", "close-up")) == [0, 2]


def test_light_sharpness_and_eyes_that_are_not_known_pass_no_filter_of_them(table):
    table = table.with_(
        light=[10, 60, 100, 200, np.nan, 255],
        sharpness=[0.02, 0.05, 0.1, 0.2, np.nan, 0.3],
        eyes=[0.05, 0.1, 0.3, 0.5, 0, 0.9],
    )
    assert left(table, light=(0.0, 60.0)) == [0, 1]
    assert left(table, min_sharpness=0.1) == [2, 3, 5]
    assert left(table, min_sharpness=0.0) == [0, 1, 2, 3, 5]
    assert left(table, eyes="open") == [2, 3, 5] and left(table, eyes="shut") == [0, 1]
    assert left(table, light=(50.0, 255.0), eyes="open", min_sharpness=0.15) == [3, 5]
    dark, dim, usual, bright = range(4)
    assert light_places(table.light).tolist() == [dark, dim, usual, bright, -1, bright]
    found = select(table, Selection(light=(40.0, 255.0), min_sharpness=0.2, eyes="open"))
    assert found.left_out() == {"outside --light 40..255": 2, "below --min-sharpness 0.2": 2}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"light": (200.0, 40.0)}, r"--light 200\.\.40: the smaller number comes first"),
        ({"eyes": "closed"}, "--eyes closed: choose one of open, shut"),
        ({"min_sharpness": -0.1}, "--min-sharpness -0.1: must be at least 0"),
        ({"yaw": (10.0, -10.0)}, r"--yaw 10\.\.-10: the smaller number comes first"),
        ({"framing": ("wide",)}, "--framing wide: choose of close-up, head-and-shoulders, half, full"),
    ],
)
def test_what_cannot_be_is_refused(options, complaint):
    for kind in (Looks, Selection):
        with pytest.raises(UsageError, match=complaint):
            kind(**options)


def test_poses_from_left_to_right_profile(table):
    assert [POSES[k] if k >= 0 else "" for k in poses_of(table)] == [*POSES, ""]
    edges = table.with_(pose=np.array([[-45.5, -45, -15.5, 15, 44.5, 45], [0] * 6]).T)
    assert poses_of(edges).tolist() == [0, 1, 1, 3, 3, 4], "a pose begins at its own degree"


def test_an_export_says_what_it_left_out_by_looks(table):
    found = select(table, Selection(yaw=(-45.0, 45.0), framing=("half",)))
    assert np.flatnonzero(found.chosen).tolist() == [1, 3]
    assert found.left_out() == {"outside --yaw -45..45": 3, "not --framing half": 1}


def test_of_every_pose_a_few(table):
    twice = make_table(np.random.default_rng(1).normal(size=(9, 8))).with_(person=("ana",) * 6 + ("ben",) * 3)
    twice = twice.with_(pose=np.array([[0, 0, 0, 50, 50, -50, 0, 0, 50], [0] * 9]).T)
    found = select(twice, Selection(per_pose=1))
    kept = list(zip(np.array(twice.person)[found.chosen], poses_of(twice)[found.chosen].tolist(), strict=True))
    assert sorted(kept) == [("ana", 0), ("ana", 2), ("ana", 4), ("ben", 2), ("ben", 4)]
    assert found.left_out() == {"above --per-pose 1": 4}
