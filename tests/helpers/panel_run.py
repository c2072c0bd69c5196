"""Two runs of the sample clip, made once for all tests that read them: its beginning, and the rest of it."""

from pathlib import Path

from commandline_here import run_here

CUT_S = 36  # after this second everybody has been seen, and five shots are still to come


_made: dict[str, Path] = {}


def panel_run(factory, clip: Path, part: str = "beginning") -> Path:
    """The run of one part, with the fastest detector that is always installed; the rest is sampled at other moments."""
    if part not in _made:
        out = factory.mktemp("panel") / f"{part}_dataset"
        options = {"beginning": ("--stop", CUT_S), "rest": ("--skip", CUT_S, "--interval", "1.3")}[part]
        run_here("run", clip, "--out", out, "--detector", "hog", "--annotations", "none", "--threads", "2", *options)
        _made[part] = out
    return _made[part]
