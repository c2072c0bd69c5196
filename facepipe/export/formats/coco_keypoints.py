"""COCO keypoints: as `coco`, with the five landmarks of every face. https://cocodataset.org/#format-data"""

from typing import Any, ClassVar

from facepipe.export.exporter import Label
from facepipe.export.formats.coco import CocoExporter
from facepipe.export.formats.points import NAMES, SEEN, visible_points
from facepipe.geometry import Size


class CocoKeypointsExporter(CocoExporter):
    """See the module. keypoints: x, y, v of each; v is 2 for a point that is seen, 0 for one that is not known."""

    task: ClassVar[str] = "person_keypoints"
    category: ClassVar[dict[str, Any]] = {
        "keypoints": list(NAMES),
        "skeleton": [[1, 2], [1, 3], [2, 3], [3, 4], [3, 5], [4, 5]],
    }

    def details(self, label: Label, size_wh: Size) -> dict[str, Any]:
        points = visible_points(label.face, size_wh)
        return {
            "track_id": label.face.track,
            "num_keypoints": int((points[:, 2] == SEEN).sum()),
            "keypoints": [round(float(value), 2) for value in points.reshape(-1)],
        }
