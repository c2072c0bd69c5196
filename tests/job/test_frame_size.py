"""Large pictures are stored small; tables speak of the source, labels of the picture that they lie beside."""

import csv

import cv2
import family
import numpy as np
import pytest
from commandline import rows
from commandline_here import run_here
from PIL import Image

SIDES = ("left", "top", "right", "bottom")
FACTOR = 3  # times 854x480


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One large photo of four people, and the run on it."""
    place = tmp_path_factory.mktemp("large")
    image = family.clip_frames()[60]
    Image.fromarray(image).resize((854 * FACTOR, 480 * FACTOR), Image.Resampling.LANCZOS).save(place / "large.png")
    run_here(
        "run", "--images", place / "large.png", "--out", place / "out", "--detector", "cnn", "--min-csize", "1"
    )  # fmt: skip
    return place


def picture(path):
    return cv2.imread(str(path))[..., ::-1].astype(int)


def test_the_stored_frame_fits_and_the_table_speaks_of_the_source(run):
    (frame,) = (run / "out" / "frames").glob("*.jpg")
    assert picture(frame).shape == (1079, 1920, 3)
    truth = np.array(sorted(family.truth()[60].values())) * FACTOR
    found = np.array(sorted([int(row[side]) for side in SIDES] for row in rows(run / "out")))
    assert found.shape == truth.shape
    assert np.abs(found - truth).max() < 40 * FACTOR
    assert found.max() > 1920, "the rightmost face lies beyond the width of the stored picture"


def test_crops_are_cut_from_the_stored_frame(run):
    (frame,) = (run / "out" / "frames").glob("*.jpg")
    stored, scale = picture(frame), 1920 / (854 * FACTOR)
    for row in rows(run / "out"):
        (path,) = (run / "out" / "people").glob(f"*/{row['face_id']}.jpg")
        left, top, right, bottom = (round(int(row[side]) * scale) for side in SIDES)
        crop, place = picture(path), stored[top:bottom, left:right]
        assert np.abs(np.array(crop.shape) - place.shape).max() <= 1
        height, width = np.minimum(crop.shape, place.shape)[:2]
        assert np.abs(crop[:height, :width] - place[:height, :width]).mean() < 6


def test_labels_fit_the_picture_beside_them_and_rows_fit_the_source(run, tmp_path):
    run_here("export", run / "out", "--format", "voc", "--to", tmp_path / "voc", "--unknown", "label")
    (xml,) = (tmp_path / "voc" / "Annotations").glob("*.xml")
    assert "<width>1920</width>" in xml.read_text()
    run_here("export", run / "out", "--format", "csv", "--to", tmp_path / "csv", "--unknown", "label")
    with (tmp_path / "csv" / "faces.csv").open(newline="") as handle:
        exported = {row["face_id"]: row for row in csv.DictReader(handle)}
    for row in rows(run / "out"):
        ours = exported[row["face_id"]]
        assert (ours["width"], ours["height"]) == (str(854 * FACTOR), str(480 * FACTOR))
        assert max(abs(int(ours[side]) - int(row[side])) for side in SIDES) <= 1


def test_a_frame_may_be_stored_as_it_is(run, tmp_path):
    run_here("run", "--images", run / "large.png", "--out", tmp_path / "out", "--detector", "cnn",
             "--frame-size", "4000x4000")  # fmt: skip
    (frame,) = (tmp_path / "out" / "frames").glob("*.jpg")
    assert picture(frame).shape == (480 * FACTOR, 854 * FACTOR, 3)
    vectors = [np.load(out / "out" / "faces.npz")["face"] for out in (run, tmp_path)]
    assert np.array_equal(*vectors), "what is stored small is encoded large"


def test_an_unusable_size_is_refused(run, tmp_path):
    done = run_here("run", "--images", run / "large.png", "--out", tmp_path / "o", "--frame-size", "8x8", check=False)
    assert done.returncode == 2
    assert "--frame-size 8x8: both sides must be at least 16" in done.stderr
