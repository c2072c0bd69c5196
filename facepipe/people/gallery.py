"""A gallery: reference pictures of known people, and the names that they give."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facepipe.callbacks import Warn
from facepipe.errors import InputError
from facepipe.files.names import natural_key, safe_name
from facepipe.media.sources import find_sources
from facepipe.people.reference import ReferencePictures
from facepipe.table import FaceTable

_MOST_UNMET = 10  # names that are listed
_AUTOMATIC = re.compile(r"person_\d{3,}")
_NUMBERED = re.compile(r"[ _-]\(?\d+\)?$")  # NAME_1, NAME-2, "NAME (3)"


@dataclass(frozen=True, slots=True)
class Match:
    """A person of a run, as clustered, and the known name that it gets; distance between their mean faces."""

    person: str
    name: str
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Who is known: names in natural order, and each one's mean reference face, float32 (k, d)."""

    names: tuple[str, ...]
    embeddings: np.ndarray

    def matches(self, table: FaceTable, decided: Collection[str], *, allow_duplicates: bool = False) -> list[Match]:
        """Which people of a run are whom, nearest first; distances are of mean faces, weighted by quality.

        decided: names that somebody has given; they stay. A person gets the name that it is nearer to than the space's
        gallery_threshold, and by gallery_ratio nearer than to any other. One name may be found for several people,
        unless faces of them share a frame (`allow_duplicates` lets them).
        """
        rows = {name: members for name, members in table.rows_by_person().items() if name}
        codes = table.frame_codes()
        frames = {name: set(codes[rows[name]].tolist()) for name in rows}
        found = []
        for person in rows:
            if person in decided or not (_AUTOMATIC.fullmatch(person) or person in self.names):
                continue
            distances = np.linalg.norm(self.embeddings - mean_face(table, rows[person]), axis=1)
            order = np.argsort(distances, kind="stable")
            second = distances[order[1]] if len(order) > 1 else np.inf
            if distances[order[0]] < min(table.space.gallery_threshold, table.space.gallery_ratio * second):
                found.append(Match(person, self.names[order[0]], float(distances[order[0]])))
        matches = []
        for match in sorted(found, key=lambda match: (match.distance, natural_key(match.person))):
            taken = frames.setdefault(match.name, set())
            if match.person != match.name and (allow_duplicates or not taken & frames[match.person]):
                taken |= frames[match.person]
                matches.append(match)
        return matches

    def naming(
        self,
        decided: Collection[str],
        rejected: Mapping[str, Collection[str]],
        report: Callable[[str], None],
        *,
        allow_duplicates: bool = False,
    ) -> Callable[[FaceTable], FaceTable]:
        """A function that gives a table these names, and says each of the `matches`, and who was not met, to `report`.

        rejected: the names that a face must not get, by face id; it is unknown then.
        """

        def name(table: FaceTable) -> FaceTable:
            matches = self.matches(table, decided, allow_duplicates=allow_duplicates)
            for match in matches:
                report(f"{match.person} is {match.name} (distance {match.distance:.2f})")
            names = {match.person: match.name for match in matches}
            named = table.with_(
                person=tuple(
                    person if person not in names else "" if names[person] in rejected.get(face, ()) else names[person]
                    for face, person in zip(table.face_id, table.person, strict=True)
                )
            )
            unmet = [known for known in self.names if known not in named.people]
            if unmet:
                more = f" and {len(unmet) - _MOST_UNMET} more" if len(unmet) > _MOST_UNMET else ""
                report(f"not met: {', '.join(unmet[:_MOST_UNMET])}{more}")
            return named

        return name


def mean_face(table: FaceTable, rows: Sequence[int]) -> np.ndarray:
    """The mean embedding of some faces, float32 (d,), weighted by their quality."""
    return _mean(table.embedding[rows], table.quality[rows])


def read_gallery(folder: Path, pictures: ReferencePictures, warn: Warn) -> Gallery:
    """The people of a folder of reference pictures: NAME/*.jpg, NAME.jpg, NAME_1.jpg, any number of each.

    `warn` is told of pictures without a face or with several. InputError: no picture there, or none with a face.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give one with NAME.jpg or NAME/*.jpg for each known person")
    faces = defaultdict(list)
    for source in find_sources([folder], warn, kinds=["photo"]):
        inside = source.path.relative_to(folder)
        name = inside.parts[0] if len(inside.parts) > 1 else _NUMBERED.sub("", source.path.stem)
        try:
            faces[safe_name(name)].append(pictures.face_in(source, warn))
        except InputError as error:
            warn(f"{error}; it was left out")
    names = tuple(sorted((name for name in faces if faces[name]), key=natural_key))
    if not names:
        raise InputError(f"no face found in any picture of {folder}: give pictures that show one face each")
    means = [_mean([f.embedding for f in faces[name]], [f.quality for f in faces[name]]) for name in names]
    return Gallery(names, np.stack(means))


def _mean(embeddings: Sequence[np.ndarray] | np.ndarray, quality: Sequence[float] | np.ndarray) -> np.ndarray:
    """The mean face, float32 (d,), weighted by quality."""
    return np.average(np.asarray(embeddings), axis=0, weights=np.asarray(quality, np.float64) + 1e-6).astype(np.float32)
