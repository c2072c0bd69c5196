"""Faces in their surroundings, from a run's pictures or its inputs."""

import hashlib

import numpy as np
from PIL import Image

from facepipe.evaluate.marked import Marked, Pictures, moment
from facepipe.pictures.montage import TILE_WH
from facepipe.records import Source
from facepipe.settings import SamplingSettings

NO_BOX = np.full(4, np.nan)


def source_of(path, is_video=False) -> Source:
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    return Source(f"{path.name}-{sha[:8]}", path.name, path, sha, path.stat().st_size, is_video)


def middle(tile: np.ndarray) -> list[int]:
    return tile[TILE_WH[1] // 2, TILE_WH[0] // 2].tolist()


def test_a_face_of_a_photo_of_which_no_picture_was_kept(tmp_path):
    image = np.full((200, 300, 3), (40, 90, 60), np.uint8)
    image[100:140, 50:90] = (200, 180, 20)
    Image.fromarray(image).save(tmp_path / "trip.png")
    Image.fromarray(image).save(tmp_path / "gone.png")
    (tmp_path / "damaged.png").write_bytes((tmp_path / "trip.png").read_bytes()[:60])
    sources = {path.name: source_of(path) for path in tmp_path.glob("*.png")}
    (tmp_path / "gone.png").unlink()
    faces = [Marked(name, 0, np.array([50, 100, 90, 140]), "Ann") for name in ("gone.png", "damaged.png", "trip.png")]
    faces += [Marked("trip.png", 0, NO_BOX, "Bob"), Marked("other.png", 0, NO_BOX, "Cat")]
    found = Pictures({}, sources, SamplingSettings()).tiles(dict(enumerate(faces)))
    assert list(found) == [2, 3], "what cannot be read is left out"
    (tile, caption), (whole, _) = found.values()
    assert tile.shape == (TILE_WH[1], TILE_WH[0], 3) and caption == "Ann · trip"
    assert middle(tile) == [200, 180, 20]
    red = np.abs(tile.astype(int) - (220, 38, 38)).max(axis=2) < 10
    assert np.ptp(np.flatnonzero(red.any(0))) == np.ptp(np.flatnonzero(red.any(1))), "the mark is as square as the box"
    assert not (np.abs(whole.astype(int) - (220, 38, 38)).max(axis=2) < 10).any()


def test_faces_of_frames_of_a_video_of_which_no_picture_was_kept(sample_clip):
    source = source_of(sample_clip, True)
    faces = {7: Marked(source.name, 50, NO_BOX, "Ann"), 3: Marked(source.name, 25, NO_BOX, "Bob")}
    found = Pictures({}, {source.name: source}, SamplingSettings()).tiles(faces)
    assert {k: caption for k, (_, caption) in found.items()} == {7: "Ann · 0:02 panel", 3: "Bob · 0:01 panel"}
    assert all(tile.std() > 10 for tile, _ in found.values())


def test_of_a_long_name_the_end_is_shown():
    assert moment("holiday/2023/DSC_0001.jpg", 0) == "DSC_0001"
    assert moment("Anna_Kournikova_0004.jpg", 0) == "…_Kournikova_0004" and moment("a.mp4", 75) == "1:15 a"
