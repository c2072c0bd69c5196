"""The whole dataset in one call: planned files are the written files, and two runs are the same."""

import hashlib
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from dataset_world import Spot, make_run, talk_show
from made_run import made_run
from stored_frames import make_frame

from facepipe.errors import HostileFileError, StorageFull, StoreError, UsageError
from facepipe.files.target import Target
from facepipe.results.write import write_dataset, write_results
from facepipe.settings import OutputSettings

EVERYTHING = OutputSettings(annotations=("yolo", "darknet", "coco"), upper_body=True)


def write(out, settings=EVERYTHING, spots=None, threads=1, **more):
    table = make_run(out, spots if spots is not None else talk_show(shots=4)).with_(threshold=0.5)
    plan = Target(out, dry=True)
    write_dataset(plan, table, settings)
    assert {path.name for path in out.iterdir()} == {"frames"}  # a plan writes nothing
    with Target(out, threads=threads) as target:
        notes = write_dataset(target, table, settings, **more)
    return plan, target, notes


def test_planned_files_are_the_written_files(tmp_path):
    plan, target, _ = write(tmp_path)
    on_disk = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert plan.paths == target.paths == sorted(path for path in on_disk if not path.startswith("frames/"))
    tops = {path.split("/")[0] for path in target.paths}
    assert tops == {"people", "montage", "annotations", "plots"}


def test_two_runs_and_any_number_of_threads_give_the_same_bytes(tmp_path):
    def digests(name, threads):
        settings = OutputSettings(annotations=("yolo", "coco"))
        _, target, _ = write(tmp_path / name, settings, threads=threads)
        return {path: hashlib.sha256((target.root / path).read_bytes()).hexdigest() for path in target.paths}

    assert digests("one", 1) == digests("two", 3)


def test_writing_again_changes_nothing(tmp_path):
    _, first, _ = write(tmp_path)
    before = {path: (tmp_path / path).read_bytes() for path in first.paths}
    frames = {path.name: path.read_bytes() for path in (tmp_path / "frames").iterdir()}
    table = make_run(tmp_path / "same", talk_show(shots=4)).with_(threshold=0.5)
    again = Target(tmp_path)
    write_dataset(again, table, EVERYTHING)
    assert {path: (tmp_path / path).read_bytes() for path in again.paths} == before
    assert {path.name: path.read_bytes() for path in (tmp_path / "frames").iterdir()} == frames
    assert not list(tmp_path.rglob(".facepipe-tmp-*"))


@pytest.mark.parametrize(
    ("spots", "said"),
    [([], "nobody was found"), ([Spot("a.mp4", 0, (10, 10, 60, 60), "")], "all faces are unknown")],
    ids=["no face", "nobody known"],
)
def test_nobody_found(tmp_path, spots, said):
    _, target, notes = write(tmp_path, spots=spots)
    assert notes == (f"{said}: no annotations",)
    assert not [path for path in target.paths if path.startswith("annotations/")]


def test_a_class_of_the_unknown_alone(tmp_path):
    settings = OutputSettings(annotations=("yolo",), unknown="label")
    _, target, notes = write(tmp_path, settings, [Spot("a.mp4", 0, (10, 10, 60, 60), "")])
    (label,) = (path for path in target.paths if path.startswith("annotations/yolo/labels/"))
    assert (tmp_path / label).read_text().startswith("0 ") and not any("no annotations" in note for note in notes)


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="unknown annotation format 'pascal'"):
        write(tmp_path, OutputSettings(annotations=("yolo", "pascal")))
    assert {path.name for path in tmp_path.iterdir()} == {"frames"}


def test_links_among_the_annotations_lead_to_the_crops(tmp_path):
    _, target, _ = write(tmp_path, OutputSettings(annotations=("links",)), threads=3)
    links = [tmp_path / path for path in target.paths if path.startswith("annotations/links/")]
    assert len(links) == 48
    assert all(path.resolve() == (tmp_path / "people" / path.parent.name / path.name).resolve() for path in links)


def test_annotations_know_where_nobody_was_found_and_what_is_a_picture(tmp_path):
    folder = made_run(tmp_path / "run", [Spot("show.mp4", frame, (10, 20, 50, 60), "ana") for frame in (0, 2)])
    (clip,) = folder.sources()
    folder.shards().write(make_frame(1, 0, clip))  # looked at, and empty
    annotations = replace(folder.settings.output, annotations=("cvat-video",), plots=())
    write_results(folder, folder.table(), annotations)
    (path,) = (folder.path / "annotations" / "cvat-video").glob("*.xml")
    boxes = ElementTree.parse(path).findall("track/box")
    assert [(box.get("frame"), box.get("outside")) for box in boxes] == [("0", "0"), ("1", "1"), ("2", "0")]

    folder = made_run(tmp_path / "photo", [Spot("show.mp4", 0, (10, 20, 50, 60), "ana")], annotations=("cvat-video",))
    assert (tmp_path / "photo" / "annotations" / "cvat-video").exists()  # as long as it is a video, a short one
    folder.update(inputs=(folder.state.inputs[0]._replace(is_video=False, reader="photo"),))
    write_results(folder, folder.table())
    assert not (tmp_path / "photo" / "annotations" / "cvat-video").exists()


def test_only_the_plots_that_were_chosen_are_written(tmp_path):
    def plots(name, chosen):
        _, target, _ = write(tmp_path / name, OutputSettings(annotations=(), plots=chosen))
        return [path for path in target.paths if path.startswith("plots/")]

    assert plots("some", ("timeline", "clusters")) == ["plots/clusters.png", "plots/timeline.png"]
    assert plots("none", ()) == []


def test_an_unknown_plot_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="unknown plot 'pie'"):
        write(tmp_path, OutputSettings(plots=("timeline", "pie")))
    assert {path.name for path in tmp_path.iterdir()} == {"frames"}


def test_a_full_disk_leaves_no_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda self, target: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(StorageFull, match="No space left"):
        write(tmp_path)
    assert not list(tmp_path.rglob(".facepipe-tmp-*"))


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\..\\x", "a\0b"])
def test_a_target_refuses_to_leave_its_folder(tmp_path, name):
    with pytest.raises(HostileFileError, match="leaves the output folder"):
        Target(tmp_path / "out").folder("people").text(name, "")


def test_an_error_on_a_thread_reaches_the_caller_and_stops_the_rest(tmp_path):
    made = []

    def fail():
        raise StoreError("no picture")

    with pytest.raises(StoreError, match="no picture"), Target(tmp_path, threads=2) as target:
        target.jpeg("a.jpg", fail)
        target.wait()
        target.data("b", lambda: made.append("b") or b"")
    assert made == []


def test_in_turn_means_before_the_call_returns(tmp_path):
    with Target(tmp_path, threads=2) as target:
        target.folder("plots").in_turn().text("a.txt", "here")
        assert (tmp_path / "plots" / "a.txt").read_text() == "here"
        assert target.paths == ["plots/a.txt"]


def test_a_target_writes_nothing_behind_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "people").mkdir(parents=True)
    (tmp_path / "out" / "people" / "anna").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HostileFileError, match="anna: it is a link"):
        Target(tmp_path / "out").text("people/anna/face.jpg", "")
    assert not list((tmp_path / "elsewhere").iterdir())
    (tmp_path / "link").symlink_to(tmp_path / "out")  # the folder itself may be reached by a link
    Target(tmp_path / "link").text("people/ben/face.jpg", "")
