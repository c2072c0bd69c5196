"""Counting files by type, as a table and as a chart."""

import pytest
from PIL import Image

from facepipe.cli import main
from facepipe.find.inventory import FileType, count_types


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    sizes = {"a.jpg": 10, "b.JPG": 20, "sub/c.heic": 5, "sub/d.mov": 7_000, "notes": 1, "e.txt": 3, ".hidden.jpg": 9}
    for name, size in sizes.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * size)
    return folder


def test_types_are_counted_the_most_frequent_first(library):
    types = count_types([library], pytest.fail)
    assert types[0] == FileType(".jpg", "photo", 2, 30)
    assert {(t.suffix, t.kind, t.files) for t in types[1:]} == {
        (".heic", "photo", 1), (".mov", "video", 1), ("", "other", 1), (".txt", "other", 1),
    }  # fmt: skip


def test_a_file_counts_once_however_often_it_is_named(library):
    (library / "linked.jpg").symlink_to(library / "a.jpg")
    paths = [library, library / "sub", library / "sub/../a.jpg", library / "a.jpg"]
    assert count_types(paths, pytest.fail) == count_types([library], pytest.fail)
    assert count_types(paths, pytest.fail)[0] == FileType(".jpg", "photo", 2, 30)


def test_table_and_chart(library, tmp_path, capsys):
    assert main(["inventory", str(library), "--plot", str(tmp_path / "types.png")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [".jpg", "photo", "2", "30", "B"] in lines and [".mov", "video", "1", "7", "kB"] in lines
    assert ["all", "photo", "3", "35", "B"] in lines and ["(none)", "other", "1", "1", "B"] in lines
    with Image.open(tmp_path / "types.png") as chart:
        assert chart.format == "PNG" and len(chart.convert("RGB").getcolors(1 << 20)) > 10


def test_bad_input(library, tmp_path, capsys):
    assert main(["inventory", str(tmp_path / "nowhere")]) == 2
    assert main(["inventory", str(library), "--plot", str(tmp_path / "types.jpg")]) == 2
    error = capsys.readouterr().err
    assert "no such file or folder" in error and "must end in .png" in error


def test_hundreds_of_types_still_make_a_chart(tmp_path):
    for number in range(60):
        (tmp_path / f"f.t{number}$").touch()
    assert main(["inventory", str(tmp_path), "--plot", str(tmp_path / "types.png")]) == 0
    with Image.open(tmp_path / "types.png") as chart:
        assert chart.height < 1000
