"""Who somebody is: the measures of a face, its hair and its colours."""

from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Face:
    """A head in face units (1 = the usual distance between the pupils), eyes at y = 0; colours RGB 0..1."""

    width: float = 1.12  # half the width at the cheekbones
    jaw: float = 0.82  # jaw width as a share of the width
    chin: float = 1.75  # how far below the eyes the chin lies
    chin_width: float = 0.4
    eye_gap: float = 1.0  # distance between the pupils
    eye_width: float = 0.5
    eye_height: float = 0.2
    slant: float = 0.0  # outer corner higher (> 0) or lower
    lid: float = 0.2  # heaviness of the upper lid
    brow_y: float = -0.36
    brow_thick: float = 0.09
    brow_arch: float = 0.08
    brow_slant: float = 0.0  # inner end lower (> 0): stern
    nose_length: float = 0.72
    nose_width: float = 0.28
    nose_height: float = 0.3  # how far the bridge stands out
    mouth_y: float = 1.14
    mouth_width: float = 0.76
    lip_up: float = 0.1
    lip_low: float = 0.14
    smile: float = 0.05  # how far the corners go up
    skin: Colour = (0.87, 0.68, 0.56)
    lips: Colour = (0.74, 0.40, 0.38)
    iris: Colour = (0.35, 0.24, 0.15)
    hair: Colour = (0.20, 0.13, 0.09)
    style: str = "short"  # a hair style of hair.py
    age: float = 0.1  # 0 young .. 1 old: wrinkles, bags, thin lips
    beard: float = 0.0  # 0 none, to 0.4 stubble, 1 full
    moustache: float = 0.0
    glasses: str = ""  # "", "round", "thin"
    lashes: float = 0.3  # 0 none .. 1 made up
    blush: float = 0.3
    freckles: float = 0.0
    seed: int = 0
