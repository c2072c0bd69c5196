"""The last lines of a run in the terminal."""

from dataclasses import replace

from dataset_world import talk_show
from made_run import made_run

from facepipe.results.summary import summary_lines


def test_who_is_named_comes_first_then_who_is_seen_most(tmp_path):
    names = {"person_001": "Zoe", "person_002": "person_004", "person_003": "person_002"}
    spots = [replace(spot, person=names.get(spot.person, "")) for spot in talk_show(people=3, shots=2)]
    spots = [spot for spot in spots if spot.person != "Zoe" or spot.frame < 3]
    spots = [spot for spot in spots if spot.person != "person_002" or spot.frame < 7]
    folder = made_run(tmp_path / "out", spots)
    people = [line.split() for line in summary_lines(folder) if line.startswith("  ")]
    assert people == [["Zoe", "3", "faces"], ["person_004", "8", "faces"], ["person_002", "7", "faces"]]
