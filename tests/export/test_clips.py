"""Clips of one person, read back: length, rate, size, sound, who is in them and where they were cut out."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from commandline_here import run_here
from dataset_world import Spot
from heads import HEAD, HUES, head_box, heard, pictures, write_film
from made_run import made_run

from facepipe.errors import StoreError, UsageError
from facepipe.export.clip_plan import ClipShape, window_of
from facepipe.export.formats.clips import ClipsExporter, ClipsOptions
from facepipe.geometry import head_box as whole_head
from facepipe.geometry import portrait_box, upper_body_box

ANNA, BEN = "person_001", "person_002"
FPS, FRAMES = 16, 17
CUT, LENGTH = 72, 136  # frames; samples are 16 apart
SIZE = ("--clip-size", "128x128", "--frames", FRAMES, "--fps", FPS)


def walks(frame):
    return 60 + frame // 3, 90


def stands(frame):
    return (220, 100) if frame >= CUT else None


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Anna walks through two shots; Ben stands by in the second. A tone sounds from 1 s to 2 s."""
    images = pictures(LENGTH, {ANNA: walks, BEN: stands}, cuts=(CUT,))
    return write_film(tmp_path_factory.mktemp("film") / "show.mp4", images, rate=FPS, sound="aac")


def spots(other=BEN):
    """Samples of the film, a second apart; Anna's by walks, the other's by stands."""
    found = []
    for frame in range(0, LENGTH, FPS):
        shot = int(frame >= CUT)
        found.append(Spot("show.mp4", frame, head_box(walks(frame)), ANNA, shot, shot))
        if stands(frame):
            found.append(Spot("show.mp4", frame, head_box(stands(frame)), other, shot, 2))
    return found


@pytest.fixture
def out(film, tmp_path):
    made_run(tmp_path / "out", spots(), film, FPS)
    return tmp_path / "out"


def export(out, to, *options, check=True):
    return run_here("export", out, "--format", "clips", "--to", to, *options, check=check)


def test_no_clip_shows_who_was_forgotten(out, tmp_path):
    run_here("forget", out, "--person", BEN, "--yes")
    said = export(out, tmp_path / "clips", *SIZE).stdout
    assert "input still shows somebody who was forgotten: no clip is cut out of it" in said
    assert all(float(row["end_s"]) <= CUT / FPS for row in rows(tmp_path / "clips"))


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "clips.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def read(path: Path) -> list[np.ndarray]:
    """The frames of a clip, which must be as it was asked for."""
    with av.open(str(path)) as clip:
        (video,) = clip.streams.video
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert video.average_rate == FPS and video.frames == FRAMES
        (sound,) = clip.streams.audio
        assert float(sound.duration * sound.time_base) == pytest.approx(FRAMES / FPS, abs=0.03)
        shown = list(clip.decode(video))
        assert [round(frame.time * FPS, 3) for frame in shown] == list(range(FRAMES))
    return [frame.to_ndarray(format="rgb24").astype(int) for frame in shown]


def places(image: np.ndarray, person: str) -> np.ndarray:
    """Where a head of the bright half of a hue is seen: bool (H, W)."""
    return np.abs(image - HUES[person]).max(-1) < 40


def test_clips_are_what_trainers_take(out, tmp_path):
    """Every frame is the one of its time, seen through a window that stands still; nobody else is in it."""
    said = export(out, tmp_path / "clips", *SIZE).stdout
    found = rows(tmp_path / "clips")
    # Of 4.5 s before the cut, in which she is alone, and not of what follows, in which Ben is there.
    assert len(found) == 4 and "in 4 clips (train 4)" in said
    assert {row["person"] for row in found} == {ANNA} and {row["source"] for row in found} == {"show.mp4"}
    starts = [float(row["start_s"]) for row in found]
    assert starts == pytest.approx([k * FRAMES / FPS for k in range(4)], abs=0.001)
    for row in found:
        assert float(row["end_s"]) - float(row["start_s"]) == pytest.approx(FRAMES / FPS, abs=0.001)
        path = tmp_path / "clips" / row["file"]
        assert path.with_suffix(".txt").read_text() == f"{ANNA}, close-up, facing the camera\n"
        left, top, right, bottom = (int(row[side]) for side in ("left", "top", "right", "bottom"))
        assert (right - left, bottom - top) == (128, 128)  # head and shoulders need less: nothing is scaled
        for place, image in enumerate(read(path)):
            assert image.shape == (128, 128, 3)
            x, y = walks(round(float(row["start_s"]) * FPS) + place)
            ys, xs = np.nonzero(places(image, ANNA))
            assert (xs.min() + left, ys.min() + top) == pytest.approx((x, y), abs=2)
            assert (xs.max() + left + 1, ys.max() + top + 1) == pytest.approx((x + HEAD, y + HEAD), abs=2)
            assert not places(image, BEN).any()
    begins, ends = heard(tmp_path / "clips" / found[1]["file"])
    assert (begins, ends) == pytest.approx((0.0, 2 - starts[1]), abs=0.05)


def test_others_outside_the_window_may_be_allowed_and_no_clip_crosses_a_cut(out, tmp_path):
    """The cut at 4.5 s lies between two samples."""
    export(out, tmp_path / "clips", *SIZE, "--alone", "window")
    found = rows(tmp_path / "clips")
    times = [(float(row["start_s"]), float(row["end_s"])) for row in found if row["person"] == ANNA]
    assert len(times) == 7
    assert all(end <= CUT / FPS + 0.001 or start >= CUT / FPS - 0.001 for start, end in times)
    assert {row["person"] for row in found} == {ANNA, BEN}
    for row in found:
        other = {ANNA: BEN, BEN: ANNA}[row["person"]]
        for image in read(tmp_path / "clips" / row["file"]):
            assert places(image, row["person"]).sum() > 800 and not places(image, other).any()


def test_unknown_faces_in_the_window_may_be_allowed_or_blurred(film, tmp_path):
    out = tmp_path / "out"
    made_run(out, spots(other=""), film, FPS)
    wide = ("--clip-size", "240x240", "--frames", FRAMES)

    def after_the_cut(name, *options):
        export(out, tmp_path / name, *wide, *options)
        late = [row for row in rows(tmp_path / name) if float(row["start_s"]) > CUT / FPS]
        return [read(tmp_path / name / row["file"])[3] for row in late]

    assert after_the_cut("alone", "--alone", "window") == []
    known, blurred = after_the_cut("known", "--alone", "known"), after_the_cut("blurred", "--blur-others")
    assert known and all(places(image, BEN).sum() > 200 for image in known)
    assert blurred and not any(places(image, BEN).any() for image in blurred)
    assert all(places(image, ANNA).sum() > 800 for image in blurred)
    assert len(after_the_cut("excluded", "--alone", "known", "--unknown", "exclude-frame")) == len(known)
    names = ("known", "blurred", "excluded")
    faces = {name: json.loads((tmp_path / name / "export.json").read_text())["faces"] for name in names}
    assert len(faces["known"]) > len(faces["blurred"])  # whoever is forgotten is looked for there
    assert faces["excluded"] == faces["known"], "--alone says whom a clip shows"


def test_nothing_is_enlarged_unasked(out, tmp_path):
    wanted = ("--clip-size", "256x256", "--frames", FRAMES)
    refused = export(out, tmp_path / "clips", *wanted, check=False)
    assert refused.returncode == 2 and "in no window of --clip-size 256x256" in refused.stderr
    said = export(out, tmp_path / "clips", *wanted, "--enlarge").stdout
    assert "note: 4 clips enlarged to --clip-size 256x256" in said
    assert all(image.shape == (256, 256, 3) for image in read(tmp_path / "clips" / rows(tmp_path / "clips")[0]["file"]))


def test_slow_inputs_are_said(out, tmp_path):
    said = export(out, tmp_path / "clips", "--clip-size", "128x128", "--frames", 17, "--fps", 24).stdout
    assert "from where there are fewer frames a second than --fps 24: some are shown twice" in said
    with av.open(str(tmp_path / "clips" / rows(tmp_path / "clips")[0]["file"])) as clip:
        assert clip.streams.video[0].frames == 17 and clip.streams.video[0].average_rate == 24


def test_two_exports_are_the_same_bytes_and_the_card_says_what_is_there(out, tmp_path):
    def made(name):
        export(out, tmp_path / name, *SIZE, "--person", ANNA, "--trigger", "ohwx")
        return {path.relative_to(tmp_path / name): path.read_bytes()
                for path in (tmp_path / name).rglob("*") if path.is_file()}  # fmt: skip

    first = made("a")
    assert first == made("b")
    assert b"| **clips** | 4 |" in first[Path("README.md")]
    assert first[next(path for path in first if path.suffix == ".txt")].startswith(b"ohwx, ")


def test_an_input_that_is_gone_gives_no_clip(film, tmp_path):
    path = tmp_path / "show.mp4"
    path.write_bytes(film.read_bytes())
    made_run(tmp_path / "out", spots(), path, FPS)
    path.unlink()
    done = export(tmp_path / "out", tmp_path / "clips", *SIZE, check=False)
    assert done.returncode == 2 and "13 faces in no video that can be cut" in done.stderr


def test_a_run_does_not_make_them(film, tmp_path):
    done = run_here("run", film, "--out", tmp_path / "new", "--annotations", "yolo,clips", check=False)
    assert done.returncode == 2 and "once the run is done: facepipe export --format clips" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("size_wh", "enlarge", "sides"), [
    ((480, 832), False, (480, 832)), ((256, 256), True, (172, 172)), ((640, 384), False, (640, 384)),
])  # fmt: skip
def test_windows_hold_head_and_shoulders(size_wh, enlarge, sides):
    boxes = np.array([(500, 300, 560, 360), (540, 320, 600, 380)], float)
    shape = ClipShape(size_wh, 81, 16, portrait_box, "frame", enlarge)
    window = window_of(boxes, (1920, 1080), shape)
    assert (window[2] - window[0], window[3] - window[1]) == sides
    for box in boxes.astype(int).tolist():
        left, top, right, bottom = portrait_box(tuple(box))
        assert window[0] <= left and window[1] <= top and right <= window[2] and bottom <= window[3]


def test_windows_where_there_is_little_room():
    shape = ClipShape((256, 256), 81, 16, upper_body_box, "frame", False)
    close = np.array([(100, 40, 350, 290)], float)  # shoulders are wider than the picture is high
    window = window_of(close, (640, 360), shape)
    assert (window[2] - window[0], window[3] - window[1]) == (360, 360)
    head = whole_head((100, 40, 350, 290))
    assert window[0] <= head[0] and head[2] <= window[2]
    crossing = np.array([(20, 100, 120, 200), (520, 100, 620, 200)], float)
    assert window_of(crossing, (640, 360), shape) is None
    assert window_of(close, (200, 360), shape) is None


@pytest.mark.parametrize(("options", "message"), [
    ({"clip_size": (500, 512)}, "--clip-size 500x512: both must be multiples of 16"),
    ({"frames": 80}, "--frames 80: must be one more than a multiple of 4"),
    ({"alone": "never"}, "--alone never: choose one of frame, window, known"),
])  # fmt: skip
def test_options_are_checked(options, message):
    with pytest.raises(UsageError, match=message):
        ClipsOptions(**options)


def test_a_stopped_export_goes_on_with_the_clips_that_are_missing(out, tmp_path, monkeypatch):
    written, write = [], ClipsExporter._write

    def stopping(self, clip, path):
        if len(written) == 2:
            raise StoreError("stopped")
        write(self, clip, path)
        written.append(clip.name)

    monkeypatch.setattr("facepipe.export.export.CORES", 1)
    export(out, tmp_path / "whole", *SIZE)
    monkeypatch.setattr(ClipsExporter, "_write", stopping)
    assert "stopped" in export(out, tmp_path / "clips", *SIZE, check=False).stderr
    first, written[:] = list(written), []
    monkeypatch.setattr(ClipsExporter, "_write", lambda *given: (written.append(given[1].name), write(*given)))
    export(out, tmp_path / "clips", *SIZE)
    assert len(first) == len(written) == 2 and not {*first} & {*written}
    assert {path.name: path.read_bytes() for path in (tmp_path / "clips").rglob("*.mp4")} == {
        path.name: path.read_bytes() for path in (tmp_path / "whole").rglob("*.mp4")
    }
