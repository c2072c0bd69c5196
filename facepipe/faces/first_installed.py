"""What "auto" stands for."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from facepipe.contracts import PluginOptions
from facepipe.registry import registry_of


def first_installed(kind: str, auto: Any, models_dir: Path | None, earlier: PluginOptions | None) -> Any:
    """The first plug-in of a kind that may be chosen so and has its model files, with the options of `auto`.

    earlier: what a run that goes on had, which it keeps. Where none has its files, the last one, which says what lacks.
    """
    known = [plugin.load() for plugin in registry_of(kind) if not plugin.package and not plugin.install]
    best = [make for make in known if make.auto]
    best = [make for make in best if earlier is not None and make.name == earlier.name] + best
    chosen = next((make for make in best if make().is_installed(models_dir)), best[-1])
    return chosen(**{spec.name: getattr(auto, spec.name) for spec in fields(auto)})  # which others may not take
