"""Many vectors and ids looked for at once: as looking for one after the other finds them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facepipe.review.needles import Faces, Vectors
from facepipe.review.traces import FACE_ID

quick = settings(max_examples=200, derandomize=True, database=None, deadline=None)
# Inputs that end as others begin, whose digits may be taken for the number of a frame.
INPUTS = ("a-00001234", "b-a-00001234", "clip.mp4-0123abcd", "p-12345678")
IDS = [f"{name}-{frame}-{face}" for name in INPUTS for frame in ("0000000", "12345678") for face in (0, 1, 10)]


def vectors(count: int, length: int) -> list[bytes]:
    rows = np.random.default_rng(length).integers(0, 255, (count, length), np.uint8)
    return [row.tobytes() for row in rows]


@pytest.mark.parametrize("length", [4, 8, 12, 100, 135, 136, 512, 1024])
@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"words "])
def test_a_vector_is_found_wherever_it_begins(length, filling):
    sought, other = vectors(5, length), vectors(1, length + 1)[0][:length]
    search = Vectors(sought)
    for place in range(0, 300, 7):
        before = (filling * place)[:place]
        assert search.are_in(before + sought[place % 5] + filling * 40)
        assert search.are_in(before + sought[place % 5])
        assert not search.are_in(before + other + filling * 40)
        assert not search.are_in(before + sought[place % 5][:-1])
        assert not search.are_in(before + sought[place % 5][1:])


def test_vectors_of_several_lengths_and_of_nothing_but_zeros_are_found():
    long, short, zeros = *vectors(1, 1024), *vectors(1, 200), bytes(512)
    search = Vectors([long, short, zeros])
    for one in (long, short, zeros):
        assert search.are_in(b"begin" + one + b"end")
    assert not search.are_in(b"begin" + long[:600] + bytes(511) + short[:-1] + b"end")
    assert not Vectors([]).are_in(bytes(1000))


@quick
@given(st.sets(st.sampled_from(IDS)), st.lists(st.sampled_from([*IDS, *INPUTS, "-", "0", ".jpg", "/", ",", " ", "é"])))
@example({"a-00001234-0000000-1"}, ["a-00001234-0000000-1"])
@example({"a-00001234-0000000-1"}, ["b-a-00001234-0000000-1"])
@example({"a-00001234-0000000-1"}, ["a-00001234-0000000-10"])
def test_a_face_is_found_where_its_id_stands_and_not_in_another(faces, parts):
    text = "".join(parts)
    if not faces.isdisjoint(FACE_ID.findall(text)):
        assert Faces(faces).are_in(text.encode())
    elif not any(face in text for face in faces):
        assert not Faces(faces).are_in(text.encode())


@quick
@given(
    st.sets(st.sampled_from(IDS)), st.lists(st.sampled_from([*IDS, *INPUTS, "x"])), st.sampled_from(["/", "\n", '","'])
)
def test_between_other_words_nothing_else_is_taken_for_a_face(faces, words, between):
    assert Faces(faces).are_in(between.join(words).encode()) == (not faces.isdisjoint(words))
