"""Pictures to fine-tune an image model on: read back as kohya's sd-scripts and ai-toolkit look for them."""

import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from dataset_world import Spot, colour_of, make_run, painted_boxes, talk_show

from facepipe.choice import diverse
from facepipe.errors import DecodeError, UsageError
from facepipe.export.card import Contents, Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.formats.lora import LoraOptions, square_in
from facepipe.export.options import ExportOptions
from facepipe.export.originals import Originals
from facepipe.export.selection import Selection
from facepipe.imaging.shrink import shrink
from facepipe.records import Source
from facepipe.space import DLIB

ORIGIN = Origin("0", ("a.png",), "cnn", "dlib", {}, {})


def lora(
    to: Path, table, frames: Path, *, people=(), originals=None, split=(1.0, 0.0, 0.0), blur=False, **own
) -> Contents:
    """The export of a table as the command makes it."""
    quality = "stored" if originals is None else "source"
    options = ExportOptions(split=split, blur_others=blur, quality=quality)
    request = Request("lora", Selection(people=people, dedupe=True), options, LoraOptions(**own))
    return export_dataset(to, table, frames, request, ORIGIN, originals=originals)


def read_toml(path: Path) -> dict[str, str | int]:
    """The keys of a dataset.toml, whatever their table; Python 3.10 has no reader of its own."""
    text = path.read_text()
    try:
        import tomllib
    except ImportError:
        pairs = re.findall(r"^(\w+) = (.*)$", text, re.MULTILINE)
        return {key: json.loads(value) for key, value in pairs}
    whole = tomllib.loads(text)
    (dataset,) = whole["datasets"]
    (subset,) = dataset.pop("subsets")
    return {**whole["general"], **dataset, **subset}


def read_as_kohya(folder: Path) -> dict[Path, str]:
    """Picture -> caption, by --dataset_config and by --train_data_dir."""
    config = read_toml(folder / "dataset.toml")
    (named,) = [path for path in folder.iterdir() if path.is_dir() and re.match(r"\d+_", path.name)]
    assert named == folder / config["image_dir"]
    assert named.name == f"{config['num_repeats']}_{config['class_tokens']}"
    found = {path: path.with_suffix(config["caption_extension"]).read_text().strip() for path in named.glob("*.png")}
    assert len(list(named.iterdir())) == 2 * len(found)
    return found


def read_as_ai_toolkit(folder: Path) -> dict[Path, str]:
    text = (folder / "ai-toolkit.yaml").read_text()
    values = dict(re.findall(r'^(?:  - |    )?(\w+): (".*"|\[.*\]|\d+)$', text, re.MULTILINE))
    images = folder / json.loads(values["folder_path"])
    ending = json.loads(values["caption_ext"])
    return {path: path.with_suffix(f".{ending}").read_text().strip() for path in images.glob("*.png")}


def pixels(path: Path) -> np.ndarray:
    return cv2.imread(str(path))[..., ::-1].astype(int)


def test_a_folder_a_person_as_the_trainers_read_it(tmp_path):
    table = make_run(tmp_path, talk_show())
    lora(tmp_path / "out", table, tmp_path / "frames", count=4, trigger="ohwx {person}", repeats=7)
    folders = sorted(path for path in (tmp_path / "out").iterdir() if path.is_dir())
    # The square of person_001, which the border of the picture pushes to the right, would show person_002.
    assert [folder.name for folder in folders] == ["person_002", "person_003"]
    for folder in folders:
        found = read_as_kohya(folder)
        assert found == read_as_ai_toolkit(folder) and len(found) == 4
        assert set(found.values()) == {f"ohwx {folder.name}, close-up, facing the camera"}
        for path in found:
            row = table.face_id.index(path.stem)
            assert table.person[row] == folder.name
            image = pixels(path)
            assert image.shape == (64, 64, 3)  # a square of 115 pixels is not enlarged
            assert np.abs(image[26:38, 26:38].mean((0, 1)) - colour_of(path.stem)).max() < 8
            others = [face for face, frame in zip(table.face_id, table.frame_id, strict=True)
                      if frame == table.frame_id[row] and face != path.stem]  # fmt: skip
            assert not painted_boxes(image, others)


def test_two_exports_are_the_same_bytes(tmp_path):
    table = make_run(tmp_path, talk_show())

    def made(name):
        lora(tmp_path / name, table, tmp_path / "frames", count=5)
        return {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}

    assert made("a") == made("b")


def test_what_differs_is_taken_and_what_is_alike_is_not(tmp_path):
    """One shot with near-duplicates that no box gives away, a turned head in it, and another shot."""
    spots = [Spot("a.mp4", i, (20 + 30 * i, 60, 68 + 30 * i, 108), "ana", shot=i == 5, quality=0.9 - i / 10)
             for i in range(6)]  # fmt: skip
    table = make_run(tmp_path, spots)
    vectors = np.zeros((6, 128), np.float32)
    vectors[:, 0] = [0, 0.1, 0.2, 0.3, 0, 0.3]
    points = table.points_xy.copy()
    points[4, 2, 0] += 14  # the nose
    table = table.with_(embedding=vectors, points_xy=points)
    contents = lora(tmp_path / "out", table, tmp_path / "frames")
    found = read_as_kohya(tmp_path / "out" / "ana")
    assert sorted(int(path.stem.split("-")[-2]) for path in found) == [0, 4, 5]
    assert sorted(found.values()) == [
        "ana, close-up, facing the camera",
        "ana, close-up, facing the camera",
        "ana, close-up, profile to the right",
    ]
    assert contents.dropped["alike, or above --count 30"] == 3
    assert "ana: 3 pictures instead of 30: no more that differ" in contents.notes


def test_none_is_picked_that_is_nearer_than_asked_for():
    rng = np.random.default_rng(4)
    vectors, quality = rng.normal(0, 1, (80, 3)), rng.uniform(0.2, 1, 80)
    picked = diverse(vectors, quality, 80, apart=1.0)
    assert 5 < len(picked) < 80
    assert all(np.linalg.norm(vectors[a] - vectors[b]) >= 1 for a, b in combinations(picked, 2))
    near = np.linalg.norm(vectors[:, None] - vectors[picked], axis=2).min(1)
    assert (near < 1).all()  # nothing that differs is left


def test_other_faces_are_avoided_or_blurred(tmp_path):
    spots = [Spot("a.mp4", 0, (100, 80, 160, 140), "ana"), Spot("a.mp4", 0, (165, 80, 225, 140), ""),
             Spot("a.mp4", 9, (60, 80, 120, 140), "ana", shot=1)]  # fmt: skip
    table = make_run(tmp_path, spots)
    table = table.with_(embedding=np.eye(3, 128, dtype=np.float32))
    stored = tmp_path / "frames" / f"{table.frame_id[0]}.jpg"
    image = cv2.imread(str(stored))
    image[80:140, 165:225] = (np.indices((60, 60)).sum(0) // 3 % 2 * 255)[..., None]
    cv2.imwrite(str(stored), image)
    contents = lora(tmp_path / "avoided", table, tmp_path / "frames")
    assert [path.stem for path in read_as_kohya(tmp_path / "avoided" / "ana")] == [table.face_id[2]]
    assert contents.dropped == {"with another face in the picture": 1}
    lora(tmp_path / "blurred", table, tmp_path / "frames", blur=True)
    found = {path.stem: path for path in read_as_kohya(tmp_path / "blurred" / "ana")}
    assert set(found) == {table.face_id[0], table.face_id[2]}
    image = pixels(found[table.face_id[0]])
    assert image[50:90, 100:].std() < 30  # of the checks, whose deviation is 127
    assert np.abs(image[52:88, 48:80].mean((0, 1)) - colour_of(table.face_id[0])).max() < 8


def test_small_pictures_are_kept_as_they_are_or_left_out(tmp_path):
    table = make_run(tmp_path, [Spot("a.mp4", 0, (100, 80, 160, 140), "ana")])
    contents = lora(tmp_path / "out", table, tmp_path / "frames", size=512)
    (path,) = read_as_kohya(tmp_path / "out" / "ana")
    assert pixels(path).shape == (128, 128, 3)  # of a square of 144
    assert "ana: 1 picture smaller than --size 512, not enlarged" in contents.notes
    with pytest.raises(UsageError, match="1 face whose picture is smaller than --size 512"):
        lora(tmp_path / "none", table, tmp_path / "frames", size=512, small=False)


def test_a_split_that_is_asked_for_lies_apart(tmp_path):
    table = make_run(tmp_path, talk_show(people=1))
    lora(tmp_path / "out", table, tmp_path / "frames", split=(0.5, 0.5, 0.0))
    trained = read_as_kohya(tmp_path / "out" / "person_001")
    held = list((tmp_path / "out" / "person_001" / "val").glob("*.png"))
    shot_of = dict(zip(table.face_id, table.shot.tolist(), strict=True))
    assert held and trained
    assert not {shot_of[path.stem] for path in held} & {shot_of[path.stem] for path in trained}


@pytest.fixture
def photo(tmp_path):
    """A run that keeps a photo of 640 x 480 at half its size, and the photo as a source."""
    table = make_run(tmp_path, [Spot("a.png", 0, (100, 80, 180, 160), "ana")])
    table = table.with_(box_ltrb=table.box_ltrb * 2, points_xy=table.points_xy * 2, image_wh=table.image_wh * 2)
    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), image[..., ::-1])
    return table, image, Source("a.png-0123abcd", "a.png", path, "0" * 64, path.stat().st_size, False)


def test_pictures_are_cut_from_the_source_in_full_quality(tmp_path, photo):
    table, image, source = photo
    lora(tmp_path / "out", table, tmp_path / "frames", originals=Originals([source]))
    (path,) = read_as_kohya(tmp_path / "out" / "ana")
    left, top, right, bottom = square_in((104, 32, 456, 416), (640, 480))
    assert np.array_equal(pixels(path), shrink(image[top:bottom, left:right], (384, 384)))


def test_a_source_that_is_gone_leaves_the_stored_frames(tmp_path, photo):
    table, *_ = photo
    contents = lora(tmp_path / "out", table, tmp_path / "frames", originals=Originals())
    (path,) = read_as_kohya(tmp_path / "out" / "ana")
    assert pixels(path).shape == (192, 192, 3)
    assert any("1 input gone or changed (a.png)" in note for note in contents.notes)


def test_a_source_of_another_size_is_an_error(tmp_path, photo):
    table, image, source = photo
    cv2.imwrite(str(source.path), image[:100, :100])
    with pytest.raises(DecodeError, match=r"a\.png does not give frame 0 any more: export with --quality stored"):
        lora(tmp_path / "out", table, tmp_path / "frames", originals=Originals([source]))


def test_captions_say_what_is_known(tmp_path):
    table = make_run(tmp_path, [Spot("a.mp4", 0, (100, 80, 160, 140), "ana")])
    table = table.with_(points_xy=np.full((1, 5, 2), np.nan))
    lora(tmp_path / "out", table, tmp_path / "frames", caption="photo of {trigger}, {pose}, {framing}")
    assert list(read_as_kohya(tmp_path / "out" / "ana").values()) == ["photo of ana, close-up"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 600}, "--size 600: choose one of 512, 768, 1024"),
        ({"caption": "{trigger} {age}"}, r"--caption \{age\}: it may have \{trigger\}"),
        ({"trigger": "../up"}, r"--trigger \.\./up: letters"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(UsageError, match=message):
        LoraOptions(**options)


def test_one_trigger_cannot_stand_for_two_people(tmp_path):
    table = make_run(tmp_path, talk_show(people=2))
    with pytest.raises(UsageError, match=r"--trigger ohwx for 2 people: put \{person\} into it"):
        lora(tmp_path / "out", table, tmp_path / "frames", trigger="ohwx")
    lora(tmp_path / "out", table, tmp_path / "frames", people=("person_002",), trigger="ohwx")
    assert (tmp_path / "out" / "person_002" / "10_ohwx person").is_dir()


def test_other_encoders_have_other_distances(tmp_path):
    """What is alike follows from the space, not from dlib's numbers."""
    table = make_run(tmp_path, [Spot("a.mp4", i, (20 + 60 * i, 60, 68 + 60 * i, 108), "ana") for i in range(4)])
    table = table.with_(embedding=np.eye(4, 128, dtype=np.float32))
    wide = table.with_(space=replace(DLIB, near_duplicate=2.0))
    for name, given, count in (("near", table, 4), ("far", wide, 1)):
        lora(tmp_path / name, given, tmp_path / "frames")
        assert len(read_as_kohya(tmp_path / name / "ana")) == count
