"""What is done next, and what of a worker's end: without any worker."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facepipe.errors import ClusterError
from facepipe.job.encoding import Encoded
from facepipe.job.plan import Task
from facepipe.machines.schedule import Schedule
from facepipe.machines.worker import Done
from facepipe.media.parts import Part
from facepipe.records import Failure, Source


def source(name: str, *, video: bool = False) -> Source:
    return Source(f"{name}-00000000", name, Path(f"/in/{name}"), "0" * 64, 1, video)


def photos(*names: str) -> Task:
    return Task(tuple(map(source, names)), others=True)


def part(video: Source, *indices: int) -> Task:
    return Task((video,), Part(indices, tuple(map(float, indices)), None), others=True)


VIDEO = source("v", video=True)
WHOLE = Task((VIDEO,), others=True)


def done(frames: int = 1, *warnings: str, unread: str = "", stored: str = "") -> Done:
    failures = [Failure(unread, "frames", "it is damaged")] if unread else []
    return Done(Encoded(frames=frames, unread=failures, stored=Counter({stored: 2} if stored else {})), warnings)


def begun(schedule: Schedule, workers: int = 9, running=()):
    running = list(running)
    while attempt := schedule.next(running, workers):
        running.append(attempt)
    return running


def test_every_worker_has_one_task_and_one_task_waits_even_where_there_is_none():
    schedule = Schedule.of(tuple(map(photos, "abcde")))
    assert len(begun(schedule, workers=3)) == 3
    assert len(begun(Schedule.of((WHOLE,)), workers=0)) == 1


def test_the_parts_of_a_video_are_next_in_their_order():
    schedule = Schedule.of((WHOLE, photos("a")))
    schedule.next([], 1)
    plan = tuple(part(VIDEO, index) for index in range(3))
    schedule.divide(plan)
    assert [attempt.task for attempt in begun(schedule)][:3] == list(plan)


def test_progress_is_counted_in_frames_and_the_total_is_known_once_all_videos_are():
    schedule = Schedule.of((photos("a", "b"), WHOLE))
    (first, second) = begun(schedule)
    assert schedule.progress([first, second]) == (0, None)
    schedule.finish(first.task, done(2))
    schedule.divide((part(VIDEO, 0, 1, 2), part(VIDEO, 3)))
    assert schedule.progress([]) == (2, 6)


def test_what_is_wrong_in_a_part_is_found_out_on_the_whole_video():
    first, second, third = (part(VIDEO, index) for index in range(3))
    schedule = Schedule.of((first, second, third, photos("a")))
    begun(schedule, workers=2)
    assert schedule.finish(first, done(1, stored=VIDEO.source_id)) == ()
    assert schedule.finish(second, done(0, "2 of 4 sampled frames are damaged")) == ()
    (whole, photo) = begun(schedule)
    assert (whole.task.sources, whole.task.part, whole.task.undivided) == ((VIDEO,), None, True)
    assert schedule.finish(third, done(1, "2 of 4 sampled frames are damaged")) == ()  # it was still at work
    said = schedule.finish(whole.task, done(3, "2 of 12 sampled frames are damaged", stored=VIDEO.source_id))
    assert said == ("2 of 12 sampled frames are damaged",)
    schedule.finish(photo.task, done(1))
    assert schedule.encoded().frames == 4 and schedule.encoded().stored[VIDEO.source_id] == 2
    assert begun(schedule) == []


def test_the_last_try_is_alone_so_that_nobody_else_is_blamed():
    schedule = Schedule.of((photos("bad"), *map(photos, "abc")))
    (bad, *others) = begun(schedule, workers=2)
    schedule.kill(bad, 1)
    (second, third) = begun(schedule, 3, others)[1:]
    bad = next(attempt for attempt in begun(schedule, 9, [second]) if attempt.tries == 1)
    assert schedule.kill(bad, 1) == ()
    assert schedule.next([third], 9) is None  # while anything else is running
    last = schedule.next([], 9)
    assert last.tries == 2 and last.is_alone
    assert schedule.next([last], 9) is None
    assert schedule.kill(last, 1) == ("/in/bad: 3 workers died while they read it",)
    (failure,) = schedule.encoded().unread
    assert (failure.item_id, failure.stage) == ("bad", "frames")


def test_workers_that_come_and_go_are_no_fault_of_a_long_video():
    schedule = Schedule.of((WHOLE,))
    for stored in (100, 180, 181, 300):
        attempt = schedule.next([], 1)
        assert attempt.tries <= 1 and schedule.kill(attempt, 1, stored) == ()
    assert schedule.kill(schedule.next([], 1), 1, 300) == ()
    last = schedule.next([], 1)
    assert last.is_alone and schedule.kill(last, 1, 300) == ("/in/v: 3 workers died while they read it",)


def test_what_is_gone_is_next_and_is_not_looked_for_again():
    schedule = Schedule.of((photos("a"), photos("b")))
    (first, _) = begun(schedule)
    schedule.again(first)
    (again,) = begun(schedule)
    assert again.task is first.task and again.gone and not first.gone


def test_photos_of_which_one_kills_go_on_one_by_one():
    schedule = Schedule.of((photos("a", "b", "c"),))
    schedule.kill(schedule.next([], 1), 1)
    singles = begun(schedule)
    assert [[s.name for s in attempt.task.sources] for attempt in singles] == [["a"], ["b"], ["c"]]
    assert {attempt.tries for attempt in singles} == {1}


def test_parts_that_kill_are_one_failure_of_their_video_and_its_other_parts_count():
    bad, worse, good = (part(VIDEO, index) for index in range(3))
    schedule = Schedule.of((bad, worse, good))
    said = set()
    while attempt := schedule.next([], 1):
        if attempt.task is good:
            schedule.finish(good, done(1))
        else:
            said.update(schedule.kill(attempt, 1))
    assert said == {"/in/v: 3 workers died while they read it"}
    total = schedule.encoded()
    assert ([failure.item_id for failure in total.unread], total.frames) == (["v"], 1)


def test_nobody_is_blamed_where_all_sources_are_one_task():
    task = replace(photos("a", "b"), undivided=True)
    schedule = Schedule.of((task,))
    for _ in range(2):
        assert schedule.kill(schedule.next([], 1), 1) == ()
    with pytest.raises(ClusterError, match=r"3 workers died .*, one of the inputs: run it without"):
        schedule.kill(schedule.next([], 1), 1)


@given(st.data())
def test_whatever_dies_every_source_is_done_or_failed_once(data):
    """Workers die at random; only those of "bad" always do."""
    schedule = Schedule.of((photos("a", "bad", "b"), photos("c"), photos("d", "e")))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    running: list = []
    seen: Counter[str] = Counter()
    while running := begun(schedule, 2, running):
        attempt = running.pop(int(rng.integers(len(running))))
        names = [source.name for source in attempt.task.sources]
        if "bad" in names or (not attempt.is_alone and rng.random() < 0.3):
            schedule.kill(attempt, 1)
        else:
            seen.update(names)
            schedule.finish(attempt.task, done(len(names)))
    assert seen == Counter("abcde")
    assert [failure.item_id for failure in schedule.encoded().unread] == ["bad"]
