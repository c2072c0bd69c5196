"""Relative paths by their folders, so that of very many those are passed over at once that lie in one folder."""

from collections.abc import Collection, Iterable, Iterator, Mapping


def folder_and_name(path: str) -> tuple[str, str]:
    """The folder, "" at the top, and the name of a relative path with slashes."""
    folder, _, name = path.rpartition("/")
    return folder, name


class Paths(Collection[str]):
    """Paths with slashes; folders: the names in each folder, "" at the top."""

    def __init__(self, folders: Mapping[str, Collection[str]]) -> None:
        self.folders = folders

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Paths":
        folders: dict[str, set[str]] = {}
        for path in paths:
            folder, name = folder_and_name(path)
            folders.setdefault(folder, set()).add(name)
        return cls(folders)

    def without(self, others: "Paths") -> Iterator[str]:
        """Those that are not among `others`."""
        for folder, names in self.folders.items():
            rest = _rest(names, others.folders.get(folder, ()))
            yield from (f"{folder}/{name}" for name in rest) if folder else rest

    def __iter__(self) -> Iterator[str]:
        for folder, names in self.folders.items():
            yield from (f"{folder}/{name}" for name in names) if folder else names

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str):
            return False
        folder, name = folder_and_name(path)
        return name in self.folders.get(folder, ())

    def __len__(self) -> int:
        return sum(map(len, self.folders.values()))


def _rest(names: Collection[str], others: Collection[str]) -> Collection[str]:
    return () if names is others else {*names}.difference(others)  # of what stayed they are one
