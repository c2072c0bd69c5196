"""Where a target writes: what it was told, once each, and never outside its folder."""

import pytest

from facepipe.errors import HostileFileError, StorageFull, StoreError
from facepipe.files.paths import Paths
from facepipe.files.target import Target


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/a", "./a", "a//b", "a\\\\b", "a\0b", ".."])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    out = tmp_path / "out"
    for target in (Target(out), Target(out, dry=True), Target(out).folder("inner")):
        with pytest.raises(HostileFileError, match="the name leaves the output folder"):
            target.text(name, "x")
        assert target.paths == []
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("elsewhere", ["aaa", "zzz"])
def test_a_link_that_leads_elsewhere_is_not_written_through(tmp_path, elsewhere):
    (tmp_path / elsewhere).mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/people").symlink_to(tmp_path / elsewhere)
    for _ in range(2):
        with pytest.raises(HostileFileError, match="it is a link that leads elsewhere"):
            Target(tmp_path / "out").folder("people").text("Anna.txt", "x")
    assert list((tmp_path / elsewhere).iterdir()) == []


def test_a_folder_that_is_a_link_itself_is_fine(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    target = Target(tmp_path / "out")
    target.text("a/b.txt", "x")
    target.text("a/c.txt", "y")
    assert target.paths == ["a/b.txt", "a/c.txt"] and (tmp_path / "disk/a/c.txt").read_text() == "y"


def test_two_outputs_of_one_name_are_an_error(tmp_path):
    target = Target(tmp_path)
    target.folder("a").text("b.txt", "x")
    with pytest.raises(StoreError, match=r"two outputs want the name a/b\.txt"):
        target.text("a/b.txt", "y")
    assert (tmp_path / "a/b.txt").read_text() == "x"


def test_where_links_do_not_work_there_is_a_copy(tmp_path, monkeypatch):
    source = tmp_path / "source.jpg"
    source.write_bytes(b"picture")
    target = Target(tmp_path / "out")
    target.symlink("link.jpg", source)
    assert (tmp_path / "out/link.jpg").is_symlink() and (tmp_path / "out/link.jpg").read_bytes() == b"picture"

    def refuse(*_):
        raise OSError("no links here")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    monkeypatch.setattr("os.link", refuse)
    target.symlink("copy.jpg", source)
    target.link("other.jpg", source)
    for name in ("copy.jpg", "other.jpg"):
        path = tmp_path / "out" / name
        assert not path.is_symlink() and path.read_bytes() == b"picture" and path.stat().st_nlink == 1


def test_a_file_that_is_taken_is_moved(tmp_path):
    source = tmp_path / "source.jpg"
    source.write_bytes(b"picture")
    with Target(tmp_path / "out", threads=2) as target:
        target.take("Anna/a.jpg", source)
    assert not source.exists() and (tmp_path / "out/Anna/a.jpg").read_bytes() == b"picture"
    with pytest.raises(StorageFull, match=r"cannot write .*b\.jpg"), Target(tmp_path / "out") as target:
        target.take("Anna/b.jpg", source)


def test_what_is_found_in_a_folder_is_listed_and_more_can_be_written_there(tmp_path):
    found = {"a.txt": "", "b.txt": ""}
    target = Target(tmp_path)
    target.folder("people").keep(Paths({"Anna": found}))
    assert target.paths == ["people/Anna/a.txt", "people/Anna/b.txt"]
    assert not [*target.listed.without(Paths({"people/Anna": found}))]
    with pytest.raises(StoreError, match=r"two outputs want the name people/Anna/a\.txt"):
        target.text("people/Anna/a.txt", "")
    target.text("people/Anna/c.txt", "c")
    assert target.paths == [f"people/Anna/{name}.txt" for name in "abc"] and found.keys() == {"a.txt", "b.txt"}
    with pytest.raises(StoreError, match="two outputs"):
        target.folder("people").keep(Paths({"Anna": {"c.txt": ""}}))


def test_nothing_is_written_into_a_folder_that_was_found_if_it_is_a_link(tmp_path):
    target = Target(tmp_path / "out")
    for name in ("out", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "out/Anna").symlink_to(tmp_path / "elsewhere")
    target.keep(Paths({"Anna": {"a.txt": ""}}))
    with pytest.raises(HostileFileError, match="leads elsewhere"):
        target.text("Anna/b.txt", "")
