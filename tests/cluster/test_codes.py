"""Texts and pairs as numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facepipe.cluster.codes import pair_codes, text_codes

number = st.integers(-(1 << 20), 1 << 20)


@given(st.lists(st.tuples(number, number)))
def test_numbers_of_pairs_are_in_the_order_of_the_pairs(pairs):
    one, other = np.array(pairs, np.int32).reshape(-1, 2).T
    codes = pair_codes(one, other).tolist()
    assert [codes.index(code) for code in sorted(codes)] == [pairs.index(pair) for pair in sorted(pairs)]


@given(st.lists(st.text(max_size=2)))
def test_numbers_of_texts_are_their_places(texts):
    assert text_codes(texts).tolist() == [sorted({*texts}).index(text) for text in texts]
