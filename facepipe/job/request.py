"""What the main job is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from facepipe.errors import UsageError
from facepipe.settings import Settings


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of the main job is asked to do.

    inputs: videos, or folders of them. images: photos, or folders of them; `with_videos`: videos in there count too.
    out: default <first input's stem>_dataset. known: a folder of reference pictures, which give people their names.
    """

    inputs: tuple[Path, ...] = ()
    out: Path | None = None
    settings: Settings = Settings()
    threads: int = 1
    fresh: bool = False
    models_dir: Path | None = None
    images: tuple[Path, ...] = ()
    with_videos: bool = False
    known: Path | None = None

    def __post_init__(self) -> None:
        if not self.inputs and not self.images:
            raise UsageError("nothing to look at: name videos with --video, photos with --images")
        if self.settings.detection.cropped and not self.images:
            raise UsageError("--cropped is for images of one face each: name them with --images")
        if self.threads < 1:
            raise UsageError(f"--threads {self.threads}: must be at least 1")

    @property
    def folder(self) -> Path:
        """Where the result goes."""
        return self.out or Path(f"{(*self.inputs, *self.images)[0].resolve().stem}_dataset")

    @property
    def paths(self) -> list[tuple[Path, tuple[str, ...]]]:
        """Every path that was named, with the kinds of file that are looked for in it."""
        photos = ("video", "photo") if self.with_videos else ("photo",)
        return [*((path, ("video",)) for path in self.inputs), *((path, photos) for path in self.images)]
