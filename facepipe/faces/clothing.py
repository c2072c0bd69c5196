"""What a person wears, as 128 numbers, and how far they can be trusted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from facepipe import models
from facepipe.errors import ModelError
from facepipe.geometry import Box, box_size, clip_box, crop, crop_padded, torso_box, upper_body_box
from facepipe.imaging.shrink import shrink
from facepipe.records import VECTOR_SIZE, Face
from facepipe.registry import Plugin, Registry

CLOTH_MODELS = Registry(
    "clothing model",
    Plugin("builtin", "cloth-builtin", "ResNet-18 to conv3_x, trained by this project on drawn garments"),
    Plugin("resnet18-imagenet", "resnet18-imagenet", "the same trunk with ImageNet weights (models pull resnet18)"),
)

# What torchvision's weights expect: mean and spread of RGB, here for pixels 0..255, and 224 pixels a side.
IMAGENET = 255 * np.array([0.485, 0.456, 0.406]), 255 * np.array([0.229, 0.224, 0.225])
DYNAMIC_SIDE = 224

MIN_VISIBILITY = 0.5  # below it a clothing vector is stored but not used

# Where each reason to doubt makes the visibility MIN_VISIBILITY; measured on real torso crops, where pairs below
# these bounds are no better than chance.
HALF_FACE_PX = 40  # side of the face box: the torso is then about 120 px wide
HALF_LUMA = 12  # median luma (0..255) of the torso
HALF_UNCOVERED = 0.6  # share of the torso that no nearer person stands before


def cloth_model_path(name: str, models_dir: Path | None = None) -> Path:
    """The file of a clothing model: one of CLOTH_MODELS, or the path of an .onnx file. ModelError if it is missing."""
    if not name.endswith(".onnx"):
        return models.find(CLOTH_MODELS[name].target, models_dir)
    if not Path(name).is_file():
        raise ModelError(f"no clothing model at {name}: choose {' or '.join(CLOTH_MODELS.names)}, or an .onnx file")
    return Path(name)


class ClothModel:
    """A clothing network: an ONNX file that takes float32 RGB (n, 3, s, s), 0..255, and gives (n, 128)."""

    def __init__(self, name: str = "builtin", models_dir: Path | None = None) -> None:
        """`name`: as for `cloth_model_path`. ModelError if it cannot be used."""
        self._session = models.session(cloth_model_path(name, models_dir))
        shape = next(iter(self._session.inputs.values()))
        out = next(iter(self._session.outputs.values()))
        if len(shape) != 4 or out[-1] not in (VECTOR_SIZE, *(d for d in out if isinstance(d, str))):
            raise ModelError(
                f"{name} is not a clothing model: it takes {shape} and gives {out}, not (n, {VECTOR_SIZE})"
            )
        self._side = shape[-1] if isinstance(shape[-1], int) else DYNAMIC_SIDE
        self._mean, self._std = IMAGENET if name == "resnet18-imagenet" else (0.0, 1.0)

    def encode(self, torsos: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors of norm 1, float32 (n, 128), of RGB uint8 pictures of any size (n at least 1)."""
        side = self._side
        resized = [shrink(torso, (side, side)) for torso in torsos]
        # One by one: a vector must not depend on what else is in the frame, to the last bit.
        ready = [((r - self._mean) / self._std).astype(np.float32).transpose(2, 0, 1) for r in resized]
        out = np.array([self._session.run(np.ascontiguousarray(r[None]))[0][0] for r in ready], np.float32)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    def encode_faces(self, image: np.ndarray, faces: Sequence[Face]) -> tuple[Face, ...]:
        """`faces` of `image` (RGB) with `cloth` and `cloth_visibility`; others as they are."""
        boxes = [face.box_ltrb for face in faces]
        seen = {k: visibility(image, box, boxes) for k, box in enumerate(boxes)}
        torsos = {k: crop_padded(image, torso_box(boxes[k]))[0] for k, share in seen.items() if share > 0}
        vectors = dict(zip(torsos, self.encode(list(torsos.values())), strict=True)) if torsos else {}
        return tuple(
            replace(face, cloth=vectors[k], cloth_visibility=seen[k]) if k in vectors else face
            for k, face in enumerate(faces)
        )


def visibility(image: np.ndarray, face: Box, all_faces: Sequence[Box]) -> float:
    """How far the clothing under `face` can be trusted, 0..1; MIN_VISIBILITY is the least that is used.

    The worst of: the torso inside the picture (at least half), the size of the face, the light on the torso,
    and how much of it nearer people (larger faces) hide.
    """
    torso = torso_box(face)
    size_wh = image.shape[1], image.shape[0]
    width, height = box_size(clip_box(torso, size_wh))
    if not width or not height:
        return 0.0
    full_width, full_height = box_size(torso)
    luma = float(np.median(cv2.cvtColor(np.ascontiguousarray(crop(image, torso)[::4, ::4]), cv2.COLOR_RGB2GRAY)))
    reasons = (
        width * height / (full_width * full_height),
        0.5 * min(box_size(face)) / HALF_FACE_PX,
        0.5 * luma / HALF_LUMA,
        0.5 * (1 - _covered(torso, face, all_faces, size_wh)) / HALF_UNCOVERED,
    )
    return min(1.0, *reasons)


def _covered(torso: Box, face: Box, all_faces: Sequence[Box], size_wh: tuple[int, int]) -> float:
    """Share (0..1) of the visible torso behind the bodies of people with a larger face."""
    left, top, right, bottom = clip_box(torso, size_wh)
    hidden = np.zeros((bottom - top, right - left), bool)
    for other in all_faces:
        if box_size(other)[1] > box_size(face)[1]:
            # Shoulders are about two face widths wide, narrower than the torso box.
            body = upper_body_box(other)
            shoulder = box_size(other)[0] // 2
            box = clip_box((body[0] + shoulder - left, body[1] - top, body[2] - shoulder - left, body[3] - top),
                           (right - left, bottom - top))  # fmt: skip
            hidden[box[1] : box[3], box[0] : box[2]] = True
    return float(hidden.mean())
