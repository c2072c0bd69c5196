"""From faces to people in four steps: what `people`, the default clusterer, does.

1. Units: the faces of a track are one unit; every other face is one by itself. Exact copies of a picture count once.
2. Join: groups of units are joined while evidence speaks for it, against the odds of as many people as there seem to
   be; first with every unit a person, then with the people that this found, and with how alike strangers are among them
   (strangers.py), until their number stays. Units too unreliable to vote wait.
3. Collages: what only the rule "one person once a frame" kept apart is joined where photos show that it does not hold.
4. Weak units join the person whom they clearly are. A weak track of three faces or more that is nobody else is a person
   of its own; a single smear stays unknown.

Two faces of one frame are never one person in a video, but for copies where the picture is there twice (doubled.py),
and in photos only by step 3, unless duplicates are allowed; nor are faces that somebody has told apart. Those of one
name are not forced together: somebody may look like two people, and what was found apart gets one name afterwards.
"""

from dataclasses import dataclass
from itertools import count

import numpy as np
from threadpoolctl import threadpool_limits

from facepipe.callbacks import Progress, no_progress
from facepipe.cluster import constraints
from facepipe.cluster.baselines import drop_small, number_by_first_row
from facepipe.cluster.collages import join_collages
from facepipe.cluster.counted import priors_of
from facepipe.cluster.groups import Groups
from facepipe.cluster.linkage import join_by_evidence
from facepipe.cluster.priors import Priors
from facepipe.cluster.strangers import strangers_here, trust
from facepipe.cluster.tracks import make_tracks, possible_tracks, without_mixed
from facepipe.cluster.units import Units, make_units
from facepipe.cluster.weak import attach_weak
from facepipe.contracts import Clusterer
from facepipe.likeness import Likeness
from facepipe.records import UNKNOWN, Clustering
from facepipe.table import FaceTable
from facepipe.words import counted

PASSES = 2  # at least
SETTLED = 0.02  # nats: odds that move by less move next to nobody
CAUTION = 3.0  # nats that the first pass asks for beyond the odds, as far as strangers here may be believed after it


@dataclass(frozen=True, eq=False)
class Decision:
    """What happened to m units.

    label: int (m,), -1 unknown. evidence: float (m,), in nats, with which a unit joined others, nan where it did not.
    priors: of the last pass.
    """

    label: np.ndarray
    evidence: np.ndarray
    priors: Priors


def cluster(table: FaceTable, settings: Clusterer, progress: Progress = no_progress) -> Clustering:
    """All four steps. Memory: about 5 KB a face and 300 MB."""
    if not len(table):
        return Clustering(np.zeros(0), table.track)
    order = np.argsort(np.array(table.face_id, dtype=str), kind="stable")
    back = np.argsort(order)
    ordered = table.take(order)
    track = possible_tracks(ordered) if (table.track >= 0).any() else without_mixed(ordered, make_tracks(ordered))
    units = make_units(ordered, track, settings.allow_duplicates)
    likeness = table.space.likeness
    with threadpool_limits(1):  # the same sums on every machine; and small blocks are faster so
        decision = decide(units, ordered.frame_codes(), likeness, progress)
    label = drop_small(decision.label[units.of_face], settings.min_csize)
    notes = _notes(units, decision, label, likeness)
    return Clustering(
        number_by_first_row(label[back]),
        number_by_first_row(track[back]),
        tuple(notes[i] for i in back.tolist()),
        threshold=_usual_threshold(units, decision.priors, ordered),
        doubled=units.doubled[units.of_face][back],
    )


def decide(units: Units, frames: np.ndarray, likeness: Likeness, progress: Progress = no_progress) -> Decision:
    """Steps 2 to 4. frames: int (n,), the frame of each face."""
    m = len(units)
    label, evidence = np.full(m, UNKNOWN), np.full(m, np.nan)
    strong = np.flatnonzero(~units.weak(likeness))
    singles = Groups.of_units(units, likeness)
    voters = singles.take(strong)
    persons = voters
    priors = priors_of(voters, likeness).cautious(CAUTION * trust(units.beside.nnz / 2))
    label[strong] = np.arange(len(strong))
    for done in count():
        cannot = constraints.merge(units.cannot, label, len(persons))
        merged = join_by_evidence(persons, cannot, priors, progress if not done else no_progress)
        evidence[strong] = np.where(np.isnan(evidence[strong]), merged.evidence[label[strong]], evidence[strong])
        label[strong] = merged.labels[label[strong]]
        persons = merged.groups
        here = strangers_here(persons, constraints.merge(units.beside, label, len(persons)), likeness)
        before, priors = priors.everywhere, priors_of(persons, here)
        if done + 1 >= PASSES and before - priors.everywhere < SETTLED:
            break
    label = join_collages(units, frames, label, persons, priors)
    persons = voters.pooled(label[strong], int(label.max(initial=-1)) + 1)
    attach_weak(units, singles, persons, priors, label, evidence)
    progress(m, m)
    return Decision(label, evidence, priors)


def _usual_threshold(units: Units, priors: Priors, table: FaceTable) -> float | None:
    """The distance at which two units of the usual reliability are as likely one person as two."""
    likeness = priors.likeness
    reliability = likeness.reliability(units.noise)
    strong = ~units.weak(likeness)
    if not strong.any():
        return None
    cosine = likeness.cut(float(np.median(reliability[strong])) ** 2, priors.everywhere)
    length = float(np.median(likeness.seen(table.embedding)[1]))
    return length * float(np.sqrt(2 - 2 * cosine))


def _notes(units: Units, decision: Decision, label: np.ndarray, likeness: Likeness) -> list[str]:
    """One line a face on the step that gave it its label."""
    lines, weak = [], units.weak(likeness)
    people = np.exp(decision.priors.everywhere)
    for unit, faces in enumerate(units.faces.tolist()):
        what = f"track of {faces} faces" if faces > 1 else "single face"
        nats = decision.evidence[unit]
        if weak[unit]:
            what = f"weak {what}"
        if np.isfinite(nats):
            step = f"joined others, {odds(nats)} for it"
        elif not weak[unit]:
            step = f"nobody among about {counted(round(people), 'person', 'people')} is likely enough to be the same"
        elif decision.label[unit] >= 0:
            step = "nobody else; its faces agree, so it is a person"
        else:
            step = "not clearly anybody, and too few faces to be a person of its own"
        lines.append(f"{what}: {step}")
    known = label >= 0
    return [
        lines[unit] if known[i] or decision.label[unit] < 0 else f"{lines[unit]}; fewer faces than a person needs"
        for i, unit in enumerate(units.of_face.tolist())
    ]


def odds(nats: float) -> str:
    """Evidence in words: "20 to 1"."""
    ratio = np.exp(min(abs(nats), 50.0))
    return "over a million to 1" if ratio > 1e6 else f"{ratio:,.0f} to 1" if ratio >= 10 else f"{ratio:.1f} to 1"
