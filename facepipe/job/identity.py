"""What decides a run's result besides its inputs: the chosen detector, the model files, the shard format."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from facepipe import models
from facepipe.cluster import CLUSTERERS
from facepipe.errors import UsageError
from facepipe.export import EXPORTERS
from facepipe.faces.clothing import cloth_model_path
from facepipe.faces.detectors import choose
from facepipe.faces.encoders import ENCODERS
from facepipe.media.scenes import SHOT_FINDERS
from facepipe.models.hashing import file_sha256
from facepipe.run.shards import FORMAT
from facepipe.settings import SamplingSettings, Settings, digest

_DETECTOR_MODELS = {
    "yunet": "yunet",
    "centerface": "centerface",
    "cnn": "dlib-cnn-detector-dat",
    "cnn-dlib": "dlib-cnn-detector-dat",
}


def check_names(settings: Settings) -> None:
    """UsageError if `settings` name a plug-in that there is not, or an option that the clusterer does not heed."""
    clusterer, clustering = CLUSTERERS[settings.clustering.cluster], settings.clustering
    for spec in fields(clustering):
        if spec.name not in ("cluster", *clusterer.options) and getattr(clustering, spec.name) != spec.default:
            flag = spec.name.replace("_", "-")
            raise UsageError(f"--{flag} means nothing to --cluster {clusterer.name}: leave it out, or name another")
    if settings.sampling.sampling != "scenes" and settings.sampling.shots != SamplingSettings().shots:
        raise UsageError("--shots means nothing without --sampling scenes: add that, or leave it out")
    SHOT_FINDERS[settings.sampling.shots]
    ENCODERS[settings.encoding.encoder]
    for name in settings.output.annotations:
        EXPORTERS.load(name)  # what it needs must be installed before hours of work


def run_facts(settings: Settings, models_dir: Path | None = None, auto: str = "auto") -> dict[str, Any]:
    """{"detector": name, "models": {name: SHA-256}}, as they stand in run.json.

    auto: the detector that stands for "auto" (by default the best that is installed).

    Errors: UsageError for a name that is not known, ModelError for a model that is missing or not the expected one.
    """
    check_names(settings)
    SHOT_FINDERS.load(settings.sampling.shots)  # what it needs must be installed
    wanted = settings.detection.detector
    detector = choose(auto if wanted == "auto" else wanted, models_dir)
    needed = ["dlib-landmarks5", "dlib-face-encoder-dat"]
    if detector in _DETECTOR_MODELS:
        needed.insert(0, _DETECTOR_MODELS[detector])
    used = {name: models.find(name, models_dir) for name in needed}
    if not settings.encoding.no_cloth:
        used["clothing"] = cloth_model_path(settings.encoding.cloth_model, models_dir)
    return {"detector": detector, "models": {name: file_sha256(path) for name, path in used.items()}}


def shard_digest(settings: Settings, facts: dict[str, Any]) -> str:
    """Of all that a shard's content depends on; which frames are sampled is not part of it."""
    stated = settings.as_dict()
    return digest({"format": FORMAT, "detection": stated["detection"], "encoding": stated["encoding"], **facts})
