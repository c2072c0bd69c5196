"""Files made all together: what is made of the same thing stays, whatever is there otherwise is made."""

from threading import Event

import numpy as np
import pytest

from facepipe.errors import StoreError
from facepipe.files.plan import Plan

GREY = np.full((8, 8, 3), 90, np.uint8)


class Maker:
    """Writes two files into a plan, and counts what was made."""

    def __init__(self, root, made=None, threads=1):
        self.made, self.plan = [], Plan(root, made or {})
        self.threads = threads

    def run(self, colour="red", frozen=False):
        plan = self.plan.frozen() if frozen else self.plan
        plan.folder("a").data("one", self._make("one"), of=colour)
        self.plan.wait()
        self.plan.text("two.txt", colour)
        self.plan.in_turn().data("three", self._make("three"))
        assert self.made == [], "nothing is made before it is carried out"
        self.plan.carry_out(self.threads)
        return self

    def _make(self, name):
        return lambda: self.made.append(name) or name.encode()


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_the_same_is_not_made_again(tmp_path, threads):
    first = Maker(tmp_path, threads=threads).run()
    assert sorted(first.made) == ["one", "three"] and (tmp_path / "a/one").read_bytes() == b"one"
    again = Maker(tmp_path, first.plan.recipes, threads).run()
    assert again.plan.paths == first.plan.paths and again.plan.changing == {"three"}
    assert again.made == ["three"], "of which nothing is known"
    other = Maker(tmp_path, first.plan.recipes, threads).run("blue")
    assert sorted(other.made) == ["one", "three"] and (tmp_path / "two.txt").read_text() == "blue"


def test_what_is_made_in_turn_begins_with_its_phase(tmp_path):
    plan, begun = Plan(tmp_path, {}), Event()
    plan.data("first", lambda: b"first")
    plan.wait()
    plan.data("beside", lambda: b"beside" if begun.wait(10) else b"alone")
    plan.in_turn().data("turn", lambda: begun.set() or (tmp_path / "first").read_bytes())
    plan.wait()
    plan.carry_out()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "first": "first",
        "beside": "beside",
        "turn": "first",
    }


def test_what_is_gone_or_empty_is_made_again(tmp_path):
    first = Maker(tmp_path).run()
    (tmp_path / "a/one").unlink()
    assert "one" in Maker(tmp_path, first.plan.recipes).run().made
    (tmp_path / "a/one").write_bytes(b"")
    assert "one" in Maker(tmp_path, first.plan.recipes).run().made


def test_what_needs_a_file_that_is_made_again_is_made_again(tmp_path):
    def made(old, colour):
        plan, names = Plan(tmp_path, old), []

        def writes(name):
            return lambda: names.append(name) or b"whatever"

        for name in colour:
            plan.folder("crops").data(name, writes(name), of=(name, colour[name]))
        plan.wait()
        for name in colour:
            plan.data(f"{name} sheet", writes(f"{name} sheet"), of=1, needs=[f"crops/{name}"])
        plan.carry_out()
        return plan.recipes, names

    recipes, names = made({}, {"red": 1, "blue": 1})
    assert names == ["red", "blue", "red sheet", "blue sheet"]
    assert made(recipes, {"red": 1, "blue": 1})[1] == []
    assert made(recipes, {"red": 1, "blue": 2})[1] == ["blue", "blue sheet"]


def test_what_may_be_done_ahead_is_done_before_the_files_are_there_and_only_for_those_that_are_made(tmp_path):
    done = []

    def drawn(old):
        plan = Plan(tmp_path, old)
        seen = Event()
        plan.data("crop", lambda: b"crop" if seen.wait(60) else b"late", of=1)
        plan.wait()
        plan.in_turn().data(
            "plot", lambda: done.append("plot") or b"", of=1, ahead=lambda: done.append("ahead") or seen.set()
        )
        plan.carry_out()
        return plan.recipes

    recipes = drawn({})
    assert done == ["ahead", "plot"] and (tmp_path / "crop").read_bytes() == b"crop"
    (tmp_path / "plot").write_bytes(b"is not empty")
    assert drawn(recipes) == recipes and done == ["ahead", "plot"]


def test_in_a_frozen_plan_what_would_differ_is_left_out(tmp_path):
    first = Maker(tmp_path).run()
    same = Maker(tmp_path, first.plan.recipes).run(frozen=True).plan
    assert same.left_out == [] and "a/one" in same.paths
    other = Maker(tmp_path, first.plan.recipes).run("blue", frozen=True).plan
    assert other.left_out == ["a/one"] and "a/one" not in other.paths


def test_files_without_a_word_of_their_own_follow_from_what_their_target_is_made_of(tmp_path):
    def made(known, of):
        plan = Plan(tmp_path, known)
        part = plan.made_of(of)
        part.data("one.png", lambda: b"1")
        part.data("two.png", lambda: b"2")
        plan.carry_out()
        return plan

    first = made({}, "x")
    assert (tmp_path / "two.png").read_bytes() == b"2", "it is not taken for the first"
    assert made(first.recipes, "x").changing == set()
    assert made(first.recipes, "y").changing == {"one.png", "two.png"}


def test_pictures_of_the_same_are_one_file_and_texts_are_not(tmp_path):
    plan = Plan(tmp_path, {})
    calls = []
    for name in ("a/1.jpg", "b/1.jpg"):
        plan.jpeg(name, lambda: calls.append(1) or GREY, of="grey")
    for name in ("a.txt", "b.txt"):
        plan.text(name, "0 .5 .5 .1 .1\n")
    plan.carry_out(2)
    assert len(calls) == 1
    assert (tmp_path / "a/1.jpg").samefile(tmp_path / "b/1.jpg")
    assert not (tmp_path / "a.txt").samefile(tmp_path / "b.txt")


def test_an_error_is_raised_and_the_rest_is_left(tmp_path):
    def fail():
        raise StoreError("no picture")

    plan, made = Plan(tmp_path, {}), []
    plan.data("a", fail)
    plan.wait()
    plan.data("b", lambda: made.append("b") or b"")
    with pytest.raises(StoreError, match="no picture"):
        plan.carry_out(2)
    assert made == []


def test_progress_rises_to_its_total(tmp_path):
    plan, seen = Plan(tmp_path, {}), []
    for number in range(5):
        plan.text(f"{number}.txt", "x")
    plan.carry_out(2, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [1, 2, 3, 4, 5, 5] and {total for _, total in seen} == {5}
