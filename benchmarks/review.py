"""How many questions it takes to mend a run: real people, planted mistakes, an answerer who knows everybody.

    python benchmarks/review.py RUN TRUTH.csv [RUN TRUTH.csv ...] [--mistakes 30] [--seeds 3] [--half a|b]

RUN is the folder of a finished run; several are put together, as one run of all their inputs. Faces get the names of
the truth (faces that it does not name are left out), then mistakes of the kinds that clustering makes: two people who
are most alike become one; a person falls in two along its own substructure; a track or face goes to the nearest other
person; one becomes unknown. Then the questions are answered one after the other. --half: only people of one half, by a
hash of their names.
"""

import argparse
import json
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from answerer import Answerer

from facepipe.evaluate.ground_truth import read_ground_truth
from facepipe.evaluate.matching import match
from facepipe.evaluate.metrics import b_cubed, singletons
from facepipe.evaluate.score import labels_of
from facepipe.people.decisions import Corrections, replay
from facepipe.people.naming import free_names
from facepipe.questions.evidence import Evidence
from facepipe.questions.propose import Proposer
from facepipe.review.sync import named_by
from facepipe.runs.opening import load_run
from facepipe.table import FaceTable, columns

SHARES = {"join": 0.25, "split": 0.25, "move": 0.3, "lose": 0.2}
MOST_QUESTIONS = 400
FEWEST, MOST = 2, 40  # faces of one person, of those that are drawn


@dataclass(frozen=True)
class Mistake:
    """mended: whether it is, by the names of now."""

    kind: str
    mended: Callable[[Mapping[str, str]], bool]


def together(tables: list[FaceTable]) -> FaceTable:
    """The rows of all, whose people are called as a run calls them; one name in two truths is one person."""
    values: dict[str, Any] = {}
    for spec in columns():
        parts = [getattr(table, spec.name) for table in tables]
        if spec.name in ("track", "shot"):  # numbers that must not meet
            ends = np.cumsum([0, *(part.max(initial=0) + 1 for part in parts)])
            parts = [np.where(part >= 0, part + end, part) for part, end in zip(parts, ends[:-1], strict=True)]
        values[spec.name] = sum(parts, ()) if spec.dtype is str else np.concatenate(parts)
    people = {name: f"person_{place:03d}" for place, name in enumerate(sorted({*values["person"]}), 1)}
    values["person"] = tuple(people[name] for name in values["person"])
    return FaceTable(**values, space=tables[0].space)


def true_table(run: Path, truth: Path, half: str, same: Mapping[str, str]) -> FaceTable:
    """The faces that the truth names, as they are called there. same: other names of somebody."""
    folder = load_run(run)
    table = folder.table()
    matching = match(table, read_ground_truth(truth), folder.sampled_frames())
    people = [same.get(name, name) for name in matching.people]
    rows = [
        row
        for row, person in enumerate(matching.person.tolist())
        if person >= 0 and (not half or zlib.crc32(people[person].encode()) % 2 == "ab".index(half))
    ]
    return table.take(rows).with_(person=tuple(people[matching.person[row]] for row in rows))


def drawn(table: FaceTable, people: int, faces: int, rng: np.random.Generator) -> FaceTable:
    """So many people of 2 to 40 faces each, drawn by chance, with so many faces in all."""
    size = Counter(table.person)
    able = sorted(name for name in size if size[name] >= FEWEST)
    for _ in range(10_000):
        chosen = rng.choice(able, people, replace=False).tolist()
        if faces <= sum(min(size[name], MOST) for name in chosen) <= 1.05 * faces:
            break
    else:
        raise SystemExit(f"there are no {people} people with {faces} faces")
    place = {name: rng.permutation(np.flatnonzero(np.array(table.person) == name))[:MOST].tolist() for name in chosen}
    while sum(map(len, place.values())) > faces:
        largest = max(place, key=lambda name: len(place[name]))
        place[largest].pop()
    return table.take(sorted(row for rows in place.values() for row in rows))


def planted(table: FaceTable, count: int, rng: np.random.Generator) -> tuple[dict[str, str], list[Mistake]]:
    """The names with mistakes, and these."""
    ev = Evidence(table)
    truth = dict(zip(table.face_id, table.person, strict=True))
    names, mistakes, used = dict(truth), [], set()
    of = {name: {face for u in ev.units_of[k].tolist() for face in ev.face_ids(u)} for k, name in enumerate(ev.names)}
    near = ev.near(ev.people, *[np.arange(len(ev.names))] * 2)
    nearest = {
        (min(a, b), max(a, b)): -near.nats[a, k]
        for a in range(len(ev.names))
        for k, b in enumerate(near.label[a].tolist())
        if b >= 0 and min(ev.size[a], ev.size[b]) > 1
    }
    pairs = sorted(nearest, key=lambda pair: (nearest[pair], pair))
    wanted = {kind: round(share * count) for kind, share in SHARES.items()}
    pairs = pairs[: 4 * wanted["join"]]
    rng.shuffle(pairs)
    for a, b in pairs:
        one, other = sorted((ev.names[a], ev.names[b]), key=lambda name: -len(of[name]))
        if wanted["join"] and not used & {a, b} and not int(ev.shared_frames(np.array([a]), np.array([b]))[0]):
            names |= dict.fromkeys(of[other], one)
            used |= {a, b}
            wanted["join"] -= 1
            mistakes.append(Mistake("join", lambda now, x=of[one], y=of[other]: _most(now, x) != _most(now, y)))
    splits = sorted(set(range(len(ev.names))) - used, key=lambda label: ev.parted(label)[1])
    splits = [label for label in splits if np.isfinite(ev.parted(label)[1])][: 4 * wanted["split"]]
    rng.shuffle(splits)
    for label in splits[: wanted["split"]]:
        part = {face for unit in ev.parted(label)[0].tolist() for face in ev.face_ids(unit)}
        name = next(free_names([*names.values(), *truth.values()]))
        names |= dict.fromkeys(part, name)
        used.add(label)
        rest = of[ev.names[label]] - part
        mistakes.append(Mistake("split", lambda now, x=part, y=rest: _most(now, x) == _most(now, y)))
    near = ev.near(ev.singles, np.arange(len(ev.units)), ev.of_unit)
    free = [u for u in range(len(ev.units)) if len(ev.units_of[ev.of_unit[u]]) > 2 and int(ev.of_unit[u]) not in used]
    free.sort(key=lambda unit: (-near.nats[unit, 0] + rng.normal(0, 3), unit))
    for kind in ("move", "lose"):
        for unit in free[: wanted[kind]]:
            faces = set(ev.face_ids(unit))
            names |= dict.fromkeys(faces, ev.names[near.label[unit, 0]] if kind == "move" else "")
            rest = of[ev.names[ev.of_unit[unit]]] - faces
            mistakes.append(Mistake(kind, lambda now, x=faces, y=rest: _most(now, x) == _most(now, y)))
        free = free[wanted[kind] :]
        rng.shuffle(free)
    return names, mistakes


def _most(names: Mapping[str, str], faces: set[str]) -> str:
    return Counter(names[face] for face in sorted(faces)).most_common(1)[0][0]


def review(table: FaceTable, count: int, seed: int, verbose: bool) -> dict[str, Any]:
    """Figures of one review; what was asked up to the moment when the last mistake was mended that was, and in all."""
    truth = dict(zip(table.face_id, table.person, strict=True))
    names, mistakes = planted(table, count, np.random.default_rng(seed))
    table = table.named(names)
    proposer, person, asked = Proposer(table, Corrections()), Answerer(truth), set()
    figures = {
        "faces": len(table),
        "people": len({*truth.values()}),
        "mistakes": len(mistakes),
        "f before": _f(truth, names),
    }
    found_at = {}
    while person.questions < MOST_QUESTIONS and (first := proposer.questions(asked, limit=1)):
        (question,) = first
        decisions, changed = person.answer(question, names)
        if decisions or question.kind == "name":
            proposer.learn(question, changed)
        if verbose:
            tiles = f"{len(changed):2} of {len(question.tiles):2}"
            print(f"{person.questions:4} {question.kind:9} p {question.probability:.2f} {tiles} {_f(truth, names):.4f}")
        if not decisions:
            asked |= {*question.keys}
            continue
        names = named_by(names, decisions)
        person.log += decisions
        proposer.update(names, replay(person.log))
        for number, mistake in enumerate(mistakes):
            if number not in found_at and mistake.mended(names):
                found_at[number] = person.questions, person.tiles, person.keys, person.names
        if person.questions in (30, 60):
            figures[f"f at {person.questions}"] = _f(truth, names)
            figures[f"mended at {person.questions}"] = len(found_at)
    last = max(found_at.values(), default=(0, 0, 0, 0))
    figures |= {"mended": len(found_at), "questions": last[0], "tiles": last[1], "keys": last[2], "names": last[3]}
    missed = Counter(mistake.kind for number, mistake in enumerate(mistakes) if number not in found_at)
    return figures | {"f after": _f(truth, names), "asked": person.questions, "missed": dict(missed)}


def _f(truth: Mapping[str, str], names: Mapping[str, str]) -> float:
    faces = sorted(truth)
    found = singletons(labels_of([names[face] for face in faces]))
    return b_cubed(np.unique([truth[face] for face in faces], return_inverse=True)[1], found)[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN TRUTH.csv")
    parser.add_argument("--mistakes", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--half", choices=("a", "b"), default="")
    parser.add_argument("--draw", nargs=2, type=int, metavar=("PEOPLE", "FACES"), help="only so many, by chance")
    parser.add_argument("--same", action="append", default=[], metavar="A=B", help="A of one truth is B of another")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    same = dict(pair.split("=") for pair in args.same)
    pairs = zip(args.runs[::2], args.runs[1::2], strict=True)
    table = together([true_table(run, truth, args.half, same) for run, truth in pairs])
    for seed in range(args.seeds):
        chosen = drawn(table, *args.draw, np.random.default_rng([seed, 1])) if args.draw else table
        print(json.dumps(review(chosen, args.mistakes, seed, args.verbose)), flush=True)


if __name__ == "__main__":
    main()
