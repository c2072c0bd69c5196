"""What finds the shots of a video in which every frame is looked at, as data: one file and one line each.

`SHOT_FINDERS.load(name)` gives a `ShotFinder`.
"""

from facepipe.registry import Plugin, Registry

_HERE = "facepipe.media.shot_finders"

SHOT_FINDERS = Registry(
    "shot finder",
    "facepipe.shot_finders",
    Plugin("builtin", f"{_HERE}.builtin:BySignature", "changes of a tiny picture and of its colours"),
    Plugin("pyscenedetect", f"{_HERE}.pyscenedetect:PySceneDetect", "PySceneDetect's AdaptiveDetector", extra="scenes"),
    must_be="facepipe.contracts:ShotFinder",
)
