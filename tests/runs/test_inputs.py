"""The inputs of a run: known by their content, found again without reading them."""

import os
from dataclasses import replace
from pathlib import Path

from stored_frames import SOURCE

from facepipe.files.hashing import sha256_of
from facepipe.runs import inputs


def test_a_relative_input_is_the_file_in_todays_folder(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clip.mp4").write_text(name)
        monkeypatch.chdir(tmp_path / name)
        source = replace(SOURCE, path=Path("clip.mp4"), sha256=name * 20)
        (entry,) = inputs.added((), [source])
        assert entry.path == str(tmp_path.resolve() / name / "clip.mp4")
        assert inputs.file_key(source.path)[0] == entry.path


def test_an_input_behind_links_is_known_by_its_real_place(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "clip.mp4").write_text("clip")
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    (tmp_path / "file.mp4").symlink_to(tmp_path / "real" / "clip.mp4")
    places = {inputs.file_key(tmp_path / name)[0] for name in ("real/clip.mp4", "folder/clip.mp4", "file.mp4")}
    assert places == {str((tmp_path / "real" / "clip.mp4").resolve())}


def test_a_file_name_is_no_formula_in_faces_csv(tmp_path):
    sources = []
    for number, name in enumerate(("=1+1.mp4", "_1+1.mp4", "-x.mp4")):
        (tmp_path / name).write_text(name)
        source_id = f"{SOURCE.source_id[:-1]}{number}"
        sources.append(replace(SOURCE, source_id=source_id, name=name, path=tmp_path / name, sha256=str(number) * 64))
    entries = inputs.added((), sources)
    assert [entry.name for entry in entries] == ["_1+1.mp4", f"{tmp_path.name}/_1+1.mp4", "_x.mp4"]
    assert [Path(entry.path).name for entry in entries] == ["=1+1.mp4", "_1+1.mp4", "-x.mp4"]
    assert inputs.added(entries, sources) == entries


def test_a_file_has_changed_when_its_size_or_its_time_has(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"clip")
    os.utime(path, ns=(10**18, 10**18))
    (entry,) = inputs.added((), [replace(SOURCE, path=path, size=4)])
    assert entry.mtime_ns == 10**18 and not inputs.changed_since(entry)
    os.utime(path, ns=(10**18, 10**18 + 10**9))
    assert inputs.changed_since(entry)
    path.write_bytes(b"longer")
    os.utime(path, ns=(10**18, 10**18))
    assert inputs.changed_since(entry)
    (followed,) = inputs.as_they_are([entry], [entry.source_id])
    assert followed == entry._replace(size=6, now=sha256_of(path)) and not inputs.changed_since(followed)
    assert inputs.as_they_are([entry], []) == (entry,)
    path.unlink()
    assert inputs.as_they_are([entry], [entry.source_id]) == (entry,)
    assert not inputs.changed_since(entry)


def test_a_copy_beside_it_does_not_take_the_place_of_an_input(tmp_path):
    paths = [tmp_path / name for name in ("b.mp4", "a.mp4")]
    for path in paths:
        path.write_bytes(b"clip")
    first, copy = (replace(SOURCE, path=path, size=4) for path in paths)
    entries = inputs.added((), [first])
    read_at = {str(path.resolve()): inputs.AsRead(path.stat().st_mtime_ns) for path in paths}
    assert inputs.added(entries, [copy], read_at) == entries, "both were read, in their order"
    (moved,) = inputs.added(entries, [copy], {k: v for k, v in read_at.items() if k != entries[0].path})
    assert moved.path == str(paths[1].resolve()), "it alone was looked at"
    paths[0].write_bytes(b"another")
    assert inputs.added(entries, [copy], read_at)[0].path == moved.path


def test_of_a_file_that_is_gone_the_time_is_not_known(tmp_path):
    path = tmp_path / "clip.mp4"
    (entry,) = inputs.added((), [replace(SOURCE, path=path, size=4)])
    assert entry.mtime_ns is None
    path.write_bytes(b"clip")
    assert not inputs.changed_since(entry)
    path.write_bytes(b"longer")
    assert inputs.changed_since(entry)
