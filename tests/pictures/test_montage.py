"""Contact sheets: as many as needed, best faces first."""

import cv2
import numpy as np
from dataset_world import Spot, colour_of, make_run, talk_show

from facepipe.annotated import AnnotatedFrames
from facepipe.files.target import Target
from facepipe.pictures.montage import COLUMNS, GAP, MARGIN, ROWS, TILE_WH, TITLE_HEIGHT, describe, write_montages


def sheets_of(out, spots):
    table = make_run(out, spots)
    target = Target(out)
    frames = AnnotatedFrames(table, out / "frames")
    write_montages(target.folder("montage"), frames, out / "people")
    return table, target


def tile_colours(path, count: int, columns: int) -> np.ndarray:
    """The colour in the middle of every tile, row by row."""
    image = cv2.imread(str(path))[..., ::-1].astype(int)
    colours = []
    for k in range(count):
        left = MARGIN + (k % columns) * (TILE_WH[0] + GAP) + TILE_WH[0] // 2
        top = TITLE_HEIGHT + (k // columns) * (TILE_WH[1] + GAP) + TILE_WH[1] // 2
        colours.append(image[top - 4 : top + 4, left - 4 : left + 4].mean((0, 1)))
    return np.array(colours)


def crowd(count: int) -> list[Spot]:
    return [Spot("a.mp4", i, (120, 90, 180, 150), "ana", quality=((i * 37) % count) / count) for i in range(count)]


def test_how_often_and_when_somebody_is_seen(tmp_path):
    table = make_run(tmp_path, crowd(3))

    def seen(*moments):
        sources, times = zip(*moments, *[("other", 9.0)] * (3 - len(moments)), strict=True)
        return describe(table.with_(source=sources, time_s=np.array(times)), range(len(moments)))

    assert seen(("a.jpg", 0.0)) == "1 face"
    assert seen(("a.mp4", 61.5)) == seen(("a.mp4", 61.5), ("a.mp4", 61.5)).replace("2 faces", "1 face")
    assert seen(("a.mp4", 61.5)) == "1 face · at 1:01"
    assert seen(("a.mp4", 75.0), ("a.mp4", 0.0), ("a.mp4", 5.0)) == "3 faces · 0:00 to 1:15"
    assert seen(("a.mp4", 75.0), ("b.mp4", 0.0)) == "2 faces · in 2 files"


def test_tiles_are_sorted_by_quality_over_as_many_sheets_as_needed(tmp_path):
    full = COLUMNS * ROWS
    table, target = sheets_of(tmp_path, crowd(2 * full + 1))
    assert target.paths == ["montage/ana.jpg", "montage/ana_2.jpg", "montage/ana_3.jpg"]
    best_first = [table.face_id[row] for row in np.argsort(-table.quality, kind="stable")]
    found = [
        tile_colours(tmp_path / path, count, columns)
        for path, count, columns in zip(target.paths, (full, full, 1), (COLUMNS, COLUMNS, 5), strict=True)
    ]
    expected = np.array([colour_of(face_id) for face_id in best_first])
    assert np.abs(np.concatenate(found) - expected).max() < 12


def test_one_sheet_each_and_one_for_the_unknown(tmp_path):
    _, target = sheets_of(tmp_path, talk_show())
    names = ["person_001", "person_002", "person_003", "unknown"]
    assert target.paths == [f"montage/{name}.jpg" for name in names]


def test_rest_of_a_sheet_is_not_black(tmp_path):
    sheets_of(tmp_path, crowd(7))
    image = cv2.imread(str(tmp_path / "montage" / "ana.jpg"))
    assert image[-MARGIN - 20, -MARGIN - 20].min() > 240


def test_sheets_of_people_with_confusing_names_do_not_collide(tmp_path):
    spots = crowd(COLUMNS * ROWS + 1)
    spots.append(Spot("b.mp4", 0, (120, 90, 180, 150), "ana_2"))
    _, target = sheets_of(tmp_path, spots)
    assert target.paths == ["montage/ana.jpg", "montage/ana_2.jpg", "montage/ana__2.jpg"]


def test_names_in_any_alphabet(tmp_path):
    names = ["Ana María", "Жанна", "山田", "a $x$ ^_", "😀", "x" * 180]
    _, target = sheets_of(tmp_path, [Spot("a.mp4", i, (120, 90, 180, 150), name) for i, name in enumerate(names)])
    assert len(target.paths) == len(names)
    titles = [cv2.imread(str(tmp_path / path), 0)[:46] for path in target.paths]
    assert all((title < 100).any() for title in titles)  # something is written
    assert all(title.shape == titles[0].shape for title in titles)  # a long name does not widen the sheet


def test_portraits_come_from_the_stored_crops_or_from_the_frame(tmp_path):
    table = make_run(tmp_path, [Spot("a.mp4", 0, (120, 90, 180, 150), "ana")])
    frames = AnnotatedFrames(table, tmp_path / "frames")
    stored = tmp_path / "people" / "ana" / f"{table.face_id[0]}_portrait.jpg"
    stored.parent.mkdir(parents=True)
    cv2.imwrite(str(stored), np.full((100, 90, 3), (10, 20, 250), np.uint8))
    write_montages(Target(tmp_path).folder("montage"), frames, tmp_path / "people")
    assert np.abs(tile_colours(tmp_path / "montage" / "ana.jpg", 1, 5)[0] - (250, 20, 10)).max() < 12
    stored.unlink()
    write_montages(Target(tmp_path).folder("montage"), frames, tmp_path / "people")
    assert np.abs(tile_colours(tmp_path / "montage" / "ana.jpg", 1, 5)[0] - colour_of(table.face_id[0])).max() < 12
