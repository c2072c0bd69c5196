"""One function for each kind of layer of OpenVINO's IR that facepipe reads: what it adds to an ONNX graph.

Every shape is computed here, for one picture. Layers that compute shapes (ShapeOf, Gather, Concat) are worked out here
and leave no node; in their numbers 0 stands for the batch, which is what 0 means at the first place of a Reshape. An
option that is not known, or has a value that is not, is an error: it might change what a layer does.
"""

import math
import re
from collections.abc import Callable

import numpy as np

from facepipe.errors import ModelError
from facepipe.models.openvino_graph import MAX_VALUES, Graph, Options, Tensor, Value
from facepipe.models.openvino_ir import MAX_DIMENSION, MAX_RANK, MAX_WEIGHTS_BYTES, Shape, integers, short

_MAX_WINDOW = 1 << 10
_TYPES = {"f16": "<f2", "f32": "<f4", "i32": "<i4", "i64": "<i8"}


def build(graph: Graph, kind: str, options: Options, sources: list[Value]) -> Value:
    """What a layer of this kind gives; ModelError when facepipe does not read such a layer."""
    if kind not in _KINDS:
        raise ModelError("layers of this kind are not read")
    function, inputs = _KINDS[kind]
    if not re.fullmatch(inputs, "".join(_letter(source) for source in sources)):
        raise ModelError("its inputs are not of the kinds that are read")
    value = function(graph, options, *sources)
    options.done()
    return value


def _letter(value: Value) -> str:
    """t: a tensor; w: constant weights; i: constant whole numbers."""
    if isinstance(value, Tensor):
        return "t"
    return "w" if value.dtype == np.float32 else "i"


def _parameter(graph: Graph, options: Options) -> Tensor:
    shape = integers(options.text("shape"), 1, MAX_DIMENSION)
    options.choice("element_type", "f16", "f32")
    if len(shape) < 2 or shape[0] != 1 or math.prod(shape) > MAX_VALUES:
        raise ModelError(f"an input of shape {shape}; the first number must be 1")
    return Tensor(options.name, shape)


def _const(graph: Graph, options: Options) -> np.ndarray:
    kind = np.dtype(_TYPES[options.choice("element_type", *_TYPES)])
    shape = integers(options.text("shape"), 1, MAX_DIMENSION)
    (start,), (size,) = (options.integers(key, 0, MAX_WEIGHTS_BYTES, count=1) for key in ("offset", "size"))
    if size != math.prod(shape) * kind.itemsize or start + size > len(graph.file):
        raise ModelError(f"{size} bytes at {start} of a file of {len(graph.file)} do not hold the shape {shape}")
    graph.spend(math.prod(shape))
    values = np.frombuffer(graph.file, kind, math.prod(shape), start).reshape(shape)
    if kind.kind == "i":
        return values.astype(np.int64)
    if not np.isfinite(values).all():
        raise ModelError("a weight is not a finite number")
    return values.astype(np.float32)


def _convert(graph: Graph, options: Options, value: Value) -> Value:
    """From half to single precision: constants are kept as float32, and so is everything else."""
    options.choice("destination_type", "f32")
    return value


def _convolution(graph: Graph, options: Options, value: Tensor, weights: np.ndarray, groups: int = 1) -> Tensor:
    if weights.ndim != 4 or len(value.shape) != 4 or value.shape[1] != groups * weights.shape[1]:
        raise ModelError(f"weights of shape {weights.shape} do not fit {value.shape}")
    options.choice("auto_pad", "explicit", default="explicit")
    options.integers("output_padding", 0, 0, default="0,0")
    window, (rows, columns) = _window(options, value.shape, weights.shape[2:], "floor")
    shape = 1, weights.shape[0], rows, columns
    return graph.add("Conv", shape, value.name, graph.weight(weights), group=groups, **window)


def _group_convolution(graph: Graph, options: Options, value: Tensor, weights: np.ndarray) -> Tensor:
    if weights.ndim != 5:
        raise ModelError(f"weights of shape {weights.shape}")
    return _convolution(graph, options, value, weights.reshape(-1, *weights.shape[2:]), weights.shape[0])


def _average_pool(graph: Graph, options: Options, value: Tensor) -> Tensor:
    rounding = options.choice("rounding_type", "floor", default="floor")
    padded = not options.flag("exclude-pad")
    return _pool(graph, options, value, "AveragePool", rounding, count_include_pad=int(padded))


def _max_pool(graph: Graph, options: Options, value: Tensor) -> Tensor:
    for key in ("axis", "index_element_type"):  # of a second output: where the largest values stood
        options.text(key, "")
    rounding = options.choice("rounding_type", "floor", "ceil", default="floor")
    return _pool(graph, options, value, "MaxPool", rounding)


def _pool(graph: Graph, options: Options, value: Tensor, op: str, rounding: str, **extra: int) -> Tensor:
    kernel = options.integers("kernel", 1, _MAX_WINDOW)
    options.choice("auto_pad", "explicit", default="explicit")
    window, (rows, columns) = _window(options, value.shape, kernel, rounding)
    if any(pad >= side for pad, side in zip(window["pads"], 2 * kernel, strict=True)):
        raise ModelError(f"padding {window['pads']} is as wide as the window {kernel}")
    shape = *value.shape[:2], rows, columns
    return graph.add(op, shape, value.name, **window, ceil_mode=int(rounding == "ceil"), **extra)


def _window(options: Options, shape: Shape, kernel: Shape, rounding: str) -> tuple[dict, Shape]:
    """The attributes of a sliding window, and how many windows fit, down and across."""
    if len(shape) != 4:
        raise ModelError(f"a window over {shape}")
    strides = options.integers("strides", 1, _MAX_WINDOW)
    before, after = (options.integers(key, 0, _MAX_WINDOW) for key in ("pads_begin", "pads_end"))
    dilations = options.integers("dilations", 1, _MAX_WINDOW, "1,1")
    axes = zip(shape[2:], kernel, strides, before, after, dilations, strict=True)
    counts = []
    for size, side, stride, first, last, dilation in axes:
        room = size + first + last - (side - 1) * dilation - 1
        count = (room // stride if rounding == "floor" else -(-room // stride)) + 1
        if room < 0 or (count - 1) * stride >= size + first:  # runtimes do not agree about windows beyond the end
            raise ModelError(f"a window of {side} with stride {stride} does not fit into {size}")
        counts.append(count)
    window = {"kernel_shape": kernel, "strides": strides, "pads": (*before, *after)}
    return (window if dilations == (1, 1) else {**window, "dilations": dilations}), tuple(counts)


def _elementwise(op: str) -> Callable[..., Tensor]:
    """Add, Multiply, Subtract, where a constant may have fewer dimensions or be stretched, and never has a batch."""

    def build(graph: Graph, options: Options, left: Value, right: Value) -> Tensor:
        options.choice("auto_broadcast", "numpy", default="numpy")
        try:
            shape = np.broadcast_shapes(left.shape, right.shape)
        except ValueError as error:
            raise ModelError(f"{left.shape} and {right.shape} do not fit together") from error
        ranks = {len(value.shape) for value in (left, right) if isinstance(value, Tensor)}
        if ranks != {len(shape)} or shape[0] != 1:
            raise ModelError(f"{left.shape} and {right.shape} would mix the pictures of a batch")
        names = (value.name if isinstance(value, Tensor) else graph.weight(value) for value in (left, right))
        return graph.add(op, shape, *names)

    return build


def _prelu(graph: Graph, options: Options, value: Tensor, slopes: np.ndarray) -> Tensor:
    """With one slope for all channels a LeakyRelu: the same to the bit, and ONNX Runtime keeps its layout (3.4x)."""
    if (slopes == slopes.flat[0]).all():
        return graph.add("LeakyRelu", value.shape, value.name, alpha=float(slopes.flat[0]))
    if len(value.shape) < 2 or slopes.shape != value.shape[1:2]:
        raise ModelError(f"slopes of shape {slopes.shape} for {value.shape}")
    slopes = slopes.reshape(-1, *[1] * (len(value.shape) - 2))
    return graph.add("PRelu", value.shape, value.name, graph.weight(slopes))


def _simple(op: str) -> Callable[..., Tensor]:
    return lambda graph, options, value: graph.add(op, value.shape, value.name)


def _reshape(graph: Graph, options: Options, value: Tensor, target: np.ndarray) -> Tensor:
    copies = options.flag("special_zero")
    sizes = _sizes(target)
    for place, size in enumerate(sizes):
        if size == 0 and copies and place < len(value.shape):
            sizes[place] = value.shape[place]
    total, known = math.prod(value.shape), math.prod(size for size in sizes if size != -1)
    if -1 in sizes and known > 0 and total % known == 0:
        sizes[sizes.index(-1)] = total // known
    if min(sizes, default=0) < 1 or math.prod(sizes) != total or sizes[0] != 1:
        raise ModelError(f"{value.shape} does not become {sizes}, picture by picture")
    return graph.add("Reshape", tuple(sizes), value.name, graph.weight(np.array([0, *sizes[1:]], np.int64)))


def _matmul(graph: Graph, options: Options, value: Tensor, weights: np.ndarray) -> Tensor:
    options.choice("transpose_a", "false", default="false")
    weights = weights.T if options.flag("transpose_b") else weights
    if weights.ndim != 2 or value.shape != (1, weights.shape[0]):
        raise ModelError(f"weights of shape {weights.shape} do not fit {value.shape}")
    return graph.add("MatMul", (1, weights.shape[1]), value.name, graph.weight(weights))


def _mvn(graph: Graph, options: Options, value: Tensor, axes: np.ndarray) -> Tensor:
    """Normalisation of every channel of every picture by its own mean and spread."""
    rank = len(value.shape)
    options.choice("normalize_variance", "true")
    options.choice("eps_mode", "inside_sqrt")
    try:
        eps = float(options.text("eps"))
    except ValueError:
        eps = 0.0
    if not 1e-12 <= eps < 1 or rank < 3 or _axes(axes, rank) != tuple(range(2, rank)):
        raise ModelError("it must normalise over all dimensions but the first two, with eps from 1e-12 to 1")
    scale, bias = (graph.weight(np.full(value.shape[1], number, np.float32)) for number in (1, 0))
    return graph.add("InstanceNormalization", value.shape, value.name, scale, bias, epsilon=eps)


def _reduce_mean(graph: Graph, options: Options, value: Tensor, axes: np.ndarray) -> Tensor:
    keep, over = options.flag("keep_dims"), _axes(axes, len(value.shape))
    sizes = (1 if axis in over else size for axis, size in enumerate(value.shape) if keep or axis not in over)
    return graph.add("ReduceMean", tuple(sizes), value.name, axes=over, keepdims=int(keep))


def _shape_of(graph: Graph, options: Options, value: Tensor) -> np.ndarray:
    options.choice("output_type", "i32", "i64", default="i64")
    return np.array([0, *value.shape[1:]], np.int64)


def _gather(graph: Graph, options: Options, value: Value, indices: np.ndarray, axis: np.ndarray) -> Value:
    """A choice of channels, or of the numbers of a shape."""
    options.choice("batch_dims", "0", default="0")
    if axis.size != 1:
        raise ModelError("it must choose along one dimension")
    if isinstance(value, Tensor):
        (along,) = _axes(axis, len(value.shape))
    else:
        value, along = np.array(_sizes(value), np.int64), int(axis.flat[0])
    if (
        not 0 <= along < len(value.shape)
        or indices.ndim > 1
        or not ((indices >= 0) & (indices < value.shape[along])).all()
    ):
        raise ModelError(f"it chooses what {value.shape} does not have")
    if isinstance(value, np.ndarray):
        return np.array(value[indices], np.int64)
    shape = (*value.shape[:along], *indices.shape, *value.shape[along + 1 :])
    return graph.add("Gather", shape, value.name, graph.weight(indices), axis=along)


def _concat(graph: Graph, options: Options, *parts: np.ndarray) -> np.ndarray:
    """Of the numbers of a shape."""
    options.choice("axis", "0")
    return np.array(_sizes(np.concatenate([_sizes(part) for part in parts])), np.int64)


def _sizes(numbers: np.ndarray) -> list[int]:
    """The numbers of a shape."""
    if numbers.ndim != 1 or numbers.size > MAX_RANK:
        raise ModelError(f"{numbers.size} numbers in {numbers.ndim} dimensions are not a shape")
    return numbers.tolist()


def _axes(numbers: np.ndarray, rank: int) -> tuple[int, ...]:
    """The dimensions that a layer works along, in order, counted from the first; the batch is never one of them."""
    axes = sorted(number + rank if number < 0 else number for number in numbers.reshape(-1).tolist())
    if not axes or len(set(axes)) < len(axes) or not 1 <= axes[0] <= axes[-1] < rank:
        raise ModelError(f"it works along {short(str(axes))} of {rank} dimensions, the first of which is the batch")
    return tuple(axes)


# The kinds of layers that are read, and their inputs: t depends on the picture; constants: w weights, i whole numbers.
_KINDS: dict[str, tuple[Callable[..., Value], str]] = {
    "Parameter": (_parameter, ""),
    "Const": (_const, ""),
    "Convert": (_convert, "t|w"),
    "Convolution": (_convolution, "tw"),
    "GroupConvolution": (_group_convolution, "tw"),
    "MatMul": (_matmul, "tw"),
    "Add": (_elementwise("Add"), "tt|tw|wt"),
    "Subtract": (_elementwise("Sub"), "tt|tw|wt"),
    "Multiply": (_elementwise("Mul"), "tt|tw|wt"),
    "PReLU": (_prelu, "tw"),
    "ReLU": (_simple("Relu"), "t"),
    "Sigmoid": (_simple("Sigmoid"), "t"),
    "AvgPool": (_average_pool, "t"),
    "MaxPool": (_max_pool, "t"),
    "ReduceMean": (_reduce_mean, "ti"),
    "MVN": (_mvn, "ti"),
    "Reshape": (_reshape, "ti"),
    "ShapeOf": (_shape_of, "t"),
    "Gather": (_gather, "tii|iii"),
    "Concat": (_concat, "i+"),
}
