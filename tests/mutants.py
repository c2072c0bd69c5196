"""Whether the tests notice when one thing in the code changes: an operator, a comparison, a constant, a branch.

    make mutants ARGS="facepipe/cluster facepipe/likeness.py --each 5"

cosmic-ray makes and tries the changes, in a copy of the project; this takes a sample of them, always the same, spread
over the places of each file, and tries each against the tests of the room that the file is in. What no test noticed is
shown: it is a test that is missing, code that does not matter, or a change that changes nothing.
"""

import argparse
import ast
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).parents[1]
NOT_COPIED = (".git", ".venv*", "*_dataset", "__pycache__", ".*_cache")
# Where the tests lie of files in no folder, or whose folder has another name; test_<name>.py of any file comes first.
ROOMS = {
    "annotated": "export",
    "api": "test_public.py",
    "console": "commands",
    "contracts": "faces",
    "distances": "cluster people",
    "geometry": "faces media",
    "nodes": "job",
    "records": "runs faces",
    "registry": "test_options.py test_plugins_from_outside.py",
    "settings": "test_options.py runs",
    "space": "cluster faces",
    "timespans": "find",
}
SLACK = 30  # seconds that a change may add to what its tests take, beside twice that


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="files and folders of facepipe/")
    parser.add_argument("--tests", default="", help="files and folders of tests, in place of the room's")
    parser.add_argument("--each", type=int, default=5, help="changes a file (default: 5)")
    parser.add_argument("--seed", type=int, default=0, help="another number, another sample")
    args = parser.parse_args()
    modules = [path.resolve().relative_to(ROOT) for path in args.paths]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED), dirs_exist_ok=True)
        os.chdir(folder)
        os.environ["PYTHONPATH"] = folder
        modules = sorted({file for path in modules for file in (path.rglob("*.py") if path.is_dir() else [path])})
        with use_db(Path(folder) / "mutants.sqlite", WorkDB.Mode.create) as database:
            init(modules, database, {})
            changes = [item.mutations[0] for item in database.work_items]
        _try(modules, changes, args)


def _try(modules: list[Path], changes: list[MutationSpec], args: argparse.Namespace) -> None:
    tried = noticed = 0
    seconds: dict[str, float] = {}
    for module in modules:
        tests = args.tests or _tests(module)
        if not tests:
            print(f"{module}: has no tests of its own")
            continue
        command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider --basetemp=pytest-files {tests}"
        sample = _sample([one for one in changes if one.module_path == module], module, args)
        if sample and command not in seconds:
            start = time.monotonic()
            subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL)
            seconds[command] = time.monotonic() - start
        for change in sample:
            result = mutate_and_test([change], command, 2 * seconds[command] + SLACK)
            tried, noticed = tried + 1, noticed + (result.test_outcome != TestOutcome.SURVIVED)
            if result.test_outcome == TestOutcome.SURVIVED:
                print(f"\n{module} {change.definition_name or ''}: not noticed")
                print("\n".join(line for line in result.diff.split("\n")[3:] if line[:1] in "@+-"))
        print(f"{module}: {tried} tried, {noticed} noticed so far", flush=True)


def _sample(changes: list[MutationSpec], module: Path, args: argparse.Namespace) -> list[MutationSpec]:
    """One change in each of some places of the file, in their order; types and decorators are no such places."""
    declared = list(_declared(module))
    places = defaultdict(list)
    for change in changes:
        if not any(start <= tuple(change.start_pos) < end for start, end in declared):
            places[tuple(change.start_pos)].append(change)
    rng = random.Random(f"{args.seed} {module}")
    return [rng.choice(places[place]) for place in sorted(rng.sample(sorted(places), min(args.each, len(places))))]


def _declared(module: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the types and decorators of a file stand: (line, column) of start and end."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        for part in filter(None, [*parts, *getattr(node, "decorator_list", ())]):
            at = part.col_offset - (part not in parts)  # with the @ of a decorator
            yield (part.lineno, at), (part.end_lineno, part.end_col_offset)


def _tests(module: Path) -> str:
    """The tests of a module's room: the file that is named after it first, then the folder."""
    names = module.with_suffix("").parts[1:]
    own = sorted(str(path) for path in Path("tests").rglob(f"test_{names[-1]}.py"))
    rooms = [f"tests/{room}" for room in ROOMS.get(names[0], names[0] if len(names) > 1 else "").split()]
    return " ".join([*own, *(room for room in rooms if Path(room).exists())])


if __name__ == "__main__":
    main()
