"""Names go out to other programs as sidecars beside the photos, and come back from them as decisions."""

import re
import shutil
from pathlib import Path

import family
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from small_run import facepipe
from xmp_samples import DIGIKAM, IMMICH

from facepipe.errors import InputError
from facepipe.media.photos import open_photo
from facepipe.people.decisions import replay
from facepipe.people.log import read_log
from facepipe.people.said import take_names
from facepipe.runs.inputs import as_they_are, changed_since
from facepipe.runs.opening import load_run
from facepipe.table import FaceTable
from facepipe.xmp import STEM, WHOLE
from facepipe.xmp.packet import packet_in, read_packet
from facepipe.xmp.regions import faces_named
from facepipe.xmp.sidecars import Places, people_said

NO_WARNING = pytest.fail


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return family.family(tmp_path_factory)


@pytest.fixture
def world(made, tmp_path):
    """A library and its run, to be changed."""
    library, _, out, _ = made
    shutil.copytree(library, tmp_path / "library")
    shutil.copytree(out, tmp_path / "out")
    text = (tmp_path / "out/run.json").read_text().replace(str(library), str(tmp_path / "library"))
    (tmp_path / "out/run.json").write_text(text)
    load_run(tmp_path / "out").update(exports=())
    return tmp_path


def sidecars(world: Path) -> dict[str, bytes]:
    found = sorted((world / "library").rglob("*.xmp"))
    return {path.relative_to(world / "library").as_posix(): path.read_bytes() for path in found}


def names_in(photo: Path, data: bytes) -> set[str]:
    picture = open_photo(photo)
    return {face.name for face in faces_named(read_packet(data), picture.stored_wh, picture.file.orientation)}


def forget_who_wrote(path: Path) -> None:
    """As if another program had written what facepipe wrote."""
    path.write_bytes(re.sub(rb"<facepipe:Written>.*</facepipe:Written>", b"", path.read_bytes()))


def test_every_photo_with_somebody_gets_a_sidecar_and_no_photo_changes(world):
    before = {path: path.read_bytes() for path in (world / "library").rglob("*") if path.is_file()}
    said = facepipe("sidecars", world / "out", "--dry-run")
    assert sidecars(world) == {} and said.stdout.count("new\t") == 13
    assert "13 sidecars written" in facepipe("sidecars", world / "out").stderr
    found = sidecars(world)
    assert {name.removesuffix(".xmp") for name in found} == {n for n in family.PHOTOS if n != "trip/anim.gif"}
    for name, data in found.items():
        photo = name.removesuffix(".xmp")
        assert names_in(world / "library" / photo, data) == family.who(family.PHOTOS[photo])
    assert {path: path.read_bytes() for path in before} == before
    assert facepipe("sidecars", world / "out").stderr.endswith("0 sidecars written, 0 changed, 13 unchanged\n")
    assert (world / "library/trip/solo.jpg.xmp").stat().st_mode == (world / "library/trip/solo.jpg").stat().st_mode


def test_sidecars_follow_names_and_somebody_elses_words_stay(world):
    trip = world / "library/trip"
    (trip / "solo.jpg.xmp").write_bytes(IMMICH)
    (trip / "web.xmp").write_bytes(DIGIKAM)  # as Adobe's programs call it
    (trip / "print.jpg.xmp").write_text("<svg/>")
    (trip / "old.bmp.xmp").symlink_to(trip / "notes.txt")
    said = facepipe("sidecars", world / "out").stderr
    assert "print.jpg.xmp: it holds no XMP; it is left alone" in said and "old.bmp.xmp is a link" in said
    assert "9 sidecars written, 2 changed, 2 left alone" in said and not (trip / "web.webp.xmp").exists()
    assert b"Holiday" in (trip / "solo.jpg.xmp").read_bytes() and b"Rex" in (trip / "web.xmp").read_bytes()
    (world / "out/people/Ruth").rename(world / "out/people/Ruthie")
    shutil.rmtree(world / "out/people/Marta")
    said = facepipe("sidecars", world / "out").stderr
    assert "0 sidecars written, 6 changed, 2 left alone, 2 removed, 3 unchanged" in said
    found = sidecars(world)
    assert not any(b"Marta" in data or re.search(rb"\bRuth\b", data) for data in found.values())
    assert found["trip/solo.jpg.xmp"] == IMMICH and b"Ruthie" in found["trip/turned.jpg.xmp"]


def test_names_are_written_into_photos_which_stay_the_photos_that_they_are(world):
    """A bitmap has no room for them."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    photos = {name: world / "library" / name for name in family.PHOTOS if name != "trip/anim.gif"}
    before = {name: path.read_bytes() for name, path in photos.items()}
    write = ("sidecars", world / "out", "--write-originals")
    assert facepipe(*write, "--dry-run").stdout.count("changed\t") == 13
    assert "13 photos would be written to" in facepipe(*write, code=2).stderr
    assert {name: path.read_bytes() for name, path in photos.items()} == before

    said = facepipe(*write, "--yes").stderr
    assert "12 photos written to, 1 left alone" in said and "exiftool cannot write it (Writing of BMP files" in said
    bitmap = photos.pop("trip/old.bmp")
    assert bitmap.read_bytes() == before["trip/old.bmp"] and sidecars(world) == {}
    for name, path in photos.items():
        assert names_in(path, packet_in(open_photo(path).file.xmp)) == family.who(family.PHOTOS[name])
        assert path.with_name(f"{path.name}_original").read_bytes() == before[name]
    folder = load_run(world / "out")
    assert not any(map(changed_since, folder.state.inputs)) and take_names(folder, NO_WARNING).taken == 0
    assert "0 photos written to, 1 left alone, 12 unchanged" in facepipe(*write, "--yes").stderr

    said = facepipe("forget", world / "out", "--person", "Marta", "--yes").stderr
    assert f"still named in the photo {photos['trip/solo.jpg']}: facepipe sidecars --write-originals again" in said
    facepipe(*write, "--yes")
    assert not any(b"Marta" in path.read_bytes() for path in photos.values())


def test_a_photo_whose_xmp_only_exiftool_finds_is_left_alone(world):
    """It would be lost. As ImageMagick writes it into a PNG."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    photo, text, info = world / "library/trip/group.png", DIGIKAM.hex(), PngInfo()
    info.add_text("Raw profile type xmp", f"\nxmp\n{len(DIGIKAM):8}\n{text}\n", zip=True)
    with Image.open(photo) as picture:
        picture.save(photo, pnginfo=info)
    before = photo.read_bytes()
    folder = load_run(world / "out")
    folder.update(inputs=as_they_are(folder.state.inputs, {entry.source_id for entry in folder.state.inputs}))
    said = facepipe("sidecars", world / "out", "--write-originals", "--yes").stderr
    assert f"{photo} has XMP that exiftool finds and facepipe does not: it is left alone" in said
    assert photo.read_bytes() == before


def test_without_exiftool_no_photo_is_written_to(world, monkeypatch):
    monkeypatch.setenv("PATH", "")
    said = facepipe("sidecars", world / "out", "--write-originals", "--yes", code=2).stderr
    assert said.count("\n") == 1 and "exiftool is not installed" in said
    assert "leave them out" in facepipe("sidecars", world / "out", "--write-originals", "--to", world, code=2).stderr
    assert "leave it out" in facepipe("sidecars", world / "out", "--yes", code=2).stderr


def test_sidecars_in_a_folder_by_the_short_name(world):
    shutil.copyfile(world / "library/trip/solo.jpg", world / "library/trip/solo.cr3")
    said = facepipe("sidecars", world / "out", "--to", world / "xmp", "--naming", STEM).stderr
    assert "13 sidecars written" in said and sidecars(world) == {}
    found = {path.relative_to(world / "xmp").as_posix() for path in (world / "xmp").rglob("*.xmp")}
    assert {"trip/solo.xmp", "other/solo.xmp", "IMG_1.xmp"} <= found
    said = facepipe("sidecars", world / "out", "--naming", STEM).stderr
    assert f"solo.xmp would be the sidecar of several files: use --naming {WHOLE}" in said
    assert facepipe("sidecars", world / "out", "--to", world / "library/trip/notes.txt", code=2)
    facepipe("sidecars", world / "out")
    assert "13 sidecars written" in facepipe("sidecars", world / "out", "--to", world / "again").stderr  # those too
    assert "13 unchanged" in facepipe("sidecars", world / "out", "--to", world / "again").stderr


def test_whoever_is_forgotten_is_named_in_sidecars_until_these_are_written_anew(world):
    facepipe("sidecars", world / "out")
    said = facepipe("forget", world / "out", "--person", "Marta", "--yes").stderr
    still = {name for name, data in sidecars(world).items() if b"Marta" in data}
    assert {name.removesuffix(".xmp") for name in still} == {
        n for n, f in family.PHOTOS.items() if "Marta" in family.who(f)
    }
    for name in still:
        assert f"still named in the sidecar {world / 'library' / name}: facepipe sidecars again takes out" in said
    facepipe("sidecars", world / "out")
    assert not any(b"Marta" in data for data in sidecars(world).values())


def test_a_photo_that_is_gone_or_another_one_has_no_sidecar_written(world):
    (world / "library/trip/phone.heic").unlink()
    Image.new("RGB", (20, 10)).save(world / "library/trip/web.webp")
    said = facepipe("sidecars", world / "out").stderr
    assert "phone.heic is gone" in said and "web.webp shows something else" in said and "11 sidecars written" in said


def test_a_photo_in_the_place_of_another_is_not_who_that_was(world):
    """Nor are names that are written into it those of the other's faces."""
    trip = world / "library/trip"
    facepipe("sidecars", world / "out")
    forget_who_wrote(trip / "solo.jpg.xmp")
    shutil.copyfile(trip / "web.webp", trip / "solo.jpg")
    folder = load_run(world / "out")
    said = []
    assert take_names(folder, said.append).taken == 0 and said == [
        f"{trip / 'solo.jpg'} shows something else than before: run facepipe again"
    ]
    before = (trip / "solo.jpg.xmp").read_bytes()
    assert f"warning: {said[0]}" in facepipe("sidecars", world / "out").stderr
    assert (trip / "solo.jpg.xmp").read_bytes() == before


def test_names_that_others_have_written_become_decisions_and_are_undone_at_once(world):
    trip = world / "library/trip"
    facepipe("sidecars", world / "out")
    for path in trip.glob("*.xmp"):
        forget_who_wrote(path)
    data = (trip / "turned.jpg.xmp").read_bytes().replace(b">Ruth<", b">Granny / Ruth<")
    (trip / "turned.jpg.xmp").write_bytes(data.replace(b"<rdf:RDF", b'<rdf:RDF xmlns:pad="x"'))
    table = load_run(world / "out").table()
    said = facepipe("run", "--images", world / "library", "--out", world / "out", "--xmp-names", *SETTINGS).stderr
    assert re.search(r"photos and their sidecars name \d+ faces of 6 people\n", said)
    (granny,) = [name for name in load_run(world / "out").table().people if name.startswith("Granny")]
    decided = replay(read_log(load_run(world / "out")))
    turned = [face for face in table.face_id if face.startswith("turned")]
    assert [decided.person[face] for face in turned].count(granny) == 1
    again = facepipe("run", "--images", world / "library", "--out", world / "out", "--xmp-names", *SETTINGS).stderr
    assert "name 0 faces of 0 people\n" in again
    facepipe("undo", world / "out")
    assert names(load_run(world / "out").table()) == names(table)


SETTINGS = ("--detector", "cnn", "--annotations", "none", "--no-cloth", "--stop", family.STOP_S, "--threads", "2")


def names(table: FaceTable) -> dict[str, str]:
    return dict(zip(table.face_id, table.person, strict=True))


def test_a_name_that_was_changed_there_is_read_again(world):
    trip = world / "library/trip"
    facepipe("sidecars", world / "out")
    sidecar = trip / "solo.jpg.xmp"
    for name in (b"Marta", b"Annabel"):
        forget_who_wrote(sidecar)
        sidecar.write_bytes(sidecar.read_bytes().replace(b"Marta", name))
        said = take_names(load_run(world / "out"), NO_WARNING)
        assert (said.taken, said.differ) == (1, 0)
        facepipe("sync", world / "out")
        assert take_names(load_run(world / "out"), NO_WARNING).taken == 0
    (face,) = [face for face, name in names(load_run(world / "out").table()).items() if name == "Annabel"]
    facepipe("undo", world / "out")
    assert names(load_run(world / "out").table())[face] == "Marta"


def test_what_somebody_has_decided_holds_against_what_a_photo_says(world):
    trip = world / "library/trip"
    facepipe("sidecars", world / "out")
    folder = load_run(world / "out")
    assert take_names(folder, NO_WARNING).taken == 0  # all of it is ours
    forget_who_wrote(trip / "solo.jpg.xmp")
    forget_who_wrote(trip / "clear.png.xmp")
    (source,) = [source.source_id for source in folder.sources() if source.name == "trip/solo.jpg"]
    (face,) = [face for face in folder.table().face_id if face.startswith(source)]
    (world / "out/people/Somebody").mkdir()
    for path in (world / "out/people/Marta").glob(f"{face}*"):
        path.rename(world / "out/people/Somebody" / path.name)
    facepipe("sync", world / "out")
    said = take_names(load_run(world / "out"), NO_WARNING)
    assert said.differ == 1 and "1 face on which you decided otherwise: that holds" in str(said)
    (trip / "solo.jpg.xmp").write_bytes(DIGIKAM)
    lost = take_names(load_run(world / "out"), NO_WARNING)
    assert lost.lost == 1 and "1 name where no face was found" in str(lost)
    (trip / "solo.jpg.xmp").write_text("<!DOCTYPE a><a/>")
    warned: list[str] = []
    take_names(load_run(world / "out"), warned.append)
    assert len(warned) == 1 and "solo.jpg.xmp: the XMP cannot be read (it declares a document type" in warned[0]


def test_a_photo_whose_own_words_differ_gets_no_copy_of_them(world):
    trip = world / "library/trip"
    facepipe("sidecars", world / "out")
    forget_who_wrote(trip / "print.jpg.xmp")
    said = (trip / "print.jpg.xmp").read_bytes().replace(b">Idris<", b">Ida<").replace(b">Amara<", b">Amy<")
    photo, block = (trip / "print.jpg").read_bytes(), b"http://ns.adobe.com/xap/1.0/\0" + said
    (trip / "print.jpg").write_bytes(photo[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + photo[2:])
    for path in (world / "library").rglob("*.xmp"):
        path.unlink()
    done = facepipe("sidecars", world / "out").stderr
    assert "says Ida where the run says Idris: left as it is" in done and "2 names disputed" in done
    assert "12 sidecars written, 0 changed, 1 unchanged" in done and not (trip / "print.jpg.xmp").exists()


def test_a_photo_names_people_itself_unless_its_sidecar_does(tmp_path):
    photo = tmp_path / "a.jpg"
    Image.new("RGB", (640, 480)).save(photo, xmp=DIGIKAM)
    other = DIGIKAM.replace("Jürgen".encode(), b"Jane")

    def said() -> list[str]:
        return [face.name for face in people_said(open_photo(photo), Places())]

    assert said() == ["Jürgen & Co"]
    (tmp_path / "a.xmp").write_bytes(IMMICH)
    assert said() == ["Jürgen & Co"]
    (tmp_path / "a.xmp").write_bytes(other)
    assert said() == ["Jane & Co"]
    (tmp_path / "a.cr3").touch()  # whose sidecar that may be
    assert said() == ["Jürgen & Co"]
    (tmp_path / "a.jpg.xmp").write_bytes(other)
    assert said() == ["Jane & Co"]
    (tmp_path / "a.jpg.xmp").write_bytes(b"<a>")
    with pytest.raises(InputError, match=r"a\.jpg\.xmp: the XMP cannot be read"):
        said()
