"""A face network of the user's own: what it is given, what it must give, and that its vectors stay among themselves."""

import numpy as np
import pytest
from own_network import write_network

from facepipe.errors import ModelError, UsageError
from facepipe.faces.encoders.file import TEMPLATE_SIDE, TEMPLATE_XY, EncoderFile
from facepipe.settings import Settings
from facepipe.space_file import space_text


@pytest.fixture
def network(tmp_path):
    return write_network(tmp_path / "own.onnx")


def test_a_file_in_place_of_a_name(network):
    named = Settings.of(encoder=str(network)).encoding.encoder
    assert named == EncoderFile(encoder_file=str(network))
    assert named.user_files() == (network,)
    with pytest.raises(UsageError, match=r"no network at nowhere\.onnx: name an \.onnx file"):
        Settings.of(encoder="nowhere.onnx").encoding.encoder.open()
    assert named.resolved(None, None).encoder_file == str(network.resolve())


def test_a_chip_has_the_eyes_and_the_nose_where_arcface_has_them(network):
    image = np.zeros((300, 300, 3), np.uint8)
    points = TEMPLATE_XY * 1.5 + (40, 30)
    for x, y in points.round().astype(int):
        image[y - 2 : y + 3, x - 2 : x + 3] = 255
    chip = EncoderFile(encoder_file=str(network)).chip(image, points)
    assert chip.shape == (TEMPLATE_SIDE, TEMPLATE_SIDE, 3)
    assert all(chip[y, x].min() > 128 for x, y in TEMPLATE_XY.round().astype(int))
    assert (chip > 128).mean() < 0.02


@pytest.mark.parametrize("planes", [True, False])
def test_what_the_network_is_given(tmp_path, planes):
    path = write_network(tmp_path / "own.onnx", 64, planes=planes)
    chip = np.zeros((1, 64, 64, 3), np.uint8)
    chip[:] = (10, 60, 255)

    def colours(**options):
        return EncoderFile(encoder_file=str(path), **options).open().outputs(chip)[0].reshape(3, -1).mean(1)

    assert colours() == pytest.approx([(10 - 127.5) / 127.5, (60 - 127.5) / 127.5, 1.0])
    assert colours(encoder_mean=0.0, encoder_scale=1.0, encoder_bgr=True) == pytest.approx([255, 60, 10])
    vector = EncoderFile(encoder_file=str(path)).open().encode(chip)[0]
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_what_is_calibrated_counts_for_this_network_and_these_options(network, tmp_path):
    plain = EncoderFile(encoder_file=str(network))
    assert plain.space.dimensions == 3 * 14 * 14 and not plain.space.likeness.keeps_length
    assert "not calibrated" in plain.title
    found = EncoderFile(encoder_file=str(network)).space
    plain.space_path.write_text(space_text(found).replace('"gallery_threshold": 0.9', '"gallery_threshold": 0.7'))
    assert plain.space.gallery_threshold == 0.7 and plain.title == "own.onnx"
    assert plain.user_files() == (network, plain.space_path)
    with pytest.raises(ModelError, match="with other options: run facepipe calibrate again"):
        _ = EncoderFile(encoder_file=str(network), encoder_bgr=True).space
    plain.space_path.write_text("{}")
    with pytest.raises(ModelError, match=r"own\.space\.json is not what facepipe calibrate writes"):
        _ = plain.space


def test_networks_and_their_options_have_spaces_of_their_own(tmp_path):
    one, other = write_network(tmp_path / "a.onnx"), write_network(tmp_path / "b.onnx", 64)
    options = ({}, {"encoder_bgr": True}, {"encoder_mean": 0.0}, {"encoder_scale": 128.0})
    names = {EncoderFile(encoder_file=str(path), **values).space.name for path in (one, other) for values in options}
    assert len(names) == 8


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: data[: len(data) // 2], "is not an ONNX model that can be run"),
        (lambda data: b"", "is not an ONNX model that can be run"),
    ],
)
def test_a_damaged_network_is_refused(network, change, complaint):
    network.write_bytes(change(network.read_bytes()))
    with pytest.raises(ModelError, match=complaint):
        _ = EncoderFile(encoder_file=str(network)).space


def test_a_network_of_something_else_is_refused(tmp_path, shared_models):
    path = shared_models / "face_detection_yunet_2023mar.onnx"
    with pytest.raises(ModelError, match=r"gives cls_8, .*, not one vector: no network of faces"):
        _ = EncoderFile(encoder_file=str(path)).space
