"""Model files and how they run: found, checked, converted and loaded; nothing is downloaded without being asked."""

from facepipe.models.locate import find, is_installed
from facepipe.models.runtime import Session, session

__all__ = ["Session", "find", "is_installed", "session"]
