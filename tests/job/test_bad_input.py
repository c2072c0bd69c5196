"""Bad input gets one clear line and an exit code; nothing is touched."""

import os
import wave

import av
import numpy as np
import pytest
from commandline import rows, state
from commandline_here import run_here

from facepipe.cli import main
from facepipe.engine.channel import Channel


@pytest.fixture
def refused(capsys):
    """Runs the main job, which must fail, and returns the one line that it prints after saying what it does."""

    def run(*arguments, code=2):
        assert main(["run", "--video", *map(str, arguments)]) == code
        error = capsys.readouterr().err
        assert "Traceback" not in error
        lines = [line for line in error.splitlines() if "tells them apart, " not in line]
        assert len(lines) == 1 and error.endswith(f"{lines[0]}\n"), error
        return lines[0]

    return run


def write_video(path, frames):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def empty_street(tmp_path):
    """A clip without a face."""
    rng = np.random.default_rng(0)
    path = tmp_path / "street.mp4"
    write_video(path, [rng.integers(90, 110, (96, 160, 3), np.uint8) for _ in range(10)])
    return path


def test_a_file_that_is_not_there(refused, tmp_path):
    assert "no such file or folder" in refused(tmp_path / "nowhere.mp4")


def test_a_link_that_leads_to_itself(refused, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert "no such file or folder" in refused(tmp_path / "loop")


def test_a_folder_without_videos(refused, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    assert "no video in" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"just some text\n" * 50, os.urandom(5000)])
def test_a_file_that_is_no_video(refused, tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert "clip.mp4" in refused(path, "--out", tmp_path / "out")


def test_sound_without_pictures(refused, tmp_path):
    path = tmp_path / "song.mp4"
    wav = tmp_path / "song.wav"
    with wave.open(str(wav), "wb") as handle:
        handle.setparams((1, 2, 8000, 8000, "NONE", ""))
        handle.writeframes(bytes(16000))
    path.write_bytes(wav.read_bytes())
    assert "song.mp4" in refused(path, "--out", tmp_path / "out")


@pytest.mark.parametrize(
    "options, words",
    [
        (("--interval", "-1"), "--interval -1.0: must be at least"),
        (("--interval", "0"), "--interval 0.0: must be at least"),
        (("--interval", "nan"), "must be finite"),
        (("--interval", "often"), "--interval often: must be a number"),
        (("--threads", "0"), "--threads 0: must be at least 1"),
        (("--detector", "magic"), "unknown detector 'magic': choose one of auto, yunet, centerface, cnn, hog"),
        (("--cluster", "magic"), "unknown clusterer 'magic': choose one of people"),
        (("--annotations", "magic"), "unknown annotation format 'magic': choose one of yolo, darknet"),
        (("--max-size", "700"), "write it like 700x500"),
        (("--faces-per-frame", "4-1"), "the smaller first"),
        (("--skip", "9", "--stop", "3"), "--stop 3.0 is not after --skip 9.0"),
        (("--split", ".5,.5,.5"), "three shares that add up to 1"),
        (("--cloth-model", "nowhere.onnx"), "no clothing model at nowhere.onnx"),
        (("--min-fase", "3"), "unknown option --min-fase: did you mean --min-face?"),
        (("--encoder", "magic"), "unknown encoder 'magic': choose one of auto"),
        (("--eps", "0.4"), "--eps means nothing to --cluster people"),
        (("--wrong",), "unknown option --wrong"),
    ],
)
def test_options_that_cannot_work(refused, tmp_path, empty_street, options, words):
    assert words in refused(empty_street, "--out", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


def test_an_unknown_command():
    assert "unknown command 'dance': choose one of run" in run_here("dance", check=False).stderr


def test_no_face_at_all_still_leaves_a_report(refused, tmp_path, empty_street):
    out = tmp_path / "out"
    assert "no face found in 2 frames" in refused(empty_street, "--out", out, "--detector", "hog", code=3)
    assert rows(out) == []
    assert state(out)["status"] == "finished"
    assert state(out)["counts"]["faces"] == 0
    assert "</html>" in (out / "report.html").read_text()


def test_a_folder_of_somebody_elses_is_not_touched(refused, tmp_path, empty_street):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.txt").write_text("years of work")
    assert "not empty and not a facepipe run" in refused(empty_street, "--out", out, "--detector", "hog")
    assert os.listdir(out) == ["chapter1.txt"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written(refused, tmp_path, empty_street):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot write" in refused(empty_street, "--out", tmp_path / "locked" / "out", "--detector", "hog")


def test_an_output_that_is_a_link_to_nothing(refused, tmp_path, empty_street):
    (tmp_path / "out").symlink_to(tmp_path / "gone")
    says = f"out is a link to {tmp_path / 'gone'}, which is not there"
    assert says in refused(empty_street, "--out", tmp_path / "out", "--detector", "hog")


def test_an_output_below_a_file_cannot_be_written(refused, tmp_path, empty_street):
    (tmp_path / "file").write_text("")
    assert "cannot write" in refused(empty_street, "--out", tmp_path / "file" / "out", "--detector", "hog")


def test_a_broken_file_among_good_ones_is_reported_and_the_rest_goes_on(tmp_path, sample_clip):
    folder, out = tmp_path / "clips", tmp_path / "out"
    folder.mkdir()
    (folder / "broken.mp4").write_bytes(b"not a video at all" * 100)
    (folder / "panel.mp4").symlink_to(sample_clip)
    done = run_here("run", folder, "--out", out, "--detector", "hog", "--stop", "4", "--no-cloth")
    assert "broken.mp4" in done.stderr
    assert {row["source"] for row in rows(out)} == {"panel.mp4"}
    assert [failure["item"] for failure in state(out)["failures"]] == ["broken.mp4"]


class Leaky(Channel):
    """Loses the second frame."""

    def put(self, item):
        return item[0] == 1 or super().put(item)


def test_frames_that_are_lost_on_the_way_are_facepipes_own_fault(refused, tmp_path, empty_street, monkeypatch):
    monkeypatch.setattr("facepipe.engine.threads.Channel", Leaky)
    error = refused(empty_street, "--out", tmp_path / "out", "--detector", "hog", code=1)
    assert "1 of 2 items were lost between the nodes: please report it" in error
    assert state(tmp_path / "out")["status"] == "failed"
    monkeypatch.undo()
    refused(empty_street, "--out", tmp_path / "out", "--detector", "hog", code=3)
    assert state(tmp_path / "out")["counts"]["frames"] == 2


def test_verbose_shows_where_an_error_comes_from(tmp_path):
    done = run_here("run", tmp_path / "nowhere.mp4", "--verbose", check=False)
    assert "Traceback" in done.stderr
    assert done.returncode == 2
