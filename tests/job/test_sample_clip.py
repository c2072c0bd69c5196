"""The clip that ships with the project, its truth, and the script that draws both."""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import av
import numpy as np
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHOWN_AGAIN = (320, 1050)  # one before and one after the host has changed clothes


@pytest.fixture(scope="module")
def truth() -> list[tuple[str, int, str, tuple[int, int, int, int]]]:
    with (SAMPLES / "panel_truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    sides = ("left", "top", "right", "bottom")
    return [(r["source"], int(r["frame"]), r["person"], tuple(int(r[side]) for side in sides)) for r in rows]


@pytest.fixture(scope="module")
def decoded() -> dict:
    """What decoding the whole clip yields: size, times, cuts, and a few frames kept."""
    times, cuts, kept, before = [], 0, {}, None
    with av.open(str(SAMPLES / "panel.mp4")) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for index, frame in enumerate(container.decode(stream)):
            times.append(float(frame.time))
            grey = frame.to_ndarray()[: frame.height : 8, ::8].astype(np.int16)  # the luma plane comes first
            cuts += before is not None and np.abs(grey - before).mean() > 12
            before = grey
            if index in SHOWN_AGAIN:
                kept[index] = frame.to_ndarray(format="rgb24")
    return {"times": times, "cuts": cuts, "kept": kept, "size_wh": (frame.width, frame.height)}


@pytest.fixture(scope="module")
def script():
    """The drawing script as a module."""
    sys.path.insert(0, str(SAMPLES))
    try:
        import render_panel

        yield render_panel
    finally:
        sys.path.remove(str(SAMPLES))


def test_the_clip_is_small_and_of_the_promised_length(decoded):
    assert (SAMPLES / "panel.mp4").stat().st_size <= 2_000_000
    assert 40 <= decoded["times"][-1] <= 90
    assert len(decoded["times"]) / decoded["times"][-1] <= 25.1


def test_the_clip_has_shots(decoded):
    assert decoded["cuts"] + 1 >= 5


def test_every_truth_box_lies_in_the_picture(truth, decoded):
    width, height = decoded["size_wh"]
    for source, frame, person, (left, top, right, bottom) in truth:
        assert source == "panel.mp4"
        assert 0 <= frame < len(decoded["times"])
        assert 0 <= left < right <= width and 0 <= top < bottom <= height, (frame, person)


def test_people_recur_and_share_frames(truth):
    people, together = defaultdict(set), defaultdict(list)
    for _, frame, person, _ in truth:
        people[person].add(frame)
        together[frame].append(person)
    assert len(people) >= 6
    assert all(len(names) == len(set(names)) for names in together.values())
    assert sum(len(names) >= 2 for names in together.values()) >= 0.5 * len(together)
    for person, seen in people.items():
        assert np.any(np.diff(sorted(seen)) > 100), f"{person} is in one scene only"


def test_the_truth_covers_every_whole_second(truth, decoded):
    frames = {frame for _, frame, _, _ in truth}
    times = np.array(decoded["times"])
    assert all(int(np.abs(times - second).argmin()) in frames for second in range(int(times[-1]) + 1))


def test_somebody_changes_clothes_and_two_dress_alike(script):
    from panel.cast import OUTFITS

    wardrobe = defaultdict(set)
    for shot in script.SHOTS:
        for actor in shot.actors:
            wardrobe[actor.person].add(OUTFITS[actor.person, actor.outfit])
    assert [person for person, outfits in wardrobe.items() if len(outfits) > 1] == ["Marta"]
    alike = {"Tomas", "Finn"}
    assert wardrobe["Tomas"] == wardrobe["Finn"]
    met = [alike & {actor.person for actor in shot.actors} for shot in script.SHOTS]
    assert alike in met and {"Tomas"} in met and {"Finn"} in met


def test_the_script_writes_this_truth(script, tmp_path):
    script.write_truth(tmp_path / "truth.csv")
    assert (tmp_path / "truth.csv").read_bytes() == (SAMPLES / "panel_truth.csv").read_bytes()


def test_the_script_draws_these_frames(script, decoded):
    for index, drawn in script.frames(set(SHOWN_AGAIN)):
        difference = np.abs(drawn.astype(np.int16) - decoded["kept"][index])
        assert difference.mean() < 4, f"frame {index}: samples/panel.mp4 is not what the script draws; render it again"
