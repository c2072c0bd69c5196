"""The space in which an encoder puts faces: how far apart its embeddings lie, and which thresholds follow from that."""

from dataclasses import dataclass

from facepipe.likeness import Likeness


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """What is known of an encoder's embeddings. Distances are Euclidean, in the encoder's own unit.

    name: of the encoder, or of the family whose encoders give the same embeddings. dimensions: of an embedding.
    likeness: what the likeness of two of them says, the model that people are found by.
    gallery_threshold: distance of a person's mean face to the mean of somebody's references below which the two are
    one. gallery_ratio: ... and only where the nearest name is nearer than any other by this factor.
    join_threshold: distance to a person's mean below which a track or face joins it. join_ratio: ... and only where
    the second nearest is farther by this factor (squared distances).
    near_duplicate: distance below which two pictures of one person are nearly the same picture.
    doubtful: distances from a person's mean at which a face is usual, worth a look, and probably somebody else's.
    """

    name: str
    dimensions: int
    likeness: Likeness
    gallery_threshold: float
    gallery_ratio: float
    join_threshold: float
    join_ratio: float
    near_duplicate: float
    doubtful: tuple[float, float, float]

    @property
    def unit(self) -> float:
        """How long is what dlib's encoder calls 1, by how far a face that is worth a look is from its person's mean."""
        return self.doubtful[1] / DLIB.doubtful[1]


# The mean of 1,453 people of Labeled Faces in the Wild, each of equal weight.
# fmt: off
_DLIB_CENTRE = (
    -0.097, 0.089, 0.055, -0.044, -0.097, -0.015, -0.012, -0.107, 0.144, -0.064, 0.196, -0.033, -0.242, -0.046,
    -0.025, 0.122, -0.148, -0.127, -0.114, -0.077, 0.015, 0.033, 0.031, 0.024, -0.138, -0.306, -0.074, -0.09, 0.049,
    -0.087, 0.016, 0.059, -0.176, -0.056, 0.029, 0.064, -0.05, -0.067, 0.205, 0.014, -0.174, 0.008, 0.052, 0.252, 0.2,
    0.004, 0.026, -0.069, 0.116, -0.26, 0.053, 0.143, 0.116, 0.072, 0.079, -0.145, 0.019, 0.136, -0.186, 0.072, 0.073,
    -0.095, -0.042, -0.039, 0.16, 0.094, -0.094, -0.142, 0.166, -0.142, -0.046, 0.078, -0.098, -0.165, -0.262, 0.039,
    0.375, 0.131, -0.174, 0.011, -0.074, -0.012, 0.035, 0.042, -0.075, -0.047, -0.092, 0.021, 0.19, -0.027, -0.027,
    0.217, 0.015, -0.005, 0.04, 0.047, -0.109, -0.006, -0.115, -0.013, 0.044, -0.097, 0.01, 0.087, -0.174, 0.166,
    -0.018, -0.022, -0.008, -0.021, -0.082, -0.005, 0.169, -0.251, 0.204, 0.175, 0.006, 0.134, 0.065, 0.06, 0.004,
    -0.008, -0.132, -0.102, 0.036, -0.028, 0.02, 0.035,
)
# fmt: on

# The likeness is fitted to half the people of a quarter of Labeled Faces in the Wild: see docs/clustering.md. dlib's
# network was trained so that .6 separates people (documentation of dlib's face_recognition_model_v1).
# Gallery: on 103 photos of 18 people (1 to 4 references, 1 to 8 other faces a person) the same person is below .53 in
# 99 %, the nearest other person never below .56; the ratio of the two is below .84 in 99 % where there are several
# references, else .92. Near-duplicates: see export.duplicates. Doubt: single faces of one person lie within about .6
# of each other, hence typically within .6 / sqrt(2) = .42 of their mean.
DLIB_MEASURED = (
    "1,453 people of Labeled Faces in the Wild it told apart with a B-cubed F of .926, those of the worst of ten "
    "groups of people who look alike with .871: it takes people of East Asian and of African descent for one "
    "another more often than others"
)
DLIB = EmbeddingSpace(
    name="dlib",
    dimensions=128,
    likeness=Likeness(
        shared=0.783,
        clarity_base=1.485,
        clarity_slope=0.524,
        length_usual=0.562,
        length_gain=27.74,
        keeps_length=True,
        same_spread=0.202,
        stranger_mean=-0.047,
        stranger_spread=0.144,
        alike_share=0.254,
        alike_mean=0.147,
        alike_spread=0.214,
        beside=0.2,
        weak=0.15,
        centre=_DLIB_CENTRE,
    ),
    gallery_threshold=0.52,
    gallery_ratio=0.85,
    join_threshold=0.5,
    join_ratio=0.8,
    near_duplicate=0.25,
    doubtful=(0.30, 0.42, 0.55),
)
