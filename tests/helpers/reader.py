"""Somebody who types what the pages say, in a folder that holds what the pages speak of."""

import csv
import os
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest
from pages import ROOT, Step
from PIL import Image

from facepipe.cli import main
from facepipe.find.clips import cut_clip
from facepipe.models.locate import cache_folder

BEGIN_S, END_S, NEXT_S = 10, 18, 21  # of the sample clip, at keyframes: Ruth and Tomas, then Amara and Idris
PARTY_S = 14, 17  # a second of the former, two of the latter
FIRST_FRAME = 25 * BEGIN_S
PHOTOS = {"trip/pair.jpg": 30, "trip/pair.png": 60, "home.jpg": 160}  # frames of the cut
KNOWN = {"Anna.jpg": ("Ruth", 50), "Ben/first.jpg": ("Tomas", 50), "Cleo_1.jpg": ("Amara", 150)}

# What a reader replaces, or what the short clip cannot do: text of a page -> what is typed here.
INSTEAD = {
    "--skip 10": "--skip 1",  # the clip has eight seconds
    "--min-csize 6": "--min-csize 2",  # and two shots
    "--best-of-track": "--best-of-track --max-per-person 1",  # all frames around each face are searched
    "--workers 2": "--workers 1",
    "COMMAND": "run",
    "OUT": "clip_dataset",
    "CSV": "truth.csv",
    "[FACE_ID ...]": "",
    "pip install ./facepipe-mine": "python -m pip install --quiet --no-index --no-deps --no-build-isolation"
    " --disable-pip-version-check --target plugins ./facepipe-mine",
}
# What is not typed, and why: how a line begins -> the reason.
NOT_TYPED = {
    "git clone": "needs the network",
    "python -m venv": "the tests have their environment already",
    "pip install .\n": "likewise; test_packaging.py installs the project",
    "facepipe models pull": "downloads; test_pull.py has a server of its own",
    "facepipe review": "serves until it is interrupted; tests/page has a browser",
    "make": "sets up an environment of its own",
    "pip install '.[cluster]'": "likewise",
    "pip install '.[remote]' s3fs": "likewise",
    "facepipe run s3://": "needs a bucket; tests/job/test_addresses_run.py has files in memory",
    "facepipe export films_dataset": "likewise",
    "facepipe scheduler": "serves until it is interrupted; tests/machines starts one",
    "facepipe worker": "likewise",
    "facepipe run --video /share/films": "likewise: that scheduler's run",
    "python benchmarks": "takes an hour",
    "python tests/fuzz": "names what is to be put there",
    "facepipe calibrate labelled": "tests/calibration types it, with a real network and people",
    "facepipe run clip.mp4 --encoder net.onnx": "likewise",
}


def make_world(folder: Path, sample_clip: Path) -> Path:
    """A checkout's files, a home with photos, and two runs."""
    folder.mkdir()
    (folder / "samples").mkdir()
    cut_clip(sample_clip, BEGIN_S, END_S - 0.1, folder / "clip.mp4")
    cut_clip(sample_clip, END_S, NEXT_S, folder / "other.mp4")
    shutil.copyfile(folder / "clip.mp4", folder / "samples" / "panel.mp4")
    shutil.copyfile(ROOT / "driver.py", folder / "driver.py")
    shutil.copytree(ROOT / "examples", folder / "examples")
    truth = _truth(sample_clip)
    _write_truth(folder / "truth.csv", truth)
    with av.open(str(folder / "clip.mp4")) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    pictures = {f"home/Pictures/{name}": frames[number] for name, number in PHOTOS.items()}
    pictures["home/Phone/new.jpg"] = frames[90]
    pictures |= {f"home/friends/{name}": _head(frames, truth, *who) for name, who in KNOWN.items()}
    pictures["portrait.jpg"] = _head(frames, truth, "Ruth", 100)
    pictures |= {
        f"faces/{n}_{who}.jpg": _head(frames, truth, who, n) for n in (10, 40, 70) for who in ("Ruth", "Tomas")
    }
    for name, picture in pictures.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name, quality=95)
    cut_clip(sample_clip, PARTY_S[0], PARTY_S[1] - 0.1, folder / "home" / "Pictures" / "trip" / "party.mp4")
    return folder


def _truth(sample_clip: Path) -> list[dict[str, str]]:
    with sample_clip.with_name("panel_truth.csv").open(newline="", encoding="utf-8") as handle:
        rows = [
            row | {"frame": int(row["frame"]) - FIRST_FRAME, "source": "clip.mp4"} for row in csv.DictReader(handle)
        ]
    return [row for row in rows if 0 <= row["frame"] < 25 * (END_S - BEGIN_S)]


def _write_truth(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _head(frames: list[Image.Image], truth: list[dict], person: str, number: int) -> Image.Image:
    """Head and shoulders of somebody in a frame."""
    row = next(row for row in truth if (row["frame"], row["person"]) == (number, person))
    left, top, right, bottom = (int(row[side]) for side in ("left", "top", "right", "bottom"))
    margin = (right - left) // 2
    return frames[number].crop((left - margin, top - margin, right + margin, bottom + margin))


class Reader:
    """Does the steps of one page, in order, in `folder`; what they print is collected in `said`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
        self.folder, self.capsys, self.said = folder, capsys, ""
        self.names: dict = {"__name__": "__main__"}
        self.others: list[str] = []  # folders of packages that the reader has installed
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder().parent))
        monkeypatch.setenv("HOME", str(folder / "home"))
        monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        monkeypatch.chdir(folder)

    def do(self, step: Step) -> None:
        if step.kind == "inline" and step.text.startswith("facepipe ") and step.text.count(" ") == 1:
            self.type(f"{step.text} --help")  # a command that is only named
        elif step.kind in ("sh", "inline"):
            for line in step.text.splitlines():
                self.type(line)
        elif step.text.startswith("# ") and "/" in step.text.splitlines()[0]:
            path = self.folder / step.text.splitlines()[0].removeprefix("# ")
            path.parent.mkdir(exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
        elif step.kind == "python":
            exec(compile(step.text, f"line {step.line}", "exec"), self.names)
        self.said += "".join(self.capsys.readouterr())

    def type(self, line: str) -> None:
        """Type a command line; it must succeed."""
        if f"{line.strip()}\n".startswith(tuple(NOT_TYPED)):
            return
        for text, other in {**INSTEAD, **self._ids()}.items():
            line = line.replace(text, other)
        words = shlex.split(line, comments=True)
        alone = not {"|", "&&", ">"} & {*words} and not self.others
        if alone and words[0] == "facepipe":
            code = self._in_process([str(Path(w).expanduser()) if w.startswith("~") else w for w in words[1:]])
        elif alone and words[0] == "python" and words[1].startswith("examples/"):
            code = self._example(words[1:])
        else:
            code = self._in_shell(line)
        answer = "".join(self.capsys.readouterr())
        self.said += answer
        if code == 2 and "face-recognition" in words and "which is not installed: pip install" in answer:
            return  # no dependency of the project: what it needs is said
        if code == 2 and "whose eyes and mouth the detector does not tell" in answer:
            return  # no other detector is installed
        assert code == 0, f"{line}\n{self.said}"
        if "plugins" in words:
            self.others.append(str(self.folder / "plugins"))

    def _in_process(self, words: list[str]) -> int:
        try:
            return main(words)
        except SystemExit as end:  # --help
            return end.code

    def _example(self, words: list[str]) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", words)
            try:
                runpy.run_path(words[0], run_name="__main__")
            except SystemExit as end:
                return end.code if isinstance(end.code, int) else int(end.code is not None)
        return 0

    def _in_shell(self, line: str) -> int:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *self.others])}
        env["PYTHONWARNINGS"] = "default" if " pip " in line else "error"
        done = subprocess.run(["bash", "-e", "-c", line], cwd=self.folder, env=env, capture_output=True, text=True)
        self.said += done.stdout + done.stderr
        return done.returncode

    def _ids(self) -> dict[str, str]:
        """The faces that FACE_ID stands for."""
        if not (self.folder / "clip_dataset" / "faces.csv").is_file():
            return {}
        with (self.folder / "clip_dataset" / "faces.csv").open(newline="", encoding="utf-8") as handle:
            ids = [row["face_id"] for row in csv.DictReader(handle)]
        return {"OTHER_FACE_ID": ids[1], "FACE_ID": ids[0]}
