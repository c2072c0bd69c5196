"""Pickles of builtins only.

A pickle is a program; whoever can put a file into a folder can run code in the reader. So nothing but
None, bool, int, float, str, bytes, list, tuple and dict is written, and reading refuses every opcode that
could name, build or call anything else before a single one is executed.
"""

import pickle
import pickletools
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from facepipe.errors import HostileFileError, StoreError
from facepipe.files.atomic import write_bytes

PROTOCOL = 4

# Only what `pickle.dumps(builtins, protocol=4)` emits. PUT/GET variants with a number of their own choice are
# left out on purpose: one of them with a huge index makes the reader allocate gigabytes.
_ALLOWED = frozenset(
    """PROTO FRAME STOP MARK MEMOIZE BINGET LONG_BINGET NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT
    SHORT_BINUNICODE BINUNICODE SHORT_BINBYTES BINBYTES BINBYTES8 EMPTY_LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1
    TUPLE2 TUPLE3 EMPTY_DICT SETITEM SETITEMS""".split()
)


class _Refusing(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise HostileFileError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise HostileFileError("it asks for an outside object")


def dumps(value: Any) -> bytes:
    """`value`, made of builtins only, as a pickle."""
    return pickle.dumps(value, protocol=PROTOCOL)


def loads(data: bytes, name: str = "pickle") -> Any:
    """The value in `data`. HostileFileError if it holds more than builtins, StoreError if it is damaged."""
    try:
        for opcode, _, _ in pickletools.genops(data):
            if opcode.name not in _ALLOWED:
                raise HostileFileError(f"{name} holds more than data ({opcode.name}): it was not loaded; delete it")
        return _Refusing(BytesIO(data)).load()
    except HostileFileError:
        raise
    except Exception as error:  # a damaged pickle raises nearly anything
        raise StoreError(f"{name} is damaged ({type(error).__name__}): delete it and run again") from error


def write(path: Path, value: Any) -> None:
    """Write `value` (builtins only) to `path` atomically."""
    write_bytes(path, dumps(value))


def read(path: Path, max_bytes: int) -> Any:
    """The value that `write` put into `path`; errors as `loads`, and StoreError above `max_bytes`."""
    try:
        if path.stat().st_size > max_bytes:
            raise StoreError(f"{path} is larger than {max_bytes} bytes: delete it and run again")
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    return loads(data, str(path))


def pack(array: np.ndarray) -> dict[str, Any]:
    """An array as builtins: {"dtype", "shape", "data"}, C order, little endian."""
    array = np.ascontiguousarray(array)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"dtype": little.dtype.str, "shape": list(array.shape), "data": little.tobytes()}


def unpack(packed: dict[str, Any], dtype: type, *shape: int | None) -> np.ndarray:
    """Inverse of `pack`; StoreError unless it is finite and of that dtype and shape (None = any length)."""
    want = np.dtype(dtype).newbyteorder("<")
    try:
        got = tuple(int(n) for n in packed["shape"])
        fits = len(got) == len(shape) and all(w in (None, g) for w, g in zip(shape, got, strict=True))
        if packed["dtype"] != want.str or not fits or min(got, default=0) < 0:
            raise ValueError(f"{packed['dtype']} {got} instead of {want.str} {shape}")
        array = np.frombuffer(packed["data"], want).reshape(got).astype(dtype, copy=False)
        if not np.isfinite(array).all():
            raise ValueError("not all of its numbers are finite")
        return array
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"an array in it is damaged ({error})") from error
