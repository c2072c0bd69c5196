"""What every format can be asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from facepipe.errors import UsageError
from facepipe.geometry import Box, body_box, head_box, upper_body_box
from facepipe.options import Options, numbers, option
from facepipe.settings import OutputSettings

# What a label's box holds -> the box, made from the face box.
BOXES: dict[str, Callable[[Box], Box]] = {
    "face": lambda face: face,
    "head": head_box,
    "upper-body": upper_body_box,
    "body": body_box,
}
_DEFAULT = OutputSettings()


@dataclass(frozen=True, slots=True)
class ExportOptions(Options):
    """What the formats have in common.

    unknown: mask: greyed in a copy of the picture, so that a detector is not taught that they are background, and no
    known face is lost; label: a last class "unknown"; exclude-frame: their frames are left out; ignore: nothing.
    """

    split: tuple[float, float, float] = option(
        _DEFAULT.split, "shares of train, val and test", metavar="A,B,C", parse=numbers(",", float, 3, "0.8,0.1,0.1")
    )
    unknown: str = option(
        _DEFAULT.unknown,
        "unknown faces, and those that are too small or poor: greyed, labelled, their frame left out, or left as they "
        "are",
        choices=("mask", "label", "exclude-frame", "ignore"),
    )
    boxes: str = option("face", "what a box or crop holds", choices=tuple(BOXES))
    blur_others: bool = option(False, "blur the head of everybody who is not exported, instead of greying it")
    quality: str = option(
        "stored",
        "pictures from the run's stored frames, or from the inputs, decoded again, in full size: usual for aligned and "
        "lora",
        choices=("stored", "source"),
    )
    picture: str | None = option(
        None, "pictures as JPEG, or as PNG, which loses nothing (default: the format's own)", choices=("jpeg", "png")
    )
    best_of_track: bool = option(
        False, "with --quality source: of every face of a video the sharpest picture within a second, with open eyes"
    )
    jpeg_quality: int = option(95, "of pictures that are written as JPEG, 1 to 100", metavar="Q", low=1)

    def check(self) -> None:
        OutputSettings(split=self.split, unknown=self.unknown)  # checks them
        if self.jpeg_quality > 100:
            raise UsageError(f"--jpeg-quality {self.jpeg_quality}: must be at most 100")
        if self.best_of_track and self.quality != "source":
            raise UsageError("--best-of-track looks for pictures in the inputs: add --quality source, or leave it out")
        if self.blur_others and self.unknown == "label":
            raise UsageError("--blur-others with --unknown label: a face that is blurred cannot be learnt; drop one")
