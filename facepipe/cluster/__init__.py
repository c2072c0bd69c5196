"""How faces become people: the registered methods.

A clusterer is a function `(table: FaceTable, settings: ClusterSettings, progress=None) -> Clustering`. Its contract:
labels are a partition (-1 unknown, 0..k-1 people numbered by the row of their first face), the same whatever the
order of the rows, deterministic; no two faces of one frame are one person unless `settings.allow_duplicates`;
any number of faces works, none included. progress: called with (done, total). UsageError: settings that the method
cannot work with, or more faces than it can hold.
"""

from facepipe.registry import Plugin, Registry

_COMMON = ("min_csize", "allow_duplicates")
_FUSED = (*_COMMON, "weights", "alpha", "merge_face", "merge_cloth", "merge_iterations")

CLUSTERERS = Registry(
    "clusterer",
    Plugin(
        "people",
        "facepipe.cluster.people:people",
        "tracks, then people, face and clothing, calibrated on the clip",
        options=_COMMON,
    ),
    Plugin(
        "hac",
        "facepipe.cluster.hac:hac",
        "average linkage; --sim as person-clustering cuts it",
        options=(*_FUSED, "eps", "sim"),
    ),
    Plugin(
        "dbscan",
        "facepipe.cluster.dbscan:dbscan",
        "density: --eps, --min-samples; the article's method",
        options=(*_FUSED, "eps", "min_samples"),
    ),
    Plugin(
        "hdbscan",
        "facepipe.cluster.hdbscan:hdbscan",
        "density at every scale: --min-csize, --min-samples",
        options=(*_FUSED, "min_samples"),
    ),
    Plugin(
        "chinese-whispers",
        "facepipe.cluster.chinese_whispers:chinese_whispers",
        "label spreading below --eps",
        options=(*_FUSED, "eps"),
    ),
)
