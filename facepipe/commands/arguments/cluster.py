"""Make people anew from the faces of a finished run; nothing is encoded again. What you said binds it.

Examples:
    facepipe cluster panel_dataset --dry-run
    facepipe cluster panel_dataset --cluster dbscan --eps 0.45
    facepipe cluster panel_dataset --known family/

--dry-run says what would change, and changes nothing.
"""

import argparse

from facepipe.commands.command import Command, add_known, add_models_dir, add_out
from facepipe.commands.settings_options import add_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    add_known(parser)
    add_models_dir(parser)
    add_settings(parser, "clustering", "output")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.cluster:run")
