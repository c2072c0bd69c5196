"""Read people/ back: what you renamed, moved, merged or deleted there becomes the truth, for good.

Examples:
    facepipe sync panel_dataset

Rename a folder to name a person; move files to another person's folder, or to a new one; delete a file that is not this
person's; delete a folder that is nobody's. Every command does this first; sync does nothing else. --accept-log goes on
with a decisions.jsonl that is not as facepipe left it, and says what that means.
"""

import argparse

from facepipe.commands.command import Command, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "--all", action="store_true", help="draw plots that take long too, however many faces there are"
    )
    parser.add_argument(
        "--accept-log", action="store_true", help="take decisions.jsonl as it is now, whatever became of it"
    )


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.sync:run")
