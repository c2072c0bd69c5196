"""How faces look in a picture: a box, a name and a trail in the colour of the person, or a blur."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.geometry import Box, Size, expand_box, head_box, meet
from facepipe.imaging.canvas import Canvas, Stamp
from facepipe.imaging.drawing import INK, PAPER, Colour, draw_text, text_width
from facepipe.render.options import RenderOptions

TRAIL_S = 1.5  # of somebody's way that is drawn behind a face
_BLUR_MARGIN = 0.15  # of a head that is blurred on each side, since between two samples it does not move quite straight


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A face in a picture. person: "" for unknown. trail_xy: float (n, 2), where the middle of its lower edge
    was before, n may be 0."""

    person: str
    box: Box
    trail_xy: np.ndarray


class Look:
    """Draws faces; one for each video or photo, of whose pixels it keeps labels."""

    def __init__(self, colours: Mapping[str, Colour], options: RenderOptions) -> None:
        """colours: of everybody, "" for unknown."""
        self._colours, self._draw, self.blurs = colours, frozenset(options.draw), options.blur_others
        self._stamps: dict[str, tuple[Stamp, Stamp]] = {}

    def draw(self, canvas: Canvas, faces: Sequence[Shown]) -> None:
        """The known above the unknown, and names above all; no blur over the face of anybody who is known."""
        unknown, known = ([face for face in faces if bool(face.person) == named] for named in (False, True))
        if self.blurs:
            heads = [expand_box(head_box(face.box), *[_BLUR_MARGIN] * 4) for face in unknown]
            canvas.blur(heads, [face.box for face in known])
            unknown = []
        line = 2 * max(1, round(min(canvas.size_wh) / 540))
        for face in (*unknown, *known):
            colour = self._stamps_of(face.person, canvas)[0]
            if "tracks" in self._draw and len(face.trail_xy) > 1:
                canvas.line(face.trail_xy, line, colour)
            if "boxes" in self._draw:
                canvas.frame(face.box, line, colour)
        taken: list[Box] = []
        for face in known if "names" in self._draw else ():
            label = self._stamps_of(face.person, canvas)[1]
            taken.append(_place(face.box, label[0].shape[1::-1], canvas.size_wh, taken))
            canvas.paste(taken[-1][:2], label)

    def _stamps_of(self, person: str, canvas: Canvas) -> tuple[Stamp, Stamp]:
        """A spot of somebody's colour, and the label."""
        if person not in self._stamps:
            colour = self._colours[person]
            spot = np.full((2, 2, 3), colour, np.uint8)
            self._stamps[person] = canvas.split(spot), canvas.split(_label(person, colour, canvas))
        return self._stamps[person]


def _label(name: str, colour: Colour, canvas: Canvas) -> np.ndarray:
    """RGB uint8 (H, W, 3) of even sides: a name on its colour, of a size that suits the picture."""
    width, height = canvas.size_wh
    size = max(13, round(min(width, height) / 36))
    margin = size // 4
    wide = min(text_width(name, size, bold=True) + 2 * margin, width - 2 * margin)
    tile = np.full(((size * 5 // 4 + 1) & ~1, (max(wide, 2) + 1) & ~1, 3), colour, np.uint8)
    bright = np.dot(colour, (0.299, 0.587, 0.114)) > 150
    ink = INK if bright else PAPER
    draw_text(tile, (margin, 0), name, size, width=tile.shape[1] - margin, bold=True, colour=ink)
    return tile


def _place(box: Box, label_wh: Size, size_wh: Size, taken: Sequence[Box]) -> Box:
    """Where a label goes: above the box, inside at its top where the picture ends, or where that is `taken` below or
    inside at the bottom, if that is free."""
    left = min(max(box[0], 0), size_wh[0] - label_wh[0])
    tops = box[1] - label_wh[1], max(box[1], 0), box[3], box[3] - label_wh[1]
    places = [
        (left, top, left + label_wh[0], top + label_wh[1]) for top in tops if 0 <= top <= size_wh[1] - label_wh[1]
    ]
    places = places or [(left, max(box[1], 0), left + label_wh[0], max(box[1], 0) + label_wh[1])]
    return next((place for place in places if not any(meet(place, other) for other in taken)), places[0])
