"""Every export format, read by a program that other people wrote: a box lies on the pixels of its face."""

import csv
import io
import json
import sys
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from dataset_world import SIZE_WH, Spot, check_on_pixels, colour_of, export_run, make_run, talk_show

from facepipe.annotated import AnnotatedFrames, person_names
from facepipe.errors import StoreError, UsageError
from facepipe.export.exporter import export
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.split import SPLITS, split_shots
from facepipe.files.target import Target
from facepipe.geometry import clip_box, head_box, upper_body_box
from facepipe.imaging.hide import blurred
from facepipe.pictures.crops import write_crops
from facepipe.space import DLIB

SHARES = (0.6, 0.2, 0.2)


def check_detections(table, dataset):
    """Every frame of a supervision dataset: its boxes lie on the painted faces of the right people."""
    for path, _, found in dataset:
        labels = list(zip(found.class_id.tolist(), found.xyxy.tolist(), strict=True))
        check_on_pixels(table, Path(path), labels, dataset.classes)


# format -> supervision's loader, and the paths that it takes for a split
LOADERS = {
    "yolo": ("from_yolo", lambda split: (f"images/{split}", f"labels/{split}", "data.yaml")),
    "coco": ("from_coco", lambda split: (split, f"annotations/instances_{split}.json")),
}


@pytest.mark.parametrize("kind", LOADERS)
def test_yolo_and_coco_as_supervision_reads_them(tmp_path, kind):
    sv = pytest.importorskip("supervision")
    table, _ = export_run(tmp_path, kind, shares=SHARES)
    loader, paths = LOADERS[kind]
    seen = 0
    for split in SPLITS:
        dataset = getattr(sv.DetectionDataset, loader)(*(str(tmp_path / kind / path) for path in paths(split)))
        check_detections(table, dataset)
        seen += len(dataset)
    assert seen == len(set(table.frame_id))


def test_voc_as_supervision_reads_it(tmp_path):
    sv = pytest.importorskip("supervision")
    table, _ = export_run(tmp_path, "voc", shares=SHARES)
    root = tmp_path / "voc"
    dataset = sv.DetectionDataset.from_pascal_voc(str(root / "JPEGImages"), str(root / "Annotations"))
    check_detections(table, dataset)
    listed = [name for split in SPLITS for name in (root / f"ImageSets/Main/{split}.txt").read_text().splitlines()]
    assert sorted(listed) == sorted(set(table.frame_id)) and len(dataset) == len(listed)


def test_coco_as_pycocotools_reads_it(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    table, _ = export_run(tmp_path, "coco", shares=SHARES)
    seen = Counter()
    for path in sorted((tmp_path / "coco" / "annotations").iterdir()):
        with redirect_stdout(io.StringIO()):
            whole = coco.COCO(str(path))
            same = whole.loadRes([{**a, "score": 1.0} for a in whole.loadAnns(whole.getAnnIds())])
        names = {category["id"]: category["name"] for category in whole.loadCats(whole.getCatIds())}
        seen.update(names[annotation["category_id"]] for annotation in same.loadAnns(same.getAnnIds()))
        assert all(annotation["area"] == np.prod(annotation["bbox"][2:]) for annotation in whole.anns.values())
    assert seen == Counter(person for person in table.person if person)


def test_cvat_as_an_xml_parser_reads_it(tmp_path):
    """CVAT's own reader needs a server; this one knows the format from CVAT's documentation alone."""
    table, _ = export_run(tmp_path, "cvat", shares=SHARES)
    boxes, seen = dict(zip(table.face_id, table.box_ltrb.tolist(), strict=True)), 0
    for split in SPLITS:
        root = ElementTree.parse(tmp_path / "cvat" / f"{split}.xml").getroot()
        assert root.findtext("version") == "1.1"
        classes = [label.findtext("name") for label in root.findall("meta/task/labels/label")]
        for number, image in enumerate(root.findall("image")):
            assert (image.get("id"), image.get("subset")) == (str(number), split)
            assert (int(image.get("width")), int(image.get("height"))) == SIZE_WH
            labels = []
            for box in image.findall("box"):
                corners = [float(box.get(side)) for side in ("xtl", "ytl", "xbr", "ybr")]
                labels.append((classes.index(box.get("label")), corners))
                assert boxes[box.findtext("attribute[@name='face_id']")] == corners
            check_on_pixels(table, tmp_path / "cvat" / "images" / split / image.get("name"), labels, classes)
            seen += 1
    assert seen == len(set(table.frame_id))


def test_imagefolder_as_scikit_learn_reads_it(tmp_path):
    from sklearn.datasets import load_files

    table, _ = export_run(tmp_path, "imagefolder", shares=SHARES)
    split = split_shots(table, SHARES)
    seen = set()
    for name in SPLITS:
        bunch = load_files(tmp_path / "imagefolder" / name, shuffle=False)
        for path, data, number in zip(bunch.filenames, bunch.data, bunch.target, strict=True):
            face_id = path.replace("\\", "/").rsplit("/", 1)[1][:-4]
            row = table.face_id.index(face_id)
            assert (table.person[row], split.names[row]) == (bunch.target_names[number], name)
            left, top, right, bottom = table.box_ltrb[row]
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)
            assert image.shape[:2] == (bottom - top, right - left)
            assert np.abs(image[6:-6, 6:-6].mean((0, 1)) - colour_of(face_id)).max() < 8
            seen.add(face_id)
    assert seen == {face_id for face_id, person in zip(table.face_id, table.person, strict=True) if person}


def test_lfw_as_scikit_learn_reads_it(tmp_path):
    """Its loader wants LFW's three lists of pairs beside the pictures, and only checks that they are there."""
    from sklearn.datasets import fetch_lfw_people

    spots = [Spot("a.mp4", i, (100, 80, 150, 130), person, i) for i, person in enumerate(["Ana Bo", "Cy"] * 3)]
    table, _ = export_run(tmp_path, "lfw", spots, shares=SHARES)
    home = tmp_path / "home" / "lfw_home"
    home.mkdir(parents=True)
    (tmp_path / "lfw" / "lfw").rename(home / "lfw")
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (home / name).touch()
    lfw = fetch_lfw_people(
        data_home=tmp_path / "home", funneled=False, download_if_missing=False, color=True, resize=None, slice_=None
    )
    assert lfw.images.shape == (6, 250, 250, 3)
    assert Counter(lfw.target_names[lfw.target].tolist()) == {"Ana Bo": 3, "Cy": 3}
    # The face fills the middle 1 / 2.2 of the picture.
    colours = {tuple(colour_of(face_id)) for face_id in table.face_id}
    for image in lfw.images:
        middle = image[75:175, 75:175].mean((0, 1)) * 255
        assert min(np.abs(middle - colour).max() for colour in colours) < 8
        assert image[125, 62].max() * 255 < 110 and image[125, 188].max() * 255 < 110
    listed = [line for path in (tmp_path / "lfw").glob("*.txt") for line in path.read_text().splitlines()]
    assert sorted(listed) == sorted(path.relative_to(home / "lfw").as_posix() for path in home.glob("lfw/*/*.jpg"))


def test_csv_as_the_standard_library_and_numpy_read_it(tmp_path):
    table, _ = export_run(tmp_path, "csv", shares=SHARES)
    with (tmp_path / "csv" / "faces.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    known = [row for row, person in enumerate(table.person) if person]
    assert [row["face_id"] for row in rows] == [table.face_id[row] for row in known]
    assert [row["person"] for row in rows] == [table.person[row] for row in known]
    vectors = np.array([[row[f"embedding_{i:03d}"] for i in range(128)] for row in rows]).astype(np.float32)
    assert np.array_equal(vectors, table.embedding[known])
    boxes = np.array([[row[side] for side in ("left", "top", "right", "bottom")] for row in rows]).astype(int)
    assert np.array_equal(boxes, table.box_ltrb[known])
    assert {row["split"] for row in rows} == set(SPLITS)


def test_parquet_as_pyarrow_reads_it(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    table, _ = export_run(tmp_path, "parquet", shares=SHARES)
    columns = parquet.read_table(tmp_path / "parquet" / "faces.parquet")
    known = [row for row, person in enumerate(table.person) if person]
    assert columns["face_id"].to_pylist() == [table.face_id[row] for row in known]
    assert columns["person"].to_pylist() == [table.person[row] for row in known]
    assert columns.schema.field("embedding").type.list_size == 128
    assert np.array_equal(np.array(columns["embedding"].to_pylist(), np.float32), table.embedding[known])
    assert columns["frame"].to_pylist() == [int(table.frame_index[row]) for row in known]


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_a_table_holds_embeddings_of_any_length(tmp_path, name):
    if EXPORTERS[name].extra:
        pytest.importorskip("pyarrow")
    table = make_run(tmp_path, talk_show())
    table = table.with_(space=replace(DLIB, dimensions=256), embedding=np.tile(table.embedding, 2))
    frames = AnnotatedFrames(table, tmp_path / "frames")
    export(EXPORTERS.load(name)(Target(tmp_path), person_names(frames)), frames)
    if name == "csv":
        with (tmp_path / "faces.csv").open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        found = [[float(row[f"embedding_{i:03d}"]) for i in range(256)] for row in rows]
    else:
        from pyarrow import parquet

        found = parquet.read_table(tmp_path / "faces.parquet")["embedding"].to_pylist()
    known = [row for row, person in enumerate(table.person) if person]
    assert np.array_equal(np.array(found, np.float32), table.embedding[known])


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "facepipe.export.formats.parquet", None)
    with pytest.raises(UsageError, match=r"pip install 'facepipe\[parquet\]'"):
        EXPORTERS.load("parquet")


@pytest.mark.parametrize(("boxes", "grown"), [("head", head_box), ("upper-body", upper_body_box)])
def test_wider_boxes_are_clipped_to_the_picture(tmp_path, boxes, grown):
    table, _ = export_run(tmp_path, "coco", boxes=boxes)
    known = [box for box, person in zip(table.box_ltrb.tolist(), table.person, strict=True) if person]
    want = Counter(clip_box(grown(tuple(box)), SIZE_WH) for box in known)
    found = Counter()
    for path in (tmp_path / "coco" / "annotations").iterdir():
        for annotation in json.loads(path.read_text())["annotations"]:
            left, top, width, height = annotation["bbox"]
            found[left, top, left + width, top + height] += 1
    assert found == want


@pytest.mark.parametrize("name", EXPORTERS.names)
class TestEveryFormat:
    @pytest.fixture(autouse=True)
    def installed(self, name):
        if EXPORTERS[name].extra:
            pytest.importorskip("pyarrow")

    def test_a_dry_run_names_the_files_and_reads_nothing(self, tmp_path, name):
        table, target = export_run(tmp_path / "a", name)
        on_disk = {
            path.relative_to(tmp_path / "a").as_posix()
            for path in (tmp_path / "a" / name).rglob("*")
            if not path.is_dir()
        }
        frames = AnnotatedFrames(table, tmp_path / "nowhere", split_shots(table, SHARES).names)
        plan = Target(tmp_path / "a", dry=True)
        export(EXPORTERS.load(name)(plan.folder(name), person_names(frames)), frames)
        assert set(plan.paths) == set(target.paths) == on_disk

    def test_two_exports_are_the_same_bytes(self, tmp_path, name):
        def contents(root):
            export_run(root, name)
            return {path.relative_to(root): path.read_bytes() for path in (root / name).rglob("*") if path.is_file()}

        assert contents(tmp_path / "a") == contents(tmp_path / "b")

    def test_unknown_faces_are_a_class_or_are_not_there(self, tmp_path, name):
        def mentions(root, unknown):
            table, target = export_run(root, name, unknown=unknown)
            assert "" in table.person
            texts = [(root / path).read_bytes() for path in target.paths if not path.endswith(".jpg")]
            return any("unknown" in path for path in target.paths) or any(b"unknown" in text for text in texts)

        of_people = name in ("aligned", "market", "lfw", "lora", "clips")  # one class for all would be one person
        assert mentions(tmp_path / "label", "label") != of_people
        assert not any(mentions(tmp_path / unknown, unknown) for unknown in ("mask", "ignore", "exclude-frame"))


def linked_crops(table) -> dict[str, str]:
    """Where the links of known faces belong, and the crop in people/ that each leads to."""
    faces = Counter(table.person)
    return {
        f"links/cluster_with_{faces[person]}/{person}/{face_id}.jpg": f"people/{person}/{face_id}.jpg"
        for face_id, person in zip(table.face_id, table.person, strict=True)
        if person
    }


def test_links_are_a_tree_by_size_that_leads_to_the_crops(tmp_path):
    spots = [spot for spot in talk_show() if spot.person != "person_003" or spot.frame < 8]
    table, target = export_run(tmp_path, "links", spots)
    crops = linked_crops(table)
    assert target.paths == sorted(crops)
    assert {path.name for path in (tmp_path / "links").iterdir()} == {"cluster_with_24", "cluster_with_8"}
    for link, crop in crops.items():
        path = tmp_path / link
        assert path.is_symlink() and path.resolve() == (tmp_path / crop).resolve()
        image = cv2.imread(str(path))[..., ::-1].astype(int)  # it opens, and shows the face
        assert np.abs(image[6:-6, 6:-6].mean((0, 1)) - colour_of(path.stem)).max() < 8


def test_links_are_copies_where_links_do_not_work(tmp_path, monkeypatch):
    def no_links(*_, **__):
        raise OSError("no links here")

    monkeypatch.setattr("pathlib.Path.symlink_to", no_links)
    table, _ = export_run(tmp_path, "links")
    for link, crop in linked_crops(table).items():
        assert not (tmp_path / link).is_symlink()
        assert (tmp_path / link).read_bytes() == (tmp_path / crop).read_bytes()


def test_links_to_people_who_count_as_unknown(tmp_path):
    """Their crops lie with their names, whatever the export calls them."""
    table = make_run(tmp_path, talk_show(people=2, shots=1))
    write_crops(Target(tmp_path).folder("people"), AnnotatedFrames(table, tmp_path / "frames"))
    asked = table.with_(person=tuple(person if person == "person_001" else "" for person in table.person))
    target = Target(tmp_path / "links")
    sink = EXPORTERS.load("links")(target, ["person_001"], ExportOptions(unknown="label"))
    export(sink, AnnotatedFrames(asked, tmp_path / "frames"))
    found = {path.stem: path.resolve().parent.name for path in (tmp_path / "links").glob("*/*/*.jpg")}
    assert found == {face_id: person or "unknown" for face_id, person in zip(table.face_id, table.person, strict=True)}


def test_links_to_a_crop_that_is_gone_are_an_error(tmp_path):
    frames = AnnotatedFrames(make_run(tmp_path, talk_show()), tmp_path / "frames")
    with pytest.raises(StoreError, match=r"person_001.*\.jpg is missing"):
        export(EXPORTERS.load("links")(Target(tmp_path / "links"), person_names(frames)), frames)


@pytest.mark.parametrize(("options", "named"), [({"boxes": "head"}, "--boxes head"), ({"blur_others": True}, "--blur")])
def test_links_refuse_what_would_change_the_crops(tmp_path, options, named):
    with pytest.raises(UsageError, match=f"{named}.*: links lead to the run's own crops"):
        export_run(tmp_path, "links", **options)


@pytest.mark.parametrize("name", EXPORTERS.names)
def test_people_whose_names_differ_in_case_alone_stay_two(tmp_path, name):
    """On a file system that ignores case, folders called Anna and anna would be one person."""
    spots = [replace(spot, person={"person_001": "anna", "person_002": "Anna"}.get(spot.person, spot.person))
             for spot in talk_show()]  # fmt: skip
    _, target = export_run(tmp_path, name, spots)
    folders = Counter(part for path in target.paths for part in Path(path).parts[:-1])
    assert len({part.casefold() for part in folders}) == len(folders)
    if name in ("imagefolder", "lfw"):
        alike = {part: number for part, number in folders.items() if part.casefold().startswith("anna")}
        assert "Anna" in alike and len(alike) == 2
        assert all(number >= 24 for number in alike.values())
    if name == "yolo":
        classes = (tmp_path / "yolo" / "data.yaml").read_text()
        assert '"Anna"' in classes and '"anna-' in classes


def test_lfw_refuses_names_that_become_one(tmp_path):
    spots = [Spot("a.mp4", i, (10, 10, 60, 60), person, i) for i, person in enumerate(["Ana Bo", "Ana_Bo"])]
    with pytest.raises(UsageError, match="'Ana Bo' and 'Ana_Bo' are one name in lfw"):
        export_run(tmp_path, "lfw", spots)


def test_lfw_refuses_other_boxes(tmp_path):
    with pytest.raises(UsageError, match="--boxes head"):
        export_run(tmp_path, "lfw", boxes="head")


def test_blurring_leaves_nothing_of_a_pattern(tmp_path):
    """Two very different unknown heads of the same mean colour can hardly be told apart once they are blurred."""
    rows, columns = np.indices((96, 96))
    stripes = np.repeat(((rows // 3 % 2) * 255).astype(np.uint8)[..., None], 3, 2)
    checks = np.repeat((((rows + columns) // 3 % 2) * 255).astype(np.uint8)[..., None], 3, 2)
    assert np.abs(stripes.astype(int) - checks).mean() > 100
    assert np.abs(blurred(stripes).astype(int) - blurred(checks)).max() <= 12
    assert blurred(stripes).std() < 6
    assert blurred(np.zeros((0, 5, 3), np.uint8)).shape == (0, 5, 3)
    assert blurred(np.full((1, 1, 3), 7, np.uint8)).shape == (1, 1, 3)


@pytest.mark.parametrize("name", ["yolo", "imagefolder", "lfw"])
def test_others_are_blurred_in_frames_and_crops(tmp_path, name):
    """An unknown face with a checked pattern beside a known one: nothing of the pattern is left, the known face is."""
    spots = [Spot("a.mp4", 0, (100, 100, 160, 160), "ana"), Spot("a.mp4", 0, (165, 100, 225, 160), "")]
    table = make_run(tmp_path, spots)
    path = tmp_path / "frames" / f"{table.frame_id[0]}.jpg"
    image = cv2.imread(str(path))
    image[100:160, 165:225] = (np.indices((60, 60)).sum(0) // 3 % 2 * 255)[..., None]
    cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 98])

    def written(blur_others):
        options = ExportOptions(unknown="ignore", blur_others=blur_others)
        target = Target(tmp_path / str(blur_others))
        export(EXPORTERS.load(name)(target, ["ana"], options), AnnotatedFrames(table, tmp_path / "frames"))
        (jpeg,) = (path for path in target.paths if path.endswith(".jpg"))
        return cv2.imread(str(target.root / jpeg)).astype(int)

    plain, blurry = written(False), written(True)
    if name == "imagefolder":
        assert np.abs(plain - blurry).max() < 12
    else:
        other = {"yolo": np.s_[105:155, 170:220], "lfw": np.s_[80:170, 215:245]}[name]
        assert plain[other].std() > 60 and blurry[other].std() < 30
        face = {"yolo": np.s_[104:156, 104:156], "lfw": np.s_[80:170, 80:170]}[name]
        assert np.abs(plain[face] - blurry[face]).max() < 12
