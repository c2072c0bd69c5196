"""The ONNX graphs of dlib's networks: their form, and their numbers against an independent computation."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.detectors.cnn import DLIB_CNN, DLIB_CNN_DAT
from facepipe.faces.encoders.dlib_onnx import DLIB_ENCODER, DLIB_ENCODER_DAT
from facepipe.models import dlib_onnx
from facepipe.models.dlib_format import Layer, read_network
from facepipe.models.runtime import Session


@pytest.fixture(scope="module")
def detector_network():
    return read_network(models.find(DLIB_CNN_DAT))


@pytest.fixture(scope="module")
def encoder_network():
    return read_network(models.find(DLIB_ENCODER_DAT))


def convolve(picture, layer):
    """Plain convolution of one picture (c, h, w) in float64, straight from dlib's stored values."""
    v = layer.values
    weights, bias = v["params"].reshape(-1)[: -v["filters"]], v["params"].reshape(-1)[-v["filters"] :]
    weights = weights.reshape(v["weight_shape"]).astype(np.float64)
    padded = np.pad(picture, ((0, 0), (v["padding_y"],) * 2, (v["padding_x"],) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (v["rows"], v["columns"]), axis=(1, 2))
    windows = windows[:, :: v["stride_y"], :: v["stride_x"]]
    return np.einsum("crsyx,kcyx->krs", windows, weights, optimize=True) + bias[:, None, None]


def normalise(value, layer):
    v = layer.values
    gamma, beta = v["params"].reshape(2, -1, 1, 1).astype(np.float64)
    mean, variance = (v[key].reshape(-1, 1, 1).astype(np.float64) for key in ("running_means", "running_variances"))
    return gamma * (value - mean) / np.sqrt(variance + v["eps"]) + beta


def test_detector_equals_a_plain_computation(detector_network):
    tiles = np.random.default_rng(3).normal(0, 0.3, (3, 61, 84))
    value = tiles
    for layer in detector_network.layers:
        value = {
            "con": convolve,
            "bn": normalise,
            "relu": lambda value, _: np.maximum(value, 0),
        }[layer.kind](value, layer)
    scores = models.session(models.find(DLIB_CNN)).run(tiles[None].astype(np.float32))[0]
    assert scores.dtype == np.float32
    assert scores[0].shape == value.shape
    np.testing.assert_allclose(scores[0], value, atol=2e-5)


def test_detector_takes_any_size_and_says_what_a_caller_must_know():
    session = models.session(models.find(DLIB_CNN))
    for height, width in ((60, 60), (61, 200), (333, 97)):
        assert session.run(np.zeros((1, 3, height, width), np.float32))[0].shape[:2] == (1, 1)
    means = [float(value) for value in session.metadata["mean_rgb"].split(",")]
    assert means == pytest.approx([122.782, 117.001, 104.298], abs=1e-3)
    assert session.metadata["window_wh"] == "80,80"
    assert float(session.metadata["nms_iou"]) == pytest.approx(0.338276, abs=1e-6)
    assert (float(session.metadata["nms_covered"]), float(session.metadata["scale"])) == (1.0, 256.0)


def test_graphs_are_valid_old_enough_and_open_in_batch(encoder_network, detector_network):
    for model in (dlib_onnx.face_encoder(encoder_network), dlib_onnx.cnn_detector(detector_network)):
        onnx.checker.check_model(model, full_check=True)
        assert model.opset_import[0].version <= 17
        assert not {"BatchNormalization"} & {node.op_type for node in model.graph.node}
    session = models.session(models.find(DLIB_ENCODER))
    assert session.inputs == {"chips": ("n", 150, 150, 3)}
    assert session.outputs == {"vectors": ("n", 128)}


def test_conversion_is_deterministic(detector_network):
    first, second = (dlib_onnx.cnn_detector(detector_network).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


def test_sums_of_different_sizes_are_continued_with_zeros():
    graph = dlib_onnx._Graph("x", (1, 2, 2))
    window = {"rows": 2, "columns": 2, "stride_y": 2, "stride_x": 2, "padding_y": 0, "padding_x": 0}
    graph.run((Layer("wrapper"), Layer("avg_pool", window), Layer("add_prev")))
    source = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 1, 2, 2])
    result = onnx.helper.make_tensor_value_info(graph.value, onnx.TensorProto.FLOAT, [1, 1, 2, 2])
    session = Session(graph.model("sum", [], source, result, {}).SerializeToString())
    x = np.array([[[[1, 2], [3, 6]]]], np.float32)
    assert session.run(x)[0].tolist() == [[[[1 + 3, 2], [3, 6]]]]


def test_the_other_network_is_refused(encoder_network, detector_network):
    with pytest.raises(ModelError, match="not a face network"):
        dlib_onnx.face_encoder(detector_network)
    with pytest.raises(ModelError, match="not a face detector"):
        dlib_onnx.cnn_detector(encoder_network)


@pytest.mark.parametrize("missing", [0, 1, 4, -1])
def test_a_network_without_one_of_its_layers_is_refused(encoder_network, missing):
    layers = list(encoder_network.layers)
    del layers[missing]
    if missing == 1:  # without its normalisation a convolution still fits; without weights it does not
        layers[0] = replace(layers[0], values={**layers[0].values, "weight_shape": (1, 1, 1, 1)})
    with pytest.raises(ModelError):
        dlib_onnx.face_encoder(replace(encoder_network, layers=tuple(layers)))
