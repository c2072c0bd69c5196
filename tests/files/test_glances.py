"""Folders that are passed over because their times say that nothing has changed in them."""

import os
import shutil

import pytest

from facepipe.files import glances as module
from facepipe.files import hashing
from facepipe.files.glances import Glances

LONG_AGO_NS = 10**18


@pytest.fixture
def anna(tmp_path):
    """A folder with two files, last changed long ago."""
    folder = tmp_path / "people" / "Anna"
    folder.mkdir(parents=True)
    for name in "ab":
        (folder / name).write_text(name)
    os.utime(folder, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return folder


@pytest.fixture
def settled(monkeypatch):
    """What was changed just now may be believed: nobody changes it within the same tick of the clock."""
    monkeypatch.setattr(hashing, "_SETTLED_NS", -LONG_AGO_NS)


class Looked:
    """A look at folders that counts how often it was asked for."""

    def __init__(self, found=True):
        self.times, self.found = 0, found

    def __call__(self):
        self.times += 1
        return self.found


def seen(anna, path, look=None, name="Anna", expected=2):
    look = look or Looked()
    glances = Glances(path)
    assert glances.still(name, [str(anna)], expected, look) == look.found
    glances.keep()
    return look.times


@pytest.fixture
def known(anna, settled, tmp_path):
    """The file, after the folder was looked at once."""
    path = tmp_path / "folders.digests"
    assert seen(anna, path) == 1
    return path


def test_what_has_not_changed_is_not_looked_at_again(anna, known):
    assert seen(anna, known) == 0 == seen(anna, known)


CHANGES = {
    "a file comes": lambda anna: (anna / "c").touch(),
    "a file goes": lambda anna: (anna / "a").unlink(),
    "a file is called otherwise": lambda anna: (anna / "a").rename(anna / "c"),
    "a file comes from elsewhere": lambda anna: (anna.parent / "c").touch() or (anna.parent / "c").rename(anna / "c"),
    "a folder comes": lambda anna: (anna / "inner").mkdir(),
    "a link comes": lambda anna: (anna / "c").symlink_to(anna / "a"),
    "its time is set": lambda anna: os.utime(anna, ns=(1, 1)),
    "another folder is there": lambda anna: anna.rename(anna.parent / "x") and shutil.copytree(anna.parent / "x", anna),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_looked_at_again(anna, known, change):
    change(anna)
    assert seen(anna, known) == 1


@pytest.mark.skipif(os.name == "nt", reason="times of change of the entry itself are not kept there")
def test_a_time_that_is_set_back_hides_nothing(anna, known):
    (anna / "c").touch()
    os.utime(anna, ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert seen(anna, known) == 1


def test_folders_that_changed_their_names_with_each_other_are_looked_at(anna, settled, tmp_path):
    path, zora, other = tmp_path / "folders.digests", anna.with_name("Zora"), anna.with_name("other")
    shutil.copytree(anna, zora)
    glances = Glances(path)
    assert all(glances.still(folder.name, [str(folder)], 2, Looked()) for folder in (anna, zora))
    glances.keep()
    for source, target in ((anna, other), (zora, anna), (other, zora)):
        source.rename(target)
    assert seen(anna, path) == 1 == seen(zora, path, name="Zora")


def test_what_other_is_expected_is_looked_at(anna, known):
    assert seen(anna, known, expected=3) == 1


def test_what_is_not_as_expected_is_looked_at_each_time(anna, settled, tmp_path):
    path = tmp_path / "folders.digests"
    assert seen(anna, path, Looked(found=False)) == 1 == seen(anna, path, Looked(found=False))


def test_what_was_changed_just_now_is_looked_at_again(anna, tmp_path):
    path = tmp_path / "folders.digests"
    assert seen(anna, path) == 1 == seen(anna, path), "a second change within the same tick would not show"


def test_a_folder_that_is_gone_is_looked_for(anna, known):
    shutil.rmtree(anna)
    assert seen(anna, known, Looked(found=False)) == 1


def test_a_file_that_grew_is_looked_at(anna, settled, tmp_path):
    grows, path = anna / "a", tmp_path / "folders.digests"
    for times in (1, 0):
        look, glances = Looked(), Glances(path)
        assert glances.still("both", [str(anna), str(grows)], 2, look) and look.times == times
        glances.keep()
    with grows.open("a") as file:
        file.write("more")
    glances = Glances(path)
    assert glances.still("both", [str(anna), str(grows)], 2, look) and look.times == 1


@pytest.mark.parametrize("content", [b"", b"x", os.urandom(16 * 40 + 3)])
def test_a_damaged_file_says_nothing(anna, known, content):
    known.write_bytes(content)
    assert seen(anna, known) == 1


def test_it_is_not_believed_where_times_cannot_be_tried_out(anna, known):
    """As on a file system that is read-only, or does not change the times of folders."""
    elsewhere = known.parent / "gone" / known.name
    glances, look = Glances(elsewhere), Looked()
    assert glances.still("Anna", [str(anna)], 2, look) and glances.still("Anna", [str(anna)], 2, look)
    assert look.times == 2 and not glances.worth_keeping


def test_trying_out_leaves_nothing_behind(tmp_path):
    Glances(tmp_path / "folders.digests")
    assert not [*tmp_path.iterdir()]


def test_it_is_written_where_much_was_seen(anna, settled, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MANY_NEW", 1)
    glances = Glances(tmp_path / "folders.digests")
    for number, worth_keeping in enumerate((False, True)):
        assert glances.still(f"{number}", [str(anna)], 2, Looked())
        assert glances.worth_keeping == worth_keeping
    glances.keep()
    again = Glances(glances.path)
    assert again.still("1", [str(anna)], 2, Looked()) and not again.worth_keeping
