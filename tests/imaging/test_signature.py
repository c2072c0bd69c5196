"""The tiny description of a picture."""

import cv2
import numpy as np
from drawn_shots import picture, scene

from facepipe.imaging.signature import SIGNATURE_SIZE, signature


def test_signature_is_tiny_and_the_same_at_every_size():
    big = cv2.resize(scene(1), (1280, 720), interpolation=cv2.INTER_CUBIC)
    a, b = signature(picture(scene(1))), signature(picture(big))
    assert (a.dtype, a.shape) == (np.uint8, (SIGNATURE_SIZE,)) == (b.dtype, b.shape)
    assert np.abs(a.astype(int) - b).mean() < 4
