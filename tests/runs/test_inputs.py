"""The inputs of a run: known by their content, found again without reading them."""

from dataclasses import replace
from pathlib import Path

from stored_frames import SOURCE

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
