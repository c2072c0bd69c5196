"""What follows a review: an export, and people made anew with all that was said."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from facepipe.errors import UsageError
from facepipe.export.formats import EXPORTERS
from facepipe.export.of_run import export_run, request_for, summary
from facepipe.export.options import ExportOptions
from facepipe.files.names import printable, safe_name
from facepipe.page.session import Session
from facepipe.people.changes import changes
from facepipe.people.decisions import replay
from facepipe.people.labeller import Labeller

_LISTED = 40  # changes that are shown
_PLACES = ("people", "montage", "annotations", "report")


def choices(session: Session) -> dict[str, Any]:
    """What an export can be, and where everything of the run lies."""
    layout = session.folder.layout
    return {
        "formats": [{"name": plugin.name, "about": plugin.summary} for plugin in EXPORTERS],
        **{spec.name: spec.metadata["choices"] for spec in fields(ExportOptions) if spec.name in ("boxes", "unknown")},
        "beside": printable(session.out.resolve().parent),
        "folder": safe_name(f"{session.out.resolve().name}_export"),
        "places": {name: printable(getattr(layout, name).resolve()) for name in _PLACES},
    }


def export(session: Session, wanted: Mapping[str, Any]) -> list[str]:
    """Export the run, its files brought up to date first, into a folder beside it. Returns what it holds, a line each.

    wanted: format, folder, and the options boxes, unknown, dedupe, min_quality. UsageError: one of them cannot be.
    """
    name = str(wanted.get("folder", "")).strip()
    if not name or safe_name(name) != name:
        raise UsageError(f"{name or 'no name'} cannot be a folder's name: choose a plain one")
    try:
        least = float(wanted.get("min_quality") or 0)
    except (TypeError, ValueError):
        raise UsageError("the least quality is a number between 0 and 1") from None
    given = {name: str(wanted[name]) for name in ("boxes", "unknown") if name in wanted}
    given |= {"min_quality": least} if least else {}
    given |= {"dedupe": True} if wanted.get("dedupe") else {}
    request = request_for(str(wanted.get("format")), given)
    session.update()
    to: Path = session.out.resolve().parent / name
    return summary(export_run(session.folder, to, request), to)


def proposed(session: Session) -> dict[str, Any]:
    """Whose faces would be others if people were made anew, with the run's own method and all that was said."""
    with session.reading():
        table, names, log = session.labels.table, session.labels.by_face(), list(session.decisions)
        clusterer = session.folder.settings.clustering.cluster
    bare = table.with_(track=None, cluster=None, person=None, threshold=None)
    found = Labeller(clusterer, names, replay(log)).label(bare)
    change = changes(names, dict(zip(found.face_id, found.person, strict=True)))
    return {"faces": change.moved, "lines": [line.strip() for line in change.lines(_LISTED)]}
