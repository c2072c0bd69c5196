"""A face network of a user's own, as small as can be: the mean colours of 8 x 8 fields of an aligned face."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper


def write_network(path: Path, side: int = 112, *, planes: bool = True) -> Path:
    """(1, 3, side, side), or (1, side, side, 3), to (1, 3 * (side // 8) ** 2)."""
    pool = helper.make_node("AveragePool", ["x" if planes else "p"], ["m"], kernel_shape=[8, 8], strides=[8, 8])
    turn = [] if planes else [helper.make_node("Transpose", ["x"], ["p"], perm=[0, 3, 1, 2])]
    shape = [1, 3, side, side] if planes else [1, side, side, 3]
    graph = helper.make_graph(
        [*turn, pool, helper.make_node("Flatten", ["m"], ["y"])],
        "own",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3 * (side // 8) ** 2])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path
