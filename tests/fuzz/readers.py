"""Every reader of files that come from elsewhere, with good files to damage.

A reader is a name, a function that writes its good files to a folder and returns their names, one that damages a file's
content, and one that reads the folder. What it reads may be good or refused with a FacepipeError; nothing else.
"""

import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random

import numpy as np
import xmp_samples
from clips import numbered, write_clip
from made_run import made_run
from mutate import damaged, damaged_csv, damaged_json, damaged_png, damaged_zip
from PIL import Image

from facepipe.errors import UsageError
from facepipe.results.update import update_results
from facepipe.settings import AUTO, SEGMENT

Damage = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Reader:
    """make: writes the good files. read: reads the folder. files: pattern of those that are damaged -> how."""

    make: Callable[[Path], object]
    read: Callable[[Path], object]
    files: dict[str, Damage]


def _run(folder: Path, shards: str = AUTO) -> None:
    out = folder / "out"
    made_run(out, shards=shards, annotations=(), plots=())
    say("sync", out)
    (out / "people/person_001").rename(out / "people/Anna")
    say("sync", out)
    (out / "people/person_002").rename(out / "people/Bert")
    say("sync", out)


def say(*arguments) -> None:
    """A command line: an error is a line, and never one of its own making. UsageError: it has ended with one."""
    from facepipe import cli

    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = cli.main(list(map(str, arguments)))
    last = errors.getvalue().splitlines()[-1:] or [""]
    if code not in (0, 2) or (code and not last[0].startswith("facepipe: ")):
        raise AssertionError(f"exit code {code}: {errors.getvalue()}")
    if code:
        raise UsageError(last[0])


def _read_state(folder: Path) -> None:
    from facepipe.people.log import read_log
    from facepipe.runs.opening import load_run

    run = load_run(folder / "out")
    run.table()
    list(run.shards().frames(run.sources()))
    run.state.to_json()
    read_log(run)


def _make_inputs(folder: Path) -> None:
    from facepipe.runs import state_file

    most, state_file.MOST_INPUTS = state_file.MOST_INPUTS, 0  # those of small runs stand in run.json
    try:
        _run(folder)
    finally:
        state_file.MOST_INPUTS = most


def _read_inputs(folder: Path) -> None:
    """Whoever edits the list can also call it what it has to be called."""
    from facepipe.files.hashing import sha256_of
    from facepipe.runs.state_file import list_name

    (listed,) = (folder / "out").glob("inputs-*.jsonl")
    text = listed.read_bytes().decode("utf-8", "ignore")
    listed.write_text(text, encoding="utf-8")
    name = listed.rename(listed.with_name(list_name(sha256_of(listed)))).name
    run = folder / "out/run.json"
    run.write_text(json.dumps(json.loads(run.read_bytes()) | {"inputs": name}))
    _read_state(folder)


def _read_log(folder: Path) -> None:
    from facepipe.errors import StoreError
    from facepipe.people.log import accept_log, read_log
    from facepipe.runs.opening import load_run

    run = load_run(folder / "out")
    try:
        read_log(run)
    except StoreError:
        accept_log(run, frozenset)
        read_log(load_run(folder / "out"))  # after our own advice it is good
        raise


def _make_export(folder: Path) -> None:
    _run(folder)
    say("export", folder / "out", "--format", "yolo", "--to", folder / "export")


def _read_export(folder: Path) -> None:
    from facepipe.export.folder import ExportFolder, faces_shown

    faces_shown(folder / "export")
    ExportFolder(folder / "export").keep_only([], {})


def _make_questions(folder: Path) -> None:
    """Of two people who are each divided: there is something to ask."""
    from facepipe.results import checks

    checks._FEW = 0  # in this process alone: questions of small runs are not kept
    out = folder / "out"
    run = made_run(out, annotations=(), plots=())
    table = run.table()
    names = {
        face: name + "ab"[row % 2] for row, (face, name) in enumerate(zip(table.face_id, table.person, strict=True))
    }
    update_results(run, names)
    if not (out / "questions.json").exists():
        raise AssertionError("there is nothing to ask")


def _read_questions(folder: Path) -> None:
    from facepipe.questions.suggest import as_dict
    from facepipe.results.checks import suggested
    from facepipe.results.summary import write_run_report
    from facepipe.runs.opening import load_run

    run = load_run(folder / "out")
    json.dumps([as_dict(question) for question in suggested(run, 100)[0]]).encode()
    write_run_report(run)


def _make_photos(folder: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    picture = Image.fromarray(numbered(37))
    exif = Image.Exif()
    exif[0x0112], exif[0x0110], exif[0x8298] = 6, "a camera", "somebody"
    exif[0x8769] = {0x9003: "2023:05:06 12:34:56", 0x9011: "+02:00"}
    for suffix in ("jpg", "png", "webp", "tiff", "heic", "avif"):
        picture.save(folder / f"photo.{suffix}", exif=exif.tobytes())
    picture.save(folder / "photo.gif")
    picture.save(folder / "photo.bmp")
    Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16).save(folder / "grey16.png")
    Image.fromarray(np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)).save(folder / "float.tiff")


def _read_media(folder: Path) -> None:
    """As a run takes them: what they are, then all of their pictures."""
    from facepipe.media.sampling import sample
    from facepipe.media.sources import find_sources
    from facepipe.settings import SamplingSettings

    for source in find_sources([folder], lambda line: None):
        for frame in sample(source, SamplingSettings(interval=0.2)):
            frame.picture.rgb()


def _make_xmp(folder: Path) -> None:
    for name, data in {**xmp_samples.NAMING, **xmp_samples.WITHOUT_NAMES}.items():
        (folder / f"{name}.xmp").write_bytes(data)


def _read_xmp(folder: Path) -> None:
    """Faces are read, put in, and taken out again."""
    from facepipe.xmp.merge import carried, merged
    from facepipe.xmp.packet import read_packet
    from facepipe.xmp.regions import Region, faces_named

    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        faces_named(read_packet(data), (640, 480), 6)
        carried(data)
        both = merged(data, [Region("Anna", (0.5, 0.1, 0.7, 0.4))], (640, 480), 6).data
        merged(both, [], (640, 480), 6)


def _make_videos(folder: Path) -> None:
    write_clip(folder / "clip.mp4", 10, gop=4)
    write_clip(folder / "clip.mkv", 10, gop=4)
    write_clip(folder / "clip.avi", 10, codec="mpeg4")
    write_clip(folder / "clip.webm", 6, codec="libvpx", options={"deadline": "realtime", "cpu-used": "8"})
    write_clip(folder / "clip.ts", 10, gop=4)


def _make_models(folder: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(3)
    weights = numpy_helper.from_array(rng.normal(size=(128, 3, 3, 3)).astype(np.float32), "w")
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], strides=[4, 4]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "g", [value("x", TensorProto.FLOAT, ["n", 3, 64, 64])], [value("y", TensorProto.FLOAT, ["n", 128])],
        [weights],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, folder / "cloth.onnx")


def _read_onnx(folder: Path) -> None:
    from facepipe.faces.clothing.file import ClothFile
    from facepipe.models import runtime
    from facepipe.models.dynamic import with_dynamic_shape

    runtime._sessions.clear()  # which a process keeps
    network = ClothFile(cloth_file=str(folder / "cloth.onnx")).open()
    network.encode([numbered(5)])
    with_dynamic_shape(folder / "cloth.onnx")


def _make_dlib(folder: Path) -> None:
    from facepipe import models
    from facepipe.faces.detectors.cnn import DLIB_CNN_DAT

    shutil.copy(models.find(DLIB_CNN_DAT), folder / "net.dat")


def _read_dlib(folder: Path) -> None:
    from facepipe.models.dlib_onnx import convert_cnn_detector
    from facepipe.models.runtime import Session

    Session(convert_cnn_detector(folder / "net.dat"))


def damaged_dlib(data: bytes, rng: Random) -> bytes:
    """The weights are most of the file, and any bytes are weights: the rest is damaged more often."""
    if rng.random() < 0.3:
        return damaged(data, rng)
    places = _structure(data)
    start = rng.choice(places)
    return data[:start] + damaged(data[start : start + 64], rng) + data[start + 64 :]


@cache
def _structure(data: bytes) -> list[int]:
    """Where a layer's tag stands."""
    tags = (b"con_", b"affine_", b"relu_", b"input_", b"loss_", b"tag", b"bn_con")
    return [0, *(place - 2 for tag in tags for place in range(len(data)) if data.startswith(tag, place))]


READERS: dict[str, dict[str, Reader]] = {
    "state": {
        "run.json": Reader(_run, _read_state, {"out/run.json": damaged_json}),
        "inputs": Reader(_make_inputs, _read_inputs, {"out/inputs-*.jsonl": damaged_json}),
        "table": Reader(_run, _read_state, {"out/faces.csv": damaged_csv, "out/faces.npz": damaged_zip}),
        "shards": Reader(_run, _read_state, {"out/shards/*.pickle": damaged}),
        "segments": Reader(partial(_run, shards=SEGMENT), _read_state, {"out/shards/*.segment": damaged}),
        "log": Reader(_run, _read_log, {"out/decisions.jsonl": damaged_json}),
        "questions": Reader(_make_questions, _read_questions, {"out/questions.json": damaged_json}),
        "export.json": Reader(_make_export, _read_export, {"export/export.json": damaged_json}),
    },
    "commands": {
        "sync": Reader(
            _run,
            lambda folder: say("sync", folder / "out", "--accept-log"),
            {
                "out/run.json": damaged_json,
                "out/faces.csv": damaged_csv,
                "out/faces.npz": damaged_zip,
                "out/decisions.jsonl": damaged_json,
                "out/shards/*.pickle": damaged,
                "out/frames/*.jpg": damaged,
            },
        ),
    },
    "media": {
        "photos": Reader(_make_photos, _read_media, {"*.png": damaged_png, "*.[!p]*": damaged}),
        "xmp": Reader(_make_xmp, _read_xmp, {"*": damaged}),
        "videos": Reader(_make_videos, _read_media, {"*": damaged}),
    },
    "models": {
        "onnx": Reader(_make_models, _read_onnx, {"cloth.onnx": damaged}),
        "dlib": Reader(_make_dlib, _read_dlib, {"net.dat": damaged_dlib}),
    },
}
