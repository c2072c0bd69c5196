"""ONNX files that declare a fixed input size although their layers take any."""

from pathlib import Path

import onnx

from facepipe.errors import ModelError, first_line


def with_dynamic_shape(path: Path) -> bytes:
    """The ONNX model in `path` with batch, height and width left open; the file stays as it is.

    Axes 0, 2 and 3 of every (n, c, h, w) input and output get names. Shapes noted for values in between, which were
    computed for the fixed size, are dropped. Weights that are also listed as inputs (a habit of old exporters) become
    constants, which lets the runtime fold batch normalisation: measured, CenterFace takes half the time.
    ModelError when the file is not an ONNX model.
    """
    try:
        model = onnx.load_model_from_string(path.read_bytes())
        graph = model.graph
        weights = {weight.name for weight in graph.initializer}
        inputs = [value for value in graph.input if value.name not in weights]
        del graph.input[:]
        graph.input.extend(inputs)
        for value in [*graph.input, *graph.output]:
            dims = value.type.tensor_type.shape.dim
            if len(dims) == 4:
                for axis, letter in ((0, "n"), (2, "h"), (3, "w")):
                    dims[axis].dim_param = f"{letter}_{value.name}"
        del graph.value_info[:]
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # protobuf and onnx.checker have no common base class
        raise ModelError(f"{path} is not an ONNX model: {first_line(error)}") from error
