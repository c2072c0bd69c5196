"""Teach facepipe what the vectors of your own face network mean, from labelled pictures.

Examples:
    facepipe calibrate labelled/ --encoder net.onnx
    facepipe run clip.mp4 --encoder net.onnx

labelled/ holds a folder a person with pictures that show one face each: some hundred people, half of them with two
pictures or more. The network takes aligned faces as InsightFace cuts them for ArcFace. What is found is written beside
it, as net.space.json.
"""

import argparse

from facepipe.commands.command import Command
from facepipe.commands.settings_options import add_settings
from facepipe.files.address import local_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labelled", type=local_path, metavar="FOLDER", help="pictures: FOLDER/NAME/*.jpg")
    parser.add_argument("--models-dir", type=local_path, metavar="DIR", help="folder that is searched first for models")
    add_settings(parser, "detection", "encoding")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.calibrate:run")
