"""Every error is one line that steers no terminal."""

import pickle

import pytest

from facepipe.errors import FacepipeError, InternalError, NoFaceFound, StoreError, first_line, in_words


def test_a_message_is_one_line_whatever_it_quotes():
    error = StoreError("cannot read a\nb\x1b[31m\ud800\u202e\x00é\u200d\u00a0.jpg")
    assert str(error) == "cannot read a b\ufffd[31m\ufffd\ufffd\ufffdé\u200d\u00a0.jpg"
    str(error).encode()


@pytest.mark.parametrize("kind", [FacepipeError, StoreError, NoFaceFound])
def test_an_error_survives_another_process(kind):
    again = pickle.loads(pickle.dumps(kind("what")))
    assert type(again) is kind and str(again) == "what"


def test_what_the_command_line_returns():
    codes = {FacepipeError: 2, StoreError: 2, NoFaceFound: 3, InternalError: 1}
    assert {kind: kind("what").exit_code for kind in codes} == codes


def test_the_first_line_of_an_exception_or_what_it_is():
    assert first_line(ValueError("what\nand how")) == "what"
    assert first_line(ValueError()) == "ValueError"


def test_people_are_told_what_an_exception_is_that_nobody_foresaw():
    assert in_words(StoreError("x.jpg: cut off")) == "x.jpg: cut off"
    assert in_words(ValueError("\x1b[31mwhat\nand how")) == "unexpected ValueError: \ufffd[31mwhat"
    assert in_words(KeyError()) == "unexpected KeyError"
