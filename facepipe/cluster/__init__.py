"""How faces become people: the registered methods, as data: one file and one line each.

`CLUSTERERS.load(name)` gives a `Clusterer`: its options, which `cluster` a table.
"""

from facepipe.registry import Plugin, Registry

_HERE = "facepipe.cluster"

CLUSTERERS = Registry(
    "clusterer",
    "facepipe.clusterers",
    Plugin("people", f"{_HERE}.people:People", "tracks, then people, by evidence against the odds; the default"),
    Plugin("hac", f"{_HERE}.hac:Hac", "hierarchical linkage; --sim as person-clustering cuts it"),
    Plugin("dbscan", f"{_HERE}.dbscan:Dbscan", "density: --eps, --min-samples; the article's method"),
    Plugin("hdbscan", f"{_HERE}.hdbscan:Hdbscan", "density at every scale: --min-cluster-size, --min-samples"),
    Plugin("chinese-whispers", f"{_HERE}.chinese_whispers:ChineseWhispers", "label spreading below --eps"),
    must_be="facepipe.contracts:Clusterer",
)
