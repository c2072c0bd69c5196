"""Faces are put into the packets of other programs without harm, found again, brought in line and taken out again."""

import json
import re
import shutil
import subprocess

import pytest
from xmp_samples import APPLE, BOX, DIGIKAM, EXIFTOOL, IMMICH, LIGHTROOM, MICROSOFT, NAME, NAMING, PICASA, WITHOUT_NAMES

from facepipe.errors import InputError
from facepipe.xmp.merge import EMPTY, carried, merged, said_by_others
from facepipe.xmp.packet import items, named, read_packet
from facepipe.xmp.regions import Region, faces_named

WH = (640, 480)
ANNA, BEN = Region("Anna", (0.5, 0.1, 0.7, 0.4)), Region('Ben & "Co" é', (0.75, 0.1, 0.95, 0.4))
EVERY = {**NAMING, **WITHOUT_NAMES}
DC, LR = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/lightroom/1.0/"
DIGIKAM_NS, IPTC = "http://www.digikam.org/ns/1.0/", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def put(old: bytes, *faces: Region, wh=WH, orientation: int = 1, **options) -> bytes:
    return merged(old, faces, wh, orientation, **options).data


def people(data: bytes, wh=WH, orientation: int = 1) -> dict[str, tuple]:
    found = faces_named(read_packet(data), wh, orientation)
    return {face.name: tuple(round(side, 4) for side in face.region_ltrb) for face in found}


def words(data: bytes, namespace: str, name: str) -> list[str]:
    found = read_packet(data).property(named(namespace, name))
    return [] if found is None else [item.text for item in items(found)]


def test_a_new_packet_names_the_faces_where_programs_look():
    data = put(EMPTY, ANNA, BEN)
    assert people(data) == {ANNA.name: ANNA.region_ltrb, BEN.name: BEN.region_ltrb}
    assert words(data, DC, "subject") == words(data, IPTC, "PersonInImage") == ["Anna", BEN.name]
    assert words(data, LR, "hierarchicalSubject") == ["People|Anna", f"People|{BEN.name}"]
    assert words(data, DIGIKAM_NS, "TagsList") == ["People/Anna", f"People/{BEN.name}"]
    assert b'stDim:w="640" stDim:h="480" stDim:unit="pixel"' in data
    bare = put(EMPTY, ANNA, keywords=False)
    assert people(bare) == {"Anna": ANNA.region_ltrb} and words(bare, DC, "subject") == []
    less = put(data, ANNA, keywords=False)  # they were ours
    assert people(less) == people(bare) and b"People" not in less and b"Ben" not in less


@pytest.mark.parametrize("old", EVERY.values(), ids=EVERY)
def test_nothing_of_others_is_lost_and_all_of_ours_can_go_again(old):
    both = put(old, ANNA, BEN)
    theirs = {NAME: BOX} if old in NAMING.values() else {}
    assert people(both) == {**theirs, ANNA.name: ANNA.region_ltrb, BEN.name: BEN.region_ltrb}
    assert put(both, ANNA, BEN) == both
    only = put(both, BEN)
    assert "Anna" not in people(only) and BEN.name in people(only) and b"Anna" not in only
    assert put(only) == old and not merged(only, (), WH, 1).says_nothing


def test_what_another_program_says_of_the_same_face_is_not_said_twice():
    again = Region(NAME, (0.12, 0.22, 0.32, 0.62))
    data = put(DIGIKAM, again, ANNA)
    assert people(data) == {NAME: BOX, "Anna": ANNA.region_ltrb}
    assert words(data, DC, "subject") == [NAME, "Beach", "Anna"]
    assert words(data, IPTC, "PersonInImage") == ["Anna", NAME]  # they had none
    assert put(data) == DIGIKAM


@pytest.mark.parametrize(
    "old", [DIGIKAM, LIGHTROOM, PICASA, MICROSOFT], ids=["digikam", "adobe", "picasa", "microsoft"]
)
def test_a_face_that_another_program_names_otherwise_is_left_to_it(old):
    result = merged(old, [Region("Anna", (0.12, 0.22, 0.32, 0.62))], WH, 1)
    assert result.data == old and result.disputed == ((NAME, "Anna"),)


def test_names_that_change_are_brought_in_line():
    before = put(DIGIKAM, ANNA)
    after = put(before, Region("Anne", ANNA.region_ltrb))
    assert people(after) == {NAME: BOX, "Anne": ANNA.region_ltrb} and b"Anna" not in after
    assert words(after, DIGIKAM_NS, "TagsList") == [f"People/{NAME}", "Places/Beach", "People/Anne"]


def test_what_a_program_has_written_anew_is_known_again_and_what_it_has_renamed_is_its_own():
    ours = put(EMPTY, ANNA, BEN)
    rewritten = ours.replace(b'stArea:x="0.600000"', b'stArea:x="0.6003"')  # rounded
    rewritten = rewritten.replace(
        b' rdf:parseType="Resource"><mwg-rs:Name>', b' rdf:parseType="Resource">\n<mwg-rs:Name>'
    )
    assert said_by_others(read_packet(rewritten), WH, 1) == []
    assert b"Anna" not in put(rewritten, BEN)
    renamed = ours.replace(b"<mwg-rs:Name>Anna<", b"<mwg-rs:Name>Annabel<")
    (said,) = said_by_others(read_packet(renamed), WH, 1)
    assert said.name == "Annabel" and said.region_ltrb == pytest.approx(ANNA.region_ltrb)
    result = merged(renamed, [ANNA, BEN], WH, 1)
    assert result.disputed == (("Annabel", "Anna"),)
    assert {*people(result.data)} == {"Annabel", BEN.name} and words(result.data, DC, "subject") == [BEN.name]


def test_a_packet_of_our_own_that_says_nothing_any_more_is_known():
    assert merged(put(EMPTY, ANNA), (), WH, 1).says_nothing
    assert put(put(EMPTY, ANNA)) == EMPTY
    mine = put(EMPTY, ANNA).replace(b"<rdf:li>Anna</rdf:li>", b"<rdf:li>Anna</rdf:li><rdf:li>beach</rdf:li>", 1)
    result = merged(mine, (), WH, 1)
    assert not result.says_nothing and words(result.data, DC, "subject") == ["beach"]


def test_a_name_with_several_blanks_is_written_once():
    wide = Region("Anna  Maria", ANNA.region_ltrb)
    data = put(DIGIKAM, wide)
    assert people(data) == {NAME: BOX, "Anna Maria": ANNA.region_ltrb} and put(data, wide) == data


def test_a_turned_photo_has_its_regions_where_it_is_stored():
    tall = Region("Anna", (0.4, 0.1, 0.8, 0.3))
    data = put(EMPTY, tall, orientation=6)
    assert people(data) == {"Anna": BOX} and people(data, orientation=6) == {"Anna": tall.region_ltrb}
    turned = EXIFTOOL.replace(b"<stDim:h>480", b"<stDim:h>640").replace(b"<stDim:w>640", b"<stDim:w>480")
    beside = put(turned, Region("Anna", (0.6, 0.6, 0.9, 0.9)), orientation=6)  # who measures upright reads upright
    assert people(beside, orientation=6) == {NAME: BOX, "Anna": (0.6, 0.6, 0.9, 0.9)}


def test_lists_that_are_empty_or_have_other_prefixes():
    empty = (
        IMMICH.replace(b"<rdf:li>Holiday</rdf:li>", b"")
        .replace(b"<rdf:Seq>", b"<rdf:Seq/>")
        .replace(b"</rdf:Seq>", b"")
    )
    assert words(put(empty, ANNA), DIGIKAM_NS, "TagsList") == ["People/Anna"]
    other = re.sub(rb"\brdf:", b"r:", re.sub(rb"mwg-rs:", b"m:", re.sub(rb"stArea:", b"a:", PICASA)))
    other = other.replace(b"xmlns:rdf=", b"xmlns:r=").replace(b"xmlns:mwg-rs=", b"xmlns:m=")
    other = other.replace(b"xmlns:stArea=", b"xmlns:a=")
    data = put(other, ANNA)
    assert people(data) == {NAME: BOX, "Anna": ANNA.region_ltrb} and put(data) == other


def test_a_packet_that_cannot_be_read_is_an_error():
    for data in (b"", b"<svg/>", DIGIKAM[:500], b"<!DOCTYPE a>" + DIGIKAM):
        with pytest.raises(InputError):
            merged(data, [ANNA], WH, 1)


@pytest.mark.parametrize("old", EVERY.values(), ids=EVERY)
def test_a_sidecar_begins_with_what_the_photo_says_of_people_and_keywords(old):
    data = carried(old)
    assert people(data) == people(old) and words(data, DIGIKAM_NS, "TagsList") == words(old, DIGIKAM_NS, "TagsList")
    assert b"crs:" not in data and b"Rating" not in data and b"Orientation" not in data
    assert (b"FaceID" in data) == (old == APPLE)
    assert "Anna" in people(put(data, ANNA)) and put(put(data, ANNA)) == data


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("old", [EMPTY, *EVERY.values()], ids=["new", *EVERY])
def test_exiftool_reads_what_was_written(old, tmp_path):
    (tmp_path / "a.xmp").write_bytes(put(old, ANNA, BEN))
    command = ["exiftool", "-j", "-struct", "-n", "-charset", "utf8", "-XMP:all", "-warning", "-validate", "a.xmp"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    (said,) = json.loads(done.stdout)
    assert "Warning" not in said
    regions = {one["Name"]: one["Area"] for one in said["RegionInfo"]["RegionList"] if "Name" in one}
    area = regions["Anna"]
    assert (area["X"], area["Y"], area["W"], area["H"]) == pytest.approx((0.6, 0.25, 0.2, 0.3)) and BEN.name in regions
    assert said["RegionInfo"]["AppliedToDimensions"] == {"W": 640, "H": 480, "Unit": "pixel"}
    assert {"People/Anna", f"People/{BEN.name}"} <= {*said["TagsList"]}
    assert {"Anna", BEN.name} <= {*said["Subject"]} & {*said["PersonInImage"]}
