"""Bringing what a run has written in line with other names of its faces."""

from collections.abc import Mapping
from itertools import compress
from operator import ne

from facepipe.export.formats import EXPORTERS
from facepipe.grouping import aligned
from facepipe.people.scan import Scan
from facepipe.people.written import names_written
from facepipe.pictures.plots import chosen
from facepipe.registry import UnknownPlugin
from facepipe.results.checks import still_open
from facepipe.results.collate import write_encodings
from facepipe.results.summary import write_run_report
from facepipe.results.write import write_results
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import TABLE_CSV, TABLES
from facepipe.runs.opening import made_with_more
from facepipe.version import __version__

_DRAWN = 200  # faces up to which all plots are drawn again: a second


def check_outputs(folder: RunFolder) -> None:
    """To be asked before a change is logged. StoreError: the run has a format or plot that is not here any more, so
    that its files could not follow."""
    try:
        for name in folder.settings.output.annotations:
            EXPORTERS.load(name)
        chosen(folder.settings.output.plots)
    except UnknownPlugin as error:
        raise made_with_more(folder.path, error) from error


def update_results(
    folder: RunFolder,
    names: Mapping[str, str],
    *,
    draw: bool = False,
    whole: bool | None = None,
    found: Scan | None = None,
) -> None:
    """Bring the run's files to `names` (face -> name); faces without an entry are left out.

    draw: plots that take long too, however many faces there are. whole: whether all files were in line with the names
    that are written, but for the frames of those that are left out (default: as the run's state says). found: what
    lies in people/, where that is known. StoreError as in `check_outputs`, before anything is written.
    """
    check_outputs(folder)
    whole = folder.state.assembled is not None if whole is None else whole
    table, was = folder.table(), names_written(folder) or {}
    now = names.values() if aligned(names, was) else map(names.get, was)
    renamed = dict(compress(was.items(), map(ne, now, was.values())))
    checks = still_open(folder, renamed, was, names)
    all_stay = aligned(names, table.face_id) or all(map(names.__contains__, table.face_id))
    # The embeddings stay as they are while all faces do; what was interrupted may have left them half replaced.
    same_faces = all_stay and whole
    table = (table if all_stay else table.take([face in names for face in table.face_id])).named(names)
    folder.begin_writing()
    write_results(
        folder,
        table,
        tables=[TABLE_CSV] if same_faces else TABLES,
        draw=draw or len(table) <= _DRAWN,
        renamed=renamed if whole and folder.state.facepipe == __version__ else None,
        found=found,
    )
    if not same_faces:
        write_encodings(folder, table)
    folder.state.assembled = folder.state.covers  # frames that have been added since are not in the table
    write_run_report(folder, table, checks)
