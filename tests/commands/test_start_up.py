"""How light the commands start: what can be typed, and help, wait for nothing that they work with."""

import json
import subprocess
import sys

from commandline import environment

from facepipe.commands import COMMANDS

HEAVY = """cv2 av dlib PIL pillow_heif scipy sklearn matplotlib onnx onnxruntime jinja2 bottle waitress pyPiper
pyarrow pandas facepipe.review facepipe.page facepipe.report facepipe.job facepipe.nodes""".split()

# Prints, as JSON, which heavy modules the arguments of each command bring, as the first to need them.
PROGRAM = f"""
import argparse, json, sys
from facepipe import cli
from facepipe.commands import COMMANDS
found = {{"": [name for name in [*{HEAVY}, "numpy"] if name in sys.modules]}}
for name in COMMANDS.names:
    before = set(sys.modules)
    COMMANDS.load(name).add_arguments(argparse.ArgumentParser())
    found[name] = [heavy for heavy in {HEAVY} if heavy in sys.modules.keys() - before]
print(json.dumps(found))
"""


def test_the_arguments_of_no_command_bring_what_it_works_with():
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {name: [] for name in ["", *COMMANDS.names]}


def test_help_imports_the_command_asked_for_alone():
    program = (
        "import sys; from facepipe.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: print(*sys.modules)"
    )
    for words, modules in {("find", "--help"): {"find"}, ("--help",): set(), ("--version",): set()}.items():
        done = subprocess.run(
            [sys.executable, "-c", program, *words], env=environment(), capture_output=True, text=True, check=True
        )
        loaded = done.stdout.splitlines()[-1].split()
        start = "facepipe.commands.arguments."
        assert {name.removeprefix(start) for name in loaded if name.startswith(start)} == modules
        assert "facepipe.commands.find" not in loaded


LEAVING = """
import atexit, os
from facepipe import cli

class Kept:
    def __del__(self, write=os.write):
        write(1, b"given back")

kept = Kept()
main = cli.main
cli.main = lambda *words: atexit.register(print, "at exit") and main(*words)
cli.entry()
"""


def test_a_command_ends_without_giving_back_each_object_and_with_all_else(tmp_path):
    for words, code in ((("history", tmp_path), 2), (("models", "list"), 0)):
        done = subprocess.run(
            [sys.executable, "-c", LEAVING, *map(str, words)], env=environment(), capture_output=True, text=True
        )
        assert done.returncode == code and bool(done.stderr) is (code != 0)
        assert done.stdout.splitlines()[-1] == "at exit"
