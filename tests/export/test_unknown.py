"""Faces of nobody in exports: strangers are no person, and what is left out for them is said."""

from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from dataset_world import Spot, export_run, make_run, talk_show

from facepipe.errors import UsageError
from facepipe.export.card import Origin
from facepipe.export.export import export_dataset
from facepipe.export.of_run import request_for

ORIGIN = Origin("0", ("a",), "cnn", "dlib", {}, {})
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


def exported(out, kind, spots, **options):
    table = make_run(out, spots)
    return export_dataset(out / "to", table, out / "frames", request_for(kind, options), ORIGIN)


@pytest.mark.parametrize("kind", ["yolo", "csv", "imagefolder", "aligned", "lora"])
def test_who_goes_with_an_excluded_frame_is_counted(tmp_path, kind):
    """Of three people in 24 frames, in each fourth of which there is a stranger."""
    options = {"unknown": "exclude-frame", "quality": "stored", "dedupe": False, "min_quality": 0.0}
    found = exported(tmp_path, kind, talk_show(), **options)
    assert found.dropped["in a frame with an unknown face"] == 3 * 6
    assert found.faces.total() + sum(found.dropped.values()) == 3 * 24
    with pytest.raises(UsageError, match=r"4 faces in a frame with an unknown face; choose another --unknown"):
        exported(tmp_path / "all", kind, STRANGERS, **options)


@pytest.mark.parametrize("kind", ["yolo", "imagefolder", "csv", "mot"])
def test_a_run_that_knows_nobody_says_so_and_can_be_one_class(tmp_path, kind):
    spots = [replace(spot, person="") for spot in STRANGERS]
    for k, name in enumerate(("mask", "ignore", "exclude-frame")):
        with pytest.raises(UsageError, match="nobody is left to export: the run found 12 faces, all unknown"):
            exported(tmp_path / str(k), kind, spots, unknown=name)
    found = exported(tmp_path / "label", kind, spots, unknown="label")
    assert found.faces.total() == 12 and {name for name, _ in found.faces} == {"unknown"}
    with pytest.raises(UsageError, match="all unknown"):
        exported(tmp_path / "aligned", "aligned", spots, unknown="label")


@pytest.mark.parametrize("kind", ["yolo", "imagefolder"])
def test_splits_are_dealt_by_the_frames_that_are_not_excluded(tmp_path, kind):
    """A stranger is in all but two shots, whichever these are."""
    for left in range(6):
        spots = [Spot("a", shot, (20, 20, 60, 60), "ana", shot) for shot in range(12)]
        spots += [Spot("a", shot, (100, 20, 140, 60), "", shot) for shot in range(12) if shot // 2 != left]
        found = exported(tmp_path / str(left), kind, spots, unknown="exclude-frame")
        assert found.units["train"] == found.units["val"] == 1
