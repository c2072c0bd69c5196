"""Ultralytics YOLO pose: as `yolo`, with the five landmarks of every face.

https://docs.ultralytics.com/datasets/pose/: a line a face, "class cx cy w h", then "x y v" a point, normalised to the
picture. v is 2 for a point that is seen, and 0, with x and y 0, for one that is not known or lies outside the picture.
"""

from facepipe.export.exporter import Label
from facepipe.export.formats.points import MIRRORED, NAMES, visible_points
from facepipe.export.formats.yolo import YoloExporter, label_line
from facepipe.geometry import Size


class YoloPoseExporter(YoloExporter):
    """See the module."""

    about = (f"kpt_shape: [{len(NAMES)}, 3]", f"flip_idx: {list(MIRRORED)}")

    def line(self, label: Label, size_wh: Size) -> str:
        width, height = size_wh
        points = (f"{x / width:.6f} {y / height:.6f} {v:.0f}" for x, y, v in visible_points(label.face, size_wh))
        return " ".join([label_line(label, size_wh), *points])
