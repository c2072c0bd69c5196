"""An export format: faces.jsonl, a line of JSON a face."""

import json
from dataclasses import dataclass

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter
from facepipe.options import Options, option


@dataclass(frozen=True, slots=True)
class LinesOptions(Options):
    decimals: int = option(3, "digits after the point of a time", metavar="N", low=0)


class LinesExporter(Exporter):
    """Lines: faces.jsonl, who is where and when, without pictures."""

    unit = "row"
    Own = LinesOptions

    def open(self) -> None:
        self._lines: list[str] = []

    def add(self, frame: AnnotatedFrame) -> None:
        for label in self.labels(frame):
            row = {
                "face_id": label.face.face_id,
                "person": label.name,
                "source": frame.source,
                "time_s": round(frame.time_s, self.own.decimals),
                "box_ltrb": list(label.label_ltrb),
            }
            self._lines.append(json.dumps(row) + "\n")

    def close(self) -> None:
        self.target.text("faces.jsonl", "".join(self._lines))
