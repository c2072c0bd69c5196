"""What every clothing model keeps; of the one that ships, that it knows a garment again under another light."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from plugins import loaded, models_of, opened

from facepipe.errors import ModelError
from facepipe.faces.clothing import CLOTH_MODELS
from facepipe.faces.clothing.file import ClothFile
from facepipe.records import CLOTH_SIZE, Face
from facepipe.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "facepipe" / "models" / "cloth_resnet18.onnx"


@pytest.fixture(scope="module")
def session():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def training():
    """The training folder's torch-free half, imported as its scripts import it."""
    sys.path.insert(0, str(ROOT / "training" / "cloth"))
    try:
        import garments.camera
        import garments.render
        import retrieval
    finally:
        sys.path.pop(0)
    return garments, retrieval


@pytest.fixture(scope="module")
def drawn(training):
    """24 drawn people in plain light, and again elsewhere in a dim, warm light: uint8 (24, 96, 96, 3) each."""
    garments, _ = training
    views = garments.render.Wardrobe(seed=4711, families=6, backgrounds=8).batch(24, views=2, light=False)
    dim_and_warm = np.array([0.40, 0.34, 0.28], np.float32)
    return views[:, 0], np.stack([garments.camera.relight(view, dim_and_warm) for view in views[:, 1]])


def encode(session, views: np.ndarray) -> np.ndarray:
    return session.run(["vector"], {"image": views.transpose(0, 3, 1, 2).astype(np.float32)})[0]


def test_file_is_a_valid_graph_of_the_stated_signature(session):
    model = onnx.load(MODEL)
    onnx.checker.check_model(model, full_check=True)
    assert MODEL.stat().st_size <= 3_000_000
    assert max(entry.version for entry in model.opset_import) <= 17
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape[1:]) == ("image", "tensor(float)", [3, 96, 96])
    assert (made.name, made.type, made.shape[1:]) == ("vector", "tensor(float)", [128])
    assert isinstance(given.shape[0], str), "the batch size is free"


def test_file_holds_nothing_about_where_it_was_made():
    model = onnx.load(MODEL)
    assert not model.doc_string and not model.metadata_props
    assert not any(node.doc_string or node.metadata_props for node in model.graph.node)


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(session, drawn):
    views = drawn[0][:6]
    together = encode(session, views)
    assert together.shape == (6, 128) and together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(encode(session, views), together)
    alone = np.concatenate([encode(session, view[None]) for view in views])
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_flat_pictures_give_finite_vectors(session):
    flat = np.stack([np.full((96, 96, 3), level, np.uint8) for level in (0, 128, 255)])
    vectors = encode(session, flat)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_garment_is_known_again_in_another_light(session, training, drawn):
    _, retrieval = training
    plain, relit = drawn
    people = np.tile(np.arange(len(plain)), 2)
    both = np.concatenate([plain, relit])
    ours = retrieval.scores(encode(session, both), people)
    colours = retrieval.scores(retrieval.histogram(both), people)
    assert ours["auc"] > 0.93
    assert ours["auc"] > colours["auc"] + 0.1
    assert ours["map"] > 2 * colours["map"]


def test_people_in_the_same_light_and_place_are_told_apart_by_their_clothes(session, drawn):
    vectors = encode(session, drawn[0])
    similar = vectors @ vectors.T
    assert np.quantile(similar[~np.eye(len(similar), dtype=bool)], 0.9) < 0.5


def test_drawing_is_deterministic(training):
    garments, _ = training
    first, second = (garments.render.Wardrobe(3, families=2, backgrounds=2) for _ in range(2))
    np.testing.assert_array_equal(first.batch(8, side=48), second.batch(8, side=48))
    first.renew(1)
    second.renew(1)
    np.testing.assert_array_equal(first.batch(8, side=48), second.batch(8, side=48))


@pytest.fixture(scope="module", params=CLOTH_MODELS.names)
def network(request):
    """Every registered clothing model, open; skips when its model file or a package is not installed."""
    kind = loaded("clothing model", request.param)
    assert kind.name == request.param
    model = kind(cloth_file=str(MODEL)) if kind is ClothFile else kind()
    assert Settings.from_dict(Settings.of(cloth_model=model).as_dict()).encoding.cloth_model == model
    return opened(model, models_of(model, request))


@pytest.fixture(scope="module")
def crowd():
    """A picture of noise, and faces in it: three whose clothing is seen, one at the bottom."""
    image = np.random.default_rng(0).integers(0, 256, (400, 900, 3), np.uint8)
    boxes = [(100, 20, 180, 100), (350, 40, 440, 130), (700, 10, 790, 100), (600, 390, 610, 400)]
    return image, [Face(f"a-{k}", box, 1.0) for k, box in enumerate(boxes)]


def test_every_model_gives_vectors_of_length_one_to_those_whose_clothing_is_seen(network, crowd):
    image, faces = crowd
    *seen, hidden = network.encode_faces(image, faces)
    for face in seen:
        assert (face.cloth.dtype, face.cloth.shape) == (np.float32, (CLOTH_SIZE,))
        assert np.linalg.norm(face.cloth) == pytest.approx(1, abs=1e-5)
        assert 0 < face.cloth_visibility <= 1
    assert [face.face_id for face in seen] == ["a-0", "a-1", "a-2"]
    assert hidden is faces[3] and hidden.cloth is None
    assert network.encode_faces(image, []) == ()


def test_no_vector_depends_on_who_else_is_in_the_frame_or_on_the_thread(network, crowd):
    image, faces = crowd
    together = [face.cloth.tobytes() for face in network.encode_faces(image, faces[:3])]
    with ThreadPoolExecutor(3) as pool:
        alone = pool.map(lambda face: network.encode_faces(image, [face])[0].cloth.tobytes(), faces[:3])
    assert list(alone) == together


def test_a_file_may_be_named_in_place_of_a_model():
    named = Settings.of(cloth_model=str(MODEL)).encoding.cloth_model
    assert (
        named
        == ClothFile(cloth_file=str(MODEL))
        == Settings.of(cloth_model="file", cloth_file=str(MODEL)).encoding.cloth_model
    )
    assert named.user_files() == (MODEL,)
    with pytest.raises(ModelError, match=r"no clothing model at nowhere\.onnx"):
        Settings.of(cloth_model="nowhere.onnx").encoding.cloth_model.open()


def test_a_file_that_is_no_clothing_model_is_refused(tmp_path):
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    shapes = [value(name, onnx.TensorProto.FLOAT, [1, 3]) for name in "xy"]
    graph = onnx.helper.make_graph([node], "other", shapes[:1], shapes[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ModelError, match=r"other\.onnx is not a clothing model"):
        ClothFile(cloth_file=str(tmp_path / "other.onnx")).open()
