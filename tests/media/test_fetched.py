"""What lies at an address is brought here once, whole, and nowhere else."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from remote_files import SECRET, emptied

from facepipe.errors import InputError, StorageFull, StoreError, UsageError
from facepipe.files.address import Address
from facepipe.files.atomic import TEMPORARY_PREFIX
from facepipe.files.lock import acquire
from facepipe.media.fetched import JOURNAL, fetch

BOTH = ("video", "photo")


@pytest.fixture
def memory():
    return emptied("memory")


@pytest.fixture
def broken():
    return emptied("broken")


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def bring(tmp_path, warnings):
    def bring(url, kinds=BOTH, **more):
        return fetch(Address(url), kinds, tmp_path / "cache", warnings.append, **more)

    return bring


def put(files, **contents):
    for name, data in contents.items():
        files.pipe_file(f"/films/{name.replace('__', '/')}.mp4", data)


def there(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_comes_with_what_is_looked_at_in_a_folder_here(memory, bring, warnings):
    put(memory, a=b"1", sub__deep__b=b"2")
    for name in (
        ".hidden.mp4",
        "@eaDir/c.mp4",
        "notes.txt",
        "x.cr2",
        "p.jpg",
        "p.xmp",
        "old/run.json",
        "old/e.jpg",
        "new/f.jpg",
    ):
        memory.pipe_file(f"/films/{name}", b'{"format": "facepipe-run-4"')
    memory.pipe_file("/films/new/export.json", b'{"format": "facepipe-export-1"')
    memory.pipe_file("/films/new/f.jpg", b"4")
    memory.pipe_file("/films/none.mp4", b"")
    memory.pipe_file("/filmsets/c.mp4", b"3")
    passed_over, told = Counter(), []
    fetched = bring("memory://films/", passed_over=passed_over, progress=lambda *done: told.append(done))
    assert sorted(there(fetched.path)) == ["a.mp4", "p.jpg", "p.xmp", "sub/deep/b.mp4"]
    assert (fetched.path.name, passed_over) == ("films", {".cr2": 1})
    assert warnings == ["memory://films/none.mp4 is empty (0 bytes) and was left out"] and told
    assert fetched.address_of(fetched.path / "sub/deep/b.mp4") == "memory://films/sub/deep/b.mp4"
    assert fetched.address_of(Path("elsewhere.mp4")) == ""
    assert sorted(there(bring("memory://films", ("video",)).path)) == ["a.mp4", "p.jpg", "p.xmp", "sub/deep/b.mp4"]


def test_one_file_comes_alone_to_where_its_folder_would_put_it(memory, bring):
    put(memory, a=b"1", b=b"2")
    one = bring("memory://films/b.mp4")
    assert one.path.read_bytes() == b"2" and list(there(one.folder)) == ["b.mp4"]
    assert one.address_of(one.path) == "memory://films/b.mp4"
    assert bring("memory://films").path == one.folder


def test_what_is_unchanged_is_not_fetched_again(memory, bring, monkeypatch):
    put(memory, a=b"1", b=b"2", c=b"3")
    folder = bring("memory://films").path
    opened, real = [], type(memory)._open
    monkeypatch.setattr(type(memory), "_open", lambda *a, **k: opened.append(a[1]) or real(*a, **k))
    before = (folder / "a.mp4").stat().st_mtime_ns
    bring("memory://films")
    assert (opened, (folder / "a.mp4").stat().st_mtime_ns) == ([], before)
    memory.rm_file("/films/b.mp4")
    memory.pipe_file("/films/c.mp4", b"4")  # of the same size
    (folder / "a.mp4").write_bytes(b"cut short")
    with (folder.parent / JOURNAL).open("a") as journal:
        journal.write('{"name": "../../x", "size": 1, "version": ""}\n{"name": 1')
    opened.clear()
    assert there(bring("memory://films").path) == {"a.mp4": b"1", "c.mp4": b"4"}
    assert opened == ["/films/a.mp4", "/films/c.mp4"]


def test_an_interruption_keeps_what_is_whole(memory, bring, tmp_path):
    put(memory, a=b"1", b=b"2")

    def stop_at_b(done, total, seen=[]):  # noqa: B006
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring("memory://films", progress=stop_at_b)
    kept = there(tmp_path / "cache")
    assert [Path(name).name for name in kept] and b"1" in kept.values() and b"2" not in kept.values()
    (journal,) = (tmp_path / "cache").rglob(JOURNAL)
    assert [json.loads(line)["name"] for line in journal.read_text().splitlines()] == ["a.mp4"]
    assert there(bring("memory://films").path) == {"a.mp4": b"1", "b.mp4": b"2"}


def test_what_cannot_be_fetched_is_left_out_and_its_old_copy_is_not_taken_for_it(broken, bring, warnings):
    put(broken, a=b"1", denied=b"2", short=b"345")
    fetched = bring(f"broken://me:{SECRET}@films")
    assert list(there(fetched.path)) == ["a.mp4"]
    assert len(warnings) == 2 and SECRET not in str(warnings) and "\n" not in "".join(warnings)
    assert warnings[0].startswith("cannot fetch broken://films/denied.mp4: no entry to")
    assert warnings[1] == "broken://films/short.mp4 gave 2 of 3 bytes; it was left out"


def test_where_nothing_can_be_fetched_that_is_an_error(broken, bring):
    put(broken, short=b"345")
    for url in ("broken://films", "broken://films/short.mp4"):
        with pytest.raises(InputError, match=r"^broken://films/short.mp4 gave 2 of 3 bytes$"):
            bring(url)


@pytest.mark.parametrize(
    "name",
    [
        "../x.mp4",
        "a/../../x.mp4",
        "a/..\\x.mp4",
        "a//x.mp4",
        "./x.mp4",
        "a\\..\\x.mp4",
        "C:x.mp4",
        "\x1bx.mp4",
        "n" * 250 + ".mp4",
    ],
)
def test_names_that_lead_elsewhere_are_left_out(broken, bring, warnings, tmp_path, name):
    put(broken, a=b"1")
    broken.store[f"/films/{name}"] = type(broken.store["/films/a.mp4"])(broken, f"/films/{name}", b"evil")
    bring("broken://films")
    assert b"evil" not in there(tmp_path).values()
    assert "\x1b" not in str(warnings)
    assert list(map(str, (tmp_path / "cache").rglob("*.mp4"))) == [str(path) for path in tmp_path.rglob("a.mp4")]
    if "/.." not in f"/{name}":  # which counts as hidden
        (line,) = warnings
        assert line.endswith("has a name that cannot be stored here; it was left out")


def test_a_file_that_is_a_folder_too_is_one_of_both(broken, bring, warnings):
    put(broken, a=b"1")
    broken.store["/films/a.mp4/b.mp4"] = type(broken.store["/films/a.mp4"])(broken, "/films/a.mp4/b.mp4", b"2")
    assert list(there(bring("broken://films").path)) == ["a.mp4"]
    assert len(warnings) == 1


def test_what_was_listed_before_is_listed_anew(broken, bring):
    put(broken, a=b"1")
    bring("broken://films")
    put(broken, b=b"2")
    assert sorted(there(bring("broken://films").path)) == ["a.mp4", "b.mp4"]


def test_what_a_killed_process_left_half_written_goes(memory, bring):
    put(memory, a=b"1")
    folder = bring("memory://films").path
    (folder / f"{TEMPORARY_PREFIX}x.mp4").write_bytes(b"half of it")
    bring("memory://films")
    assert [path.name for path in folder.iterdir()] == ["a.mp4"]


def test_one_process_fetches_at_a_time(memory, bring):
    put(memory, a=b"1")
    held = acquire(bring("memory://films").folder.parent)
    with pytest.raises(StoreError, match="another facepipe is at work in"):
        bring("memory://films")
    held.release()
    bring("memory://films")


def test_nothing_to_look_at(memory, bring):
    with pytest.raises(InputError, match=r"^no such file or folder: memory://films$"):
        bring("memory://films")
    memory.pipe_file("/films/notes.txt", b"x")
    with pytest.raises(InputError, match=r"^no video or photo in memory://films: give"):
        bring("memory://films")


def test_a_folder_here_by_an_address_of_fsspec(tmp_path, bring):
    (tmp_path / "films").mkdir()
    (tmp_path / "films/a.mp4").write_bytes(b"1")
    assert there(bring(f"file://{tmp_path.as_posix()}/films").path) == {"a.mp4": b"1"}


def test_a_full_disk_is_said(memory, bring, tmp_path):
    put(memory, a=b"1")
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(StorageFull, match=r"cannot .*cache"):
        bring("memory://films")


def test_what_cannot_be_kept_is_named_by_its_address(memory, bring):
    put(memory, a=b"1")
    folder = bring("memory://films").path
    (folder / "sub").write_text("a file in the way")
    put(memory, sub__b=b"2")
    with pytest.raises(StorageFull, match=r"^cannot keep memory://films/sub/b\.mp4: cannot write "):
        bring("memory://films")


def test_what_is_not_installed_is_named(bring, monkeypatch):
    with pytest.raises(InputError, match=r"^nosuch://b cannot be reached: Protocol not known: nosuch"):
        bring("nosuch://b")
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UsageError, match=r"^s3://b/x cannot be used: Install s3fs"):
        bring("s3://me:pw@b/x")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(UsageError, match=r"^s3://b/x needs fsspec, .*: pip install 'facepipe\[remote\]'$"):
        bring("s3://me:pw@b/x")
