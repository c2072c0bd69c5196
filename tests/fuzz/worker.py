"""A process that gives damaged files to the readers of a group, within limits on memory.

    python worker.py GROUP FIRST COUNT FOLDER

Before each file it prints its number, afterwards what came of it: a JSON line each.
"""

import json
import os
import random
import resource
import shutil
import sys
import tempfile
import traceback
import unicodedata
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "helpers"), str(ROOT / "tests" / "fuzz")]

ADDRESSES = 4 << 30  # bytes of address space beside what is there in the beginning: no reader may ask for more
MEMORY = 700 << 20  # bytes of memory that the whole process may come to use beyond the beginning


def peak() -> int:
    """The most memory that this program has had; ru_maxrss begins with that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def limit_addresses() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else None
    if pages is not None:
        limit = pages * os.sysconf("SC_PAGE_SIZE") + ADDRESSES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))


def outcome(reader, folder: Path, before: int) -> str:
    """ "good", "refused", or what went wrong."""
    from facepipe.errors import FacepipeError

    try:
        reader.read(folder)
        found = "good"
    except FacepipeError as error:
        text = str(error)
        clean = len(text.splitlines()) == 1 and not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
        found = "refused" if clean else f"not one clean line: {text!r}"
    except BaseException:
        found = traceback.format_exc()
    if peak() - before > MEMORY:
        return f"{(peak() - before) >> 20} MiB of memory"
    return found


def main(group: str, first: int, count: int, place: Path) -> None:
    from readers import READERS

    warnings.simplefilter("error")
    readers = sorted(READERS[group].items())
    good = {}
    for name, reader in readers:
        good[name] = place / "good" / name
        good[name].mkdir(parents=True)
        reader.make(good[name])
        reader.read(shutil.copytree(good[name], place / "tried" / name))  # all is imported and warm; and good
    limit_addresses()
    before = peak()
    for number in range(first, first + count):
        name, reader = readers[number % len(readers)]
        rng = random.Random(f"{name} {number}")
        choices = [(path, how) for pattern, how in reader.files.items() for path in sorted(good[name].glob(pattern))]
        path, how = rng.choice(choices)
        print(json.dumps(["try", number, f"{name}: {path.relative_to(good[name])}"]), flush=True)
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            folder = Path(scratch) / "x"
            if group == "media":  # one file a time
                folder.mkdir()
                target = folder / path.name
            else:
                shutil.copytree(good[name], folder)
                target = folder / path.relative_to(good[name])
            target.write_bytes(how(path.read_bytes(), rng))
            print(json.dumps(["came", number, outcome(reader, folder, before)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
