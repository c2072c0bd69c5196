"""facepipe: from a video to a labelled person dataset, on a CPU, without labels, GPU or network.

import facepipe

run = facepipe.run("clip.mp4", threads=4)
print(run.people, run.faces.to_pandas())
"""

import os
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from facepipe.version import __version__

# Before anything can import ONNX Runtime: from 1.32 on it reports to its makers unless it finds this when it is
# loaded; its own function for that comes too late.
if "onnxruntime" in sys.modules and os.environ.get("ORT_DISABLE_TELEMETRY") != "1":
    warnings.warn(
        "onnxruntime was imported before facepipe and may report to its makers: "
        "import facepipe first, or set ORT_DISABLE_TELEMETRY=1",
        RuntimeWarning,
        stacklevel=2,
    )
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from facepipe.api import Person, Run, open_run, run
    from facepipe.errors import (
        ClusterError,
        DecodeError,
        FacepipeError,
        GraphError,
        HostileFileError,
        Incomplete,
        InputError,
        InternalError,
        LockLost,
        ModelError,
        NoFaceFound,
        SettingsChanged,
        StorageFull,
        StoreError,
        UsageError,
    )
    from facepipe.records import Detection, Face, Failure, Frame, FrameRef, Source
    from facepipe.settings import Settings
    from facepipe.space import EmbeddingSpace
    from facepipe.table import FaceTable

__all__ = [
    "ClusterError",
    "DecodeError",
    "Detection",
    "EmbeddingSpace",
    "Face",
    "FaceTable",
    "FacepipeError",
    "Failure",
    "Frame",
    "FrameRef",
    "GraphError",
    "HostileFileError",
    "Incomplete",
    "InputError",
    "InternalError",
    "LockLost",
    "ModelError",
    "NoFaceFound",
    "Person",
    "Run",
    "Settings",
    "SettingsChanged",
    "Source",
    "StorageFull",
    "StoreError",
    "UsageError",
    "__version__",
    "open_run",
    "run",
]

# Where these live; imported when asked for, the light ones first.
_MODULES = ("errors", "space", "records", "table", "settings", "api")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in _MODULES:
            home = import_module(f"facepipe.{module}")
            if getattr(getattr(home, name, None), "__module__", "") == home.__name__:
                return getattr(home, name)
    raise AttributeError(f"module 'facepipe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
