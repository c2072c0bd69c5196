"""Reader of networks in OpenVINO's IR, versions 10 and 11: a graph in XML and its weights in a second file.

What the XML holds (facts from OpenVINO's documentation of the format): <net version> with <layers> and <edges>. A layer
has an id, a name, a type, <data> with its options as text, and input and output ports, each with its dimensions. An
edge leads from a layer's output port to a layer's input port. A layer of type Const says where its numbers lie in the
weights file. Everything else (<rt_info>, <meta_data>) says how the file was made and is left aside.

Nothing in a file is trusted: sizes are compared with fixed bounds before anything is read, a document type, without
which XML has neither entities nor outside references, is refused, and of the layers only those remain from which
a result can be reached, each after what it needs.
"""

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from facepipe.errors import ModelError

VERSIONS = ("10", "11")
MAX_XML_BYTES = 8 << 20  # the files that facepipe knows have at most .6 MB, 1,174 layers and 17,000 elements
MAX_WEIGHTS_BYTES = 32 << 20  # and 3.8 MB of weights
MAX_ELEMENTS = 200_000
MAX_DEPTH = 32
MAX_LAYERS = 5_000
MAX_RANK = 6
MAX_DIMENSION = 1 << 24
MAX_NAME = 100

Shape = tuple[int, ...]
Port = tuple[str, str]  # layer id, port id

_DIGITS = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `kind` is its type ("Convolution"), `options` its <data> as text.

    sources: the output ports that feed its input ports, in the order of its input ports. shapes: the dimensions that
    its output ports declare, in their order.
    """

    id: str
    name: str
    kind: str
    options: dict[str, str]
    sources: tuple[Port, ...]
    shapes: dict[Port, Shape]

    def __str__(self) -> str:
        return f"{short(self.kind)} {short(self.name)}"


@dataclass(frozen=True, slots=True)
class Network:
    """The layers that the results need, each after its sources; the results, as in the file; the weights file."""

    layers: tuple[Layer, ...]
    results: tuple[Layer, ...]
    weights: bytes


def read_network(xml: Path, weights: Path) -> Network:
    """Read an IR pair. ModelError names the file that is truncated, foreign, hostile or damaged."""
    graph, numbers = _read(xml, MAX_XML_BYTES), _read(weights, MAX_WEIGHTS_BYTES)
    try:
        return parse_network(graph, numbers)
    except ModelError as error:
        raise ModelError(f"{xml} is damaged or not an OpenVINO IR that facepipe reads: {error}") from error


def parse_network(xml: bytes, weights: bytes) -> Network:
    """The network in the bytes of the two files; ModelError says what is wrong."""
    root = _parse_xml(xml)
    if root.tag != "net" or root.get("version") not in VERSIONS:
        raise ModelError(f"{short(root.tag)} version {short(root.get('version', ''))} is not net version 10 or 11")
    sources: dict[Port, Port] = {}
    for edge in root.iterfind("edges/edge"):
        target = _get(edge, "to-layer"), _get(edge, "to-port")
        if target in sources:
            raise ModelError(f"two edges lead to port {short(target[1])} of layer {short(target[0])}")
        sources[target] = _get(edge, "from-layer"), _get(edge, "from-port")
    layers: dict[str, Layer] = {}
    for element in root.iterfind("layers/layer"):
        layer = _layer(element, sources)
        if layer.id in layers or len(layers) == MAX_LAYERS:
            raise ModelError(f"two layers have the id {short(layer.id)}, or there are more than {MAX_LAYERS}")
        layers[layer.id] = layer
    results = [layer for layer in layers.values() if layer.kind == "Result"]
    return Network(tuple(_in_order(layers, results)), tuple(results), weights)


def short(text: str) -> str:
    """`text` of a file, fit for one line of an error."""
    return repr(text if len(text) <= MAX_NAME else text[:MAX_NAME] + "...")


def integers(text: str, low: int, high: int) -> Shape:
    """Whole numbers from `low` to `high`, divided by commas; none in an empty text. ModelError for anything else."""
    parts = [part.strip(" \t\r\n") for part in text.split(",")] if text.strip() else []
    if len(parts) > MAX_RANK or not all(_DIGITS.fullmatch(part) and low <= int(part) <= high for part in parts):
        raise ModelError(f"{short(text)} is not a list of up to {MAX_RANK} numbers from {low} to {high}")
    return tuple(map(int, parts))


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(limit + 1)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    if len(data) > limit:
        raise ModelError(f"{path} is not a part of an IR that facepipe reads: it has more than {limit} bytes")
    return data


def _parse_xml(xml: bytes) -> Element:
    """The root of the document, whose size, depth and number of elements are bounded."""
    builder, depth, count = TreeBuilder(), 0, 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise ModelError(f"more than {MAX_ELEMENTS} elements, or more than {MAX_DEPTH} inside each other")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_) -> None:
        raise ModelError("it has a document type, which no IR has")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding that Python lacks
        raise ModelError(f"not XML that can be read: {short(str(error))}") from error
    return builder.close()


def _layer(element: Element, sources: dict[Port, Port]) -> Layer:
    number, name, kind = (_get(element, key) for key in ("id", "name", "type"))
    data = element.find("data")
    try:
        inputs = [(number, _get(port, "id")) for port in element.iterfind("input/port")]
        outputs = [((number, _get(port, "id")), _dimensions(port)) for port in element.iterfind("output/port")]
        if len(dict.fromkeys(inputs)) < len(inputs) or len(dict(outputs)) < len(outputs):
            raise ModelError("two ports have the same id")
        if any(port not in sources for port in inputs):
            raise ModelError("an input is not connected")
        options = {} if data is None else dict(data.attrib)
        return Layer(number, name, kind, options, tuple(sources[port] for port in inputs), dict(outputs))
    except ModelError as error:
        raise ModelError(f"{short(kind)} {short(name)}: {error}") from error


def _dimensions(port: Element) -> Shape:
    return integers(",".join(dim.text or "?" for dim in port.iterfind("dim")), 1, MAX_DIMENSION)


def _in_order(layers: dict[str, Layer], results: list[Layer]) -> list[Layer]:
    """What the results need, each layer after its sources; ModelError where there is a circle or a loose end."""
    waiting = list(results)
    needed: dict[str, list[str]] = {}
    while waiting:
        layer = waiting.pop()
        if layer.id in needed:
            continue
        for source, port in layer.sources:
            if source not in layers or (source, port) not in layers[source].shapes:
                raise ModelError(f"{layer} takes what no layer gives")
        needed[layer.id] = [source for source, _ in layer.sources]
        waiting += [layers[source] for source in needed[layer.id]]
    try:
        order = TopologicalSorter({number: needed[number] for number in layers if number in needed}).static_order()
        return [layers[number] for number in order if layers[number].kind != "Result"]
    except CycleError as error:
        raise ModelError("its layers go round in a circle") from error


def _get(element: Element, key: str) -> str:
    value = element.get(key)
    if not value:
        raise ModelError(f"<{element.tag[:MAX_NAME]}> without {key}")
    return value
