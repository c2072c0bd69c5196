"""Where model files are: a named folder, $FACEPIPE_MODELS, the user's cache folder, the installed packages."""

import os
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from facepipe.errors import ModelError
from facepipe.models.convert import converted
from facepipe.models.hashing import check_sha256, is_derived_from, record_path
from facepipe.models.model import Model

FOLDER_VARIABLE = "FACEPIPE_MODELS"


def find(model: Model, models_dir: Path | None = None) -> Path:
    """The checked file of a model. The first folder of the search order that has the file decides.

    Converted models are made from their sources on first use and kept in the user's cache folder.
    ModelError: nowhere to be found (it says how to get it), another hash than expected, or `models_dir` is no folder.
    """
    paths = []
    for source in model.sources:
        path = _locate(source, models_dir)
        if path is None:
            raise ModelError(
                f"model {model.name} ({source.file}) is not installed: {_remedy(model, source, models_dir)}"
            )
        _check(source, path)
        paths.append(path)
    return converted(model, paths, cache_folder() / "converted") if model.made_from else paths[0]


def find_sources(model: Model, models_dir: Path | None = None) -> dict[str, Path]:
    """Name -> checked file of what a model is converted from, or of itself. ModelError as `find`."""
    return {source.name: find(source, models_dir) for source in model.sources}


def is_installed(model: Model, models_dir: Path | None = None) -> bool:
    """Whether `find` has a file to offer; that it is the right one is checked by `find`. ModelError: `models_dir` is
    no folder."""
    return all(_locate(source, models_dir) for source in model.sources)


def check_folder(models_dir: Path) -> None:
    """ModelError: it is no folder. What was mistyped would be other models without a word."""
    if not models_dir.is_dir():
        raise ModelError(f"{models_dir} is not a folder: name one that holds model files with --models-dir")


def pull_folder(models_dir: Path | None = None) -> Path:
    """Where a pulled model is put: the named folder, $FACEPIPE_MODELS, or the user's cache folder."""
    return _user_folders(models_dir)[0]


def cache_folder() -> Path:
    """facepipe's own folder in the user's cache; it may not exist yet."""
    return platformdirs.user_cache_path("facepipe", appauthor=False)


def _user_folders(models_dir: Path | None) -> list[Path]:
    named = [models_dir, os.environ.get(FOLDER_VARIABLE)]
    return [*(Path(folder) for folder in named if folder), cache_folder() / "models"]


def _locate(model: Model, models_dir: Path | None) -> Path | None:
    if models_dir is not None:
        check_folder(models_dir)
    folders = [*_user_folders(models_dir), Path(__file__).parent]
    if model.package:
        spec = find_spec(model.package)  # located, not imported: its import needs the removed pkg_resources
        folders += [Path(folder) / model.folder for folder in (spec and spec.submodule_search_locations) or ()]
    return next((path for path in (folder / model.file for folder in folders) if path.is_file()), None)


def _check(model: Model, path: Path) -> None:
    if model.sha256:
        check_sha256(path, model.sha256)
    elif model.cut and not is_derived_from(path, model.arrives_sha256):
        raise ModelError(
            f"{path} was not made from the official file, or {record_path(path).name} beside it is missing: "
            f"remove it and run: facepipe models pull {model.name}"
        )


def _remedy(model: Model, missing: Model, models_dir: Path | None) -> str:
    if model.to_pull:
        files = "the files" if len(model.to_pull) > 1 else "the file"
        return f"run: facepipe models pull {model.name} (or put {files} into {pull_folder(models_dir)})"
    if missing.package:
        return f"run: pip install {missing.package}"
    return "install the package that it comes with again"
