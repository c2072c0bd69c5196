"""Annotation files, read by readers that share no code with the writers: a box lies on the pixels of its face."""

import json
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from dataset_world import SIZE_WH, Spot, check_on_pixels, colour_of, export_run, make_run, talk_show

from facepipe.annotated import AnnotatedFrames, person_names
from facepipe.errors import StorageFull, StoreError, UsageError
from facepipe.export.exporter import export
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.files.target import Target

WIDTH, HEIGHT = SIZE_WH
FRAME_FORMATS = ["yolo", "darknet", "coco", "voc", "cvat"]


def read_yolo_lines(text: str) -> list[tuple[int, list[float]]]:
    """(class, [left, top, right, bottom] in pixels) of every line."""
    found = []
    for line in text.splitlines():
        number, *values = line.split(" ")
        x, y, w, h = map(float, values)
        assert all(0 <= value <= 1 for value in (x, y, w, h))
        found.append(
            (int(number), [(x - w / 2) * WIDTH, (y - h / 2) * HEIGHT, (x + w / 2) * WIDTH, (y + h / 2) * HEIGHT])
        )
    return found


def yolo_names(text: str) -> dict[int, str]:
    """The names of a data.yaml, read without the writer's help: `  0: "name"`."""
    lines = text.split("names:\n")[1].splitlines()
    return {int(line.split(":")[0]): json.loads(line.split(": ", 1)[1]) for line in lines}


def test_yolo_boxes_lie_on_the_faces(tmp_path):
    table, _ = export_run(tmp_path, "yolo")
    root = tmp_path / "yolo"
    names = yolo_names((root / "data.yaml").read_text())
    labels = sorted(root.glob("labels/*/*.txt"))
    assert len(labels) == len(set(table.frame_id))
    assert {path.parent.name for path in labels} == {"train", "val", "test"}
    for label in labels:
        picture = root / "images" / label.parent.name / f"{label.stem}.jpg"
        check_on_pixels(table, picture, read_yolo_lines(label.read_text()), names)


def test_yolo_data_file(tmp_path):
    export_run(tmp_path, "yolo")
    text = (tmp_path / "yolo" / "data.yaml").read_text()
    assert text.startswith("train: images/train\nval: images/val\ntest: images/test\nnc: 3\nnames:\n")
    assert yolo_names(text) == {0: "person_001", 1: "person_002", 2: "person_003"}


def test_yolo_without_a_val_split_says_so(tmp_path):
    export_run(tmp_path, "yolo", [Spot("a.mp4", 0, (10, 10, 60, 60), "ana")])
    assert "val: images/train  # no shot was left" in (tmp_path / "yolo" / "data.yaml").read_text()


def test_darknet_boxes_lie_on_the_faces(tmp_path):
    table, _ = export_run(tmp_path, "darknet")
    root = tmp_path / "darknet"
    data = dict(line.split(" = ") for line in (root / "obj.data").read_text().splitlines())
    names = (root / data["names"]).read_text().splitlines()
    assert int(data["classes"]) == len(names) == 3
    assert (root / data["backup"]).is_dir(), "darknet makes no folder for its weights"
    lists = [(root / name).read_text().splitlines() for name in (data["train"], data["valid"], "test.txt")]
    assert all(lists)
    pictures = [picture for pictures in lists for picture in pictures]
    assert len(pictures) == len(set(pictures)) == len(set(table.frame_id))
    for name in pictures:
        labels = read_yolo_lines((root / name).with_suffix(".txt").read_text())
        check_on_pixels(table, root / name, labels, names)


def test_coco_boxes_lie_on_the_faces(tmp_path):
    table, _ = export_run(tmp_path, "coco")
    seen = 0
    for path in sorted((tmp_path / "coco" / "annotations").glob("instances_*.json")):
        whole = json.loads(path.read_text())
        names = {category["id"]: category["name"] for category in whole["categories"]}
        assert len({annotation["id"] for annotation in whole["annotations"]}) == len(whole["annotations"])
        for image in whole["images"]:
            assert (image["width"], image["height"]) == SIZE_WH
            labels = []
            for annotation in whole["annotations"]:
                if annotation["image_id"] == image["id"]:
                    left, top, width, height = annotation["bbox"]
                    assert annotation["area"] == width * height
                    labels.append((annotation["category_id"], [left, top, left + width, top + height]))
            split = path.stem.removeprefix("instances_")
            check_on_pixels(table, tmp_path / "coco" / split / image["file_name"], labels, names)
            seen += 1
    assert seen == len(set(table.frame_id))


@pytest.mark.parametrize("name", FRAME_FORMATS)
class TestEveryFrameFormat:
    def test_unknown_faces_are_masked_by_default_and_the_frame_is_not_touched(self, tmp_path, name):
        table, target = export_run(tmp_path, name)
        row = table.person.index("")
        left, top, right, bottom = table.box_ltrb[row]
        (picture,) = (tmp_path / path for path in target.paths if path.endswith(f"{table.frame_id[row]}.jpg"))
        inside = cv2.imread(str(picture))[top + 6 : bottom - 6, left + 6 : right - 6]
        assert (np.abs(inside.astype(int) - 114).max(axis=2) < 4).mean() > 0.6
        frame = cv2.imread(str(tmp_path / "frames" / f"{table.frame_id[row]}.jpg"))[top:bottom, left:right]
        assert np.abs(frame.astype(int) - 114).max() > 20

    def test_other_pictures_are_the_frames_themselves(self, tmp_path, name):
        table, target = export_run(tmp_path, name)
        masked = {frame_id for frame_id, person in zip(table.frame_id, table.person, strict=True) if not person}
        pictures = [tmp_path / path for path in target.paths if path.endswith(".jpg")]
        for picture in pictures:
            frame = tmp_path / "frames" / picture.name
            assert (picture.read_bytes() == frame.read_bytes()) == (picture.stem not in masked)
            assert picture.samefile(frame) == (picture.stem not in masked)

    def test_pictures_are_copied_where_links_do_not_work(self, tmp_path, name, monkeypatch):
        def no_links(source, link):
            raise OSError("no links here")

        monkeypatch.setattr("os.link", no_links)
        _, target = export_run(tmp_path, name, unknown="ignore")
        pictures = [tmp_path / path for path in target.paths if path.endswith(".jpg")]
        assert all(path.read_bytes() == (tmp_path / "frames" / path.name).read_bytes() for path in pictures)
        assert not any(path.samefile(tmp_path / "frames" / path.name) for path in pictures)

    def test_exclude_frame(self, tmp_path, name):
        table, target = export_run(tmp_path, name, unknown="exclude-frame")
        with_unknown = {frame_id for frame_id, person in zip(table.frame_id, table.person, strict=True) if not person}
        pictures = {path.rsplit("/", 1)[1][:-4] for path in target.paths if path.endswith(".jpg")}
        assert pictures == set(table.frame_id) - with_unknown

    def test_frames_without_a_known_face_are_left_out(self, tmp_path, name):
        spots = [Spot("a.mp4", 0, (10, 10, 60, 60), "ana"), Spot("a.mp4", 1, (10, 10, 60, 60), "")]
        table, target = export_run(tmp_path, name, spots)
        assert not any(table.frame_id[1] in path for path in target.paths)

    def test_nothing_that_describes_the_whole_after_an_error(self, tmp_path, name):
        frames = AnnotatedFrames(make_run(tmp_path, talk_show()), tmp_path / "frames")
        frames[3].image_path.unlink()
        target = Target(tmp_path)
        with pytest.raises(StoreError, match=frames[3].image_path.name):
            export(EXPORTERS.load(name)(target.folder(name), person_names(frames)), frames)
        assert not [
            path for path in target.paths if path.endswith((".yaml", ".data", ".json", "train.xml", "train.txt"))
        ]

    def test_a_full_disk_passes_through(self, tmp_path, name):
        tmp_path.joinpath(name).write_text("a file where the folder should be")
        with pytest.raises(StorageFull, match="cannot write"):
            export_run(tmp_path, name)

    def test_a_box_that_leaves_the_picture_is_clipped(self, tmp_path, name):
        _, target = export_run(tmp_path, name, [Spot("a.mp4", 0, (-20, 200, 40, 260), "ana")])
        if name == "coco":
            text = (tmp_path / "coco" / "annotations" / "instances_train.json").read_text()
            assert json.loads(text)["annotations"][0]["bbox"] == [0, 200, 40, 40]
        elif name == "voc":
            (path,) = (tmp_path / name / "Annotations").iterdir()
            box = {side.tag: int(side.text) for side in ElementTree.parse(path).find("object/bndbox")}
            assert box == {"xmin": 1, "ymin": 201, "xmax": 40, "ymax": 240}
        elif name == "cvat":
            (box,) = ElementTree.parse(tmp_path / name / "train.xml").iter("box")
            assert [float(box.get(side)) for side in ("xtl", "ytl", "xbr", "ybr")] == [0, 200, 40, 240]
        else:
            (label,) = (path for path in target.paths if path.endswith("0000000.txt"))
            ((number, box),) = read_yolo_lines((tmp_path / label).read_text())
            assert (number, box) == (0, pytest.approx([0, 200, 40, 240], abs=0.01))

    def test_names_of_classes_survive(self, tmp_path, name):
        people = ["Ana: #1 {x}", "Bé", "# dash", "- dash", "'quoted'", "😀", "no", "1.0", "line\nbreak"]
        spots = [Spot("a.mp4", i, (10, 10, 60, 60), person, shot=i) for i, person in enumerate(people)]
        export_run(tmp_path, name, spots)
        root = tmp_path / name
        if name == "yolo":
            names = list(yolo_names((root / "data.yaml").read_text(encoding="utf-8")).values())
        elif name == "darknet":
            names = (root / "obj.names").read_text(encoding="utf-8").splitlines()
        elif name == "voc":
            paths = sorted((root / "Annotations").iterdir())
            names = [ElementTree.parse(path).findtext("object/name") for path in paths]
        elif name == "cvat":
            document = ElementTree.parse(root / "train.xml")
            names = [label.findtext("name") for label in document.iter("label")]
            assert sorted(names) == sorted(box.get("label") for box in document.iter("box"))
        else:
            text = (root / "annotations" / "instances_train.json").read_text(encoding="utf-8")
            names = [category["name"] for category in json.loads(text)["categories"]]
        assert len(names) == len(people)
        assert {"Bé", "# dash", "'quoted'", "😀", "no", "1.0"} < set(names)


def test_label_adds_a_last_class(tmp_path):
    table, _ = export_run(tmp_path, "yolo", unknown="label")
    names = yolo_names((tmp_path / "yolo" / "data.yaml").read_text())
    assert names[3] == "unknown"
    labels = tmp_path.glob("yolo/labels/*/*.txt")
    numbers = [line.split()[0] for path in labels for line in path.read_text().splitlines()]
    assert numbers.count("3") == table.person.count("") > 0
    assert len(numbers) == len(table)


def test_a_known_face_in_front_of_an_unknown_head_is_not_masked(tmp_path):
    spots = [Spot("a.mp4", 0, (100, 100, 160, 160), ""), Spot("a.mp4", 0, (110, 60, 170, 120), "ana")]
    table, _ = export_run(tmp_path, "yolo", spots)
    image = cv2.imread(str(next(tmp_path.glob("yolo/images/train/*.jpg"))))[..., ::-1].astype(int)
    face_id = table.face_id[1]
    assert np.abs(image[66:114, 116:164].mean((0, 1)) - colour_of(face_id)).max() < 8


def test_unknown_option_and_format_are_checked():
    with pytest.raises(UsageError, match="mask, label, exclude-frame, ignore"):
        ExportOptions(unknown="hide")
    with pytest.raises(UsageError, match="yolo, darknet, coco"):
        EXPORTERS.load("pascal")
