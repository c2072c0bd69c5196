"""All of a run's pictures, annotations and tables, written from its labelled table: what changed of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from importlib.util import find_spec

from facepipe.annotated import AnnotatedFrames, person_names
from facepipe.callbacks import Progress, no_progress
from facepipe.export.exporter import export
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.split import Split, split_shots
from facepipe.files.names import known_folder, person_folder
from facepipe.files.paths import Paths
from facepipe.files.plan import Plan
from facepipe.files.target import Target
from facepipe.imaging.fonts import without_font
from facepipe.people.scan import Scan
from facepipe.pictures.crops import write_crops
from facepipe.pictures.montage import write_montages
from facepipe.pictures.plots import write_plots
from facepipe.records import frame_of
from facepipe.results.classes import CLASSES, class_names, classes_text, classes_written
from facepipe.runs.crops_ahead import CropsAhead
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import (
    ANNOTATIONS,
    CROPS,
    ENCODINGS,
    FRAMES,
    GLANCES,
    MONTAGE,
    PEOPLE,
    PLOTS,
    REPORT,
    TABLE_CSV,
    TABLE_NPZ,
    TABLE_PARQUET,
    TABLES,
)
from facepipe.runs.table import write_parquet
from facepipe.settings import CORES, OutputSettings
from facepipe.table import FaceTable
from facepipe.version import __version__
from facepipe.words import quoted


def write_results(
    folder: RunFolder,
    table: FaceTable,
    settings: OutputSettings | None = None,
    *,
    tables: Sequence[str] = TABLES,
    draw: bool = True,
    renamed: Mapping[str, str] | None = None,
    found: Scan | None = None,
    threads: int = CORES,
    progress: Progress = no_progress,
) -> None:
    """Bring everything but shards, frames, encodings.pickle and the report in line with `table`.

    What would be the same is not made again. What was written before and is not wanted any more is removed; nothing
    else is. settings: default, the run's own. tables: those of faces.csv and faces.npz that differ. draw: plots that
    take long too, if they would differ. renamed: the faces that have another name than when all was written last, with
    that one, None where that is not known. found: what lies in people/, where that is known.
    Errors: StoreError: a frame is unreadable; StorageFull: a write failed; UsageError: an unknown format.
    """
    settings = settings or folder.settings.output
    plan = Plan(folder.path, folder.files)
    earlier = classes_written(folder)
    classes = class_names(folder, table, earlier) if settings.annotations else [*table.people]
    notes = write_dataset(
        plan,
        table,
        settings,
        classes=classes,
        sampled=cache(folder.sampled_frames),  # few formats ask, and timelines of videos
        videos=folder.videos,
        draw=draw,
        anew=None if renamed is None else _labelled_anew(plan, table, earlier, classes, settings.unknown, renamed),
        touched=None if renamed is None else _touched(table, renamed),
        found=found,
    )
    _add_parquet(plan, table)
    seen = [GLANCES] if GLANCES in folder.files else []
    plan.keep(Paths({"": [TABLE_CSV, TABLE_NPZ, REPORT, *seen, *(() if table.is_large else (ENCODINGS,))]}))
    if plan.left_out:
        named = ", ".join(sorted({name.rpartition("/")[2].partition(".")[0] for name in plan.left_out}))
        again = f"facepipe sync {quoted(folder.path)} --all draws them"
        notes = (*notes, f"plots that take long are left out ({named}): {again}")
    if boxed := without_font(table.people):
        more = f" (and of {len(boxed) - 1} more)" if len(boxed) > 1 else ""
        again = f"facepipe sync {quoted(folder.path)} --all"
        notes = (*notes, f"no font here has all letters of {boxed[0]}{more}: install one, such as Noto, then {again}")
    folder.claim({*plan.listed.without(folder.files.paths)} | plan.changing)
    plan.carry_out(threads, progress)
    folder.write_tables(table, tables, renamed)
    folder.release(folder.files.paths.without(plan.listed))
    folder.files.made(plan.recipes)
    folder.state.threshold, folder.state.notes, folder.state.facepipe = table.threshold, notes, __version__
    folder.record(counts={"faces": len(table), "people": len(table.people), "unknown": table.person.count("")})


def _touched(table: FaceTable, renamed: Mapping[str, str]) -> set[str]:
    """Who has other faces than before, as `AnnotatedFace` has them."""
    people = {
        *renamed.values(),
        *(name for face, name in zip(table.face_id, table.person, strict=True) if face in renamed),
    }
    return set(map(known_folder, people))


def _labelled_anew(
    plan: Plan, table: FaceTable, earlier: Sequence[str], classes: Sequence[str], unknown: str, renamed: Collection[str]
) -> frozenset[str] | None:
    """The frames whose labels are not those of before; None: it may be all of them, since another version of the
    program has written them. earlier: the classes that are written. unknown: see `ExportOptions`."""
    if not plan.has(CLASSES, classes_text(earlier)):
        return None
    number = {name: place for place, name in enumerate(classes)}
    moved = {name for place, name in enumerate(earlier) if number.get(name, place) != place}
    if unknown == "label" and len(earlier) != len(classes):
        moved.add("")  # the number of nobody is the one behind the last
    people = [name for name in {*table.person} if known_folder(name) in moved] if moved else []
    frames = frozenset(map(frame_of, renamed))
    rows = table.rows_by_person()
    return frames.union(table.frame_id[row] for name in people for row in rows[name].tolist())


def _add_parquet(target: Target, table: FaceTable) -> None:
    """faces.csv of a large table for programs that read Parquet, where pyarrow is installed, as facepipe[parquet]."""
    if table.is_large and find_spec("pyarrow") is not None:
        target.file(TABLE_PARQUET, partial(write_parquet, table=table))


def write_dataset(
    target: Target,
    table: FaceTable,
    settings: OutputSettings | None = None,
    *,
    classes: Sequence[str] | None = None,
    sampled: Callable[[], Mapping[str, Collection[int]]] = dict,
    videos: Callable[[], Collection[str]] | None = None,
    draw: bool = True,
    anew: Collection[str] | None = None,
    touched: Collection[str] | None = None,
    found: Scan | None = None,
) -> tuple[str, ...]:
    """Write people/, montage/, annotations/ and plots/ of a run folder whose frames/ holds <frame_id>.jpg.

    classes: the people of the annotations, in the order of their numbers (default: their natural order). sampled:
    gives the frames that the run looked at, by source. videos: gives those sources that are videos. draw, found: see
    `write_results`. anew: see `export`. touched: see `write_montages`.
    Returns notes for the user, a line each; `target.paths` lists the files. Errors as in `write_results`.
    """
    settings = settings or OutputSettings()
    split = split_shots(table, settings.split) if settings.annotations else Split(("train",) * len(table))
    frames = AnnotatedFrames(table, target.path / FRAMES, split.names)
    people_dir, names = target.path / PEOPLE, person_names(frames) if classes is None else list(classes)

    ahead, lying, settled = CropsAhead(target.path / CROPS).found(), None, set[str]()
    if found is not None:
        lying = found.lying()
        settled = set() if touched is None else {*found.as_left.folders} - {*map(person_folder, touched)}
    upper_body = settings.upper_body
    write_crops(target.folder(PEOPLE), frames, upper_body=upper_body, ahead=ahead, lying=lying, settled=settled)
    target.wait()  # montages and plots are made of them
    # There may be a font now for names that had none: with what takes long that is looked for too.
    write_montages(target.folder(MONTAGE), frames, people_dir, None if draw else touched)
    is_labelled = bool(names) or (len(table) > 0 and settings.unknown == "label")
    if names and settings.annotations:
        target.text(CLASSES, classes_text(names))
    for name in settings.annotations if is_labelled else ():
        options = ExportOptions(unknown=settings.unknown)
        make = EXPORTERS.load(name)
        with EXPORTERS[name].at_work():
            sink = make(target.folder(f"{ANNOTATIONS}/{name}"), names, options)
            sink.sampled, sink.videos = sampled, videos
            export(sink, sink.narrowed(frames, table.space)[0], anew=anew)
    notes = write_plots(target.folder(PLOTS), settings.plots, table, frames, people_dir, sampled=sampled, draw=draw)
    target.wait()
    nobody = "all faces are unknown" if len(table) else "nobody was found"
    return (split.notes if is_labelled else (f"{nobody}: no annotations",)) + notes
