"""Hashes of files, remembered while a file does not change, and records of files that were made from others."""

import hashlib
import json
from pathlib import Path

from facepipe.errors import ModelError
from facepipe.files.atomic import write_bytes, write_text
from facepipe.files.hashing import sha256_of

_known: dict[tuple[str, int, int], str] = {}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex; computed once a process for a path, size and time of change."""
    try:
        status = path.stat()
        key = (str(path.resolve()), status.st_size, status.st_mtime_ns)
        if key not in _known:
            _known[key] = sha256_of(path)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    return _known[key]


def check_sha256(path: Path, expected: str) -> None:
    """ModelError, with the file and both hashes, when `path` is not the expected file."""
    found = file_sha256(path)
    if found != expected:
        raise ModelError(f"{path} is not the expected file: SHA-256 {found}, expected {expected}; remove or replace it")


def write_derived(path: Path, data: bytes, source_sha256: str) -> None:
    """Write `data` to `path`, and beside it a record of its hash and of the hash of what it was made from.

    Each file is atomic. The record comes last: a file without one, or one that disagrees, does not count.
    """
    write_bytes(path, data, private=False)
    record = {"sha256": hashlib.sha256(data).hexdigest(), "source_sha256": source_sha256}
    write_text(record_path(path), json.dumps(record, indent=2) + "\n", private=False)


def is_derived_from(path: Path, source_sha256: str) -> bool:
    """Whether `path` is, byte for byte, a file that `write_derived` made from that source."""
    try:
        record = json.loads(record_path(path).read_text(encoding="utf-8"))
        return record == {"sha256": file_sha256(path), "source_sha256": source_sha256}
    except (OSError, ValueError, ModelError):
        return False


def record_path(path: Path) -> Path:
    """Where the record of a made file stands."""
    return path.with_name(path.name + ".json")
