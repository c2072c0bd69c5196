"""What `facepipe render` can be asked for."""

from dataclasses import dataclass

from facepipe.errors import UsageError
from facepipe.options import Options, option, words

PARTS = ("boxes", "names", "tracks")


@dataclass(frozen=True, slots=True)
class RenderOptions(Options):
    """What is drawn."""

    draw: tuple[str, ...] = option(PARTS, f"what is drawn, of {', '.join(PARTS)}; or none", metavar="A,B", parse=words)
    blur_others: bool = option(False, "blur the heads of unknown people, or of all but --person")

    def check(self) -> None:
        for part in self.draw:
            if part not in PARTS:
                raise UsageError(f"--draw {part}: choose of {', '.join(PARTS)}, or none")
