"""The people of the clip: faces that were searched for until a face encoder keeps them far apart, and wardrobes."""

from .body import Outfit
from .identity import Face

CAST: dict[str, Face] = {
    "Marta": Face(
        width=1.12, jaw=0.77, chin=1.63, chin_width=0.282, eye_gap=0.975, eye_width=0.436,
        eye_height=0.25, slant=-0.0463, lid=0.383, brow_y=-0.32, brow_thick=0.0343,
        brow_arch=0.0443, brow_slant=0.018, nose_length=0.545, nose_width=0.18, nose_height=0.223,
        mouth_y=1.01, mouth_width=0.61, lip_up=0.0928, lip_low=0.109, smile=0.085,
        skin=(0.96, 0.75, 0.679), lips=(0.79, 0.27, 0.3), iris=(0.28, 0.42, 0.25),
        hair=(0.34, 0.145, 0.0596), style="wavy", age=0.3, lashes=1, blush=0, seed=667272,
    ),
    "Tomas": Face(
        width=1.22, jaw=0.947, chin=1.84, chin_width=0.5, eye_gap=1.11, eye_width=0.4,
        eye_height=0.134, slant=0.1, lid=0, brow_y=-0.27, brow_thick=0.0932, brow_arch=0.11,
        brow_slant=-0.01, nose_length=0.82, nose_width=0.22, nose_height=0.192, mouth_y=1.27,
        mouth_width=0.648, lip_up=0.0895, lip_low=0.118, smile=0.11, skin=(0.82, 0.62, 0.48),
        lips=(0.65, 0.376, 0.332), hair=(0.124, 0.0858, 0.0667), style="side", beard=0.38,
        moustache=0.35, blush=0.131, seed=100856,
    ),
    "Henrik": Face(
        width=1.02, jaw=0.903, chin=1.78, chin_width=0.432, eye_gap=0.887, eye_width=0.56,
        eye_height=0.133, slant=0.0379, lid=0, brow_y=-0.366, brow_thick=0.141, brow_arch=-0.02,
        brow_slant=-0.01, nose_length=0.688, nose_width=0.22, nose_height=0.16, mouth_y=1.06,
        mouth_width=0.978, lip_up=0.0525, lip_low=0.0679, skin=(0.9, 0.72, 0.66),
        lips=(0.716, 0.47, 0.43), iris=(0.35, 0.45, 0.55), hair=(0.602, 0.602, 0.602),
        style="receding", age=1, glasses="thin", blush=0.344, seed=369217,
    ),
    "Amara": Face(
        width=1.07, jaw=0.68, chin=1.53, chin_width=0.24, eye_gap=1.09, eye_width=0.45,
        eye_height=0.25, slant=0.13, lid=0.314, brow_y=-0.366, brow_thick=0.0786, brow_arch=0.0686,
        brow_slant=0.035, nose_length=0.54, nose_width=0.424, nose_height=0.163, mouth_y=0.92,
        mouth_width=0.54, lip_up=0.16, lip_low=0.181, smile=0.06, skin=(0.464, 0.27, 0.219),
        lips=(0.59, 0.26, 0.22), hair=(0.118, 0.0748, 0.0641), style="afro", age=0.123,
        lashes=0.75, blush=0, seed=154016,
    ),
    "Finn": Face(
        width=1.24, jaw=0.968, chin=1.65, chin_width=0.368, eye_gap=1.01, eye_width=0.4,
        eye_height=0.166, slant=-0.07, lid=0.136, brow_y=-0.27, brow_thick=0.168, brow_arch=0.0611,
        brow_slant=0.05, nose_length=0.668, nose_width=0.344, nose_height=0.378, mouth_y=1.02,
        mouth_width=0.98, lip_up=0.0491, lip_low=0.0637, skin=(0.97, 0.76, 0.662),
        lips=(0.76, 0.44, 0.43), iris=(0.3, 0.45, 0.5), hair=(0.453, 0.197, 0.0657), age=0.197,
        beard=1, moustache=1, blush=0.111, freckles=0.6, seed=180297,
    ),
    "Yuki": Face(
        width=0.98, jaw=0.68, chin=1.69, chin_width=0.205, eye_gap=1.12, eye_width=0.42,
        eye_height=0.142, slant=0.04, lid=0.685, brow_y=-0.48, brow_thick=0.0493, brow_arch=0.17,
        brow_slant=-0.01, nose_length=0.54, nose_width=0.297, nose_height=0.18, mouth_y=0.948,
        mouth_width=0.9, lip_up=0.13, lip_low=0.149, smile=0.06, skin=(0.95, 0.8, 0.67),
        lips=(0.79, 0.39, 0.39), hair=(0.0803, 0.0689, 0.0803), style="fringe", age=0.0352,
        glasses="round", lashes=0.845, blush=0.022, seed=1003494,
    ),
    "Idris": Face(
        width=1.02, jaw=0.892, chin=1.83, chin_width=0.55, eye_gap=0.86, eye_width=0.518,
        eye_height=0.12, slant=0.0226, lid=0.492, brow_y=-0.27, brow_thick=0.102,
        brow_arch=-0.0132, brow_slant=-0.01, nose_length=0.6, nose_width=0.403, nose_height=0.26,
        mouth_y=1.09, mouth_width=0.933, lip_low=0.21, smile=0.11, skin=(0.387, 0.27, 0.16),
        lips=(0.46, 0.26, 0.24), hair=(0.0662, 0.0497, 0.0497), style="bald", age=0.538,
        moustache=0.9, blush=0, seed=1021688,
    ),
    "Ruth": Face(
        width=0.952, jaw=0.681, chin=1.69, chin_width=0.352, eye_gap=0.905, eye_width=0.6,
        eye_height=0.226, slant=0.0324, lid=0.332, brow_y=-0.327, brow_thick=0.03, brow_arch=0.123,
        brow_slant=-0.01, nose_length=0.54, nose_width=0.33, nose_height=0.275, mouth_y=1.08,
        mouth_width=0.855, lip_up=0.06, lip_low=0.113, smile=0.06, skin=(0.88, 0.68, 0.56),
        lips=(0.65, 0.29, 0.321), hair=(0.611, 0.591, 0.591), style="bun", age=0.811, lashes=0.35,
        blush=0.285, seed=795215,
    ),
}  # fmt: skip

STRIPED = Outfit("crew", (0.13, 0.20, 0.36), "stripes", (0.93, 0.91, 0.86))  # two people own this jumper
OUTFITS: dict[tuple[str, str], Outfit] = {
    ("Marta", ""): Outfit("blazer", (0.13, 0.40, 0.42), under=(0.96, 0.93, 0.88)),
    ("Marta", "evening"): Outfit("vneck", (0.66, 0.13, 0.20), "dots", (0.95, 0.86, 0.80)),
    ("Tomas", ""): STRIPED,
    ("Henrik", ""): Outfit("blazer", (0.25, 0.24, 0.28), "pinstripe", (0.5, 0.5, 0.55), tie=(0.50, 0.13, 0.17)),
    ("Amara", ""): Outfit("vneck", (0.88, 0.62, 0.16)),
    ("Finn", ""): STRIPED,
    ("Yuki", ""): Outfit("turtleneck", (0.74, 0.33, 0.32)),
    ("Idris", ""): Outfit("shirt", (0.60, 0.71, 0.84)),
    ("Ruth", ""): Outfit("crew", (0.42, 0.34, 0.55), "dots", (0.86, 0.80, 0.90)),
}
