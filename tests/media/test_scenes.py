"""Sampling by shots: the first and the last frame of each."""

import numpy as np
import pytest
from clips import number_in, write_clip
from drawn_shots import shot

from facepipe.media.scenes import find_shots, sample_scenes
from facepipe.media.sources import find_sources
from facepipe.settings import SamplingSettings


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


def test_scenes_of_one_shot_keep_the_numbers(tmp_path):
    (source,) = find_sources([write_clip(tmp_path / "a.mp4", 12)], pytest.fail)
    frames = list(sample_scenes(source, SamplingSettings()))
    assert [number_in(frame.picture.rgb()) for frame in frames] == [frame.ref.index for frame in frames]


def test_what_lies_beyond_the_end_is_not_decoded(tmp_path):
    path, seen = write_clip(tmp_path / "a.mp4", 200), []
    frames = find_shots(
        path, SamplingSettings().shots, between_s=(0.0, 0.4), progress=lambda done, total: seen.append(done)
    )
    assert frames.index.tolist() == [*range(10)] and seen == [*range(1, 11)]
