"""Face vectors: equal to dlib's, the same to the bit however faces are grouped; landmarks and chips."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import dlib
import numpy as np
import pytest
from own_network import write_network
from plugins import loaded, models_of, opened

from facepipe import models
from facepipe.faces.align import LANDMARKS, Aligner, face_chip
from facepipe.faces.encoders import ENCODERS
from facepipe.faces.encoders.auto import AutoEncoder
from facepipe.faces.encoders.dlib_native import DlibNative
from facepipe.faces.encoders.dlib_onnx import Dlib, Encoder
from facepipe.faces.encoders.file import EncoderFile
from facepipe.settings import Settings

# The corners of both eyes and the base of the nose of a drawn face, in dlib's order.
DRAWN_XY = np.array([(106, 60), (90, 60), (44, 60), (60, 60), (75, 95)], np.float32)


def drawn_face(seed: int) -> np.ndarray:
    """A cartoon face with noise, uint8 (150, 150, 3)."""
    rng = np.random.default_rng(seed)
    chip = rng.integers(0, 60, (150, 150, 3), dtype=np.uint8)
    skin, dark = (tuple(int(v) for v in rng.integers(low, high, 3)) for low, high in ((120, 255), (0, 90)))
    cv2.ellipse(chip, (75, 75), (50 + seed, 65), 0, 0, 360, skin, -1)
    for x in (52, 98):
        cv2.circle(chip, (x, 60), 6 + seed % 4, dark, -1)
    cv2.ellipse(chip, (75, 112), (22, 8), 0, 0, 180, dark, 3)
    return chip


@pytest.fixture(scope="module")
def drawn():
    special = [np.zeros((150, 150, 3), np.uint8), np.full((150, 150, 3), 255, np.uint8)]
    return np.stack([*map(drawn_face, range(8)), *special])


@pytest.fixture(scope="module")
def real(shared_data):
    """Aligned chips of real faces, of many sizes."""
    aligner, find = Aligner(), dlib.get_frontal_face_detector()
    chips = []
    for name in ("scenes/2007_007763.jpg", "scenes/obama1.jpg", "scenes/bbt3.jpg"):
        image = cv2.cvtColor(cv2.imread(str(shared_data / name)), cv2.COLOR_BGR2RGB)
        for box in find(image, 0):
            landmarks = aligner.landmarks(image, (box.left(), box.top(), box.right() + 1, box.bottom() + 1))
            chips.append(face_chip(image, landmarks))
    assert len(chips) >= 5
    return np.stack(chips)


@pytest.fixture(scope="module")
def portrait(shared_data):
    """A picture of one person, and dlib's box of the face."""
    image = cv2.cvtColor(cv2.imread(str(shared_data / "scenes/obama1.jpg")), cv2.COLOR_BGR2RGB)
    box = dlib.get_frontal_face_detector()(image, 0)[0]
    return image, box


@pytest.mark.parametrize("name", ENCODERS.names)
def test_every_encoder_keeps_the_contract(name, request, tmp_path):
    kind = loaded("encoder", name)
    assert kind.name == name
    assert Settings.from_dict(Settings.of(encoder=name).as_dict()).encoding.encoder == kind()
    folder = models_of(kind, request)
    asked = kind(encoder_file=str(write_network(tmp_path / "own.onnx"))) if kind is EncoderFile else kind()
    embedder = asked.resolved(folder, None)
    cut, dimensions = embedder.chip, embedder.space.dimensions
    encoder = opened(asked, folder)
    chips = np.stack([cut(drawn_face(seed), DRAWN_XY) for seed in range(6)])
    assert chips.dtype == np.uint8 and chips.shape[1] == chips.shape[2] and chips.shape[3:] == (3,)
    vectors = encoder.encode(chips)
    assert (vectors.dtype, vectors.shape) == (np.float32, (6, dimensions))
    assert np.isfinite(vectors).all()
    assert encoder.encode(chips[:0]).shape == (0, dimensions)
    assert vectors.tobytes() == encoder.encode(chips).tobytes()
    assert vectors.tobytes() == b"".join(encoder.encode(chip[None]).tobytes() for chip in chips)
    with ThreadPoolExecutor(3) as pool:  # it may be shared
        assert [v.tobytes() for v in pool.map(lambda chip: encoder.encode(chip[None])[0], chips)] == [
            vector.tobytes() for vector in vectors
        ]
    for wrong in (chips[:2].astype(np.float32), chips[0], chips[:, 1:]):
        with pytest.raises(ValueError, match="chips must be uint8"):
            encoder.encode(wrong)


def test_auto_takes_what_is_installed_and_keeps_what_a_run_had_that_goes_on(monkeypatch):
    installed = {"dlib-face-encoder", "dlib-face-encoder-dat"}
    monkeypatch.setattr(models, "is_installed", lambda model, folder=None: model.name in installed)
    assert AutoEncoder().resolved(None, None) == Dlib()
    assert AutoEncoder().resolved(None, DlibNative()) == Dlib()  # nobody gets a reference without asking for it
    monkeypatch.setattr(models, "is_installed", lambda model, folder=None: True)
    assert AutoEncoder().resolved(None, Dlib()) == Dlib()
    installed.clear()
    monkeypatch.setattr(models, "is_installed", lambda model, folder=None: False)
    assert AutoEncoder().resolved(None, None) == Dlib(), "which then says what is missing"


def test_equal_to_dlib_on_drawn_faces(drawn):
    difference = ENCODERS.load("dlib")().open().encode(drawn) - ENCODERS.load("dlib-native")().open().encode(drawn)
    assert np.abs(difference).max() <= 1e-5


def test_equal_to_dlib_on_real_faces(real):
    difference = ENCODERS.load("dlib")().open().encode(real) - ENCODERS.load("dlib-native")().open().encode(real)
    assert np.abs(difference).max() <= 1e-5


def test_a_vector_does_not_depend_on_its_neighbours_or_the_thread(drawn):
    encoder = Dlib().open()
    chips = np.concatenate([drawn, drawn[::-1]])  # more than one batch
    alone = [encoder.encode(chip[None]).tobytes() for chip in chips]
    for size in (2, 3, 5, 8, len(chips)):
        for start in range(0, len(chips), size):
            group = encoder.encode(chips[start : start + size])
            assert [row.tobytes() for row in group] == alone[start : start + size]
    with ThreadPoolExecutor(4) as pool:
        assert [v.tobytes() for v in pool.map(lambda chip: encoder.encode(chip[None]), chips)] == alone


def test_chips_need_not_be_contiguous(drawn):
    encoder = Dlib().open()
    assert encoder.encode(drawn[::2]).tobytes() == encoder.encode(drawn[::2].copy()).tobytes()


def test_a_ready_session_may_be_given(drawn):
    class Fake(models.Session):
        def __init__(self):
            pass

        def run(self, chips):
            return [np.full((len(chips), 128), 0.5, np.float32)]

    assert (Encoder(Fake()).encode(drawn) == 0.5).all()


def test_landmarks_and_chip_are_dlibs_own(portrait):
    image, box = portrait
    predict = dlib.shape_predictor(str(models.find(LANDMARKS)))
    shape = predict(image, box)
    landmarks = Aligner().landmarks(image, (box.left(), box.top(), box.right() + 1, box.bottom() + 1))
    assert landmarks.dtype == np.float32
    assert landmarks.tolist() == [[part.x, part.y] for part in shape.parts()]
    chip = face_chip(image, landmarks)
    assert (chip.dtype, chip.shape) == (np.uint8, (150, 150, 3))
    assert (chip == dlib.get_face_chip(image, shape, 150, 0.25)).all()


def test_one_predictor_serves_all_threads(shared_data):
    image = cv2.cvtColor(cv2.imread(str(shared_data / "scenes/bbt3.jpg")), cv2.COLOR_BGR2RGB)
    boxes = [(left, top, left + side, top + side) for left, top, side in zip(*[range(10, 90, 4)] * 3, strict=True)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda box: Aligner().landmarks(image, box).tobytes(), boxes))
    assert together == [Aligner().landmarks(image, box).tobytes() for box in boxes]


def test_a_chip_stands_upright_whatever_the_picture_does(portrait):
    image, box = portrait
    landmarks = Aligner().landmarks(image, (box.left(), box.top(), box.right() + 1, box.bottom() + 1))
    turn = cv2.getRotationMatrix2D(tuple(float(v) for v in landmarks.mean(axis=0)), 40, 1.0)
    turned = cv2.warpAffine(image, turn, (image.shape[1], image.shape[0]))
    chips = np.stack([face_chip(image, landmarks), face_chip(turned, landmarks @ turn[:, :2].T + turn[:, 2])])
    vectors = Dlib().open().encode(chips)
    assert np.linalg.norm(vectors[0] - vectors[1]) < 0.2


@pytest.mark.parametrize("shift", [0, 45, 1000, -1000])
def test_faces_at_and_beyond_the_border_give_a_chip(shift):
    image = np.full((60, 60, 3), 200, np.uint8)
    landmarks = np.array([(40, 20), (34, 21), (18, 20), (25, 21), (30, 35)], np.float32) + shift
    chip = face_chip(image, landmarks)
    assert chip.shape == (150, 150, 3)
    assert chip.any() == (shift in (0, 45))


def test_landmarks_of_degenerate_boxes_and_pictures():
    aligner = Aligner()
    for box in ((0, 0, 0, 0), (-50, -50, -40, -40), (500, 500, 600, 600), (0.4, 0.6, 30.5, 31.5)):
        assert aligner.landmarks(np.zeros((40, 40, 3), np.uint8), box).shape == (5, 2)
    assert aligner.landmarks(np.zeros((1, 1, 3), np.uint8), (0, 0, 1, 1)).shape == (5, 2)
    assert aligner.landmarks(np.zeros((40, 80, 3), np.uint8)[:, ::2], (0, 0, 30, 30)).shape == (5, 2)
