"""Putting faces into an XMP packet that may be somebody else's: every byte that says something else stays as it is.

What facepipe writes it lists in a property of its own, so that it knows it again: programs that rewrite regions keep
properties that they do not know. A region is known by its name and place; one that somebody has renamed is theirs from
then on. What they have written of the same face stays, and is not written twice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from facepipe.errors import InputError
from facepipe.files.names import safe_name
from facepipe.geometry import Size
from facepipe.media.orientation import stored_box, upright_box
from facepipe.xmp.edit import Edit, full
from facepipe.xmp.packet import RDF, XMP_META, Element, Packet, items, list_in, named, read_packet
from facepipe.xmp.regions import (
    MICROSOFT,
    REGION_LIST,
    REGIONS,
    Region,
    faces_named,
    frame_of,
    microsoft_faces,
    mwg_faces,
    same_face,
)

_RECORD = "facepipe:Written"
# Where programs look for the names of people as keywords: a property, the kind of its list, a name in it.
_KEYWORDS: tuple[tuple[str, str, str], ...] = (
    ("dc:subject", "Bag", "{}"),
    ("lr:hierarchicalSubject", "Bag", "People|{}"),
    ("digiKam:TagsList", "Seq", "People/{}"),
    ("Iptc4xmpExt:PersonInImage", "Bag", "{}"),
)
_SAME_PLACE = 0.002  # of a picture's side: what programs round away when they write a region anew

EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="{XMP_META}" x:xmptk="facepipe">
 <rdf:RDF xmlns:rdf="{RDF}">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
""".encode()


@dataclass(frozen=True, slots=True)
class Merged:
    """data: the packet. disputed: (the name there, the name that was to be written) of faces that somebody else has
    named otherwise; these were left as they are. says_nothing: whether the packet is facepipe's own and now empty."""

    data: bytes
    disputed: tuple[tuple[str, str], ...] = ()
    says_nothing: bool = False


def merged(old: bytes, faces: Sequence[Region], stored_wh: Size, orientation: int, *, keywords: bool = True) -> Merged:
    """`old` with these faces, boxes on the upright picture, and without those that were written before and are gone.

    stored_wh, orientation: of the photo. keywords: names as keywords too.
    InputError, which names no file: it cannot be read, or has its regions where none can be added.
    """
    packet = read_packet(old)
    frame = frame_of(packet, stored_wh, orientation)
    # A name as it is read again: XML does not tell one blank from several.
    wanted = [Region(" ".join(face.name.split()), stored_box(face.region_ltrb, frame)) for face in faces]
    edit, before = Edit(packet), _written(packet)
    others = microsoft_faces(packet) if frame == orientation else ()  # they have no other frame
    names, kept, disputed = _merge_regions(edit, wanted, before, list(others), stored_wh)
    for name, kind, pattern in _KEYWORDS:
        texts = [pattern.format(person) for person in names] if keywords else []
        kept += _merge_keywords(edit, name, kind, texts, before)
    _write_record(edit, kept)
    data = edit.result()
    own = packet.root.attributes.get(named(XMP_META, "xmptk")) == "facepipe"
    return Merged(data, tuple(disputed), own and read_packet(data).says_nothing())


def said_by_others(packet: Packet, stored_wh: Size, orientation: int) -> list[Region]:
    """The faces that somebody has named, boxes on the upright picture, but for what facepipe has written itself."""
    frame = frame_of(packet, stored_wh, orientation)
    ours = [entry for entry in map(_region_of, _written(packet)) if entry is not None]
    ours = [Region(region.name, upright_box(region.region_ltrb, frame)) for region in ours]
    faces = faces_named(packet, stored_wh, orientation)
    return [face for face in faces if not any(_is_same(face, region) for region in ours)]


def carried(embedded: bytes) -> bytes:
    """A packet with what a photo's own packet has of the properties that are merged: programs that find a sidecar look
    into it alone for these. InputError: it cannot be read."""
    packet, edit = read_packet(embedded), Edit(read_packet(EMPTY))
    for name in (REGIONS, MICROSOFT, *(full(name) for name, _, _ in _KEYWORDS)):
        found = packet.property(name)
        if found is not None:
            text = packet.data[found.start : found.end].decode()
            used = {prefix for prefix in re.findall(r"[\s</]([\w.-]+):", text) if prefix not in ("xml", "xmlns")}
            spaces = {prefix: uri for prefix in sorted(used) if (uri := found.namespace(prefix)) is not None}
            declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
            edit.append_description('""', declared, f"\n   {text}")
    return edit.result()


def _merge_regions(
    edit: Edit,
    wanted: Sequence[Region],
    before: Sequence[str],
    microsoft: Sequence[Region],
    stored_wh: Size,
) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """The names that the packet's faces have then, of those wanted; what of it is ours; what is disputed.

    microsoft: the regions that Microsoft's programs have written, in the same frame.
    """
    ours = [region for entry in before if (region := _region_of(entry)) is not None]
    theirs: list[Region] = []
    kept: list[Region] = []
    gone = []
    for item, found in mwg_faces(edit.packet):
        still = next((region for region in wanted if _is_same(found, region)), None)
        if not any(_is_same(found, region) for region in ours):
            theirs.append(found)
        elif still is None:
            gone.append(item)
        else:
            kept.append(still)
    names, new, disputed = [region.name for region in kept], [], []
    for region in (region for region in wanted if region not in kept):
        there = same_face(region, theirs)
        said = there or same_face(region, microsoft)
        if said is not None and region.name not in (said.name, safe_name(said.name)):
            disputed.append((said.name, region.name))
            continue
        names.append(region.name)
        if there is None:
            new.append(region)
    _write_regions(edit, gone, new, stored_wh)
    return sorted(set(names)), [_entry_of(region) for region in (*kept, *new)], disputed


def _write_regions(edit: Edit, gone: Sequence[Element], new: Sequence[Region], stored_wh: Size) -> None:
    info = edit.packet.property(REGIONS)
    if info is None:
        if new:
            edit.fresh.append(_regions_text(new, stored_wh))
        return
    inner = info.child(named(RDF, "Description")) or info
    regions = inner.child(REGION_LIST)
    found = list_in(regions) if regions is not None else None
    if gone and not new and found is not None and len(gone) == len(found.children):
        edit.remove(info)
        return
    for item in gone:
        edit.remove(item)
    if not new:
        return
    if found is not None:
        for region in new:
            edit.append(found, _region_text(region, edit.declare(found, "rdf", "mwg-rs", "stArea")))
    elif regions is None and not info.empty:
        spaces = edit.declare(inner, "rdf", "mwg-rs", "stArea")
        bag = "".join(_region_text(region) for region in new)
        edit.append(inner, f"<mwg-rs:RegionList{spaces}><rdf:Bag>{bag}</rdf:Bag></mwg-rs:RegionList>")
    else:
        raise InputError("its regions are written in a way to which none can be added")


def _regions_text(regions: Sequence[Region], stored_wh: Size) -> str:
    lines = [
        '<mwg-rs:Regions rdf:parseType="Resource">',
        f' <mwg-rs:AppliedToDimensions stDim:w="{stored_wh[0]}" stDim:h="{stored_wh[1]}" stDim:unit="pixel"/>',
        " <mwg-rs:RegionList>",
        "  <rdf:Bag>",
        *(f"   {_region_text(region)}" for region in regions),
        "  </rdf:Bag>",
        " </mwg-rs:RegionList>",
        "</mwg-rs:Regions>",
    ]
    return "\n   ".join(lines)


def _region_text(region: Region, spaces: str = "") -> str:
    x, y, w, h = _area(region)
    area = f'stArea:x="{x}" stArea:y="{y}" stArea:w="{w}" stArea:h="{h}" stArea:unit="normalized"'
    name = f"<mwg-rs:Name>{escape(region.name)}</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>"
    return f'<rdf:li{spaces} rdf:parseType="Resource">{name}<mwg-rs:Area {area}/></rdf:li>'


def _merge_keywords(edit: Edit, name: str, kind: str, wanted: Sequence[str], before: Sequence[str]) -> list[str]:
    """Bring a list of texts in line; what of it is ours."""
    ours = {entry.removeprefix(f"{name}=") for entry in before if entry.startswith(f"{name}=")}
    found = edit.packet.property(full(name))
    there = {" ".join(item.text.split()): item for item in items(found)} if found is not None else {}
    gone = [text for text in there if text in ours and text not in set(wanted)]
    new = [text for text in wanted if text not in there]
    mine = [f"{name}={text}" for text in wanted if text in ours or text not in there]
    bag = list_in(found) if found is not None else None
    if found is None:
        if new:
            inside = "".join(f"<rdf:li>{escape(text)}</rdf:li>" for text in new)
            edit.fresh.append(f"<{name}><rdf:{kind}>{inside}</rdf:{kind}></{name}>")
        return mine
    if bag is None:  # written in a way to which nothing can be added
        return []
    if gone and not new and len(gone) == len(bag.children):
        edit.remove(found)
        return mine
    for text in gone:
        edit.remove(there[text])
    for text in new:
        edit.append(bag, f"<rdf:li{edit.declare(bag, 'rdf')}>{escape(text)}</rdf:li>")
    return mine


def _write_record(edit: Edit, entries: Sequence[str]) -> None:
    """The list of what is ours."""
    old = edit.packet.property(full(_RECORD))
    listed = "".join(f"<rdf:li>{escape(entry)}</rdf:li>" for entry in entries)
    if old is not None and not entries:
        edit.remove(old)
    elif old is not None and entries != _written(edit.packet):
        spaces = edit.declare(old, "rdf", "facepipe")
        edit.replace(old, f"<{_RECORD}{spaces}><rdf:Bag>{listed}</rdf:Bag></{_RECORD}>")
    elif old is None and entries:
        edit.fresh.append(f"<{_RECORD}><rdf:Bag>{listed}</rdf:Bag></{_RECORD}>")


def _written(packet: Packet) -> list[str]:
    """What facepipe has listed as its own."""
    record = packet.property(full(_RECORD))
    return [item.text for item in items(record)] if record is not None else []


def _entry_of(region: Region) -> str:
    return f"region={' '.join(_area(region))} {region.name}"


def _region_of(entry: str) -> Region | None:
    """The inverse of `_entry_of`; None for what is no region's entry."""
    match = re.fullmatch(r"region=(\S+) (\S+) (\S+) (\S+) (.+)", entry)
    try:
        x, y, w, h = map(float, match.groups()[:4]) if match else ()
    except ValueError:
        return None
    return Region(match[5], (x - w / 2, y - h / 2, x + w / 2, y + h / 2)) if match else None


def _area(region: Region) -> tuple[str, str, str, str]:
    """Centre, width and height, as texts."""
    left, top, right, bottom = region.region_ltrb
    return tuple(f"{value:.6f}" for value in ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top))


def _is_same(one: Region, other: Region) -> bool:
    apart = max(abs(a - b) for a, b in zip(one.region_ltrb, other.region_ltrb, strict=True))
    return one.name == other.name and apart <= _SAME_PLACE
