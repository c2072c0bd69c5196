"""Pictures as arrays: read, encoded, made smaller, drawn on, hidden."""

import os
import sys
from pathlib import Path

import platformdirs

# Matplotlib, whose fonts and plots are used, keeps its list of fonts in folders of its own in the user's home. It
# shall leave nothing there for our sake: where nobody has set it up, it keeps that list in our cache folder.
_OWN = (platformdirs.user_config_path("matplotlib", appauthor=False), Path.home() / ".matplotlib")
if "matplotlib" not in sys.modules and not any(folder.is_dir() for folder in _OWN):
    os.environ.setdefault("MPLCONFIGDIR", str(platformdirs.user_cache_path("facepipe", appauthor=False) / "matplotlib"))
