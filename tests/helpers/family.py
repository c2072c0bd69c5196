"""A small photo library, drawn from the sample clip, in every format and with what goes wrong in real ones; its run."""

import csv
import struct
import zlib
from functools import cache
from pathlib import Path

import av
import numpy as np
import pillow_heif
from clips import write_clip
from commandline_here import run_here
from made_once import copy_of, made_once
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "samples" / "panel.mp4"
STOP_S = 10  # of the clip: Tomas, Marta, Ruth and Idris until 5.2 s, then Marta alone
RATE = 25

# Photo -> the frame of the clip that it is.
PHOTOS = {
    "trip/solo.jpg": 180,
    "trip/group.png": 60,
    "trip/turned.jpg": 310,
    "trip/phone.heic": 222,
    "trip/IMG_1.HEIC": 330,
    "trip/new.avif": 400,
    "trip/web.webp": 420,
    "trip/old.bmp": 260,
    "trip/scan.tiff": 340,
    "trip/anim.gif": 540,
    "trip/grey16.png": 290,
    "trip/print.jpg": 440,
    "trip/clear.png": 460,
    "other/solo.jpg": 205,
}
REFERENCES = {"Marta": (140, 235), "Tomas": (255,), "Ruth": (275,), "Idris": (390,), "Amara": (395,), "Henrik": (510,)}
BROKEN = ("trip/text.jpg", "trip/cut.jpg", "trip/empty.jpg", "trip/bomb.png")


@cache
def clip_frames() -> dict[int, np.ndarray]:
    """The frames of the clip that are used here, RGB."""
    wanted = {*PHOTOS.values(), 700, *(frame for frames in REFERENCES.values() for frame in frames), *range(130, 156)}
    with av.open(str(CLIP)) as container:
        frames = zip(range(max(wanted) + 1), container.decode(video=0), strict=False)
        return {index: frame.to_ndarray(format="rgb24") for index, frame in frames if index in wanted}


@cache
def truth() -> dict[int, dict[str, tuple[int, int, int, int]]]:
    """Frame -> who is in it, and where; of every fifth frame."""
    found: dict[int, dict] = {}
    with CLIP.with_name("panel_truth.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            box = tuple(int(row[side]) for side in ("left", "top", "right", "bottom"))
            found.setdefault(int(row["frame"]), {})[row["person"]] = box
    return found


def who(frame: int) -> set[str]:
    return set(truth()[frame // 5 * 5])


def portrait(frame: int, person: str) -> np.ndarray:
    """Head and shoulders of somebody in a frame."""
    left, top, right, bottom = truth()[frame // 5 * 5][person]
    margin = (right - left) // 3
    return clip_frames()[frame][max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]


def write_photo(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(image)
    exif, options = Image.Exif(), {"quality": 95}
    if path.name == "turned.jpg":  # as a phone stores it that was held upright
        picture, exif[0x0112] = picture.rotate(90, expand=True), 6
        exif[0x8769] = {0x9003: "2023:05:06 12:34:56"}
        options["exif"] = exif
    elif path.name == "grey16.png":
        grey = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        picture, options = Image.fromarray(grey), {}
    elif path.name == "print.jpg":
        picture = picture.convert("CMYK")
    elif path.name == "clear.png":
        picture.putalpha(255)
    elif path.suffix == ".avif":
        options["speed"] = 10
    elif path.suffix == ".gif":
        options = {"save_all": True, "append_images": [Image.new("RGB", picture.size)]}
    picture.save(path, **options)


def write_walk(path: Path) -> None:
    """One second of Marta."""
    write_clip(path, [clip_frames()[index] for index in range(130, 156)], rate=RATE)


def _bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def make_library(folder: Path) -> Path:
    pillow_heif.register_heif_opener()
    for name, frame in PHOTOS.items():
        write_photo(folder / name, clip_frames()[frame])
    (folder / "trip" / "text.jpg").write_bytes(b"not a picture\n" * 50)
    (folder / "trip" / "cut.jpg").write_bytes((folder / "trip" / "solo.jpg").read_bytes()[:9000])
    (folder / "trip" / "empty.jpg").touch()
    (folder / "trip" / "bomb.png").write_bytes(_bomb())
    (folder / "trip" / "notes.txt").write_text("not looked at")
    write_walk(folder / "trip" / "IMG_1.MOV")  # the moving half of a live photo
    write_walk(folder / "trip" / "walk.mp4")
    (folder / "trip" / "walk.mp4").write_bytes((folder / "trip" / "walk.mp4").read_bytes() + b"\0" * 8)
    return folder


def make_references(folder: Path) -> Path:
    """Known people: NAME.png, NAME_1.png or NAME/..., and two pictures that say nothing."""
    folder.mkdir()
    for name, frames in REFERENCES.items():
        for number, frame in enumerate(frames, 1):
            path = folder / (f"{name}.png" if len(frames) == 1 else f"{name}_{number}.png")
            if name == "Ruth":
                path = folder / name / "any name.png"
                path.parent.mkdir()
            Image.fromarray(portrait(frame, name)).save(path)
    Image.fromarray(clip_frames()[60]).save(folder / "Everybody.png")
    Image.new("RGB", (120, 90), "teal").save(folder / "Wall.png")
    return folder


def _make(home: Path) -> tuple:
    library, references = make_library(home / "library"), make_references(home / "known")
    done = run_here(
        "run", "--video", CLIP, "--images", library / "other", library / "trip", "--with-videos", "--known", references,
        "--out", home / "out", "--detector", "cnn", "--annotations", "none", "--no-cloth", "--stop", STOP_S,
        "--threads", "2",
    )  # fmt: skip
    return library, references, home / "out", done


def family(factory):
    """(library, references, OUT, what the run said) of a run on the library and the clip, which nobody changes."""
    library, references, out, done = made_once(factory, "family", _make)
    return library, references, copy_of(factory, out), done
