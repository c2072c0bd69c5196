"""Who is joined and who is split."""

import json
from dataclasses import replace

from labelled_tables import make_table, matched

from facepipe.evaluate.matching import Missed
from facepipe.evaluate.mistakes import find_mistakes, to_markdown

# How many faces of whom (-1: nobody of the truth) are in which person of the run.
WORLD = [
    (0, "ann", 5), (0, "bob", 2), (0, "", 1), (1, "bob", 4), (2, "cat", 3), (3, "", 2), (4, "dan", 1), (5, "dan", 1),
    (-1, "cat", 9),
]  # fmt: skip


def world(rows=WORLD):
    person = [true for true, _, count in rows for _ in range(count)]
    found = tuple(name for _, name, count in rows for _ in range(count))
    return make_table([[]] * len(person)).with_(person=found), matched(person)


def test_persons_who_are_several_people_come_worst_first():
    found = find_mistakes(*world())
    assert [str(one) for one in found.joined] == ["bob: 4 p1, 2 p0", "dan: 1 p4, 1 p5"]
    assert [one.wrong for one in found.joined] == [2, 1]
    assert found.joined[0].parts[1][1].tolist() == [5, 6], "the rows of the table"


def test_people_who_are_split_or_lost_come_worst_first_and_nobody_else():
    found = find_mistakes(*world())
    assert [str(one) for one in found.split] == ["p0: 5 ann, 2 bob, 1 unknown", "p3: 2 unknown"]
    assert [one.wrong for one in found.split] == [3, 2]


def test_unknown_is_no_person_to_be_kept_together_by():
    found = find_mistakes(*world([(0, "", 8), (0, "ann", 2), (1, "ann", 1)]))
    assert [(str(one), one.wrong) for one in found.split] == [("p0: 2 ann, 8 unknown", 8)]


def test_the_worst_are_listed_and_the_others_counted():
    text = to_markdown(find_mistakes(*world()), 1)
    assert text.splitlines() == [
        "2 persons are several people; 3 faces of somebody else:", "", "- bob: 4 p1, 2 p0", "- and 1 more", "",
        "2 people of the truth are split or lost; 5 faces elsewhere or unknown:", "", "- p0: 5 ann, 2 bob, 1 unknown",
        "- and 1 more",
    ]  # fmt: skip
    assert to_markdown(find_mistakes(*world([(0, "ann", 3)])), 5) == (
        "No person is several people.\n\nNobody is split or lost.\n"
    )


def test_whoever_was_never_found_is_told_as_well():
    table, matching = world([(0, "ann", 3)])
    missed = [Missed(person, "clip.mp4", frame, None) for frame, person in enumerate((0, 2, 1, 1))]
    found = find_mistakes(table, replace(matching, people=("p0", "p1", "p2"), missed=tuple(missed)))
    assert to_markdown(found, 1).splitlines() == [
        "No person is several people.", "", "2 people of the truth were never found:", "", "- p1: 2 faces",
        "- and 1 more",
    ]  # fmt: skip
    assert found.as_dict() == {"joined": [], "split": [], "never_found": {"p1": 2, "p2": 1}}


def test_a_line_stays_short_and_counts_every_face():
    (split,) = find_mistakes(*world([(0, f"person_{k}", 12 - k) for k in range(12)])).split
    assert str(split) == "p0: 12 person_0, 11 person_1, 10 person_2, 9 person_3, 36 in 8 others"
    assert sum(split.as_dict()["parts"].values()) == 78
    (split,) = find_mistakes(*world([(0, f"person_{k}", 1) for k in range(5)])).split
    assert str(split) == "p0: 1 person_0, 1 person_1, 1 person_2, 1 person_3, 1 person_4"


def test_as_json():
    answer = json.loads(json.dumps(find_mistakes(*world()).as_dict()))
    assert answer["joined"][0] == {"name": "bob", "wrong": 2, "parts": {"p1": 4, "p0": 2}}
    assert answer["split"][1] == {"name": "p3", "wrong": 2, "parts": {"unknown": 2}}
