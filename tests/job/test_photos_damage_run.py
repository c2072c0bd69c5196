"""A run over photos and reference pictures of which some are broken goes on, and says which."""

import struct
import zlib

import pytest
from commandline import rows, state
from commandline_here import run_here
from panel_run import panel_run
from PIL import Image


@pytest.fixture(scope="module")
def bad_photos(tmp_path_factory):
    """Files that are called photos, none of which can be read."""
    folder = tmp_path_factory.mktemp("bad")
    image = Image.effect_noise((200, 150), 90).convert("RGB")
    image.save(folder / "whole.png")
    (folder / "truncated.png").write_bytes((folder / "whole.png").read_bytes()[:9000])
    (folder / "whole.png").unlink()
    (folder / "script.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    (folder / "text\x1b[31m.webp").write_bytes(b"hello\n" * 100)
    (folder / "header.tif").write_bytes(b"II*\0\xff\xff\xff\xff")
    return folder


def frame_of(clip, path):
    """A frame of a clip as a PNG whose EXIF block is no EXIF."""
    import av

    with av.open(str(clip)) as container:
        image = next(container.decode(video=0)).to_image()
    image.save(path)
    data = path.read_bytes()
    chunk = b"eXIf" + b"\0\x08\0\x02\x01\x12\0\x03" * 3
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(data[:33] + chunk + data[33:])


def test_a_run_over_broken_photos(tmp_path, sample_clip, bad_photos):
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    for path in bad_photos.iterdir():
        (folder / path.name).symlink_to(path)
    frame_of(sample_clip, folder / "good.png")
    image = Image.open(folder / "good.png").convert("RGB")
    image.save(folder / "cut.jpg", quality=90)
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:-40])
    options = ("--images", folder, "--out", out, "--detector", "hog", "--no-cloth")
    done = run_here("run", *options, "--known", bad_photos, check=False)
    assert done.returncode == 2 and "no face found in any picture" in done.stderr
    assert "Traceback" not in done.stderr
    done = run_here("run", *options)
    assert {row["source"] for row in rows(out)} == {"good.png", "cut.jpg"}
    failed = {failure["item"].partition("-")[0].partition(".")[0] for failure in state(out)["failures"]}
    assert failed == {"truncated", "script", "text\N{REPLACEMENT CHARACTER}[31m", "header"}
    assert "cut.jpg lacks its end" in done.stderr
    assert "truncated.png is damaged" in done.stdout and "and 1 failure more" in done.stdout
    for again in (("run", *options), ("cluster", out)):  # what was wrong with photos that are not looked at again stays
        run_here(*again)
        assert any("cut.jpg lacks its end" in line for line in state(out)["warnings"])
    assert "Warning" not in done.stderr and "\x1b" not in done.stderr + done.stdout


def test_a_bad_picture_to_search_by_is_one_line(tmp_path_factory, sample_clip, bad_photos):
    run = panel_run(tmp_path_factory, sample_clip)
    for path in bad_photos.iterdir():
        done = run_here("find", run, "--like", path, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1 and done.stderr.startswith("facepipe: "), done.stderr
        assert "\x1b" not in done.stderr
