"""What every registered detector keeps, whatever it is (the contract of `facepipe.faces.detectors.FaceDetector`)."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from plugins import loaded, models_of, opened

from facepipe import models
from facepipe.contracts import FaceFinder
from facepipe.errors import ModelError, UsageError
from facepipe.faces.detectors import DETECTORS
from facepipe.faces.detectors.auto import AutoDetector
from facepipe.settings import Settings


@pytest.fixture(scope="module", params=DETECTORS.names)
def kind(request):
    """The class of one kind of detector's options; skips when it lacks a package."""
    return loaded("detector", request.param)


@pytest.fixture(scope="module")
def new(kind, request):
    """Opens detectors of one kind; skips when its model or a package is not installed."""
    folder = models_of(kind, request)
    return lambda **options: opened(kind(**options), folder)


@pytest.fixture(scope="module")
def detector(new):
    """One of them with default options (half a second to make for hog)."""
    return new()


@pytest.fixture(scope="module")
def pictures(shared_data):
    """Parts of two real pictures, with one and two faces (dlib's own network takes a second for a whole one)."""
    parts = {"2008_001009.jpg": (60, 170, 300, 380), "2008_001322.jpg": (85, 125, 315, 310)}
    return [np.asarray(Image.open(shared_data / "scenes" / n).convert("RGB").crop(box)) for n, box in parts.items()]


def rows(detections):
    """Detections as plain values that can be compared."""
    return [(*d.detection_ltrb, *d.box_ltrb, d.score, *d.landmarks_xy.ravel()) for d in detections]


def test_name_is_the_registered_one(kind):
    assert DETECTORS.load(kind.name) is kind
    assert isinstance(kind.default_confidence, float)
    assert kind().confidence == kind.default_confidence


def test_its_options_are_settings_and_come_back(kind):
    made = Settings.of(detector=kind.name, upsample=2, min_confidence=0.25)
    assert made.detection.detector == kind(upsample=2, min_confidence=0.25)
    assert Settings.from_dict(made.as_dict()) == made
    with pytest.raises(UsageError, match="--upsample 5: must be at most 4"):
        kind(upsample=5)


def test_result_is_sorted_finite_and_near_the_picture(kind, detector, pictures):
    found = 0
    for image in pictures:
        detections = detector.detect(image)
        found += len(detections)
        assert [tuple(d.box_ltrb[:2]) for d in detections] == sorted(tuple(d.box_ltrb[:2]) for d in detections)
        height, width = image.shape[:2]
        for d in detections:
            left, top, right, bottom = d.box_ltrb
            assert type(d.score) is float and d.score >= kind.default_confidence
            assert np.isfinite([*d.box_ltrb, *d.detection_ltrb, *d.landmarks_xy.ravel()]).all()
            assert right - left == pytest.approx(bottom - top, abs=2.01)  # a square, up to dlib's rounding
            assert 0 < (left + right) / 2 < width and 0 < (top + bottom) / 2 < height
            assert min(left, top) > -(right - left) and right < width + (right - left)
    assert found >= 3


def test_image_is_left_as_it_is_and_may_be_read_only_or_a_view(detector, pictures):
    image = pictures[0]
    wide = np.zeros((image.shape[0], image.shape[1] * 2, 3), np.uint8)
    view = wide[:, ::2]
    view[:] = image
    frozen = image.copy()
    frozen.flags.writeable = False
    expected = rows(detector.detect(image.copy()))
    assert rows(detector.detect(view)) == rows(detector.detect(frozen)) == expected
    assert (view == image).all()


def test_min_confidence_drops_the_weaker_faces(new, detector, pictures):
    every = detector.detect(pictures[1])
    least = sorted(d.score for d in every)[len(every) // 2] - 1e-4
    assert rows(new(min_confidence=least).detect(pictures[1])) == rows([d for d in every if d.score >= least])


def test_same_again_from_two_threads_and_after_another_picture(new, detector, pictures):
    expected = rows(detector.detect(pictures[1]))
    detector.detect(pictures[0])
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(one.detect, pictures[1]) for one in (detector, new())]
        assert [rows(run.result()) for run in runs] == [expected, expected]


def test_no_face_in_a_blank_picture(detector):
    assert detector.detect(np.zeros((240, 320, 3), np.uint8)) == []
    assert detector.detect(np.full((240, 320, 3), 255, np.uint8)) == []


@pytest.mark.parametrize("upsample", [0, 1])
def test_pictures_of_any_size_work(new, upsample):
    detector = new(upsample=upsample)
    for shape in [(1, 1), (1, 300), (300, 1), (2, 7), (17, 16), (33, 31), (40, 9)]:
        image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
        assert detector.detect(image) == []
        assert detector.detect(image.repeat(3, 0).repeat(3, 1)[::3, ::3]) == []  # a view, with steps of its own


def test_upsampling_finds_the_same_large_face_in_the_same_place(new, detector, pictures):
    plain, doubled = (max(one.detect(pictures[0]), key=lambda d: d.score) for one in (detector, new(upsample=1)))
    side = plain.box_ltrb[2] - plain.box_ltrb[0]
    assert np.abs(doubled.box_ltrb - plain.box_ltrb).max() < 0.3 * side


def test_unknown_names_are_told_the_known_ones():
    with pytest.raises(UsageError, match="yunet, centerface, cnn, hog, cnn-dlib"):
        DETECTORS.load("haar")
    with pytest.raises(UsageError, match="unknown detector 'haar'"):
        Settings.of(detector="haar")


def test_auto_takes_the_best_that_is_installed(tmp_path, monkeypatch):
    installed = {"yunet", "centerface"}
    monkeypatch.setattr(models, "is_installed", lambda model, folder=None: model.name in installed)

    def chosen(name: str, **options) -> FaceFinder:
        return DETECTORS.load(name)(**options).resolved(tmp_path, None)

    assert chosen("auto") == DETECTORS.load("yunet")()
    installed.remove("yunet")
    assert chosen("auto", upsample=1, min_confidence=0.4) == DETECTORS.load("centerface")(
        upsample=1, min_confidence=0.4
    )
    installed.remove("centerface")
    assert chosen("auto").name == "cnn"
    assert chosen("hog") == DETECTORS.load("hog")()


def test_auto_keeps_what_a_run_had_that_goes_on(monkeypatch):
    monkeypatch.setattr(models, "is_installed", lambda model, folder=None: True)
    centerface, hog = DETECTORS.load("centerface"), DETECTORS.load("hog")
    assert AutoDetector().resolved(None, centerface(upsample=2)) == centerface()
    assert AutoDetector().resolved(None, hog()).name == "yunet"  # nobody gets a reference without asking for it
    monkeypatch.setattr(models, "is_installed", lambda model, folder=None: model.name != "centerface")
    assert AutoDetector().resolved(None, centerface()).name == "yunet"


def test_a_missing_model_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("FACEPIPE_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("facepipe.models.locate.cache_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match="facepipe models pull yunet"):
        DETECTORS.load("yunet")().open()
