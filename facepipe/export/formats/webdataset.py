"""WebDataset: <split>-000000.tar, ... with <face_id>.jpg, .cls and .json of every crop; classes.txt names the classes.

https://github.com/webdataset/webdataset: files of a shard that are called alike up to the first dot are one sample, and
follow each other; .cls is the number of its class. An id has dots, so keys are numbers; .json has the id.
"""

import io
import json
import tarfile
from collections import defaultdict
from dataclasses import dataclass

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter, Label
from facepipe.export.formats.facts import about
from facepipe.geometry import crop
from facepipe.imaging.codec import encode_jpeg
from facepipe.options import Options, option


@dataclass(frozen=True, slots=True)
class WebDatasetOptions(Options):
    """Options of this format."""

    shard: int = option(1000, "crops in a tar file at most", metavar="N", low=1)


class WebDatasetExporter(Exporter):
    """See the module. A picture is what the label's box holds."""

    unit = "crop"
    Own = WebDatasetOptions

    def open(self) -> None:
        self._crops: dict[str, list[tuple[AnnotatedFrame, Label]]] = defaultdict(list)

    def add(self, frame: AnnotatedFrame) -> None:
        self._crops[frame.split] += [(frame, label) for label in self.labels(frame)]

    def close(self) -> None:
        for split, crops in self._crops.items():
            for number, start in enumerate(range(0, len(crops), self.own.shard)):
                part = crops[start : start + self.own.shard]
                name = f"{split}-{number:06d}.tar"
                self.target.data(name, lambda part=part, start=start: self._shard(part, start))
        self.target.text("classes.txt", "".join(f"{name}\n" for name in self.classes))

    def _shard(self, crops: list[tuple[AnnotatedFrame, Label]], start: int) -> bytes:
        """A tar without times, owners and rights, so that the same crops give the same bytes."""
        whole = io.BytesIO()
        last, image = None, None
        with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for number, (frame, label) in enumerate(crops, start):
                if frame is not last:
                    last, image = frame, self.pixels(frame)
                text = json.dumps(about(frame, label), ensure_ascii=False)
                parts = {
                    "jpg": encode_jpeg(crop(image, label.label_ltrb)),
                    "cls": str(label.number).encode(),
                    "json": text.encode(),
                }
                for kind, data in parts.items():
                    entry = tarfile.TarInfo(f"{number:08d}.{kind}")
                    entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))
        return whole.getvalue()
