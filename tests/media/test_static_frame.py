"""Frames that look like the one before them share detections, whoever asks first."""

import threading

import av
import numpy as np
import pytest
from clips import write_clip
from commandline import files, rows
from commandline_here import run_here

from facepipe.imaging.array_picture import ArrayPicture
from facepipe.media.static_frame import StaticFrame


def slide(seed=0):
    return np.random.default_rng(seed).integers(0, 255, (9, 16, 3)).repeat(40, 0).repeat(40, 1).astype(np.uint8)


def noisy(image, seed):
    return np.clip(image + np.random.default_rng(seed).normal(0, 5, image.shape), 0, 255).astype(np.uint8)


def test_noise_is_no_change_and_a_small_thing_that_moves_is_one():
    static = StaticFrame(ArrayPicture(slide()))
    assert all(static.shows(ArrayPicture(noisy(slide(), seed))) for seed in range(5))
    moved = slide().copy()
    moved[100:130, 200:224] = 255 - moved[100:130, 200:224]
    assert not static.shows(ArrayPicture(moved))
    assert not static.shows(ArrayPicture(slide()[:-40]))


def test_slow_change_adds_up():
    static = StaticFrame(ArrayPicture(slide() // 2))
    shown = [static.shows(ArrayPicture(slide() // 2 + np.uint8(step))) for step in range(12)]
    assert shown == [True] * 5 + [False] * 7


def test_detections_are_computed_once_on_its_own_picture_for_all_threads():
    picture, asked, got = ArrayPicture(slide()), [], []
    static = StaticFrame(picture)

    def detect(seen):
        asked.append(seen)
        return ["found"]

    crew = [threading.Thread(target=lambda: got.append(static.detections(detect))) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert asked == [picture]
    assert got == [["found"]] * 8


@pytest.fixture(scope="module")
def slides(tmp_path_factory, sample_clip):
    """Three seconds in which the sample clip's frame 75 stays, then three of its frame 200."""
    with av.open(str(sample_clip)) as clip:
        frames = dict(zip(range(201), clip.decode(video=0), strict=False))
    stays = [frames[index].to_ndarray(format="rgb24") for index in (75, 200) for _ in range(15)]
    return write_clip(tmp_path_factory.mktemp("slides") / "slides.mp4", stays, rate=5, options={"crf": "28"})


OPTIONS = ("--detector", "hog", "--no-cloth", "--interval", "0.5", "--reuse-static")


def test_boxes_stay_and_neither_threads_nor_resuming_change_a_byte(tmp_path, slides):
    out = tmp_path / "out"
    run_here("run", slides, "--out", out, *OPTIONS, "--threads", "1")
    whole = files(out)
    boxes = {(row["frame"], *(row[side] for side in ("left", "top", "right", "bottom"))) for row in rows(out)}
    assert len({box[1:] for box in boxes}) * 6 == len(boxes), "every box stays for its six frames"

    for shard in sorted((out / "shards").glob("*.pickle"))[2:5] + sorted((out / "shards").glob("*.pickle"))[7:]:
        shard.unlink()
    run_here("run", slides, "--out", out, *OPTIONS, "--threads", "3")
    assert files(out) == whole
