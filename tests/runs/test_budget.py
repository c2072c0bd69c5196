"""A limit on faces stops at the same frame, in whatever order frames finish."""

import random

import pytest

from facepipe.runs.budget import FaceBudget


@pytest.mark.parametrize("seed", range(5))
def test_the_limit_is_held_against_the_frames_before_the_first_unfinished_one(seed):
    faces = {f"frame-{k}": k % 3 for k in range(12)}
    budget = FaceBudget(7)
    for name in faces:
        budget.expect(name)
    order, done = list(faces), set()
    random.Random(seed).shuffle(order)
    for name in order:
        budget.add(name, faces[name])
        done.add(name)
        in_order = 0
        for frame, count in faces.items():
            if frame not in done:
                break
            in_order += count
        assert budget.spent == (in_order >= 7)
        assert budget.total == sum(faces[frame] for frame in done)


def test_without_a_limit_it_never_ends():
    budget = FaceBudget()
    budget.expect("a")
    budget.add("a", 10_000)
    assert not budget.spent and budget.total == 10_000
