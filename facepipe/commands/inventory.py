"""`facepipe inventory` at work; what can be typed is in arguments/inventory.py."""

import argparse

from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.files.atomic import write_bytes
from facepipe.find.inventory import KINDS, FileType, count_types


def run(args: argparse.Namespace, console: Console) -> int:
    if args.plot and args.plot.suffix.lower() != ".png":
        raise UsageError(f"--plot {args.plot}: the name must end in .png")
    types = count_types(args.paths, console.warn)
    for line in _table(types):
        console.data(line)
    if args.plot:
        from facepipe.find.inventory_chart import bar_chart

        write_bytes(args.plot, bar_chart(types, ", ".join(map(str, args.paths))), private=False)
        console.say(f"chart    {args.plot}")
    return 0


def _table(types: list[FileType]) -> list[str]:
    lines = [f"{'type':12}{'kind':8}{'files':>9}{'size':>12}"]
    lines += [f"{t.suffix or '(none)':12}{t.kind:8}{t.files:>9,}{_size(t.size):>12}" for t in types]
    for kind in KINDS:
        chosen = [t for t in types if t.kind == kind]
        lines.append(f"{'all':12}{kind:8}{sum(t.files for t in chosen):>9,}{_size(sum(t.size for t in chosen)):>12}")
    return lines


def _size(size: float) -> str:
    units = ["B", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.3g} {units[0]}"
