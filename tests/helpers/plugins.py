"""Registered plug-ins as contract tests want them: loaded and opened, or the test skipped with the reason."""

from pathlib import Path

import pytest

from facepipe import models
from facepipe.errors import UsageError
from facepipe.registry import registry_of


def loaded(kind: str, name: str):
    """The class of a registered plug-in; skips where it lacks a package."""
    return or_skip(registry_of(kind)[name].load)


def opened(plugin, models_dir: Path | None = None):
    """The plug-in, open; skips where it lacks a package. A model that is there and not right is an error."""
    return or_skip(lambda: plugin.open(models_dir))


def models_of(plugin, request: pytest.FixtureRequest) -> Path | None:
    """Where a plug-in's models are: None for the usual places, else the shared folder; skips where they are not."""
    missing = [model for model in plugin.models if not models.is_installed(model)]
    if not missing:
        return None
    folder = request.getfixturevalue("shared_models")
    missing = [model.name for model in missing if not models.is_installed(model, folder)]
    if missing:
        pytest.skip(f"model {', '.join(missing)} is not installed")
    return folder


def or_skip(make):
    """What `make` returns; skips where it says that a package is not installed."""
    try:
        return make()
    except UsageError as error:
        if "which is not installed" not in str(error):
            raise
        pytest.skip(str(error))
