"""Joining by evidence, against a plain implementation on full matrices."""

import numpy as np
import pytest
from labelled_tables import make_table, same_partition
from scipy import sparse

from facepipe import distances
from facepipe.cluster import constraints, partners
from facepipe.cluster.counted import priors_of
from facepipe.cluster.groups import Groups, evidence, odds_against
from facepipe.cluster.linkage import join_by_evidence
from facepipe.cluster.priors import Priors
from facepipe.cluster.units import make_units
from facepipe.likeness import Likeness


def cloud(seed: int, n: int = 70) -> tuple[Groups, sparse.csr_matrix, Priors]:
    """Faces of a few people near each other in a clip of several shots and in two photos' worth of others."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, 9, n)
    people = rng.normal(size=(9, 40)) * 0.5 / np.sqrt(40) + 0.25 / np.sqrt(40)
    vectors = people[who] + rng.normal(size=(n, 40)) * 0.32 / np.sqrt(40)
    frame = rng.integers(0, n // 2, n)
    source = [f"{'ab'[f % 2]}.mp4" if f < n // 3 else f"{f}.jpg" for f in frame]
    table = make_table(vectors, frame=frame, source=source)
    table = table.with_(shot=frame // 5, quality=rng.uniform(0.1, 0.95, n))
    units = make_units(table, np.full(n, -1))
    likeness = table.space.likeness
    groups = Groups.of_units(units, likeness)
    return groups, units.cannot, priors_of(groups, likeness)


def plainly(groups: Groups, cannot: sparse.csr_matrix, priors: Priors) -> np.ndarray:
    """The definition: in every round all pairs are compared, and those that are each other's most alike are joined."""
    label = np.arange(len(groups))
    while True:
        n = len(groups)
        i, j = (side.reshape(-1) for side in np.mgrid[:n, :n])
        direction = groups.directions()
        cosine = (direction @ direction.T).reshape(-1)
        nats = evidence(groups, groups, i, j, cosine, priors.likeness) - odds_against(groups, groups, i, j, priors)
        alike = cosine * groups.agreement()[i] * groups.agreement()[j]
        allowed = (nats > 0) & (i != j) & (cannot.toarray().reshape(-1) == 0)
        alike = np.where(allowed, alike, -np.inf).reshape(n, n)
        best = alike.argmax(1)
        pairs = [(a, best[a]) for a in range(n) if alike[a, best[a]] > -np.inf and best[best[a]] == a and a < best[a]]
        if not pairs:
            return label
        owner = np.arange(n)
        for a, b in pairs:
            owner[b] = a
        kept, owner = np.unique(owner, return_inverse=True)
        cannot = constraints.merge(cannot, owner, len(kept))
        groups, label = groups.pooled(owner, len(kept)), owner[label]


@pytest.mark.parametrize("seed", range(8))
def test_it_joins_what_the_definition_joins(seed):
    groups, cannot, priors = cloud(seed)
    expected = plainly(groups, cannot, priors)
    assert 5 < len(set(expected.tolist())) < 60
    told = []
    found = join_by_evidence(groups, cannot, priors, lambda done, total: told.append((done, total)))
    assert same_partition(found.labels, expected)
    assert told == sorted(told) and told[-1] == (len(groups) - len(found.groups), len(groups))
    assert len(found.groups) == len(set(expected.tolist()))
    alone = np.bincount(expected)[expected] == 1
    assert np.array_equal(np.isnan(found.evidence), alone)
    assert (found.evidence[~alone] > 0).all()


@pytest.mark.parametrize("kept", [1, 2])
def test_it_does_not_matter_how_many_partners_are_kept_and_how_large_blocks_are(monkeypatch, kept):
    groups, cannot, priors = cloud(3)
    whole = join_by_evidence(groups, cannot, priors)
    monkeypatch.setattr(partners, "KEPT", kept)
    monkeypatch.setattr(distances, "BLOCK_BYTES", 2048)
    parts = join_by_evidence(groups, cannot, priors)
    assert same_partition(parts.labels, whole.labels)


def test_what_is_pooled_is_what_its_members_make():
    groups, _, _ = cloud(0)
    label = np.arange(len(groups)) % 3
    pooled = groups.pooled(label, 3)
    for part in range(3):
        inside = label == part
        weight = 1 / groups.noise[inside]
        assert pooled.mean[part] == pytest.approx(np.average(groups.mean[inside], axis=0, weights=weight), abs=1e-6)
        assert pooled.noise[part] == pytest.approx(1 / weight.sum())
        assert pooled.sources[part].toarray().astype(bool).tolist() == [
            groups.sources[inside].toarray().any(0).tolist()
        ]


@pytest.mark.parametrize(("people", "local"), [(12, False), (11.9, True), (5, True)])
def test_a_source_matters_where_it_has_fewer_people_than_all_together(people, local):
    assert Priors(Likeness(), np.log(12), np.log([12, people]), np.zeros(0)).local is local


def test_the_odds_are_those_of_the_smallest_place_that_both_were_seen_in():
    groups, _, priors = cloud(1)
    sources, shots = groups.sources.toarray() > 0, groups.shots.toarray() > 0
    i, j = (side.reshape(-1) for side in np.mgrid[: len(groups), : len(groups)])
    found = odds_against(groups, groups, i, j, priors)
    for a, b, odds in zip(i.tolist(), j.tolist(), found.tolist(), strict=True):
        places = [priors.everywhere, *priors.source[sources[a] & sources[b]], *priors.shot[shots[a] & shots[b]]]
        assert odds == pytest.approx(min(places), abs=1e-6)
    assert priors.everywhere > priors.source.max() > priors.shot.max()


def test_constraints_hold_between_whatever_the_parts_became():
    groups, cannot, priors = cloud(5)
    labels = join_by_evidence(groups, cannot, priors).labels
    a, b = cannot.nonzero()
    assert len(a)
    assert (labels[a] != labels[b]).all()
