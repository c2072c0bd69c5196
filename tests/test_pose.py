"""Which way a face looks, and how much of the person is seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.pose import FRAMINGS, framing, yaw_and_roll

HEAD = np.array([(-32, 0, 0), (32, 0, 0), (0, 34, 38), (-25, 66, 0), (25, 66, 0)], float)  # x right, y down, z ahead


def seen(yaw: float, roll: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """The landmarks of a head that is turned to the right of the picture, and leans clockwise, by so many degrees."""
    turn, lean = np.radians([yaw, roll])
    x = HEAD[:, 0] * np.cos(turn) + HEAD[:, 2] * np.sin(turn)
    spin = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    return (np.stack([x, HEAD[:, 1]], axis=1) @ spin.T * scale + (200, 100)).astype(np.float32)


@given(st.floats(-60, 60), st.floats(-170, 170), st.floats(0.2, 5))
def test_a_turned_head_is_measured_whatever_its_size_and_lean(yaw, roll, scale):
    found = yaw_and_roll(seen(yaw, roll, scale))
    assert found == pytest.approx((yaw, roll), abs=4)


def test_left_and_right_differ_in_sign_and_a_profile_is_at_most_90():
    assert yaw_and_roll(seen(-30))[0] == pytest.approx(-yaw_and_roll(seen(30))[0], abs=1e-3)
    profile = seen(40)
    profile[2, 0] += 80
    assert yaw_and_roll(profile)[0] == 90


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.zeros((4, 2)), np.zeros((5, 2)), np.zeros((6, 2))])
def test_what_cannot_be_told_is_nan(points):
    assert np.isnan(yaw_and_roll(points)).all()


def test_framing_follows_what_is_seen_below_the_chin():
    face = (100, 100, 140, 140)
    seen = [framing(face, (300, height)) for height in (100, 150, 200, 300, 1000)]
    assert seen == ["close-up", "close-up", "head-and-shoulders", "half", "full"]
    assert set(seen) == set(FRAMINGS)
    assert framing(tuple(side * 10 for side in face), (3000, 2000)) == "head-and-shoulders"
