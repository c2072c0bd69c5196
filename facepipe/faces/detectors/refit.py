"""The dlib-shaped face box (a square from the brows to the chin) from another detector's box and five landmarks.

dlib's landmarks, from which faces are aligned, were trained on the boxes of dlib's own detectors, so the box must
have their place and size. Side: the geometric mean of two estimates, one from the box and one from the landmarks,
each alone worse: boxes grow when a head tilts, landmarks shrink when it nods. In the landmarks the distance from
eyes to mouth counts double: the distance between the eyes collapses in profile. Centre: the landmarks' mean, moved
along the line from mouth to eyes.

The constants of each detector are medians over some 280 faces that it and dlib's CNN or HOG both find in group
pictures, portraits and a clip, between the two (the CNN's boxes lie higher and are smaller than HOG's), with the side
4 to 6 % larger: that parts people better where landmarks are hard (profiles, small and dark faces) and costs nothing
elsewhere. A face's embedding then moves by 0.05 (median) from the one that dlib's own box gives.
"""

from dataclasses import dataclass

import numpy as np

from facepipe.records import Detection


@dataclass(frozen=True, slots=True)
class Refit:
    """How one detector's faces become dlib's.

    box: dlib's side / sqrt(width x height) of the detector's box. points: dlib's side / the landmarks' scale.
    rise: how far above the landmarks' mean the centre is, in sides.
    """

    box: float
    points: float
    rise: float


def face_box(box_ltrb: np.ndarray, landmarks_xy: np.ndarray, refit: Refit) -> np.ndarray:
    """The dlib-shaped box, float32 (4,), of a face with landmarks (5, 2): eye, eye, nose, mouth, mouth."""
    box, points = np.asarray(box_ltrb, np.float64), np.asarray(landmarks_xy, np.float64)
    down = points[3:].mean(axis=0) - points[:2].mean(axis=0)
    face_height, eye_distance = np.hypot(*down), np.hypot(*(points[1] - points[0]))
    from_points = refit.points * np.hypot(face_height, np.sqrt(0.5) * eye_distance)
    from_box = refit.box * np.sqrt(np.prod(box[2:] - box[:2]))
    side = np.sqrt(from_box * from_points)
    centre = points.mean(axis=0) - refit.rise * side * down / max(face_height, 1e-6)
    return np.concatenate([centre - side / 2, centre + side / 2]).astype(np.float32)


def refitted(found: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float, refit: Refit) -> list[Detection]:
    """Detections of boxes (n, 4), scores (n,) and landmarks (n, 5, 2) in a picture that was enlarged by `factor`."""
    return [
        Detection(box / factor, face_box(box, points, refit) / factor, float(score), points / factor)
        for box, score, points in zip(*found, strict=True)
    ]
