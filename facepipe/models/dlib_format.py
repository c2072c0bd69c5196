"""Reader of the files that dlib's `serialize` writes for its neural networks.

What the stream holds (facts from dlib's serialize.h, dnn/core.h, dnn/layers.h, dnn/input.h, dnn/loss.h):

- int: one control byte (low 4 bits = number of bytes that follow, 0x80 = negative), then the magnitude, little-endian.
- float: mantissa int, exponent int; value = mantissa * 2 ** exponent.  bool: the character "1" or "0".
- string: int length, then the bytes.  tensor: version 2, four dims as ints, then raw little-endian float32.
- network: version 1, the loss layer, then one version number a nested layer, outermost first (2: a layer with
  parameters of its own; 1: a tag or a skip to a tag; 3: the innermost layer), the input layer, and after it what
  belongs to each layer, innermost first. A layer is its details, three bools and three scratch tensors.

Nothing in a file is trusted: every length is compared with the bytes that are left before anything is read, so a
hostile file costs at most a copy of its own size.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.errors import ModelError

MAX_FILE_BYTES = 256 << 20  # the largest dlib network in common use is 22 MB
MAX_NESTING = 1000
MAX_NAME = 64
_LAYER, _WRAPPER, _INNERMOST = 2, 1, 3


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `kind` is dlib's tag without its version ("con", "affine", ...), `values` its parameters.

    "wrapper" stands for a tag or a skip, which the stream does not tell apart. Tensors are float32, read-only.
    """

    kind: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Network:
    """A whole file: the loss layer (what the output means), the input layer, and the layers, innermost first."""

    loss: Layer
    input: Layer
    layers: tuple[Layer, ...]


def read_network(path: Path) -> Network:
    """Read a dlib network file. ModelError names the file when it is truncated, foreign or damaged."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ModelError(f"{path} is not a dlib network that facepipe reads: {size} bytes is too large")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        return parse_network(data)
    except _FormatError as error:
        raise ModelError(f"{path} is damaged or not a dlib network that facepipe reads: {error}") from error


def parse_network(data: bytes) -> Network:
    """The network in `data`; raises a ValueError that says where the data stops making sense."""
    stream = _Stream(data)
    stream.version(1)
    loss = stream.tagged(_LOSSES)
    nesting = []
    while not nesting or nesting[-1] != _INNERMOST:
        nesting.append(stream.version(_WRAPPER, _LAYER, _INNERMOST))
        if len(nesting) > MAX_NESTING:
            stream.fail(f"more than {MAX_NESTING} nested layers")
    input_layer = stream.tagged(_INPUTS)
    layers = []
    for version in reversed(nesting):
        if version == _WRAPPER:
            layers.append(Layer("wrapper"))
            continue
        layers.append(stream.tagged(_LAYERS))
        for _ in range(3):
            stream.boolean()
        for _ in range(3):
            stream.tensor()
        if version == _INNERMOST:
            stream.size()  # pictures that the input layer makes of one
    if stream.left:
        stream.fail(f"{stream.left} bytes after the end")
    return Network(loss, input_layer, tuple(layers))


class _FormatError(ValueError):
    """The bytes are not what the format asks for."""


class _Stream:
    """A position in the bytes of a file, and the format's primitive types."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def fail(self, reason: str) -> None:
        raise _FormatError(f"{reason} (at byte {self._at})")

    def take(self, count: int) -> memoryview:
        if not 0 <= count <= self.left:
            self.fail(f"{count} bytes expected, {self.left} left")
        self._at += count
        return self._data[self._at - count : self._at]

    def integer(self) -> int:
        control = self.take(1)[0]
        count = control & 0x0F
        if control & 0x70 or not 1 <= count <= 8:
            self.fail(f"control byte {control:#04x} does not begin an integer")
        value = int.from_bytes(self.take(count), "little")
        return -value if control & 0x80 else value

    def size(self) -> int:
        """An integer that counts something."""
        value = self.integer()
        if value < 0:
            self.fail(f"negative size {value}")
        return value

    def number(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError:
            self.fail(f"{mantissa} * 2 ** {exponent} is out of range")

    def boolean(self) -> bool:
        value = bytes(self.take(1))
        if value not in (b"0", b"1"):
            self.fail(f"{value!r} is not a boolean")
        return value == b"1"

    def version(self, *known: int) -> int:
        value = self.integer()
        if value not in known:
            self.fail(f"unknown version {value}")
        return value

    def name(self) -> str:
        length = self.size()
        if not 1 <= length <= MAX_NAME:
            self.fail(f"a layer name of {length} characters")
        return bytes(self.take(length)).decode("latin-1")

    def dims(self) -> tuple[int, int, int, int]:
        return self.size(), self.size(), self.size(), self.size()

    def tensor(self) -> np.ndarray:
        """float32, four dimensions, read-only; a copy, so that the file's bytes can be let go."""
        self.version(2)
        shape = self.dims()
        count = math.prod(shape)
        values = np.frombuffer(self.take(4 * count), "<f4").astype(np.float32)
        if not np.isfinite(values).all():
            self.fail("a parameter is not a finite number")
        values.setflags(write=False)
        return values.reshape(shape if count else (0, 0, 0, 0))

    def alias(self) -> tuple[int, int, int, int]:
        """The shape of a part of the parameter tensor."""
        self.version(1)
        return self.dims()

    def tagged(self, readers: dict[str, tuple[str, dict[str, Callable]]]) -> Layer:
        """A layer of one of the kinds in `readers`: its name, then its fields in order."""
        name = self.name()
        if name not in readers:
            self.fail(f"unknown layer {name!r}")
        kind, fields = readers[name]
        return Layer(kind, {key: read(self) for key, read in fields.items()})


_S = _Stream
_MULTIPLIERS = dict.fromkeys(("learning_rate", "weight_decay", "bias_learning_rate", "bias_weight_decay"), _S.number)
_WINDOW = {
    "rows": _S.size,
    "columns": _S.size,
    "stride_y": _S.size,
    "stride_x": _S.size,
    "padding_y": _S.size,
    "padding_x": _S.size,
}
_MEANS = {"red": _S.number, "green": _S.number, "blue": _S.number}

# name in the stream -> (kind, its fields in the order in which they are stored)
_LOSSES = {
    "loss_metric_2": ("metric", {"margin": _S.number, "distance": _S.number}),
    "loss_mmod_": (
        "mmod",
        {
            "version": lambda stream: stream.version(1),
            "window_width": _S.size,
            "window_height": _S.size,
            "loss_false_alarm": _S.number,
            "loss_missed": _S.number,
            "truth_iou": _S.number,
            "nms_iou": _S.number,
            "nms_covered": _S.number,
            "ignore_iou": _S.number,
            "ignore_covered": _S.number,
        },
    ),
}
_INPUTS = {
    "input_rgb_image_sized": ("rgb_sized", {**_MEANS, "rows": _S.size, "columns": _S.size}),
    "input_rgb_image_pyramid": ("rgb_pyramid", _MEANS),
}
_LAYERS = {
    "con_4": (
        "con",
        {
            "params": _S.tensor,
            "filters": _S.size,
            **_WINDOW,
            "weight_shape": _S.alias,
            "bias_shape": _S.alias,
            **_MULTIPLIERS,
        },
    ),
    "affine_": ("affine", {"params": _S.tensor, "gamma_shape": _S.alias, "beta_shape": _S.alias, "mode": _S.size}),
    "bn_con2": (
        "bn",
        {
            "params": _S.tensor,
            "gamma_shape": _S.alias,
            "beta_shape": _S.alias,
            "means": _S.tensor,
            "invstds": _S.tensor,
            "running_means": _S.tensor,
            "running_variances": _S.tensor,
            "updates": _S.size,
            "window": _S.size,
            **_MULTIPLIERS,
            "eps": _S.number,
        },
    ),
    "relu_": ("relu", {}),
    "max_pool_2": ("max_pool", _WINDOW),
    "avg_pool_2": ("avg_pool", _WINDOW),
    "add_prev_": ("add_prev", {}),
    "fc_2": (
        "fc",
        {
            "outputs": _S.size,
            "inputs": _S.size,
            "params": _S.tensor,
            "weight_shape": _S.alias,
            "bias_shape": _S.alias,
            "bias_mode": _S.size,
            **_MULTIPLIERS,
        },
    ),
}
