"""What a worker checks before and while it works, in this process."""

import pickle
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import family
import pytest
from PIL import Image

from facepipe.console import Console
from facepipe.errors import ClusterError, LockLost, UsageError
from facepipe.job.graphs import frames_graph
from facepipe.job.plan import divided
from facepipe.job.prepare import prepare
from facepipe.job.request import Job
from facepipe.job.work import Work
from facepipe.machines import worker
from facepipe.machines.assignment import PLACES, Assignment, here, places
from facepipe.machines.worker import Unseen
from facepipe.runs.lock import locked
from facepipe.settings import Settings

GRAPH = pickle.dumps(frames_graph)


@pytest.fixture
def job(tmp_path):
    """Cropped faces of two people."""
    for name in ("Marta", "Ruth"):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.fromarray(family.portrait(260 if name == "Ruth" else 140, name)).save(tmp_path / "in" / f"{name}.png")
    settings = Settings.of(cropped=True, cloth=False, encoder="dlib", detector="hog")
    return Job(images=(tmp_path / "in",), out=tmp_path / "out", settings=settings)


def assigned(job):
    folder, _ = prepare(job, Console(quiet=True))
    work = Work(folder, folder.settings)
    (task,) = divided(work.task, folder.settings)
    return Assignment.of(work), task


def shards(job):
    return sorted(path.name for path in (job.folder / "shards").glob("*")) if (job.folder / "shards").exists() else []


def test_a_worker_does_its_task(job):
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        assert assignment.refusal() == ""
        result = worker.do(assignment, GRAPH, task)
    assert (result.encoded.frames, result.encoded.faces, result.encoded.failed, result.warnings) == (2, 2, [], ())
    assert len(shards(job)) == 2 and set(result.encoded.stored.values()) == {2}


def test_nothing_is_written_once_the_client_has_let_go_even_if_another_has_the_folder(job):
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        assert worker.do(assignment, GRAPH, replace(task, sources=task.sources[:1])).encoded.frames == 1
    before = shards(job)
    for holder in (nullcontext(), locked(job.folder)):
        with holder:
            result = worker.do(assignment, GRAPH, task)
            assert isinstance(result, LockLost) and "is not held any more" in str(result)
    assert shards(job) == before


def test_what_a_client_has_given_up_stops(job, monkeypatch):
    monkeypatch.setattr(worker, "_abandoned", set())
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        worker._abandoned.add(assignment.turn)
        assert isinstance(worker.do(assignment, GRAPH, task), LockLost)
    assert shards(job) == []


def test_who_was_forgotten_stays_so_on_a_worker(job):
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        gone = f"{task.sources[0].source_id}-0000000-0"
        worker.do(replace(assignment, forgotten=frozenset({gone})), GRAPH, task)
        folder, _ = prepare(job, Console(quiet=True))
        frames = list(folder.shards().frames(folder.sources()))
        picture = Image.open(folder.layout.frame_picture(gone.rpartition("-")[0]))
        assert picture.convert("L").getextrema()[1] - picture.convert("L").getextrema()[0] < 64
        boxes = {face.face_id: face.box_ltrb for frame in frames for face in frame.faces}
    assert boxes.pop(gone) == (0, 0, 1, 1) and boxes


def test_what_does_not_fit_is_said_with_its_machine(job, tmp_path, monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "box7")
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        refusals = {
            "box7 has facepipe .*, this is 9.9: install the same": replace(assignment, facepipe="9.9"),
            r"box7 does not see the run that .*nowhere holds here .* --map .*=DIR": replace(
                assignment, folder=tmp_path / "nowhere"
            ),
            "box7 has another dlib-landmarks": replace(
                assignment, models={name: "0" * 64 for name in assignment.models if "landmark" in name}
            ),
            "box7 lacks what this run needs: model yunet": replace(
                assignment, settings=Settings.of(detector="yunet"), models_dir=tmp_path
            ),
        }
        monkeypatch.setenv("FACEPIPE_MODELS", str(tmp_path))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        for said, other in refusals.items():
            monkeypatch.setattr(worker, "_fit", set())
            result = worker.do(other, GRAPH, task)
            assert isinstance(result, ClusterError)
            with pytest.raises(ClusterError, match=said):
                raise result
        elsewhere = tuple(replace(source, path=Path("/nowhere") / source.name) for source in task.sources)
        result = worker.do(assignment, GRAPH, replace(task, sources=elsewhere))
        assert result == Unseen("box7", {source.name: source.path for source in elsewhere})


def test_what_is_gone_is_read_all_the_same_so_that_it_is_said_as_threads_say_it(job):
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        gone = task.sources[0]
        gone.path.unlink()
        assert worker.do(assignment, GRAPH, task).places == {gone.name: gone.path}
        result = worker.do(assignment, GRAPH, task, gone=True)
    (failure,) = result.encoded.unread
    assert failure.item_id == gone.name and str(gone.path) in failure.error and result.encoded.frames == 1


def test_messages_name_the_clients_paths(job, tmp_path, monkeypatch):
    (tmp_path / "in" / "bad.png").write_bytes(b"no picture at all")
    cut = (tmp_path / "in" / "Ruth.png").read_bytes()
    (tmp_path / "in" / "cut.png").write_bytes(cut[: len(cut) // 2])
    with locked(job.folder, new=True):
        assignment, task = assigned(job)
        (tmp_path / "mnt").symlink_to(tmp_path / "in")
        for name, value in places([f"{tmp_path / 'in'}={tmp_path / 'mnt'}"]).items():
            monkeypatch.setenv(name, value)
        result = worker.do(assignment, GRAPH, task)
    said = [*result.warnings, *(failure.error for failure in result.encoded.unread)]
    assert len(said) >= 2 and str(tmp_path / "mnt") not in "".join(said)
    assert all(str(tmp_path / "in") in line for line in said)


def test_paths_lie_where_map_says(monkeypatch):
    monkeypatch.delenv(PLACES, raising=False)
    assert here(Path("/share/a")) == Path("/share/a")
    for name, value in places(["/share=/mnt/x", "/share/films/=/films", "/=/all"]).items():
        monkeypatch.setenv(name, value)
    assert here(Path("/share/a/b.mp4")) == Path("/mnt/x/a/b.mp4")
    assert here(Path("/share/films/b.mp4")) == Path("/films/b.mp4")
    assert here(Path("/shared/b.mp4")) == Path("/all/shared/b.mp4")
    for wrong in ("/share", "=/x", "/x="):
        with pytest.raises(UsageError, match="must be THERE=HERE"):
            places([wrong])
