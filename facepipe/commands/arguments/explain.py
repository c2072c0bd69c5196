"""Say why faces are, or are not, one person: distances, constraints, the step that decided, and who said otherwise.

Examples:
    facepipe explain panel_dataset panel_dataset/people/person_003/panel-1a2b3c4d-0000025-0.jpg
    facepipe explain panel_dataset panel-1a2b3c4d-0000025-0 panel-1a2b3c4d-0000300-1

A face is named by its picture in people/, or by its id, which is the name of that picture without .jpg.
"""

import argparse

from facepipe.commands.command import Command, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument(
        "faces", nargs="+", metavar="FACE", help="pictures in people/, or face ids; each pair of them is explained too"
    )


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.explain:run")
