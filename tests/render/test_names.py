"""Where rendered inputs go in a folder: each in a place of its own, whatever the others are called."""

import cv2
import numpy as np
from commandline_here import run_here
from dataset_world import SIZE_WH, Spot
from made_run import made_run

from facepipe.files.names import with_digest

NAMES = ("a.png", "a.png.jpg", "B.jpg", "b.jpg", "c.png", "c.png.jpg/d.jpg")


def test_inputs_that_would_have_one_name_keep_apart(tmp_path):
    """Whose own name fits keeps it; case alone tells nothing apart, and no picture stands where a folder does."""
    spots = [Spot("show.mp4", k, (10, 10, 50, 50), "ana") for k in range(len(NAMES))]
    folder = made_run(tmp_path / "out", spots)
    entry, entries = folder.state.inputs[0], []
    for k, name in enumerate(NAMES):
        path = tmp_path / str(k) / name
        path.parent.mkdir(parents=True)
        cv2.imwrite(str(path), np.full((SIZE_WH[1], SIZE_WH[0], 3), 90, np.uint8))
        facts = {"path": str(path), "size": path.stat().st_size, "mtime_ns": None, "is_video": False, "reader": "photo"}
        entries.append(entry._replace(source_id=f"{k}-89abcdef", name=name, sha256="89abcdef" * 8, **facts))
    folder.update(inputs=tuple(entries))
    folder.write_tables(folder.table().with_(source=NAMES))
    said = run_here("render", tmp_path / "out", "--to", tmp_path / "to").stdout
    assert said == f"{len(NAMES)} photos written to {tmp_path / 'to'}\n"
    written = {path.relative_to(tmp_path / "to").as_posix() for path in (tmp_path / "to").rglob("*.jpg")}
    moved = {
        f"{with_digest(stem, name)}.jpg" for stem, name in (("a.png", "a.png"), ("b", "b.jpg"), ("c.png", "c.png"))
    }
    assert {name for name in written if (tmp_path / "to" / name).is_file()} == moved | {"a.png.jpg", "B.jpg", NAMES[-1]}
