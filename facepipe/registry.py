"""Plug-ins as data: a name, where its class or function lives, what to install for it, one line of help.

Adding a detector, clusterer or exporter touches one new file and one line of a table; `--help`, the docs and the
contract tests follow from the table. An installed package adds one without touching facepipe: an entry point of the
registry's group, such as

    [project.entry-points."facepipe.detectors"]
    mine = "my_package.mine:Mine"
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import Any

from facepipe.errors import FacepipeError, UsageError

ANYTHING = "collections.abc:Callable"  # that can be called


class UnknownPlugin(UsageError):
    """A plug-in is named that nothing here brings. what: it, in words: "the clusterer 'chains'"."""

    def __init__(self, message: str, what: str) -> None:
        super().__init__(message)
        self.what = what


@dataclass(frozen=True, slots=True)
class Plugin:
    """One registered implementation.

    target: "package.module:attribute", imported on first use. about: one line of help, or "" for the target's own.
    extra: the pip extra that brings what it needs ("" when the base installation does). package: the distribution
    that it comes from, "" for facepipe itself. install: how to get it where an extra does not bring it.
    must_be: "module:class" of which a package's target must be an instance or a subclass.
    """

    name: str
    target: str
    about: str = ""
    extra: str = ""
    package: str = ""
    install: str = ""
    must_be: str = ANYTHING

    def load(self) -> Any:
        """Import and return the target. UsageError says what to install when something is missing."""
        module, _, attribute = self.target.partition(":")
        try:
            target = getattr(import_module(module), attribute)
        except ImportError as error:
            raise self.lacks(error) from error
        except AttributeError as error:
            raise UsageError(f"'{self.name}' of {self.package or 'facepipe'} has no {self.target}") from error
        except Exception as error:
            if not self.package:
                raise
            what = f"{type(error).__name__}: {error}"  # somebody else's mistake must not stop what does without it
            raise UsageError(f"'{self.name}' of the package {self.package} cannot be imported ({what})") from error
        if self.package:
            self._check(target)
        return target

    def _check(self, target: Any) -> None:
        """UsageError: what a package brings is of another kind, so that whatever asks all plug-ins would stop at it."""
        kind = resolve_name(self.must_be)
        if not (isinstance(target, kind) or (isinstance(target, type) and issubclass(target, kind))):
            raise UsageError(f"'{self.name}' of the package {self.package} is no {kind.__name__}: ask its makers")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Around what it does. UsageError, which names it: what a package brings has failed, as nothing may."""
        try:
            yield
        except FacepipeError:
            raise
        except Exception as error:
            if not self.package:
                raise
            what = f"{type(error).__name__}: {error}"
            raise UsageError(
                f"'{self.name}' of the package {self.package} failed ({what}): leave it out, or ask its makers"
            ) from error

    @property
    def summary(self) -> str:
        """One line of help. A package that adds a plug-in says it as a docstring, a command as its help."""
        if self.about:
            return self.about
        try:
            target = self.load()
        except UsageError as error:
            return str(error)
        lines = (getattr(target, "help", None) or target.__doc__ or "").strip().splitlines()
        return lines[0] if lines else f"from the package {self.package}"

    def lacks(self, error: ImportError) -> UsageError:
        """The error to raise where a package that the plug-in needs cannot be imported."""
        hint = self.install or (f"pip install 'facepipe[{self.extra}]'" if self.extra else "pip install facepipe again")
        if self.package:
            hint = f"pip install {self.package} again"
        return UsageError(f"'{self.name}' needs {error.name or error}, which is not installed: {hint}")


@cache
def _entry_points() -> Any:
    """What all packages add, read once: there may be hundreds of packages."""
    return entry_points()


class Registry:
    """An ordered table of plug-ins of one kind ("detector", "clusterer", ...), and of those that packages add."""

    def __init__(
        self,
        kind: str,
        group: str,
        *plugins: Plugin,
        must_be: str = ANYTHING,
        files: tuple[str, str, str] = ("", "", ""),
    ) -> None:
        """group: of the entry points, "facepipe.detectors" for one. must_be: of what class, see `Plugin`. files: a
        suffix, and which plug-in, by which of its options, is meant where a file of that suffix is named in place of a
        plug-in."""
        self.kind, self.group, self._own, self._must_be, self._files = kind, group, plugins, must_be, files

    @cached_property
    def _plugins(self) -> dict[str, Plugin]:
        own = {plugin.name: plugin for plugin in self._own}
        for entry in sorted(_entry_points().select(group=self.group), key=lambda entry: entry.name):
            package = entry.dist.name if entry.dist else ""
            if entry.name not in own:  # what facepipe has keeps its meaning
                own[entry.name] = Plugin(entry.name, entry.value, package=package, must_be=self._must_be)
        return own

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins.values())

    def __contains__(self, name: str) -> bool:
        return name in self._plugins

    @property
    def names(self) -> list[str]:
        return list(self._plugins)

    def __getitem__(self, name: str) -> Plugin:
        """The plug-in called `name`; UsageError lists the known names."""
        try:
            return self._plugins[name]
        except KeyError:
            known = ", ".join(self._plugins)
            raise UnknownPlugin(
                f"unknown {self.kind} '{name}': choose one of {known}", f"the {self.kind} '{name}'"
            ) from None

    def load(self, name: str) -> Any:
        return self[name].load()

    def loaded(self) -> Iterator[tuple[str, Any]]:
        """Name and target of every plug-in but those that lack a package: these say so when somebody chooses them."""
        for plugin in self:
            try:
                target = plugin.load()
            except UsageError:
                continue
            yield plugin.name, target

    def chosen(self, text: str) -> tuple[str, dict[str, Any]]:
        """The name of the plug-in that `text` means, and the options that this implies. UsageError as above."""
        suffix, name, option = self._files
        if suffix and text not in self and text.endswith(suffix):
            return name, {option: text}
        return self[text].name, {}


# Where each kind of plug-in has its table: "module:attribute", imported when somebody asks for it.
REGISTRIES = {
    "reader": "facepipe.media.readers:READERS",
    "shot finder": "facepipe.media.shot_finders:SHOT_FINDERS",
    "detector": "facepipe.faces.detectors:DETECTORS",
    "encoder": "facepipe.faces.encoders:ENCODERS",
    "clothing model": "facepipe.faces.clothing:CLOTH_MODELS",
    "clusterer": "facepipe.cluster:CLUSTERERS",
    "annotation format": "facepipe.export.formats:EXPORTERS",
    "plot": "facepipe.pictures.plots:PLOTS",
    "command": "facepipe.commands:COMMANDS",
}


def registry_of(kind: str) -> Registry:
    """The table of a kind of plug-in."""
    registry: Registry = resolve_name(REGISTRIES[kind])
    return registry
