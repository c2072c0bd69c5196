"""Where names stand in a picture."""

from hypothesis import given
from hypothesis import strategies as st

from facepipe.geometry import meet
from facepipe.render.look import _place

SIZE_WH, LABEL_WH = (640, 360), (90, 20)


def test_a_name_stands_above_its_face_or_in_it_where_the_picture_ends():
    assert _place((100, 100, 180, 180), LABEL_WH, SIZE_WH, []) == (100, 80, 190, 100)
    assert _place((100, 5, 180, 85), LABEL_WH, SIZE_WH, []) == (100, 5, 190, 25)
    assert _place((600, 100, 680, 180), LABEL_WH, SIZE_WH, [])[:2] == (550, 80)


def test_a_name_makes_way_for_another():
    first = _place((100, 100, 180, 180), LABEL_WH, SIZE_WH, [])
    second = _place((160, 100, 240, 180), LABEL_WH, SIZE_WH, [first])
    third = _place((130, 102, 210, 182), LABEL_WH, SIZE_WH, [first, second])
    assert second == (160, 100, 250, 120) and third == (130, 182, 220, 202)


box = st.tuples(st.integers(-30, 640), st.integers(-30, 360), st.integers(20, 200), st.integers(20, 200)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(box, st.lists(box, max_size=4))
def test_a_free_place_is_taken_where_there_is_one(face, taken):
    found, alone = _place(face, LABEL_WH, SIZE_WH, taken), _place(face, LABEL_WH, SIZE_WH, [])
    free = not any(meet(found, other) for other in taken)
    assert free or found == alone
    assert 0 <= found[0] <= SIZE_WH[0] - LABEL_WH[0] and (found[2] - found[0], found[3] - found[1]) == LABEL_WH
