"""Packages that take long to import, imported when something of them is first used.

    from facepipe.lazy import cv2, sparse

Then whoever only asks for help, lists options or gets an error waits for none of them. An annotation must not be what
uses them first: a module that names `sparse.csr_matrix` there postpones its annotations.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


class _Lazy:
    """Stands for a module; what is asked of it is asked of the module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


if TYPE_CHECKING:
    import cv2
    import dlib
    import pyarrow
    from PIL import Image
    from pyarrow import parquet
    from scipy import optimize, sparse, special
    from scipy.cluster import hierarchy
    from scipy.spatial import distance
else:
    cv2 = _Lazy("cv2")
    dlib = _Lazy("dlib")
    pyarrow = _Lazy("pyarrow")
    Image = _Lazy("PIL.Image")
    parquet = _Lazy("pyarrow.parquet")
    optimize = _Lazy("scipy.optimize")
    sparse = _Lazy("scipy.sparse")
    special = _Lazy("scipy.special")
    hierarchy = _Lazy("scipy.cluster.hierarchy")
    distance = _Lazy("scipy.spatial.distance")

__all__ = ["Image", "cv2", "distance", "dlib", "hierarchy", "optimize", "parquet", "pyarrow", "sparse", "special"]
