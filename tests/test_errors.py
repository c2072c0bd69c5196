"""Every error is one line that steers no terminal."""

import pickle

import pytest

from facepipe.errors import FacepipeError, NoFaceFound, StoreError


def test_a_message_is_one_line_whatever_it_quotes():
    error = StoreError("cannot read a\nb\x1b[31m\ud800\u202e\x00é\u200d\u00a0.jpg")
    assert str(error) == "cannot read a b\ufffd[31m\ufffd\ufffd\ufffdé\u200d\u00a0.jpg"
    str(error).encode()


@pytest.mark.parametrize("kind", [FacepipeError, StoreError, NoFaceFound])
def test_an_error_survives_another_process(kind):
    again = pickle.loads(pickle.dumps(kind("what")))
    assert type(again) is kind and str(again) == "what"
