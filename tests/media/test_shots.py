"""Shot boundaries on the sampled frames: cuts are found, movement and changing light are none."""

import av
import cv2
import numpy as np
import pytest
from clips import number_in, write_clip

from facepipe.errors import UsageError
from facepipe.job.identity import check_names
from facepipe.media.decode import decode_all
from facepipe.media.scenes import SHOT_FINDERS, sample_scenes
from facepipe.media.shots import SIGNATURE_SIZE, shot_ids, signature
from facepipe.media.sources import find_sources
from facepipe.media.video import VideoPicture
from facepipe.settings import SamplingSettings, Settings


def picture(image):
    return VideoPicture(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"))


def scene(seed):
    """A room: wall, floor, furniture and three people of random colours; 320x180."""
    rng = np.random.default_rng(seed)
    image = np.empty((180, 320, 3), np.uint8)
    image[:], image[120:] = rng.integers(60, 220, 3), rng.integers(30, 160, 3)
    for _ in range(6):
        x, y, w, h = rng.integers((0, 0, 15, 15), (300, 150, 90, 60))
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), rng.integers(0, 255, 3).tolist(), -1)
    for x in rng.integers(30, 290, 3):
        cv2.ellipse(image, (int(x), 150), (26, 45), 0, 0, 360, rng.integers(0, 255, 3).tolist(), -1)
        cv2.circle(image, (int(x), 85), 20, (205, 160, 130), -1)
    return image


def shot(seed, length, pan=0.0, light=0.0):
    """`length` frames of a scene, panned by a share of its width and relit by a factor a frame."""
    image, rng = scene(seed), np.random.default_rng(seed + 1000)
    for k in range(length):
        view = np.roll(image, round(-pan * k * 320), axis=1)[10:-10, 20:-20]
        yield np.clip(view * (1 + light * k) + rng.normal(0, 3, view.shape), 0, 255).astype(np.uint8)


def test_signature_is_tiny_and_the_same_at_every_size():
    big = cv2.resize(scene(1), (1280, 720), interpolation=cv2.INTER_CUBIC)
    a, b = signature(picture(scene(1))), signature(picture(big))
    assert (a.dtype, a.shape) == (np.uint8, (SIGNATURE_SIZE,)) == (b.dtype, b.shape)
    assert np.abs(a.astype(int) - b).mean() < 4


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


@pytest.mark.parametrize("codec", ["libx264", "libvpx"])
def test_scenes_are_sampled_at_their_ends(tmp_path, codec):
    suffix = {"libx264": "mp4", "libvpx": "webm"}[codec]
    options = {"libx264": {}, "libvpx": {"b": "1M", "deadline": "good", "cpu-used": "5"}}[codec]
    images = [*shot(1, 20, 0.004), *shot(2, 1), *shot(3, 14, 0, 0.01)]
    path = write_clip(tmp_path / f"a.{suffix}", images, codec=codec, options=options, gop=9)
    (source,) = find_sources([path], pytest.fail)
    frames = list(sample_scenes(source, SamplingSettings()))
    assert [frame.ref.index for frame in frames] == [0, 19, 20, 21, 34]
    for frame in frames:
        assert np.abs(frame.picture.rgb().astype(int) - images[frame.ref.index]).mean() < 8
    frames = list(sample_scenes(source, SamplingSettings(skip=0.2, stop=0.81), is_done=lambda ref: ref.index == 5))
    assert [(frame.ref.index, frame.picture is None) for frame in frames] == [(5, True), (19, False), (20, False)]


@pytest.mark.parametrize("finder", SHOT_FINDERS.names)
def test_every_shot_finder_numbers_the_shots(finder):
    find = SHOT_FINDERS.load(finder)
    images = [(number, image) for number in range(3) for image in shot(number, 20, 0.004, 0.002)]
    assert find((k / 25, picture(image)) for k, (_, image) in enumerate(images)) == [number for number, _ in images]
    assert find([]) == []
    assert find([(0.0, picture(scene(1)))]) == [0]


@pytest.mark.parametrize("finder", SHOT_FINDERS.names)
def test_every_shot_finder_finds_the_cuts_of_the_stage_clip(shared_data, finder):
    frames = decode_all(shared_data / "clips" / "stage.mp4", 1, pytest.fail)
    shots = SHOT_FINDERS.load(finder)((frame.index / 29.97, frame.picture) for frame in frames)
    assert (np.flatnonzero(np.diff(shots)) + 1).tolist() == [20, 82, 211]


def test_a_shot_finder_without_scenes_is_refused():
    with pytest.raises(UsageError, match="--shots means nothing without --sampling scenes"):
        check_names(Settings(sampling=SamplingSettings(shots="pyscenedetect")))


def test_scenes_of_one_shot_keep_the_numbers(tmp_path):
    (source,) = find_sources([write_clip(tmp_path / "a.mp4", 12)], pytest.fail)
    frames = list(sample_scenes(source, SamplingSettings()))
    assert [number_in(frame.picture.rgb()) for frame in frames] == [frame.ref.index for frame in frames]
