"""Options as command-line options: flags, defaults and help all come from the options of groups and plug-ins."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import Field
from typing import Any

from facepipe.options import Options, flag, options_of, parser_of, written
from facepipe.registry import registry_of
from facepipe.settings import Settings

_DEST = "setting:"  # before an option's name, so that it is told from a command's own


def add_settings(parser: argparse.ArgumentParser, *groups: str) -> None:
    """Add an option for every setting of `groups` ("sampling", "detection", ...) and of the plug-ins that they name."""
    for name, values in Settings().groups():
        if name in groups:
            add_options(parser.add_argument_group(name, (type(values).__doc__ or "").splitlines()[0]), {"": values})


def add_options(group: argparse._ArgumentGroup, owned: Mapping[str, Options]) -> None:
    """Add the options of some owners (see `_Owners`) and of the plug-ins that they name."""
    for option, owners in _options_of(owned).items():
        if flag(option) not in group._option_string_actions:  # a package may call an option as another kind does
            _add_option(group, option, owners)


def given_options(args: argparse.Namespace) -> dict[str, Any]:
    """The options among `args` that somebody set, by name."""
    given = {key.removeprefix(_DEST): value for key, value in vars(args).items() if key.startswith(_DEST)}
    return {name: value for name, value in given.items() if value is not None}


def settings_from(args: argparse.Namespace, base: Settings | None = None) -> Settings:
    """`base` (default: all defaults) with what was given on the command line. UsageError for a bad value."""
    return (base or Settings()).changed(given_options(args))


_Owners = list[tuple[str, Field]]  # who has an option (a plug-in, or "" for a group), each with its field


def _options_of(owned: Mapping[str, Options]) -> dict[str, _Owners]:
    """All options by name, those of the plug-ins that may stand in them too."""
    found: dict[str, _Owners] = {}
    for owner, options in owned.items():
        for spec in options_of(options):
            found.setdefault(spec.name, []).append((owner, spec))
            if "plugin" in spec.metadata:
                for plugin, own in _plugin_options(spec.metadata["known"]):
                    found.setdefault(own.name, []).append((plugin, own))
    return found


def _plugin_options(kind: str) -> Iterator[tuple[str, Field]]:
    for name, plugin in registry_of(kind).loaded():
        yield from ((name, spec) for spec in options_of(plugin))


def _add_option(group: argparse._ArgumentGroup, name: str, owners: _Owners) -> None:
    spec = owners[0][1]
    about = spec.metadata
    options: dict[str, Any] = {"dest": _DEST + name, "default": None, "help": _help(owners).replace("%", "%%")}
    if isinstance(spec.default, bool):
        group.add_argument(flag(name), action=argparse.BooleanOptionalAction, **options)
        return
    metavar = about["metavar"] or ("|".join(about["choices"]) if about["choices"] else "NAME")
    group.add_argument(flag(name), type=parser_of(spec), metavar=metavar, **options)


def _help(owners: _Owners) -> str:
    """What an option means; where plug-ins differ, to each of them."""
    meanings: dict[str, list[str]] = {}
    for owner, spec in owners:
        text = spec.metadata["help"]
        if spec.metadata["known"]:
            text += f": {', '.join(registry_of(spec.metadata['known']).names)}"
        default = spec.metadata.get("plugin", spec.default)
        if default not in (None, "", ()) and not isinstance(default, bool):
            text += f" (default: {written(spec, default)})"
        meanings.setdefault(text, []).append(owner)
    everybody = len(meanings) == 1 and len(owners) > 1 and _is_shared(owners)
    parts = [text if everybody or names == [""] else f"{', '.join(names)}: {text}" for text, names in meanings.items()]
    return "; ".join(parts)


def _is_shared(owners: _Owners) -> bool:
    """Whether every plug-in of the kind has the option: then there is no need to list them."""
    names = {owner for owner, _ in owners}
    kinds = (kind for kind in ("detector", "encoder", "clothing model", "clusterer", "shot finder"))
    return any(names == {name for name, _ in registry_of(kind).loaded()} for kind in kinds)
