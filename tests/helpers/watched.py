"""A program of its own that does command lines one after the other and notes what leaves it.

    python watched.py NOTES COMMANDS

COMMANDS: a JSON list of argument lists for facepipe. NOTES: where a JSON list of what was seen goes: every socket and
look-up, every program that is started, every path that is opened for writing, made, moved to or removed.
"""

import json
import os
import sys
from pathlib import Path

seen: list[list[str]] = []
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PATHS = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "os.remove": 0, "os.truncate": 0, "os.rmdir": 0}
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "webbrowser.open")
_NETWORK = ("socket.", "urllib.", "http.client.", "ftplib.", "smtplib.")
_HARMLESS = ("socket.gethostname",)  # this machine's name, which it knows


def note(event: str, arguments: tuple) -> None:
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str | bytes) and flags & _WRITING:
            seen.append(["write", os.path.realpath(os.fsdecode(path))])
    elif event in _PATHS:
        path = arguments[_PATHS[event]]
        if isinstance(path, str | bytes):  # some functions name files inside a folder that is open
            seen.append(["write", os.path.realpath(os.fsdecode(path))])
    elif event.startswith(_NETWORK) and event not in _HARMLESS:
        seen.append(["network", f"{event} {arguments!r}"])
    elif event in _PROGRAMS:
        seen.append(["program", str(arguments[0])])


if __name__ == "__main__":
    notes, commands = Path(sys.argv[1]), json.loads(sys.argv[2])
    sys.addaudithook(note)
    from facepipe import cli

    codes = [cli.main(command) for command in commands]
    found, seen = seen, []
    notes.write_text(json.dumps({"codes": codes, "seen": found}))
