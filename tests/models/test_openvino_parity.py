"""The real networks, rebuilt as ONNX, against OpenVINO itself."""

import numpy as np
import pytest

from facepipe.models.openvino_onnx import convert
from facepipe.models.runtime import Session

# file -> input, largest difference (of unit vectors, or of degrees)
NETWORKS = {
    "face-reidentification-retail-0095": ((3, 128, 128), 1e-5),
    "person-reidentification-retail-0287": ((3, 256, 128), 1e-5),
    "head-pose-estimation-adas-0001": ((3, 60, 60), 1e-3),
}


def pictures(shape: tuple[int, int, int]) -> np.ndarray:
    """Eight pictures, float32, 0..255, from soft to noisy.

    None is of one colour: a network that normalises each picture by its own spread enlarges rounding errors there.
    """
    rng = np.random.default_rng(5)
    colour = rng.uniform(40, 220, (8, 3, 1, 1))
    soft = np.cumsum(rng.normal(0, 2, (8, *shape)), axis=-1) + np.cumsum(rng.normal(0, 2, (8, *shape)), axis=-2)
    noise = rng.normal(0, 1, (8, *shape)) * np.array([0, 0, 0, 2, 5, 10, 30, 80]).reshape(8, 1, 1, 1)
    return np.clip(colour + soft + noise, 0, 255).round().astype(np.float32)


def read(folder, name):
    return convert(folder / f"{name}.xml", folder / f"{name}.bin")


@pytest.mark.parametrize("name", NETWORKS)
def test_equal_to_openvino(shared_models, name):
    openvino = pytest.importorskip("openvino", reason="needs pip install facepipe[parity]")
    shape, tolerance = NETWORKS[name]
    core = openvino.Core()
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}  # without the first it may compute in bf16
    reference = core.compile_model(core.read_model(shared_models / f"{name}.xml"), "CPU", hints)
    session = Session(read(shared_models, name))
    for picture in pictures(shape):
        expected = reference(picture[None])
        for index, found in enumerate(session.run(picture[None])):
            pair = [np.asarray(value, np.float64).reshape(-1) for value in (found, expected[index])]
            if pair[0].size > 1:
                pair = [vector / np.linalg.norm(vector) for vector in pair]
            assert np.abs(pair[0] - pair[1]).max() <= tolerance


@pytest.mark.parametrize("name", NETWORKS)
def test_the_batch_is_free_and_changes_no_bit(shared_models, name):
    batch = pictures(NETWORKS[name][0])[:4]
    data = read(shared_models, name)
    assert data == read(shared_models, name)
    session = Session(data)
    alone = [session.run(picture[None]) for picture in batch]
    for index, found in enumerate(session.run(batch)):
        assert [row.tobytes() for row in found] == [one[index].tobytes() for one in alone]
