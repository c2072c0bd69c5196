"""What every registered shot finder keeps (the contract of `facepipe.contracts.ShotFinder`)."""

import numpy as np
import pytest
from drawn_shots import picture, scene, shot
from plugins import loaded, or_skip

from facepipe.errors import UsageError
from facepipe.media.decode import decode_all
from facepipe.media.shot_finders import SHOT_FINDERS
from facepipe.settings import SamplingSettings, Settings


@pytest.fixture(params=SHOT_FINDERS.names)
def kind(request):
    """The class of one shot finder's options; skips when it lacks a package."""
    return loaded("shot finder", request.param)


@pytest.fixture
def find(kind):
    """One shot finder; skips when it finds a package missing as it is used."""
    finder = kind()
    or_skip(lambda: finder.shots([(0.0, picture(scene(1)))]))
    return finder.shots


def test_name_is_the_registered_one_and_settings_come_back(kind):
    assert SHOT_FINDERS.load(kind.name) is kind
    made = Settings.of(sampling="scenes", shots=kind.name)
    assert made.sampling.shots == kind()
    assert Settings.from_dict(made.as_dict()) == made


def test_every_shot_finder_numbers_the_shots(find):
    images = [(number, image) for number in range(3) for image in shot(number, 20, 0.004, 0.002)]
    assert find((k / 25, picture(image)) for k, (_, image) in enumerate(images)) == [number for number, _ in images]
    assert find([]) == []
    assert find([(0.0, picture(scene(1)))]) == [0]


def test_every_shot_finder_finds_the_cuts_of_the_stage_clip(shared_data, find):
    frames = decode_all(shared_data / "clips" / "stage.mp4", 1, pytest.fail)
    shots = find((frame.index / 29.97, frame.picture) for frame in frames)
    assert (np.flatnonzero(np.diff(shots)) + 1).tolist() == [20, 82, 211]


def test_a_shot_finder_without_scenes_is_refused():
    with pytest.raises(UsageError, match="--shots means nothing without --sampling scenes"):
        Settings.of(shots="pyscenedetect")
    with pytest.raises(UsageError, match="--shots means nothing without --sampling scenes"):
        SamplingSettings(shots=SHOT_FINDERS.load("pyscenedetect")())
