"""Tiny networks in OpenVINO's IR, written by hand."""

from xml.sax.saxutils import quoteattr

import numpy as np

Port = tuple[str, str]
TYPES = {"f16": "<f2", "f32": "<f4", "i32": "<i4", "i64": "<i8"}


class Ir:
    """A network that grows by a layer at a time; `xml` and `weights` are its two files.

    A port is (layer id, port id). Options whose names are no Python names have "_" for "-".
    """

    def __init__(self, shape=(1, 4, 6, 5), version: str = "11", element_type: str = "f32"):
        self.version = version
        self.lines: list[str] = []
        self.edges: list[tuple[Port, Port]] = []
        self.weights = b""
        self.picture = self.layer("Parameter", shape=shape, name="picture", options={"element_type": element_type,
                                  "shape": ",".join(map(str, shape))})  # fmt: skip

    def layer(self, kind: str, *sources: Port, shape=None, name: str | None = None, options=None, extra="") -> Port:
        """Append a layer; its output port, which declares `shape` (None: it has none)."""
        number = str(len(self.lines))
        ports = [f'<port id="{k}"><dim>1</dim></port>' for k in range(len(sources))]
        self.edges += [(source, (number, str(k))) for k, source in enumerate(sources)]
        data = "".join(f" {key.replace('_', '-') if key == 'exclude_pad' else key}={quoteattr(str(value))}"
                       for key, value in (options or {}).items())  # fmt: skip
        out = str(len(sources))
        dims = "" if shape is None else "".join(f"<dim>{size}</dim>" for size in shape)
        output = "" if shape is None else f'<output><port id="{out}" precision="FP32">{dims}</port>{extra}</output>'
        head = f'<layer id="{number}" name={quoteattr(name or f"{kind}_{number}")} type="{kind}" version="opset1">'
        inputs = f"<input>{''.join(ports)}</input>" if ports else ""
        self.lines.append(f"{head}<data{data}/>{inputs}{output}</layer>")
        return number, out

    def const(self, values, element_type: str = "f32") -> Port:
        """Append numbers to the weights, and a layer that reads them; halves are converted to float."""
        values = np.asarray(values, TYPES[element_type])
        data = values.tobytes()
        options = {"element_type": element_type, "shape": ", ".join(map(str, values.shape)),
                   "offset": len(self.weights), "size": len(data)}  # fmt: skip
        self.weights += data
        port = self.layer("Const", shape=values.shape, options=options)
        if element_type != "f16" or self.version == "10":
            return port
        return self.layer("Convert", port, shape=values.shape, options={"destination_type": "f32"})

    def result(self, *ports: Port) -> "Ir":
        """Append a result for each port; the network itself."""
        for port in ports:
            self.layer("Result", port)
        return self

    @property
    def xml(self) -> bytes:
        edges = "\n".join(
            f'<edge from-layer="{a}" from-port="{b}" to-layer="{c}" to-port="{d}"/>' for (a, b), (c, d) in self.edges
        )
        lines = "\n".join(self.lines)
        return (
            f'<?xml version="1.0"?>\n<net name="tiny" version="{self.version}">\n<layers>\n{lines}\n</layers>\n'
            f'<edges>\n{edges}\n</edges>\n<rt_info><layers><layer id="0"/></layers></rt_info>\n</net>\n'
        ).encode()
