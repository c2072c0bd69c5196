"""WebDataset: <split>-000000.tar, ... with <number>.jpg, .cls and .json of every crop; classes.txt names the classes.

https://github.com/webdataset/webdataset: files of a shard that are called alike up to the first dot are one sample, and
follow each other; .cls is the number of its class. An id has dots, so keys are numbers; .json has the id.
"""

import io
import json
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby

import numpy as np

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.facts import about
from facepipe.geometry import crop
from facepipe.options import Options, option

Sample = dict[str, bytes]  # the files of a crop by their suffixes


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
        self._parts: dict[tuple[str, int], list[Callable[[], list[Sample]]]] = defaultdict(list)  # of open shards

    def add(self, frame: AnnotatedFrame) -> None:
        labels, split, most = self.labels(frame), frame.split, self.own.shard
        places = range(self._count[split], self._count[split] + len(labels))
        self._count[split] += len(labels)
        for number, own in groupby(zip(places, labels, strict=True), lambda placed: placed[0] // most):
            name = _name(split, number)
            part = partial(self._samples, frame, [label for _, label in own], self.opened(frame, [name]))
            if self.originals is not None and self.target.lacks(name) and not self.target.dry:
                part = partial(list, part())  # encoded at once: a shard of decoded frames would not fit into memory
            self._parts[split, number].append(part)
            if self._count[split] >= (number + 1) * most:
                self._close(split, number)

    def close(self) -> None:
        for split, number in list(self._parts):
            self._close(split, number)
        self.target.text("classes.txt", "".join(f"{name}\n" for name in self.classes))

    def _samples(self, frame: AnnotatedFrame, labels: list[Label], pixels: Callable[[], np.ndarray]) -> list[Sample]:
        image = pixels()
        return [
            {
                self.suffix: self.encoded(crop(image, label.label_ltrb)),
                ".cls": str(label.number).encode(),
                ".json": json.dumps(about(frame, label), ensure_ascii=False).encode(),
            }
            for label in labels
        ]

    def _close(self, split: str, number: int) -> None:
        parts = self._parts.pop((split, number))
        first = number * self.own.shard
        self.target.data(_name(split, number), lambda: _tar(chain.from_iterable(part() for part in parts), first))


def _name(split: str, number: int) -> str:
    return f"{split}-{number:06d}.tar"


def _tar(samples: Iterable[Sample], first: int) -> bytes:
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
