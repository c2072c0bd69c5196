"""Hugging Face datasets: data/<split>/<person>/<face_id>.jpg, data/<split>/metadata.jsonl, and a card that it reads.

https://huggingface.co/docs/datasets/image_dataset: a line of metadata.jsonl is a picture, `file_name` counts from its
folder, and every other key becomes a column.
"""

import json
from typing import Any

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Exporter
from facepipe.export.formats.facts import about
from facepipe.export.split import SPLITS
from facepipe.files.names import with_digest
from facepipe.geometry import crop

_NAMES = {"val": "validation"}  # as Hugging Face calls the splits


def _folder(name: str) -> str:
    """A person's folder: `datasets` puts the values of the environment's variables into paths, "$HOME" for one."""
    return with_digest(name.replace("$", "_"), name) if "$" in name else name


class HuggingFaceExporter(Exporter):
    """See the module. A picture is what the label's box holds."""

    unit = "crop"
    pictures = ("jpeg", "png")

    def open(self) -> None:
        self._lines: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}

    def add(self, frame: AnnotatedFrame) -> None:
        labels = self.labels(frame)
        split = _NAMES.get(frame.split, frame.split)
        names = [f"{_folder(label.name)}/{label.face.face_id}{self.suffix}" for label in labels]
        self._lines[frame.split] += [
            {"file_name": name, **about(frame, label)} for name, label in zip(names, labels, strict=True)
        ]
        paths = [f"data/{split}/{name}" for name in names]
        self.write(frame, paths, lambda image: [crop(image, label.label_ltrb) for label in labels])

    def close(self) -> None:
        for split, lines in self._lines.items():
            if lines:
                text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
                self.target.text(f"data/{_NAMES.get(split, split)}/metadata.jsonl", text)

    def front_matter(self) -> str:
        lines = ["configs:", "  - config_name: default", "    data_files:"]
        for split, found in self._lines.items():
            if found:
                name = _NAMES.get(split, split)
                lines += [f"      - split: {name}", f'        path: "data/{name}/**"']
        return "\n".join(
            ["---", "pretty_name: Faces by person", "task_categories:", "  - image-classification", *lines, "---", ""]
        )
