"""What the layers of OpenVINO's IR are turned into ONNX with: a graph that grows, and the options of a layer."""

import math
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import helper, numpy_helper

from facepipe.errors import ModelError
from facepipe.models.openvino_ir import MAX_RANK, Shape, integers, short

OPSET = 13
MAX_VALUES = 1 << 24  # in what one layer gives for one picture; the largest known one has 262,144
MAX_WEIGHTS = 1 << 26  # of all layers together, as they are read and again as they are written


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value that depends on the picture: its name in the graph, and its float32 shape for a batch of one."""

    name: str
    shape: Shape


Value = Tensor | np.ndarray  # an array is a constant: float32, or int64 for axes, indices and shapes


@dataclass(slots=True)
class Graph:
    """An ONNX graph that grows by a layer at a time. file: the bytes in which constants lie."""

    file: bytes
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)
    count: int = 0  # of constants that were read or written

    def add(self, op: str, shape: Shape, *inputs: str, **attributes) -> Tensor:
        """Append a node; what it gives for one picture has `shape`."""
        if min(shape, default=1) < 1 or math.prod(shape) > MAX_VALUES or len(shape) > MAX_RANK:
            raise ModelError(f"{short(str(shape))} is too large or too small")
        tensor = Tensor(f"{op.lower()}_{len(self.nodes)}", tuple(shape))
        self.nodes.append(helper.make_node(op, inputs, [tensor.name], **attributes))
        return tensor

    def weight(self, array: np.ndarray) -> str:
        """The name of a constant in the graph."""
        self.spend(array.size)
        name = f"weights_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def spend(self, count: int) -> None:
        self.count += count
        if self.count > MAX_WEIGHTS:
            raise ModelError(f"more than {MAX_WEIGHTS} weights")


class Options:
    """The options of a layer, which are text; each is asked for once, and `done` finds those that nobody knows."""

    def __init__(self, name: str, options: dict[str, str]) -> None:
        self.name = name
        self._left = dict(options)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._left.pop(key, default)
        if value is None:
            raise ModelError(f"without {key}")
        return value

    def integers(self, key: str, low: int, high: int, default: str | None = None, count: int = 2) -> Shape:
        """So many whole numbers; two are for rows and columns."""
        values = integers(self.text(key, default), low, high)
        if len(values) != count:
            raise ModelError(f"{key} holds {len(values)} numbers, not {count}")
        return values

    def choice(self, key: str, *known: str, default: str | None = None) -> str:
        value = self.text(key, default).lower()
        if value not in known:
            raise ModelError(f"{key} {short(value)} is not {' or '.join(known)}")
        return value

    def flag(self, key: str) -> bool:
        return self.choice(key, "true", "false") == "true"

    def done(self) -> None:
        if self._left:
            raise ModelError(f"an unknown option {short(next(iter(self._left)))}")
