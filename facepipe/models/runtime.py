"""The one place that knows ONNX Runtime: CPU sessions, one a process for a file, shared by all threads."""

import os
import threading
from pathlib import Path

import numpy as np

from facepipe.errors import ModelError, first_line

_sessions: dict[tuple, "Session"] = {}
_lock = threading.Lock()


class Session:
    """A loaded ONNX model on the CPU. `run` may be called from several threads at once.

    model: the bytes of an ONNX file. origin: what errors call it. One `run` uses one thread.
    inputs, outputs: {name: shape}, a shape holding ints and, for dynamic axes, names. metadata: the file's own notes.
    """

    def __init__(self, model: bytes, origin: str = "model") -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # again (see facepipe/__init__.py): somebody may have taken it away
        import onnxruntime as ort  # a third of a second, needed only where a network runs

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.enable_mem_pattern = False  # plans memory for one input size; detectors see many
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        try:
            # Without the fallback, which tries the same again and prints what it does.
            self._session = ort.InferenceSession(
                model, options, providers=["CPUExecutionProvider"], enable_fallback=False
            )
        except Exception as error:  # ONNX Runtime's exceptions have no common base class
            raise ModelError(f"{origin} is not an ONNX model that can be run: {_reason(error)}") from error
        self._origin = origin
        self.inputs = {value.name: tuple(value.shape) for value in self._session.get_inputs()}
        self.outputs = {value.name: tuple(value.shape) for value in self._session.get_outputs()}
        self.metadata = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, *arrays: np.ndarray) -> list[np.ndarray]:
        """The model's outputs for its inputs, both in the model's order. ModelError: it does not take them."""
        try:
            return self._session.run(None, dict(zip(self.inputs, arrays, strict=True)))
        except Exception as error:  # see __init__
            raise ModelError(f"{self._origin} does not run on such input: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """The first line of what ONNX Runtime says, which may quote what stands in a damaged file."""
    line = first_line(error)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def session(path: Path) -> Session:
    """The session of an ONNX file: made on first use, then shared by the whole process.

    ModelError when the file cannot be read or is damaged.
    """
    path = Path(path).resolve()
    with _lock:
        try:
            status = path.stat()
            key = (path, status.st_size, status.st_mtime_ns)
            if key not in _sessions:
                _sessions[key] = Session(path.read_bytes(), str(path))
        except OSError as error:
            raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
        return _sessions[key]
