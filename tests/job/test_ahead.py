"""What plots are drawn with is imported while frames are encoded, where there is something to draw."""

import subprocess
import sys

import pytest
from commandline import environment

PROGRAM = """
import sys, threading
from facepipe.job.ahead import PlotsAhead

ahead = PlotsAhead(sys.argv[2:], lambda: int(sys.argv[1]))
before = sys.getswitchinterval()
for _ in range(3):
    ahead.look()
threads = [thread for thread in threading.enumerate() if thread.name == "facepipe-import"]
assert len(threads) <= 1
ahead.wait()
assert not any(thread.is_alive() for thread in threads)
assert sys.getswitchinterval() == before
print(*[name for name in ("matplotlib.figure", "sklearn.manifold") if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("faces", "plots", "imported"),
    [
        (500, ["all"], ["matplotlib.figure", "sklearn.manifold"]),
        (500, ["everybody", "timeline"], ["matplotlib.figure"]),
        (500, ["everybody"], []),
        (500, [], []),
        (500, ["a plot of nobody's"], []),
        (5, ["all"], []),
    ],
)
def test_it_is_what_the_chosen_plots_of_many_faces_need(faces, plots, imported):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(faces), *plots], env=environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == imported
