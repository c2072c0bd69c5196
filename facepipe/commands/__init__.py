"""The commands, as data: one line each.

What can be typed of a command is in arguments/NAME.py: a `Command` (see command.py), called COMMAND, whose help is the
module's docstring. What it does is in NAME.py, which nobody imports who only asks for help.
"""

from facepipe.registry import Plugin, Registry

_HERE = "facepipe.commands.arguments"

COMMANDS = Registry(
    "command",
    "facepipe.commands",
    Plugin("run", f"{_HERE}.run:COMMAND", "turn videos and photos into a labelled person dataset"),
    Plugin("cluster", f"{_HERE}.cluster:COMMAND", "make people anew with another method, without encoding again"),
    Plugin("review", f"{_HERE}.review:COMMAND", "correct a run in the browser: questions, people, names"),
    Plugin("suggest", f"{_HERE}.suggest:COMMAND", "say what to check, the most worth first, and what to do about it"),
    Plugin("sync", f"{_HERE}.sync:COMMAND", "read back what you renamed, moved or deleted in people/"),
    Plugin("undo", f"{_HERE}.undo:COMMAND", "take the last corrections back"),
    Plugin("history", f"{_HERE}.history:COMMAND", "list what was corrected, and what of it was taken back"),
    Plugin("forget", f"{_HERE}.forget:COMMAND", "remove all of a person from a run"),
    Plugin("explain", f"{_HERE}.explain:COMMAND", "say why faces are, or are not, one person"),
    Plugin("eval", f"{_HERE}.evaluate:COMMAND", "measure a run against ground truth written by a person"),
    Plugin("tune", f"{_HERE}.tune:COMMAND", "search a method's options with cross-validation"),
    Plugin("export", f"{_HERE}.export:COMMAND", "write a dataset to train on: YOLO, COCO, a folder a person, ..."),
    Plugin("find", f"{_HERE}.find:COMMAND", "copy, cut or list everything in which somebody appears"),
    Plugin("sidecars", f"{_HERE}.sidecars:COMMAND", "tell photo programs who is in which photo: XMP beside the photos"),
    Plugin("render", f"{_HERE}.render:COMMAND", "write the videos with boxes, names and tracks, or with heads blurred"),
    Plugin("coverage", f"{_HERE}.coverage:COMMAND", "say how people are seen, and what is missing of somebody"),
    Plugin("inventory", f"{_HERE}.inventory:COMMAND", "count the files of a photo library by type"),
    Plugin("calibrate", f"{_HERE}.calibrate:COMMAND", "teach facepipe what the vectors of your own network mean"),
    Plugin("scheduler", f"{_HERE}.scheduler:COMMAND", "hand work to workers on other machines", extra="cluster"),
    Plugin("worker", f"{_HERE}.worker:COMMAND", "look at frames for runs on other machines", extra="cluster"),
    Plugin("models", f"{_HERE}.models:COMMAND", "list, check and fetch model files"),
    must_be="facepipe.commands.command:Command",
)
