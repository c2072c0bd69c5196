"""What was made of a run and lies outside its folder."""

from pathlib import Path

from facepipe.files.address import Address
from facepipe.files.real import real
from facepipe.runs.folder import RunFolder
from facepipe.runs.lock import locked
from facepipe.runs.opening import load_run
from facepipe.runs.state import ExportEntry


def note_export(folder: RunFolder, to: Path | Address | None, kind: str) -> None:
    """Note in the run where an export goes, before it is there: whoever is forgotten later is looked for there.

    to: None for beside the inputs. kind: the format's name, or COPIES or SIDECARS. StoreError, StorageFull: run.json
    cannot be written.
    """
    with locked(folder.path):
        run = load_run(folder.path)
        entry = ExportEntry(str(real(to)) if isinstance(to, Path) else str(to or ""), kind)
        if entry not in run.state.exports:
            run.update(exports=(*(one for one in run.state.exports if one.path != entry.path), entry))
