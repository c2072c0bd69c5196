"""How many files a run has stored of each source, counted while it does so: what must be there at its end."""

import threading
from collections import Counter

from facepipe.records import source_of


class Tally:
    """Counts frames that are stored, each once. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, int] = {}

    def add(self, frame_id: str, faces: int) -> None:
        """A frame is stored: its shard, and its picture where it has faces."""
        with self._lock:
            self._files[frame_id] = 2 if faces else 1

    def by_source(self) -> Counter[str]:
        """How many files each source has, by its id."""
        total: Counter[str] = Counter()
        with self._lock:
            for frame_id, files in self._files.items():
                total[source_of(frame_id)] += files
        return total
