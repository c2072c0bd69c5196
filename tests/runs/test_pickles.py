"""Pickles of builtins only: nothing else is written, nothing else is read."""

import pickle
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from stored_frames import Evil

from facepipe.errors import HostileFileError, StoreError
from facepipe.runs import pickles

builtins = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(builtins)
def test_builtins_come_back(value):
    assert pickles.loads(pickles.dumps(value)) == value


@given(
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0), elements=st.floats(-1e9, 1e9, width=32)
    )
)
def test_arrays_come_back(array):
    again = pickles.unpack(pickles.loads(pickles.dumps(pickles.pack(array))), np.float32, None, None)
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path, protocol):
    data = pickle.dumps({"faces": [Evil(str(tmp_path / "pwned"))]}, protocol=protocol)
    with pytest.raises(HostileFileError, match="more than data"):
        pickles.loads(data)
    assert not (tmp_path / "pwned").exists()


def test_a_pickle_that_asks_for_gigabytes_is_refused():
    huge_memo = b"\x80\x04N" + b"r" + struct.pack("<I", 0x7FFFFFFF) + b"."
    with pytest.raises(HostileFileError):
        pickles.loads(huge_memo)
    with pytest.raises(StoreError):
        pickles.loads(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b".")


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_pickle_is_a_store_error_or_other_data(position, byte):
    data = bytearray(pickles.dumps({"a": [1, 2.5, "text", b"bytes"], "b": {"c": None}}))
    data[position % len(data)] = byte
    with suppress(StoreError):
        pickles.loads(bytes(data))
