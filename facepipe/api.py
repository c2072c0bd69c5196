"""facepipe from Python: do a run, open one, look at its people and faces."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from facepipe.annotated import AnnotatedFrames
from facepipe.callbacks import Progress, Warn, no_progress, no_warning
from facepipe.console import Console
from facepipe.files.address import Address, local_path, place, run_folder
from facepipe.files.names import natural_key
from facepipe.job.main import recluster
from facepipe.job.main import run as run_job
from facepipe.job.request import Job
from facepipe.people.named import person_named
from facepipe.pictures.montage import sheet
from facepipe.review.sync import synced
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import PORTRAIT, crop_name
from facepipe.runs.lock import locked
from facepipe.settings import AUTO, CORES, ClusterSettings, Settings
from facepipe.table import FaceTable
from facepipe.words import counted

PathLike = str | Path
_SHOWN = 12  # people of whom a notebook shows a portrait


def run(
    *paths: PathLike,
    videos: PathLike | Sequence[PathLike] = (),
    images: PathLike | Sequence[PathLike] = (),
    out: PathLike | None = None,
    known: PathLike | None = None,
    xmp_names: bool = False,
    threads: int = CORES,
    shards: str = AUTO,
    fresh: bool = False,
    models_dir: PathLike | None = None,
    settings: Settings | None = None,
    progress: Progress = no_progress,
    warn: Warn = no_warning,
    **options: Any,
) -> "Run":
    """Turn videos and photos into a labelled person dataset; the same call goes on where an earlier one was stopped.

    paths: videos and photos, or folders of them, or their addresses ("s3://bucket/films/", which are fetched first).
    videos, images: likewise, one or several, where folders count for one kind only.
    out: the folder of the result (default: <first input's name>_dataset). known: a folder of reference pictures.
    xmp_names: take the names that other programs have written into photos or their sidecars. shards: how frames are
    stored, "frame" (a file each), "segment" (many in a file) or "auto".
    settings, and options, named as on the command line, that change them: run("clip.mp4", interval=0.5, cluster="hac").
    progress: called with (done, total) while frames are looked at, people made, and files written. warn: with a line.

    Errors: NoFaceFound (the report is written), UsageError, InputError, ModelError, StoreError, StorageFull.
    """
    job = Job(
        paths=tuple(map(place, paths)),
        videos=_places(videos),
        images=_places(images),
        out=None if out is None else run_folder(out),
        known=None if known is None else local_path(known),
        xmp_names=xmp_names,
        settings=(settings or Settings()).changed(options),
        threads=threads,
        shards=shards,
        fresh=fresh,
        models_dir=None if models_dir is None else local_path(models_dir),
    )
    return Run(run_job(job, _Listener(progress, warn)))


def _places(paths: PathLike | Sequence[PathLike]) -> tuple[Path | Address, ...]:
    return tuple(map(place, (paths,) if isinstance(paths, str | Path) else paths))


def open_run(path: PathLike, *, warn: Warn = no_warning) -> "Run":
    """Open a finished run, after reading back what was changed in its people/ folder. StoreError: there is none."""
    return Run(synced(run_folder(path), _Listener(warn=warn)))


class Run:
    """A finished run: its settings, its people, its faces. In a notebook it shows whom it holds."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._faces: FaceTable | None = None

    @property
    def path(self) -> Path:
        """The folder of the run; its report.html is the place to start looking."""
        return self._folder.path

    @property
    def settings(self) -> Settings:
        """What the run was made with; every "auto" is replaced by what it stood for."""
        return self._folder.settings

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was worth a warning, a line each."""
        return self._folder.state.warnings

    @property
    def faces(self) -> FaceTable:
        """Every face, one row each, with its person, box and embedding."""
        if self._faces is None:
            self._faces = self._folder.table()
        return self._faces

    @property
    def people(self) -> list[str]:
        """The names of everybody who is not unknown, in natural order."""
        return sorted(self.faces.people, key=natural_key)

    def person(self, name: str) -> "Person":
        """Somebody by name, exact or unique when case is ignored. UsageError lists the known names."""
        name = person_named(name, self.faces.people)
        return Person(name, self.faces.take(self.faces.rows_by_person()[name]), self._folder)

    def montage(self, name: str) -> Image.Image:
        """A contact sheet of somebody's best faces; a notebook shows it."""
        return self.person(name).montage()

    def refresh(self, *, warn: Warn = no_warning) -> "Run":
        """Read back what was changed in people/ or by another command since; returns itself."""
        self._folder, self._faces = synced(self.path, _Listener(warn=warn)), None
        return self

    def recluster(self, *, progress: Progress = no_progress, warn: Warn = no_warning, **options: Any) -> "Run":
        """Make people anew, with other clustering or output options, without encoding again; returns itself.

        Names and corrections stay. recluster(cluster="dbscan", eps=0.45); a clusterer starts from its own defaults.
        UsageError: an option that cannot be.
        """
        listener = _Listener(progress, warn)
        with locked(self.path):
            folder = synced(self.path, listener)
            defaults = replace(folder.settings, clustering=ClusterSettings())
            recluster(folder, defaults.changed(options), listener)
        self._folder, self._faces = folder, None
        return self

    def __repr__(self) -> str:
        counts = self._folder.state.counts
        seen = f"{counted(counts.frames, 'frame')}, {counted(counts.faces, 'face')}"
        people = f"{counted(counts.people, 'person', 'people')}, {counts.unknown} unknown"
        return f"<facepipe run {self.path}: {seen}, {people}>"

    def _repr_html_(self) -> str:
        shown = [self.person(name)._repr_html_() for name in self.people[:_SHOWN]]
        more = len(self.people) - len(shown)
        return f"<p>{escape(repr(self))}</p>{''.join(shown)}" + (f"<p>and {more} more</p>" if more > 0 else "")


class Person:
    """Somebody of a run. faces: the rows of the run's table that are theirs. In a notebook it shows the best face."""

    def __init__(self, name: str, faces: FaceTable, folder: RunFolder) -> None:
        self.name, self.faces, self._folder = name, faces, folder

    @property
    def embeddings(self) -> np.ndarray:
        """float32 (n, d), in the run's encoder's space."""
        return self.faces.embedding

    @property
    def best(self) -> str:
        """The id of the face of the best quality."""
        return self.faces.face_id[int(self.faces.quality.argmax())]

    def portrait(self, face_id: str = "") -> Path:
        """The file of a portrait (default: of the best face)."""
        return self._folder.layout.people / crop_name(self.name, face_id or self.best, PORTRAIT)

    def montage(self) -> Image.Image:
        """A contact sheet of the best faces; a notebook shows it."""
        frames = AnnotatedFrames(self.faces, self._folder.layout.frames)
        rows = frames.best_first()[self.name]
        return Image.fromarray(sheet(frames, rows, self._folder.layout.people, self.name))

    def __len__(self) -> int:
        return len(self.faces)

    def __repr__(self) -> str:
        return f"<Person {self.name!r}: {counted(len(self), 'face')}>"

    def _repr_html_(self) -> str:
        caption = f"{escape(self.name)}<br>{counted(len(self), 'face')}"
        style = "display:inline-block;margin:4px;text-align:center"
        return f'<figure style="{style}">{_inline(self.portrait())}<figcaption>{caption}</figcaption></figure>'


def _inline(path: Path) -> str:
    """A picture as HTML that needs no file beside it; nothing where it was moved away."""
    import base64  # needed by notebooks alone

    if not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img style="height:120px" src="data:image/jpeg;base64,{data}">'


class _Listener(Console):
    """A console that prints nothing and tells its caller instead."""

    def __init__(self, progress: Progress = no_progress, warn: Warn = no_warning) -> None:
        super().__init__(quiet=True)
        self._progress, self._warn = progress, warn

    def say(self, line: str = "") -> None:
        """Messages are for terminals."""

    def data(self, line: str) -> None:
        """So are answers: the caller gets values."""

    def warn(self, line: str, *, keep: str | None = "") -> None:
        if self._is_new(line, keep):
            self._warn(line)

    @contextmanager
    def bar(self, what: str, unit: str, note: Callable[[float], str] = lambda seconds: "") -> Iterator[Progress]:
        yield self._progress
