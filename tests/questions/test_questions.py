"""Questions about a run: what is asked, in which order, and what an answer leaves to be asked."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_tables import same_partition, simulate

from facepipe.people.decisions import Corrections, Decision, named_by, replay
from facepipe.questions import answers, branches, merges
from facepipe.questions.calibration import Calibration
from facepipe.questions.draft import Known
from facepipe.questions.evidence import Evidence
from facepipe.questions.propose import Proposer, questions
from facepipe.questions.question import KINDS, MISTAKES, is_placeholder
from facepipe.questions.suggest import to_do


def labelled(people=8, faces=160, **more):
    """A table with right names, and each face's true name."""
    table, who = simulate(people, faces, **more)
    truth = {face: f"person_{who[row] + 1:03d}" for row, face in enumerate(table.face_id)}
    return table.named(truth), truth


def with_names(table, **changed):
    names = dict(zip(table.face_id, table.person, strict=True)) | changed
    return table.named(names)


def faces_of(table, name):
    return [face for face, person in zip(table.face_id, table.person, strict=True) if person == name]


def asked_of(found, kind):
    return [question for question in found if question.kind == kind]


def test_nothing_but_names_is_asked_of_a_run_that_is_right():
    table, _ = labelled()
    found = questions(table, Corrections())
    assert {question.kind for question in found} <= {"name"} and len(found) == 8
    assert Proposer(table).settled() == 1


def test_a_person_in_two_pieces_is_the_first_question():
    table, _ = labelled()
    half = faces_of(table, "person_001")[::2]
    table = with_names(table, **dict.fromkeys(half, "Zoe"))
    first = questions(table, Corrections())[0]
    assert first.kind == "merge" and first.people == ("Zoe", "person_001"), "a name that was given is kept"
    assert first.probability > 0.9 and first.gain > 5
    assert all(1 <= len(first.side(name)) <= 8 for name in first.people)
    assert len({tile.face for tile in first.tiles}) == len(first.tiles)
    assert Proposer(table).settled() < 1


def test_a_stray_face_is_odd_and_said_to_be_nearest_to_its_own_person():
    table, _ = labelled()
    stray = faces_of(table, "person_002")[0]
    (found,) = asked_of(questions(with_names(table, **{stray: "person_001"}), Corrections()), "odd")
    assert found.people == ("person_001",)
    (tile,) = found.tiles
    assert tile.face == stray and tile.nearest[0] == tile.owner == "person_002" and not tile.together


def test_two_people_in_one_are_seen_by_the_smaller_part():
    table, _ = labelled()
    strays = faces_of(table, "person_002")[:8]
    (found,) = asked_of(questions(with_names(table, **dict.fromkeys(strays, "person_001")), Corrections()), "odd")
    assert {face for tile in found.tiles for face in tile.faces} == {*strays}


def test_somebody_who_is_only_among_the_faces_of_another_is_somebody_new():
    table, _ = labelled()
    joined = faces_of(table, "person_002")[:6]
    table = with_names(table, **dict.fromkeys(joined, "person_001")).take(
        [row for row, name in enumerate(table.person) if name != "person_002" or table.face_id[row] in joined]
    )
    (found,) = asked_of(questions(table, Corrections()), "odd")
    assert {tile.face for tile in found.tiles if tile.together} == {*joined}
    assert {tile.owner for tile in found.tiles} == {""}


def test_a_tree_of_some_of_a_persons_tracks_finds_the_smaller_part_too(monkeypatch):
    monkeypatch.setattr(branches, "MOST_LEAVES", 6)
    table, _ = labelled()
    strays = faces_of(table, "person_002")[:8]
    (found,) = asked_of(questions(with_names(table, **dict.fromkeys(strays, "person_001")), Corrections()), "odd")
    assert {face for tile in found.tiles for face in tile.faces} <= {*strays}


def test_strays_that_are_alike_are_seen_by_whom_they_are_like_together():
    table, _ = labelled(8, 80, seed=1)
    strays = faces_of(table, "person_002")[:2]
    host = faces_of(table, "person_001")
    table = with_names(table, **dict.fromkeys(strays, "person_001"), **dict.fromkeys(host[2:], "Zoe"))
    first = questions(table, Corrections())[0]
    assert (first.kind, first.people) == ("odd", ("person_001",)), "before it seems that both are one of the others"
    assert {tile.face for tile in first.tiles if tile.probability > 0.5} in ({*strays}, {*host[:2]})


def test_mistakes_are_asked_about_before_names():
    table, _ = labelled(4, 400)
    stray = faces_of(table, "person_002")[0]
    found = questions(with_names(table, **{stray: "person_001"}), Corrections())
    assert [question.kind for question in found] == ["odd", *["name"] * 4]


def test_a_grid_is_as_likely_as_any_of_its_tiles():
    table, _ = labelled()
    lost = faces_of(table, "person_003")[:4]
    (found,) = asked_of(questions(with_names(table, **dict.fromkeys(lost, "")), Corrections()), "unknown")
    assert len(found.tiles) > 1
    assert found.probability == pytest.approx(1 - np.prod([1 - tile.probability for tile in found.tiles]), abs=1e-6)


def test_a_part_of_many_faces_is_shown_on_one_grid():
    table, _ = labelled(2, 200)
    strays = faces_of(table, "person_002")[:60]
    (found,) = asked_of(questions(with_names(table, **dict.fromkeys(strays, "person_001")), Corrections()), "odd")
    assert len(found.tiles) <= 24
    assert {face for tile in found.tiles for face in tile.faces} >= {*strays}


def test_unknown_faces_are_shown_with_the_person_whom_they_resemble():
    table, _ = labelled()
    lost = faces_of(table, "person_003")[:3]
    table = with_names(table, **dict.fromkeys(lost, ""))
    (found,) = asked_of(questions(table, Corrections()), "unknown")
    assert found.people == ("person_003",) and {tile.face for tile in found.tiles} == {*lost}
    said = replay(answers.placed(found, dict(zip(table.face_id, table.person, strict=True)), {}))
    assert said.rejected == {face: {"person_003"} for face in lost}
    again = asked_of(questions(table, said), "unknown")
    assert all(question.people != ("person_003",) for question in again)


def test_who_is_not_one_person_is_asked_about_as_another():
    table, _ = labelled()
    (lost,) = faces_of(table, "person_003")[:1]
    said = replay([Decision("reject", (lost,), "person_001", "person_001")])
    (found,) = asked_of(questions(with_names(table, **{lost: ""}), said), "unknown")
    assert found.people == ("person_003",) and found.tiles[0].face == lost


def one_of_several():
    """A table in which three people of one face each may be one of the others, and are not likely to be."""
    table, _ = labelled()
    vectors, rng = table.embedding.copy(), np.random.default_rng(1)
    pieces = dict(zip(faces_of(table, "person_001"), ["person_901", "Zoe", "person_903"], strict=False))
    for face in pieces:
        vectors[table.face_id.index(face)] += rng.normal(0, 0.06, vectors.shape[1])
    return with_names(table.with_(embedding=vectors), **pieces)


def test_who_may_be_one_of_several_people_is_asked_at_once():
    table = one_of_several()
    names = dict(zip(table.face_id, table.person, strict=True))
    found = asked_of(questions(table, Corrections()), "also")[0]
    assert found.people == ("person_001",)
    assert {tile.person for tile in found.tiles} == {"person_901", "Zoe", "person_903"}
    assert {*found.beside} <= {*faces_of(table, "person_001")} and all(tile.probability < 0.5 for tile in found.tiles)
    place = {tile.face: "person_001" for tile in found.tiles if tile.person != "person_903"}
    said = answers.placed(found, names, place)
    assert len({decision.gesture for decision in said}) == 1
    now = named_by(names, said)
    assert {now[face] for face in names if names[face] in ("person_001", "person_901", "Zoe")} == {"Zoe"}
    assert replay(said).told_apart(now) == {frozenset(("Zoe", "person_903"))}
    proposer = Proposer(table.named(now), replay(said))
    assert not any({"Zoe", "person_903"} <= {*one.people} for one in proposer.questions())


def test_pairs_for_which_one_grid_has_no_room_are_asked_about_on_a_second(monkeypatch):
    known = Known(Evidence(one_of_several()), Corrections(), Calibration(), frozenset())
    whole = [draft.keys for draft in merges.merges(known)]
    monkeypatch.setattr(merges, "TILES", 1)
    found = [draft.keys for draft in merges.merges(known)]
    assert max(map(len, whole)) == 3 and {*map(len, found)} == {1}
    assert sorted(sum(found, ())) == sorted(sum(whole, ())), "each pair once"


def test_one_face_twice_in_a_picture_is_a_collage():
    table, _ = labelled(4, 40, per_frame=2)
    vectors = table.embedding.copy()
    vectors[1] = vectors[0] + 1e-3
    table = with_names(table.with_(embedding=vectors), **{table.face_id[1]: ""})
    (found,) = asked_of(questions(table, Corrections()), "collage")
    assert {tile.face for tile in found.tiles} == {*table.face_id[:2]} and found.people == (table.person[0],)
    assert to_do(found).endswith("; else leave it"), "who is somebody else may be unknown"
    names = dict(zip(table.face_id, table.person, strict=True))
    assert {*named_by(names, answers.one_person(found, names)).values()} == {*names.values()} - {""}
    for said in (answers.one_person(found, names), answers.two_people(found)):
        table = table.named(named_by(names, said))
        assert asked_of(questions(table, replay(said)), "collage") == []


def test_big_people_without_a_name_and_small_ones_who_may_be_nobody():
    table, _ = labelled(2, 60)
    one = {face: f"person_{900 + k}" for k, face in enumerate(faces_of(table, "person_001")[:4])}
    table = with_names(table, **one, **dict.fromkeys(faces_of(table, "person_002"), "Ben"))
    found = questions(table, Corrections())
    assert [question.people for question in asked_of(found, "name")] == [("person_001",)]
    (strangers,) = asked_of(found, "strangers")
    assert {*strangers.people} == {*one.values()}
    names = dict(zip(table.face_id, table.person, strict=True))
    face = strangers.tiles[0].face
    said = replay(answers.placed(strangers, names, {face: None}))
    assert said.nobody == {face} and said.person == {other: one[other] for other in one if other != face}
    assert asked_of(questions(table, said), "strangers") == []


def test_names_given_to_a_question():
    table, _ = labelled(2, 60)
    names = dict(zip(table.face_id, table.person, strict=True))
    first, second = sorted(asked_of(questions(table, Corrections()), "name"), key=lambda one: one.people)
    (rename,) = answers.named(first, names, "Anna")
    assert (rename.kind, rename.person, rename.was) == ("rename", "Anna", "person_001")
    (same,) = answers.named(second, named_by(names, [rename]), "Anna")
    assert (same.kind, same.person, same.was) == ("same", "Anna", "person_002")
    assert not is_placeholder("Anna") and is_placeholder("person_1234")


# Invariants


@st.composite
def mistaken(draw):
    """A table with mistakes, and who is who."""
    table, truth = labelled(
        draw(st.integers(2, 5)), 40, per_frame=draw(st.integers(1, 2)), seed=draw(st.integers(0, 5))
    )
    names = sorted(table.people)
    wrong = draw(st.dictionaries(st.sampled_from(table.face_id), st.sampled_from(["", "Zoe", *names]), max_size=12))
    return table.named(truth | wrong), truth


def answered(question, names, truth) -> list[Decision]:
    """What somebody says who knows everybody."""
    if question.kind == "name":
        return []
    if question.kind in ("merge", "collage"):
        sides = [{truth[tile.face] for tile in question.tiles[:1]}, {truth[tile.face] for tile in question.tiles[1:]}]
        if question.kind == "merge":
            sides = [{truth[tile.face] for tile in question.side(name)} for name in question.people]
        return answers.two_people(question) if sides[0].isdisjoint(sides[1]) else answers.one_person(question, names)
    place = {tile.face: truth[tile.face] for tile in question.tiles}
    if question.kind == "unknown":
        place = {face: name for face, name in place.items() if name == question.people[0]}
    return answers.placed(question, names, place)


@settings(max_examples=25)
@given(mistaken())
def test_what_was_answered_is_never_asked_again(situation):
    table, truth = situation
    names = dict(zip(table.face_id, table.person, strict=True))
    proposer, log, asked, seen = Proposer(table), [], set(), set()
    for _ in range(200):
        found = proposer.questions(asked, limit=1)
        if not found:
            break
        (question,) = found
        assert question.kind in KINDS and 0 <= question.probability <= 1 and question.gain >= 0 < question.effort
        assert mark_of(question) not in seen, "asked again"
        seen.add(mark_of(question))
        decisions = answered(question, names, truth)
        if not decisions:
            asked |= {*question.keys}
            continue
        log += decisions
        names = named_by(names, decisions)
        proposer.update(names, replay(log))
    else:
        raise AssertionError("there is no end of questions")
    assert proposer.settled(asked) == 1
    assert {face: name for face, name in replay(log).person.items() if names[face] != name} == {}


def said_by_chance(question, names, chance) -> list[Decision]:
    """Any answer that can be given."""
    people = sorted({*names.values()} - {""})
    if question.kind in ("merge", "collage"):
        return answers.one_person(question, names) if chance.random() < 0.5 else answers.two_people(question)
    if question.kind == "name":
        return answers.named(question, names, chance.choice([*people, "Anna"]))
    named = {"also": question.people, "unknown": [*question.people, "Anna", None]}
    able = named.get(question.kind, [*people, "", None])
    some = [tile.face for tile in question.tiles if chance.random() < 0.6]
    return answers.placed(question, names, {face: chance.choice(able) for face in some})


@settings(max_examples=10)
@given(mistaken(), st.integers(0, 1000))
def test_whatever_is_answered_there_is_an_end_of_questions(situation, seed):
    (table, _), chance = situation, random.Random(seed)
    names = dict(zip(table.face_id, table.person, strict=True))
    proposer, log, asked, seen = Proposer(table), [], set(), set()
    while found := proposer.questions(asked, limit=1):
        (question,) = found
        told = replay(log).told_apart(names)
        if question.kind in ("merge", "also"):
            one, *others = dict.fromkeys([*question.people, *(tile.person for tile in question.tiles)])
            assert told.isdisjoint(frozenset((one, other)) for other in others), "somebody said that they are two"
        if chance.random() < 0.2:
            asked |= {*question.keys}
            continue
        assert mark_of(question) not in seen, "asked again"
        seen.add(mark_of(question))
        assert len(seen) < 150, "there is no end of questions"
        proposer.learn(question, [tile.face for tile in question.tiles[: chance.randint(0, 2)]])
        decisions = said_by_chance(question, names, chance)
        log += decisions
        before, names = names, named_by(names, decisions)
        concerned = {face for decision in decisions for face in decision.faces}
        assert names.keys() == before.keys() and {f for f in names if names[f] != before[f]} <= concerned
        proposer.update(names, replay(log))
    after = questions(table.named(names), replay(log), asked)
    assert seen.isdisjoint(map(mark_of, after)), "an answer survives a restart"


def mark_of(question):
    return question.kind, question.people, frozenset(tile.face for tile in question.tiles)


@settings(max_examples=15)
@given(mistaken(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(situation, chance):
    table, _ = situation
    order = list(range(len(table)))
    chance.shuffle(order)
    one, other = (questions(t, Corrections()) for t in (table, table.take(order)))
    assert [(q.kind, q.people, {t.face for t in q.tiles}) for q in one] == [
        (q.kind, q.people, {t.face for t in q.tiles}) for q in other
    ]


@settings(max_examples=15)
@given(mistaken())
def test_keeping_up_is_the_same_as_starting_anew(situation):
    table, truth = situation
    proposer = Proposer(table)
    proposer.questions()
    proposer.update(truth, Corrections())
    assert proposer.questions() == questions(table.named(truth), Corrections())


def test_questions_that_stay_open_are_left_out_by_their_keys():
    table, _ = labelled()
    table = with_names(table, **dict.fromkeys(faces_of(table, "person_001")[::2], "Zoe"))
    first, *rest = questions(table, Corrections())
    assert list(questions(table, Corrections(), first.keys)) == rest


def test_probabilities_learn_from_answers():
    learnt = Calibration()
    before = learnt.probability("merge", 0.0)
    for _ in range(10):
        learnt.learn("merge", 0.0, False)
    assert before == 0.5 and 0.05 < learnt.probability("merge", 0.0) < 0.25
    assert learnt.probability("odd", 0.0) == 0.5, "each kind for itself"


@pytest.mark.parametrize("faces", [0, 1, 2])
def test_small_tables(faces):
    table, _ = labelled(2, 10)
    table = table.take(np.arange(faces))
    assert all(question.kind == "strangers" for question in questions(table, Corrections()))
    assert 0 <= Proposer(table).settled() <= 1


def test_somebody_who_knows_everybody_mends_a_run_in_a_few_questions():
    table, truth = labelled(12, 240, seed=3)
    people = [faces_of(table, f"person_{number:03d}") for number in range(1, 13)]
    names = truth | dict.fromkeys(people[0], "person_002") | dict.fromkeys(people[2][:9], "Zoe")
    names |= dict.fromkeys(people[3][:6], "") | {people[4][0]: "person_006", people[6][0]: "person_008"}
    names |= dict.fromkeys(people[8][:5], "person_900") | {people[9][0]: "", people[10][0]: "person_012"}
    proposer, log, asked, count = Proposer(table.named(names)), [], set(), 0
    while found := proposer.questions(asked, limit=1, kinds=MISTAKES):
        count += 1
        decisions = answered(found[0], names, truth)
        log += decisions
        names = named_by(names, decisions)
        proposer.update(names, replay(log))
    assert count <= 15
    faces = sorted(truth)
    labels = [np.unique([of[face] for face in faces], return_inverse=True)[1] for of in (names, truth)]
    assert same_partition(*labels) and "" not in names.values() and proposer.settled() == 1
