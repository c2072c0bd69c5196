"""Pictures cut from the inputs, decoded again: the very frames that the run saw, whatever the format of either."""

import json
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from clips import numbered, write_clip
from dataset_world import Spot, make_run

from facepipe.errors import UsageError
from facepipe.export.card import Origin
from facepipe.export.export import export_dataset
from facepipe.export.formats import EXPORTERS
from facepipe.export.of_run import request_for
from facepipe.export.options import ExportOptions
from facepipe.export.originals import Originals
from facepipe.geometry import crop
from facepipe.media.decode import decode_all
from facepipe.media.sampling import frame_times
from facepipe.records import Source

ORIGIN = Origin("0", ("show.mp4",), "cnn", "dlib", {}, {})
SIZE_WH = (640, 480)
BOX = (200, 160, 360, 320)
WANTED = [3, 17, 18, 41, 58]


def edited(path, whole):
    """A clip cut between two keyframes without encoding again: an edit list hides what is before."""
    with av.open(str(whole)) as source, av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as clip:
        stream = clip.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                shift = round(Fraction(5, 25) / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                clip.mux(packet)
    return path


def clip(folder, kind):
    images = [numbered(number, SIZE_WH) for number in range(64)]
    if kind == "variable":
        times = np.cumsum([0, *np.random.default_rng(1).choice([10, 20, 30, 70], 63)]).tolist()
        return write_clip(folder / "v.mkv", images, times=times, time_base=Fraction(1, 1000), options={"bf": "2"})
    options = {"x264-params": "open-gop=1:bframes=3"} if kind == "open groups" else {"bf": "3"}
    whole = write_clip(folder / "show.mp4", images, gop=20, options=options)
    return edited(folder / "cut.mp4", whole) if kind == "edit list" else whole


def run_of(folder, path, wanted=WANTED):
    """A run that keeps its frames at half their size, and its input."""
    source = Source("show.mp4-0123abcd", "show.mp4", path, "0" * 64, path.stat().st_size, True)
    half = tuple(value // 2 for value in BOX)
    people = ("ana", "ben")
    table = make_run(folder, [Spot("show.mp4", k, half, people[k % 2], shot=k // 16, track=k) for k in wanted])
    return table.with_(
        box_ltrb=table.box_ltrb * 2,
        points_xy=table.points_xy * 2,
        landmarks_xy=table.landmarks_xy * 2,
        image_wh=table.image_wh * 2,
        time_s=frame_times(source)[wanted],
    ), Originals([source])


def export(to, table, frames, originals, kind="imagefolder", progress=lambda done, total: None, **options):
    asked = request_for(kind, {"quality": "source", **options})
    return export_dataset(to, table, frames, asked, ORIGIN, progress, originals=originals)


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["B-frames", "open groups", "edit list", "variable"])
def test_the_frames_are_to_the_bit_those_of_decoding_from_the_start(tmp_path, kind):
    path = clip(tmp_path, kind)
    table, originals = run_of(tmp_path, path)
    export(tmp_path / "out", table, tmp_path / "frames", originals, picture="png")
    whole = {frame.index: frame.picture.rgb() for frame in decode_all(path, 1, pytest.fail)}
    assert len(whole) == (59 if kind == "edit list" else 64)
    found = {int(path.stem.split("-")[-2]): path for path in (tmp_path / "out").glob("*/*/*.png")}
    assert sorted(found) == WANTED
    for index, picture in found.items():
        assert np.array_equal(cv2.imread(str(picture))[..., ::-1], crop(whole[index], BOX))


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    """A run of a clip, and its input."""
    folder = tmp_path_factory.mktemp("show")
    return folder, *run_of(folder, clip(folder, "B-frames"))


@pytest.mark.parametrize("kind", EXPORTERS.names)
def test_every_format_takes_the_inputs_or_says_why_not(show, tmp_path, kind):
    folder, table, originals = show
    exporter = EXPORTERS.load(kind)
    if not exporter.pictures:
        with pytest.raises(
            UsageError, match=r"--quality source: the format writes no pictures of its own; leave it out"
        ):
            export(tmp_path / "out", table, folder / "frames", originals, kind)
        return
    export(tmp_path / "out", table, folder / "frames", originals, kind, split=(1.0, 0.0, 0.0))
    pictures = [cv2.imread(str(path)) for path in (tmp_path / "out").rglob("*.[jp][pn]g")]
    if exporter.unit == "frame":
        assert {image.shape[1::-1] for image in pictures} == {SIZE_WH}
    if kind == "coco":
        (found,) = (tmp_path / "out" / "annotations").iterdir()
        whole = json.loads(found.read_text())
        assert {tuple(one["bbox"]) for one in whole["annotations"]} == {(200, 160, 160, 160)}
        assert {(one["width"], one["height"]) for one in whole["images"]} == {SIZE_WH}
    if kind == "imagefolder":
        assert {image.shape for image in pictures} == {(160, 160, 3)}
    assert len(pictures) == (0 if kind == "webdataset" else len(WANTED))


def test_frames_in_which_somebody_was_forgotten_are_the_runs_own(show, tmp_path):
    folder, table, originals = show
    erased = Originals(list(originals.sources.values()), erased={"show.mp4": {17}})
    found = export(tmp_path / "out", table, folder / "frames", erased, split=(1.0, 0.0, 0.0))
    assert "1 frame whose input still shows somebody who was forgotten: pictures of it are" in "".join(found.notes)
    sides = {path.stem.split("-")[-2]: len(cv2.imread(str(path))) for path in (tmp_path / "out").rglob("*.jpg")}
    assert sides == {f"{k:07}": 80 if k == 17 else 160 for k in WANTED}


@pytest.mark.parametrize(
    ("kind", "options", "faces"),
    [
        ("imagefolder", {}, len(WANTED) - 1),  # one is cut from the run's own frame
        ("imagefolder", {"quality": "stored"}, 0),
        ("csv", {"quality": "stored"}, len(WANTED)),  # it speaks of the source
    ],
)
def test_faces_are_measured_where_they_are_exported(show, tmp_path, kind, options, faces):
    folder, table, originals = show
    erased = Originals(list(originals.sources.values()), erased={"show.mp4": {17}})
    asked = {"min_size": 100, "split": (1.0, 0.0, 0.0), **options}  # of 160 pixels, 80 as the run keeps them
    if not faces:
        with pytest.raises(UsageError, match="5 faces below --min-size 100"):
            export(tmp_path / "out", table, folder / "frames", erased, kind, **asked)
        return
    found = export(tmp_path / "out", table, folder / "frames", erased, kind, **asked)
    assert (found.faces.total(), sum(found.dropped.values())) == (faces, len(WANTED) - faces)


def test_pictures_are_of_the_kind_and_quality_asked_for(show, tmp_path):
    folder, table, originals = show
    sizes = {}
    for name, options in {
        "fine": {"picture": "jpeg", "jpeg_quality": 100},
        "coarse": {"picture": "jpeg", "jpeg_quality": 5},
        "whole": {"picture": "png"},
    }.items():
        export(tmp_path / name, table, folder / "frames", originals, "aligned", **options)
        paths = sorted((tmp_path / name).glob("*/*/*.*"))
        assert {path.suffix for path in paths} == {".png" if name == "whole" else ".jpg"}
        lines = (tmp_path / name / "aligned.csv").read_text().splitlines()[1:]
        assert {path.relative_to(tmp_path / name).as_posix() for path in paths} == {
            line.split(",")[0] for line in lines
        }
        sizes[name] = sum(path.stat().st_size for path in paths)
    assert sizes["coarse"] < sizes["fine"] / 3
    with pytest.raises(UsageError, match="--picture png: the format has JPEG only; leave it out"):
        export(tmp_path / "none", table, folder / "frames", originals, "yolo", picture="png")
    with pytest.raises(UsageError, match="--jpeg-quality 101: must be at most 100"):
        ExportOptions(jpeg_quality=101)


def test_aligned_faces_come_from_the_input_unless_said_otherwise():
    assert request_for("aligned", {}).options.quality == "source"
    assert request_for("aligned", {"quality": "stored"}).options.quality == "stored"
    assert request_for("imagefolder", {}).options.quality == "stored"


class Stopped(Exception):
    """What stops an export on its way."""


@pytest.mark.parametrize(("kind", "own"), [("imagefolder", {}), ("webdataset", {"shard": 2}), ("yolo", {})])
def test_a_stopped_export_goes_on_where_it_was_and_ends_with_the_same_bytes(show, tmp_path, kind, own, monkeypatch):
    folder, table, originals = show

    def stop(done, total):
        if done == 3:
            raise Stopped

    def run(to, progress=lambda done, total: None):
        export(to, table, folder / "frames", originals, kind, progress, split=(1.0, 0.0, 0.0), **own)

    run(tmp_path / "whole")
    with pytest.raises(Stopped):
        run(tmp_path / "out", stop)
    before = {path: path.stat().st_ino for path in (tmp_path / "out").rglob("*") if path.suffix in (".jpg", ".tar")}
    read = []
    decoded = Originals.picture
    monkeypatch.setattr(Originals, "picture", lambda self, frame: (read.append(frame.index), decoded(self, frame))[1])
    seen = []
    run(tmp_path / "out", lambda done, total: seen.append((done, total)))
    assert before and {path: path.stat().st_ino for path in before} == before
    assert read and set(read) < set(WANTED) and seen[-1] == (5, 5)
    assert files_in(tmp_path / "out") == files_in(tmp_path / "whole")


def test_files_of_an_earlier_export_are_not_taken_for_those_of_one_that_was_stopped(show, tmp_path):
    folder, table, originals = show

    def stop(done, total):
        raise Stopped

    for quality in ("stored", "source"):
        export(tmp_path / quality, table, folder / "frames", originals, quality=quality)
    export(tmp_path / "out", table, folder / "frames", originals, quality="stored")
    (tmp_path / "out" / "README.md").write_text((tmp_path / "out" / "README.md").read_text() + "Ours.\n")
    with pytest.raises(Stopped):
        export(tmp_path / "out", table, folder / "frames", originals, progress=stop)
    export(tmp_path / "out", table, folder / "frames", originals)
    found = files_in(tmp_path / "out")
    assert found.pop("README.md").endswith(b"Ours.\n")
    whole = files_in(tmp_path / "source")
    del whole["README.md"]
    assert found == whole


def test_an_export_that_was_finished_is_made_anew(show, tmp_path):
    """Tools repair files in place; the same command brings them back."""
    folder, table, originals = show
    export(tmp_path / "out", table, folder / "frames", originals)
    before = files_in(tmp_path / "out")
    next((tmp_path / "out").glob("*/*/*.jpg")).write_bytes(b"repaired")
    export(tmp_path / "out", table, folder / "frames", originals)
    assert files_in(tmp_path / "out") == before


def test_an_empty_file_that_a_power_cut_left_is_made_again(show, tmp_path):
    folder, table, originals = show

    def stop(done, total):
        if done == 4:
            raise Stopped

    export(tmp_path / "whole", table, folder / "frames", originals)
    with pytest.raises(Stopped):
        export(tmp_path / "out", table, folder / "frames", originals, progress=stop)
    next((tmp_path / "out").glob("*/*/*.jpg")).write_bytes(b"")
    export(tmp_path / "out", table, folder / "frames", originals)
    assert files_in(tmp_path / "out") == files_in(tmp_path / "whole")
