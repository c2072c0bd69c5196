"""dlib's CNN detector on ONNX Runtime gives what dlib gives."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from facepipe.faces.detectors import cnn, cnn_dlib, dlib_pyramid
from facepipe.geometry import iou_matrix


@pytest.fixture(scope="module")
def ours():
    return cnn.DlibCnn().open()


@pytest.fixture(scope="module")
def reference():
    return cnn_dlib.DlibCnnNative().open()


def scene(shared_data, name):
    return np.asarray(ImageOps.exif_transpose(Image.open(shared_data / name)).convert("RGB"))


def frames(shared_data, wanted=None):
    with av.open(shared_data / "clips" / "stage.mp4") as clip:
        for index, frame in enumerate(clip.decode(video=0)):
            if wanted is None or index in wanted:
                yield frame.to_ndarray(format="rgb24")


def assert_same(found, expected):
    """Every box of `expected` above 0.2 has a partner, and nothing else above 0.2 is found."""
    boxes = np.array([d.detection_ltrb for d in found]).reshape(-1, 4)
    for want in (d for d in expected if d.score >= 0.2):
        iou = iou_matrix(want.detection_ltrb[None], boxes)[0]
        assert len(iou) and iou.max() >= 0.9
        assert found[iou.argmax()].score == pytest.approx(want.score, abs=0.05)
    assert sum(d.score >= 0.25 for d in found) <= sum(d.score >= 0.2 for d in expected)


def test_same_faces_as_dlib(shared_data, ours, reference):
    # In frames 33 and 248 two boxes of a face differ by 0.001 in score: any inexactness picks the other one.
    pictures = [scene(shared_data, "scenes/2008_001322.jpg"), *frames(shared_data, {33, 248})]
    total = 0
    for image in pictures:
        expected = reference.detect(image)
        assert_same(ours.detect(image), expected)
        total += len(expected)
    assert total >= 5


def test_same_faces_as_dlib_when_upsampled(shared_data):
    image = scene(shared_data, "scenes/2008_001322.jpg")[125:310, 85:315]
    expected = cnn_dlib.DlibCnnNative(upsample=1).open().detect(image)
    found = cnn.DlibCnn(upsample=1).open().detect(image)
    assert len(expected) >= 2
    assert_same(found, expected)
    assert [d.detection_ltrb.tolist() for d in found] == [d.detection_ltrb.tolist() for d in expected]


@pytest.mark.slow
def test_same_faces_as_dlib_everywhere(shared_data, ours, reference):
    pictures = [scene(shared_data, p) for p in sorted((shared_data / "scenes").iterdir())]
    for image in [*pictures, *frames(shared_data)]:
        assert_same(ours.detect(image), reference.detect(image))


def test_bands_give_what_the_whole_gives(shared_data, ours, monkeypatch):
    image = scene(shared_data, "scenes/2008_002506.jpg")
    whole = ours.detect(image)
    monkeypatch.setattr(cnn, "BAND_PIXELS", 1)
    bands = ours.detect(image)
    assert len(whole) >= 3
    assert [d.detection_ltrb.tolist() for d in bands] == [d.detection_ltrb.tolist() for d in whole]
    assert [d.score for d in bands] == pytest.approx([d.score for d in whole], abs=1e-5)


def test_rounded_levels_of_large_pictures_barely_move_the_scores(shared_data, ours, monkeypatch):
    image = scene(shared_data, "scenes/2008_001322.jpg")
    exact = ours.detect(image)
    monkeypatch.setattr(dlib_pyramid, "MAX_FLOAT_PIXELS", 0)
    assert_same(ours.detect(image), exact)


@settings(max_examples=60)
@given(st.integers(1, 900), st.integers(1, 900))
def test_tiles_lie_inside_the_tiled_picture_and_apart(width, height):
    tiles, (wide, high) = dlib_pyramid.tile_layout((width, height))
    assert (tiles[0].width, tiles[0].height) == (width, height)
    used = np.zeros((high, wide), np.uint8)
    for tile in tiles:
        assert tile.left >= 0 and tile.top >= 0
        assert tile.left + tile.width <= wide and tile.top + tile.height <= high
        used[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] += 1
    assert used.max() == 1


def test_points_of_a_tile_come_back_to_the_picture():
    tiles, _ = dlib_pyramid.tile_layout((640, 360))
    middle = np.array([[t.left + (t.width - 1) / 2, t.top + (t.height - 1) / 2] for t in tiles])
    boxes = dlib_pyramid.to_picture(middle, 80, tiles)
    sides = boxes[:, 2] - boxes[:, 0]
    assert sides == pytest.approx(80 * 1.2 ** np.arange(len(tiles)), rel=0.02)
    assert (boxes[:, :2] + boxes[:, 2:]) / 2 == pytest.approx(np.tile([320, 180], (len(tiles), 1)), rel=0.12)
