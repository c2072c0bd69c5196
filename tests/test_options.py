"""Options as data: what a value may be, and what is said where it may not."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import numpy as np
import pytest

from facepipe.cluster.people import People
from facepipe.errors import UsageError
from facepipe.options import Options, fits, option, options_of, parser_of
from facepipe.settings import Settings


@pytest.mark.parametrize(
    "value, kind, fit",
    [
        (1, int, True), (1.0, int, False), (True, int, False), ("1", int, False),
        (1, float, True), (1.5, float, True), (True, float, False), (None, float, False),
        (None, float | None, True), (2, float | None, True), ("x", float | None, False),
        (True, bool, True), (1, bool, False), ("a", str, True), (b"a", str, False),
        ((1, 2), tuple[int, int], True), ((1,), tuple[int, int], False), ([1, 2], tuple[int, int], False),
        ((1, "2"), tuple[int, int], False), ((1, 2), tuple[int, int] | None, True), (1, tuple[int, int] | None, False),
        (None, Optional[int], True), ("x", Optional[int], False), (Path("a"), Path, True), ("a", Path, False),  # noqa: UP045
        (True, object, True), ("x", "float | None", True), ([1], list[str], True),
        ((), tuple[str, ...], True), (("a", "b"), tuple[str, ...], True), (("a", 1), tuple[str, ...], False),
        ("ab", tuple[str, ...], False),
    ],
)  # fmt: skip
def test_a_value_fits_its_type(value, kind, fit):
    assert fits(value, kind) is fit


@pytest.mark.parametrize(
    "options, words",
    [
        ({"interval": "0.5"}, "--interval '0.5': must be a number"),
        ({"max_frames": 2.5}, "--max-frames 2.5: must be a whole number or not set"),
        ({"cloth": 0}, "--cloth 0: must be true or false"),
        ({"max_size": (700,)}, "--max-size (700,): must be a tuple of 2 numbers"),
        ({"annotations": 5}, "--annotations 5: must be a tuple, each a text"),
        ({"detector": 5}, "unknown detector 5: choose one of auto"),
        ({"detector": None}, "unknown detector None: choose one of auto"),
        ({"detector": People()}, "must be FaceFinder"),
        ({"interval": float("nan")}, "--interval nan: must be finite"),
        ({"split": (float("nan"), 0.1, 0.1)}, "--split nan,0.1,0.1: must be finite"),
        ({"interval": 0}, "--interval 0: must be at least 0.001"),
        ({"cluster": "hac", "alpha": 1e30}, "--alpha 1e+30: must be at most 1000000"),
        ({"seek": "often"}, "--seek often: choose one of exact, keyframes"),
        ({"detector": "yunet", "min_confidence": 90.0}, "--min-confidence 90.0: yunet gives 0 to 1"),
        ({"detector": "centerface", "min_confidence": -1}, "--min-confidence -1: centerface gives 0 to 1"),
        ({"encoder": "file", "encoder_file": "a\udcff.onnx"}, r"--encoder-file 'a\udcff.onnx': holds what no file can"),
        ({"upsample": "1"}, "--upsample '1': must be a whole number"),
        ({"eps": 0.4}, "--eps means nothing to --cluster people: leave it out, or name another"),
        ({"annotations": ("coco", "coco")}, "--annotations coco,coco: each name may stand there once"),
        ({"min_fase": 3}, "unknown option --min-fase: did you mean --min-face?"),
    ],
)
def test_what_is_wrong_with_a_setting_is_one_line(options, words):
    with pytest.raises(UsageError) as error:
        Settings.of(**options)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_plug_in_may_be_given_as_itself_and_keeps_its_options():
    made = Settings.of(cluster=People(min_csize=3))
    assert made.clustering.cluster == People(min_csize=3)
    assert made.changed({"cluster": "people"}).clustering.cluster == People(min_csize=3)
    anew = made.changed({"cluster": "hac"}).changed({"cluster": "people"})
    assert anew.clustering.cluster == People(), "one that is named anew starts from its defaults"


def test_one_name_or_a_list_of_names_stands_for_a_tuple():
    assert Settings.of(annotations="yolo").output.annotations == ("yolo",)
    assert Settings.of(annotations=["yolo", "coco"]) == Settings.of(annotations="yolo,coco")


def test_numbers_lists_and_paths_of_programs_are_taken_as_what_they_say():
    made = Settings.of(interval=np.float32(0.5), min_face=np.int64(20), cluster="hac", weights=[1.0, np.float64(0.5)])
    assert made == Settings.of(interval=0.5, min_face=20, cluster="hac", weights=(1.0, 0.5))
    assert Settings.from_dict(made.as_dict()) == made
    assert Settings.of(encoder=Path("net.onnx")) == Settings.of(encoder="net.onnx")


@pytest.mark.parametrize(
    "name, text, says",
    [
        ("frame_size", "640", "--frame-size: cannot read '640': write it like 1920x1920"),
        ("plots", "none,timeline", "--plots: cannot read 'none,timeline': none stands alone"),
        ("interval", "x", "--interval x: must be a number"),
    ],
)
def test_text_that_is_no_value_names_its_option(name, text, says):
    spec = next(spec for _, group in Settings().groups() for spec in options_of(group) if spec.name == name)
    with pytest.raises(UsageError, match=f"^{re.escape(says)}"):
        parser_of(spec)(text)


def test_all_settings_come_back_from_builtins():
    for made in (Settings(), Settings.of(cluster="dbscan", eps=0.3, stop=4.0, split=(0.6, 0.2, 0.2), plots=())):
        assert Settings.from_dict(made.as_dict()) == made


def test_a_field_that_is_no_option_is_not_checked():
    @dataclass(frozen=True, slots=True)
    class Own(Options):
        size: int = option(3, "how large", low=1)
        extra: object = None

        def check(self) -> None:
            if self.size == 13:
                raise UsageError("--size 13: bad luck")

    assert Own(extra=object()).size == 3
    with pytest.raises(UsageError, match="at least 1"):
        Own(size=0)
    with pytest.raises(UsageError, match="bad luck"):
        Own(size=13)


POSTPONED = """
from __future__ import annotations
from dataclasses import dataclass
from facepipe.options import Options, option

@dataclass(frozen=True, slots=True)
class Late(Options):
    share: float | None = option(None, "a share", metavar="S", low=0)
"""


def test_postponed_annotations_are_types_all_the_same():
    space: dict = {}
    exec(POSTPONED, space)
    (spec,) = options_of(space["Late"])
    assert spec.type == (float | None) and parser_of(spec)("0.5") == 0.5
    with pytest.raises(UsageError, match="--share 'much'"):
        space["Late"](share="much")
