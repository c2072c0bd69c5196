"""What clothing models have in common: which part of a picture shows what somebody wears, and whether it is seen."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from facepipe.faces.clothing.visibility import visibility
from facepipe.geometry import crop_padded, torso_box
from facepipe.records import Face


class TorsoEncoder(ABC):
    """A `ClothEncoder` of pictures of torsos: a subclass says what the vector of such a picture is."""

    @abstractmethod
    def encode(self, torsos: Sequence[np.ndarray]) -> np.ndarray:
        """Vectors of norm 1, float32 (n, 128), of RGB uint8 pictures of any size (n at least 1).

        A vector does not depend on the other pictures, to the bit.
        """

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
