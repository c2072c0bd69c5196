"""The space in which an encoder puts faces: how far apart its embeddings lie, and which thresholds follow from that."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """What is known of an encoder's embeddings. Distances are Euclidean, in the encoder's own unit.

    name: of the encoder, or of the family whose encoders give the same embeddings. dimensions: of an embedding.
    between, conditions, picture: mean squared distance that another person, other conditions and another picture add
    to a pair, the priors of the two-covariance model (see cluster.calibrate).
    gallery_threshold: distance of a person's mean face to the mean of somebody's references below which the two are
    one. gallery_ratio: ... and only where the nearest name is nearer than any other by this factor.
    join_threshold: distance to a person's mean below which a track or face joins it. join_ratio: ... and only where
    the second nearest is farther by this factor (squared distances).
    near_duplicate: distance below which two pictures of one person are nearly the same picture.
    doubtful: distances from a person's mean at which a face is usual, worth a look, and probably somebody else's.
    """

    name: str
    dimensions: int
    between: float
    conditions: float
    picture: float
    gallery_threshold: float
    gallery_ratio: float
    join_threshold: float
    join_ratio: float
    near_duplicate: float
    doubtful: tuple[float, float, float]


# dlib's network was trained so that .6 separates people (documentation of dlib's face_recognition_model_v1). Two
# pictures of different people lie sqrt(.79) = .89 apart on average (4,997 labelled pairs of 18 people); with that, .6
# is the equally likely place for conditions + picture = .195. Of this, conditions are about .07 between the shots of
# one clip and .14 between photos of different years. Results change little for between .45 to .75, conditions .085 to
# .13. Gallery: on 103 photos of 18 people (1 to 4 references, 1 to 8 other faces a person) the same person is below .53
# in 99 %, the nearest other person never below .56; the ratio of the two is below .84 in 99 % where there are several
# references, else .92. Near-duplicates: see export.duplicates. Doubt: single faces of one person lie within about .6 of
# each other, hence typically within .6 / sqrt(2) = .42 of their mean.
DLIB = EmbeddingSpace(
    name="dlib",
    dimensions=128,
    between=0.595,
    conditions=0.10,
    picture=0.095,
    gallery_threshold=0.52,
    gallery_ratio=0.85,
    join_threshold=0.5,
    join_ratio=0.8,
    near_duplicate=0.25,
    doubtful=(0.30, 0.42, 0.55),
)
