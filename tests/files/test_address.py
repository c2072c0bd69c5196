"""Which words are addresses, and that what signs in is never shown."""

from pathlib import Path

import pytest

from facepipe.errors import UsageError
from facepipe.files.address import Address, local_path, place, run_folder


@pytest.mark.parametrize("text", ["s3://bucket/films", "gs://b", "memory://x", "git+ssh://h/x", "sftp://me@h/x"])
def test_addresses(text):
    assert place(text) == Address(text)


@pytest.mark.parametrize(
    "text", ["clip.mp4", "C://films", "C:\\films", "/a//b", "s3:/bucket", "~/x://y", "a b://c", "1s://x", "S3://x"]
)
def test_paths(text):
    assert place(text) == Path(text)


def test_a_file_address_is_a_path(tmp_path):
    assert place((tmp_path / "a b%#.mp4").as_uri()) == tmp_path / "a b%#.mp4"
    assert place(f"file://localhost{tmp_path.as_posix()}") == tmp_path
    with pytest.raises(UsageError, match="lies on another machine"):
        place("file://server/share/a.mp4")


@pytest.mark.parametrize(
    "url, shown",
    [
        ("s3://bucket/a@b/c", "s3://bucket/a@b/c"),
        ("sftp://me:hunter2@host:22/a@b", "sftp://host:22/a@b"),
        ("sftp://host:22/x@y", "sftp://host:22/x@y"),
        ("sftp://me:hun/ter2@host/x", "sftp://host/x"),
        ("sftp://me:hun@hunter2@host/x", "sftp://host/x"),
        ("https://host/a.mp4?token=hunter2", "https://host/a.mp4"),
        ("s3://bucket/\x1b[2Jx", "s3://bucket/\N{REPLACEMENT CHARACTER}[2Jx"),
    ],
)
def test_name_password_and_query_are_not_shown(url, shown):
    address = Address(url)
    assert str(address) == shown
    assert f"{address!r} {address}".count(shown) == 2 and "hunter2" not in f"{address!r} {address}"
    said = f"cannot open {url.replace('%', '%%')}"
    assert "hunter2" not in address.without_secrets(said)


def test_a_password_is_found_as_libraries_decode_it():
    assert Address("ftp://me:p%40ss@h/x").without_secrets("login me p@ss failed") == "login me ... failed"
    assert Address("github://ghp_0123456@h/x").without_secrets("ghp_0123456 is no key") == "... is no key"
    assert Address("sftp://me@h/x").without_secrets("some time") == "some time"


@pytest.mark.parametrize(
    "url, name, folder, parent",
    [
        ("s3://b/films/", "films", "s3://b/films/", "s3://b/"),
        ("s3://b/a.mp4", "a.mp4", "s3://b/a.mp4/", "s3://b/"),
        ("memory://a.mp4", "a.mp4", "memory://a.mp4/", "memory://"),
    ],
)
def test_parts(url, name, folder, parent):
    address = Address(url)
    assert (address.name, address.as_folder, address.parent) == (name, folder, parent)


@pytest.mark.parametrize(
    "given, says",
    [
        ("", "a path is empty: name a file or folder"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b is a name that no file can have"),
        (None, "None is no path"),
        (["a.mp4"], r"\['a.mp4'\] is no path: .* several of them one by one"),
        (b"a.mp4", "b'a.mp4' is no path"),
    ],
)
@pytest.mark.parametrize("meant", [place, local_path, run_folder])
def test_nothing_is_not_the_current_folder_and_what_is_no_text_no_path(meant, given, says):
    with pytest.raises(UsageError, match=f"^{says}"):
        meant(given)


def test_where_only_a_path_can_be_an_address_is_refused_without_its_password():
    with pytest.raises(UsageError, match=r"^s3://b/x: a run's folder needs a file system.*facepipe export OUT --to"):
        run_folder("s3://me:pw@b/x")
    with pytest.raises(UsageError, match=r"^s3://b/x: a path of this machine is needed"):
        local_path("s3://me:pw@b/x")
    assert run_folder("out") == local_path("out") == Path("out")
