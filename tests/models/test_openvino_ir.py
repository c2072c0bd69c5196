"""OpenVINO's IR as ONNX: every kind of layer against plain numpy, and files that are wrong or hostile."""

import time
import tracemalloc

import numpy as np
import onnx
import pytest
from ir_files import Ir
from ir_layers import LAYERS, PICTURES, everything, same

from facepipe.errors import ModelError
from facepipe.models import openvino_graph, openvino_ir
from facepipe.models.openvino_ir import parse_network
from facepipe.models.openvino_onnx import convert, to_onnx
from facepipe.models.runtime import Session


def onnx_of(ir: Ir) -> bytes:
    return to_onnx(parse_network(ir.xml, ir.weights))


def kinds_of(data: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_model_from_string(data).graph.node if node.op_type != "Identity"]


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gives_what_numpy_gives_for_any_batch(name):
    build, expected, kinds = LAYERS[name]
    ir = Ir()
    data = onnx_of(ir.result(build(ir)))
    assert kinds_of(data) == kinds
    session = Session(data)
    assert session.inputs == {"picture": ("n", 4, 6, 5)}
    found = session.run(PICTURES)[0]
    np.testing.assert_allclose(found, np.concatenate([expected(x[None]) for x in PICTURES]), rtol=1e-4, atol=1e-5)
    assert next(iter(session.outputs.values())) == ("n", *found.shape[1:])


def test_ir_10_in_half_precision_with_several_results_in_order():
    ir = Ir(version="10", element_type="f16")
    offset = np.float16(0.1)
    first = ir.layer("Add", ir.picture, ir.const(offset, "f16"), shape=(1, 4, 6, 5), name="zeta")
    second = ir.layer("ReLU", first, shape=(1, 4, 6, 5), name="alpha/beta")
    data = onnx_of(ir.result(second, first))
    session = Session(data)
    assert list(session.outputs) == ["alpha/beta", "zeta"]
    relu, total = session.run(PICTURES)
    assert (total == PICTURES + np.float32(offset)).all() and (relu == np.maximum(total, 0)).all()


def test_layers_that_no_result_needs_are_left_out():
    ir = Ir()
    ir.layer("LSTMSequence", ir.picture, ir.const([1.0]), shape=(1,))
    data = onnx_of(ir.result(same("ReLU")(ir)))
    assert kinds_of(data) == ["Relu"]
    assert not onnx.load_model_from_string(data).graph.initializer


def test_the_same_bytes_every_time_and_a_valid_graph(tmp_path):
    ir = everything()
    first = onnx_of(ir)
    assert first == onnx_of(ir)
    (tmp_path / "net.xml").write_bytes(ir.xml)
    (tmp_path / "net.bin").write_bytes(ir.weights)
    assert convert(tmp_path / "net.xml", tmp_path / "net.bin") == first
    onnx.checker.check_model(onnx.load_model_from_string(first), full_check=True)


def tiny(**options) -> Ir:
    """A network of one convolution; options: in place of its own."""
    ir = Ir()
    options = {"strides": "1,1", "pads_begin": "1,1", "pads_end": "1,1", "dilations": "1,1", **options}
    weights = ir.const(np.ones((2, 4, 3, 3)), "f16")
    return ir.result(ir.layer("Convolution", ir.picture, weights, shape=(1, 2, 6, 5), options=options, name="first"))


def changed(old: str, new: str, count: int = 1):
    """The tiny network's files with a piece of the graph replaced."""
    ir = tiny()
    assert old.encode() in ir.xml
    return ir.xml.replace(old.encode(), new.encode(), count), ir.weights


def headed(head: str):
    return changed('<?xml version="1.0"?>', f'<?xml version="1.0"?>\n{head}')


def built(build):
    ir = Ir()
    return build(ir).xml, ir.weights


def bomb() -> str:
    entities = "".join(f'<!ENTITY e{k + 1} "{f"&e{k};" * 10}">' for k in range(12))
    return f'<!DOCTYPE net [<!ENTITY e0 "boom">{entities}]>'


def of_constants(ir):
    return ir.result(ir.layer("Add", ir.const(np.ones((9, 1))), ir.const(np.ones((1, 9))), shape=(9, 9)))


def mixed_by_reshape(ir):
    ir.picture = ir.layer("ReLU", ir.picture, shape=(1, 4, 6, 5))
    target = ir.const([4, 30], "i64")
    return ir.result(ir.layer("Reshape", ir.picture, target, shape=(4, 30), options={"special_zero": "true"}))


def mixed_by_sum(ir):
    return ir.result(ir.layer("Add", ir.picture, ir.const(np.ones((2, 1, 1, 1))), shape=(2, 4, 6, 5)))


def mixed_by_mean(ir):
    return ir.result(ir.layer("ReduceMean", ir.picture, ir.const([0], "i64"), shape=(1, 4, 6, 5),
                              options={"keep_dims": "true"}))  # fmt: skip


def grown(ir):
    """A shape that doubles with every layer."""
    shape = ir.layer("ShapeOf", ir.picture, shape=(4,))
    for k in range(40):
        shape = ir.layer("Concat", shape, shape, shape=(4 << (k + 1) if k < 20 else 1,), options={"axis": "0"})
    return ir.result(ir.layer("Reshape", ir.picture, shape, shape=(1, 120), options={"special_zero": "true"}))


def circle(ir):
    first = ir.layer("ReLU", ir.picture, shape=(1, 4, 6, 5))
    second = ir.layer("ReLU", first, shape=(1, 4, 6, 5))
    ir.edges[0] = second, ir.edges[0][1]
    return ir.result(second)


def many_layers(ir):
    for _ in range(openvino_ir.MAX_LAYERS):
        ir.picture = ir.layer("ReLU", ir.picture, shape=(1, 4, 6, 5))
    return ir.result(ir.picture)


def nested(depth: int) -> bytes:
    return b"<net version='11'>" + b"<a>" * depth + b"</a>" * depth + b"</net>"


HOSTILE = {
    "empty": (lambda: (b"", b""), "not XML"),
    "text": (lambda: (b"no network", b""), "not XML"),
    "bytes": (lambda: (bytes(range(256)), b""), "not XML"),
    "an encoding that does not exist": (lambda: (b'<?xml version="1.0" encoding="rot13"?><net/>', b""), "not XML"),
    "another document": (lambda: (b"<svg version='11'/>", b""), "not net version"),
    "entities that multiply": (lambda: headed(bomb()), "document type"),
    "an outside file": (lambda: headed('<!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "document type"),
    "an outside document type": (lambda: headed('<!DOCTYPE net SYSTEM "http://127.0.0.1:9/net.dtd">'), "document type"),
    "an old version": (lambda: changed('version="11"', 'version="7"'), "version '7'"),
    "no version": (lambda: changed('version="11"', ""), "version ''"),
    "too deep": (lambda: (nested(10_000), b""), "inside each other"),
    "too many elements": (lambda: (b"<net version='11'>" + b"<a/>" * 300_000 + b"</net>", b""), "elements"),
    "too many layers": (lambda: built(many_layers), "more than 5000"),
    "two of one id": (lambda: changed('<layer id="1"', '<layer id="0"'), "have the id '0'"),
    "no id": (lambda: changed('<layer id="1" ', "<layer "), "<layer> without id"),
    "no type": (lambda: changed('type="Parameter" ', ""), "<layer> without type"),
    "no edges": (lambda: changed("edge from-layer", "edgy from-layer", 9), "not connected"),
    "an edge from nowhere": (lambda: changed('from-layer="0"', 'from-layer="77"'), "takes what no layer gives"),
    "an edge without its end": (lambda: changed('to-port="0"', ""), "<edge> without to-port"),
    "two edges to one port": (lambda: changed('to-layer="2" to-port="0"', 'to-layer="3" to-port="0"'), "two edges"),
    "a circle": (lambda: built(circle), "circle"),
    "no result": (lambda: built(lambda ir: ir), "no output"),
    "a result of constants": (
        lambda: built(lambda ir: ir.result(ir.const([1.0]))),
        "does not give one value that depends",
    ),
    "a product of constants": (lambda: built(of_constants), "not of the kinds"),
    "a layer that is not read": (
        lambda: changed('type="Convolution"', 'type="LSTMSequence"'),
        "'LSTMSequence' 'first'",
    ),
    "a missing option": (lambda: changed('strides="1,1"', ""), "without strides"),
    "an unknown option": (lambda: changed("strides=", "shuffle='2' strides="), "unknown option 'shuffle'"),
    "an option of another kind": (lambda: changed('strides="1,1"', 'strides="1,x"'), "not a list"),
    "a stride of nothing": (lambda: changed('strides="1,1"', 'strides="0,1"'), "not a list"),
    "padding without end": (lambda: changed('pads_end="1,1"', 'pads_end="1,99999999999"'), "not a list"),
    "a window past the end": (lambda: changed('dilations="1,1"', 'dilations="9,1"'), "does not fit into 6"),
    "another shape than declared": (
        lambda: changed("<dim>2</dim><dim>6</dim>", "<dim>3</dim><dim>6</dim>"),
        r"gives .1, 2, 6, 5.",
    ),
    "a batch": (lambda: changed('shape="1,4,6,5"', 'shape="2,4,6,5"'), "the first number must be 1"),
    "an open size": (lambda: changed('shape="1,4,6,5"', 'shape="?,4,6,5"'), "not a list"),
    "a huge picture": (lambda: changed('shape="1,4,6,5"', 'shape="1,4096,4096,4096"'), "an input of shape"),
    "huge weights": (lambda: changed('shape="2, 4, 3, 3"', 'shape="9999999,9999999,9999999"'), "do not hold the shape"),
    "weights that end early": (lambda: (tiny().xml, tiny().weights[:-1]), "of a file of 143"),
    "no weights": (lambda: (tiny().xml, b""), "of a file of 0"),
    "an offset outside": (lambda: changed('offset="0"', 'offset="2"'), "144 bytes at 2"),
    "an offset before the start": (lambda: changed('offset="0"', 'offset="-2"'), "not a list"),
    "another size": (lambda: changed('size="144"', 'size="140"'), "140 bytes at 0"),
    "a weight that is no number": (lambda: (tiny().xml, b"\xff" * 144), "not a finite number"),
    "the batch reshaped": (lambda: built(mixed_by_reshape), "picture by picture"),
    "the batch stretched": (lambda: built(mixed_by_sum), "mix the pictures"),
    "the batch averaged": (lambda: built(mixed_by_mean), "the first of which is the batch"),
    "a shape that doubles": (lambda: built(grown), "are not a shape"),
    "an output with a foreign name": (lambda: changed('name="first"', 'name="a&#10;b"'), r"called 'a\\nb'"),
    "an output called as the input": (lambda: changed('name="first"', 'name="picture"'), "called 'picture'"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_wrong_file_is_one_line_and_costs_little(tmp_path, case):
    make, reason = HOSTILE[case]
    xml, weights = make()
    (tmp_path / "net.xml").write_bytes(xml)
    (tmp_path / "net.bin").write_bytes(weights)
    del xml
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=reason) as caught:
            convert(tmp_path / "net.xml", tmp_path / "net.bin")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'net.xml'} is damaged or not") and "\n" not in message
    assert len(message) < 600 and peak < 64 << 20 and time.process_time() - started < 20


def test_every_truncation_of_the_graph_is_refused():
    ir = tiny()
    for cut in range(len(ir.xml.rstrip())):
        with pytest.raises(ModelError):
            parse_network(ir.xml[:cut], ir.weights)


def test_files_that_are_too_large_or_not_there_are_named(tmp_path):
    xml, weights = tmp_path / "net.xml", tmp_path / "net.bin"
    with pytest.raises(ModelError, match=r"cannot read .*net\.xml"):
        convert(xml, weights)
    xml.write_bytes(tiny().xml)
    with pytest.raises(ModelError, match=r"cannot read .*net\.bin"):
        convert(xml, weights)
    for path, limit in ((weights, openvino_ir.MAX_WEIGHTS_BYTES), (xml, openvino_ir.MAX_XML_BYTES)):
        with path.open("wb") as handle:
            handle.truncate(limit + 1)
        with pytest.raises(ModelError, match=rf"{path.name} .* more than {limit} bytes"):
            convert(xml, weights)


@pytest.mark.parametrize("limit", ["MAX_WEIGHTS", "MAX_VALUES"])
def test_the_sum_of_weights_and_the_size_of_a_value_are_bounded(limit, monkeypatch):
    ir = tiny()
    monkeypatch.setattr(openvino_graph, limit, {"MAX_WEIGHTS": 2 * 72 - 1, "MAX_VALUES": 59}[limit])
    with pytest.raises(ModelError, match=r"Convolution' 'first': (more than 143 weights|'.1, 2, 6, 5.' is too large)"):
        onnx_of(ir)
    monkeypatch.setattr(openvino_graph, limit, {"MAX_WEIGHTS": 2 * 72, "MAX_VALUES": 60}[limit])
    assert Session(onnx_of(ir)).run(PICTURES)[0].shape == (3, 2, 6, 5)
