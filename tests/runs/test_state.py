"""run.json as one value: it comes back whole, and whatever is wrong with it is one clear error."""

import copy
import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stored_frames import SOURCE

from facepipe.errors import FacepipeError, StoreError
from facepipe.files.hashing import Stamp
from facepipe.records import Failure
from facepipe.runs.input_entry import InputEntry
from facepipe.runs.older import FORMAT
from facepipe.runs.opening import load_run
from facepipe.runs.state import Counts, ExportEntry, Forgetting, LogMark, RunState, Status, parsed
from facepipe.settings import Settings
from facepipe.space import DLIB

INPUT = InputEntry(
    SOURCE.source_id, SOURCE.name, "/films/clip.mp4", SOURCE.sha256, SOURCE.size, 1_700_000_000, True, "video"
)
FULL = RunState(
    settings=Settings.of(
        detector="yunet", upsample=1, min_confidence=0.4, encoder="dlib", cluster="dbscan", eps=0.45, stop=9.5,
        faces_per_frame=(1, 4), annotations=("yolo", "voc"), plots=(), cloth=False,
    ),
    shard_digest="0123456789abcdef",
    models={"yunet": "ab" * 32},
    space=replace(
        DLIB, name="other", dimensions=64, likeness=replace(DLIB.likeness, centre=DLIB.likeness.centre[:64])
    ),
    facepipe="0.0.9",
    status=Status.INTERRUPTED,
    inputs=(INPUT, INPUT._replace(source_id="photo-00000000", sha256="00" * 32, mtime_ns=None, is_video=False)),
    counts=Counts(frames=3, frames_with_faces=2, frames_skipped=1, faces=4, people=2, unknown=1),
    seconds={"encoding": 1.25, "frames": 1},
    failures=(Failure("clip-0123abcd-0000003", "faces", "ValueError: no"),),
    warnings=("one",),
    notes=("two",),
    passed_over={".cr2": 3},
    done={SOURCE.source_id: 5},
    unsettled=("photo-00000000",),
    waiting={"workers": 0.5},
    covers=4,
    assembled=5,
    tables={"faces.csv": ("ab" * 32,), "faces.npz": ("", "cd" * 32)},
    stamps={"faces.npz": Stamp("cd" * 32, "1 2 3 4")},
    applied=2,
    log=LogMark(2, "cd" * 32),
    log_next=LogMark(3, "ef" * 32),
    forgetting=Forgetting("Anna", ("clip-0123abcd-0000003-0",)),
    exports=(ExportEntry("/data/yolo", "yolo"),),
    foreign=("letter.txt",),
    threshold=0.52,
)  # fmt: skip
# What each entry must not be: a value of another type.
WRONG = {str: 7, dict: [], list: {}, int: "7", float: "7", bool: 1, type(None): "x"}


def entries(value, path=()):
    """The paths of all entries of nested builtins, that of the whole left out."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from entries(inner, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def changed(path, new) -> str:
    """The text of run.json with one entry changed."""
    values = copy.deepcopy(VALUES)
    at(values, path[:-1])[path[-1]] = new
    return json.dumps(values)


VALUES = json.loads(FULL.to_json())
ALL = list(entries(VALUES))
FOR_PEOPLE = {"detector"}  # the settings say it too


def load(folder: Path, text: str):
    """What `load_run` makes of such a run.json: the state, or the one line that it says."""
    (folder / "run.json").write_text(text, encoding="utf-8")
    try:
        return load_run(folder).state
    except StoreError as error:
        assert "\n" not in str(error)
        return str(error)


def read(text: str) -> RunState:
    return RunState.from_values(parsed(text))


def test_every_entry_comes_back():
    assert read(FULL.to_json()) == FULL
    assert VALUES["format"] == FORMAT and VALUES["detector"] == "yunet"
    assert {spec.name for spec in fields(RunState)} <= VALUES.keys()
    plain = RunState(settings=Settings(), shard_digest="x")
    for spec in fields(RunState):  # or a test of it would prove nothing
        assert getattr(FULL, spec.name) != getattr(plain, spec.name), spec.name
    assert read(plain.to_json()) == plain


@pytest.mark.parametrize("path", [(spec.name,) for spec in fields(RunState)] + [("format",)], ids=str)
def test_an_entry_that_is_missing_is_named(tmp_path, path):
    values = {name: value for name, value in VALUES.items() if name != path[0]}
    told = load(tmp_path, json.dumps(values))
    assert "run.json cannot be read" in told and path[0] in told


@pytest.mark.parametrize("path", [path for path in ALL if path[0] not in FOR_PEOPLE], ids=str)
def test_an_entry_of_a_wrong_type_is_one_clear_error(tmp_path, path):
    wrong = WRONG[type(at(VALUES, path))]
    told = load(tmp_path, changed(path, wrong))
    assert isinstance(told, str) and "run.json cannot be read" in told


@pytest.mark.parametrize(
    "path, new, words",
    [
        (("status",), "sleeping", "sleeping"),
        (("space", "dimensions"), 63, "space.likeness.centre does not have 63 numbers"),
        (("space", "dimensions"), 0, "space is no space of embeddings"),
        (("space", "likeness", "shared"), 1e9, "space.likeness has too large a number"),
        (("space", "likeness", "same_spread"), 0.0, "space.likeness has a spread that is none"),
        (("applied",), 1 << 70, "applied is too large a number"),
        (("threshold",), float("nan"), "threshold is not a finite number"),
        (("notes",), ["\ud800"], "notes[0] is a text that no file can hold"),
        (("inputs", 0, "source_id"), "../x", "inputs[0].source_id is no input's id"),
        (("counts", "faces"), True, "counts.faces is not a whole number"),
        (("counts", "cats"), 3, "counts has other entries"),
        (("failures", 0, "stage"), None, "failures[0].stage is not a text"),
        (("settings", "detection", "detector"), "magic", "the detector 'magic', which is not installed here"),
        (("settings", "sampling", "interval"), -1, "--interval -1: must be at least"),
        (("settings", "clustering", "linkage"), "average", "--linkage means nothing to --cluster dbscan"),
        (("settings", "output", "colour"), "red", "unknown option --colour"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, path, new, words):
    assert words in load(tmp_path, changed(path, new))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000, '{"format": 7}', '{"format": "facepipe-run-1"}'])
def test_what_is_no_run_json_at_all_is_one_clear_error(tmp_path, text):
    assert "run.json cannot be read" in load(tmp_path, text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@hypothesis_settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_run_json_that_somebody_changed_is_read_or_refused(tmp_path, data):
    values = copy.deepcopy(OLD if data.draw(st.booleans()) else VALUES)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(entries(values)) or [("format",)]))
        parent, key = at(values, path[:-1]), path[-1]
        if data.draw(st.booleans()):
            parent[key] = data.draw(anything)
        elif isinstance(parent, dict) and data.draw(st.booleans()):
            parent[data.draw(st.text(max_size=10))] = parent.pop(key)
        else:
            del parent[key]
    state = load(tmp_path, json.dumps(values))
    if not isinstance(state, str):
        assert read(state.to_json()).to_json() == state.to_json()
        assert [source.source_id for source in load_run(tmp_path).sources()] == [i.source_id for i in state.inputs]


OLD = {
    "format": "facepipe-run-1",
    "facepipe": "0.1.0",
    "status": "finished",
    "settings": {
        "sampling": {
            "sampling": "interval", "shots": "builtin", "interval": 2.0, "skip": 0.0, "stop": None, "max_frames": None,
            "seek": "exact", "frame_size": [1920, 1920],
        },
        "detection": {
            "detector": "auto", "max_size": [700, 500], "resize_ratio": None, "upsample": 1, "min_face": 20,
            "min_confidence": None, "faces_per_frame": [1, 3], "max_faces": None, "reuse_static": False,
            "cropped": False,
        },
        "encoding": {"encoder": "onnx", "cloth_model": "builtin", "no_cloth": True},
        "clustering": {
            "cluster": "hac", "eps": 0.6, "min_samples": 5, "sim": None, "min_csize": 2, "weights": [1.0, 0.5],
            "alpha": 0.0, "merge_face": 0.0, "merge_cloth": 0.0, "merge_iterations": 1, "allow_duplicates": False,
        },
        "output": {
            "annotations": ["yolo"], "split": [0.8, 0.1, 0.1], "unknown": "mask", "upper_body": False,
        },
    },
    "shard_digest": "0123456789abcdef",
    "detector": "cnn",
    "models": {"dlib-landmarks5": "cd" * 32},
    "inputs": [
        {
            "source_id": SOURCE.source_id, "name": "clip.mp4", "path": "/films/clip.mp4", "sha256": SOURCE.sha256,
            "size": 1234, "is_video": True,
        }
    ],
    "counts": {"frames": 3, "frames_with_faces": 2, "frames_skipped": 0, "faces": 4, "people": 2, "unknown": 0},
    "seconds": {"encoding": 2.5},
    "failures": [],
    "warnings": [],
    "notes": [],
    "files": ["faces.csv", "faces.npz"],
    "done": {SOURCE.source_id: 5},
    "assembled": 5,
    "cut": 0.55,
}  # fmt: skip


def test_a_run_of_an_older_program_is_read(tmp_path):
    state = load(tmp_path, json.dumps(OLD))
    settings = state.settings
    assert state.detector == settings.detection.detector.name == "cnn", "auto stood for it"
    assert settings.detection.detector.upsample == 1
    assert settings.detection.faces_per_frame == (1, 3)
    assert settings.encoding.encoder.name == "dlib" and settings.encoding.cloth is False
    clusterer = settings.clustering.cluster
    assert (clusterer.name, clusterer.eps, clusterer.min_csize, clusterer.weights) == ("hac", 0.6, 2, (1.0, 0.5))
    assert settings.sampling.interval == 2.0 and settings.output.annotations == ("yolo",)
    assert state.space == DLIB and state.threshold == 0.55
    assert state.status is Status.FINISHED and state.assembled == 5 and state.applied == 0
    assert state.inputs == (INPUT._replace(mtime_ns=None),)
    assert asdict(state.counts) == {**OLD["counts"], "smallest": 0}
    assert read(state.to_json()) == state


def test_settings_that_an_older_program_did_not_know_have_their_defaults(tmp_path):
    values = copy.deepcopy(OLD)
    for group in values["settings"].values():
        group.clear()
    for name in ("done", "assembled", "cut"):
        del values[name]
    values["counts"] = {}
    state = load(tmp_path, json.dumps(values))
    assert state.settings == Settings.of(detector="cnn", encoder="dlib")
    assert (state.done, state.assembled, state.threshold, state.counts) == ({}, None, None, Counts())


@pytest.mark.parametrize("encoder, now", [("onnx", "dlib"), ("dlib", "dlib-native")])
def test_encoders_have_their_names_of_today(tmp_path, encoder, now):
    values = copy.deepcopy(OLD)
    values["settings"]["encoding"]["encoder"] = encoder
    assert load(tmp_path, json.dumps(values)).settings.encoding.encoder.name == now


def test_a_new_run_has_counted_nothing():
    assert set(asdict(RunState(settings=Settings(), shard_digest="").counts).values()) == {0}


def test_errors_of_the_state_are_errors_that_load_run_knows():
    for text in (changed(("settings", "sampling", "interval"), "often"), changed(("status",), 5)):
        with pytest.raises((ValueError, FacepipeError)):
            read(text)
