"""What threads make ahead comes in order, is bounded, and ends with whoever it is for."""

import threading
from contextlib import contextmanager
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.media.ahead import ahead

WAIT_S = 20  # how long a test waits for what must happen


def opened(make):
    """As `ahead` wants it, with nothing to open."""

    @contextmanager
    def one_thread():
        yield make

    return one_thread


flat = chain.from_iterable


def threads_alive():
    return [thread for thread in threading.enumerate() if thread.name == "facepipe-ahead"]


@given(sizes=st.lists(st.integers(0, 5), max_size=12), threads=st.integers(1, 5), most=st.integers(0, 7))
def test_all_that_is_made_comes_in_the_order_of_the_batches(sizes, threads, most):
    batches = [[(place, number) for number in range(size)] for place, size in enumerate(sizes)]
    made = ahead(batches, opened(iter), threads, most)
    assert [list(items) for items in made] == batches
    assert not threads_alive()


def test_batches_are_made_at_the_same_time():
    together = threading.Barrier(3)

    def make(batch):
        together.wait(WAIT_S)  # broken, and an error, where one is made after the other
        yield batch

    assert list(flat(ahead([1, 2, 3], opened(make), threads=3, most=9))) == [1, 2, 3]


def test_no_more_than_that_many_things_lie_ready():
    lock, lying, most_seen = threading.Lock(), 0, 0

    def make(batch):
        nonlocal lying, most_seen
        for number in range(10):
            with lock:
                lying += 1
                most_seen = max(most_seen, lying)
            yield batch, number

    for _ in flat(ahead(range(8), opened(make), threads=4, most=5)):
        with lock:
            lying -= 1
    # Beside those that lie ready: one in the hand of each thread, what is due, and what was taken just now.
    assert most_seen <= 5 + 4 + 2


def test_batches_far_from_the_one_that_is_due_are_not_begun():
    begun = []

    def make(batch):
        begun.append(batch)
        yield batch

    made = ahead(range(100), opened(make), threads=2, most=1000)
    assert next(next(made)) == 0
    made.close()
    assert len(begun) <= 2 + 1


@pytest.mark.parametrize("most", [0, 3, 1000])
def test_what_is_not_taken_of_a_batch_is_dropped(most):
    batches = [[(place, number) for number in range(9)] for place in range(30)]
    made = ahead(batches, opened(iter), threads=2, most=most)
    assert [next(items) for items in made] == [batch[0] for batch in batches]
    assert not threads_alive()


def test_how_much_lies_ready_is_counted_by_size():
    lock, lying, most_seen = threading.Lock(), 0, 0

    def make(batch):
        nonlocal lying, most_seen
        for size in (3, 1, 5, 0, 2):
            with lock:
                lying += size
                most_seen = max(most_seen, lying)
            yield size

    for size in flat(ahead(range(9), opened(make), threads=3, most=6, size=lambda size: size)):
        with lock:
            lying -= size
    # Beside what may lie ready, the last of which may be too much: one in the hand of each thread, one that is due.
    assert lying == 0 and most_seen <= 6 + 5 + 3 * 5 + 5


def test_who_comes_back_to_a_batch_that_has_passed_gets_nothing():
    made = ahead(range(3), opened(lambda batch: iter([batch] * 5)), threads=2, most=9)
    first, second = next(made), next(made)
    assert list(first) == [] and next(second) == 1
    made.close()
    assert list(second) == []


def test_an_error_comes_when_its_batch_is_due():
    def make(batch):
        yield batch
        if batch == 1:
            raise KeyError("one")

    made = ahead(range(4), opened(make), threads=4, most=9)
    assert list(next(made)) == [0]
    one = next(made)
    assert next(one) == 1
    with pytest.raises(KeyError, match="one"):
        next(one)
    assert [list(items) for items in made] == [[2], [3]], "the others come all the same"
    assert not threads_alive()


def test_what_cannot_be_opened_is_an_error():
    def refused():
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(flat(ahead([1], refused, threads=2, most=9)))


def test_each_thread_opens_once_and_closes_even_where_nobody_takes_the_rest():
    events, lock = [], threading.Lock()

    @contextmanager
    def one_thread():
        with lock:
            events.append("opened")
        yield lambda batch: iter([batch] * 50)
        with lock:
            events.append("closed")

    made = ahead(range(50), one_thread, threads=3, most=4)
    assert next(next(made)) == 0
    made.close()
    assert not threads_alive()
    assert events.count("opened") == events.count("closed") <= 3
