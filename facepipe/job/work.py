"""What the graphs of a job are made of: opened and ready when a graph asks for it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from facepipe.callbacks import Progress, Warn, no_progress, no_warning
from facepipe.job.plan import Task, whole
from facepipe.media.stream import FrameStream
from facepipe.people.forgotten import forgotten_faces, without
from facepipe.people.gallery import Gallery
from facepipe.people.labeller import LabelHistory, Labeller, label_history
from facepipe.records import FrameRef
from facepipe.runs.budget import FaceBudget
from facepipe.runs.datastore import Datastore, Redact
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import cuts_of
from facepipe.runs.tally import Tally
from facepipe.settings import AUTO, CORES, DetectionSettings, EncodingSettings, OutputSettings, Settings


@dataclass
class Work:
    """A run, what is to be done with it, and who watches.

    settings: may differ from the run's in clustering and output. shards: how they are stored, one of `SHARD_WAYS`.
    gallery: known people. report: is told who was recognised, a line each. clustering, writing: progress of the people
    graph.

    What a worker of many is told beside. assigned: what there is to look at (default: whatever of the run is not done).
    decode_threads: how many decode (default: half of `threads`). redact: takes out who was forgotten
    (default: those in the run's log). admit: raises LockLost where nothing may be written any more.
    """

    folder: RunFolder
    settings: Settings
    threads: int = CORES
    shards: str = AUTO
    models_dir: Path | None = None
    gallery: Gallery | None = None
    warn: Warn = no_warning
    report: Warn = no_warning
    clustering: Progress = no_progress
    writing: Progress = no_progress
    assigned: Task | None = None
    decode_threads: int = 0
    redact: Redact | None = None
    admit: Callable[[], None] = lambda: None

    @property
    def detection(self) -> DetectionSettings:
        return self.settings.detection

    @property
    def encoding(self) -> EncodingSettings:
        return self.settings.encoding

    @property
    def output(self) -> OutputSettings:
        return self.settings.output

    @cached_property
    def task(self) -> Task:
        return self.assigned or whole(self.folder)

    @cached_property
    def budget(self) -> FaceBudget:
        return FaceBudget(self.detection.max_faces)

    @cached_property
    def stream(self) -> FrameStream:
        return FrameStream(
            self.task.sources,
            self.settings.sampling,
            part=self.task.part,
            stored_faces=self._stored_faces,
            budget=self.budget,
            warn=self.warn,
            decode_threads=self.decode_threads or (self.threads + 1) // 2,  # decoding is up to half of the work
            others=self.task.others,
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
            self.folder.shards(self.shards),
            budget=self.budget,
            tally=self.tally,
            frame_size=self.settings.sampling.frame_size,
            cuts=cuts_of(upper_body=self.output.upper_body),
            redact=self.redact or partial(without, forgotten=forgotten_faces(self.folder)),
            admit=self.admit,
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
