"""The baselines' methods: their fusion, their exact results, and what is added around them."""

import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from labelled_tables import make_table, same_partition, simulate
from scipy.cluster import hierarchy
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist, pdist, squareform
from sklearn.cluster import DBSCAN, HDBSCAN

from facepipe.cluster import baselines, fusion
from facepipe.cluster.chinese_whispers import ChineseWhispers
from facepipe.cluster.dbscan import Dbscan
from facepipe.cluster.fusion import FusedDistances, fuse
from facepipe.cluster.hac import Hac
from facepipe.cluster.hdbscan import Hdbscan
from facepipe.cluster.merge import merge_clusters
from facepipe.errors import UsageError
from facepipe.space import DLIB

# The baselines know no frames.
alone = partial(Hac, allow_duplicates=True)
ALONE = alone()


# fusion ------------------------------------------------------------------------------------------------------------


def test_default_vector_is_the_encoding_as_it_is():
    table, _ = simulate(3, 20)
    assert np.array_equal(fuse(table, Hac()), table.embedding)


@pytest.mark.parametrize(
    "method", [Dbscan(min_samples=2), ChineseWhispers(), Hac(), Hac(alpha=0.01), Hdbscan(epsilon=0.3)]
)
def test_distances_are_in_dlibs_unit_whatever_the_encoder(method):
    """What is .5 apart for dlib's encoder may be .9 apart for another; its own threshold is in its own unit."""
    table, _ = simulate(8, 120)
    far = tuple(4 * distance for distance in DLIB.doubtful)
    other = table.with_(embedding=4 * table.embedding, space=replace(DLIB, name="other", doubtful=far))
    found, same = method.cluster(table), method.cluster(other)
    assert found.labels.max() > 3 and np.array_equal(same.labels, found.labels)
    assert (same.threshold is None) == (found.threshold is None)
    assert same.threshold is None or same.threshold == pytest.approx(4 * found.threshold)


def test_fused_vector_is_person_clusterings():
    table, _ = simulate(3, 20)
    face, cloth = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (table.embedding, table.cloth))
    expected = np.concatenate([face * 1.0, cloth * 2.0], 1)
    fused = fuse(table, alone(weights=(1.0, 2.0)))
    assert fused.dtype == np.float32 and np.allclose(fused, expected, atol=1e-6)


def test_alpha_counts_when_photos_were_taken():
    table = make_table([[0.1], [0.2], [0.3], [0.4]], frame=[0, 1, 2, 3], time_s=[0, 0, 0, 7])
    table = table.with_(taken=("2023-05-06T12:00:10", "2023-05-06T12:00:00+02:00", "", ""))
    assert fuse(table, alone(alpha=0.5))[:, -1].tolist() == [5.0, 0.0, 0.0, 3.5]


def test_alpha_adds_a_number_for_time():
    table, _ = simulate(3, 20)
    fused = fuse(table, alone(alpha=0.5))
    assert fused.shape == (20, 129) and np.allclose(fused[:, -1], 0.5 * table.time_s)


@pytest.mark.parametrize("values", [{}, {"weights": (1.0, 2.0)}, {"weights": (0.0, 1.0)}, {"alpha": 0.3}])
def test_distances_are_those_of_the_fused_vectors(values, monkeypatch):
    monkeypatch.setattr(fusion, "BLOCK_CELLS", 7 * 50)  # several blocks
    table, _ = simulate(5, 50)
    matrix = FusedDistances(table, alone(**values)).matrix("hac")
    assert np.allclose(matrix, squareform(pdist(fuse(table, alone(**values)))), atol=1e-5)
    assert np.array_equal(np.diag(matrix), np.zeros(50))


def test_a_pair_without_clothing_is_compared_by_face_at_the_scale_of_the_others():
    face, shirt = [[1, 0], [0.8, 0.6], [0.8, 0.6]], [0, 0, 1]
    table = make_table(face, cloth=[shirt, shirt, None])
    distances = FusedDistances(table, alone(weights=(1.0, 2.0))).matrix("hac")
    by_face = np.sqrt(0.4)  # of the normalised faces
    assert distances[0, 1] == pytest.approx(by_face)  # the same shirt adds nothing
    assert distances[0, 2] == pytest.approx(by_face * np.sqrt(1 + 2**2))


def test_without_face_weight_a_face_without_clothing_is_unknown():
    table = make_table([[1.0], [1.0], [1.0]], cloth=[[1, 0], [1, 0], None])
    assert alone(weights=(0.0, 1.0)).cluster(table).labels.tolist() == [0, 0, -1]


def test_links_are_the_pairs_inside_the_radius():
    table, _ = simulate(3, 30)
    full = squareform(pdist(table.embedding.astype(float)))
    links = FusedDistances(table, ALONE).links(0.5, "dbscan")
    expected = (full <= 0.5) & ~np.eye(30, dtype=bool)
    assert np.array_equal(links.astype(bool).toarray(), expected)
    twins = make_table([[1.0], [1.0]])
    assert FusedDistances(twins, ALONE).links(0.5, "dbscan").nnz == 2  # a distance of 0 is a link


def test_memory_is_refused_before_it_is_taken(monkeypatch):
    table, _ = simulate(3, 30)
    monkeypatch.setattr(fusion, "MAX_MATRIX_BYTES", 4 * 29 * 29)
    monkeypatch.setattr(FusedDistances, "rows", lambda *_: pytest.fail("computed all the same"))
    with pytest.raises(UsageError, match=r"--cluster hac compares all faces: 30 .* up to 29; use --cluster people"):
        ALONE.cluster(table)


def test_too_many_neighbours_are_refused(monkeypatch):
    table, _ = simulate(1, 30)
    monkeypatch.setattr(fusion, "MAX_LINKS", 100)
    for method in (Dbscan, ChineseWhispers):
        with pytest.raises(UsageError, match="use a smaller --eps, or --cluster people"):
            method(eps=0.9).cluster(table)


def test_neighbours_are_counted_over_all_blocks(monkeypatch):
    monkeypatch.setattr(fusion, "BLOCK_CELLS", 7 * 30)
    distances = FusedDistances(simulate(1, 30)[0], ALONE)
    monkeypatch.setattr(fusion, "MAX_LINKS", 30 * 29)
    assert distances.links(9.0, "dbscan").nnz == 30 * 29
    monkeypatch.setattr(fusion, "MAX_LINKS", 30 * 29 - 1)
    with pytest.raises(UsageError, match="are nearer than 9"):
        distances.links(9.0, "dbscan")


# hac ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Hac, Dbscan, Hdbscan, ChineseWhispers, partial(Hac, linkage="ward")])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("weights", [(1.0, 0.0), (1e6, 1e-6), (1e-6, 1e6)])
def test_weights_are_such_that_all_can_be_compared(make, metric, weights):
    """An hour counts a million times what a face does, and the other way round, and no number is too large for it."""
    ward = isinstance(make, partial)
    more = {} if ward else {"weights": weights, "metric": metric}
    table = simulate(3, 30, per_frame=2)[0]
    table = table.with_(time_s=table.time_s * 3600, has_cloth=np.arange(30) % 3 > 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(make(alpha=1e6, **more).cluster(table).labels) == 30


@pytest.mark.parametrize("make", [Hac, Dbscan, ChineseWhispers])
@pytest.mark.parametrize(
    "values", [{"weights": (1e300, 1e300)}, {"weights": (1e-300, 1.0)}, {"alpha": 1e7}, {"eps": 1e308}]
)
def test_what_cannot_be_computed_with_is_refused(make, values):
    with pytest.raises(UsageError, match=f"--{next(iter(values))} .*: (each )?must be "):
        make(**values)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_hac_with_sim_is_person_clusterings(alpha):
    table, _ = simulate(5, 60)
    method = alone(sim=0.63, alpha=alpha, weights=(1.0, 1.0), min_csize=6)
    distances = pdist(fuse(table, alone(weights=(1.0, 1.0))).astype(float))
    if alpha:
        time = pdist(table.time_s[:, None])
        distances = (1 - alpha) * distances / distances.max() + alpha * time / time.max()
    tree = hierarchy.linkage(distances, "average")
    expected = hierarchy.fcluster(tree, (1 - 0.63) * distances.max(), "distance")
    expected[np.bincount(expected)[expected] < 6] = -1
    assert same_partition(method.cluster(table).labels, expected)


def _points(n=60, seed=4):
    """Faces without any order, of which every distance is another."""
    return make_table(np.random.default_rng(seed).normal(size=(n, 4)) + 2)


@pytest.mark.parametrize("linkage", ["average", "complete", "single", "ward"])
@pytest.mark.parametrize("eps", [0.8, 1.2, 1.6])
def test_every_linkage_is_scipys(linkage, eps):
    table = _points()
    tree = hierarchy.linkage(pdist(fuse(table, ALONE).astype(float)), linkage)
    expected = hierarchy.fcluster(tree, eps, "distance")
    assert 1 < len(set(expected.tolist())) < 60
    assert same_partition(alone(linkage=linkage, eps=eps).cluster(table).labels, expected)


@pytest.mark.parametrize("linkage", ["complete", "single"])
def test_every_linkage_can_be_cut_as_person_clustering_does(linkage):
    table = _points()
    distances = pdist(fuse(table, ALONE).astype(float))
    expected = hierarchy.fcluster(hierarchy.linkage(distances, linkage), 0.3 * distances.max(), "distance")
    assert same_partition(alone(linkage=linkage, sim=0.7).cluster(table).labels, expected)


@pytest.mark.parametrize("linkage", ["complete", "single", "ward"])
def test_no_linkage_joins_a_frame(linkage):
    table, who = simulate(5, 60, per_frame=3)
    labels = Hac(linkage=linkage, eps=9.0).cluster(table).labels  # all of them, but for the frames
    pairs = list(zip(table.frame_id, labels.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) == len(who)


def test_a_linkage_of_no_face_and_of_one():
    for n in (0, 1):
        assert alone(linkage="complete").cluster(_points(n)).labels.tolist() == [0] * n


def test_ward_needs_euclidean_distances():
    with pytest.raises(UsageError, match="--linkage ward needs Euclidean"):
        Hac(linkage="ward", metric="cosine")
    for more in ({"weights": (1.0, 1.0)}, {"sim": 0.6}):
        with pytest.raises(UsageError, match="--linkage ward needs Euclidean"):
            Hac(linkage="ward", **more)


def test_the_threshold_is_told_where_it_is_one_of_faces():
    table, _ = simulate(2, 12)
    assert Hac(eps=0.4).cluster(table).threshold == 0.4
    largest = pdist(table.embedding.astype(float)).max()
    assert alone(sim=0.7).cluster(table).threshold == pytest.approx(0.3 * largest, abs=1e-5)
    for changes in ({"weights": (1.0, 1.0)}, {"alpha": 0.1}, {"metric": "cosine"}):
        assert Hac(**changes).cluster(table).threshold is None


def test_hac_never_merges_a_frame_but_merges_on():
    table = make_table([[0.0], [0.01], [0.02], [0.03]], frame=[0, 0, 1, 2])
    labels = Hac().cluster(table).labels
    assert labels[0] != labels[1]
    assert len(set(labels.tolist())) == 2
    assert set(ALONE.cluster(table).labels.tolist()) == {0}


def test_hac_shares_above_one_are_refused():
    with pytest.raises(UsageError, match="--sim"):
        Hac(sim=1.5)
    with pytest.raises(UsageError, match="--alpha"):
        Hac(sim=0.5, alpha=2.0)


def test_identical_faces_are_one_person():
    table = make_table(np.tile(np.random.default_rng(0).normal(size=(1, 128)), (6, 1)))
    for sim in (None, 0.63):
        assert alone(sim=sim, alpha=0.0).cluster(table).labels.tolist() == [0] * 6


def test_two_thousand_faces_in_a_few_seconds():
    table, who = simulate(40, 2000, per_frame=4)
    labels = Hac(eps=0.55).cluster(table).labels
    assert same_partition(labels, who)


# the others --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{}, {"eps": 0.42, "min_samples": 3}, {"weights": (1.0, 1.0), "eps": 0.4}])
def test_dbscan_is_scikit_learns(values):
    table, _ = simulate(6, 150, seed=1)
    method = Dbscan(allow_duplicates=True, **values)
    fused = fuse(table, method).astype(float)
    expected = DBSCAN(eps=values.get("eps", 0.5), min_samples=values.get("min_samples", 5)).fit_predict(fused)
    assert same_partition(method.cluster(table).labels, expected)


def test_dbscan_needs_a_radius():
    with pytest.raises(UsageError, match="--eps 0"):
        Dbscan(eps=0.0)


def test_hdbscan_is_scikit_learns():
    table, _ = simulate(6, 150, seed=2)
    expected = HDBSCAN(min_cluster_size=5, min_samples=3, copy=True).fit_predict(table.embedding.astype(float))
    for size in ({"min_cluster_size": 5}, {"min_csize": 5}):
        found = Hdbscan(min_samples=3, allow_duplicates=True, **size).cluster(table).labels
        assert same_partition(found, expected)


def _scikit_learns(points, **options):
    model = HDBSCAN(min_cluster_size=3, min_samples=2, copy=True, **options)
    return model.fit_predict(points.embedding.astype(float))


@pytest.mark.parametrize(
    ("options", "theirs"),
    [
        ({"leaf": True}, {"cluster_selection_method": "leaf"}),
        ({"epsilon": 0.6}, {"cluster_selection_epsilon": 0.6}),
        ({"epsilon": 0.6, "leaf": True}, {"cluster_selection_epsilon": 0.6, "cluster_selection_method": "leaf"}),
        ({"epsilon": 0.9}, {"cluster_selection_epsilon": 0.9}),
        ({"epsilon": 0.9, "leaf": True}, {"cluster_selection_epsilon": 0.9, "cluster_selection_method": "leaf"}),
    ],
)
@pytest.mark.filterwarnings("ignore:Conversion of an array with ndim > 0:DeprecationWarning")  # of versions before
def test_hdbscans_choice_of_clusters_is_scikit_learns(options, theirs):
    table = _points(120)
    method = Hdbscan(min_cluster_size=3, min_samples=2, allow_duplicates=True, **options)
    try:
        expected = _scikit_learns(table, **theirs)
    except TypeError:  # its issue 33219: a split that epsilon undoes fails with newer versions of NumPy
        with pytest.raises(UsageError, match="--epsilon"):
            method.cluster(table)
        return
    assert same_partition(method.cluster(table).labels, expected)
    assert options == {"epsilon": 0.6} or not same_partition(expected, _scikit_learns(table))


# other distances ---------------------------------------------------------------------------------------------------

METRICS = {"cosine": 0.02, "cityblock": 1.5}  # and a radius at which there is something to find


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("values", [{}, {"weights": (1.0, 2.0)}, {"alpha": 0.3}])
def test_other_distances_are_scipys(metric, values, monkeypatch):
    monkeypatch.setattr(fusion, "BLOCK_CELLS", 7 * 50)  # several blocks
    table, _ = simulate(5, 50)
    method = alone(metric=metric, **values)
    vectors = fuse(table, method)
    assert np.allclose(FusedDistances(table, method).matrix("hac"), cdist(vectors, vectors, metric), atol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_every_method_works_with_other_distances(metric):
    table, eps = _points(), METRICS[metric]
    vectors = table.embedding.astype(float)
    distances = cdist(vectors, vectors, metric)
    np.fill_diagonal(distances, 0)
    condensed = squareform(distances, checks=False)
    for linkage in ("average", "complete", "single"):
        expected = hierarchy.fcluster(hierarchy.linkage(condensed, linkage), eps, "distance")
        assert 1 < len(set(expected.tolist())) < 60
        found = alone(metric=metric, linkage=linkage, eps=eps).cluster(table).labels
        assert same_partition(found, expected)

    expected = DBSCAN(eps=eps, min_samples=3, metric="precomputed").fit_predict(distances)
    assert expected.max() > 0
    found = Dbscan(metric=metric, eps=eps, min_samples=3, allow_duplicates=True).cluster(table).labels
    assert same_partition(found, expected)

    expected = HDBSCAN(min_cluster_size=3, min_samples=2, metric="precomputed", copy=True).fit_predict(distances)
    assert expected.max() > 0
    found = Hdbscan(metric=metric, min_cluster_size=3, min_samples=2, allow_duplicates=True).cluster(table).labels
    assert same_partition(found, expected)

    found = ChineseWhispers(metric=metric, eps=eps, allow_duplicates=True).cluster(table).labels
    _, pieces = connected_components(distances < eps)
    assert all(len(set(pieces[found == label].tolist())) == 1 for label in set(found.tolist()))


def test_chinese_whispers_groups_what_is_linked():
    table = make_table([[0.0], [0.4], [0.8], [3.0]])
    assert ChineseWhispers(allow_duplicates=True).cluster(table).labels.tolist() == [0, 0, 0, 1]
    # nearer than eps, not at it
    assert ChineseWhispers(eps=0.4, allow_duplicates=True).cluster(table).labels.tolist() == [0, 1, 2, 3]


def test_chinese_whispers_follows_the_majority():
    table = make_table([[x] for x in (0.2, 0.25, 0.3, 0.35, 0.6, 1.05, 1.06, 1.07)])
    assert ChineseWhispers(allow_duplicates=True).cluster(table).labels.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]


def test_hdbscan_finds_people_when_some_wear_nothing_visible():
    table, who = simulate(4, 80)
    table = table.with_(has_cloth=np.arange(80) % 5 > 0)
    labels = Hdbscan(weights=(1.0, 1.0), min_csize=5, allow_duplicates=True).cluster(table).labels
    assert (labels >= 0).mean() > 0.8 and same_partition(labels[labels >= 0], who[labels >= 0])


# what is around them -----------------------------------------------------------------------------------------------


def test_small_clusters_are_unknown():
    assert baselines.drop_small(np.array([0, 0, 1, 2, 2, -1]), 2).tolist() == [0, 0, -1, 2, 2, -1]


def test_people_are_numbered_by_their_first_row():
    assert baselines.number_by_first_row(np.array([7, -1, 2, 7, 5])).tolist() == [0, -1, 1, 0, 2]
    assert baselines.number_by_first_row(np.zeros(0, int)).tolist() == []


def test_a_chain_of_two_people_is_taken_apart_where_a_frame_shows_both():
    line = np.linspace(0, 2, 21)  # from one person to another, each step inside eps
    frames = np.where((line < 0.35) | (line > 1.65), np.tile(np.arange(3), 7), np.arange(21) + 10)
    frames[:4], frames[-4:] = np.arange(4), np.arange(4)
    table = make_table(line[:, None], frame=frames)
    assert set(Dbscan(min_samples=2, allow_duplicates=True).cluster(table).labels.tolist()) == {0}
    labels = Dbscan(min_samples=2).cluster(table).labels
    assert labels[:9].tolist() == [0] * 9 and labels[-9:].tolist() == [1] * 9


def test_only_clusters_with_a_conflict_are_taken_apart():
    labels = np.array([0, 0, 1, 1, -1, -1])
    frames = np.array([0, 1, 0, 0, 5, 5])
    vectors = np.arange(6.0)[:, None]
    out = baselines.separate_frames(labels, frames, vectors)
    assert same_partition(out, [0, 0, 1, 2, -1, -1])
    assert labels.tolist() == [0, 0, 1, 1, -1, -1]


def test_a_frames_faces_go_to_different_people_whatever_their_order():
    vectors = np.array([[0.0], [1.0], [1.1], [0.1], [0.6], [0.9]])
    out = baselines.separate_frames(np.zeros(6, int), np.array([0, 0, 1, 1, 2, 2]), vectors)
    assert same_partition(out, [0, 1, 1, 0, 0, 1])


def test_the_clearest_frame_starts_the_people():
    vectors = np.array([[0.5], [0.51], [0.0], [1.0], [0.2], [0.7]])
    frames = np.array([0, 0, 1, 1, 2, 2])
    assert baselines._clearest(frames, np.array([True, True, True]), vectors).tolist() == [2, 3]
    assert baselines._clearest(frames, np.array([True, False, True]), vectors).tolist() == [4, 5]


def test_what_dbscan_would_not_call_dense_is_unknown_after_a_split():
    table = make_table([[0.01 * i] for i in range(10)] + [[0.5]], frame=[*range(10), 0])
    values = {"min_samples": 2, "eps": 0.5}
    assert set(Dbscan(allow_duplicates=True, **values).cluster(table).labels.tolist()) == {0}
    assert Dbscan(**values).cluster(table).labels.tolist() == [0] * 10 + [-1]


# merging -----------------------------------------------------------------------------------------------------------


def merged(face, labels, *, cloth=None, frame=None, **changes):
    method = alone(**{"merge_iterations": 1, "weights": (1.0, 1.0), **changes})
    return merge_clusters(np.array(labels), make_table(face, cloth=cloth, frame=frame), method).tolist()


def at(angle):
    return [np.cos(angle), np.sin(angle)]


def test_merging_needs_a_near_face_or_near_clothing():
    faces, clothes = [at(0), at(0), at(0.1), at(1.5)], [at(0), at(0), at(1), at(0.05)]
    assert merged(faces, [0, 0, 1, 2], cloth=clothes) == [0, 0, 1, 2]  # thresholds of 0 merge nothing
    assert merged(faces, [0, 0, 1, 2], cloth=clothes, merge_face=0.18) == [0, 0, 0, 2]
    assert merged(faces, [0, 0, 1, 2], cloth=clothes, merge_cloth=0.12) == [0, 0, 1, 0]
    assert merged(faces, [0, 0, 1, 2], cloth=clothes, merge_face=0.18, merge_cloth=0.12) == [0, 0, 0, 0]


def test_the_largest_takes_in_others_once_and_unknown_faces_stay():
    faces = [at(0), at(0.15), at(0.15), at(0.3), at(0.15)]
    assert merged(faces, [0, 1, 1, 2, -1], merge_face=0.18) == [1, 1, 1, 1, -1]
    chain = [at(0), at(0), at(0), at(0.15), at(0.15), at(0.3)]
    assert merged(chain, [0, 0, 0, 1, 1, 2], merge_face=0.18) == [0, 0, 0, 0, 0, 2]
    assert merged(chain, [0, 0, 0, 1, 1, 2], merge_face=0.25, merge_iterations=2) == [0] * 6


def test_merging_never_joins_a_frame():
    faces, frames = [at(0), at(0), at(0.05), at(0.06)], [0, 1, 2, 2]
    apart = merged(faces, [0, 0, 1, 2], frame=frames, merge_face=0.18, allow_duplicates=False)
    assert apart == [0, 0, 0, 2]  # the first comes in, then its frame is taken
    assert merged(faces, [0, 0, 1, 2], frame=frames, merge_face=0.18) == [0] * 4


def test_clusters_without_clothing_are_not_merged_by_it():
    faces = [at(0), at(1.5)]
    assert merged(faces, [0, 1], cloth=[None, None], merge_cloth=0.5) == [0, 1]


def test_merging_keeps_every_cluster_whole():
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels = rng.integers(-1, 8, 40)
        out = np.array(merged([at(a) for a in rng.normal(size=40)], labels, merge_face=0.6, merge_iterations=3))
        assert np.array_equal(out < 0, labels < 0)
        assert all(len(set(out[labels == label].tolist())) <= 1 for label in range(8))
