"""The reader of dlib's files: what it reads, and that nothing it is given can hurt it."""

import random
import tracemalloc

import numpy as np
import pytest

from facepipe import models
from facepipe.errors import ModelError
from facepipe.faces.detectors.cnn import DLIB_CNN_DAT
from facepipe.faces.encoders.dlib_onnx import DLIB_ENCODER_DAT
from facepipe.models import dlib_onnx
from facepipe.models.dlib_format import MAX_FILE_BYTES, parse_network, read_network


@pytest.fixture(scope="module")
def detector_bytes():
    return models.find(DLIB_CNN_DAT).read_bytes()


@pytest.fixture(scope="module")
def encoder_bytes():
    return models.find(DLIB_ENCODER_DAT).read_bytes()


def integer(value: int) -> bytes:
    body = abs(value).to_bytes(max(1, (abs(value).bit_length() + 7) // 8), "little")
    return bytes([len(body) | (0x80 if value < 0 else 0)]) + body


def text(value: str) -> bytes:
    return integer(len(value)) + value.encode()


def number(mantissa: int, exponent: int) -> bytes:
    return integer(mantissa) + integer(exponent)


EMPTY_TENSOR = b"".join(map(integer, (2, 0, 0, 0, 0)))
HEAD = integer(1) + text("loss_metric_2") + number(5, -3) + number(-3, 1)
INPUT = text("input_rgb_image_sized") + number(1, 0) * 3 + integer(150) + integer(150)
RELU = text("relu_") + b"110" + EMPTY_TENSOR * 3


def test_reads_the_face_network(encoder_bytes):
    network = parse_network(encoder_bytes)
    kinds = [layer.kind for layer in network.layers]
    assert (network.loss.kind, network.input.kind) == ("metric", "rgb_sized")
    assert (kinds.count("con"), kinds.count("affine"), kinds.count("add_prev"), kinds.count("fc")) == (29, 29, 14, 1)
    assert network.input.values["rows"] == network.input.values["columns"] == 150
    means = [network.input.values[key] for key in ("red", "green", "blue")]
    assert means == pytest.approx([122.782, 117.001, 104.298], abs=1e-3)
    first = network.layers[0].values
    assert (first["rows"], first["stride_y"], first["padding_y"], first["weight_shape"]) == (7, 2, 0, (32, 3, 7, 7))
    assert first["params"].dtype == np.float32 and first["params"].size == 32 * 3 * 49 + 32
    assert not first["params"].flags.writeable


def test_reads_the_detector(detector_bytes):
    network = parse_network(detector_bytes)
    kinds = [layer.kind for layer in network.layers]
    assert kinds == ["con", "bn", "relu"] * 6 + ["con"]
    assert [layer.values["filters"] for layer in network.layers if layer.kind == "con"] == [16, 32, 32, 45, 45, 45, 1]
    assert network.layers[1].values["eps"] == pytest.approx(1e-4)
    assert (network.loss.values["window_width"], network.loss.values["window_height"]) == (80, 80)
    assert network.loss.values["nms_iou"] == pytest.approx(0.338276, abs=1e-6)


def test_numbers_keep_sign_and_exponent():
    network = parse_network(HEAD + integer(2) + integer(3) + INPUT + RELU + integer(1) + RELU)
    assert network.loss.values == {"margin": 0.625, "distance": -6.0}
    assert [layer.kind for layer in network.layers] == ["relu", "relu"]


def test_every_truncation_is_refused(detector_bytes):
    rng = random.Random(1)
    cuts = [*range(0, 400), *rng.sample(range(len(detector_bytes)), 200), len(detector_bytes) - 1]
    for cut in cuts:
        with pytest.raises(ValueError, match="at byte"):
            parse_network(detector_bytes[:cut])


def test_truncations_of_the_large_network_are_refused(encoder_bytes):
    for share in (0.0, 1e-6, 1e-5, 0.1, 0.5, 0.999, 0.9999999):
        with pytest.raises(ValueError, match="at byte"):
            parse_network(encoder_bytes[: int(share * len(encoder_bytes))])


def test_flipped_bytes_are_read_or_refused_and_cost_no_memory(detector_bytes):
    rng = random.Random(2)
    dense = [*range(0, 160, 2), *range(5080, 5130)]  # the head and the first layer's end, where structure is dense
    outcomes = []
    for place in [*dense, *rng.sample(range(len(detector_bytes)), 40)]:
        damaged = bytearray(detector_bytes)
        damaged[place] ^= 1 << rng.randrange(8)
        tracemalloc.start()
        try:
            network = parse_network(bytes(damaged))
            outcomes.append("read")
        except ValueError:
            network = None
            outcomes.append("refused")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * len(detector_bytes)
        if network is not None and place in dense[::7]:
            try:
                dlib_onnx.cnn_detector(network)
            except ModelError:
                outcomes.append("no detector")
    assert {"refused", "read"} <= set(outcomes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\xff" * 1000,
        b"PK\x03\x04" + bytes(100),
        integer(1) + text("loss_metric_9"),
        integer(1) + integer(2**63) + b"x",
        HEAD + integer(1) * 5000,
        HEAD + integer(3) + INPUT + RELU + integer(1) + b"more",
        HEAD + integer(3) + INPUT + text("relu_") + b"1x0",
        integer(1) + text("loss_metric_2") + number(1, 2**40),
        HEAD + integer(3) + INPUT + text("con_4") + b"".join(map(integer, (2, 2**31, 2**31, 2**31, 2**31))),
        HEAD + integer(3) + INPUT + text("con_4") + b"".join(map(integer, (2, 10**6, 10**3, 1, 1))) + bytes(64),
        HEAD + integer(3) + INPUT + text("con_4") + b"".join(map(integer, (2, -1, 4, 1, 1))) + bytes(64),
        HEAD + integer(3) + INPUT + text("con_4") + b"".join(map(integer, (2, 1, 1, 1, 1))) + b"\x00\x00\xc0\x7f",
    ],
)
def test_foreign_and_hostile_files_are_refused_cheaply(tmp_path, data):
    path = tmp_path / "hostile.dat"
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"hostile\.dat") as caught:
        read_network(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.dat"
    with path.open("wb") as handle:
        handle.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(ModelError, match="too large"):
        read_network(path)


def test_a_missing_file_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"gone\.dat"):
        read_network(tmp_path / "gone.dat")
