"""Networks of other formats as ONNX files: converted once, kept in a cache folder."""

import atexit
import hashlib
import shutil
import tempfile
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

from facepipe.errors import StorageFull
from facepipe.models.hashing import file_sha256, is_derived_from, write_derived
from facepipe.models.model import Model

_lock = threading.Lock()
_temporary: Path | None = None


def converted(model: Model, sources: Sequence[Path], folder: Path) -> Path:
    """The ONNX file of `model`, made from the files `sources` if `folder` does not hold it yet.

    The name carries the sources' hash and the conversion's version. Several processes may start at once: each file
    is written whole, and all of them write the same bytes. A damaged file is made again. Where `folder` cannot be
    written, a temporary folder serves until the process ends, with a RuntimeWarning.
    """
    digest = _digest(sources)
    name = f"{Path(model.file).stem}-{digest[:16]}-v{model.version}.onnx"
    with _lock:
        for kept in (folder, _temporary):
            if kept is not None and is_derived_from(kept / name, digest):
                return kept / name
        data = convert(model, sources)
        try:
            write_derived(folder / name, data, digest)
            return folder / name
        except StorageFull as error:
            warnings.warn(f"{model.name} is converted for this time only: {error}", RuntimeWarning, stacklevel=3)
        path = _temporary_folder() / name
        write_derived(path, data, digest)
        return path


def convert(model: Model, sources: Sequence[Path]) -> bytes:
    """The ONNX file of `model`; ModelError names the source that is not what it should be."""
    return resolve_name(model.convert)(*sources)  # imported here: needed once in a model's life


def _digest(sources: Sequence[Path]) -> str:
    """The SHA-256 of the source, or of the sources' SHA-256 one after the other."""
    hashes = [file_sha256(source) for source in sources]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _temporary_folder() -> Path:
    global _temporary
    if _temporary is None:
        _temporary = Path(tempfile.mkdtemp(prefix="facepipe-"))
        atexit.register(shutil.rmtree, _temporary, ignore_errors=True)
    return _temporary
