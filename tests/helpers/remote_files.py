"""File systems that stand for those elsewhere: in memory, and one on which some files fail."""

from types import SimpleNamespace

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

SECRET = "hunter2"


class Broken(MemoryFileSystem):
    """Names tell what happens: "denied" cannot be read, "short" ends early. Listings are remembered, as object stores'
    are."""

    protocol = "broken"
    store: dict = {}  # noqa: RUF012
    pseudo_dirs: list = [""]  # noqa: RUF012
    listed: dict = {}  # noqa: RUF012

    @classmethod
    def _strip_protocol(cls, path):
        return "/" + path.removeprefix("broken://").rpartition("@")[2].strip("/")

    def find(self, path, detail=False, **options):
        """Every key, whatever it looks like, as an object store lists them."""
        below = f"{path.rstrip('/')}/"
        keys = self.listed.setdefault(path, sorted(key for key in self.store if key.startswith(below)))
        facts = {key: {"name": key, "type": "file", "size": len(self.store[key].getvalue())} for key in keys}
        return {key: one | {"created": self.store[key].created} for key, one in facts.items()} if detail else keys

    def invalidate_cache(self, path=None):
        self.listed.clear()

    def _open(self, path, mode="rb", **options):
        if "denied" in path and mode == "rb":
            raise ValueError(f"no entry to broken://me:{SECRET}@host{path}\nand more")  # no OSError, as some libraries
        handle = super()._open(path, mode, **options)
        if "short" in path and mode == "rb":
            return SimpleClosing(handle.read()[:-1])
        return handle


class SimpleClosing(SimpleNamespace):
    def __init__(self, data):
        super().__init__(data=data)

    def read(self, size):
        found, self.data = self.data[:size], self.data[size:]
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def emptied(protocol: str):
    """A file system of that name, with nothing in it."""
    if protocol == "broken":
        fsspec.register_implementation("broken", Broken, clobber=True)
    files = fsspec.filesystem(protocol)
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    return files
