"""What the main job is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path, PurePath

from facepipe.errors import UsageError
from facepipe.files.address import Address
from facepipe.files.names import name_beside, safe_name
from facepipe.files.real import real
from facepipe.media.readers import reader_of_suffix
from facepipe.settings import AUTO, CORES, SHARD_WAYS, Settings, check_at_work


@dataclass(frozen=True, slots=True)
class Job:
    """What one run of the main job is asked to do.

    paths: videos and photos, or folders of them. videos: videos, or folders in which only they count. images: photos,
    or folders in which only they count, but for `with_videos`. Any of these may lie at an address. out: default
    <first input's name>_dataset, a file's without its suffix. known: a folder of reference pictures, which give people
    their names. xmp_names: those that other programs have written into photos, or beside them, are taken.
    shards: how frames are stored, one of `SHARD_WAYS`.
    """

    paths: tuple[Path | Address, ...] = ()
    videos: tuple[Path | Address, ...] = ()
    images: tuple[Path | Address, ...] = ()
    with_videos: bool = False
    out: Path | None = None
    settings: Settings = field(default_factory=Settings)
    threads: int = CORES
    shards: str = AUTO
    fresh: bool = False
    models_dir: Path | None = None
    known: Path | None = None
    xmp_names: bool = False

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("nothing to look at: name videos and photos, or folders of them")
        if self.settings.detection.cropped and not (self.images or self.paths):
            raise UsageError("--cropped is for images of one face each: name them with --images")
        if self.shards not in SHARD_WAYS:
            raise UsageError(f"--shards {self.shards}: choose among {', '.join(SHARD_WAYS)}")
        check_at_work("--threads", self.threads)

    @property
    def inputs(self) -> list[tuple[Path | Address, tuple[str, ...]]]:
        """Every path or address that was named, with the kinds of file that are looked for in it."""
        photos = ("video", "photo") if self.with_videos else ("photo",)
        kinds = ((self.paths, ("video", "photo")), (self.videos, ("video",)), (self.images, photos))
        return [(path, wanted) for paths, wanted in kinds for path in paths]

    @property
    def folder(self) -> Path:
        """Where the result goes."""
        first, kinds = self.inputs[0]
        if isinstance(first, Address):
            name = PurePath(safe_name(first.name))
            return self.out or Path(name_beside(name.stem if reader_of_suffix(name, kinds) else name.name, "_dataset"))
        first = real(first)
        return self.out or Path(name_beside(first.name if first.is_dir() else first.stem, "_dataset"))
