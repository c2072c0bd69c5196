"""What was made of a run and lies outside its folder."""

from pathlib import Path

from facepipe.errors import StoreError
from facepipe.files.address import Address
from facepipe.files.names import why_no_text
from facepipe.files.real import real
from facepipe.runs.folder import RunFolder
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.state import ExportEntry


def note_export(folder: RunFolder, to: Path | Address | None, kind: str) -> None:
    """Note in the run where an export goes, before it is there: whoever is forgotten later is looked for there.

    to: None for beside the inputs. kind: the format's name, or COPIES or SIDECARS. StoreError, StorageFull: run.json
    cannot be written, or could not be read with such a path in it.
    """
    place = real(to) if isinstance(to, Path) else str(to or "")
    if isinstance(place, Path) and (why := why_no_text(place)):
        raise StoreError(why)
    with locked(folder.path):
        run = load_run(folder.path)
        entry = ExportEntry(str(place), kind)
        if entry not in run.state.exports:
            run.update(exports=(*(one for one in run.state.exports if one.path != entry.path), entry))
