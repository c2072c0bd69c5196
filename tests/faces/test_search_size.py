"""How large pictures are searched: what --detail, --min-face and the sizes that are given come to."""

import pytest

from facepipe.faces.detectors.cnn import DlibCnn
from facepipe.faces.detectors.yunet import YuNet
from facepipe.faces.search_size import looks_closer, search_size, smallest_found
from facepipe.settings import DetectionSettings

PHOTO, CLIP = (4000, 3000), (1920, 1080)


def settings(detector=None, **values):
    return DetectionSettings(detector=detector or YuNet(), **values)


@pytest.mark.parametrize(
    ("size_wh", "is_video", "values", "expected"),
    [
        (CLIP, True, {"detail": "fast"}, (480, 270)),
        (CLIP, True, {}, (700, 394)),
        (CLIP, True, {"detail": "thorough"}, (960, 540)),
        (CLIP, True, {"max_size": (300, 300)}, (300, 169)),
        ((320, 240), True, {"detail": "thorough"}, (320, 240)),
        (PHOTO, False, {"detail": "fast"}, (667, 500)),
        (PHOTO, False, {}, PHOTO),
        (PHOTO, False, {"min_face": 40}, (2000, 1500)),
        (PHOTO, False, {"min_face": 4000}, (667, 500)),
        (PHOTO, False, {"max_size": (300, 300), "detail": "thorough"}, (300, 225)),
        (PHOTO, False, {"resize_ratio": 0.1, "max_size": (300, 300)}, (400, 300)),
        ((1, 900), False, {"resize_ratio": 0.1}, (1, 90)),
        ((8000, 8000), False, {}, (4000, 4000)),
        ((8000, 8000), False, {"detail": "thorough"}, (8000, 8000)),
        ((15000, 15000), False, {"detail": "thorough", "min_face": 24}, (15000, 15000)),
        ((15000, 15000), False, {}, (3750, 3750)),
    ],
)
def test_the_size_that_is_searched(size_wh, is_video, values, expected):
    assert search_size(size_wh, is_video, settings(**values)) == expected


def test_a_slow_detector_sees_less_of_a_photo_and_an_enlarging_one_a_quarter_of_that():
    assert search_size(PHOTO, False, settings(DlibCnn())) == (1000, 750)
    assert search_size((2400, 1000), False, settings(DlibCnn())) == (2400, 1000)
    assert search_size((2400, 1000), False, settings(DlibCnn(upsample=1))) == (1200, 500)
    assert search_size((2400, 1000), False, settings(DlibCnn(upsample=2))) == (700, 292)


@pytest.mark.parametrize(
    ("size_wh", "is_video", "values", "expected"),
    [(CLIP, True, {}, 55), (PHOTO, False, {}, 20), ((8000, 8000), False, {}, 40), ((200, 100), True, {}, 20)],
)
def test_how_small_a_face_may_be(size_wh, is_video, values, expected):
    assert smallest_found(size_wh, is_video, settings(**values)) == expected


@pytest.mark.parametrize("size_wh, is_video", [(CLIP, True), ((640, 360), True), (PHOTO, False), ((8000, 8000), False)])
@pytest.mark.parametrize(
    "values", [{}, {"detail": "fast"}, {"detail": "thorough"}, {"max_size": (200, 200)}, {"resize_ratio": 0.3}]
)
def test_what_looks_closer_does(size_wh, is_video, values):
    found = smallest_found(size_wh, is_video, settings(**values))
    closer = looks_closer(found, settings(**values))
    other = {"max_size": size_wh} if "--max-size" in closer else {}
    other |= {"resize_ratio": 1.0} if "--resize-ratio" in closer else {}
    other |= {"detail": "thorough"} if "--detail thorough" in closer else {}
    other |= {"detector": YuNet(upsample=1)} if "--upsample 1" in closer else {}
    assert other and smallest_found(size_wh, is_video, settings(**(values | other))) < found
