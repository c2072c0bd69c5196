"""Export a run as a dataset to train on: chosen faces, split by shot so that near-duplicates do not leak, one format.

Examples:
    facepipe export clip_dataset --format yolo --to clip_yolo
    facepipe export clip_dataset --format imagefolder --to faces --boxes head --dedupe --min-quality 0.4
    facepipe export clip_dataset --format yolo --to s3://bucket/clip_yolo

The folder must be new, empty, or an earlier export, whose files are replaced; at an address (with fsspec: pip install
'facepipe[remote]') nothing may be yet. Its README.md is a card that says what the dataset is; the lines on consent and
licence are yours to fill in, and are kept when you export again.
"""

import argparse
from dataclasses import fields

from facepipe.commands.command import Command, add_models_dir, add_out
from facepipe.commands.settings_options import add_options
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.selection import Selection
from facepipe.files.address import place
from facepipe.options import Options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    formats = "; ".join(f"{plugin.name} ({plugin.summary})" for plugin in EXPORTERS)
    add_out(parser)
    parser.add_argument("--format", required=True, metavar="NAME", help=formats.replace("%", "%%"))
    parser.add_argument("--to", type=place, required=True, metavar="DIR|ADDRESS", help="where the export goes")
    add_models_dir(parser)
    several = {"nargs": "+", "action": "extend", "default": []}
    parser.add_argument("--person", metavar="NAME", help="only these people; may be given again", **several)
    for title, options in {"selection": Selection(), "labels and pictures": ExportOptions()}.items():
        add_options(parser.add_argument_group(title), {"": options})
    own = {name: options for name, options in _own_options().items() if fields(options)}
    if own:
        add_options(parser.add_argument_group("formats"), own)


def _own_options() -> dict[str, Options]:
    """The options of every format that is installed."""
    return {name: exporter.Own() for name, exporter in EXPORTERS.loaded()}


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.export:run")
