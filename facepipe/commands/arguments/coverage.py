"""Say how people are seen in a run, and what is missing of somebody: poses, framings, light, outfits, places.

Examples:
    facepipe coverage clip_dataset
    facepipe coverage clip_dataset --person Anna
"""

import argparse

from facepipe.commands.command import Command, add_out, add_person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    add_person(parser, "say what is missing of this person")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.coverage:run")
