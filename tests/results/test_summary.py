"""What is said of a run in the end."""

from dataclasses import replace

from dataset_world import Spot, talk_show
from made_run import made_run

from facepipe.results.summary import summary_lines, write_run_report


def lines_of(tmp_path, people: int, verbose: bool = False) -> list[str]:
    spots = [
        Spot("show.mp4", 10 * person + step, (60, 60, 120, 120), f"person_{person + 1:03}", person, person)
        for person in range(people)
        for step in range(2)
    ]
    tmp_path.mkdir(exist_ok=True)
    return list(summary_lines(made_run(tmp_path / "out", spots), verbose))


def test_a_dozen_people_are_listed_and_the_rest_counted(tmp_path):
    for people, listed in ((12, 12), (13, 11), (15, 11)):
        lines = lines_of(tmp_path / str(people), people)
        assert lines[0] == f"{2 * people} frames, {2 * people} faces, {people} people, 0 unknown, 0 failures, 1.0 s"
        shown = [line.split() for line in lines if line.startswith("  person_")]
        assert shown == [[f"person_{number:03}", "2", "faces"] for number in range(1, listed + 1)]
        assert [line for line in lines if line.startswith("  and")] == [f"  and {people - listed} more"] * (people > 12)


def test_everybody_and_the_time_on_request(tmp_path):
    lines = lines_of(tmp_path, 14, verbose=True)
    assert sum(line.startswith("  person_") for line in lines) == 14
    assert "seconds: encoding 1.0" in lines and not any(line.startswith("  and") for line in lines)


def test_who_is_named_comes_first_then_who_is_seen_most(tmp_path):
    names = {"person_001": "Zoe", "person_002": "person_004", "person_003": "person_002"}
    spots = [replace(spot, person=names.get(spot.person, "")) for spot in talk_show(people=3, shots=2)]
    spots = [spot for spot in spots if spot.person != "Zoe" or spot.frame < 3]
    spots = [spot for spot in spots if spot.person != "person_002" or spot.frame < 7]
    folder = made_run(tmp_path / "out", spots)
    people = [line.split() for line in summary_lines(folder) if line.startswith("  ")]
    assert people == [["Zoe", "3", "faces"], ["person_004", "8", "faces"], ["person_002", "7", "faces"]]


def test_no_folder_is_named_that_is_not_there(tmp_path):
    lines = {len(formats): summary_lines(made_run(tmp_path / str(len(formats)), talk_show(), annotations=formats))
             for formats in ((), ("yolo",))}  # fmt: skip
    last = {count: [*said][-1] for count, said in lines.items()}
    assert last[0].startswith("table ") and last[1].startswith(f"labels   {tmp_path / '1' / 'annotations'}   table ")


def test_the_report_says_what_was_left_out_and_how_to_go_on_with_nobody(tmp_path):
    spots = [replace(spot, person="") for spot in talk_show(people=1, shots=1)]
    folder = made_run(tmp_path / "-out", spots)
    folder.record(counts={"frames_skipped": 14})
    write_run_report(folder)
    report = folder.layout.report.read_text(encoding="utf-8")
    assert "14 frames left out by --faces-per-frame" in report
    assert "facepipe review " in report and "facepipe cluster " in report and "facepipe find " not in report
