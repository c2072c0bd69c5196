"""ResNet-18 cut at conv3_x, on a network of the same form as the official file."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.clothing.imagenet import RESNET18
from facepipe.faces.detectors.cnn import DLIB_CNN
from facepipe.models import locate
from facepipe.models.cut import cut_resnet18
from facepipe.models.hashing import record_path
from facepipe.models.locate import find
from facepipe.models.pull import install
from facepipe.models.runtime import Session


def resnet18(rng=None) -> bytes:
    """torchvision's ResNet-18 as ONNX, opset 18, random weights, fixed batch of one, and `middle` = end of layer2."""
    rng = rng or np.random.default_rng(0)
    nodes, weights = [], []

    def conv(source, name, inputs, outputs, size, stride, relu=True):
        scale = 1 / np.sqrt(inputs * size * size)
        kernel = (rng.standard_normal((outputs, inputs, size, size)) * scale).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"{name}.weight"))
        weights.append(numpy_helper.from_array(rng.standard_normal(outputs).astype(np.float32), f"{name}.bias"))
        names = [source, f"{name}.weight", f"{name}.bias"]
        options = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [size // 2] * 4}
        nodes.append(helper.make_node("Conv", names, [name], **options))
        if relu:
            nodes.append(helper.make_node("Relu", [name], [f"{name}.relu"]))
        return f"{name}.relu" if relu else name

    value = conv("x", "conv1", 3, 64, 7, 2)
    nodes.append(helper.make_node("MaxPool", [value], ["pool"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4))
    value, channels = "pool", 64
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for block in (0, 1):
            stride = 2 if stage > 1 and block == 0 else 1
            name = f"layer{stage}.{block}"
            inner = conv(value, f"{name}.conv1", channels, width, 3, stride)
            inner = conv(inner, f"{name}.conv2", width, width, 3, 1, relu=False)
            skip = conv(value, f"{name}.down", channels, width, 1, stride, relu=False) if stride == 2 else value
            nodes.append(helper.make_node("Add", [inner, skip], [f"{name}.sum"]))
            value, channels = f"{name}.out", width
            nodes.append(helper.make_node("Relu", [f"{name}.sum"], [value]))
    nodes.append(helper.make_node("GlobalAveragePool", [value], ["average"]))
    nodes.append(helper.make_node("Flatten", ["average"], ["flat"]))
    weights.append(numpy_helper.from_array(rng.standard_normal((1000, 512)).astype(np.float32), "fc.weight"))
    nodes.append(helper.make_node("Gemm", ["flat", "fc.weight"], ["class_logits"], transB=1))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 224, 224])
    results = [helper.make_tensor_value_info("class_logits", TensorProto.FLOAT, [1, 1000])]
    results.append(helper.make_tensor_value_info("layer2.1.out", TensorProto.FLOAT, None))
    graph = helper.make_graph(nodes, "resnet18", [x], results, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 8
    return model.SerializeToString()


@pytest.fixture(scope="module")
def whole():
    return resnet18()


def test_the_cut_equals_the_whole_networks_middle(whole):
    cut = cut_resnet18(whole)
    assert 2_600_000 < len(cut) < 2_900_000
    session = Session(cut)
    assert (session.inputs, session.outputs) == ({"x": ("n", 3, "h", "w")}, {"vectors": ("n", 128)})
    picture = np.random.default_rng(1).standard_normal((1, 3, 224, 224)).astype(np.float32)
    middle = Session(whole).run(picture)[1]
    np.testing.assert_allclose(session.run(picture)[0], middle.mean(axis=(2, 3)), rtol=1e-4, atol=1e-5)
    assert session.run(np.zeros((3, 3, 96, 96), np.float32))[0].shape == (3, 128)
    assert cut_resnet18(whole) == cut


@pytest.mark.parametrize("damage", ["empty", "text", "half", "other"])
def test_another_network_is_refused(whole, damage):
    other = models.find(DLIB_CNN).read_bytes()
    data = {"empty": b"", "text": b"no network", "half": whole[: len(whole) // 2], "other": other}[damage]
    with pytest.raises(ModelError, match="not a ResNet-18") as caught:
        cut_resnet18(data)
    assert "\n" not in str(caught.value)


def test_pulled_cut_recorded_and_found(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(locate.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.delenv(locate.FOLDER_VARIABLE, raising=False)
    model = replace(RESNET18, arrives_size=len(whole), arrives_sha256=hashlib.sha256(whole).hexdigest())
    hand = tmp_path / "hand"
    hand.mkdir()
    (hand / "resnet18_Opset18.onnx").write_bytes(whole)
    path = install(model, tmp_path / "models", find_links=hand)
    assert find(model, tmp_path / "models") == path
    assert {p.name for p in path.parent.iterdir()} == {path.name, record_path(path).name}
    assert models.session(path).outputs == {"vectors": ("n", 128)}

    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match="facepipe models pull resnet18-imagenet"):
        find(model, tmp_path / "models")
    install(model, tmp_path / "models", find_links=hand)  # a damaged file is replaced by a right one
    assert find(model, tmp_path / "models") == path


def test_a_file_that_is_not_the_official_one_is_not_cut(whole, tmp_path):
    (tmp_path / "resnet18_Opset18.onnx").write_bytes(whole)
    with pytest.raises(ModelError, match=r"not the expected file.*by hand: download https://"):
        install(RESNET18, tmp_path / "models", find_links=tmp_path)
    assert not (tmp_path / "models").exists()
