"""WebDataset: <split>-000000.tar, ... with <number>.jpg, .cls and .json of every crop; classes.txt names the classes.

https://github.com/webdataset/webdataset: files of a shard that are called alike up to the first dot are one sample, and
follow each other; .cls is the number of its class. An id has dots, so keys are numbers; .json has the id.
"""

import io
import json
import tarfile
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.facts import about
from facepipe.geometry import crop
from facepipe.options import Options, option


@dataclass(frozen=True, slots=True)
class WebDatasetOptions(Options):
    """Options of this format."""

    shard: int = option(1000, "crops in a tar file at most", metavar="N", low=1)


class WebDatasetExporter(Exporter):
    """See the module. A picture is what the label's box holds."""

    unit = "crop"
    pictures = ("jpeg", "png")
    Own = WebDatasetOptions

    def open(self) -> None:
        self._count: Counter[str] = Counter()
        self._shards: dict[str, list[dict[str, bytes]]] = defaultdict(list)

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        first = self._count[frame.split]
        self._count[frame.split] += len(labels)
        shards = [f"{frame.split}-{(first + k) // self.own.shard:06d}.tar" for k in range(len(labels))]
        pixels = self.opened(frame, shards)
        image = None
        for number, (shard, label) in enumerate(zip(shards, labels, strict=True), first):
            lacks = self.target.lacks(shard) and not self.target.dry
            if lacks and image is None:
                image = pixels()
            self._shards[shard].append(self._sample(frame, label, image) if lacks else {})
            if (number + 1) % self.own.shard == 0:
                self._close(shard, number + 1 - self.own.shard)

    def close(self) -> None:
        for shard in list(self._shards):
            self._close(shard, self._count[shard.rpartition("-")[0]] // self.own.shard * self.own.shard)
        self.target.text("classes.txt", "".join(f"{name}\n" for name in self.classes))

    def _sample(self, frame: AnnotatedFrame, label: Label, image: np.ndarray) -> dict[str, bytes]:
        """The files of a crop by their suffixes, encoded at once: a shard of pixels would not fit into memory."""
        return {
            self.suffix: self.encoded(crop(image, label.label_ltrb)),
            ".cls": str(label.number).encode(),
            ".json": json.dumps(about(frame, label), ensure_ascii=False).encode(),
        }

    def _close(self, name: str, first: int) -> None:
        samples = self._shards.pop(name)
        self.target.data(name, lambda: _tar(samples, first))


def _tar(samples: list[dict[str, bytes]], first: int) -> bytes:
    """A tar without times, owners and rights, so that the same crops give the same bytes. first: number of its first
    crop."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for number, sample in enumerate(samples, first):
            for suffix, data in sample.items():
                entry = tarfile.TarInfo(f"{number:08d}{suffix}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return whole.getvalue()
