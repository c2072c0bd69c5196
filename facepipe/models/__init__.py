"""Model files and how they run: found, checked, converted and loaded; nothing is downloaded without being asked."""

from facepipe.models.locate import find, find_sources, is_installed
from facepipe.models.model import Model
from facepipe.models.runtime import Session, session

__all__ = ["Model", "Session", "find", "find_sources", "is_installed", "session"]
