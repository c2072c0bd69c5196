"""Under which conditions the faces of a truth were seen, those that were missed too."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from dataset_world import Spot
from labelled_tables import make_table, matched
from made_run import made_run

from facepipe.evaluate.conditions import LIGHT, POSE, SHARPNESS, SIZE, by_looks, divisions, usual_boxes
from facepipe.evaluate.ground_truth import Annotation, GroundTruth
from facepipe.evaluate.matching import Missed, match
from facepipe.evaluate.parts import Division
from facepipe.faces.quality import light_and_sharpness

BOXES = [(20, 20, 50, 50), (100, 20, 200, 120), (100, 20, 200, 120)]


def part_of(division: Division, k: int) -> str:
    return division.names[division.found[k]] if division.found[k] >= 0 else division.rest


@pytest.fixture
def seen(tmp_path):
    """A run of three faces: a small one that is turned, two larger ones, of which the last is nobody of the truth; in
    frame 0 the truth has a fourth one, in frame 9 a fifth."""
    spots = [Spot("show.mp4", k, box, "ana") for k, box in enumerate(BOXES)]
    folder = made_run(tmp_path / "out", spots)
    table = folder.table().with_(pose=[(-50, 0), (8, 0), (np.nan, np.nan)])
    rows = {0: (Annotation("Ana", (20, 20, 50, 50)), Annotation("Bob", (200, 100, 300, 200))),
            1: (Annotation("Ana", (100, 20, 200, 120)),), 2: (), 9: (Annotation("Cleo", (0, 0, 50, 50)),)}  # fmt: skip
    truth = GroundTruth(tmp_path / "truth.csv", {"show.mp4": rows})
    return folder, table, match(table, truth, {"show.mp4": {0, 1, 2, 9}})


def test_size_pose_and_light_of_found_and_missed_faces(seen):
    folder, table, matching = seen
    looks, size, pose, light, sharpness, quality = divisions(folder, table, matching)
    assert [part_of(size, k) for k in (0, 1)] == ["size 24 to 40 px", "size 80 to 160 px"]
    assert [size.names[k] for k in size.missed] == ["size 80 to 160 px", "size 40 to 80 px"]
    assert [part_of(pose, k) for k in (0, 1)] == ["pose turned away", "pose frontal"]
    assert pose.missed is None, "nobody knows how the missed ones look"
    image = cv2.imread(str(folder.layout.frame_picture(table.frame_id[1])), cv2.IMREAD_GRAYSCALE)
    grey = int(image[20:120, 100:200].mean())
    assert LIGHT.division(np.array([grey]), np.zeros(0)).found[0] == light.found[1]
    assert light.found[2] == sharpness.found[2] == -1, "it is nobody of the truth"
    assert [light.names[k] if k >= 0 else light.rest for k in light.missed] == [
        "light dim (40 to 80)",
        "light not known",
    ]
    assert part_of(sharpness, 1) == "sharpness blurred (below .06)", "it is painted in one colour"
    assert part_of(quality, 0) == "quality .5 to .9"
    assert looks.rest == "never found" and looks.missed.tolist() == [-1, -1] and looks.found[0] >= 0


def test_what_the_detector_does_not_tell_is_not_known(seen):
    folder, table, matching = seen
    unknown = table.with_(pose=np.full((3, 2), np.nan))
    assert part_of(divisions(folder, unknown, matching)[2], 0) == "pose not known"


def test_a_value_on_an_edge_belongs_above_it():
    division = SIZE.division(np.array([23.9, 24, 160, np.nan]), np.array([np.nan, 40]))
    assert division.found.tolist() == [0, 1, 4, -1] and division.missed.tolist() == [-1, 2]
    assert POSE.division(np.zeros(1), np.array([np.nan])).missed is None
    assert POSE.division(np.zeros(1), np.zeros(0)).missed.tolist() == [], "nothing was missed, which is known"


def test_missed_faces_get_the_box_that_would_have_been_found():
    """The truth has whole heads: the found boxes are half as wide and as high, in the lower middle."""
    heads = np.array([[0, 0, 100, 200], [100, 100, 140, 180], [0, 0, 10, 10]])
    found = np.array([[25, 100, 75, 200], [110, 140, 130, 180], [0, 0, 9, 9]])
    table = make_table([[]] * 3, box=found)
    missed = [Missed(0, "clip.mp4", 9, (200.0, 0.0, 280.0, 100.0)), Missed(0, "clip.mp4", 9, None)]
    matching = replace(matched([0, 0, -1], missed), annotation_ltrb=np.where([[1], [1], [0]], heads, np.nan))
    boxes = usual_boxes(table, matching)
    assert boxes[0].tolist() == [220, 50, 260, 100] and np.isnan(boxes[1]).all()
    nothing_found = replace(matching, annotation_ltrb=np.full((3, 4), np.nan))
    assert usual_boxes(table, nothing_found)[0].tolist() == [200, 0, 280, 100]


def test_who_was_missed_is_in_the_group_of_the_faces_that_were_found():
    table = make_table(np.eye(3)[[0, 1, 1]])
    missed = [Missed(1, "clip.mp4", 9, None), Missed(2, "clip.mp4", 9, None)]
    division = by_looks(table, matched([0, 1, -1], missed))
    assert division.missed.tolist() == [division.found[1], -1] and division.found[0] != division.found[1]


def test_light_and_sharpness_of_pixels():
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (120, 120, 3)).astype(np.uint8), (0, 0), 1.0)
    light, sharp = light_and_sharpness(noise)
    half, as_sharp = light_and_sharpness(noise // 2)
    assert half == pytest.approx(light / 2, abs=1) and as_sharp == pytest.approx(sharp, rel=0.05)
    blurred = [light_and_sharpness(cv2.GaussianBlur(noise, (0, 0), sigma))[1] for sigma in (2, 4, 8)]
    assert sharp > blurred[0] > blurred[1] > blurred[2]
    _, small = light_and_sharpness(cv2.resize(noise, (12, 12), interpolation=cv2.INTER_AREA))
    assert small < sharp / 2, "what a small face lacks counts as blur"
    assert (
        SHARPNESS.division(np.array([light_and_sharpness(np.full((9, 9, 3), 7, np.uint8))[1]]), np.zeros(0)).found == 0
    )
