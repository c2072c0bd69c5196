"""Tables of made-up faces with known people, for the tests of clustering and evaluation."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from facepipe.evaluate.matching import Matching
from facepipe.records import CLOTH_SIZE
from facepipe.space import DLIB, EmbeddingSpace
from facepipe.table import FaceTable


def space_around(centre) -> EmbeddingSpace:
    """A space like dlib's whose faces lie around `centre`, any numbers up to 128."""
    return replace(DLIB, likeness=replace(DLIB.likeness, centre=tuple(pad([centre])[0].tolist())))


def make_table(face, *, frame=None, cloth=None, box=None, time_s=None, source="clip.mp4") -> FaceTable:
    """A table of n faces from vectors (n, <= 128), padded with zeros; by default every face has a frame of its own.

    cloth: a list of vectors, None where there is no clothing. source: one name, or a list of n; each is a shot.
    """
    n = len(face)
    frame = np.arange(n) if frame is None else np.asarray(frame)
    sources = (source,) * n if isinstance(source, str) else tuple(source)
    return FaceTable(
        face_id=tuple(f"{sources[i]}-{frame[i]:07d}-{i:04d}" for i in range(n)),
        frame_id=tuple(f"{sources[i]}-{frame[i]:07d}" for i in range(n)),
        source=sources,
        frame_index=frame,
        time_s=frame.astype(float) if time_s is None else time_s,
        box_ltrb=np.tile([10, 10, 50, 50], (n, 1)) if box is None else box,
        image_wh=np.tile([640, 360], (n, 1)),
        stored_wh=np.tile([640, 360], (n, 1)),
        score=np.ones(n),
        quality=np.ones(n),
        shot=_one_each(sources),
        embedding=pad(face),
        space=space_around([]),
        cloth=pad([[] if vector is None else vector for vector in (cloth or [None] * n)]),
        has_cloth=np.array([vector is not None for vector in (cloth or [None] * n)], bool),
    )


def table_of(faces: list[tuple[str, float]]) -> FaceTable:
    """A table of faces (source, seconds)."""
    n = len(faces)
    return FaceTable(
        face_id=tuple(f"f{i}" for i in range(n)),
        frame_id=tuple(f"{name}-{moment}" for name, moment in faces),
        source=tuple(name for name, _ in faces),
        frame_index=np.array([moment * 25 for _, moment in faces]),
        time_s=np.array([moment for _, moment in faces], float),
        box_ltrb=np.tile([0, 0, 50, 50], (n, 1)),
        image_wh=np.tile([640, 480], (n, 1)),
        stored_wh=np.tile([640, 480], (n, 1)),
        score=np.ones(n),
        quality=np.ones(n),
        shot=_one_each(name for name, _ in faces),
        embedding=np.zeros((n, DLIB.dimensions)),
        cloth=np.zeros((n, CLOTH_SIZE)),
        has_cloth=np.zeros(n, bool),
    )


def _one_each(sources: Iterable[str]) -> list[int]:
    """A number for each source, by the order in which they come."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(source, len(numbers)) for source in sources]


def pad(vectors) -> np.ndarray:
    """Vectors of any length up to `DLIB.dimensions` as float32 (n, 128); clothing has as many numbers."""
    out = np.zeros((len(vectors), DLIB.dimensions), np.float32)
    for row, vector in enumerate(vectors):
        out[row, : len(vector)] = vector
    return out


def matched(person, missed=()) -> Matching:
    """A matching of n faces, each of which is that person of a truth without boxes."""
    person = np.asarray(person)
    people = tuple(f"p{number}" for number in range(person.max(initial=-1) + 1))
    return Matching(person, np.full((len(person), 4), np.nan), people, tuple(missed))


def simulate(people: int, faces: int, *, per_frame: int = 1, seed: int = 0) -> tuple[FaceTable, np.ndarray]:
    """A table of `faces` faces of `people` people and who each is: int (n,).

    Distances as of dlib's encoder: about .41 inside a person, .85 between two. The faces of a frame are different
    people; every face has clothing, a colour a person.
    """
    rng = np.random.default_rng(seed)
    centres, middle = _on_sphere(rng, people, 0.53), _on_sphere(rng, 1, 1.3)
    dress = _on_sphere(rng, people, 1.0)
    per_frame = min(per_frame, people)
    frames = -(-faces // per_frame)
    who = np.concatenate([rng.permutation(people)[:per_frame] for _ in range(frames)])[:faces]
    cloth = dress[who] + _on_sphere(rng, faces, 0.2)
    cloth /= np.linalg.norm(cloth, axis=1, keepdims=True)
    face = middle + centres[who] + _on_sphere(rng, faces, 0.29)
    table = make_table(face, frame=np.arange(faces) // per_frame, cloth=list(cloth))
    return table.with_(space=space_around(middle[0])), who


def _on_sphere(rng, n: int, radius: float) -> np.ndarray:
    out = rng.normal(size=(n, DLIB.dimensions))
    return radius * out / np.linalg.norm(out, axis=1, keepdims=True)


def same_partition(a, b) -> bool:
    """Whether two label arrays group the same rows, with -1 unknown in both."""
    a, b = np.asarray(a), np.asarray(b)
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs}) and np.array_equal(a < 0, b < 0)
