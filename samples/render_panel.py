"""Draw the sample clip and its truth: ``python samples/render_panel.py [--out DIR]``.

Writes DIR/panel.mp4 (H.264, 854x480, 25 frames a second) and DIR/panel_truth.csv
(source,frame,person,left,top,right,bottom: the box is a square from the brows to the chin, half-open). Nothing
is random: two runs draw the same pixels.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from panel import studio
from panel.cast import CAST, OUTFITS
from panel.puppet import Puppet, face_box
from panel.script import FPS, SHOTS, SIZE_WH, pose, timeline

TRUTH_EVERY = 5  # frames: five times a second, which includes every whole second
VIDEO, TRUTH = "panel.mp4", "panel_truth.csv"


def truth_rows() -> Iterator[tuple[str, int, str, int, int, int, int]]:
    """Who is where in every fifth frame, without drawing anything."""
    for frame, (shot, within) in enumerate(timeline()):
        if frame % TRUTH_EVERY == 0:
            for k, actor in enumerate(SHOTS[shot].actors):
                yield VIDEO, frame, actor.person, *face_box(CAST[actor.person], pose(shot, k, within))


def _smoothstep(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


class Stage:
    """One shot, its still parts drawn once."""

    def __init__(self, index: int, world: np.ndarray):
        self.index, self.shot = index, SHOTS[index]
        self.back = studio.backdrop(world, SIZE_WH, self.shot.centre, self.shot.zoom, self.shot.blur)
        self.desk = (
            _rows(studio.desk(SIZE_WH, self.shot.desk_top, list(self.shot.mugs))) if self.shot.desk_top else None
        )
        self.title = _rows(studio.title(SIZE_WH, *self.shot.title)) if self.shot.title[0] else None
        self.corners = np.repeat(studio.vignette(SIZE_WH), 3, axis=2)
        self.puppets = [Puppet(CAST[a.person], OUTFITS[a.person, a.outfit], a.scale) for a in self.shot.actors]

    def draw(self, within: int) -> np.ndarray:
        """The frame ``within`` the shot as RGB uint8 (480, 854, 3)."""
        picture = self.back.copy()
        for k, puppet in enumerate(self.puppets):
            puppet.draw(picture, pose(self.index, k, within))
        if self.desk is not None:
            _lay(picture, self.desk, 1.0)
        t, (begin, end) = within / FPS, self.shot.light
        mix = _smoothstep((t - 0.8) / (self.shot.seconds - 2))
        picture *= self.corners
        picture *= np.float32(begin) * np.float32(1 - mix) + np.float32(end) * np.float32(mix)
        if self.title is not None:
            _lay(picture, self.title, _smoothstep((t - 0.5) / 0.4) * _smoothstep((self.shot.seconds - 0.6 - t) / 0.4))
        return cv2.convertScaleAbs(picture, alpha=255)


def _lay(picture: np.ndarray, layer: tuple[slice, np.ndarray, np.ndarray], seen: float) -> None:
    """Put a still layer over the rows that it touches, ``seen`` 0..1."""
    rows, through, colour = layer
    part = picture[rows]
    part *= 1 - np.float32(seen) * (1 - through)
    part += np.float32(seen) * colour


def _rows(rgba: np.ndarray) -> tuple[slice, np.ndarray, np.ndarray]:
    """A premultiplied picture cut to its painted rows: (rows, what shows through (h, w, 3), colours (h, w, 3))."""
    painted = np.flatnonzero(rgba[..., 3].any(1))
    rows = slice(int(painted[0]), int(painted[-1]) + 1)
    through = np.repeat(1 - rgba[rows, :, 3:], 3, axis=2)
    return rows, through, np.ascontiguousarray(rgba[rows, :, :3])


def frames(wanted: set[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """(index, RGB uint8 (480, 854, 3)) of every frame, or of those ``wanted``, in order."""
    world, stage = studio.paint_set(), None
    for frame, (shot, within) in enumerate(timeline()):
        if wanted is not None and frame not in wanted:
            continue
        if stage is None or stage.index != shot:
            stage = Stage(shot, world)
        yield frame, stage.draw(within)


def write_truth(path: Path) -> None:
    """The truth table as CSV."""
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["source", "frame", "person", "left", "top", "right", "bottom"])
        table.writerows(truth_rows())


def write_video(path: Path) -> None:
    """Encode all frames; a key frame at every cut and at least every two seconds."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        stream.options = {"crf": "26", "preset": "slow", "tune": "animation", "g": str(2 * FPS), "threads": "1"}
        for _, picture in frames():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def main() -> None:
    """Parse the command line and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    write_truth(out / TRUTH)
    write_video(out / VIDEO)


if __name__ == "__main__":
    main()
