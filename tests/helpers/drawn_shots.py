"""Shots of a camera in drawn rooms, with movement, changing light and noise."""

from collections.abc import Iterator

import av
import cv2
import numpy as np

from facepipe.media.video_picture import VideoPicture


def picture(image: np.ndarray) -> VideoPicture:
    """RGB uint8 (H, W, 3) as a decoded frame."""
    return VideoPicture(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"))


def scene(seed: int) -> np.ndarray:
    """A room: wall, floor, furniture and three people of random colours; 320x180."""
    rng = np.random.default_rng(seed)
    image = np.empty((180, 320, 3), np.uint8)
    image[:], image[120:] = rng.integers(60, 220, 3), rng.integers(30, 160, 3)
    for _ in range(6):
        x, y, w, h = rng.integers((0, 0, 15, 15), (300, 150, 90, 60))
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), rng.integers(0, 255, 3).tolist(), -1)
    for x in rng.integers(30, 290, 3):
        cv2.ellipse(image, (int(x), 150), (26, 45), 0, 0, 360, rng.integers(0, 255, 3).tolist(), -1)
        cv2.circle(image, (int(x), 85), 20, (205, 160, 130), -1)
    return image


def shot(seed: int, length: int, pan: float = 0.0, light: float = 0.0) -> Iterator[np.ndarray]:
    """`length` frames of a scene, panned by a share of its width and relit by a factor a frame."""
    image, rng = scene(seed), np.random.default_rng(seed + 1000)
    for k in range(length):
        view = np.roll(image, round(-pan * k * 320), axis=1)[10:-10, 20:-20]
        yield np.clip(view * (1 + light * k) + rng.normal(0, 3, view.shape), 0, 255).astype(np.uint8)
