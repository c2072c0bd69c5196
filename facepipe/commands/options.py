"""Settings as command-line options: flags, defaults and help all come from the dataclasses."""

import argparse
from collections.abc import Callable
from dataclasses import Field, fields
from importlib import import_module
from typing import Any, get_args

from facepipe.errors import UsageError
from facepipe.settings import Settings

# Where the names come from that a setting may take: kind of plug-in -> registry.
REGISTRIES = {
    "shot finder": "facepipe.media.scenes:SHOT_FINDERS",
    "detector": "facepipe.faces.detectors:DETECTORS",
    "encoder": "facepipe.faces.encoders:ENCODERS",
    "clothing model": "facepipe.faces.clothing:CLOTH_MODELS",
    "clusterer": "facepipe.cluster:CLUSTERERS",
    "annotation format": "facepipe.export:EXPORTERS",
}


def add_settings(parser: argparse.ArgumentParser, *groups: str) -> None:
    """Add an option for every setting of `groups` ("sampling", "detection", ...)."""
    defaults = Settings()
    for name in groups:
        values = getattr(defaults, name)
        group = parser.add_argument_group(name, (type(values).__doc__ or "").splitlines()[0])
        for spec in fields(values):
            _add_option(group, name, spec, getattr(values, spec.name))


def settings_from(args: argparse.Namespace, base: Settings | None = None) -> Settings:
    """`base` (default: all defaults) with what was given on the command line. UsageError for a bad value."""
    base = base or Settings()
    values: dict[str, dict[str, Any]] = {spec.name: {} for spec in fields(base)}
    for destination, value in vars(args).items():
        group, _, name = destination.partition(".")
        if name and value is not None:
            values[group][name] = value
    return Settings(
        **{
            group: type(current)(**{**{s.name: getattr(current, s.name) for s in fields(current)}, **values[group]})
            for group in values
            if (current := getattr(base, group)) is not None
        }
    )


def _add_option(group: argparse._ArgumentGroup, name: str, spec: Field, default: Any) -> None:
    flag, about = "--" + spec.name.replace("_", "-"), spec.metadata
    options: dict[str, Any] = {"dest": f"{name}.{spec.name}", "default": None}
    help_text = about["help"]
    if about["known"]:
        help_text += f": {', '.join(_names(about['known']))}"
    if default is False:
        group.add_argument(flag, action="store_true", help=help_text, **options)
        return
    if default is not None:
        help_text += f" (default: {_as_text(default)})"
    options["metavar"] = about["metavar"] or ("|".join(about["choices"]) if about["choices"] else "NAME")
    group.add_argument(
        flag, type=about["parse"] or _parser_of(spec.type, flag), help=help_text.replace("%", "%%"), **options
    )


def _parser_of(kind: Any, flag: str) -> Callable[[str], Any]:
    kinds = (kind, *get_args(kind))
    target = next(k for k in (int, float, str) if k in kinds)

    def parse(text: str) -> Any:
        try:
            return target(text)
        except ValueError:
            whole = "a whole number" if target is int else "a number"
            raise UsageError(f"{flag} {text}: must be {whole}") from None

    return parse


def _names(kind: str) -> list[str]:
    module, _, attribute = REGISTRIES[kind].partition(":")
    names = getattr(import_module(module), attribute).names
    return ["auto", *names] if kind == "detector" else names


def _as_text(value: Any) -> str:
    if isinstance(value, tuple):
        return ("x" if all(isinstance(v, int) for v in value) else ",").join(map(str, value))
    return str(value)
