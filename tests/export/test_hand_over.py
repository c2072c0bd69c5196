"""Exports for other people's tools, read back by the rules that those document."""

import json
import re
import tarfile
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import cv2
import numpy as np
from dataset_world import SIZE_WH, check_on_pixels, colour_of, export_run, make_run, talk_show

from facepipe.annotated import AnnotatedFrames, person_names
from facepipe.export.card import Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.exporter import export
from facepipe.export.formats import EXPORTERS
from facepipe.export.formats.webdataset import WebDatasetOptions
from facepipe.export.options import ExportOptions
from facepipe.export.split import SPLITS, split_shots
from facepipe.files.target import Target

SHARES = (0.6, 0.2, 0.2)


def check_middle(image: np.ndarray, face_id: str) -> None:
    assert np.abs(image[6:-6, 6:-6].mean((0, 1)) - colour_of(face_id)).max() < 8


def known(table) -> list[str]:
    return [face_id for face_id, person in zip(table.face_id, table.person, strict=True) if person]


def test_huggingface_as_its_imagefolder_reads_it(tmp_path):
    """https://huggingface.co/docs/datasets/image_dataset: splits by the card's data_files, columns by metadata."""
    spots = [replace(spot, person="$HOME") if spot.person == "person_002" else spot for spot in talk_show()]
    table = make_run(tmp_path, spots)
    origin = Origin("0", ("show.mp4",), "cnn", "dlib", {}, {})
    to, request = tmp_path / "out", Request("huggingface", options=ExportOptions(split=SHARES))
    export_dataset(to, table, tmp_path / "frames", request, origin)
    card = (to / "README.md").read_text()
    front, text = re.fullmatch(r"---\n(.*?\n)---\n(.*)", card, re.DOTALL).groups()
    assert text.startswith("# Faces by person\n") and "## Consent" in text
    splits = re.findall(r'- split: (\w+)\n +path: "(.*?)/\*\*"', front)
    assert [name for name, _ in splits] == ["train", "validation", "test"]
    seen = []
    for _, folder in splits:
        lines = [json.loads(line) for line in (to / folder / "metadata.jsonl").read_text().splitlines()]
        pictures = {path.relative_to(to / folder).as_posix() for path in (to / folder).rglob("*.jpg")}
        assert {line["file_name"] for line in lines} == pictures
        assert not any("$" in name for name in pictures), "datasets puts the environment's variables into paths"
        for line in lines:
            row = table.face_id.index(line["face_id"])
            assert (line["person"], line["box"]) == (table.person[row], table.box_ltrb[row].tolist())
            check_middle(cv2.imread(str(to / folder / line["file_name"]))[..., ::-1].astype(int), line["face_id"])
            seen.append(line["face_id"])
    assert sorted(seen) == sorted(known(table))
    # What a person wrote into the card stays, and the front matter stands there once.
    (to / "README.md").write_text(card + "Ours.\n")
    export_dataset(to, table, tmp_path / "frames", request, origin)
    assert (to / "README.md").read_text() == card + "Ours.\n"


def samples(path):
    """The samples of a shard as webdataset groups them: what is called alike up to the first dot, in a row."""
    found = {}
    with tarfile.open(path) as tar:
        for entry in tar:
            key, _, kind = entry.name.partition(".")
            assert not found or key == list(found)[-1] or key not in found
            found.setdefault(key, {})[kind] = tar.extractfile(entry).read()
            assert (entry.mtime, entry.uid, entry.gid, entry.uname) == (0, 0, 0, "")
    return found


def test_webdataset_as_tarfile_reads_it(tmp_path):
    table = make_run(tmp_path, talk_show())
    frames = AnnotatedFrames(table, tmp_path / "frames", split_shots(table, SHARES).names)
    target = Target(tmp_path / "out")
    export(EXPORTERS.load("webdataset")(target, person_names(frames), own=WebDatasetOptions(shard=7)), frames)
    classes = (tmp_path / "out" / "classes.txt").read_text().splitlines()
    seen = Counter()
    for split in SPLITS:
        shards = sorted((tmp_path / "out").glob(f"{split}-*.tar"))
        sizes = []
        for path in shards:
            found = samples(path)
            sizes.append(len(found))
            for sample in found.values():
                about = json.loads(sample["json"])
                person = table.person[table.face_id.index(about["face_id"])]
                assert about["person"] == person == classes[int(sample["cls"])]
                picture = cv2.imdecode(np.frombuffer(sample["jpg"], np.uint8), cv2.IMREAD_COLOR)
                check_middle(picture[..., ::-1].astype(int), about["face_id"])
                seen[about["face_id"]] += 1
        assert sizes and all(size == 7 for size in sizes[:-1]) and 0 < sizes[-1] <= 7
    assert seen == Counter(known(table))


def test_label_studio_as_it_documents_tasks(tmp_path):
    table, _ = export_run(tmp_path, "label-studio", shares=SHARES)
    root = tmp_path / "label-studio"
    config = ElementTree.parse(root / "config.xml").getroot()
    image, control = config.find("Image"), config.find("RectangleLabels")
    classes = [label.get("value") for label in control]
    seen = 0
    for split in SPLITS:
        for task in json.loads((root / f"{split}.json").read_text()):
            url = urlsplit(task["data"][image.get("value").lstrip("$")])
            assert url.path == "/data/local-files/"
            (path,) = map(unquote, parse_qs(url.query)["d"])
            labels = []
            for found in task["predictions"][0]["result"]:
                assert (found["from_name"], found["to_name"]) == (control.get("name"), image.get("name"))
                assert (found["original_width"], found["original_height"]) == SIZE_WH
                value = found["value"]
                (name,) = value[found["type"]]
                left, top = value["x"] * SIZE_WH[0] / 100, value["y"] * SIZE_WH[1] / 100
                size = value["width"] * SIZE_WH[0] / 100, value["height"] * SIZE_WH[1] / 100
                labels.append((classes.index(name), [left, top, left + size[0], top + size[1]]))
            check_on_pixels(table, root / path, labels, classes)
            seen += 1
    assert seen == len(set(table.frame_id))


def test_fiftyone_as_it_documents_image_detection_datasets(tmp_path):
    table, _ = export_run(tmp_path, "fiftyone", shares=SHARES)
    root = tmp_path / "fiftyone"
    whole = json.loads((root / "labels.json").read_text())
    assert set(whole["labels"]) == {path.stem for path in (root / "data").iterdir()} == set(table.frame_id)
    splits = Counter()
    for frame_id, detections in whole["labels"].items():
        labels = []
        for found in detections:
            left, top, width, height = (np.array(found["bounding_box"]).reshape(2, 2) * SIZE_WH).ravel().tolist()
            labels.append((found["label"], [left, top, left + width, top + height]))
            row = table.face_id.index(found["attributes"]["face_id"])
            assert found["attributes"]["index"] == table.track[row]
            splits[found["attributes"]["split"]] += 1
        check_on_pixels(table, root / "data" / f"{frame_id}.jpg", labels, whole["classes"])
    assert set(splits) == set(SPLITS)
