"""The faces that a packet names, and where they are: the regions of the Metadata Working Group, and Microsoft's.

Metadata Working Group, "Guidelines for Handling Image Metadata", version 2.0, section 5.9: a region is measured on the
picture as it is stored, before its orientation is applied. digiKam, Lightroom, Picasa, Apple's programs and Immich keep
to that; for those who measure on the upright picture `AppliedToDimensions` tells, where it is turned on its side.
Microsoft, "People Tagging Overview", for `MP:RegionInfo`: "left, top, width, height".
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from facepipe.geometry import BoxF, Size, iou
from facepipe.media.orientation import UPRIGHT, turned, upright_box
from facepipe.xmp.packet import Element, Packet, fields, items, named

MWG = "http://www.metadataworkinggroup.com/schemas/regions/"
AREA = "http://ns.adobe.com/xmp/sType/Area#"
DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_MP = "http://ns.microsoft.com/photo/1.2/"
_MPRI = "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
_MPREG = "http://ns.microsoft.com/photo/1.2/t/Region#"

REGIONS, REGION_LIST = named(MWG, "Regions"), named(MWG, "RegionList")
MICROSOFT = named(_MP, "RegionInfo")
_FACE = ("face", "")
_SAME_FACE = 0.3  # overlap (IoU) of two regions


@dataclass(frozen=True, slots=True)
class Region:
    """A face: its name, "" where it has none; its box, in shares of a picture's sides: who gives one says of which."""

    name: str
    region_ltrb: BoxF


def faces_named(packet: Packet, stored_wh: Size, orientation: int) -> list[Region]:
    """The faces with a name, their boxes on the upright picture: the Working Group's, and what is Microsoft's alone.

    stored_wh, orientation: of the photo.
    """
    frame = frame_of(packet, stored_wh, orientation)
    found = [_upright(region, frame) for _, region in mwg_faces(packet) if region.name]
    others = [_upright(region, orientation) for region in microsoft_faces(packet)]
    return found + [region for region in others if same_face(region, found) is None]


def same_face(face: Region, regions: Sequence[Region]) -> Region | None:
    """The region with a name, of some, that is the same face."""
    overlap = [float(iou(region.region_ltrb, face.region_ltrb)) * bool(region.name) for region in regions]
    best = max(range(len(regions)), key=overlap.__getitem__, default=None)
    return regions[best] if best is not None and overlap[best] >= _SAME_FACE else None


def _upright(region: Region, orientation: int) -> Region:
    return Region(region.name, upright_box(region.region_ltrb, orientation))


def frame_of(packet: Packet, stored_wh: Size, orientation: int) -> int:
    """The orientation of the frame in which the packet's regions were measured: the photo's, or UPRIGHT."""
    upright_wh, info = turned(stored_wh, orientation), packet.property(REGIONS)
    applied = fields(info).get(named(MWG, "AppliedToDimensions")) if info is not None else None
    if upright_wh == stored_wh or not isinstance(applied, Element):
        return orientation
    width, height = (_number(fields(applied).get(named(DIMENSIONS, side))) for side in "wh")
    as_seen = upright_wh[0] - upright_wh[1]
    return UPRIGHT if (width - height) * as_seen > 0 else orientation


def mwg_faces(packet: Packet) -> Iterator[tuple[Element, Region]]:
    """The items of the Working Group's list that are faces, and what they say."""
    info = packet.property(REGIONS)
    regions = fields(info).get(REGION_LIST) if info is not None else None
    for item in items(regions) if isinstance(regions, Element) else ():
        said = fields(item)
        area = said.get(named(MWG, "Area"))
        if not isinstance(area, Element) or _text(said.get(named(MWG, "Type"))).casefold() not in _FACE:
            continue
        measures = fields(area)
        x, y, w, h = (_number(measures.get(named(AREA, side))) for side in "xywh")
        if _text(measures.get(named(AREA, "unit"))) in ("normalized", "") and _is_area(x, y, w, h):
            yield item, Region(_text(said.get(named(MWG, "Name"))), (x - w / 2, y - h / 2, x + w / 2, y + h / 2))


def microsoft_faces(packet: Packet) -> Iterator[Region]:
    """The faces with a name that Microsoft's programs list, on the picture as it is stored."""
    info = packet.property(MICROSOFT)
    regions = fields(info).get(named(_MPRI, "Regions")) if info is not None else None
    for item in items(regions) if isinstance(regions, Element) else ():
        said = fields(item)
        name = _text(said.get(named(_MPREG, "PersonDisplayName")))
        numbers = [_number(part) for part in _text(said.get(named(_MPREG, "Rectangle"))).split(",")]
        if name and len(numbers) == 4 and _is_area(*numbers):
            left, top, width, height = numbers
            yield Region(name, (left, top, left + width, top + height))


def _is_area(x: float, y: float, w: float, h: float) -> bool:
    return -1 <= x <= 2 and -1 <= y <= 2 and 0 < w <= 2 and 0 < h <= 2  # which is false for what is no number


def _text(value: Element | str | None) -> str:
    text = value.text if isinstance(value, Element) else value or ""
    return " ".join(text.split())


def _number(value: Element | str | None) -> float:
    try:
        return float(_text(value))
    except ValueError:
        return math.nan
