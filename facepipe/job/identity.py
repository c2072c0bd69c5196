"""What decides a run's result besides its inputs: the settings, the model files, the shard format."""

from pathlib import Path

from facepipe import models
from facepipe.errors import UsageError
from facepipe.export.formats import EXPORTERS
from facepipe.faces.align import LANDMARKS
from facepipe.models.hashing import file_sha256
from facepipe.pictures import plots
from facepipe.runs.state import RunState
from facepipe.runs.stored_frame import FORMAT
from facepipe.settings import Settings, digest


def check_installed(settings: Settings) -> None:
    """UsageError if `settings` name a format or plot that there is not, or a plug-in that needs what is not there."""
    for name in settings.output.annotations:
        if EXPORTERS.load(name).of_inputs:  # what it needs must be there before hours of work
            raise UsageError(
                f"--annotations {name}: it is made of the inputs once the run is done: facepipe export --format {name}"
            )
    plots.chosen(settings.output.plots)
    for plugin in settings.plugins():
        plugin.require()


def run_state(settings: Settings, models_dir: Path | None = None) -> RunState:
    """The state that a new run of `settings`, in which no "auto" is left, begins with.

    Errors: UsageError as in `check_installed`, ModelError for a model that is missing or not the expected one.
    """
    check_installed(settings)
    hashes = model_hashes(settings, models_dir)
    stated = settings.as_dict()
    what = {"format": FORMAT, "detection": stated["detection"], "encoding": stated["encoding"], "models": hashes}
    return RunState(
        settings=settings,
        shard_digest=digest(what),  # which frames are sampled is not part of it
        models=hashes,
        space=settings.encoding.encoder.space,
    )


def model_hashes(settings: Settings, models_dir: Path | None = None) -> dict[str, str]:
    """Name -> SHA-256 of the model files of every plug-in that is used, and of the landmarks that align all faces.

    Of a converted model the official files count, so that a run goes on with other versions of what converts it.
    """
    owned = [LANDMARKS, *(model for plugin in settings.plugins() for model in plugin.models)]
    files = {name: path for model in owned for name, path in models.find_sources(model, models_dir).items()}
    files |= {path.name: path for plugin in settings.plugins() for path in plugin.user_files()}
    return {name: file_sha256(path) for name, path in files.items()}
