"""Runs facepipe's commands in forked children, each of which may be killed at its N-th change of a file.

A program of its own, since only a process without threads can be forked safely; what takes seconds to import is
imported once. It reads a JSON object a line: {"argv": [...], "roots": [...], "at": N or null, "limits": {...}}, and
answers with one: {"code": exit code, -9 after a kill, "changes": how many there were, "said": standard error}.

A change is what Python's audit events tell before it is done, on a path below `roots`: a file opened for writing, a
rename, link, removal, change of mode or time, a folder made or removed. The child ends on the spot, as by `kill -9`.
"""

import importlib
import itertools
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = frozenset(
    "os.rename os.link os.symlink os.remove os.rmdir os.mkdir os.chmod os.utime os.truncate shutil.move".split()
)
HEAVY = (
    "facepipe.api facepipe.nodes facepipe.faces.align facepipe.pictures.plots.everybody scipy.cluster sklearn.cluster"
)
HEAVY += (
    " facepipe.commands.run facepipe.commands.cluster facepipe.commands.forget facepipe.commands.export onnxruntime"
)
HEAVY += (
    " facepipe.commands.undo facepipe.commands.sync facepipe.commands.find facepipe.pictures.plots.timeline pillow_heif"
)


def main() -> None:
    for name in HEAVY.split():
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(serve(json.loads(line))), flush=True)


def serve(task: dict) -> dict:
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.dup2(said.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            work(task, writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as counts:
            changes = counts.read().count(b".")
        _, status = os.waitpid(child, 0)
        said.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "changes": changes,
            "said": said.read().decode("utf-8", "replace"),
        }


def work(task: dict, writer: int) -> None:
    """In the child: never returns."""
    code = 70
    try:
        count_changes([os.path.realpath(root) for root in task["roots"]], task["at"], writer)
        limit(task.get("limits", {}))
        from facepipe.cli import main as facepipe

        code = facepipe(task["argv"])
    except SystemExit as error:
        code = error.code or 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def count_changes(roots: list[str], at: int | None, writer: int) -> None:
    numbers = itertools.count(1)

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            if not (isinstance(flags, int) and flags & WRITING):
                return
            paths = (path,)
        elif event in CHANGES:
            paths = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
        else:
            return
        if any(below(path, roots) for path in paths):
            os.write(writer, b".")
            if next(numbers) == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def below(path, roots: list[str]) -> bool:
    if isinstance(path, int) or path is None:
        return False
    whole = str(Path(os.fsdecode(path)).absolute())
    return any(whole == root or whole.startswith(root + os.sep) for root in roots)


def limit(limits: dict) -> None:
    """limits: name of a resource -> its limit, such as {"RLIMIT_NOFILE": 32}."""
    import resource

    if "RLIMIT_FSIZE" in limits:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))


if __name__ == "__main__":
    main()
