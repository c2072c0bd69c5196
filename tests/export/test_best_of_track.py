"""--best-of-track: the sharpest picture around a sampled frame, of the same person in the same shot."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import family
import numpy as np
import pytest
from clips import write_clip
from small_run import facepipe

from facepipe.annotated import AnnotatedFace, AnnotatedFrame
from facepipe.errors import UsageError
from facepipe.export.best_of_track import JOURNAL, Journal, _replaced
from facepipe.export.followed import Seen
from facepipe.export.formats.yolo import YoloExporter
from facepipe.export.of_run import export_run, request_for
from facepipe.export.options import ExportOptions
from facepipe.export.originals import Originals
from facepipe.export.sharpest import Pick, Target, _beside, _frame_of, _spans
from facepipe.geometry import crop
from facepipe.imaging.signature import SIGNATURE_SIZE
from facepipe.media.decode import decode_all
from facepipe.records import Frame, FrameRef, Source
from facepipe.runs.opening import load_run

SAMPLED, SHARP, CUT = 12, 18, 25


def view(frame: int, person: str) -> np.ndarray:
    """256 x 256 pixels around somebody's face in a frame of the sample clip."""
    left, top, right, bottom = family.truth()[frame // 5 * 5][person]
    x, y = (left + right) // 2 - 128, max(0, (top + bottom) // 2 - 128)
    return family.clip_frames()[frame][y : y + 256, max(0, x) : max(0, x) + 256]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that looked at one frame of a clip: somebody out of focus but for one frame; then a cut, and somebody else
    at the same place, in focus."""
    home = tmp_path_factory.mktemp("best")
    blurred = [cv2.GaussianBlur(view(130 + k, "Marta"), (0, 0), 0.1 if k == SHARP else 2.5) for k in range(CUT)]
    clip = write_clip(home / "clip.mp4", [*blurred, *[view(255, "Tomas")] * 10], options={"crf": "12", "bf": "2"})
    options = ("--skip", SAMPLED / 25, "--interval", "30", "--no-cloth", "--plots", "none", "--annotations", "none")
    options += ("--detector", "cnn", "--encoder", "dlib", "--cluster", "hac", "--threads", "2")
    facepipe("run", "--video", clip, "--out", home / "run", *options)
    return clip, home / "run"


def face(name, box):
    """A face of somebody, called after them."""
    nothing = np.zeros((5, 2))
    return AnnotatedFace(name, box, box, name, 1.0, 1.0, 0, np.zeros(1), nothing, nothing)


def lines_of(folder):
    (path,) = folder.glob("data/*/metadata.jsonl")
    return [(path.parent, json.loads(line)) for line in path.read_text().splitlines()]


def test_the_sharpest_picture_of_the_shot_is_taken(run, tmp_path):
    clip, out = run
    words = ("--format", "huggingface", "--quality", "source", "--picture", "png", "--split", "1,0,0")
    facepipe("export", out, *words, "--to", tmp_path / "sampled")
    said = facepipe("export", out, *words, "--best-of-track", "--to", tmp_path / "best").stdout
    (before, after) = re.search(r"1 of 1 followed face in another .* sharpness (.*) before, (.*) after", said).groups()
    assert float(after) > 1.3 * float(before)
    assert f"sharpness {before} before, {after} after" in (tmp_path / "best" / "README.md").read_text()
    ((_, before),) = lines_of(tmp_path / "sampled")
    ((folder, after),) = lines_of(tmp_path / "best")
    assert (before["frame"], after["frame"]) == (SAMPLED, SHARP)
    assert before["face_id"] == after["face_id"] and after["quality"] > before["quality"]
    whole = next(frame for frame in decode_all(clip, 1, pytest.fail) if frame.index == SHARP).picture.rgb()
    assert np.array_equal(cv2.imread(str(folder / after["file_name"]))[..., ::-1], crop(whole, after["box"]))
    assert not (tmp_path / "best" / JOURNAL).exists()


def test_a_stopped_export_does_not_search_again(run, tmp_path, monkeypatch):
    _, out = run
    request = request_for("aligned", {"best_of_track": True})
    read = Counter()
    frames = Originals.frames

    def counted(self, source, indices):
        read.update(indices)
        return frames(self, source, indices)

    def stop(done, total):
        if total == 1:  # pictures; the search has more
            raise KeyboardInterrupt

    monkeypatch.setattr(Originals, "frames", counted)
    with pytest.raises(KeyboardInterrupt):
        export_run(load_run(out), tmp_path / "out", request, stop)
    assert len(read) > 20 and (tmp_path / "out" / JOURNAL).exists()
    read.clear()
    export_run(load_run(out), tmp_path / "out", request)
    assert set(read) == {SHARP}
    export_run(load_run(out), tmp_path / "whole", request)
    first, second = ({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
                     for folder in (tmp_path / "out", tmp_path / "whole"))  # fmt: skip
    assert first == second


def test_what_a_search_found_is_read_back_up_to_half_a_line(tmp_path):
    picks = [Pick("a-1", 4, (1, 2, 3, 4), 0.1, 0.2, (("a-2", (9, 9, 10, 10)),)), Pick("b-1", 9, (5, 6, 7, 8), 0.1, 0.1)]
    journal = Journal(tmp_path / "j.jsonl", "this")
    assert journal.read() == {}
    for pick in picks:
        journal.add(pick)
    with (tmp_path / "j.jsonl").open("ab") as handle:
        handle.write(b'{"face_id": "c-')
    assert Journal(tmp_path / "j.jsonl", "this").read() == {pick.face_id: pick for pick in picks}
    journal.add(Pick("c-1", 1, (0, 0, 1, 1), 0.3, 0.3))
    assert set(Journal(tmp_path / "j.jsonl", "this").read()) == {"a-1", "b-1", "c-1"}
    assert Journal(tmp_path / "j.jsonl", "another").read() == {}


def test_no_frame_is_searched_for_two_faces_of_one_track():
    one = face("ana", (0, 0, 1, 1))

    def at(time_s):
        return AnnotatedFrame("f", "a", 0, time_s, 0, "train", Path("f.jpg"), (9, 9), (9, 9), (one,)), one

    times = np.arange(0, 10, 0.25)
    spans = _spans([at(0.0), at(1.0), at(5.0)], times)
    assert [times[list(span)].tolist() for span in spans] == [
        [0.0, 0.25, 0.5],
        [0.75, 1.0, 1.25, 1.5, 1.75, 2.0],
        [4.0, 4.25, 4.5, 4.75, 5.0, 5.25, 5.5, 5.75, 6.0],
    ]


def test_who_stands_where_somebody_else_stood_is_unknown():
    """In ten frames Ana walks on by two faces' widths, and a stranger comes to her place; Ben stays."""
    source = Source("a-0123abcd", "a", Path("a.mp4"), "0" * 64, 1, True)
    same = np.random.default_rng(1).integers(0, 255, SIGNATURE_SIZE, np.uint8)

    def seen(k):
        boxes = np.array([(8 * k, 0, 40 + 8 * k, 40), (8 * k - 80, 0, 8 * k - 40, 40), (300, 0, 340, 40)], float)
        return Seen(Frame(FrameRef(source, k, k / 25), (400, 100), None), same, boxes)

    window = [seen(k) for k in range(11)]
    ana, ben = (face(name, tuple(map(int, window[0].boxes[row]))) for name, row in (("ana", 0), ("ben", 2)))
    frame = AnnotatedFrame("f", "a", 0, 0.0, 0, "train", Path("f.jpg"), (400, 100), (400, 100), (ana, ben))
    beside = _beside(Target(frame, ben, range(11), 0, ben.box_ltrb), window, 10)
    assert beside == (("ana", (80, 0, 120, 40)),)
    pick = Pick("ben", 10, ben.box_ltrb, 0.1, 0.2, beside)
    found = _frame_of(Target(frame, ben, range(11), 0, ben.box_ltrb), pick, ben, window[10])
    assert [(one.person, one.box_ltrb, one.chosen) for one in found.faces] == [
        ("ana", (80, 0, 120, 40), False),
        ("", (0, 0, 40, 40), False),
        ("ben", (300, 0, 340, 40), True),
    ]


def test_faces_that_are_shown_by_one_frame_stand_in_it_together():
    ana, ben, eve = (face(name, (100 * k, 0, 100 * k + 40, 40)) for k, name in enumerate(("ana", "ben", "")))
    sampled = AnnotatedFrame("f", "a", 0, 0.0, 0, "train", Path("f.jpg"), (400, 100), (400, 100), (ana, ben))
    later = replace(sampled, index=7, time_s=0.28)
    found = {
        "ana": replace(later, faces=(ana, replace(ben, chosen=False), eve)),
        "ben": replace(later, faces=(replace(ana, person="", chosen=False), ben, eve)),
    }
    (only,) = _replaced([sampled], found)
    assert only.index == 7 and [(one.person, one.chosen) for one in only.faces] == [
        ("ana", True),
        ("ben", True),
        ("", True),
    ]
    moved, kept = _replaced([sampled, replace(later, faces=(replace(ana, face_id="ana-2"),))], {"ben": found["ben"]})
    assert [[one.face_id for one in frame.faces if one.chosen] for frame in (moved, kept)] == [
        ["ana"],
        ["ana-2", "ben", ""],
    ]


def test_it_needs_crops_of_the_inputs():
    with pytest.raises(UsageError, match="--best-of-track looks for pictures in the inputs: add --quality source"):
        ExportOptions(best_of_track=True)
    with pytest.raises(UsageError, match="--best-of-track: the format does not cut crops"):
        YoloExporter(None, [], ExportOptions(best_of_track=True, quality="source"))
