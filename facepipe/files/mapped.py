"""Arrays of an .npz file, the large ones mapped into memory: of 200,000 faces the vectors alone take hundreds of MB, of
which most commands look at few at a time."""

import mmap
import os
import struct
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

MAPPED = 16 << 20  # bytes of an array, from which it is mapped
_BLOCK = 1 << 20
_LOCAL_HEADER = 30  # bytes, without the name and what is added to it, whose lengths stand in its last four


def read_arrays(path: Path, wanted: Collection[str], *, sums: bool = True) -> dict[str, np.ndarray]:
    """Those of the arrays that are there, checked against their sums; mapped ones are read-only. sums: unless the
    caller knows that the file is what it was: then large arrays are not looked through.

    A file that is replaced later, as every writer here does, stays what it was for who has it. On Windows, where a file
    that is mapped cannot be replaced, all are read. Errors: of `numpy.load`.
    """
    with path.open("rb") as handle, np.load(handle, allow_pickle=False) as stored, ZipFile(handle) as archive:
        found = {}
        for name in stored.files:
            if name in wanted:
                member = archive.getinfo(f"{name}.npy")
                large = member.file_size >= MAPPED and member.compress_type == ZIP_STORED and os.name != "nt"
                found[name] = _mapped(handle, archive, member, sums) if large else stored[name]
        return found


def _mapped(handle: BinaryIO, archive: ZipFile, member: ZipInfo, sums: bool) -> np.ndarray:
    with archive.open(member) as data:
        version = np.lib.format.read_magic(data)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(data)
        if dtype.hasobject:
            raise ValueError(f"{member.filename} holds objects")
        start = data.tell()
        while sums and data.read(_BLOCK):  # to its end, where the sum is checked
            pass
    handle.seek(member.header_offset + _LOCAL_HEADER - 4)
    start += member.header_offset + _LOCAL_HEADER + sum(struct.unpack("<HH", handle.read(4)))
    return np.memmap(handle, dtype, "r", start, shape, "F" if fortran else "C")


def release(array: np.ndarray) -> None:
    """Give back the memory that a mapped array takes by having been looked at; other arrays stay."""
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
