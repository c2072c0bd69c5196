"""Makes facepipe_outside/models/mosaic.onnx, whose hash stands in facepipe_outside/mosaic.py.

A face of 60 x 60 pixels becomes the mean colours of 6 x 6 tiles: 108 numbers of 0..1.
"""

from pathlib import Path

from onnx import TensorProto, helper, save

CAST, MOVE = (
    helper.make_node("Cast", ["chips"], ["numbers"], to=TensorProto.FLOAT),
    helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
)
MEAN = helper.make_node("AveragePool", ["planes"], ["tiles"], kernel_shape=[10, 10], strides=[10, 10])
FLAT = helper.make_node("Flatten", ["tiles"], ["flat"])
SCALE = helper.make_node("Div", ["flat", "white"], ["embeddings"])

graph = helper.make_graph(
    [CAST, MOVE, MEAN, FLAT, SCALE],
    "mosaic",
    [helper.make_tensor_value_info("chips", TensorProto.UINT8, ["n", 60, 60, 3])],
    [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", 108])],
    [helper.make_tensor("white", TensorProto.FLOAT, [], [255.0])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
save(model, Path(__file__).parent / "facepipe_outside" / "models" / "mosaic.onnx")
