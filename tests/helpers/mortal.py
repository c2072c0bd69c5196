"""Nodes with which workers die, hang or run out of memory, and graphs that have them. Workers import this."""

import os
import signal
import threading
from functools import partial
from pathlib import Path

from pyPiper import Node

from facepipe.errors import StorageFull
from facepipe.nodes import DatastoreManager, FaceEncoder, FramesProvider


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    threading.Event().wait()


def run_short():
    raise MemoryError


def fill():
    raise StorageFull("no room")


class Mortal(Node):
    """Ends its process when a frame passes, `times` in all; the folder `notes` says how often it did."""

    def setup(self, ends, times, notes):
        self.ends, self.times, self.notes = ends, times, notes

    def run(self, data):
        for part, end in self.ends.items():
            passed = len(list(self.notes.glob(f"ended {part} *")))
            if part in data.frame_id and passed < self.times:
                (self.notes / f"ended {part} {passed}").touch()
                end()
        self.emit(data)


class Stored(Node):
    """Notes what was stored."""

    def setup(self, notes):
        self.notes = notes

    def run(self, data):
        (self.notes / f"stored {data} {os.getpid()}").touch()
        self.emit(data)


def _graph(ends, times, notes, work):
    return (
        FramesProvider("frames", stream=work.stream)
        | FaceEncoder("faces", detection=work.detection, encoding=work.encoding, models_dir=work.models_dir)
        | Mortal("mortal", ends=ends, times=times, notes=notes)
        | DatastoreManager("store", datastore=work.datastore)
        | Stored("stored", notes=notes)
    )


def graph(ends, times: int, notes: Path):
    """A frames graph in which a process ends when a frame passes: by a part of its id, how; so many times each."""
    notes.mkdir()
    return partial(_graph, ends, times, notes)


def ended(notes: Path) -> list[str]:
    """What processes have ended of, once for each."""
    return [path.name.split()[1] for path in notes.glob("ended *")]


def stored(notes: Path) -> list[str]:
    """The frames that were stored, each as often as it was."""
    return [path.name.split()[1] for path in notes.glob("stored *")]
