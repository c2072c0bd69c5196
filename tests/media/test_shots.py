"""Shot boundaries on the sampled frames: cuts are found, movement and changing light are none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_shots import picture, scene, shot
from stored_frames import OTHER, SOURCE, make_frame

from facepipe.imaging.signature import signature
from facepipe.media.decode import decode_all
from facepipe.media.shots import changes, cut_where, number_shots, shot_ids


def test_cuts_between_scenes_are_found_and_movement_is_none():
    signatures, truth = [], []
    for number, (pan, light) in enumerate([(0, 0), (0.02, 0), (0, 0.03), (-0.03, 0), (0, 0), (0.01, -0.03)] * 3):
        for image in shot(number, 5 + number % 4, pan, light):
            signatures.append(signature(picture(image)))
            truth.append(number)
    assert shot_ids(signatures, np.arange(len(truth)) * 1.0) == truth


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_frames(count):
    assert shot_ids([signature(picture(scene(1)))] * count, [0.0, 1.0][:count]) == [0] * count


def test_black_frames_and_noise_in_them_are_one_shot():
    rng = np.random.default_rng(0)
    dark = [picture(rng.integers(0, 4, (90, 160, 3), np.uint8)) for _ in range(8)]
    assert shot_ids([signature(p) for p in dark], np.arange(8) * 0.2) == [0] * 8


def test_a_long_gap_in_time_ends_a_shot():
    same = [signature(picture(scene(1)))] * 6
    assert shot_ids(same, [0, 1, 2, 60, 61, 62]) == [0, 0, 0, 1, 1, 1]


def test_flat_black_before_a_scene():
    frames = [np.zeros((90, 160, 3), np.uint8)] * 3 + [scene(1)] * 3
    assert shot_ids([signature(picture(image)) for image in frames], np.arange(6)) == [0] * 3 + [1] * 3


def test_a_change_that_may_be_a_cut_is_one_where_it_stands_alone():
    """Between two frames, or far above the changes around it; among others like it, it is movement."""
    looks = [signature(picture(np.clip(scene(1) * (1 + light), 0, 255).astype(np.uint8))) for light in (0, 0.3)]
    assert 0.07 < changes(np.stack(looks))[0] < 0.25
    assert shot_ids(looks, [0, 1]) == [0, 1]
    assert shot_ids([looks[0]] * 4 + [looks[1]] * 4, np.arange(8)) == [0] * 4 + [1] * 4
    assert shot_ids([looks[n % 2] for n in range(8)], np.arange(8)) == [0] * 8


ONE, TWO = (signature(picture(scene(number))) for number in (1, 2))


def photo(name, taken, look=ONE, size_wh=(640, 480)):
    """A photo `name`, taken so many seconds after noon, or "" where that is not known."""
    source = replace(SOURCE, source_id=f"{name}-0123abcd", name=name, path=Path("photos") / name, is_video=False)
    when = taken if taken == "" else f"2023-05-06T12:00:{taken:06.3f}"
    return make_frame(0, 1, source).with_(signature=look, size_wh=size_wh, taken=when)


def test_shots_are_numbered_on_from_source_to_source():
    looks = [ONE, ONE, TWO, TWO]
    clips = [
        make_frame(10 * n, 1, clip).with_(signature=look) for clip in (SOURCE, OTHER) for n, look in enumerate(looks)
    ]
    assert number_shots([*clips, photo("a.jpg", "")]) == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert number_shots([]) == []


def test_photos_of_a_burst_are_one_shot():
    """However they are called; one after the other, each within two seconds."""
    times = {"a": 3, "b": 1, "c": 0, "d": 5, "e": 20, "f": 22.5}
    assert number_shots([photo(f"{name}.jpg", time) for name, time in times.items()]) == [0, 0, 0, 0, 1, 2]
    assert number_shots([photo(f"{name}.jpg", 7) for name in "abc"]) == [0, 0, 0]  # by a clock of whole seconds


@pytest.mark.parametrize(
    "other", [{"taken": ""}, {"taken": 4}, {"size_wh": (480, 640)}, {"name": "elsewhere/b.jpg"}], ids=str
)
def test_what_is_no_burst(other):
    second = {"name": "b.jpg", "taken": 1, **other}
    assert number_shots([photo("a.jpg", 0), photo(**second), photo("c.jpg", 1)]) == [0, 1, 0]


def test_photos_without_a_time_are_no_burst_however_alike():
    assert number_shots([photo(f"{name}.jpg", "") for name in "abc"]) == [0, 1, 2]


def test_a_burst_ends_where_the_scene_changes():
    looks = [ONE, ONE, ONE, TWO, TWO, TWO, ONE]
    assert number_shots([photo(f"{n}.jpg", n, look) for n, look in enumerate(looks)]) == [0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("interval", [0.1, 0.2, 0.5, 1.0])
def test_stage_clip(shared_data, interval):
    frames = list(decode_all(shared_data / "clips" / "stage.mp4", 1, pytest.fail))
    step = round(interval * 30)
    for offset in range(0, min(step, 18), 4):
        sampled = frames[offset::step]
        shots = shot_ids([signature(frame.picture) for frame in sampled], [frame.index / 29.97 for frame in sampled])
        parts = np.searchsorted((20, 82, 211), [frame.index for frame in sampled], side="right")
        # Two parts never share a shot; splitting one now and then does less harm.
        assert all(len(set(parts[np.array(shots) == number])) == 1 for number in set(shots))
        assert shots[-1] - parts[-1] <= max(2, 0.05 * len(sampled))


def test_a_cut_that_stays_in_the_scene_is_seen_where_every_frame_is():
    change = np.full(30, 2e-4)
    change[12], change[20] = 0.02, 0.004  # a zoom, a title
    times = np.arange(31) / 25
    assert cut_where(change, times) == [0] * 31
    assert cut_where(change, times, every_frame=True) == [0] * 13 + [1] * 18
