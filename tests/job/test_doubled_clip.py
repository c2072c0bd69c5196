"""A clip beside itself: squeezed into two halves as 3D is, at full width, and mirrored."""

from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from clips import write_clip
from commandline import rows, state
from commandline_here import run_here

SHOWN_S = range(5, 15)  # one person, then two others


@pytest.fixture(scope="module")
def frames(sample_clip) -> list[np.ndarray]:
    """A frame a second."""
    with av.open(str(sample_clip)) as container:
        pictures = enumerate(container.decode(container.streams.video[0]))
        wanted = {25 * second for second in SHOWN_S}
        shown = (picture for number, picture in pictures if number in wanted)
        return [picture.to_ndarray(format="rgb24") for picture in islice(shown, len(wanted))]


HALVES = {
    "squeezed": lambda image: [cv2.resize(image, (428, 480), interpolation=cv2.INTER_AREA)] * 2,
    "beside": lambda image: [image, image],
    "mirrored": lambda image: [image, image[:, ::-1]],
}
SAID = "talk.mp4 shows its picture several times at once"


def people_of(clip: Path, out: Path, *chosen: str):
    """Who stands in each frame from left to right, and what was said."""
    done = run_here("run", clip, "--out", out, *chosen, "--annotations", "none", "--plots", "none")
    people: dict[int, list[str]] = {}
    for row in sorted(rows(out), key=lambda row: int(row["left"])):
        people.setdefault(int(row["frame"]), []).append(row["person"])
    return people, done.stderr


def test_a_person_and_the_copy_are_one(frames, tmp_path):
    clip = write_clip(tmp_path / "talk.mp4", [np.hstack([image, image]) for image in frames[:5]], rate=1)
    people, said = people_of(clip, tmp_path / "out", "--detector", "cnn")
    assert people == {frame: ["person_001"] * 2 for frame in range(5)}
    assert f"{SAID} (split screen, mirror, 3D) at 0:00-0:05" in said
    assert len(state(tmp_path / "out")["warnings"]) == 1


@pytest.mark.parametrize(
    "halves", [pytest.param(name, marks=[pytest.mark.slow] * (name != "mirrored")) for name in HALVES]
)
def test_several_people_and_their_copies(frames, tmp_path, shared_models, monkeypatch, halves):
    """Everybody is who they are where one half is shown alone, with the models that tell most."""
    monkeypatch.setenv("FACEPIPE_MODELS", str(shared_models))
    chosen = ("--detector", "yunet", "--encoder", "retail-0095")
    shown = [HALVES[halves](image) for image in frames]
    half = write_clip(tmp_path / "half.mp4", [left for left, _ in shown], rate=1)
    clip = write_clip(tmp_path / "talk.mp4", [np.hstack(both) for both in shown], rate=1)
    alone, quiet = people_of(half, tmp_path / "alone", *chosen)
    people, said = people_of(clip, tmp_path / "out", *chosen)
    assert [len(alone[n]) for n in range(10)] == [1] * 5 + [2] * 5
    assert people == {n: left + (left[::-1] if halves == "mirrored" else left) for n, left in alone.items()}
    assert f"{SAID} (split screen, mirror, 3D) at 0:00-0:10" in said and "several times" not in quiet
