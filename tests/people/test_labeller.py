"""From a collated table to people with names."""

import numpy as np
from labelled_tables import make_table
from stored_frames import start

from facepipe.cluster.hac import Hac
from facepipe.people.decisions import Decision, replay
from facepipe.people.labeller import Labeller, label_history
from facepipe.people.log import append_log
from facepipe.runs.table import write_csv

TABLE = make_table([[0.0], [0.1], [3.0], [3.1], [9.0]], frame=[0, 1, 0, 1, 2])
ANNA = Decision("assign", (TABLE.face_id[0],), "Anna", "", 1)


def test_the_table_comes_back_with_cluster_track_person_and_threshold():
    calls = []
    found = Labeller(Hac(eps=0.5, min_csize=2)).label(TABLE, lambda done, total: calls.append((done, total)))
    assert found.face_id == TABLE.face_id and calls
    assert found.cluster.tolist() == [0, 0, 1, 1, -1] and found.track.tolist() == [-1] * 5
    assert found.person == ("person_001", "person_001", "person_002", "person_002", "")
    assert found.threshold == 0.5
    assert TABLE.threshold is None and TABLE.people == set()


def test_names_stay_corrections_hold_and_suggestions_come_last():
    names = {TABLE.face_id[2]: "person_007", TABLE.face_id[0]: "person_009"}

    def suggest(table):
        assert table.person[0] == "Anna"
        return table.with_(person=tuple("Ben" if name == "person_007" else name for name in table.person))

    found = Labeller(Hac(eps=0.5), names, replay([ANNA]), suggest).label(TABLE)
    assert found.person == ("Anna", "Anna", "Ben", "Ben", "person_001")


def test_what_is_known_of_a_run_is_what_it_wrote_and_what_was_decided(tmp_path):
    run = start(tmp_path / "out")
    assert label_history(run).names == {} and label_history(run).last == 0
    write_csv(run.path / "faces.csv", TABLE.with_(person=("Anna", "Anna", "Ben", "", "Ben")))
    append_log(run, [ANNA], [])
    known = label_history(run)
    assert known.names == dict(zip(TABLE.face_id, ("Anna", "Anna", "Ben", "", "Ben"), strict=True))
    assert known.last == 1 and known.corrections.person == {TABLE.face_id[0]: "Anna"}


def test_a_clusterer_that_allows_duplicates_may_repeat_a_person_in_a_frame():
    table = make_table(np.zeros((2, 1)), frame=[0, 0])
    assert Labeller(Hac(allow_duplicates=True)).label(table).person == ("person_001",) * 2
    assert Labeller(Hac()).label(table).people == {"person_001", "person_002"}
