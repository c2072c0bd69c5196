"""Formats with landmarks, identities through a video, whole bodies and aligned faces, as their readers have them."""

import configparser
import csv
import io
import json
import re
from collections import Counter
from contextlib import redirect_stdout
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from dataset_world import POINTS, SIZE_WH, Spot, export_run, make_run, talk_show
from yolo_boxes import from_yolo

from facepipe.annotated import AnnotatedFrames, person_names
from facepipe.errors import UsageError
from facepipe.export.exporter import export
from facepipe.export.formats import EXPORTERS
from facepipe.export.formats.aligned import AlignedOptions, ffhq_place
from facepipe.export.options import ExportOptions
from facepipe.export.split import split_shots
from facepipe.files.target import Target


def exported(out, name, table, own=None):
    """The export of a table whose frames lie in out/frames."""
    frames = AnnotatedFrames(table, out / "frames", split_shots(table, (0.6, 0.2, 0.2)).names)
    make = EXPORTERS.load(name)
    with Target(out) as target:
        export(make(target.folder(name), person_names(frames), ExportOptions(), own or make.Own()), frames)
    return out / name


def test_yolo_pose_lines_as_ultralytics_documents_them(tmp_path):
    table, _ = export_run(tmp_path, "yolo-pose")
    about = (tmp_path / "yolo-pose" / "data.yaml").read_text()
    assert "kpt_shape: [5, 3]\n" in about and "flip_idx: [1, 0, 2, 4, 3]\n" in about
    seen = 0
    for path in (tmp_path / "yolo-pose" / "labels").glob("*/*.txt"):
        for line in path.read_text().splitlines():
            values = list(map(float, line.split()))
            assert len(values) == 1 + 4 + 5 * 3 and all(0 <= value <= 1 for value in values[1:5])
            box = np.array(from_yolo(tuple(values[1:5]), SIZE_WH))
            points = np.array(values[5:]).reshape(5, 3)
            assert points[:, 2].tolist() == [2] * 5
            shares = (points[:, :2] * SIZE_WH - box[:2]) / (box[2:] - box[:2])
            assert shares == pytest.approx(POINTS, abs=0.02)
            seen += 1
    assert seen == sum(map(bool, table.person))


def test_points_that_are_not_known_or_not_in_the_picture_are_zero(tmp_path):
    table = make_run(tmp_path, talk_show(people=1, shots=3)[:2])
    points = table.points_xy.copy()
    points[0], points[1, 0] = np.nan, (-3, 10)
    folder = exported(tmp_path, "yolo-pose", table.with_(points_xy=points))
    first, second = (path.read_text().split() for path in sorted(folder.rglob("labels/*/*.txt")))
    assert first[5:] == ["0.000000", "0.000000", "0"] * 5
    assert second[5:8] == ["0.000000", "0.000000", "0"] and second[10] == "2"


def test_coco_keypoints_as_pycocotools_reads_them(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    table, _ = export_run(tmp_path, "coco-keypoints")
    seen = Counter()
    for path in sorted((tmp_path / "coco-keypoints" / "annotations").iterdir()):
        assert path.name.startswith("person_keypoints_")
        with redirect_stdout(io.StringIO()):
            whole = coco.COCO(str(path))
            found = [{**a, "score": 1.0} for a in whole.loadAnns(whole.getAnnIds())]
            check = evaluation.COCOeval(whole, whole.loadRes(found), "keypoints")
            check.params.kpt_oks_sigmas = np.full(5, 0.05)
            check.evaluate()
            check.accumulate()
            check.summarize()
        assert check.stats[0] == pytest.approx(1)
        for annotation in whole.anns.values():
            seen[whole.cats[annotation["category_id"]]["name"]] += 1
            assert annotation["num_keypoints"] == 5 and annotation["track_id"] >= 0
        assert all(len(category["keypoints"]) == 5 for category in whole.cats.values())
    assert seen == Counter(person for person in table.person if person)


def test_mot_sequences_are_whole_and_keep_who_is_who(tmp_path):
    table, _ = export_run(tmp_path, "mot")
    seen = Counter()
    for path in (tmp_path / "mot").glob("*/*/gt/gt.txt"):
        sequence = path.parents[1]
        info = configparser.ConfigParser()
        info.read(sequence / "seqinfo.ini")
        about = info["Sequence"]
        pictures = sorted(picture.name for picture in (sequence / about["imDir"]).iterdir())
        assert pictures == [f"{k:06d}.jpg" for k in range(1, int(about["seqLength"]) + 1)]
        assert (int(about["imWidth"]), int(about["imHeight"])) == SIZE_WH and float(about["frameRate"]) == 1
        names = dict(line.split(" ", 1) for line in (sequence / "identities.txt").read_text().splitlines())
        rows = [list(map(float, line.split(","))) for line in path.read_text().splitlines()]
        assert len({(row[0], row[1]) for row in rows}) == len(rows), "nobody is twice in a frame"
        for frame, identity, left, top, width, height, *rest in rows:
            picture = cv2.imread(str(sequence / "img1" / f"{int(frame):06d}.jpg"))
            inside = picture[int(top) - 1 : int(top + height) - 1, int(left) - 1 : int(left + width) - 1]
            assert inside.reshape(-1, 3).std(axis=0).max() < 25 and rest == [1, 1, 1]
            seen[names[str(int(identity))]] += 1
    assert seen == Counter(person for person in table.person if person)


def test_mot_ids_stand_once_in_a_frame(tmp_path):
    """TrackEval refuses others: strangers have an id a track, and so has somebody's mirror image."""
    left, middle, right = (10, 10, 50, 50), (100, 10, 140, 50), (200, 10, 240, 50)
    spots = [
        *(Spot("a.mp4", frame, box, "", 0, track) for frame in (0, 1) for track, box in enumerate((left, middle))),
        *(Spot("a.mp4", frame, right, "ana", 0, 2) for frame in (0, 1)),
        *(Spot("a.mp4", 2, box, "ana", 0, -1) for box in (left, right)),
    ]
    export_run(tmp_path, "mot", spots, shares=(1.0, 0.0, 0.0), unknown="label")
    (path,) = (tmp_path / "mot").glob("*/*/gt/gt.txt")
    ids = [tuple(map(int, line.split(",")[:2])) for line in path.read_text().splitlines()]
    assert sorted(ids) == [(1, 1), (1, 3), (1, 4), (2, 1), (2, 3), (2, 4), (3, 1), (3, 5)]
    assert (path.parents[1] / "identities.txt").read_text() == "1 ana\n3 unknown\n4 unknown\n5 ana\n"


def market(root) -> dict[str, list[tuple[int, int]]]:
    """What torchreid and FastReID make of it: (id, camera) of the pictures of each folder."""
    found = {folder.name: [] for folder in root.iterdir() if folder.is_dir()}
    for path in root.glob("*/*.jpg"):
        person, camera = map(int, re.search(r"([-\d]+)_c(\d)", str(path.relative_to(root))).groups())
        assert 0 <= person <= 1501 and 1 <= camera <= 6
        found[path.parent.name].append((person, camera))
    return found


def test_market_names_say_who_where_and_when(tmp_path):
    table, _ = export_run(tmp_path, "market")
    root = tmp_path / "market"
    people = dict(line.split(" ", 1) for line in (root / "people.txt").read_text().splitlines())
    found = Counter()
    for path in root.glob("*/*.jpg"):
        person, frame, _ = re.fullmatch(r"(\d{4})_c\ds\d+_(\d{6})_(\d{2})", path.stem).groups()
        found[people[person]] += 1
        assert int(frame) in table.frame_index
        assert cv2.imread(str(path)).shape == (128, 64, 3)
    assert found == Counter(person for person in table.person if person)


@pytest.mark.parametrize("sources", [1, 40])
def test_whom_market_asks_for_can_be_found_in_another_camera(tmp_path, sources):
    """Its readers leave out what is of the same person and camera as the query. A clip of 40 shots, and 40 photos."""
    spots = [
        Spot(f"{view % sources:02}", 7 * view + frame, (20 + 60 * who, 20, 60 + 60 * who, 60), f"p{who}", view)
        for view in range(40)
        for frame in range(2 if sources == 1 else 1)
        for who in range(3)
    ]
    export_run(tmp_path, "market", spots, shares=(0.4, 0.3, 0.3))
    found = market(tmp_path / "market")
    assert set(found) == {"bounding_box_train", "bounding_box_test", "query"}
    assert max(Counter(found["query"]).values()) == 1, "one a person and camera"
    assert {person for person, _ in found["query"]} == {1, 2, 3}
    for person, camera in found["query"]:
        assert any(one == person and where != camera for one, where in found["bounding_box_test"])


@pytest.mark.parametrize("shots", [2, 30])
def test_market_says_where_there_is_nothing_to_search_for(tmp_path, shots):
    spots = [Spot("clip", 2 * shot + frame, (20, 20, 60, 60), "ana", shot) for shot in range(shots) for frame in (0, 1)]
    table = make_run(tmp_path, spots)
    frames = AnnotatedFrames(table, tmp_path / "frames", split_shots(table, (0.6, 0.2, 0.2)).names)
    sink = EXPORTERS.load("market")(Target(tmp_path, dry=True), ["ana"])
    sink.narrowed(frames, table.space)
    said = ["no query: nobody is seen in two shots or photos outside of train (see --split)"]
    assert sink.notes == (said if shots == 2 else [])


@pytest.mark.parametrize("size", [112, 256, 512])
def test_aligned_faces_lie_where_their_networks_were_trained(tmp_path, size):
    table = make_run(tmp_path, talk_show(people=2, shots=5))
    root = exported(tmp_path, "aligned", table, AlignedOptions(size=size))
    with (root / "aligned.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == sum(map(bool, table.person)) == len(list(root.rglob("*.png")))
    for row in rows:
        chip = cv2.imread(str(root / row["file"]))
        assert chip.shape == (size, size, 3)
        face = table.face_id.index(row["file"].rsplit("/", 1)[1].removesuffix(".png"))
        matrix = np.array([float(row[name]) for name in "abcdef"]).reshape(2, 3)
        inverse = np.linalg.inv(matrix[:, :2])
        eyes = (table.points_xy[face, :2].astype(float) - matrix[:, 2]) @ inverse.T / size
        assert eyes[:, 1] == pytest.approx(eyes[0, 1], abs=0.01) and eyes[:, 0].mean() == pytest.approx(0.5, abs=0.02)
        assert 0.38 < eyes[0, 1] < 0.52
        middle = (matrix @ (size / 2, size / 2, 1)).round().astype(int)
        left, top, right, bottom = table.box_ltrb[face]
        assert left < middle[0] < right and top < middle[1] < bottom
        colour = cv2.imread(str(tmp_path / "frames" / f"{table.frame_id[face]}.jpg"))[middle[1], middle[0]]
        assert np.abs(chip[size // 2, size // 2].astype(int) - colour).max() < 12


def test_pairs_to_test_with_are_half_one_person_and_never_from_training(tmp_path):
    root = exported(tmp_path, "aligned", make_run(tmp_path, talk_show(people=3, shots=10)))
    pairs = [line.split("\t") for line in (root / "pairs.txt").read_text().splitlines()]
    assert pairs and not any(name.startswith("train/") for pair in pairs for name in pair[:2])
    assert Counter(pair[2] for pair in pairs)["1"] * 2 == len(pairs) == len({tuple(pair[:2]) for pair in pairs})
    for one, other, same in pairs:
        assert (root / one).is_file() and (root / other).is_file()
        assert (one.split("/")[1] == other.split("/")[1]) == (same == "1")


def test_ffhq_squares_follow_eyes_and_mouth():
    """As in Karras' own numbers: the half side is the larger of 2 eye distances and 1.8 of eyes to mouth."""
    points = np.array([(40, 50), (60, 50), (50, 60), (44, 70), (56, 70)], float)
    place = ffhq_place(points, 256)
    assert abs(place.turn) == pytest.approx(2 * max(2 * 20, 1.8 * 20) / 256)
    leaning = (points - 50) @ np.array([[0, 1], [-1, 0]]) + 50
    assert ffhq_place(leaning, 256).turn == pytest.approx(place.turn * 1j)


def test_without_a_detectors_landmarks_only_the_small_size_is_there(tmp_path):
    table = make_run(tmp_path, talk_show(people=1, shots=3))
    table = table.with_(points_xy=np.full((len(table), 5, 2), np.nan))
    frames = AnnotatedFrames(table, tmp_path / "frames")
    sink = EXPORTERS.load("aligned")
    small, large = (
        sink(Target(tmp_path, dry=True), person_names(frames), None, AlignedOptions(size=s)) for s in (112, 256)
    )
    assert any(small.labels(frame) for frame in frames) and not any(large.labels(frame) for frame in frames)
    ((why, lost),) = large.narrowed(frames, table.space)[1].items()
    assert lost == sum(map(bool, table.person)) and "does not tell: --size 112 does without" in why
    assert not small.narrowed(frames, table.space)[1]
    with pytest.raises(UsageError, match="--size 100: choose one of 112, 256, 512, 1024"):
        AlignedOptions(size=100)


def cvat_tracks(path) -> list[tuple[str, list[tuple[int, bool, list[float]]]]]:
    """The tracks of a file as CVAT documents them: the label, and frame, outside and corners of every keyframe."""
    root = ElementTree.parse(path).getroot()
    assert root.findtext("version") == "1.1" and root.findtext("meta/task/mode") == "interpolation"
    labels = {label.findtext("name") for label in root.findall("meta/task/labels/label")}
    found = []
    for number, track in enumerate(root.findall("track")):
        assert track.get("id") == str(number) and track.get("label") in labels
        boxes = track.findall("box")
        assert all((box.get("keyframe"), box.get("occluded")) == ("1", "0") for box in boxes)
        places = [[float(box.get(side)) for side in ("xtl", "ytl", "xbr", "ybr")] for box in boxes]
        states = [(int(box.get("frame")), box.get("outside") == "1") for box in boxes]
        found.append((track.get("label"), [(*state, place) for state, place in zip(states, places, strict=True)]))
    return found


def seen(frame, person, left=10, **facts) -> Spot:
    return Spot("show.mp4", frame, (left, 20, left + 40, 60), person, **facts)


def cvat_video(out, spots, sampled, **columns):
    """The one video's tracks and the export's folder."""
    table = make_run(out, spots).with_(**columns)
    frames = AnnotatedFrames(table, out / "frames")
    with Target(out) as target:
        sink = EXPORTERS.load("cvat-video")(target.folder("cvat-video"), person_names(frames))
        sink.sampled = lambda: {"show.mp4": sampled}
        export(sink, frames)
    return cvat_tracks(out / "cvat-video" / "show.mp4-0123abcd.xml"), out / "cvat-video"


def test_cvat_tracks_are_outside_where_nobody_was_found(tmp_path):
    spots = [seen(frame, "ana") for frame in (0, 10, 30)] + [seen(frame, "ben", 200, track=1) for frame in (10, 40)]
    found, folder = cvat_video(tmp_path, spots, [0, 10, 20, 30, 40])
    frames = {label: [(frame, outside) for frame, outside, _ in boxes] for label, boxes in found}
    assert frames == {
        "ana": [(0, False), (10, False), (11, True), (30, False), (31, True)],
        "ben": [(10, False), (11, True), (40, False)],  # the video may have no frame 41
    }
    assert {tuple(place) for label, boxes in found if label == "ana" for *_, place in boxes} == {(10, 20, 50, 60)}
    labels = json.loads((folder / "labels.json").read_text())
    assert [label["name"] for label in labels] == ["ana", "ben"]
    assert labels[0]["attributes"][0]["name"] == "face_id"


def test_cvat_tracks_end_with_their_shot_and_are_in_pixels_of_the_video(tmp_path):
    """The stored frames are half as large as the video's."""
    spots = [seen(frame, "ana", shot=frame // 10, track=-1) for frame in (0, 5, 10)] + [seen(10, "ana", 200, shot=1)]
    big = [[20, 40, 100, 120]] * 3 + [[400, 40, 480, 120]]
    found, folder = cvat_video(tmp_path, spots, [0, 5, 10, 15], image_wh=[[640, 480]] * 4, box_ltrb=big, track=[-1] * 4)
    assert [[(frame, outside) for frame, outside, _ in boxes] for _, boxes in found] == [
        [(0, False), (5, False), (6, True)], [(10, False), (11, True)], [(10, False), (11, True)],
    ]  # fmt: skip
    assert [boxes[0][2] for _, boxes in found] == [[20, 40, 100, 120]] * 2 + [[400, 40, 480, 120]]
    size = ElementTree.parse(folder / "show.mp4-0123abcd.xml").find("meta/task/original_size")
    assert (size.findtext("width"), size.findtext("height")) == ("640", "480")


def test_pictures_are_no_videos_for_cvat(tmp_path):
    others = [Spot(name, 0, (10, 10, 50, 50), "ana") for name in ("short.mp4", "photo.jpg")]
    frames = AnnotatedFrames(make_run(tmp_path, [seen(0, "ana"), seen(5, "ana"), *others]), tmp_path / "frames")
    sink = EXPORTERS.load("cvat-video")(Target(tmp_path), ["ana"])
    sink.videos = lambda: {"show.mp4", "short.mp4"}  # the latter is shorter than the time between two samples
    kept, lost = sink.narrowed(frames, frames.table.space)
    assert {frame.source for frame in kept} == {"show.mp4", "short.mp4"}
    assert lost == {"in pictures, where this format is for videos": 1}
