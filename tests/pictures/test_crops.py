"""Crops are the frame's own pixels under the right names."""

import cv2
import numpy as np
import pytest
from dataset_world import SIZE_WH, Spot, colour_of, make_run, talk_show

from facepipe.annotated import AnnotatedFrames
from facepipe.errors import StorageFull, StoreError
from facepipe.files.target import Target
from facepipe.geometry import clip_box, portrait_box, upper_body_box
from facepipe.pictures.crops import write_crops


def read(path) -> np.ndarray:
    return cv2.imread(str(path))[..., ::-1].astype(int)


def crops_of(out, spots, threads=1, **options):
    table = make_run(out, spots)
    with Target(out, threads=threads) as target:
        write_crops(target.folder("people"), AnnotatedFrames(table, out / "frames"), **options)
    return table, target


def test_crops_are_the_pixels_of_the_frame(tmp_path):
    table, _ = crops_of(tmp_path, talk_show(), upper_body=True)
    for row, face_id in enumerate(table.face_id):
        frame = read(tmp_path / "frames" / f"{table.frame_id[row]}.jpg")
        folder = tmp_path / "people" / (table.person[row] or "unknown")
        for suffix, cut in {"": lambda box: box, "_portrait": portrait_box, "_body": upper_body_box}.items():
            left, top, right, bottom = clip_box(cut(tuple(table.box_ltrb[row].tolist())), SIZE_WH)
            crop = read(folder / f"{face_id}{suffix}.jpg")
            assert crop.shape == (bottom - top, right - left, 3)
            assert np.abs(crop - frame[top:bottom, left:right]).mean() < 5  # JPEG twice
    assert np.abs(crop[:5, :5] - colour_of(face_id)).mean() > 10  # the body crop is wider than the face


def test_the_face_crop_shows_the_face(tmp_path):
    table, _ = crops_of(tmp_path, talk_show(people=2, shots=1))
    for row, face_id in enumerate(table.face_id):
        crop = read(tmp_path / "people" / (table.person[row] or "unknown") / f"{face_id}.jpg")
        assert np.abs(crop[4:-4, 4:-4].mean((0, 1)) - colour_of(face_id)).max() < 6


def test_no_body_unless_asked(tmp_path):
    _, target = crops_of(tmp_path, talk_show())
    assert not [path for path in target.paths if "_body" in path]


def test_threads_change_nothing(tmp_path):
    one = crops_of(tmp_path / "1", talk_show())[1]
    four = crops_of(tmp_path / "4", talk_show(), threads=4)[1]
    assert one.paths == four.paths
    assert all((one.root / path).read_bytes() == (four.root / path).read_bytes() for path in one.paths)


@pytest.mark.parametrize("box", [(-30, -20, 40, 50), (300, 200, 400, 300), (-50, 10, -5, 60), (330, 250, 350, 270)])
def test_every_face_has_a_crop_even_at_and_beyond_the_border(tmp_path, box):
    table, _ = crops_of(tmp_path, [Spot("a.mp4", 0, box, "ana")], upper_body=True)
    for suffix in ("", "_portrait", "_body"):
        assert min(read(tmp_path / "people" / "ana" / f"{table.face_id[0]}{suffix}.jpg").shape[:2]) >= 1


def test_hostile_names_stay_inside(tmp_path):
    names = ["../../evil", "/abs", "a\\..\\b", "..", "nul", "x" * 300, "a\0b", "unknown", "Ж" * 150]
    spots = [Spot("a.mp4", i, (10, 10, 50, 50), name) for i, name in enumerate(names)]
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    out = tmp_path / "deep" / "out"
    crops_of(out, spots)
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    folders = {path.parent for path in written if path.parent.name != "frames"}
    assert len(folders) == len(names)
    assert {folder.parent for folder in folders} == {out / "people"}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "other size"])
def test_an_unreadable_frame_is_one_clear_error(tmp_path, damage, threads):
    table = make_run(tmp_path, talk_show())
    victim = tmp_path / "frames" / f"{table.frame_id[5]}.jpg"
    if damage == "gone":
        victim.unlink()
    elif damage == "other size":
        cv2.imwrite(str(victim), np.zeros((20, 20, 3), np.uint8))
    else:
        victim.write_bytes(victim.read_bytes()[: 60 if damage == "cut" else 0])
    frames = AnnotatedFrames(table, tmp_path / "frames")
    with pytest.raises(StoreError, match=victim.name), Target(tmp_path, threads=threads) as target:
        write_crops(target.folder("people"), frames)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_full_disk_passes_through(tmp_path, threads):
    table = make_run(tmp_path, talk_show())
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "person_001").write_text("a file where the folder should be")
    frames = AnnotatedFrames(table, tmp_path / "frames")
    with pytest.raises(StorageFull, match="person_001"), Target(tmp_path, threads=threads) as target:
        write_crops(target.folder("people"), frames)


def test_a_crop_that_lies_in_another_folder_is_linked_and_stays_there(tmp_path):
    table, _ = crops_of(tmp_path, talk_show(shots=2))
    crop = min((tmp_path / "people/person_001").glob("*.jpg"))
    moved = tmp_path / "people/Berta" / crop.name
    moved.parent.mkdir()
    moved.write_bytes(b"as it was left")
    crop.unlink()
    write_crops(Target(tmp_path).folder("people"), AnnotatedFrames(table, tmp_path / "frames"))
    assert crop.read_bytes() == moved.read_bytes() == b"as it was left"
