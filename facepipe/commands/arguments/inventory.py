"""Count files by type before a run: which are photos, which videos, which are neither.

Examples:
    facepipe inventory ~/Pictures --plot types.png
"""

import argparse

from facepipe.commands.command import Command
from facepipe.files.address import local_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=local_path, metavar="PATH", help="folders, with subfolders, or files")
    parser.add_argument("--plot", type=local_path, metavar="FILE", help="also draw a bar chart, a .png file")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.inventory:run")
