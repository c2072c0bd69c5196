"""Pages with a row a person, or whatever is to be compared: what it is on the left, faces beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facepipe.imaging.drawing import FAINT, blank, draw_text
from facepipe.pictures.montage import GAP, MARGIN, TILE_WH, TITLE_HEIGHT

FACES = 8  # side by side
_FEWEST = 4  # for which there is room below a title
_LABEL_WIDTH = 280
_CAPTION_HEIGHT = 18


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """title, line: what it is. tiles: RGB uint8 (TILE_WH), `FACES` in a line. captions: below the tiles, or none."""

    title: str
    line: str
    tiles: Sequence[np.ndarray]
    captions: Sequence[str] = ()


def page_of_rows(rows: Sequence[Row], title: str = "", line: str = "") -> np.ndarray:
    """RGB uint8 (H, W, 3). title, line: what stands above, if anything."""
    step_x = TILE_WH[0] + GAP
    most = min(FACES, max(_FEWEST if title else 1, *(len(row.tiles) for row in rows)))
    heights = [_height(row) for row in rows]
    head = TITLE_HEIGHT - MARGIN if title else 0
    page = blank((2 * MARGIN + _LABEL_WIDTH + most * step_x - GAP, 2 * MARGIN + head + sum(heights) - 2 * GAP))
    if title:
        draw_text(page, (MARGIN, 16), title, 26, width=page.shape[1] - 2 * MARGIN, bold=True)
        draw_text(page, (MARGIN, 51), line, 16, width=page.shape[1] - 2 * MARGIN, colour=FAINT)
    top = MARGIN + head
    for row, height in zip(rows, heights, strict=True):
        _draw(page, row, top)
        top += height
    return page


def _height(row: Row) -> int:
    return max(1, -(-len(row.tiles) // FACES)) * _step(row)


def _step(row: Row) -> int:
    return TILE_WH[1] + 2 * GAP + (_CAPTION_HEIGHT if row.captions else 0)


def _draw(page: np.ndarray, row: Row, top: int) -> None:
    for k, tile in enumerate(row.tiles):
        x, y = MARGIN + _LABEL_WIDTH + k % FACES * (TILE_WH[0] + GAP), top + k // FACES * _step(row)
        page[y : y + TILE_WH[1], x : x + TILE_WH[0]] = tile
        if row.captions:
            draw_text(page, (x, y + TILE_WH[1] + 2), row.captions[k], 12, width=TILE_WH[0], colour=FAINT)
    draw_text(page, (MARGIN, top + 46), row.title, 22, width=_LABEL_WIDTH - MARGIN, bold=True)
    draw_text(page, (MARGIN, top + 78), row.line, 14, width=_LABEL_WIDTH - MARGIN, colour=FAINT)
