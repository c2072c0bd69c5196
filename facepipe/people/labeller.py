"""From faces to people with names, and what is known of names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from facepipe.callbacks import Progress, Warn, no_progress, no_warning
from facepipe.cluster.doubled import doubled_shots
from facepipe.contracts import Clusterer
from facepipe.people.decisions import Corrections, replay
from facepipe.people.log import read_log
from facepipe.people.naming import named
from facepipe.people.written import names_written
from facepipe.runs.folder import RunFolder
from facepipe.table import FaceTable


@dataclass(frozen=True, slots=True)
class LabelHistory:
    """names: face id -> the name that it had. corrections: what was decided. last: the number of the last decision."""

    names: Mapping[str, str]
    corrections: Corrections
    last: int


def label_history(folder: RunFolder) -> LabelHistory:
    """What a new clustering of a run has to respect. StoreError: a damaged log or table."""
    log = read_log(folder)
    return LabelHistory(names_written(folder) or {}, replay(log), len(log))


@dataclass(frozen=True, slots=True)
class Labeller:
    """A clusterer and all that is known of names.

    names: face id -> the name that it had. corrections: what people have decided since. suggest: gives better names,
    after all that, to people whom nobody has named. warn: is told of shots that show their picture several times.
    """

    clusterer: Clusterer
    names: Mapping[str, str] = field(default_factory=dict)
    corrections: Corrections = field(default_factory=Corrections)
    suggest: Callable[[FaceTable], FaceTable] | None = None
    warn: Warn = no_warning

    def label(self, table: FaceTable, progress: Progress = no_progress) -> FaceTable:
        """`table` with track, cluster and person: a name that was given or kept, else "person_001", ... in the order
        of appearance, "" when unknown."""
        table = table.with_(told=self.corrections.told)
        clustering = self.clusterer.cluster(table, progress)
        table = table.with_(track=clustering.track, cluster=clustering.labels, threshold=clustering.threshold)
        for line in doubled_shots(table, clustering.doubled):
            self.warn(line)
        table = named(
            table,
            self.names,
            self.corrections,
            allow_duplicates=self.clusterer.allow_duplicates,
            doubled=clustering.doubled,
        )
        return table if self.suggest is None else self.suggest(table)
