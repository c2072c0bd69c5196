"""Nodes with which workers die, hang or run out of memory, and the graphs that have them. Workers import this."""

import os
import signal
import threading
from functools import partial
from pathlib import Path

from pyPiper import Node

from facepipe.nodes import DatastoreManager, FaceEncoder, FramesProvider


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang() -> None:
    threading.Event().wait()


def run_short() -> None:
    raise MemoryError


class Mortal(Node):
    """Does something to its process when a frame passes: `times` in all, as the files `notes` beside it say."""

    def setup(self, frame, act, times, notes):
        self.frame, self.act, self.times, self.notes = frame, act, times, notes

    def run(self, data):
        passed = len(list(self.notes.iterdir()))
        if self.frame in data.frame_id and passed < self.times:
            (self.notes / str(passed)).write_text(data.frame_id)
            self.act()
        self.emit(data)


def _graph(frame, act, times, notes, work):
    return (
        FramesProvider("frames", stream=work.stream)
        | FaceEncoder("faces", detection=work.detection, encoding=work.encoding, models_dir=work.models_dir)
        | Mortal("mortal", frame=frame, act=act, times=times, notes=notes)
        | DatastoreManager("store", datastore=work.datastore)
    )


def graph(frame: str, act, times: int, notes: Path):
    """A frames graph in which `act` is done whenever a frame passes whose id has `frame` in it, so many times."""
    notes.mkdir()
    return partial(_graph, frame, act, times, notes)
