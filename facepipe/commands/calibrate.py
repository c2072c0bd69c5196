"""`facepipe calibrate` at work; what can be typed is in arguments/calibrate.py."""

import argparse
from dataclasses import replace

from facepipe.calibration.calibrate import calibrate
from facepipe.calibration.pictures import read_labelled
from facepipe.commands.settings_options import settings_from
from facepipe.console import Console
from facepipe.errors import UsageError
from facepipe.faces.analyser import FaceAnalyser
from facepipe.faces.encoders.file import EncoderFile
from facepipe.files.atomic import write_text
from facepipe.space_file import space_text
from facepipe.words import counted


def run(args: argparse.Namespace, console: Console) -> int:
    settings = settings_from(args).resolved(args.models_dir)
    encoder = settings.encoding.encoder
    if not isinstance(encoder, EncoderFile):
        raise UsageError(
            "--encoder must name your network, an .onnx file: those that come with facepipe are calibrated"
        )
    encoding = replace(settings.encoding, encoder=replace(encoder, calibrated=False))
    analyser = FaceAnalyser(settings.detection, encoding, args.models_dir)
    with console.bar("looking at pictures", "picture") as bar:
        labelled = read_labelled(args.labelled, analyser, console.warn, bar)
    found = calibrate(labelled, encoder.space_name)
    write_text(encoder.space_path, space_text(found.space), private=False)
    people, pictures = len(labelled.names), len(set(labelled.picture.tolist()))
    console.data(f"{counted(people, 'person', 'people')}, {counted(pictures, 'picture')}, {labelled.lost} left out")
    console.data(f"pairs of one person told at one in a thousand pairs of strangers: {found.told:.3f}")
    if found.held_out is None:
        console.warn("too few people to hold half of them out and see how well the others teach", keep=None)
    else:
        console.data(f"pairs of people who were not fitted that are judged right: {found.held_out:.3f}")
    if found.is_chance:
        options = "--encoder-mean, --encoder-scale and --encoder-bgr"
        console.warn(f"people are told apart no better than by chance: check that {options} are its own", keep=None)
    console.say(f"written  {encoder.space_path}")
    return 0
