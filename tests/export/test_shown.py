"""Whose faces an export says it shows: whoever is forgotten is looked for among these."""

import json

import pytest
from dataset_world import Spot, make_run

from facepipe.annotated import AnnotatedFrames
from facepipe.export.card import Origin
from facepipe.export.export import Request, export_dataset
from facepipe.export.exporter import Exporter
from facepipe.export.formats import EXPORTERS
from facepipe.export.options import ExportOptions
from facepipe.export.selection import Selection
from facepipe.files.target import Target

ORIGIN = Origin("0", ("a",), "cnn", "dlib", {}, {})


def sink_beside(tmp_path, kind, gap, **options) -> tuple[Exporter, AnnotatedFrames]:
    """Ana, and so many pixels beside her somebody whom nobody knows."""
    spots = [Spot("a", 0, (100, 40, 120, 60), "ana"), Spot("a", 0, (120 + gap, 40, 140 + gap, 60), "")]
    frames = AnnotatedFrames(make_run(tmp_path / str(gap), spots), tmp_path / str(gap) / "frames")
    return EXPORTERS.load(kind)(Target(tmp_path, dry=True), ["ana"], ExportOptions(**options)), frames


@pytest.mark.parametrize(
    ("kind", "options", "reach"),
    [
        ("imagefolder", {}, 2),
        ("huggingface", {"boxes": "upper-body"}, 22),
        ("webdataset", {"boxes": "body"}, 26),
        ("lfw", {}, 14),
        ("market", {}, 44),
        ("aligned", {}, 9),
    ],
)
def test_who_stands_in_the_crop_of_another_is_shown(tmp_path, kind, options, reach):
    """As far as the box that is really cut reaches to the head."""
    for gap in (reach, reach + 1):
        sink, (frame,) = sink_beside(tmp_path, kind, gap, unknown="ignore", **options)
        assert sink.shown(frame) == [face.face_id for face in frame.faces][: 2 if gap == reach else 1]
        sink.options = ExportOptions(unknown="mask", **options)
        assert sink.shown(frame) == [frame.faces[0].face_id], "who is grey is not seen"


def test_who_was_not_asked_for_is_found_beside_others(tmp_path):
    spots = [Spot("a", 0, (100, 40, 120, 60), "ana"), Spot("a", 0, (130, 40, 150, 60), "ben")]
    table = make_run(tmp_path, spots)
    for unknown, seen in {"ignore": 2, "mask": 1}.items():
        options = ExportOptions(unknown=unknown, boxes="upper-body")
        request = Request("imagefolder", Selection(people=("ana",)), options)
        export_dataset(
            tmp_path / "out", table, tmp_path / "frames", request, Origin("0", ("a",), "cnn", "dlib", {}, {})
        )
        assert json.loads((tmp_path / "out/export.json").read_text())["faces"] == [*table.face_id[:seen]]
