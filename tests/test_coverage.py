"""How somebody is seen: what is counted, what is missing, in how many outfits."""

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.coverage import Coverage, coverage_of


def wearing(clothes, shots, hidden=()) -> int:
    """The outfits of somebody who wears so (vectors) in these shots."""
    vectors = [None if k in hidden else vector for k, vector in enumerate(clothes)]
    table = make_table([[0]] * len(clothes), cloth=vectors).with_(shot=shots)
    return coverage_of(table).outfits


def at(degrees: float) -> list[float]:
    """A vector of norm 1; two of them that differ by 60 degrees are 1 apart."""
    return [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]


@pytest.mark.parametrize(
    ("clothes", "shots", "outfits"),
    [
        ([at(0), at(55)], [0, 1], 1),
        ([at(0), at(65)], [0, 1], 2),
        ([at(0), at(50), at(100)], [0, 1, 2], 1),  # the one in between is like both
        ([at(0), at(80), at(0)], [0, 0, 1], 1),  # inside a shot nobody changes
        ([at(0), at(80), at(80), at(0)], [0, 1, 2, 3], 2),
    ],
)
def test_outfits_are_shots_whose_clothing_is_near(clothes, shots, outfits):
    assert wearing(clothes, shots) == outfits


def test_clothing_that_is_not_seen_is_no_outfit():
    assert wearing([at(0), at(90)], [0, 1], hidden=[1]) == 1
    assert wearing([at(0), at(90)], [0, 1], hidden=[0, 1]) == 0


def test_shots_of_two_sources_are_two():
    table = make_table([[0]] * 2, cloth=[at(0), at(90)], source=["a.mp4", "b.mp4"])
    assert coverage_of(table).outfits == coverage_of(table).shots == coverage_of(table).sources == 2


def test_of_thousands_of_shots_some_are_compared():
    assert wearing([at(90 * (k // 2 % 2)) for k in range(4100)], range(4100)) == 2


def seen(**changes) -> Coverage:
    counts = {"poses": (3,) * 5, "framings": (3,) * 4, "lights": (3,) * 4, "outfits": 2, "dressed": 3}
    return Coverage(**{"faces": 15, "shots": 3, "sources": 2, "large": 3, "clear": 3, **counts, **changes})


def test_what_is_missing_and_what_is_all_alike():
    assert seen().missing() == seen().only() == []
    turned = seen(poses=(0, 0, 12, 2, 3), lights=(9, 0, 0, 0), outfits=1, shots=2)
    assert turned.missing() == [
        "left profile", "half left", "half right", "dim light", "usual light", "bright light", "shots"
    ]  # fmt: skip
    assert turned.only() == ["all dark light", "one outfit"]
    assert seen(framings=(0, 0, 9, 0), sources=1).only() == ["all half", "one file"]


def test_what_the_run_does_not_tell_is_neither_missing_nor_alike():
    unknown = seen(poses=(0,) * 5, lights=(0,) * 4, framings=(0,) * 4, outfits=0)
    assert unknown.missing() == unknown.only() == []
    assert len(unknown.cells()) == len(Coverage.HEADER)
