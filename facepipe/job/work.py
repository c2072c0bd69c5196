"""What the graphs of a job are made of: opened and ready when a graph asks for it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from facepipe.callbacks import Progress, Warn, no_progress, no_warning
from facepipe.media.stream import FrameStream
from facepipe.people.forgotten import forgotten_faces, without
from facepipe.people.gallery import Gallery
from facepipe.people.labeller import LabelHistory, Labeller, label_history
from facepipe.records import FrameRef
from facepipe.runs.budget import FaceBudget
from facepipe.runs.datastore import Datastore
from facepipe.runs.folder import RunFolder
from facepipe.runs.tally import Tally
from facepipe.settings import CORES, DetectionSettings, EncodingSettings, OutputSettings, Settings


@dataclass
class Work:
    """A run, what is to be done with it, and who watches.

    settings: may differ from the run's in clustering and output. gallery: known people. report: is told who was
    recognised, a line each. clustering, writing: progress of the people graph.
    """

    folder: RunFolder
    settings: Settings
    threads: int = CORES
    models_dir: Path | None = None
    gallery: Gallery | None = None
    warn: Warn = no_warning
    report: Warn = no_warning
    clustering: Progress = no_progress
    writing: Progress = no_progress

    @property
    def detection(self) -> DetectionSettings:
        return self.settings.detection

    @property
    def encoding(self) -> EncodingSettings:
        return self.settings.encoding

    @property
    def output(self) -> OutputSettings:
        return self.settings.output

    @property
    def is_limited(self) -> bool:
        """Whether frames or faces are counted over all sources, so that all have to be walked through again."""
        return bool(self.detection.max_faces or self.settings.sampling.max_frames)

    @cached_property
    def budget(self) -> FaceBudget:
        return FaceBudget(self.detection.max_faces)

    @cached_property
    def stream(self) -> FrameStream:
        sources = self.folder.sources() if self.is_limited else self.folder.unfinished_sources()
        return FrameStream(
            sources,
            self.settings.sampling,
            stored_faces=self._stored_faces,
            budget=self.budget,
            warn=self.warn,
            decode_threads=max(1, CORES - self.threads),
            others=len(sources) < len(self.folder.sources()),
            reuse_static=self.detection.reuse_static,
        )

    def _stored_faces(self, ref: FrameRef) -> int | None:
        faces = self.folder.stored_faces(ref)
        if faces is not None:
            self.tally.add(ref.frame_id, faces)
        return faces

    @cached_property
    def tally(self) -> Tally:
        return Tally()

    @cached_property
    def datastore(self) -> Datastore:
        return Datastore(
            self.folder.layout,
            self.folder.shards(),
            budget=self.budget,
            tally=self.tally,
            frame_size=self.settings.sampling.frame_size,
            redact=partial(without, forgotten=forgotten_faces(self.folder)),
        )

    @cached_property
    def history(self) -> LabelHistory:
        return label_history(self.folder)

    @property
    def forgotten(self) -> Collection[str]:
        return self.history.corrections.forgotten

    @cached_property
    def labeller(self) -> Labeller:
        clusterer, corrections = self.settings.clustering.cluster, self.history.corrections
        suggest = self.gallery and self.gallery.naming(
            set(corrections.person.values()),
            corrections.rejected,
            self.report,
            allow_duplicates=clusterer.allow_duplicates,
        )
        return Labeller(clusterer, self.history.names, corrections, suggest, self.warn)
