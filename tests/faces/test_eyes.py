"""How open eyes look."""

import cv2
import numpy as np
import pytest

from facepipe.faces.eyes import eye_openness


def drawn(lids: float, *, skin: int = 170, iris: int = 40, white: int = 225) -> np.ndarray:
    """A chip with two eyes. lids: how far they are open, 0 to 1; shut ones are a line of lashes."""
    chip = np.full((150, 150, 3), skin, np.uint8)
    for x in (48, 100):
        opening = np.zeros((150, 150), np.uint8)
        cv2.ellipse(opening, (x, 47), (11, max(1, round(6 * lids))), 0, 0, 360, 255, -1)
        eye = np.full_like(chip, white)
        cv2.circle(eye, (x, 47), 5, (iris,) * 3, -1)
        if lids:
            chip[opening > 0] = eye[opening > 0]
        cv2.ellipse(chip, (x, 47), (11, max(1, round(6 * lids))), 0, 180, 360, (iris,) * 3, 2)
    return chip


def test_the_wider_the_eyes_the_more_open_they_look():
    values = [eye_openness(drawn(lids)) for lids in (0, 0.3, 0.6, 1)]
    assert values == sorted(values)
    assert values[0] < 0.17 < 0.3 < values[-1]


@pytest.mark.parametrize("colours", [(90, 20, 130), (220, 120, 250)], ids=["dark", "pale"])
def test_skin_and_light_do_not_decide(colours):
    skin, iris, white = colours
    assert eye_openness(drawn(1, skin=skin, iris=iris, white=white)) > 2 * eye_openness(
        drawn(0, skin=skin, iris=iris, white=white)
    )


def test_nothing_to_be_seen_is_a_number():
    assert eye_openness(np.zeros((150, 150, 3), np.uint8)) == pytest.approx(0)
