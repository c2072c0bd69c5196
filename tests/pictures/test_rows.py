"""Pages with a row for everybody who is compared."""

import numpy as np

from facepipe.imaging.drawing import PAPER
from facepipe.pictures.montage import GAP, MARGIN, TILE_WH, TITLE_HEIGHT
from facepipe.pictures.rows import FACES, Row, page_of_rows


def tile(level: int) -> np.ndarray:
    return np.full((TILE_WH[1], TILE_WH[0], 3), level, np.uint8)


def tops(page: np.ndarray, level: int) -> list[int]:
    """Where tiles of a colour begin, from above."""
    there = (page == level).all(axis=2).sum(axis=1) >= TILE_WH[0]
    return np.flatnonzero(there & ~np.roll(there, 1)).tolist()


def test_a_row_goes_on_below_when_it_is_full():
    page = page_of_rows([Row("ann", "9 faces", [tile(10)] * (FACES + 1)), Row("bob", "1 face", [tile(20)])])
    step = TILE_WH[1] + 2 * GAP
    assert tops(page, 10) == [MARGIN, MARGIN + step] and tops(page, 20) == [MARGIN + 2 * step]
    assert page.shape[0] == 2 * MARGIN + 3 * step - 2 * GAP
    assert [(page == level).all(axis=2).sum() for level in (10, 20)] == [
        count * TILE_WH[0] * TILE_WH[1] for count in (FACES + 1, 1)
    ]


def test_a_title_stands_above_and_has_room():
    bare = page_of_rows([Row("ann", "", [tile(10)])])
    page = page_of_rows([Row("ann", "", [tile(10)])], "a title that is somewhat longer than one face", "and a line")
    assert tops(page, 10) == [TITLE_HEIGHT] and page.shape[1] > 2 * bare.shape[1] - 300
    assert (page[:TITLE_HEIGHT, MARGIN:-MARGIN].min(axis=(0, 2)) < 100).any(), "something is written"


def test_captions_are_below_their_tiles():
    rows = [Row("ann", "", [tile(10)] * 2, ["1:20", "2:30 of a film with a long name"])]
    page, bare = page_of_rows(rows), page_of_rows([Row("ann", "", [tile(10)] * 2)])
    assert len(page) > len(bare)
    below = page[MARGIN + TILE_WH[1] : -MARGIN]
    first, second = (
        below[:, -MARGIN - 2 * TILE_WH[0] - GAP : -MARGIN - TILE_WH[0] - GAP],
        below[:, -MARGIN - TILE_WH[0] :],
    )
    assert first.min() < 200 and second.min() < 200 and (below[:, -MARGIN:] == PAPER).all()
