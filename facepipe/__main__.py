"""`python -m facepipe`."""

from facepipe.cli import entry

entry()
