"""Faces as other programs name them are read, whichever way they write; what is hostile or damaged is refused."""

import pytest
from xmp_samples import BOX, DIGIKAM, EXIFTOOL, LIGHTROOM, MICROSOFT, NAME, NAMING, PICASA, WITHOUT_NAMES

from facepipe.errors import InputError
from facepipe.media.orientation import stored_box, upright_box
from facepipe.xmp.packet import MAX_BYTES, packet_in, read_packet
from facepipe.xmp.regions import faces_named

WH = (640, 480)


def named(data: bytes, stored_wh=WH, orientation: int = 1) -> list[tuple]:
    found = faces_named(read_packet(data), stored_wh, orientation)
    return [(face.name, tuple(round(side, 4) for side in face.region_ltrb)) for face in found]


@pytest.mark.parametrize("data", NAMING.values(), ids=NAMING)
def test_the_person_of_every_program_is_read_once(data):
    assert named(data) == [(NAME, BOX)]


@pytest.mark.parametrize("data", WITHOUT_NAMES.values(), ids=WITHOUT_NAMES)
def test_faces_without_names_name_nobody(data):
    assert named(data) == []


def test_a_packet_is_found_in_what_stands_around_it():
    for data in (DIGIKAM, LIGHTROOM, MICROSOFT):
        for block in (b"http://ns.adobe.com/xap/1.0/\0" + data + b"\0\0", b"XML:com.adobe.xmp\0\0\0\0\0" + data):
            assert named(packet_in(block)) == [(NAME, BOX)]
    assert packet_in(b"Exif\0\0") == b""


def test_other_encodings():
    assert named(b"\xef\xbb\xbf" + PICASA) == [(NAME, BOX)]
    assert named(PICASA.decode().encode("utf-16")) == [(NAME, BOX)]
    with pytest.raises(InputError):
        read_packet(PICASA.decode().replace("\ufeff", "").encode("latin-1"))


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, (0.1, 0.2, 0.3, 0.6)),
        (2, (0.7, 0.2, 0.9, 0.6)),
        (3, (0.7, 0.4, 0.9, 0.8)),
        (4, (0.1, 0.4, 0.3, 0.8)),
        (5, (0.2, 0.1, 0.6, 0.3)),
        (6, (0.4, 0.1, 0.8, 0.3)),  # the camera was held upright: what is stored left is seen on top
        (7, (0.4, 0.7, 0.8, 0.9)),
        (8, (0.2, 0.7, 0.6, 0.9)),
    ],
)
def test_regions_are_measured_on_the_picture_as_it_is_stored(orientation, upright):
    assert named(PICASA, orientation=orientation) == [(NAME, upright)]
    assert named(MICROSOFT, orientation=orientation) == [(NAME, upright)]
    assert stored_box(upright_box(BOX, orientation), orientation) == pytest.approx(BOX)


def test_a_writer_who_measured_on_the_upright_picture_is_known_by_its_dimensions():
    turned = EXIFTOOL.replace(b"<stDim:h>480", b"<stDim:h>640").replace(b"<stDim:w>640", b"<stDim:w>480")
    assert named(turned, orientation=6) == [(NAME, BOX)]
    assert named(turned, stored_wh=(480, 640), orientation=6) == [(NAME, (0.4, 0.1, 0.8, 0.3))]


@pytest.mark.parametrize(
    "old, new",
    [
        (b"0.200000</stArea:w>", b"nan</stArea:w>"),
        (b"0.200000</stArea:w>", b"1e999</stArea:w>"),
        (b"0.200000</stArea:w>", b"-0.2</stArea:w>"),
        (b"0.200000</stArea:w>", b"wide</stArea:w>"),
        (b">normalized<", b">pixel<"),
        (b">Face<", b">BarCode<"),
        (b"<rdf:Bag>", b"<rdf:Nothing>"),
    ],
)
def test_what_is_no_face_is_none(old, new):
    data = PICASA.replace(old, new).replace(b"</rdf:Bag>", b"</rdf:Nothing>" if b"Nothing" in new else b"</rdf:Bag>")
    assert named(data) == []


BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>"""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (BOMB + PICASA.split(b"\n", 1)[1].replace(b"J\xc3\xbcrgen", b"&b;"), "document type"),
        (OUTSIDE + PICASA.split(b"\n", 1)[1].replace(b"J\xc3\xbcrgen", b"&a;"), "document type"),
        (PICASA.replace(b"J\xc3\xbcrgen", b"&a;"), "undefined entity"),
        (PICASA[:900], "no element found|unclosed token"),
        (b"", "no element found"),
        (b"<svg/>", "no XMP"),
        (b"<a>" * 100 + b"</a>" * 100, "too deeply"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "too many"),
        (b" " * (MAX_BYTES + 1), "more than 8 MB"),
        (b"\xff\xfe<", "damaged"),
    ],
    ids=["entities", "outside", "undefined", "cut", "empty", "svg", "deep", "many", "large", "utf-16"],
)
def test_what_is_hostile_or_damaged_is_refused_in_a_line(data, why):
    with pytest.raises(InputError, match=why):
        read_packet(data)
