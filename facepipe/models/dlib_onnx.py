"""ONNX graphs of dlib's two face networks, built from what `dlib_format` reads.

Batch normalisation and affine layers are folded into the convolution before them, in float64. The graphs use opset 13
and say in their metadata what a caller has to know beside them (pixel means, the detector's window and overlaps).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from facepipe.errors import ModelError
from facepipe.models.dlib_format import Layer, Network, read_network

OPSET = 13
IR_VERSION = 8
CHIP_SIZE = 150
PIXEL_SCALE = 256  # dlib divides by 256, not 255
_MAX_VALUES = 1 << 26  # in one activation of the face network; the real one needs 165,888

Shape = tuple[int, int, int]  # channels, rows, columns of the value that a layer works on; rows = 0: not known


def convert_face_encoder(source: Path) -> bytes:
    """The ONNX file of dlib's face network; see `face_encoder`. ModelError names a file that is another one."""
    return _convert(source, face_encoder)


def convert_cnn_detector(source: Path) -> bytes:
    """The ONNX file of dlib's CNN detector; see `cnn_detector`. ModelError names a file that is another one."""
    return _convert(source, cnn_detector)


def _convert(source: Path, build: Callable[[Network], onnx.ModelProto]) -> bytes:
    network = read_network(source)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number is refused where it would be stored
            return build(network).SerializeToString(deterministic=True)
    except ModelError as error:
        raise ModelError(f"{source} cannot be converted: {error}") from error


def face_encoder(network: Network) -> onnx.ModelProto:
    """The face network: input "chips", uint8 (n, 150, 150, 3) RGB; output "vectors", float32 (n, 128).

    The vectors are not normalised (norm about 1.4). ModelError when `network` is another one.
    """
    if (network.loss.kind, network.input.kind) != ("metric", "rgb_sized"):
        raise ModelError(f"not a face network: loss {network.loss.kind}, input {network.input.kind}")
    size = network.input.values["rows"], network.input.values["columns"]
    if size != (CHIP_SIZE, CHIP_SIZE):
        raise ModelError(f"not a face network: it takes pictures of {size[1]}x{size[0]}")
    graph = _Graph("pixels", (3, CHIP_SIZE, CHIP_SIZE))
    graph.normalise(network.input)
    graph.run(network.layers)
    if graph.shape != (128, 1, 1):
        raise ModelError(f"not a face network: it ends with {graph.shape[0]} numbers, not 128")
    graph.nodes.append(helper.make_node("Flatten", [graph.value], ["vectors"], axis=1))
    to_planes = [
        helper.make_node("Cast", ["chips"], ["chips_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["chips_float"], ["pixels"], perm=[0, 3, 1, 2]),
    ]
    chips = helper.make_tensor_value_info("chips", TensorProto.UINT8, ["n", CHIP_SIZE, CHIP_SIZE, 3])
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", 128])
    return graph.model("dlib_face_encoder", to_planes, chips, vectors, {})


def cnn_detector(network: Network) -> onnx.ModelProto:
    """The CNN face detector: input "tiles", float32 (1, 3, H, W); output "scores", float32 (1, 1, h, w).

    "tiles" is the tiled picture pyramid, normalised as (pixel - mean) / 256 with zeros in the gaps. Metadata:
    mean_rgb, scale, window_wh, nms_iou, nms_covered. ModelError when `network` is another one.
    """
    if (network.loss.kind, network.input.kind) != ("mmod", "rgb_pyramid"):
        raise ModelError(f"not a face detector: loss {network.loss.kind}, input {network.input.kind}")
    graph = _Graph("tiles", (3, 0, 0))
    graph.run(network.layers)
    if graph.shape[0] != 1:
        raise ModelError(f"not a face detector: it ends with {graph.shape[0]} score maps, not 1")
    graph.nodes.append(helper.make_node("Identity", [graph.value], ["scores"]))
    loss, means = network.loss.values, network.input.values
    metadata = {
        "mean_rgb": f"{means['red']!r},{means['green']!r},{means['blue']!r}",
        "scale": str(PIXEL_SCALE),
        "window_wh": f"{loss['window_width']},{loss['window_height']}",
        "nms_iou": repr(loss["nms_iou"]),
        "nms_covered": repr(loss["nms_covered"]),
    }
    tiles = helper.make_tensor_value_info("tiles", TensorProto.FLOAT, [1, 3, "H", "W"])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 1, "h", "w"])
    return graph.model("dlib_cnn_detector", [], tiles, scores, metadata)


@dataclass(slots=True)
class _Graph:
    """A graph that grows by one dlib layer at a time."""

    value: str  # the name of the last layer's output
    shape: Shape
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, op: str, shape: Shape, *inputs: str, **attributes) -> None:
        """Append a node on the current value (and `inputs`), which becomes the current value."""
        if math.prod(shape) > _MAX_VALUES or min(shape) < 0 or (shape[1] == 0) != (shape[2] == 0):
            raise ModelError(f"a layer of {shape} values does not belong to a face network")
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, [self.value, *inputs], [name], **attributes))
        self.value, self.shape = name, shape

    def constant(self, array: np.ndarray) -> str:
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelError("not all of its weights are numbers")
        name = f"weights_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def normalise(self, layer: Layer) -> None:
        means = np.array([layer.values[key] for key in ("red", "green", "blue")], np.float32).reshape(1, 3, 1, 1)
        self.add("Sub", self.shape, self.constant(means))
        self.add("Mul", self.shape, self.constant(np.float32(1 / PIXEL_SCALE)))

    def run(self, layers: tuple[Layer, ...]) -> None:
        """Append every layer. One wrapper is a tag; two in a row are a tag and a skip to the tag before it."""
        tags: list[tuple[str, Shape]] = []
        position = 0
        while position < len(layers):
            layer, following = layers[position], layers[position + 1 : position + 2]
            position += 1
            if layer.kind == "wrapper":
                tags.append((self.value, self.shape))
                if following and following[0].kind == "wrapper":
                    if len(tags) < 2:
                        raise ModelError("a skip to a place that the network does not have")
                    self.value, self.shape = tags.pop(-2)
                    position += 1
            elif layer.kind == "con":
                norm = following[0] if following and following[0].kind in ("affine", "bn") else None
                self.convolve(layer, norm)
                position += norm is not None
            elif layer.kind == "relu":
                self.add("Relu", self.shape)
            elif layer.kind in ("max_pool", "avg_pool"):
                self.pool(layer)
            elif layer.kind == "add_prev" and tags:
                self.add_tagged(*tags.pop())
            elif layer.kind == "fc":
                self.connect(layer)
            else:
                raise ModelError(f"a layer {layer.kind} stands where facepipe does not expect one")

    def convolve(self, layer: Layer, norm: Layer | None) -> None:
        values = layer.values
        count, kernel = values["filters"], (values["filters"], self.shape[0], values["rows"], values["columns"])
        params = values["params"].reshape(-1).astype(np.float64)
        if values["weight_shape"] != kernel or params.size != math.prod(kernel) + count or not params.size:
            raise ModelError(f"a convolution of shape {values['weight_shape']} does not fit {self.shape[0]} channels")
        weights, bias = params[:-count].reshape(kernel), params[-count:]
        if norm is not None:
            gain, offset = _gain_and_offset(norm, count)
            weights, bias = weights * gain[:, None, None, None], bias * gain + offset
        window = _window(values)
        self.add(
            "Conv",
            (count, *self.windows(values)),
            self.constant(weights.astype(np.float32)),
            self.constant(bias.astype(np.float32)),
            **window,
        )

    def pool(self, layer: Layer) -> None:
        values = layer.values
        if (values["rows"], values["columns"]) == (0, 0) and layer.kind == "avg_pool":
            self.add("GlobalAveragePool", (self.shape[0], 1, 1))
            return
        op = "MaxPool" if layer.kind == "max_pool" else "AveragePool"
        self.add(op, (self.shape[0], *self.windows(values)), **_window(values))

    def add_tagged(self, value: str, shape: Shape) -> None:
        """Sum with a tagged value; the smaller of the two is continued with zeros at its end, as dlib does."""
        if 0 in self.shape or 0 in shape:
            raise ModelError("a sum of values whose sizes are not fixed")
        largest = tuple(max(pair) for pair in zip(self.shape, shape, strict=True))
        self.pad(largest)
        mine, self.value, self.shape = self.value, value, shape
        self.pad(largest)
        self.add("Add", largest, mine)

    def pad(self, shape: Shape) -> None:
        if shape != self.shape:
            after = [new - old for new, old in zip(shape, self.shape, strict=True)]
            self.add("Pad", shape, self.constant(np.array([0, 0, 0, 0, 0, *after], np.int64)))

    def connect(self, layer: Layer) -> None:
        """A fully connected layer without bias, as a 1x1 convolution: its result does not depend on the batch."""
        values = layer.values
        shape, params = (values["inputs"], values["outputs"]), values["params"]
        if self.shape != (shape[0], 1, 1) or params.shape != (*shape, 1, 1):
            raise ModelError(f"a layer of {shape[0]} inputs does not fit {self.shape}")
        weights = params.reshape(shape).T[:, :, None, None]
        self.add("Conv", (shape[1], 1, 1), self.constant(weights), kernel_shape=[1, 1])

    def windows(self, values: dict) -> tuple[int, int]:
        """How many windows fit, down and across (0 where the picture's size is not known)."""
        counts = []
        for size, side, axis in ((self.shape[1], "rows", "y"), (self.shape[2], "columns", "x")):
            window, stride, padding = values[side], values[f"stride_{axis}"], values[f"padding_{axis}"]
            if not (0 < window < 100 and 0 < stride < 100 and padding < window):
                raise ModelError(f"a window of {window} with stride {stride} and padding {padding}")
            room = size + 2 * padding - window
            if size and room < 0:
                raise ModelError(f"a window of {window} does not fit into {size} pixels")
            counts.append(room // stride + 1 if size else 0)
        return counts[0], counts[1]

    def model(self, name: str, before: list, source, result, metadata: dict[str, str]) -> onnx.ModelProto:
        """The checked ONNX model."""
        graph = helper.make_graph([*before, *self.nodes], name, [source], [result], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="facepipe")
        model.ir_version = IR_VERSION
        helper.set_model_props(model, metadata)
        try:
            onnx.checker.check_model(model, full_check=True)
        except Exception as error:  # onnx has no common base class for what its checker and shape inference raise
            raise ModelError(f"{name} does not make a valid ONNX graph: {error}") from error
        return model


def _window(values: dict) -> dict[str, list[int]]:
    return {
        "kernel_shape": [values["rows"], values["columns"]],
        "strides": [values["stride_y"], values["stride_x"]],
        "pads": [values["padding_y"], values["padding_x"]] * 2,
    }


def _gain_and_offset(layer: Layer, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Factor and summand a channel, float64 (count,), of an affine layer or of batch normalisation at test time."""
    values = layer.values
    params = values["params"].reshape(-1).astype(np.float64)
    if params.size != 2 * count:
        raise ModelError(f"{params.size} parameters do not normalise {count} channels")
    gamma, beta = params[:count], params[count:]
    if layer.kind == "affine":
        return gamma, beta
    means = values["running_means"].reshape(-1).astype(np.float64)
    variances = values["running_variances"].reshape(-1).astype(np.float64)
    if not means.size == variances.size == count or (variances + values["eps"] <= 0).any():
        raise ModelError(f"running statistics that do not normalise {count} channels")
    gain = gamma / np.sqrt(variances + values["eps"])
    return gain, beta - means * gain
