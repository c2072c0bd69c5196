"""Threads that do jobs: some beside each other, some one after the other."""

from threading import Event, Lock, Thread

import pytest

from facepipe.errors import StoreError
from facepipe.files.crew import Crew


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_what_is_done_in_turn_keeps_its_order_and_is_never_done_twice_at_once(threads):
    order, working = [], Lock()

    def job(number):
        def run():
            assert working.acquire(blocking=False)
            order.append(number)
            working.release()

        return run

    with Crew(threads) as crew:
        for number in range(100):
            crew.do_in_turn(job(number))
            crew.do(lambda: None)
        crew.wait()
        crew.wait_in_turn()
        crew.do_in_turn(job(100))
        crew.wait_in_turn()
    assert order == list(range(101))


def test_what_is_done_in_turn_takes_one_of_the_threads_and_nobody_waits_for_it():
    done, others = Event(), []
    with Crew(2) as crew:
        crew.do_in_turn(lambda: others.append("turn") if done.wait(60) else None)
        for number in range(10):
            crew.do(others.append, number)
        crew.wait()
        assert others == list(range(10)), "on the thread that is left"
        done.set()
        crew.wait_in_turn()
    assert others[-1] == "turn"


def test_after_an_error_nothing_more_is_done_in_turn_and_it_is_raised():
    def fail():
        raise StoreError("no plot")

    made = []
    with Crew(2) as crew, pytest.raises(StoreError, match="no plot"):
        crew.do_in_turn(fail)
        crew.do_in_turn(lambda: made.append(1))
        crew.wait_in_turn()
    assert made == []


def test_an_error_of_what_is_done_in_turn_is_raised_before_more_is_begun():
    failed, made = Event(), []

    def fail():
        failed.set()
        raise StoreError("no plot")

    with pytest.raises(StoreError, match="no plot"), Crew(1) as crew:
        crew.do_in_turn(fail)
        crew.do(failed.wait, 60)
        crew.wait()
        made.append("the next phase")
    assert made == []


def test_what_has_not_begun_is_left_at_a_stop():
    begun, go_on, made = Event(), Event(), []
    crew = Crew(2)
    crew.do_in_turn(lambda: begun.set() or go_on.wait(60))
    crew.do_in_turn(lambda: made.append(1))
    begun.wait(60)
    stop = Thread(target=crew.close)
    stop.start()
    with pytest.raises(RuntimeError, match="shutdown"):
        while True:
            crew.do(int)
    go_on.set()
    stop.join()
    assert made == []
