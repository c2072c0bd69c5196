"""Tell digiKam, Lightroom, Immich, PhotoPrism and others who is in which photo: XMP sidecars beside the photos.

Examples:
    facepipe sidecars pictures_dataset --dry-run
    facepipe sidecars pictures_dataset

Of everybody with a name, the face as a region of the Metadata Working Group, and the name as a keyword. The photos are
not changed, but by --write-originals, for which exiftool has to be installed. What is in a sidecar already stays; what
facepipe wrote there before is brought in line.
"""

import argparse

from facepipe.commands.command import Command, add_out
from facepipe.files.address import local_path
from facepipe.xmp import NAMINGS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_out(parser)
    parser.add_argument("--to", type=local_path, metavar="DIR", help="put them into this folder, not beside the photos")
    parser.add_argument(
        "--naming",
        default="",
        choices=("", *NAMINGS),
        metavar="|".join(NAMINGS),
        help=f"what the sidecar of photo.jpg is called (default: as the one that is there, else {NAMINGS[0]})",
    )
    parser.add_argument(
        "--keywords", action=argparse.BooleanOptionalAction, default=True, help="names as keywords too (default: yes)"
    )
    parser.add_argument(
        "--write-originals",
        action="store_true",
        help="write into the photos themselves, by exiftool, which keeps each as <name>_original; it asks first",
    )
    parser.add_argument("--yes", action="store_true", help="with --write-originals: do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.sidecars:run")
