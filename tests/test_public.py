"""The public face: what `import facepipe` gives, and a run as Python sees it."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commandline import environment
from PIL import Image

import facepipe
from facepipe import errors

SHORT = {"stop": 3.0, "detector": "cnn", "annotations": (), "plots": ()}
HEAVY = {
    "numpy",
    "PIL",
    "cv2",
    "av",
    "scipy",
    "sklearn",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "dlib",
    "pyPiper",
    "tqdm",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory, sample_clip):
    """The folder of a run of three seconds, in which four people are seen, and what its callbacks were told."""
    out, told = tmp_path_factory.mktemp("public") / "out", []
    facepipe.run(
        sample_clip,
        out=out,
        threads=2,
        progress=lambda done, total: told.append((done, total)),
        warn=told.append,
        **SHORT,
    )
    return out, told


@pytest.fixture
def run(made, tmp_path):
    """The run in a copy of its folder that a test may change."""
    return facepipe.open_run(shutil.copytree(made[0], tmp_path / "run"))


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- the package ------------------------------------------------------------------------------------------------------


def test_all_names_can_be_had_and_nothing_else_is_public():
    assert facepipe.__all__ == sorted(facepipe.__all__)
    assert set(dir(facepipe)) == set(facepipe.__all__)
    given = {name: getattr(facepipe, name) for name in facepipe.__all__}
    homes = {name: thing.__module__ for name, thing in given.items() if name != "__version__"}
    assert {home.split(".")[0] for home in homes.values()} == {"facepipe"}
    tree = {name for name, thing in given.items() if isinstance(thing, type) and issubclass(thing, Exception)}
    assert tree == {name for name, thing in vars(errors).items() if isinstance(thing, type)}
    namespace: dict = {}
    exec("from facepipe import *", namespace)
    assert set(facepipe.__all__) - {"__version__"} <= namespace.keys()
    with pytest.raises(AttributeError, match="'facepipe' has no attribute 'Settngs'"):
        facepipe.Settngs  # noqa: B018
    with pytest.raises(ImportError, match="Console"):
        exec("from facepipe import Console", {})


def test_every_public_name_says_what_it_is():
    undocumented = [name for name in facepipe.__all__ if name != "__version__" and not getattr(facepipe, name).__doc__]
    assert undocumented == []
    methods = {
        f"{kind.__name__}.{name}": thing
        for kind in (facepipe.Run, facepipe.Person)
        for name, thing in vars(kind).items()
    }
    assert [name for name, thing in methods.items() if "._" not in name and callable(thing) and not thing.__doc__] == []


def test_importing_it_is_light():
    loaded = python("import sys, facepipe; facepipe.__version__, dir(facepipe); print(*sys.modules)").split()
    assert HEAVY & set(loaded) == set()
    assert {name for name in loaded if name.startswith("facepipe")} == {"facepipe", "facepipe.version"}


def test_a_name_brings_what_it_needs_and_no_more():
    loaded = python("import sys, facepipe; facepipe.UsageError; print(*sys.modules)").split()
    assert HEAVY & set(loaded) == set()


# --- making a run -----------------------------------------------------------------------------------------------------


def test_a_run_tells_its_callbacks_and_prints_nothing(sample_clip, tmp_path, capfd):
    told: list = []
    run = facepipe.run(
        sample_clip,
        out=tmp_path / "out",
        progress=lambda done, total: told.append((done, total)),
        warn=told.append,
        **SHORT,
    )
    assert capfd.readouterr() == ("", "")
    assert [pair for pair in told if isinstance(pair, tuple)][-1][0] > 0
    assert run.path == tmp_path / "out" and len(run.faces) == 12
    assert run.settings.sampling.stop == 3.0 and run.settings.detection.detector.name == "cnn"


def test_progress_is_counted_up_to_its_end(made):
    pairs = [pair for pair in made[1] if isinstance(pair, tuple)]
    assert pairs and all(0 <= done <= total for done, total in pairs if total is not None)
    assert (3, 3) in pairs


def test_settings_come_as_a_value_and_as_options_that_change_it(sample_clip, tmp_path):
    settings = facepipe.Settings.of(**SHORT)
    run = facepipe.run(str(sample_clip), out=str(tmp_path / "out"), shards="segment", settings=settings, stop=2)
    assert len(run.faces) == 8 and len([*(run.path / "shards").iterdir()]) == 1
    assert settings.sampling.stop == 3.0
    again = facepipe.run(videos=str(sample_clip), out=tmp_path / "out", settings=settings.changed({"stop": 2}))
    assert again.faces.face_id == run.faces.face_id


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"detectr": "cnn"}, "unknown option --detectr: did you mean --detector?"),
        ({"detector": "cn"}, "unknown detector 'cn': choose one of auto, "),
        ({"sim": 0.5}, "--sim means nothing to --cluster people"),
        ({"interval": "fast"}, "--interval 'fast': must be a number"),
        ({"threads": 0}, "--threads 0: must be at least 1"),
        ({"shards": "pickle"}, "--shards pickle: choose among auto, frame, segment"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_written(sample_clip, tmp_path, options, says):
    with pytest.raises(facepipe.UsageError) as error:
        facepipe.run(sample_clip, out=tmp_path / "out", **options)
    assert str(error.value).startswith(says)
    assert not (tmp_path / "out").exists()


def test_nothing_to_look_at_and_nothing_there(tmp_path):
    with pytest.raises(facepipe.UsageError, match="nothing to look at"):
        facepipe.run()
    with pytest.raises(facepipe.InputError, match=r"no such file or folder: .*nothing\.mp4"):
        facepipe.run(tmp_path / "nothing.mp4", out=tmp_path / "out")
    with pytest.raises(facepipe.StoreError, match="is not a facepipe run"):
        facepipe.open_run(tmp_path)


def test_a_picture_without_a_face_is_an_error_and_its_run_can_be_opened(tmp_path):
    Image.new("RGB", (320, 240), "teal").save(tmp_path / "wall.png")
    with pytest.raises(facepipe.NoFaceFound, match="no face found in 1 frame"):
        facepipe.run(tmp_path / "wall.png", out=tmp_path / "out", **SHORT)
    run = facepipe.open_run(tmp_path / "out")
    assert (run.people, len(run.faces)) == ([], 0)
    assert repr(run).endswith("out: 1 frame, 0 faces, 0 people, 0 unknown>")
    assert "0 faces" in run._repr_html_()


# --- looking at a run -------------------------------------------------------------------------------------------------


def test_a_folder_whose_name_is_no_text_holds_a_run_as_any_other(sample_clip, tmp_path):
    try:
        (tmp_path / "x\udcff").mkdir()
    except OSError:
        pytest.skip("no such name on this file system")
    run = facepipe.run(sample_clip, out=tmp_path / "x\udcff", **{**SHORT, "stop": 1})
    assert facepipe.open_run(run.path).people == run.people
    assert "x\N{REPLACEMENT CHARACTER}" in (run.path / "report.html").read_text(encoding="utf-8")


def test_faces_of_frames_that_were_left_out_are_not_said_not_to_be_there(sample_clip, tmp_path):
    with pytest.raises(facepipe.NoFaceFound, match=r"^no face kept of 3 frames: --faces-per-frame left 3 out; see "):
        facepipe.run(sample_clip, out=tmp_path / "out", **{**SHORT, "faces_per_frame": (9, 9)})


def test_it_says_what_it_holds(run):
    assert repr(run) == f"<facepipe run {run.path}: 3 frames, 12 faces, 4 people, 0 unknown>"
    assert run.people == [f"person_00{number}" for number in range(1, 5)]
    assert repr(run.faces) == "<FaceTable of 12 faces, 4 people, 0 unknown>"
    assert isinstance(run.warnings, tuple)


def test_faces_are_one_read_only_table(run):
    faces = run.faces
    assert faces is run.faces
    assert faces.embedding.shape == (12, faces.space.dimensions) and faces.box_ltrb.shape == (12, 4)
    assert faces.people == set(run.people)
    with pytest.raises(ValueError, match="read-only"):
        faces.embedding[0] = 0
    assert len(faces.take(faces.quality > faces.quality.mean())) < 12


def test_somebody_by_name(run):
    person = run.person("PERSON_002")
    assert person.name == "person_002" and len(person) == 3
    assert repr(person) == "<Person 'person_002': 3 faces>"
    assert set(person.faces.person) == {"person_002"}
    assert np.array_equal(person.embeddings, person.faces.embedding)
    assert person.best in person.faces.face_id
    assert person.portrait().is_file() and person.portrait(person.faces.face_id[0]).is_file()
    with pytest.raises(facepipe.UsageError, match="nobody is called 'Anna'; there are person_001, "):
        run.person("Anna")


def test_a_montage_is_a_picture(run):
    montage = run.montage("person_001")
    assert isinstance(montage, Image.Image) and montage.mode == "RGB"
    assert np.asarray(montage).std() > 10, "it shows something"
    assert montage.size == run.person("person_001").montage().size


def test_a_notebook_sees_pictures(run):
    html = run._repr_html_()
    assert html.count('<img style="height:120px" src="data:image/jpeg;base64,/9j/') == 4
    assert "&lt;facepipe run" in html and "person_003<br>3 faces" in html
    shutil.rmtree(run.path / "people" / "person_001")
    assert "<img" not in run.person("person_001")._repr_html_(), "a picture that was moved away is left out"


def test_names_are_escaped(run):
    (run.path / "people" / "person_001").rename(run.path / "people" / "A&B")
    assert "A&amp;B<br>" in run.refresh()._repr_html_()


def test_pandas_gets_every_column(run):
    if importlib.util.find_spec("pandas") is None:
        with pytest.raises(ImportError, match="pandas"):
            run.faces.to_pandas()
        pytest.skip("pandas is not installed")
    frame = run.faces.to_pandas()
    assert list(frame.person) == list(run.faces.person)
    assert {"face_id", "source", "left", "bottom", "cluster", "embedding"} <= set(frame.columns)


# --- changing a run ---------------------------------------------------------------------------------------------------


def test_people_are_made_anew_and_back(run, capfd):
    before = run.faces.person
    told: list = []
    again = run.recluster(cluster="dbscan", eps=0.01, progress=lambda done, total: told.append((done, total)))
    assert again is run and told
    assert run.people == [] and run.settings.clustering.cluster.eps == 0.01
    assert facepipe.open_run(run.path).people == []
    run.recluster()
    assert run.settings.clustering.cluster == facepipe.Settings().clustering.cluster
    assert len(run.people) == 4 and len(set(zip(before, run.faces.person, strict=True))) == 4, "the same partition"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"cluster": "dbscan", "epss": 0.5}, "unknown option --epss: did you mean --eps?"),
        ({"cluster": "dbscn"}, "unknown clusterer 'dbscn': choose one of people, "),
        ({"eps": 0.5}, "--eps means nothing to --cluster people"),
        ({"interval": 3}, "--interval was 1.0, now 3: that needs a look at the frames"),
        ({"detector": "hog"}, "--detector was cnn, now hog: that needs a look at the frames"),
    ],
)
def test_a_wrong_option_changes_nothing(run, options, says):
    with pytest.raises(facepipe.UsageError) as error:
        run.recluster(**options)
    assert str(error.value).startswith(says)
    opened = facepipe.open_run(run.path)
    assert opened.people == run.people and len(run.people) == 4 and opened.settings == run.settings


def test_a_folder_that_was_renamed_is_read_back(run):
    (run.path / "people" / "person_003").rename(run.path / "people" / "Anna")
    assert "Anna" not in run.people
    opened = facepipe.open_run(run.path)
    assert "Anna" in opened.people and opened.person("anna").name == "Anna"
    assert run.refresh() is run and run.people == opened.people
    run.recluster(cluster="hac")
    assert "Anna" in run.people


def test_a_run_may_be_moved(run):
    elsewhere = Path(shutil.move(run.path, run.path.with_name("elsewhere")))
    opened = facepipe.open_run(elsewhere)
    assert opened.person("person_001").montage().size == facepipe.open_run(str(elsewhere)).montage("person_001").size
