"""Remove a person from a run: every crop, embedding, label, montage and the name, and the face in the run's copies of
the frames.

Examples:
    facepipe forget panel_dataset --person Anna
    facepipe forget panel_dataset --person Anna --dry-run

It cannot be undone, and later runs do not bring the faces back. The end is looked for on the disk: what is left is
named. The originals stay as they are; they are listed, and so are the exports that still hold the person and the copies
and clips that `facepipe find` made.
"""

import argparse

from facepipe.commands.command import Command, add_out, add_person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    add_person(parser, "name of the person's folder under people/", required=True)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.forget:run")
