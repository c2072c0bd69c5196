"""Downloads with a pinned size and hash, that go on where an earlier try ended."""

import hashlib
import os
import urllib.error
import urllib.request
from http.client import HTTPException, InvalidURL, responses
from pathlib import Path

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import ModelError, StorageFull, UsageError

TIMEOUT_S = 60
_CHUNK = 1 << 16


def download(url: str, part: Path, size: int, sha256: str, progress: Progress = no_progress) -> bytes:
    """The bytes behind `url`, checked against `size` and `sha256`.

    part: where they are kept meanwhile. It stays after an interruption, so that the next call goes on from there,
    and is removed once the bytes are complete, right or wrong. progress: called with (bytes so far, size).
    ModelError: the transfer failed, the content is another, or `part` is a link. What the server says beside the bytes
    is never repeated. UsageError: `url` is not an HTTP address.
    """
    if not url.lower().startswith(("https://", "http://")):
        raise UsageError(f"--url {url}: must begin with https:// (or http://)")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        check_no_link(part)
        have = part.stat().st_size if part.is_file() else 0
        if have > size:
            part.unlink()
            have = 0
        if have < size:
            _transfer(url, part, have, size, progress)
        data = part.read_bytes()
    except OSError as error:
        raise StorageFull(f"cannot write {part}: {error.strerror or error}") from error
    found = hashlib.sha256(data).hexdigest()
    part.unlink(missing_ok=True)
    if len(data) != size or found != sha256:
        raise ModelError(f"{url} gives another file: SHA-256 {found}, expected {sha256}")
    return data


def check_no_link(path: Path) -> None:
    """ModelError where writing to `path` would write to a file that somebody else may want to have changed."""
    if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1):
        raise ModelError(f"{path} is a link to another file: remove it and run the same command again")


def _transfer(url: str, part: Path, have: int, size: int, progress: Progress) -> None:
    """Bring `part` from `have` bytes to `size`; ModelError when the other side does not deliver."""
    try:
        response = _open(url, have)
    except urllib.error.HTTPError as error:
        error.close()
        meaning = responses.get(error.code, "")  # as the standard calls it, not as the server does
        raise ModelError(f"{url}: the server answers {error.code} {meaning}".rstrip()) from None
    except (OSError, HTTPException, ValueError) as error:
        raise ModelError(f"{url} cannot be reached: {_reason(error)}") from None
    with response:
        resumed = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        have = have if resumed else 0
        with open(part, "ab" if resumed else "wb", opener=_no_link) as handle:
            while True:
                try:
                    chunk = response.read(_CHUNK)
                except (OSError, HTTPException) as error:
                    raise ModelError(f"{url}: the transfer broke off after {have} of {size} bytes") from error
                have += len(chunk)
                if have > size:
                    break
                handle.write(chunk)
                progress(have, size)
                if not chunk:
                    break
    if have < size:
        raise ModelError(f"{url}: the transfer broke off after {have} of {size} bytes")
    if have > size:
        part.unlink(missing_ok=True)
        raise ModelError(f"{url} gives another file: more than the expected {size} bytes")


def _reason(error: Exception) -> str:
    """Why a server cannot be reached, in this machine's words."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, OSError):
        return cause.strerror or type(cause).__name__
    return {InvalidURL: "the address is not valid"}.get(type(error), "it does not answer as an HTTP server does")


def _no_link(path: str, flags: int) -> int:
    """Opens a file, and not what a link leads to that was put there since it was looked at."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _open(url: str, have: int):
    """The server's answer to a request for the bytes from `have` on; for all of them when it refuses that."""
    headers = {"User-Agent": "facepipe", "Accept-Encoding": "identity"}
    if have:
        try:
            return _get(url, {**headers, "Range": f"bytes={have}-"})
        except urllib.error.HTTPError as error:
            if error.code != 416:
                raise
            error.close()
    return _get(url, headers)


def _get(url: str, headers: dict[str, str]):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S)
