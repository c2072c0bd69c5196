"""Plug-ins as data: a name, where its class or function lives, what to install for it, one line of help.

Adding a detector, clusterer or exporter touches one new file and one line of a table; `--help`, the docs
and the contract tests follow from the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from facepipe.errors import UsageError


@dataclass(frozen=True, slots=True)
class Plugin:
    """One registered implementation.

    target: "package.module:attribute", imported on first use.
    extra: the pip extra that brings what it needs ("" when the base installation does).
    options: the settings that it heeds, where plug-ins of its kind share a group of settings.
    """

    name: str
    target: str
    summary: str
    extra: str = ""
    options: tuple[str, ...] = ()

    def load(self) -> Any:
        """Import and return the target. UsageError names the extra when something is not installed."""
        module, _, attribute = self.target.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except ImportError as error:
            hint = f"pip install 'facepipe[{self.extra}]'" if self.extra else "pip install facepipe again"
            raise UsageError(f"'{self.name}' needs {error.name or error}, which is not installed: {hint}") from error


class Registry:
    """An ordered table of plug-ins of one kind ("detector", "clusterer", ...)."""

    def __init__(self, kind: str, *plugins: Plugin) -> None:
        self.kind = kind
        self._plugins = {plugin.name: plugin for plugin in plugins}

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins.values())

    @property
    def names(self) -> list[str]:
        return list(self._plugins)

    def __getitem__(self, name: str) -> Plugin:
        """The plug-in called `name`; UsageError lists the known names."""
        try:
            return self._plugins[name]
        except KeyError:
            raise UsageError(f"unknown {self.kind} '{name}': choose one of {', '.join(self._plugins)}") from None

    def load(self, name: str) -> Any:
        return self[name].load()
