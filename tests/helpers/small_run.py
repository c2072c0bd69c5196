"""A run that takes half a second: cropped faces of three people, a file each."""

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import family
from PIL import Image

from facepipe import cli

CROPS = {"Marta": (140, 235, 180), "Tomas": (260, 310, 290), "Ruth": (260, 310, 290)}  # person -> frames of the clip
RUN = ("run", "--cropped", "--no-cloth", "--threads", "2", "--encoder", "dlib", "--plots", "none", "--cluster", "hac")
STRANGERS = {
    "montage/holiday.jpg": b"a picture of somebody",
    "plots/x.png": b"a drawing",
    "notes/.tmp-mine.txt": b"a draft",
    "frames/x.jpg": b"x",
    "shards/old.pickle": b"y",
    "crops/mine.jpg": b"z",
    "annotations/yolo/mine.yaml": b"names: []",
    "annotations/voc/data.yaml": b"names: [me]",
    "people/letter.txt": b"Dear Marta",
    "diary.txt": b"It rained.",
}


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def facepipe(*arguments, code: int | None = 0) -> Done:
    """`facepipe ARGUMENTS` in this process; it must end with `code`."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        found = cli.main(list(map(str, arguments)))
    assert code is None or found == code, f"exit code {found}\n{out.getvalue()}\n{errors.getvalue()}"
    return Done(found, out.getvalue(), errors.getvalue())


def write_crops(home: Path) -> Path:
    """home/first: two pictures a person; home/more: a third."""
    for person, frames in CROPS.items():
        for number, frame in enumerate(frames):
            path = home / ("more" if number == 2 else "first") / f"{person}_{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(family.portrait(frame, person)).save(path)
    return home


def put_strangers(out: Path, files: dict[str, bytes] = STRANGERS) -> None:
    """What a person keeps in a run's folder."""
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def strangers(out: Path, files: dict[str, bytes] = STRANGERS) -> dict[str, bytes]:
    """The same files as they are now, where they are."""
    return {name: (out / name).read_bytes() for name in files if (out / name).exists()}
