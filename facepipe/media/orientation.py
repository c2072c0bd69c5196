"""Which way up a photo is: what its tag says, and turning by it.

Values are those of EXIF tag 0x0112: 1 upright, 2 mirrored, 3 upside down, 4 mirrored upside down, 5 to 8 on the side.
"""

import re

import cv2
import numpy as np

from facepipe.geometry import BoxF, Size

UPRIGHT = 1
TAG = 0x0112
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
_ROWS_BACK, _COLUMNS_BACK = (3, 4, 6, 7), (2, 3, 7, 8)  # orientations whose stored rows, or columns, run backwards
_WORK_BYTES = 4_000_000  # that turning in place may take besides the picture


def orientation_of(tag: int | None, xmp: bytes = b"") -> int:
    """What EXIF's tag says, or XMP where there is none; UPRIGHT where neither can be read."""
    if tag is None and (found := _XMP.search(xmp)):
        tag = int(found[1])
    return valid(tag)


def valid(tag: object) -> int:
    """`tag` if it is one of the eight orientations, else UPRIGHT."""
    return tag if isinstance(tag, int) and 1 <= tag <= 8 else UPRIGHT


def turned(size_wh: Size, orientation: int) -> Size:
    """The size of a picture of `size_wh` once it is upright."""
    return size_wh[::-1] if orientation >= 5 else size_wh


def upright_box(stored_ltrb: BoxF, orientation: int) -> BoxF:
    """A box on a stored picture, in shares of its sides, as a box on the upright one."""
    left, top, right, bottom = _flipped(stored_ltrb, orientation)
    return (top, left, bottom, right) if orientation >= 5 else (left, top, right, bottom)


def stored_box(upright_ltrb: BoxF, orientation: int) -> BoxF:
    """The inverse of `upright_box`."""
    left, top, right, bottom = upright_ltrb
    return _flipped((top, left, bottom, right) if orientation >= 5 else upright_ltrb, orientation)


def _flipped(stored_ltrb: BoxF, orientation: int) -> BoxF:
    """A box where the columns, or rows, of the stored picture that run backwards are counted from the other end."""
    left, top, right, bottom = stored_ltrb
    if orientation in _COLUMNS_BACK:
        left, right = 1 - right, 1 - left
    if orientation in _ROWS_BACK:
        top, bottom = 1 - bottom, 1 - top
    return left, top, right, bottom


def as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """A view of an upright picture (H, W, 3) as a file with that orientation stores it: what is written to it turns."""
    view = upright.transpose(1, 0, 2) if orientation >= 5 else upright
    return view[:: -1 if orientation in _ROWS_BACK else 1, :: -1 if orientation in _COLUMNS_BACK else 1]


def write_band(upright: np.ndarray, orientation: int, top: int, band: np.ndarray) -> None:
    """Write rows `top`, top + 1, ... of the stored picture, uint8 (h, w, 3), to their place in the upright one."""
    place = as_stored(upright, orientation)[top : top + len(band)]
    if orientation >= 5:  # turned in one go, since writing pixel by pixel down the columns is several times slower
        place.transpose(1, 0, 2)[:] = cv2.transpose(np.ascontiguousarray(band))
    else:
        place[:] = band


def turn_in_place(stored: np.ndarray, orientation: int) -> np.ndarray:
    """The upright picture of a stored one, contiguous uint8 (H, W, 3), in its memory: there is no room for a second."""
    upright = _transpose_in_place(stored) if orientation >= 5 else stored
    # What `as_stored` undoes, for the rows and columns of the upright picture.
    if orientation in (3, 4, 7, 8):
        for row in range(len(upright) // 2):
            upright[[row, -1 - row]] = upright[[-1 - row, row]]
    if orientation in (2, 3, 6, 7):
        rows = max(1, _WORK_BYTES // upright[0].nbytes)
        for top in range(0, len(upright), rows):
            upright[top : top + rows] = upright[top : top + rows, ::-1].copy()
    return upright


def _transpose_in_place(image: np.ndarray) -> np.ndarray:
    """`image` (H, W, 3) mirrored at its diagonal, (W, H, 3), in the same memory.

    Columns are taken in k groups of b: the H x k groups are moved to k x H by following the cycles of that
    permutation, then each k-th part, (H, b), is mirrored with a copy at hand. Columns left over wait outside.
    """
    height, width = image.shape[:2]
    group = max(1, min(width, _WORK_BYTES // (3 * height)))
    groups = width // group
    rest = image[:, groups * group :].transpose(1, 0, 2).copy()
    flat = image.reshape(-1)
    length = 3 * groups * group
    for row in range(1, height if rest.size else 0):
        flat[row * length : (row + 1) * length] = image[row, : groups * group].reshape(-1).copy()
    blocks = flat[: height * length].reshape(height * groups, 3 * group)
    _follow_cycles(blocks, height, groups)
    for part in blocks.reshape(groups, height, group, 3):
        part.reshape(group, height, 3)[:] = cv2.transpose(part.copy())
    upright = image.reshape(width, height, 3)
    upright[groups * group :] = rest
    return upright


def _follow_cycles(blocks: np.ndarray, rows: int, columns: int) -> None:
    """Reorder `blocks` (rows * columns, ...) from row by row to column by column, in place."""
    last = rows * columns - 1
    moved = bytearray(last + 1)
    for start in range(1, last):
        if moved[start]:
            continue
        held, place = blocks[start].copy(), start
        while True:
            moved[place] = 1
            source = place * columns % last  # where what belongs at `place` lies now
            if source == start:
                break
            blocks[place] = blocks[source]
            place = source
        blocks[place] = held
