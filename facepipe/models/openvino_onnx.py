"""ONNX models of networks in OpenVINO's IR, built from what `openvino_ir` reads.

The model computes in float32 whatever precision the file stores, and leaves the batch open: the first dimension of an
input, which must be 1 in the file, is free, and no layer may mix it with another one.
"""

import re
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from facepipe.errors import ModelError
from facepipe.models.openvino_graph import OPSET, Graph, Options, Tensor, Value
from facepipe.models.openvino_ir import Layer, Network, Port, read_network, short
from facepipe.models.openvino_layers import build

IR_VERSION = 8
_NAME = re.compile(r"[A-Za-z0-9_./:-]{1,100}")


def convert(xml: Path, weights: Path) -> bytes:
    """The ONNX file of the IR in two files; the same bytes whenever it is made.

    Inputs and outputs are float32 (n, ...), in the file's order, and have the names of their layers. ModelError, one
    line, when the files are damaged, hostile, or hold a layer that facepipe does not read.
    """
    network = read_network(xml, weights)
    try:
        return to_onnx(network)
    except ModelError as error:
        raise ModelError(f"{xml} is damaged or not a network that facepipe reads: {error}") from error


def to_onnx(network: Network) -> bytes:
    """The ONNX file of `network`; see `convert`."""
    graph = Graph(network.weights)
    values: dict[Port, Value] = {}
    inputs, outputs = [], []
    for layer in network.layers:
        value = _value(graph, layer, values)
        values[next(iter(layer.shapes))] = value
        if layer.kind == "Parameter":
            inputs.append(value)
    names = {layer.id: layer.name for layer in network.layers}
    for result in network.results:
        sources = _sources(result, values)
        if len(sources) != 1 or not isinstance(sources[0], Tensor):
            raise ModelError(f"{result} does not give one value that depends on the picture")
        outputs.append(Tensor(names[result.sources[0][0]], sources[0].shape))
        graph.nodes.append(helper.make_node("Identity", [sources[0].name], [outputs[-1].name]))
    return _checked(graph, inputs, outputs)


def _value(graph: Graph, layer: Layer, values: dict[Port, Value]) -> Value:
    """What a layer gives, after a comparison with the shape that it declares (for its first output port)."""
    sources = _sources(layer, values)
    try:
        value = build(graph, layer.kind, Options(layer.name, layer.options), sources)
        declared = next(iter(layer.shapes.values()), None)
        if declared != value.shape:
            raise ModelError(f"it gives {value.shape}, but the file says {declared}")
        return value
    except ModelError as error:
        raise ModelError(f"{layer}: {error}") from error


def _sources(layer: Layer, values: dict[Port, Value]) -> list[Value]:
    if not all(port in values for port in layer.sources):  # a second output, which no layer that is read has
        raise ModelError(f"{layer} takes an output that facepipe does not read")
    return [values[port] for port in layer.sources]


def _checked(graph: Graph, inputs: list[Tensor], outputs: list[Tensor]) -> bytes:
    names = [tensor.name for tensor in (*inputs, *outputs)]
    wrong = [name for name in names if not _NAME.fullmatch(name) or names.count(name) > 1]
    if wrong or not inputs or not outputs:
        raise ModelError(f"an input or output called {short(wrong[0])}" if wrong else "no input or no output")
    model = helper.make_model(
        helper.make_graph(graph.nodes, "openvino", *map(_infos, (inputs, outputs)), graph.weights),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="facepipe",
    )
    model.ir_version = IR_VERSION
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # onnx has no common base class for what its checker and shape inference raise
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"it does not make a valid ONNX graph: {reason[0]}") from error
    return model.SerializeToString(deterministic=True)


def _infos(tensors: list[Tensor]) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(t.name, TensorProto.FLOAT, ["n", *t.shape[1:]]) for t in tensors]
