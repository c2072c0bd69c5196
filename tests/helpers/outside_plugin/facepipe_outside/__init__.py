"""One plug-in of each kind, as another package adds them to facepipe: see the entry points in pyproject.toml."""
