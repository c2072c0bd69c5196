"""Inputs that lie at an address, fetched to where decoders can read them, and kept there.

A folder of the cache holds the files of one address as they lie there, and beside them a journal of what each was when
it was fetched, a line a file.
"""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from facepipe.callbacks import Progress, Warn, no_progress
from facepipe.errors import InputError, StorageFull
from facepipe.files.address import Address
from facepipe.files.atomic import append_bytes, atomic_open, write_text
from facepipe.files.names import printable, safe_name
from facepipe.files.remote import MB, Remote, RemoteFile
from facepipe.files.removal import remove, stays_inside, sweep
from facepipe.media.sources import is_wanted
from facepipe.runs.layout import EXPORT
from facepipe.runs.lock import locked
from facepipe.runs.ours import BEGINNING, OURS, says_ours

JOURNAL = "fetched.jsonl"
_MOST_BYTES = 200  # of a name's part; file systems allow 255, and temporary names are longer


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where an address lies on this machine. path: the file or folder that was asked for. folder: what stands for the
    text `address`, behind which names of files are put."""

    path: Path
    folder: Path
    address: str

    def address_of(self, path: Path) -> str:
        """The address of a file; "" where it is not from there."""
        inside = path.is_relative_to(self.folder)
        return printable(self.address + path.relative_to(self.folder).as_posix()) if inside else ""


def fetch(
    address: Address,
    kinds: Collection[str],
    cache: Path,
    warn: Warn,
    progress: Progress = no_progress,
    passed_over: Counter[str] | None = None,
) -> Fetched:
    """Bring a file, or those of a folder that `find_inputs` would take for one of `kinds`, and sidecars of photos, into
    a folder below `cache`.

    A file that is there, of the size and version that it has at the address, is not fetched again; what is gone there
    goes here too. What cannot be fetched is left out where there is something else; `warn` is told. progress: called
    with MB, as far as sizes are known. passed_over: see `find_inputs`.
    Errors: UsageError: no package for such addresses; InputError: nothing is there, or nothing could be fetched;
    StorageFull: no room, or no permission, in `cache`; StoreError: another process is fetching the same.
    """
    remote = Remote(address)
    is_folder, files = remote.files()
    where = address.as_folder if is_folder else address.parent
    home = cache / address.digest(where)
    folder = home / safe_name(where.rstrip("/").rpartition("/")[2])
    names = {file.name for file in files}
    wanted = _wanted(remote, files, kinds, warn, Counter() if passed_over is None else passed_over)
    wanted = [file for file in (wanted if is_folder else files) if _can_be_stored(file, remote, names, warn)]
    if not wanted:
        raise InputError(f"no {' or '.join(kinds)} in {address}: give a folder or file that holds one")
    with locked(home, new=True, marker=JOURNAL):
        known = _read(home / JOURNAL)
        sweep(home)
        gone = known.keys() - names if is_folder else set()
        remove(folder, gone)
        known = {name: facts for name, facts in known.items() if name not in gone}
        write_text(home / JOURNAL, "".join(_line(name, *facts) for name, facts in known.items()))
        due = [file for file in wanted if not _is_here(file, folder, known)]
        refused = _bring(remote, due, folder, home / JOURNAL, progress)
    if len(refused) == len(wanted):
        raise refused[0]
    for error in refused:
        warn(f"{error}; it was left out")
    return Fetched(folder if is_folder else folder / wanted[0].name, folder, where)


def _bring(remote: Remote, due: list[RemoteFile], folder: Path, journal: Path, progress: Progress) -> list[InputError]:
    """Fetch files, each whole or not at all; an error for each that cannot be."""
    total, done, refused = sum(file.size or 0 for file in due), 0, []
    for file in due:
        path, size = folder / file.name, 0
        try:
            with atomic_open(path, "wb") as handle:
                for block in remote.blocks(file):
                    handle.write(block)
                    size += len(block)
                    progress(round((done + size) / MB), round(max(total, done + size) / MB))
        except InputError as error:
            path.unlink(missing_ok=True)  # it is another by now
            refused.append(error)
        except StorageFull as error:
            raise StorageFull(f"cannot keep {remote.shown(file)}: {error}") from error
        else:
            append_bytes(journal, _line(file.name, size, file.version).encode())
        done += file.size or size
    return refused


def _wanted(
    remote: Remote, files: list[RemoteFile], kinds: Collection[str], warn: Warn, passed_over: Counter[str]
) -> list[RemoteFile]:
    """The files of a folder that are looked at."""
    marks = [file for file in files if PurePosixPath(file.name).name in OURS and file.name != EXPORT]
    ours = tuple(file.name.removesuffix(PurePosixPath(file.name).name) for file in marks if _is_ours(remote, file))
    wanted = []
    for file in files:
        if file.name.startswith(ours) or not is_wanted(PurePosixPath(file.name), kinds, passed_over):
            continue
        if file.size == 0:
            warn(f"{remote.shown(file)} is empty (0 bytes) and was left out")
        else:
            wanted.append(file)
    return wanted


def _is_ours(remote: Remote, file: RemoteFile) -> bool:
    try:
        return says_ours(remote.beginning(file, BEGINNING))
    except InputError:
        return False


def _can_be_stored(file: RemoteFile, remote: Remote, names: Collection[str], warn: Warn) -> bool:
    """Whether a file's name, which others have chosen, is one below a folder of this machine, and none of its folders
    is a file: in an object store that can be."""
    parts = file.name.split("/")
    clean = "\\" not in file.name and printable(file.name) == file.name and stays_inside(file.name)
    clean = clean and all(part not in ("", ".") and len(part.encode()) <= _MOST_BYTES for part in parts)
    if clean and not any(str(folder) in names for folder in PurePosixPath(file.name).parents):
        return True
    warn(f"{remote.shown(file)} has a name that cannot be stored here; it was left out")
    return False


def _is_here(file: RemoteFile, folder: Path, known: dict[str, tuple[int, str]]) -> bool:
    """Whether a file was fetched, and is the same still at both ends."""
    path, (size, version) = folder / file.name, known.get(file.name, (-1, ""))
    if not version or version != file.version or file.size not in (None, size):
        return False
    return path.is_file() and path.stat().st_size == size


def _line(name: str, size: int, version: str) -> str:
    return json.dumps({"name": name, "size": size, "version": version}) + "\n"


def _read(journal: Path) -> dict[str, tuple[int, str]]:
    """Name -> size and version of every file as it was last fetched; a line that is damaged, or cut short, is none."""
    known: dict[str, tuple[int, str]] = {}
    try:
        lines = journal.read_bytes().splitlines()
    except OSError:
        return known
    for line in lines:
        try:
            facts = json.loads(line)
            name, size, version = str(facts["name"]), int(facts["size"]), str(facts["version"])
        except (ValueError, KeyError, TypeError):
            continue
        if stays_inside(name):
            known[name] = size, version
    return known
