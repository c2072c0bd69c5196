"""Rendered videos and photos: boxes where faces are and nowhere else, heads blurred, times and sound as they were."""

import json
import os
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from clips import write_clip
from commandline_here import run_here
from dataset_world import SIZE_WH, Spot
from heads import HEAD, RATE, head_box, heard, pictures, write_film
from made_run import made_run

from facepipe.files.names import safe_name
from facepipe.media.decode import decode_all
from facepipe.render.render import _colours_of
from facepipe.runs.opening import load_run

ANNA, BEN = "person_001", "person_002"
CUT, LENGTH = 20, 40  # frames; samples are 8 apart, so that the cut lies half way between two


def walks(frame):
    return 20 + 4 * frame, 100


def stands(frame):
    return (200, 20) if frame >= 26 else None


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Anna walks through two shots; somebody unknown comes in the second."""
    path = tmp_path_factory.mktemp("film") / "show.mp4"
    images = pictures(LENGTH, {ANNA: walks, "": stands}, cuts=(CUT,))
    return write_film(path, images, sound="aac")


def sampled(frames, way, person, shot, track):
    return [Spot("show.mp4", frame, head_box(way(frame)), person, shot, track) for frame in frames]


SPOTS = [
    *sampled((0, 8, 16), walks, ANNA, 0, 0),
    *sampled((24, 32), walks, ANNA, 1, 1),
    *sampled((32,), stands, "", 1, 2),
]


@pytest.fixture
def out(film, tmp_path):
    made_run(tmp_path / "out", SPOTS, film, RATE)
    return tmp_path / "out"


def frames_of(path):
    found = list(decode_all(path, 1, pytest.fail))
    return [(frame.ticks, frame.picture.rgb().astype(int)) for frame in found]


def edges(image, box, colour) -> float:
    """The share of a box's edge that has a colour."""
    left, top, right, bottom = box
    seen = np.concatenate([image[top, left:right], image[bottom - 1, left:right], image[top:bottom, left]])
    return float((np.abs(seen - colour).max(-1) < 40).mean())


def detail(patch) -> float:
    return float(patch.std((0, 1)).max())


def test_boxes_go_with_faces_and_stop_at_cuts(out, film, tmp_path):
    colours = _colours_of(load_run(out).table())
    said = run_here("render", out, "--to", tmp_path / "a.mp4", "--draw", "boxes,names").stdout
    assert said == f"1 video written to {tmp_path / 'a.mp4'}\n"
    shown = [image for _, image in frames_of(tmp_path / "a.mp4")]
    assert len(shown) == LENGTH
    before = [image for _, image in frames_of(film)]
    for frame in range(17):
        assert edges(shown[frame], head_box(walks(frame)), colours[ANNA]) > 0.8  # it goes straight between samples
    for frame, at in ((18, 16), (19, 16), (20, 24), (22, 24), (36, 32)):  # half a second around the ends, no further
        assert edges(shown[frame], head_box(walks(at)), colours[ANNA]) > 0.8
    for frame in (37, 38, 39):
        assert np.abs(shown[frame] - before[frame]).mean() < 3
    for frame in (27, 28, 36):
        assert (edges(shown[frame], head_box((200, 20)), colours[""]) > 0.8) == (frame >= 28)


def test_who_is_seldom_there_is_drawn_no_longer(tmp_path):
    """The step is that of the frames which were looked at, not of those in which somebody was found."""
    film = write_film(tmp_path / "show.mp4", pictures(LENGTH, {ANNA: lambda frame: (40, 100)}))
    spots = [spot for track, frame in enumerate((0, 32)) for spot in sampled((frame,), walks, ANNA, 0, track)]
    made_run(tmp_path / "out", spots, film, RATE, nobody=(8, 16, 24))
    run_here("render", tmp_path / "out", "--draw", "boxes", "--to", tmp_path / "a.mp4")
    shown, colour = frames_of(tmp_path / "a.mp4"), _colours_of(load_run(tmp_path / "out").table())[ANNA]
    drawn = [frame for frame in range(LENGTH) for spot in (0, 32)
             if edges(shown[frame][1], head_box(walks(spot)), colour) > 0.5]  # fmt: skip
    assert drawn == [*range(5), *range(28, 37)]
    report = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "0:00 to 0:01, 0:04 to 0:05" in report


def test_trails_show_where_somebody_came_from(out, tmp_path):
    colours = _colours_of(load_run(out).table())
    run_here("render", out, "--to", tmp_path / "a.mp4", "--draw", "tracks")
    shown = [image for _, image in frames_of(tmp_path / "a.mp4")]
    (x, y), (left, _) = walks(16), walks(8)
    trail = shown[16][y + HEAD - 1 : y + HEAD + 1, left + HEAD // 2 : x + HEAD // 2]
    assert (np.abs(trail - colours[ANNA]).max(-1) < 60).any(0).mean() > 0.9
    x = walks(24)[0] + HEAD // 2
    trail = shown[24][y + HEAD - 1 : y + HEAD + 1, x - 60 : x - 4]
    assert (np.abs(trail - colours[ANNA]).max(-1) < 60).any(0).mean() < 0.1  # none across the cut


def test_others_are_blurred_for_longer_than_boxes_are_drawn(out, film, tmp_path):
    run_here("render", out, "--to", tmp_path / "a.mp4", "--blur-others", "--draw", "none")
    before, shown = ([image for _, image in frames_of(path)] for path in (film, tmp_path / "a.mp4"))
    inside = np.s_[24:64, 204:244]
    for frame in (26, 30, 32, 39):  # from when it can be seen, though the next sample is frame 32
        assert detail(before[frame][inside]) > 35 and detail(shown[frame][inside]) < 12
    x, y = walks(30)
    face = np.s_[y + 4 : y + 44, x + 4 : x + 44]
    assert np.abs(shown[30][face] - before[30][face]).mean() < 4


def test_with_person_everybody_else_is_blurred(tmp_path):
    ways = {ANNA: lambda frame: (40, 100), BEN: lambda frame: (200, 100)}
    film = write_film(tmp_path / "show.mp4", pictures(9, ways))
    spots = [spot for frame in (0, 8) for track, (person, way) in enumerate(ways.items())
             for spot in sampled((frame,), way, person, 0, track)]  # fmt: skip
    made_run(tmp_path / "out", spots, film, RATE)
    said = run_here("render", tmp_path / "out", "--person", "PERSON_002", "--blur-others", "--to", tmp_path / "a.mp4")
    assert "only faces that were found are blurred" in said.stderr
    image = frames_of(tmp_path / "a.mp4")[4][1]
    assert detail(image[104:144, 44:84]) < 20 and detail(image[104:144, 204:244]) > 35


@pytest.mark.parametrize("sound", ["aac", "pcm_s16le", "libopus", "pcm_u8"])
def test_times_and_sound_stay_as_they_were(tmp_path, sound):
    """Of a recording whose frames come at any time: every one at its own, and the tone where it was."""
    times = [0, 100, 130, 300, 700, 1000, 1040, 1500, 2250, 2900]
    path = write_film(tmp_path / "show.mkv", pictures(10, {ANNA: walks}), rate=4, sound=sound, times=times)
    made_run(tmp_path / "out", sampled((0, 5), walks, ANNA, 0, 0), path, 5)
    run_here("render", tmp_path / "out", "--to", tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as film:
        video = film.streams.video[0]
        shown = [round(1000 * frame.time) for frame in film.decode(video)]
        assert shown == times
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        copied = "aac" if sound == "pcm_u8" else sound.removeprefix("lib")  # which an MP4 file cannot hold
        assert film.streams.audio[0].codec_context.name == copied
    assert heard(tmp_path / "a.mp4") == pytest.approx(heard(path), abs=0.05)
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # it can be played while it loads


def test_several_inputs_go_into_a_folder(out, film, tmp_path):
    """A video that stands upright only when it is turned, and a photo; a photo without a face is left out."""
    folder = load_run(out)
    photos = [tmp_path / "a" / "pair.png", tmp_path / "nobody.png"]
    photos[0].parent.mkdir()
    for photo in photos:
        cv2.imwrite(str(photo), np.full((SIZE_WH[1], SIZE_WH[0], 3), 90, np.uint8))
    entry = folder.state.inputs[0]
    entries = [entry._replace(source_id=f"{path.name}-89abcdef", name=name, path=str(path), sha256="89abcdef" * 8,
                       size=path.stat().st_size, mtime_ns=None, is_video=False, reader="photo")
               for name, path in zip(("a/pair?.png", "nobody.png"), photos, strict=True)]  # fmt: skip
    folder.update(inputs=(entry, *entries))
    table = folder.table()
    row = table.face_id.index(next(face for face, person in zip(table.face_id, table.person, strict=True) if person))
    source = tuple("a/pair?.png" if k == row else name for k, name in enumerate(table.source))
    folder.write_tables(table.with_(source=source))
    colours = _colours_of(table)
    done = run_here("render", out, "--to", tmp_path / "rendered")
    assert done.stdout == f"1 video and 1 photo written to {tmp_path / 'rendered'}\n"
    assert "left out: 1 photo without a face" in done.stderr
    written = {path.relative_to(tmp_path / "rendered").as_posix() for path in (tmp_path / "rendered").rglob("*.*")}
    photo = f"a/{safe_name('pair?.png')}.jpg"  # as no file may be called everywhere
    assert written == {"show.mp4", photo, "export.json"}
    image = cv2.imread(str(tmp_path / "rendered" / photo))[..., ::-1].astype(int)
    assert edges(image, table.box_ltrb[row], colours[ANNA]) > 0.8
    with pytest.raises(AssertionError, match=r"a file is for a run of one video .*; name a folder"):
        run_here("render", out, "--to", tmp_path / "a.mp4")
    folder = load_run(out)
    folder.update(inputs=tuple(entries[:1]))
    assert run_here("render", out, "--to", tmp_path / "a.jpg").stdout == f"1 photo written to {tmp_path / 'a.jpg'}\n"
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "rendered" / photo).read_bytes()


def test_whoever_is_forgotten_is_looked_for_there(out, tmp_path):
    run_here("render", out, "--to", tmp_path / "rendered")
    assert set(json.loads((tmp_path / "rendered" / "export.json").read_text())["faces"]) == set(
        load_run(out).table().face_id
    )
    run_here("render", out, "--to", tmp_path / "one.mp4")
    said = run_here("forget", out, "--person", ANNA, "--yes").said
    assert f"the render export at {tmp_path / 'rendered'} still holds the person" in said
    assert f"the rendered {tmp_path / 'one.mp4'} may still show the person" in said
    again = run_here("render", out, "--to", tmp_path / "rendered").stderr
    assert "5 faces were forgotten, which the inputs still show" in again


def test_rotated_and_odd_pictures_become_upright_and_even(tmp_path):
    path = write_clip(tmp_path / "show.mp4", [np.full((90, 161, 3), 99, np.uint8)] * 3, rotation=90, pix_fmt="yuv444p")
    spot = Spot("show.mp4", 0, (10, 20, 50, 60), ANNA)
    made_run(tmp_path / "out", [spot], path, 25)
    run_here("render", tmp_path / "out", "--to", tmp_path / "a.mp4")
    image = frames_of(tmp_path / "a.mp4")[0][1]
    assert image.shape == (160, 90, 3)
    assert edges(image, spot.box, _colours_of(load_run(tmp_path / "out").table())[ANNA]) > 0.8


@pytest.mark.parametrize(("to", "message"), [
    ("a.mkv", "videos are written as .mp4"),
    ("a.png", "photos as .jpg"),
    ("a.jpg", "a file is for a run of one video (.mp4) or photo (.jpg)"),
    ("out/a.mp4", "lies in the run's own folder"),
    ("taken.mp4", "is there already, and not from this run"),
    ("loop", "Too many levels of symbolic links"),
])  # fmt: skip
def test_places_that_cannot_be(out, tmp_path, to, message):
    (tmp_path / "taken.mp4").write_bytes(b"mine")
    (tmp_path / "loop").symlink_to("loop")
    done = run_here("render", out, "--to", tmp_path / to, check=False)
    assert done.returncode == 2 and message in done.stderr and len(done.stderr.splitlines()) == 1
    assert (tmp_path / "taken.mp4").read_bytes() == b"mine"


@pytest.mark.parametrize(("change", "message"), [
    (lambda path: path.unlink(), "is gone: put it back"),
    (lambda path: path.write_bytes(b"another"), "has changed since the run"),
])  # fmt: skip
def test_an_input_that_is_gone_or_another_is_said(film, tmp_path, change, message):
    path = tmp_path / "show.mp4"
    path.write_bytes(film.read_bytes())
    made_run(tmp_path / "out", SPOTS, path, RATE)
    change(path)
    done = run_here("render", tmp_path / "out", "--to", tmp_path / "a.mp4", check=False)
    assert done.returncode == 2 and message in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "a.mp4").exists()


def test_an_input_that_cannot_be_read_is_left_out(out, tmp_path):
    folder, broken = load_run(out), tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    entry = folder.state.inputs[0]
    other = entry._replace(source_id="broken-89abcdef", name="broken.mp4", path=str(broken), sha256="89abcdef" * 8,
                    size=8, mtime_ns=None)  # fmt: skip
    folder.update(inputs=(entry, other))
    said = run_here("render", out, "--to", tmp_path / "rendered").stderr
    assert "cannot read" in said and "broken.mp4" in said
    assert {path.name for path in (tmp_path / "rendered").iterdir()} >= {"show.mp4", "export.json"}


def test_an_input_that_proves_unreadable_costs_itself_only(out, film, tmp_path):
    folder = load_run(out)
    dot = write_clip(tmp_path / "dot.mkv", [np.zeros((1, 1, 3), np.uint8)], codec="ffv1", pix_fmt="bgr0")
    entry = folder.state.inputs[0]
    facts = {"source_id": "dot-89abcdef", "name": "dot.mkv", "path": str(dot), "sha256": "89abcdef" * 8}
    folder.update(inputs=(entry._replace(**facts, size=dot.stat().st_size, mtime_ns=None), entry))
    done = run_here("render", out, "--to", tmp_path / "rendered")
    assert "dot.mkv has a frame of 1x1" in done.stderr and "left out" in done.stderr
    assert done.stdout == f"1 video written to {tmp_path / 'rendered'}\n"
    assert {path.name for path in (tmp_path / "rendered").iterdir() if path.suffix} == {"show.mp4", "export.json"}


def test_a_stop_leaves_no_half_file(out, tmp_path, monkeypatch):
    from facepipe.media import video_writer

    write = video_writer.VideoWriter.write

    def stopped(self, frame, ticks):
        write(self, frame, ticks)
        if ticks * self._time_base > Fraction(2):
            raise KeyboardInterrupt

    monkeypatch.setattr(video_writer.VideoWriter, "write", stopped)
    before = set(os.listdir(tmp_path))
    assert run_here("render", out, "--to", tmp_path / "a.mp4", check=False).returncode == 130
    assert set(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("sound", ["aac", "pcm_u8"])
def test_sound_before_the_first_picture_is_kept(tmp_path, sound):
    path = write_film(tmp_path / "show.mkv", pictures(8, {ANNA: walks}), rate=2, sound=sound,
                      times=list(range(600, 4600, 500)))  # fmt: skip
    made_run(tmp_path / "out", sampled((0, 5), walks, ANNA, 0, 0), path, 2)
    run_here("render", tmp_path / "out", "--to", tmp_path / "a.mp4")
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert [round(1000 * frame.time) for frame in film.decode(video=0)] == list(range(600, 4600, 500))
    assert heard(tmp_path / "a.mp4") == pytest.approx(heard(path), abs=0.05)
