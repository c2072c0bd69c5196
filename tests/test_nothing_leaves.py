"""Nothing leaves the machine: no socket, no look-up, no file outside OUT and facepipe's own cache, by any command."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import ROOT, environment
from made_run import made_run
from reviewed import ask

WATCHED = Path(__file__).parent / "helpers" / "watched.py"
# Locks between threads are files in memory; what is written to a terminal or to nothing goes nowhere.
ELSEWHERE = re.compile(r"/dev/(null|tty|shm/(sem\.|psm_|.*joblib).*)|/proc/self/.*|pipe:.*|/memfd:.*")
# What libraries ask of this machine: matplotlib which fonts there are, joblib how many cores.
LOCAL = {"fc-list", "system_profiler", "lscpu", "sysctl"}
# What the server's library asks of the C library: addresses that are numbers already are not looked up anywhere.
NUMBERS_TO_NUMBERS = {
    "socket.getaddrinfo ('0.0.0.0', '', 0, 1, 6)",
    "socket.getnameinfo (('127.0.0.1', ),)",
}
SYSTEM_CALLS = "trace=socket,connect,sendto,sendmsg,sendmmsg,bind,open,openat,creat,mkdir,mkdirat,rename,renameat2,link"


def empty_home(folder: Path) -> dict[str, str]:
    """The environment of somebody who has just got the machine."""
    homes = {"HOME": "home", "USERPROFILE": "home", "TMPDIR": "tmp", "TEMP": "tmp", "TMP": "tmp"}
    for name in set(homes.values()):
        (folder / name).mkdir()
    kept = {"PATH", "PYTHONPATH", "PYTHONWARNINGS", "SYSTEMROOT", "LD_LIBRARY_PATH"}
    mine = {name: value for name, value in environment().items() if name in kept}
    return mine | {name: str(folder / place) for name, place in homes.items()} | {"PYTHONDONTWRITEBYTECODE": "1"}


def commands(clip: Path, folder: Path) -> list[list[str]]:
    out, export = str(folder / "out"), str(folder / "export")
    quick = ["--detector", "cnn", "--threads", "2", "--annotations", "yolo,csv", "--stop", "4"]
    return [
        ["run", str(clip), "--out", out, *quick],
        ["cluster", out, "--cluster", "hac"],
        ["find", out, "--person", "person_001", "--list"],
        ["find", out, "--person", "person_001", "--to", str(folder / "found"), "--clips"],
        ["explain", out, "nobody"],
        ["export", out, "--format", "coco", "--to", export],
        ["sync", out, "--all"],
        ["inventory", str(clip.parent)],
        ["models", "list"],
    ]


def strangers(paths: list[str], *homes: Path) -> set[str]:
    """The paths that lie in none of `homes`."""
    inside = tuple(str(home.resolve()) for home in homes)
    return {path for path in paths if not path.startswith(inside) and not ELSEWHERE.fullmatch(path)}


def tracer(log: Path) -> list[str]:
    """The command that watches what native code does, empty where there is none that works."""
    program = shutil.which("strace")
    quick = [program, "-f", "--seccomp-bpf", "-qq"] if program else []
    if program and subprocess.run([*quick, "-o", str(log), "true"], capture_output=True, check=False).returncode == 0:
        return [*quick, "-e", SYSTEM_CALLS, "-y", "-o", str(log)]
    return []


@pytest.fixture(scope="module")
def watched(tmp_path_factory, sample_clip):
    """Every command on a clip, watched: (folder, what Python saw, the lines of the system calls or None)."""
    folder = tmp_path_factory.mktemp("watched")
    log, notes = folder / "system-calls", folder / "notes"
    trace = tracer(log)
    done = subprocess.run(
        [*trace, sys.executable, str(WATCHED), str(notes), json.dumps(commands(sample_clip, folder))],
        cwd=ROOT, env=empty_home(folder), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert notes.exists(), done.stderr
    said = json.loads(notes.read_text())
    assert said["codes"] == [2 if command[0] == "explain" else 0 for command in commands(sample_clip, folder)], (
        done.stderr
    )
    return folder, said["seen"], log.read_text(errors="replace").splitlines() if trace else None


def allowed(folder: Path) -> list[Path]:
    return [
        folder / name for name in ("out", "export", "found", "notes", "home/.cache/facepipe", "home/Library/Caches")
    ]


def test_no_socket_and_no_program_from_python(watched):
    _, seen, _ = watched
    assert [what for kind, what in seen if kind == "network"] == []
    assert {Path(what).name for kind, what in seen if kind == "program"} <= LOCAL


def test_no_file_elsewhere_from_python(watched):
    folder, seen, _ = watched
    written = [what for kind, what in seen if kind == "write"]
    assert any(path.endswith("faces.csv") or ".csv" in path for path in written), "the watcher sees nothing"
    parents = {str(folder / "home"), str(folder / "home/.cache")}
    assert strangers(written, *allowed(folder)) - {str(Path(path).resolve()) for path in parents} == set()


def test_nothing_is_left_in_the_home_or_the_temporary_folder(watched):
    folder, _, _ = watched
    left = {path.relative_to(folder).as_posix() for name in ("home", "tmp") for path in (folder / name).rglob("*")}
    assert {path for path in left if not path.startswith(("home/.cache/facepipe", "home/Library"))} <= {"home/.cache"}


def test_no_socket_and_no_file_elsewhere_from_native_code(watched):
    folder, _, lines = watched
    if lines is None:
        pytest.skip("strace is not installed, or may not trace here: what native code does was not looked at")
    calls = [re.sub(r"^\d+ +", "", line) for line in lines]
    assert any(call.startswith("openat(") and "faces" in call for call in calls), "the tracer sees nothing"
    assert [call for call in calls if re.match(r"(socket|connect|send\w*|bind)\(", call)] == []
    made = [
        match[1]
        for call in calls
        if ("O_CREAT" in call or call.startswith(("mkdir", "creat"))) and "= -1" not in call
        and (match := re.search(r'"([^"]*)"', call))
    ]  # fmt: skip
    parents = {str(folder / "home"), str(folder / "home/.cache")}
    assert strangers([path for path in made if path.startswith("/")], *allowed(folder)) - parents == set()


def test_the_review_page_listens_on_this_machine_and_does_nothing_else(tmp_path):
    """The one exception: a listener on the loopback interface; it connects to nothing and asks for no name."""
    out, notes = made_run(tmp_path / "out").path, tmp_path / "notes"
    command = [sys.executable, str(WATCHED), str(notes), json.dumps([["review", str(out), "--no-browser"]])]
    review = subprocess.Popen(
        command, cwd=ROOT, env=empty_home(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    address = review.stdout.readline()
    port, token = int(re.search(r":(\d+)/", address)[1]), address.strip().partition("token=")[2]
    face = ask(port, token, "/api/people")[1]["people"][0]["cover"]
    for path in ("/", f"/face/{face}.jpg", f"/frame/{face}.jpg", f"/moving/{face}.mp4", "/api/questions", "/api/done"):
        ask(port, token, path)
    assert ask(port, token, "/api/say", {"say": "rename", "person": "person_001", "name": "Anna"})[0] == 200
    review.send_signal(signal.SIGINT)
    _, errors = review.communicate(timeout=100)
    assert review.returncode == 0 and "person_001 is now called Anna" in errors, errors
    seen = json.loads(notes.read_text())["seen"]
    network = {re.sub(r"<[^>]*>|\d{4,}", "", what) for kind, what in seen if kind == "network"}
    assert network - NUMBERS_TO_NUMBERS == {"socket.__new__ (, 2, 1, 0)", "socket.bind (, ('127.0.0.1', 0))"}
    assert {Path(what).name for kind, what in seen if kind == "program"} <= LOCAL
    parents = {str(tmp_path / "home"), str(tmp_path / "home/.cache")}
    assert strangers([what for kind, what in seen if kind == "write"], *allowed(tmp_path)) - parents == set()


def test_telemetry_is_off_before_its_library_is_imported():
    program = "import os, sys, facepipe; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(ORT_DISABLE_TELEMETRY="0"), capture_output=True
    )
    assert done.stdout.split() == [b"1", b"False"]


@pytest.mark.parametrize(("telemetry", "warned"), [("0", 1), ("1", 0)])
def test_whoever_imported_its_library_first_is_told(telemetry, warned):
    program = "import onnxruntime, facepipe.models.runtime, facepipe; print('done')"
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", program],
        cwd=ROOT, env=environment(ORT_DISABLE_TELEMETRY=telemetry), capture_output=True, text=True,
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if "ORT_DISABLE_TELEMETRY=1" in line]
    assert (done.stdout, len(lines)) == ("done\n", warned), done.stderr
    assert all(line.startswith("<string>:1: RuntimeWarning: onnxruntime was imported before") for line in lines)


def test_the_watcher_sees_what_leaves(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(WATCHED.parent)!r})
import watched
sys.addaudithook(watched.note)
import socket, subprocess
socket.socket().close()
open({str(tmp_path / "a")!r}, "w").close()
subprocess.run(["true"])
print(sorted(kind for kind, _ in watched.seen))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert set(eval(done.stdout)) == {"network", "program", "write"}, done.stderr
