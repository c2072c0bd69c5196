"""The one error tree.

FacepipeError
├── UsageError            an option or a combination of options that cannot work          exit 2
├── InputError            an input file that is missing, unreadable or not what it claims exit 2
│   └── DecodeError       a video or picture that cannot be decoded
├── ModelError            a model file that is missing, foreign or has another hash        exit 2
├── StoreError            a run folder or shard that cannot be used                        exit 2
│   ├── HostileFileError  a file that asks for more than data: refused, not executed
│   ├── SettingsChanged   the folder holds a run with other settings
│   ├── Incomplete        files of a run have vanished; the next run makes them again
│   ├── LockLost          whoever asked for this work does not hold the run's folder any more
│   └── StorageFull       a write failed (disk full, read-only): the run can be resumed
├── NoFaceFound           the inputs were read and hold no face; the report is written     exit 3
├── GraphError            a node graph that the engine cannot run                          exit 2
├── ClusterError          a scheduler or worker that is out of reach, or does not fit      exit 2
└── InternalError         facepipe's own fault: items that were lost between nodes         exit 1

Every message is one line: what is wrong, with which file, what to do.
"""

import re

# Control characters, lone surrogates, separators of lines, overrides of the direction of text.
STEERING = "\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069"  # as in a regular expression's brackets
_STEERING = re.compile(f"[{STEERING}]")


class FacepipeError(Exception):
    """Base of every error that facepipe raises on purpose. `exit_code` is what the command line returns.

    The message is one line that steers no terminal, whatever damaged files and odd names it quotes.
    """

    exit_code = 2

    def __init__(self, message: str = "") -> None:
        super().__init__(_STEERING.sub("\N{REPLACEMENT CHARACTER}", " ".join(message.splitlines())))


def first_line(error: Exception) -> str:
    """What an exception of a library says in its first line, or else what it is."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def in_words(error: Exception) -> str:
    """What to tell people of any exception, in a line: of one that nobody foresaw also what it is."""
    if isinstance(error, FacepipeError):
        return str(error)
    kind = type(error).__name__
    said = f"unexpected {kind}: {first_line(error)}".removesuffix(f": {kind}")
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", said)


class UsageError(FacepipeError):
    """An option, or a combination of options, that cannot work."""


class InputError(FacepipeError):
    """An input file that is missing, unreadable or not what it claims to be."""


class DecodeError(InputError):
    """A video or picture whose content cannot be decoded."""


class ModelError(FacepipeError):
    """A model file that is missing, damaged, foreign, or whose hash is not the expected one."""


class StoreError(FacepipeError):
    """A run folder, shard or table that cannot be used."""


class HostileFileError(StoreError):
    """A file that asks for more than data (a pickle with code, a path that leaves the folder)."""


class SettingsChanged(StoreError):
    """The output folder holds a run that was made with other settings."""


class Incomplete(StoreError):
    """Files of a run have vanished that only looking at its inputs again can replace."""


class LockLost(StoreError):
    """Whoever asked for this work does not hold the run's folder any more: nothing may be written to it."""


class StorageFull(StoreError):
    """A write failed because the disk is full or read-only; what is finished stays and can be resumed."""


class NoFaceFound(FacepipeError):
    """The inputs were read and hold no face; the report is written all the same."""

    exit_code = 3


class GraphError(FacepipeError):
    """A node graph that the engine cannot run."""


class ClusterError(FacepipeError):
    """A scheduler or a worker on another machine that cannot be reached, is lost, or does not fit this one."""


class InternalError(FacepipeError):
    """A fault of facepipe itself: items that were lost between the nodes."""

    exit_code = 1
