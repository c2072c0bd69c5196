"""Every model file that a plug-in owns, by name: what `facepipe models` speaks of."""

from collections.abc import Iterator
from pkgutil import resolve_name

from facepipe.errors import UsageError
from facepipe.models.model import Model
from facepipe.registry import registry_of

_OWNERS = ("detector", "encoder", "clothing model", "clusterer", "shot finder")
_SHARED = ("facepipe.faces.align:LANDMARKS",)  # of no plug-in: every face is aligned by them


def catalogue() -> dict[str, Model]:
    """All models by name, in the order of the plug-ins; what a model is made from follows it."""
    found: dict[str, Model] = {}
    for model in _models():
        for one in (model, *model.made_from):
            found.setdefault(one.name, one)
    return found


def _models() -> Iterator[Model]:
    for kind in _OWNERS:
        for _, owner in registry_of(kind).loaded():
            yield from owner.models
    yield from map(resolve_name, _SHARED)


def model_named(name: str) -> Model:
    """The model called `name`, or the only one whose name begins so; UsageError lists the known names."""
    known = catalogue()
    alike = [model for model in known.values() if model.name.startswith(f"{name}-")]
    if name not in known and len(alike) == 1:
        return alike[0]
    try:
        return known[name]
    except KeyError:
        raise UsageError(f"unknown model '{name}': choose one of {', '.join(known)}") from None


def names_to_pull() -> list[str]:
    """The names that `pull` is meant for: what can be pulled and is not a part of another model."""
    known = catalogue()
    parts = {source.name for model in known.values() for source in model.made_from}
    return [name for name, model in known.items() if name not in parts and model.to_pull]
