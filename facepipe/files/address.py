"""Places that somebody types: paths of this machine, or addresses of what lies elsewhere (s3://bucket/films)."""

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from facepipe.errors import UsageError
from facepipe.files.names import printable

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")  # two letters at least: C:// is a drive
# Who signs in, to the last @ before the first slash; or, where a password holds a slash, to the last @ of all.
_SIGN_IN = re.compile(r"[^/]*@|[^/@:]*:(?!\d+(?:/|$)).*@")
_TOKEN = 8  # a name alone of so many characters may be a key; shorter ones would be found in any sentence


class Address:
    """Where files lie that fsspec reads and writes. As text it is without name, password and query, which may hold a
    key: `url` has them, and is never shown, stored or put into an error."""

    __slots__ = ("_shown", "secrets", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        scheme, _, rest = url.partition("://")
        sign_in = _SIGN_IN.match(rest)
        user = sign_in[0][:-1] if sign_in else ""
        path, _, query = rest[sign_in.end() if sign_in else 0 :].partition("?")
        self._shown = f"{scheme}://{path}"
        password = user.partition(":")[2]
        token = user if len(user) >= _TOKEN else ""
        hidden = {password, query, token, user if password else ""}
        self.secrets = sorted((hidden | set(map(unquote, hidden))) - {""}, key=len)

    def __str__(self) -> str:
        return printable(self._shown)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    @property
    def name(self) -> str:
        """The last part of its path; of a bucket or machine, its name."""
        return self._shown.rstrip("/").rpartition("/")[2]

    @property
    def as_folder(self) -> str:
        """Its text, to have the names of files put behind."""
        path = self._shown.rstrip("/")
        return path + ("//" if path.endswith(":") else "/")

    @property
    def parent(self) -> str:
        """The text of what it lies in, likewise."""
        return self._shown.rstrip("/").rpartition("/")[0] + "/"

    def digest(self, text: str) -> str:
        """16 hex digits that differ between texts, and between queries."""
        query = self.url.partition("?")[2]
        return hashlib.sha256(f"{text}?{query}".encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def without_secrets(self, text: str) -> str:
        """`text`, such as what a library says of an error, with nothing of name, password and query."""
        for secret in reversed(self.secrets):
            text = text.replace(secret, "...")
        return text


def place(text: str | Path) -> Path | Address:
    """What is meant by what somebody typed. UsageError: nothing, no text at all, or a file:// address of another
    machine."""
    if isinstance(text, Path):
        return text
    if not isinstance(text, str):
        raise UsageError(f"{text!r} is no path: give a text or a pathlib.Path, several of them one by one")
    if not text:  # pathlib's current folder, which is hardly what an unset variable of a shell stands for
        raise UsageError("a path is empty: name a file or folder (. is the current folder)")
    if "\0" in text:
        raise UsageError(f"{printable(text)} is a name that no file can have")
    if not _ADDRESS.match(text):
        return Path(text)
    if not text.startswith("file://"):
        return Address(text)
    from urllib.request import url2pathname  # here, because it takes long to import, and few need it

    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost"):
        raise UsageError(f"{printable(text)} lies on another machine: give the path of a folder that is mounted here")
    return Path(url2pathname(parts.path))


def local_path(text: str | Path) -> Path:
    """The path that somebody typed. UsageError: an address, where only a path can be."""
    found = place(text)
    if isinstance(found, Path):
        return found
    taken = "facepipe run reads from addresses and facepipe export --to writes to them"
    raise UsageError(f"{found}: a path of this machine is needed here ({taken})")


def run_folder(text: str | Path) -> Path:
    """The path of a run's folder. UsageError: an address."""
    found = place(text)
    if isinstance(found, Path):
        return found
    remedy = "name a local folder, and put an export there: facepipe export OUT --to ADDRESS"
    raise UsageError(f"{found}: a run's folder needs a file system, with locks, renames and appends: {remedy}")
