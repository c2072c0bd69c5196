"""driver.py shows the graphs that run: they are edited there, and they are pyPiper's own."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import ROOT, environment, files, state
from pyPiper import Pipeline

from facepipe.console import Console
from facepipe.files.crew import Crew
from facepipe.job.graphs import frames_graph, people_graph
from facepipe.job.main import run
from facepipe.job.prepare import prepare
from facepipe.job.request import Job
from facepipe.job.work import Work
from facepipe.settings import Settings

DRIVER, GRAPHS = ROOT / "driver.py", ROOT / "facepipe" / "job" / "graphs.py"
SHORT = {"stop": 3.0, "detector": "cnn", "annotations": (), "plots": ()}
FLAGS = ("--stop", "3", "--detector", "cnn", "--annotations", "none", "--plots", "none", "--threads", "2")


def functions(path: Path) -> dict[str, str]:
    """The functions of a file by name, as syntax trees without places."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: ast.dump(node) for node in tree.body if isinstance(node, ast.FunctionDef)}


def job(clip: Path, out: Path) -> Job:
    return Job(videos=(clip,), out=out, settings=Settings.of(**SHORT), threads=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, sample_clip):
    """The folder of the main job."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run(job(sample_clip, out), Console(quiet=True))
    return out


def test_driver_py_shows_the_graphs_that_facepipe_run_uses():
    shown, used = functions(DRIVER), functions(GRAPHS)
    assert set(shown) == {"frames_graph", "people_graph"}
    assert {name: used[name] for name in shown} == shown


OWN = '''
class Count(Node):
    """Writes down every frame that passes."""

    def setup(self, into):
        self.into = into

    def run(self, data):
        with open(self.into, "a") as handle:
            handle.write(f"{data.frame_id} {len(data.faces)}\\n")
        self.emit(data)


def frames_graph('''


def test_a_node_of_ones_own_goes_between_two_of_ours(tmp_path, sample_clip, whole):
    text = DRIVER.read_text(encoding="utf-8")
    clothes = '        | ClothEncoder("clothes"'
    assert text.count(clothes) == text.count("\ndef frames_graph(") == 1
    text = text.replace(clothes, f'        | Count("count", into={str(tmp_path / "seen.txt")!r})\n{clothes}')
    text = text.replace("\ndef frames_graph(", OWN).replace('"""\n', '"""\n\nfrom pyPiper import Node\n', 1)
    (tmp_path / "driver.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "driver.py", "--video", str(sample_clip), "--out", "out", *FLAGS],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen.txt").read_text().split("\n")[:-1]
    counts = state(tmp_path / "out")["counts"]
    assert len(seen) == len(set(seen)) == counts["frames"] == 3
    assert sum(int(line.split()[1]) for line in seen) == counts["faces"] > 0
    assert files(tmp_path / "out") == files(whole)
    assert "count" in state(tmp_path / "out")["seconds"]


def test_both_graphs_run_under_pypiper_itself(tmp_path, sample_clip, whole):
    folder, _ = prepare(job(sample_clip, tmp_path / "out"), Console(quiet=True))
    work = Work(folder, folder.settings, threads=1)
    Pipeline(frames_graph(work), n_threads=1, quiet=True).run()
    Pipeline(people_graph(work), n_threads=1, quiet=True).run()
    assert (tmp_path / "out" / "faces.csv").read_bytes() == (whole / "faces.csv").read_bytes()
    assert files(tmp_path / "out") == files(whole)


def test_files_are_written_on_as_many_threads_as_frames_are_looked_at(tmp_path, sample_clip, monkeypatch):
    asked = []

    class Counted(Crew):
        def __init__(self, threads: int) -> None:
            asked.append(threads)
            super().__init__(threads)

    monkeypatch.setattr("facepipe.files.plan.Crew", Counted)
    run(replace(job(sample_clip, tmp_path / "out"), threads=3), Console(quiet=True))
    assert asked == [3]


PROCESSES = """
import multiprocessing, sys, time
from pathlib import Path
from pyPiper import Pipeline
from facepipe.console import Console
from facepipe.errors import GraphError
from facepipe.job import graphs
from facepipe.job.prepare import prepare
from facepipe.job.request import Job
from facepipe.job.work import Work
from facepipe.settings import Settings

clip, out, graph = sys.argv[1:]
settings = Settings.of(stop=3.0, detector="cnn", annotations=(), plots=())
folder, _ = prepare(Job(videos=(Path(clip),), out=Path(out), settings=settings), Console(quiet=True))
work = Work(folder, folder.settings)
started = time.monotonic()
try:
    Pipeline(getattr(graphs, graph)(work), n_threads=2, quiet=True).run()
except GraphError as error:
    print(error)
while multiprocessing.active_children() and time.monotonic() < started + 10:
    time.sleep(0.05)
print(len(multiprocessing.active_children()), time.monotonic() - started)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pyPiper's processes cannot be started there at all")
@pytest.mark.parametrize("graph", ["frames_graph", "people_graph"])
def test_pypipers_processes_are_refused_at_once_and_ended(tmp_path, sample_clip, graph):
    done = subprocess.run(
        [sys.executable, "-c", PROCESSES, str(sample_clip), str(tmp_path / "out"), graph],
        cwd=ROOT,
        env=environment(PYTHONWARNINGS="default"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    refusal, left = done.stdout.splitlines()
    assert "use Pipeline(graph, n_threads=1) or facepipe's engine" in refusal
    assert left.split()[0] == "0", "a process was left behind"
    assert float(left.split()[1]) < 5
