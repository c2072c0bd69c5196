"""The pictures that the page shows: faces, frames, and a few seconds of the video around a face.

A picture is asked for by the id of a face or frame of the run's table; nothing else has a picture.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from facepipe.errors import DecodeError, StoreError
from facepipe.faces.quality import light_and_sharpness
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.find.clips import cut_clip
from facepipe.find.copies import CLIP_SUFFIX
from facepipe.geometry import Box, box_in, crop, portrait_box, visible_box
from facepipe.imaging.codec import encode_jpeg, read_rgb
from facepipe.media.replaced import why_not
from facepipe.records import source_of
from facepipe.runs.folder import RunFolder
from facepipe.runs.layout import PORTRAIT, crop_name
from facepipe.table import FaceTable

TILE = 224  # pixels of the longer side of a face: twice as many as it has on the page, for dense screens
_FACE = 0.28, 0.78  # where the face lies in a portrait, in shares of its sides
_SMALL = 24_000  # bytes of a stored crop that is sent as it is
AROUND_S = 2.0  # seconds of video before and after a face


def stored_box(table: FaceTable, row: int) -> Box:
    """The box of a face in the stored picture of its frame."""
    return box_in(*(tuple(column[row].tolist()) for column in (table.box_ltrb, table.image_wh, table.stored_wh)))


def face_jpeg(folder: RunFolder, table: FaceTable, row: int, names: tuple[str, ...]) -> bytes:
    """Head and shoulders of a face as JPEG: the stored portrait, which lies with one of the people `names`, or cut anew
    from the frame. StoreError: there is neither."""
    for name in dict.fromkeys(names):
        with suppress(OSError):
            path = folder.layout.people / crop_name(name, table.face_id[row], PORTRAIT)
            if path.stat().st_size <= _SMALL:
                return path.read_bytes()
            with suppress(StoreError):
                return _tile(read_rgb(path, at_least=(TILE, TILE)))
    size_wh = tuple(table.stored_wh[row].tolist())
    image = read_rgb(folder.layout.frame_picture(table.frame_id[row]), size_wh)
    return _tile(crop(image, visible_box(portrait_box(stored_box(table, row)), size_wh)))


def _tile(image) -> bytes:
    factor = TILE / max(image.shape[:2])
    if factor < 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return encode_jpeg(image, 88)


def sharpness(folder: RunFolder, table: FaceTable, row: int, names: tuple[str, ...]) -> float:
    """How sharp a face is, as `light_and_sharpness` has it; 0 for a picture that is gone. names: as for `face_jpeg`."""
    try:
        image = cv2.imdecode(np.frombuffer(face_jpeg(folder, table, row, names), np.uint8), cv2.IMREAD_COLOR)
    except StoreError:
        return 0.0
    if image is None:
        return 0.0
    down, across = (slice(*(round(share * side) for share in _FACE)) for side in image.shape[:2])
    return light_and_sharpness(cv2.cvtColor(image[down, across], cv2.COLOR_BGR2RGB))[1]


def frame_jpeg(folder: RunFolder, frame_id: str) -> bytes:
    """The stored picture of a frame. StoreError: it is gone."""
    try:
        return folder.layout.frame_picture(frame_id).read_bytes()
    except OSError as error:
        raise StoreError(f"the picture of {frame_id} is gone: run facepipe on its inputs again") from error


def moving(folder: RunFolder, table: FaceTable, row: int) -> bytes:
    """A few seconds of the video around a face, as MP4. DecodeError: it is no video, not what the
    run has looked at any more, or cannot be cut."""
    source_id = source_of(table.frame_id[row])
    entry = next((one for one in folder.state.inputs if one.source_id == source_id and one.is_video), None)
    if entry is None:
        raise DecodeError(f"{table.source[row]} is no video")
    if why := why_not(folder, entry):
        raise DecodeError(why)
    moment = float(table.time_s[row])
    try:  # a file of its own each time: several tabs may ask for one face at once
        handle, name = tempfile.mkstemp(CLIP_SUFFIX, TEMPORARY_PREFIX, folder.path)
        os.close(handle)
        target = Path(name)
        try:
            cut_clip(Path(entry.path), max(0.0, moment - AROUND_S), moment + AROUND_S, target)
            return target.read_bytes()
        finally:
            target.unlink(missing_ok=True)
    except OSError as error:  # a command that begins meanwhile may have cleared it away
        raise DecodeError(f"cannot cut a clip for the page: {error.strerror or error}") from error
