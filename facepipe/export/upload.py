"""An export that goes to an address: made beside the run, then brought there."""

from pathlib import Path
from tempfile import TemporaryDirectory

from facepipe.callbacks import Progress, no_progress
from facepipe.errors import StorageFull
from facepipe.export.card import Contents
from facepipe.export.export import Request
from facepipe.export.of_run import export_run
from facepipe.files.address import Address
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.files.remote import Remote
from facepipe.runs.folder import RunFolder


def export_to_address(
    folder: RunFolder,
    address: Address,
    request: Request,
    progress: Progress = no_progress,
    models_dir: Path | None = None,
    uploading: Progress = no_progress,
) -> Contents:
    """Write an export of a run to an address that holds nothing; see `export_run`.

    What describes it (card, list of classes) comes last: where that is, all is. A stop on the way leaves nothing there,
    as far as the other side lets files be removed. uploading: called with MB. Errors: also UsageError: a package is
    missing; InputError: the address cannot be reached; StoreError: it holds something.
    """
    remote = Remote(address)
    remote.check_free("name another address with --to, or empty it: an export there is not replaced")
    beside = folder.path.resolve().parent
    try:
        made = TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=beside)
    except OSError as error:
        raise StorageFull(f"cannot write to {beside}, where the export is made first: {error.strerror}") from error
    with made as name:
        export = Path(name) / "export"
        contents = export_run(folder, export, request, progress, models_dir, noted=address)
        remote.put(export, _in_order(export), uploading)
    return contents


def _in_order(export: Path) -> list[str]:
    """The files of an export, those of its own folder last."""
    names = [path.relative_to(export).as_posix() for path in export.rglob("*") if path.is_file()]
    return sorted(names, key=lambda name: ("/" not in name, name))
