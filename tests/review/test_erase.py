"""Which crops are cut anew when a face is greyed in a stored frame: all in which a pixel of it changes."""

import cv2
import numpy as np
import pytest

from facepipe.geometry import box_in, crop, fit_within, head_box, visible_box
from facepipe.imaging.codec import encode_jpeg
from facepipe.people.forgotten import without
from facepipe.records import Face, Frame, FrameRef, Source
from facepipe.review.erase import _showing
from facepipe.runs.layout import CUTS

SIZE, MOST = (1280, 520), (640, 640)  # of the source; into which its stored frame has to fit
BLOCK = 16  # pixels of a stored picture, as JPEG takes them together


@pytest.mark.parametrize("seed", range(8))
def test_a_crop_that_greying_a_face_changes_is_cut_anew(seed, tmp_path):
    rng = np.random.default_rng(seed)
    stored = fit_within(SIZE, MOST)
    noise = rng.integers(0, 255, (stored[1] // 4, stored[0] // 4, 3), np.uint8)
    before = again(cv2.resize(noise, stored, interpolation=cv2.INTER_LINEAR))
    boxes = [(560, 200, 660, 300)]  # the first is forgotten; others lie all around, near and far
    for _ in range(150):
        left, top = rng.integers((300, 0), (860, 440))
        side = rng.integers(20, 70)
        boxes.append((int(left), int(top), int(left + side), int(top + side)))
    faces = tuple(Face(f"x-0000000-{number}", box, 1.0) for number, box in enumerate(boxes))
    source = Source("x", "x.jpg", tmp_path, "0" * 64, 1, False)
    as_before = np.abs(again(before).astype(int) - before).max()  # it changes a little wherever it is encoded again
    head = box_in(head_box(boxes[0]), SIZE, stored)
    changed, anew, far = set(), set(), set()
    for face in faces[1:]:  # each alone beside the first: whose box is in the way is not greyed
        frame = Frame(FrameRef(source, 0, 0.0), SIZE, None, (faces[0], face), np.zeros(6, np.uint8))
        _, grey = without(frame, before, {faces[0].face_id})
        after = again(grey)
        anew |= _showing(frame, {faces[0].face_id}, MOST)
        for cut, around in CUTS.items():
            box = visible_box(around(box_in(face.box_ltrb, SIZE, stored)), stored)
            if np.abs(crop(after, box).astype(int) - crop(before, box)).max() > as_before:
                changed.add((face.face_id, cut))
            if max(head[0] - box[2], box[0] - head[2], head[1] - box[3], box[1] - head[3]) > BLOCK + 2:
                far.add((face.face_id, cut))
    assert len(changed) > 50 and len(far) > 50
    assert changed <= anew and far.isdisjoint(anew)


def again(image: np.ndarray) -> np.ndarray:
    """An RGB picture as it comes back from its JPEG."""
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(encode_jpeg(image), np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
