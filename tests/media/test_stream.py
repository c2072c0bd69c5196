"""The frames of many sources: of short videos several are decoded at once, and what comes is the same."""

import threading

import numpy as np
import pytest
from clips import number_in, write_clip
from PIL import Image

from facepipe.errors import DecodeError, InputError
from facepipe.media.readers import sample
from facepipe.media.sources import find_sources
from facepipe.media.stream import FrameStream
from facepipe.media.timeline import read_timeline
from facepipe.runs.budget import FaceBudget
from facepipe.settings import SamplingSettings

WAIT_S = 20  # how long a test waits for what must happen
SAMPLING = SamplingSettings(interval=0.16)  # every fourth frame


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Eight videos, of which one is cut off and one is none any more, and photos between them."""
    folder = tmp_path_factory.mktemp("sources")
    for number, frames in enumerate((9, 30, 1, 14, 25, 60, 5, 17)):
        write_clip(folder / f"{number}.mp4", frames, gop=6)
        if number % 2:
            Image.fromarray(np.full((90, 160, 3), 20 * number, np.uint8)).save(folder / f"{number}_photo.png")
    whole = write_clip(folder / "4_cut.mp4", 40, gop=6, container_options={"movflags": "faststart"}).read_bytes()
    (folder / "4_cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    found = find_sources([folder], pytest.fail, kinds=("video", "photo"))
    (folder / "3.mp4").write_bytes(b"no video " * 300)
    return found


def told(sources, sampling=SAMPLING, **how):
    """What comes, frames and warnings, in the order in which it does; and the stream."""
    events = []
    stream = FrameStream(sources, sampling, warn=events.append, **how)
    for frame in stream:
        image = frame.picture.rgb()
        shows = number_in(image) if frame.ref.source.is_video else int(image.mean())
        events.append((frame.frame_id, frame.ref.time_s, shows))
    return events, stream


def test_what_comes_is_the_same_on_any_number_of_threads(sources):
    def stored(ref):
        return 2 if ref.index % 3 == 1 else None  # every third of them is done

    alone, stream = told(sources, stored_faces=stored)
    said = [event for event in alone if isinstance(event, str)]
    assert len(said) == 2 and "3.mp4" in said[0] and "4_cut.mp4" in said[1] and len(alone) > 30
    assert len(stream.failures) == 1 and stream.resumed > 5
    for threads in (2, 3, 8):
        several, other = told(sources, stored_faces=stored, decode_threads=threads)
        assert several == alone
        assert (other.failures, other.seen, other.resumed) == (stream.failures, stream.seen, stream.resumed)
    assert not [thread for thread in threading.enumerate() if thread.name == "facepipe-ahead"]


def watched(stream, begun=lambda source, threads: None):
    """`begun` is told of each source that is sampled, by whomever, and on how many threads."""

    def watching(source, settings, **how):
        begun(source, how["decode_threads"])
        yield from sample(source, settings, **how)

    stream._sample = watching
    return stream


def test_short_videos_are_decoded_at_once(sources):
    videos = [source for source in sources if source.is_video][:3]
    together = threading.Barrier(3)
    stream = FrameStream(videos, SAMPLING, decode_threads=3)
    frames = list(watched(stream, lambda source, threads: together.wait(WAIT_S)))  # broken where one waits for another
    assert len({frame.ref.source for frame in frames}) == 3


def test_what_is_large_is_not_read_ahead_to_be_told_that_it_is_long(sources, monkeypatch):
    monkeypatch.setattr("facepipe.media.sampling._SHORT_BYTES", 0)
    read = []
    monkeypatch.setattr("facepipe.media.sampling.read_timeline", lambda path: read.append(path) or read_timeline(path))
    videos = [source for source in sources if source.is_video][:3]
    for frame in FrameStream(videos, SAMPLING, decode_threads=3):
        assert {*read} == {source.path for source in videos[: videos.index(frame.ref.source) + 1]}


def test_long_videos_have_all_threads_one_after_the_other(sources, monkeypatch):
    """As if a thread took one frame at once, so that four are enough for three threads."""
    monkeypatch.setattr("facepipe.media.sampling.BATCH", 1)
    videos = [source for source in sources if source.name in ("0.mp4", "1.mp4", "2.mp4", "5.mp4")]
    on = {}
    list(
        watched(
            FrameStream(videos, SAMPLING, decode_threads=3), lambda source, threads: on.update({source.name: threads})
        )
    )
    assert on == {"0.mp4": 1, "1.mp4": 3, "2.mp4": 1, "5.mp4": 3}


@pytest.mark.parametrize(
    "limit", [{"sampling": SamplingSettings(interval=0.16, max_frames=2)}, {"budget": FaceBudget(1)}]
)
def test_nothing_is_decoded_ahead_where_it_is_not_known_how_much_is_wanted(sources, limit):
    begun = []
    sampling = limit.get("sampling", SAMPLING)
    stream = FrameStream(sources, sampling, decode_threads=4, **{k: v for k, v in limit.items() if k != "sampling"})
    for frame in watched(stream, lambda source, threads: begun.append(source.name)):
        stream.budget.add(frame.frame_id, 1)
    assert begun == ["0.mp4"]


def test_many_that_cannot_be_decoded_keep_nobody_from_the_next(sources, monkeypatch):
    """Long ones: each error comes in the source's turn."""
    monkeypatch.setattr("facepipe.media.sampling.BATCH", 0)
    good, *others = [source for source in sources if source.is_video and source.name != "3.mp4"]

    def broken(source, settings, **how):
        if source in others:
            raise DecodeError(f"{source.name} is damaged")
        yield from sample(source, settings, **how)

    stream = FrameStream([*others, good], SAMPLING, decode_threads=2)
    stream._sample = broken
    assert {frame.ref.source for frame in stream} == {good}
    assert [failure.item_id for failure in stream.failures] == [source.name for source in others]


def test_the_last_error_is_raised_where_no_source_can_be_read(sources):
    videos = [source for source in sources if source.name == "3.mp4"]
    with pytest.raises(InputError, match=r"3\.mp4"):
        list(FrameStream(videos * 2, SAMPLING, decode_threads=2))
