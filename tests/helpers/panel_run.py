"""Two runs of the sample clip, made once for all tests that read them: its beginning, and the rest of it."""

from pathlib import Path

from commandline_here import run_here
from made_once import copy_of, made_once

CUT_S = 36  # after this second everybody has been seen, and five shots are still to come

OPTIONS = {"beginning": ("--stop", CUT_S), "rest": ("--skip", CUT_S, "--interval", "1.3", "--plots", "none")}


def panel_run(factory, clip: Path, part: str = "beginning") -> Path:
    """The run of one part, with the fastest detector that is always installed; the rest is sampled at other moments."""

    def make(home: Path) -> Path:
        out = home / f"{part}_dataset"
        run_here(
            "run", clip, "--out", out, "--detector", "hog", "--annotations", "none", "--threads", "2", *OPTIONS[part]
        )
        return out

    return copy_of(factory, made_once(factory, f"panel_{part}", make))
