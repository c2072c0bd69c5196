"""dlib networks as ONNX files: converted once, kept in a cache folder."""

import atexit
import shutil
import tempfile
import threading
import warnings
from pathlib import Path

from facepipe.errors import ModelError, StorageFull
from facepipe.models.hashing import file_sha256, is_derived_from, write_derived
from facepipe.models.manifest import Model

CONVERTER_VERSION = 1  # raise it when the graphs change

_lock = threading.Lock()
_temporary: Path | None = None


def converted(model: Model, source: Path, folder: Path) -> Path:
    """The ONNX file of `model`, made from the dlib file `source` if `folder` does not hold it yet.

    The name carries the source's hash and the converter's version. Several processes may start at once: each file
    is written whole, and all of them write the same bytes. A damaged file is made again. Where `folder` cannot be
    written, a temporary folder serves until the process ends, with a RuntimeWarning.
    """
    digest = file_sha256(source)
    name = f"{Path(model.file).stem}-{digest[:16]}-v{CONVERTER_VERSION}.onnx"
    with _lock:
        for kept in (folder, _temporary):
            if kept is not None and is_derived_from(kept / name, digest):
                return kept / name
        data = convert(model.name, source)
        try:
            write_derived(folder / name, data, digest)
            return folder / name
        except StorageFull as error:
            warnings.warn(f"{error}; {model.name} will be converted again next time", RuntimeWarning, stacklevel=3)
        path = _temporary_folder() / name
        write_derived(path, data, digest)
        return path


def convert(name: str, source: Path) -> bytes:
    """The ONNX model `name` made from a dlib file. ModelError names the file when it is not that network."""
    # onnx and the converter are needed once in a model's life: imported here to keep later runs light.
    from facepipe.models import dlib_format, dlib_onnx

    build = {"dlib-face-encoder": dlib_onnx.face_encoder, "dlib-cnn-detector": dlib_onnx.cnn_detector}[name]
    network = dlib_format.read_network(source)
    try:
        return build(network).SerializeToString(deterministic=True)
    except ModelError as error:
        raise ModelError(f"{source} does not make {name}: {error}") from error


def _temporary_folder() -> Path:
    global _temporary
    if _temporary is None:
        _temporary = Path(tempfile.mkdtemp(prefix="facepipe-"))
        atexit.register(shutil.rmtree, _temporary, ignore_errors=True)
    return _temporary
