"""ONNX sessions: one a file, shared, and clear errors; graphs with a fixed size made dynamic."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.detectors.centerface import CENTERFACE
from facepipe.faces.detectors.network import of_any_size
from facepipe.faces.detectors.yunet import YUNET
from facepipe.models.dynamic import with_dynamic_shape
from facepipe.models.runtime import Session


def fixed_size_model() -> bytes:
    """A convolution that declares 10x3x32x32, its weights among the inputs and a stale shape in between."""
    weights = numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "weights")
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [10, 3, 32, 32])
    listed = helper.make_tensor_value_info("weights", TensorProto.FLOAT, [1, 3, 1, 1])
    between = helper.make_tensor_value_info("between", TensorProto.FLOAT, [10, 1, 32, 32])
    result = helper.make_tensor_value_info("result", TensorProto.FLOAT, [10, 1, 32, 32])
    nodes = [helper.make_node("Conv", ["picture", "weights"], ["between"])]
    nodes.append(helper.make_node("Relu", ["between"], ["result"]))
    graph = helper.make_graph(nodes, "fixed", [picture, listed], [result], [weights], value_info=[between])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model.SerializeToString()


@pytest.fixture
def fixed(tmp_path):
    path = tmp_path / "fixed.onnx"
    path.write_bytes(fixed_size_model())
    return path


def test_one_session_a_file_for_all_threads(fixed):
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(lambda _: models.session(fixed), range(16)))
    assert len(set(map(id, sessions))) == 1


def test_a_changed_file_gets_a_new_session(fixed):
    before = models.session(fixed)
    fixed.write_bytes(with_dynamic_shape(fixed))
    assert models.session(fixed) is not before


def test_dynamic_shape_takes_any_size_and_leaves_the_file_alone(fixed):
    content = fixed.read_bytes()
    session = Session(with_dynamic_shape(fixed))
    assert session.inputs == {"picture": ("n_picture", 3, "h_picture", "w_picture")}
    for shape in ((1, 3, 64, 96), (2, 3, 5, 7)):
        picture = np.random.default_rng(0).random(shape, np.float32)
        np.testing.assert_allclose(session.run(picture)[0][:, 0], picture.sum(axis=1), rtol=1e-5)
    assert fixed.read_bytes() == content
    graph = onnx.load_model_from_string(with_dynamic_shape(fixed)).graph
    assert [value.name for value in graph.input] == ["picture"] and not graph.value_info


def test_dynamic_centerface_runs_at_any_size():
    if not models.is_installed(CENTERFACE):
        pytest.skip("CenterFace is not installed: facepipe models pull centerface")
    session = models.session(models.find(of_any_size(CENTERFACE)))
    outputs = session.run(np.zeros((2, 3, 64, 96), np.float32))
    assert [value.shape for value in outputs] == [(2, channels, 16, 24) for channels in (1, 2, 2, 10)]


@pytest.mark.parametrize("content", [b"", b"not an ONNX file", fixed_size_model()[:-40], b"\x00" * 64])
def test_a_damaged_file_is_a_model_error(tmp_path, content):
    path = tmp_path / "damaged.onnx"
    path.write_bytes(content)
    for read in (models.session, with_dynamic_shape):
        with pytest.raises(ModelError, match=r"damaged\.onnx") as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"cannot read .*gone\.onnx"):
        models.session(tmp_path / "gone.onnx")
    with pytest.raises(ModelError, match=r"cannot read .*gone\.onnx"):
        with_dynamic_shape(tmp_path / "gone.onnx")


def test_a_session_from_bytes():
    session = Session(fixed_size_model())
    assert (session.inputs, session.metadata) == ({"picture": (10, 3, 32, 32)}, {})


def test_yunet_is_a_readable_onnx_file(shared_models):
    assert models.session(shared_models / YUNET.file).inputs
