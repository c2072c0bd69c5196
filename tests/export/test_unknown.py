"""Faces of nobody in exports: strangers are no person, and what is left out for them is said."""

from collections import Counter
from xml.etree import ElementTree

from dataset_world import Spot, export_run

STRANGERS = [
    Spot("a", frame, (20 + 60 * who, 20, 60 + 60 * who, 60), "ana" if who == 2 else "", shot=frame // 2, track=-1)
    for frame in range(4)
    for who in range(3)
]


def test_two_strangers_are_nowhere_one_person(tmp_path):
    """A class of all the unknown would be one, also where two of them stand in one frame."""
    for kind in ("aligned", "market", "lfw"):
        _, target = export_run(tmp_path / kind, kind, STRANGERS, shares=(1.0, 0.0, 0.0), unknown="label")
        assert sum(path.endswith((".png", ".jpg")) for path in target.paths) == 4
    assert "unknown" not in (tmp_path / "aligned/aligned/pairs.txt").read_text()
    assert (tmp_path / "market/market/people.txt").read_text() == "0001 ana\n"


def test_strangers_without_tracks_are_one_track_each_for_cvat(tmp_path):
    export_run(tmp_path, "cvat-video", STRANGERS, unknown="label")
    root = ElementTree.parse(tmp_path / "cvat-video/a-0123abcd.xml").getroot()
    assert Counter(track.get("label") for track in root.iter("track")) == {"unknown": 8, "ana": 2}
