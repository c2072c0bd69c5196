"""Find everything in which somebody appears: copy or link it, cut the segments of video, or list both.

Examples:
    facepipe find pictures_dataset --person Ada --to ada/ --clips
    facepipe find pictures_dataset --everybody --to by_person/ --link symbolic
    facepipe find pictures_dataset --together Ada Ben --list
    facepipe find pictures_dataset --like portrait.jpg --list

Nothing in the folder given with --to is ever overwritten, and what is there already is not copied again. The run notes
the folder, so that `facepipe forget` can name what still shows the person there.
"""

import argparse

from facepipe.commands.command import Command, add_models_dir, add_out, add_person
from facepipe.commands.settings_options import add_options
from facepipe.files.address import local_path
from facepipe.find.originals import COPY, LINKS
from facepipe.looks import Looks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whom = "--person NAME | --together NAME ... | --like FILE | --everybody"
    parser.usage = f"facepipe find OUT ({whom}) (--to DIR | --list) [options]"
    add_out(parser)
    whom = parser.add_argument_group("whom to look for")
    add_person(whom, "a person: the name of a folder under OUT/people")
    whom.add_argument("--together", nargs="+", default=(), metavar="NAME", help="people who are all in one frame")
    whom.add_argument("--like", type=local_path, metavar="FILE", help="whoever looks like the face in this picture")
    whom.add_argument("--everybody", action="store_true", help="with --to: a folder for each person with a name")
    whom.add_argument("--unnamed", action="store_true", help="with --everybody: for person_001, ... too")
    add_models_dir(whom)
    add_options(parser.add_argument_group("only faces that look so"), {"": Looks()})
    what = parser.add_argument_group("what to do")
    goal = what.add_mutually_exclusive_group(required=True)
    goal.add_argument("--to", type=local_path, metavar="DIR", help="put every photo with them into this folder")
    goal.add_argument(
        "--list", action="store_true", help="print the files, the times in videos, and when photos were taken"
    )
    about = "how photos get there; links, which take no room, lead to whole videos too (default: copy)"
    what.add_argument("--link", choices=LINKS, default=COPY, metavar="|".join(LINKS), help=about)
    what.add_argument("--clips", action="store_true", help="with --to: also cut every segment of video with them")
    what.add_argument("--margin", type=float, default=1.0, metavar="S", help="seconds before and after (default: 1)")
    what.add_argument("--exact", action="store_true", help="cut exactly, not at the keyframe before; encodes again")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.find:run")
