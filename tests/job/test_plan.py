"""What there is to do, divided: every source in one task, long videos taken apart later."""

from dataclasses import replace
from pathlib import Path

import pytest
from clips import write_clip

from facepipe.job.plan import PHOTOS, Task, divided, parts_of_video
from facepipe.media.sources import find_sources
from facepipe.records import Source
from facepipe.settings import Settings


def source(name: str, *, video: bool = False) -> Source:
    return Source(f"{name}-00000000", name, Path(f"/in/{name}"), "0" * 64, 1, video)


def names(plan) -> list[list[str]]:
    return [[source.name for source in task.sources] for task in plan]


PHOTO_NAMES = [f"p{number:03}" for number in range(PHOTOS + 3)]
MORE = (source("v1", video=True), source("p999"), source("v2", video=True))
ALL = Task((*map(source, PHOTO_NAMES), *MORE))


def test_a_video_is_a_task_and_photos_come_by_the_dozen():
    plan = divided(ALL, Settings())
    assert names(plan) == [["v1"], ["v2"], PHOTO_NAMES[:PHOTOS], [*PHOTO_NAMES[PHOTOS:], "p999"]]
    assert all(task.others and not task.undivided and task.part is None for task in plan)
    assert divided(Task(()), Settings()) == ()


@pytest.mark.parametrize("limit", [{"max_faces": 5}, {"max_frames": 5}])
def test_what_is_counted_over_all_sources_is_one_task_in_their_order(limit):
    (task,) = divided(ALL, Settings.of(**limit))
    assert task.sources == ALL.sources and task.undivided
    assert divided(Task(()), Settings.of(**limit)) == ()


@pytest.fixture(scope="module")
def long_video(tmp_path_factory):
    (video,) = find_sources([write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", 60, gop=10)], pytest.fail)
    return Task((video,), others=True)


def test_a_long_video_becomes_tasks_of_its_parts(long_video):
    settings = Settings.of(interval=0.04)
    plan = parts_of_video(long_video, settings, 20)
    assert [task.part.indices for task in plan] == [tuple(range(at, at + 20)) for at in (0, 20, 40)]
    assert all(task.sources == long_video.sources and task.others for task in plan)
    assert all(parts_of_video(task, settings, 2) == () for task in plan)  # a part stays one


def test_what_stays_one_task(long_video):
    settings = Settings.of(interval=0.04)
    assert parts_of_video(long_video, settings, 31) == ()
    assert parts_of_video(replace(long_video, undivided=True), settings, 5) == ()
    assert parts_of_video(Task((*long_video.sources, source("v2", video=True))), settings, 5) == ()
    assert parts_of_video(Task((source("photo"),)), settings, 1) == ()
    (still,) = divided(long_video, Settings.of(reuse_static=True))
    assert parts_of_video(still, settings, 5) == ()
