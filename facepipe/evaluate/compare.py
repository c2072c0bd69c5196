"""The methods side by side, as person-clustering compares them: by face, by clothing, by both, and the default."""

from dataclasses import replace

from facepipe.cluster.hac import Hac
from facepipe.cluster.people import People
from facepipe.evaluate.matching import Matching
from facepipe.evaluate.score import Scores, score
from facepipe.table import FaceTable

_BASELINE = Hac(sim=0.63)  # person-clustering's own method
COLUMNS = {
    "Face": replace(_BASELINE, weights=(1.0, 0.0)),
    "Cloth": replace(_BASELINE, weights=(0.0, 1.0)),
    "Face+Cloth": replace(_BASELINE, weights=(1.0, 1.0)),
}


def compare(table: FaceTable, matching: Matching) -> list[Scores]:
    """The scores of each of `COLUMNS`, then of `people`, which looks at faces alone."""
    tried = {**COLUMNS, "people": People()}
    return [score(table, method.cluster(table).labels, matching, name) for name, method in tried.items()]
