"""The table of faces: what it takes, what it refuses, and what can be asked of it."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from labelled_tables import make_table

from facepipe.records import CLOTH_SIZE
from facepipe.space import DLIB
from facepipe.table import FaceTable, collated, columns

TINY = replace(DLIB, name="tiny", dimensions=3)


@pytest.fixture
def table() -> FaceTable:
    """Five faces in three frames: Anna, Ben; Anna, somebody; Ben."""
    table = make_table([[0.1 * i] for i in range(5)], frame=[0, 0, 1, 1, 2])
    return table.with_(
        person=("Anna", "Ben", "Anna", "", "Ben"),
        cluster=[0, 1, 0, -1, 1],
        track=[0, 1, 0, -1, -1],
        quality=[0.1, 0.2, 0.3, 0.4, 0.5],
        threshold=0.6,
    )


def values_of(table: FaceTable) -> dict:
    return {spec.name: getattr(table, spec.name) for spec in columns()}


# columns


def test_every_column_has_its_type_and_a_row_a_face(table):
    sides = {-1: DLIB.dimensions}
    for spec in columns():
        column = getattr(table, spec.name)
        assert len(column) == len(table) == 5
        if spec.dtype is str:
            assert type(column) is tuple
        else:
            assert column.dtype == spec.dtype
            assert column.shape == (5, *(sides.get(side, side) for side in spec.shape))
            assert not column.flags.writeable
    assert table.embedding.shape == (5, 128) and table.cloth.shape == (5, CLOTH_SIZE)


@pytest.mark.parametrize("spec", columns(), ids=lambda spec: spec.name)
def test_a_column_of_another_length_is_refused(table, spec):
    for rows in ([0, 1, 2, 3], [0, 1, 2, 3, 4, 4]):
        column = getattr(table, spec.name)
        wrong = tuple(column[row] for row in rows) if spec.dtype is str else column[rows]
        with pytest.raises(ValueError):
            table.with_(**{spec.name: wrong})


@pytest.mark.parametrize("spec", [spec for spec in columns() if spec.dtype is not str], ids=lambda spec: spec.name)
def test_a_column_of_another_shape_is_refused(table, spec):
    column = getattr(table, spec.name)
    for wrong in (column[..., None], column.reshape(5, -1)[:, :-1] if spec.shape else column[:, None]):
        with pytest.raises(ValueError, match="expected an array of shape"):
            table.with_(**{spec.name: wrong})


def test_embeddings_are_as_long_as_their_space_says(table):
    values = values_of(table)
    small = FaceTable(**{**values, "embedding": np.zeros((5, 3))}, space=TINY)
    assert small.embedding.shape == (5, 3) and small.take([1]).space is TINY
    for embedding, space in ((np.zeros((5, 3)), DLIB), (np.zeros((5, 128)), TINY)):
        with pytest.raises(ValueError, match=r"expected an array of shape \(5, (3|128)\)"):
            FaceTable(**{**values, "embedding": embedding}, space=space)


def test_no_face_at_all_is_a_table_too():
    empty = collated([], TINY)
    assert len(empty) == 0 and empty.embedding.shape == (0, 3) and empty.box_ltrb.shape == (0, 4)


def test_what_is_not_made_yet_is_unknown(table):
    given = {spec.name: getattr(table, spec.name) for spec in columns() if spec.collect and spec.fill is None}
    fresh = FaceTable(**given)
    assert fresh.track.tolist() == fresh.cluster.tolist() == [-1] * 5
    assert fresh.person == ("",) * 5 and fresh.people == set()
    assert not fresh.eyes.any() and np.isnan(fresh.light).all() and np.isnan(fresh.sharpness).all()
    assert fresh.threshold is None and fresh.space is DLIB
    assert np.isnan(fresh.pose).all() and fresh.framing == ("",) * 5, "a table of an older program"
    for name in given:
        with pytest.raises(TypeError):
            FaceTable(**{other: value for other, value in given.items() if other != name})


def test_columns_are_given_by_name_and_faces_are_there_once(table):
    with pytest.raises(TypeError):
        FaceTable(*values_of(table).values())
    with pytest.raises(ValueError, match="not unique"):
        table.with_(face_id=("a", "b", "c", "d", "a"))
    with pytest.raises(ValueError, match="not unique"):
        table.take([0, 0])


def test_the_array_that_was_given_stays_its_owners(table):
    score = np.zeros(5, np.float32)
    kept = table.with_(score=score)
    score[0] = 1  # still allowed
    with pytest.raises(ValueError, match="read-only"):
        kept.score[0] = 2


# rows


def test_rows_are_taken_in_any_order_with_all_that_is_known_of_them(table):
    taken = table.take([4, 0, 3])
    assert taken.person == ("Ben", "Anna", "") and taken.cluster.tolist() == [1, 0, -1]
    assert taken.quality.tolist() == pytest.approx([0.5, 0.1, 0.4])
    assert taken.face_id == tuple(table.face_id[row] for row in (4, 0, 3))
    assert taken.threshold == 0.6 and taken.space is table.space
    for spec in columns():
        np.testing.assert_array_equal(getattr(taken, spec.name), np.array(getattr(table, spec.name))[[4, 0, 3]])


def test_rows_are_taken_by_a_mask_and_none_is_a_table_too(table):
    known = np.array([bool(name) for name in table.person])
    assert table.take(known).person == ("Anna", "Ben", "Anna", "Ben")
    for nothing in ([], np.zeros(5, bool), np.zeros(0, np.int64)):
        empty = table.take(nothing)
        assert len(empty) == 0 and empty.people == set() and empty.rows_by_person() == {}
        assert empty.embedding.shape == (0, 128) and empty.box_ltrb.shape == (0, 4) and len(empty.frame_codes()) == 0


def test_a_changed_copy_leaves_the_table_as_it_was(table):
    changed = table.with_(person=[""] * 5, threshold=None)
    assert changed.people == set() and changed.threshold is None
    assert table.people == {"Anna", "Ben"} and table.threshold == 0.6
    assert np.shares_memory(changed.embedding, table.embedding), "nothing was copied"
    with pytest.raises(TypeError, match="no_such_column"):
        table.with_(no_such_column=1)


def test_people_are_named_by_face(table):
    names = dict.fromkeys(table.face_id, "Zoë") | {table.face_id[1]: "", "a face that is not here": "Ben"}
    assert table.people and table.rows_by_person()
    named = table.named(names)
    assert named.person == ("Zoë", "", "Zoë", "Zoë", "Zoë") and named.people == {"Zoë"}
    assert named.cluster.tolist() == table.cluster.tolist()
    assert named.rows_by_person()["Zoë"].tolist() == [0, 2, 3, 4], "and of those before nothing is remembered"
    with pytest.raises(KeyError):
        table.named({table.face_id[0]: "Zoë"})


def test_everybodys_rows(table):
    rows = table.rows_by_person()
    assert {name: places.tolist() for name, places in rows.items()} == {"Anna": [0, 2], "Ben": [1, 4], "": [3]}
    assert all(places.dtype == np.int64 for places in rows.values())
    assert table.take(rows["Ben"]).person == ("Ben", "Ben")


def test_faces_of_a_frame_have_one_code(table):
    assert table.frame_codes().tolist() == [0, 0, 1, 1, 2]
    assert table.take([3, 4, 0, 2]).frame_codes().tolist() == [0, 1, 2, 0]


def test_a_table_tells_what_it_holds_in_a_line(table):
    assert repr(table) == "<FaceTable of 5 faces, 2 people, 1 unknown>"
    assert repr(table.take([0])) == "<FaceTable of 1 face, 1 person, 0 unknown>"
    assert repr(table.take([])) == "<FaceTable of 0 faces, 0 people, 0 unknown>"


# pandas


def test_pandas_gets_the_columns_of_faces_csv_and_the_embeddings(table):
    pandas = pytest.importorskip("pandas")
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == [name for spec in columns() for name in spec.csv] + ["embedding"]
    assert frame.person.tolist() == list(table.person) and frame.frame.tolist() == [0, 0, 1, 1, 2]
    assert frame[["left", "top", "right", "bottom"]].to_numpy().tolist() == table.box_ltrb.tolist()
    assert np.array_equal(np.stack(frame.embedding), table.embedding)
    assert frame.groupby("person").quality.max()["Ben"] == pytest.approx(0.5)
    assert len(table.take([]).to_pandas()) == 0


def test_without_pandas_it_is_what_is_missing(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pandas"):
        table.to_pandas()
