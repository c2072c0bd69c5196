"""Every kind of layer of OpenVINO's IR that facepipe reads, in a tiny network, beside the same thing in numpy."""

from functools import partial

import numpy as np
from ir_files import Ir

RNG = np.random.default_rng(0)
PICTURES = RNG.normal(0, 2, (3, 4, 6, 5)).astype(np.float32)
WINDOW = {"strides": "1, 1", "pads_begin": "0, 0", "pads_end": "0, 0"}


def windows(x, kernel, stride=(1, 1), before=(0, 0), after=(0, 0), dilation=(1, 1), fill=0.0):
    """The windows of one picture (1, c, h, w): (c, rows, columns, kernel height, kernel width)."""
    x = np.pad(x[0], ((0, 0), *zip(before, after, strict=True)), constant_values=fill)
    spans = [(side - 1) * step + 1 for side, step in zip(kernel, dilation, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(x, spans, (1, 2))
    return views[:, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def convolve(x, weights, **options):
    return np.einsum("crsyx,kcyx->krs", windows(x, weights.shape[2:], **options), weights)[None]


def average(x, kernel, counted, **options):
    total, ones = (windows(v, kernel, **options).sum((3, 4)) for v in (x, np.ones_like(x)))
    return (total / (np.prod(kernel) if counted else ones))[None]


def normalise(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


W = RNG.normal(0, 1, (6, 4, 3, 2)).astype(np.float32)
GROUPED = RNG.normal(0, 1, (2, 3, 2, 3, 3)).astype(np.float16).astype(np.float32)
ROW = RNG.normal(0, 1, (1, 4, 1, 1)).astype(np.float32)
SLOPES = np.array([0.25, -2.3, 1.5, 0.0], np.float32)
DENSE = RNG.normal(0, 1, (120, 3)).astype(np.float32)
MVN = {"eps": "9.9999997473787516e-06", "normalize_variance": "true", "eps_mode": "INSIDE_SQRT"}


def convolution(ir):
    options = {"strides": "2, 1", "pads_begin": "1, 0", "pads_end": "2,1", "dilations": "2, 1", "auto_pad": "explicit"}
    return ir.layer("Convolution", ir.picture, ir.const(W), shape=(1, 6, 3, 5), options=options)


def group_convolution(ir):
    options = {**WINDOW, "dilations": "1, 1"}
    return ir.layer("GroupConvolution", ir.picture, ir.const(GROUPED, "f16"), shape=(1, 6, 4, 3), options=options)


def grouped(x):
    return np.concatenate([convolve(x[:, :2], GROUPED[0]), convolve(x[:, 2:], GROUPED[1])], 1)


def same(kind, *more, **options):
    """A layer whose result has its input's shape; more: its other inputs, or "x" for the picture."""

    def build(ir):
        order = [ir.picture if isinstance(value, str) else ir.const(value) for value in more]
        return ir.layer(kind, *(order if "x" in [v for v in more if isinstance(v, str)] else [ir.picture, *order]),
                        shape=(1, 4, 6, 5), options=options)  # fmt: skip

    return build


def pool(kind, shape, **options):
    return lambda ir: ir.layer(kind, ir.picture, shape=shape, options={**WINDOW, **options})


def max_pool_with_places(ir):
    options = {
        **WINDOW,
        "kernel": "3, 2",
        "strides": "2, 2",
        "pads_begin": "1, 0",
        "index_element_type": "i64",
        "axis": "0",
    }
    extra = '<port id="2" precision="I64"><dim>9</dim></port>'
    return ir.layer("MaxPool", ir.picture, shape=(1, 4, 3, 2), options=options, extra=extra)


def reduce_mean(axes, shape, keep):
    return lambda ir: ir.layer(
        "ReduceMean", ir.picture, ir.const(axes, "i64"), shape=shape, options={"keep_dims": keep}
    )


def reshape(ir, source, target, shape):
    target = target if isinstance(target, tuple) else ir.const(target, "i64")
    return ir.layer("Reshape", source, target, shape=shape, options={"special_zero": "true"})


def dense(ir, weights=DENSE, transpose="false"):
    flat = reshape(ir, ir.picture, [0, -1], (1, 120))
    options = {"transpose_a": "false", "transpose_b": transpose}
    return ir.layer("MatMul", flat, ir.const(weights), shape=(1, 3), options=options)


def group_normalisation(ir):
    """As an exporter writes it: to groups, normalised, and back to what ShapeOf says."""
    groups = reshape(ir, ir.picture, [0, 2, -1], (1, 2, 60))
    shape = ir.layer("ShapeOf", ir.picture, shape=(4,), options={"output_type": "i64"})
    ready = ir.layer("MVN", groups, ir.const([-1], "i64"), shape=(1, 2, 60), options=MVN)
    return reshape(ir, ready, shape, (1, 4, 6, 5))


def shape_in_pieces(ir):
    shape = ir.layer("ShapeOf", ir.picture, shape=(4,), options={"output_type": "i64"})
    batch = ir.layer("Gather", shape, ir.const([0], "i64"), ir.const(0, "i64"), shape=(1,), options={"batch_dims": 0})
    parts = batch, ir.const([-1], "i64"), ir.const([5], "i64")
    target = ir.layer("Concat", *parts, shape=(3,), options={"axis": "0"})
    return reshape(ir, ir.picture, target, (1, 24, 5))


def channels(ir):
    order = ir.const([2, 1, 0], "i32"), ir.const([1], "i32")
    return ir.layer("Gather", ir.picture, *order, shape=(1, 3, 6, 5), options={"batch_dims": "0"})


# name -> (the layer, its result for one picture in numpy, the nodes that it becomes)
LAYERS = {
    "convolution": (
        convolution,
        partial(convolve, weights=W, stride=(2, 1), before=(1, 0), after=(2, 1), dilation=(2, 1)),
        ["Conv"],
    ),
    "convolution by groups": (group_convolution, grouped, ["Conv"]),
    "add constant": (same("Add", ROW, auto_broadcast="numpy"), lambda x: x + ROW, ["Add"]),
    "add scalar": (same("Add", np.float32(1.5)), lambda x: x + 1.5, ["Add"]),
    "add itself": (same("Add", "x", "x"), lambda x: x + x, ["Add"]),
    "multiply": (same("Multiply", ROW[0]), lambda x: x * ROW, ["Mul"]),
    "subtract": (same("Subtract", ROW), lambda x: x - ROW, ["Sub"]),
    "subtract from constant": (same("Subtract", ROW, "x"), lambda x: ROW - x, ["Sub"]),
    "one slope": (same("PReLU", SLOPES[1:2]), lambda x: np.where(x < 0, x * SLOPES[1], x), ["LeakyRelu"]),
    "equal slopes": (same("PReLU", [0.5] * 4), lambda x: np.where(x < 0, x / 2, x), ["LeakyRelu"]),
    "slopes": (same("PReLU", SLOPES), lambda x: np.where(x < 0, x * SLOPES[:, None, None], x), ["PRelu"]),
    "relu": (same("ReLU"), lambda x: np.maximum(x, 0), ["Relu"]),
    "sigmoid": (same("Sigmoid"), lambda x: 1 / (1 + np.exp(-x)), ["Sigmoid"]),
    "average, border left out": (
        pool(
            "AvgPool", (1, 4, 3, 3), kernel="3, 3", strides="2,2", pads_begin="1,1", pads_end="1,1", exclude_pad="true"
        ),
        partial(average, kernel=(3, 3), counted=False, stride=(2, 2), before=(1, 1), after=(1, 1)),
        ["AveragePool"],
    ),
    "average, border counted": (
        pool(
            "AvgPool", (1, 4, 3, 3), kernel="3, 3", strides="2,2", pads_begin="1,1", pads_end="1,1", exclude_pad="false"
        ),
        partial(average, kernel=(3, 3), counted=True, stride=(2, 2), before=(1, 1), after=(1, 1)),
        ["AveragePool"],
    ),
    "largest": (
        max_pool_with_places,
        lambda x: windows(x, (3, 2), (2, 2), (1, 0), fill=-np.inf).max((3, 4))[None],
        ["MaxPool"],
    ),
    "largest, up to the end": (
        pool("MaxPool", (1, 4, 3, 2), kernel="3,3", strides="2,2", rounding_type="ceil"),
        lambda x: windows(x, (3, 3), (2, 2), after=(1, 0), fill=-np.inf).max((3, 4))[None],
        ["MaxPool"],
    ),
    "mean": (reduce_mean([2, 3], (1, 4, 1, 1), "true"), lambda x: x.mean((2, 3), keepdims=True), ["ReduceMean"]),
    "mean of channels": (reduce_mean([1], (1, 6, 5), "false"), lambda x: x.mean(1), ["ReduceMean"]),
    "normalised": (
        lambda ir: ir.layer("MVN", ir.picture, ir.const([2, 3], "i64"), shape=(1, 4, 6, 5), options=MVN),
        partial(normalise, axes=(2, 3)),
        ["InstanceNormalization"],
    ),
    "normalised by groups": (
        group_normalisation,
        lambda x: normalise(x.reshape(1, 2, 60), 2).reshape(x.shape),
        ["Reshape", "InstanceNormalization", "Reshape"],
    ),
    "reshaped from pieces": (shape_in_pieces, lambda x: x.reshape(1, 24, 5), ["Reshape"]),
    "reshaped with -1 first": (
        lambda ir: reshape(ir, ir.picture, [-1, 120], (1, 120)),
        lambda x: x.reshape(1, 120),
        ["Reshape"],
    ),
    "connected": (dense, lambda x: x.reshape(1, 120) @ DENSE, ["Reshape", "MatMul"]),
    "connected, transposed": (
        partial(dense, weights=DENSE.T, transpose="True"),
        lambda x: x.reshape(1, 120) @ DENSE,
        ["Reshape", "MatMul"],
    ),
    "channels": (channels, lambda x: x[:, [2, 1, 0]], ["Gather"]),
}


def everything() -> Ir:
    """A network with every kind of layer."""
    ir = Ir()
    for build, _, _ in LAYERS.values():
        ir.result(build(ir))
    return ir
