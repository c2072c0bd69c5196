"""Boxes as YOLO's label files have them, read."""

from facepipe.geometry import Box, Size


def from_yolo(centre_size: tuple[float, float, float, float], size_wh: Size) -> Box:
    """Inverse of `geometry.to_yolo`, rounded to whole pixels."""
    x, y, w, h = centre_size
    width, height = size_wh
    return (
        round((x - w / 2) * width),
        round((y - h / 2) * height),
        round((x + w / 2) * width),
        round((y + h / 2) * height),
    )
