"""What is said of a crop beside its picture, in the formats that say it as JSON."""

from typing import Any

from facepipe.annotated import AnnotatedFrame
from facepipe.export.exporter import Label


def about(frame: AnnotatedFrame, label: Label) -> dict[str, Any]:
    """Builtins. box: left, top, right, bottom in the stored frame."""
    return {
        "person": label.name,
        "face_id": label.face.face_id,
        "source": frame.source,
        "frame": frame.index,
        "time_s": round(frame.time_s, 3),
        "shot": frame.shot,
        "box": list(label.label_ltrb),
        "quality": round(label.face.quality, 4),
        "score": round(label.face.score, 4),
    }
