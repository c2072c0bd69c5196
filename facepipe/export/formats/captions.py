"""What is said of a picture or clip of somebody that an image or video model is trained on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.annotated import AnnotatedFace
from facepipe.errors import UsageError
from facepipe.geometry import Box, box_size
from facepipe.looks import pose_places
from facepipe.options import Options, option
from facepipe.pose import FRAMINGS, framing, yaw_and_roll

# As captions say them, in the order of FRAMINGS and of looks.POSES.
_FRAMING_WORDS = ("close-up", "head and shoulders", "upper body", "full body")
_POSE_WORDS = (
    "profile to the left",
    "turned to the left",
    "facing the camera",
    "turned to the right",
    "profile to the right",
)
_WORDS = ("trigger", "framing", "pose")  # that a caption may have


@dataclass(frozen=True, slots=True)
class CaptionOptions(Options):
    """Options of the formats with captions."""

    trigger: str = option("{person}", "the word that is to stand for the person", metavar="WORD")
    caption: str = option("{trigger}, {framing}, {pose}", "what is said of a picture", metavar="TEXT")

    def check(self) -> None:
        if not re.fullmatch(r"[\w -]+", self.trigger.replace("{person}", "x")):
            raise UsageError(f"--trigger {self.trigger}: letters, digits, blanks and - only; {{person}} is the name")
        unknown = set(re.findall(r"{(.*?)}", self.caption)) - set(_WORDS)
        if unknown:
            raise UsageError(f"--caption {{{min(unknown)}}}: it may have {', '.join(f'{{{word}}}' for word in _WORDS)}")

    def check_people(self, people: Sequence[str]) -> None:
        """UsageError where one trigger would stand for several people."""
        if len(people) > 1 and "{person}" not in self.trigger:
            mend = "put {person} into it, or choose one with --person"
            raise UsageError(f"--trigger {self.trigger} for {len(people)} people: {mend}")

    def trigger_of(self, name: str) -> str:
        return self.trigger.replace("{person}", name)

    def caption_of(self, name: str, face: AnnotatedFace, window: Box) -> str:
        """The template filled in for a face in the part of its picture that is shown; a part of the template, between
        commas, whose word is not known is left out."""
        place = int(pose_places(np.float64(yaw_and_roll(face.points_xy)[0])))
        words = {
            "trigger": self.trigger_of(name),
            "framing": _FRAMING_WORDS[FRAMINGS.index(framing_in(face.stored_ltrb, window))],
            "pose": _POSE_WORDS[place] if place >= 0 else "",
        }
        parts = self.caption.split(",")
        known = [part for part in parts if all(words[word] for word in re.findall(r"{(.*?)}", part))]
        return re.sub(r"{(.*?)}", lambda found: words[found[1]], ",".join(known)).strip()


def framing_in(face: Box, window: Box) -> str:
    """How much of the person a part of a picture shows, by FRAMINGS."""
    left, top, *_ = window
    return framing((face[0] - left, face[1] - top, face[2] - left, face[3] - top), box_size(window))
