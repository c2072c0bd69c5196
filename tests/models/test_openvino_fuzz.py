"""Damaged pairs of files: whatever is changed in them, the outcome is a ModelError or a network that runs."""

import random
import re

import numpy as np
import pytest
from ir_layers import PICTURES, everything

from facepipe.errors import ModelError
from facepipe.models.openvino_ir import parse_network
from facepipe.models.openvino_onnx import to_onnx
from facepipe.models.runtime import Session

NUMBERS = b"0 -1 1 2 3 4 5 6 7 24 60 64 120 1024 65536 16777216 2147483648 9223372036854775807".split()
WORDS = b"nan 1e400 true false f16 i64 \xd0\x96 &#10; &amp; 1,1 0,0 2,1,1 ceil".split()


def other_number(xml: bytes, rng: random.Random) -> bytes:
    return other(rb'(?<=[",> ])-?\d+(?=[",< ])', xml, rng, NUMBERS)


def other_word(xml: bytes, rng: random.Random) -> bytes:
    return other(rb'(?<==")[^"]*(?=")', xml, rng, [b"", *WORDS])


def another_from_the_file(xml: bytes, rng: random.Random) -> bytes:
    pattern = rng.choice([rb'(?<=type=")\w+', rb'(?<=shape=")[^"]*', rb'(?<=-layer=")\d+', rb'(?<= id=")\d+',
                          rb"<layer.*", rb"<edge .*", rb"<data[^>]*>", rb"<dim>\d+</dim>"])  # fmt: skip
    found = [match[0] for match in re.finditer(pattern, xml)]
    return other(pattern, xml, rng, [*found, b""])


def other(pattern: bytes, xml: bytes, rng: random.Random, choices: list[bytes]) -> bytes:
    places = list(re.finditer(pattern, xml))
    if not places:
        return xml
    place = rng.choice(places)
    return xml[: place.start()] + rng.choice(choices) + xml[place.end() :]


def flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(data: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:start] + data[end:] if rng.random() < 0.5 else data[:end]


GRAPH = [other_number, other_number, other_word, another_from_the_file, another_from_the_file, flipped, cut]


def outcomes(seeds: range) -> dict[str, int]:
    """How often each outcome came of changing a network of all kinds of layers, once or twice."""
    ir = everything()
    whole, counts = (ir.xml, ir.weights), {}
    for seed in seeds:
        rng = random.Random(seed)
        xml, weights = whole
        for _ in range(rng.randint(1, 2)):
            if rng.random() < 0.1:
                weights = rng.choice([flipped, cut])(weights, rng)
            else:
                xml = rng.choice(GRAPH)(xml, rng)
        try:
            session = Session(to_onnx(parse_network(xml, weights)), f"seed {seed}")
        except ModelError as error:
            assert "\n" not in str(error) and not str(error).startswith(
                "seed"
            )  # refused by the reader, not by the runtime
            outcome = "refused"
        else:
            run(session, seed)
            outcome = "same" if (xml, weights) == whole else "read"
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def run(session: Session, seed: int) -> None:
    """A network that was read runs, for two pictures as for each alone, where it still takes the picture."""
    if session.inputs != {"picture": ("n", *PICTURES.shape[1:])}:
        return
    with np.errstate(all="ignore"):  # damaged weights may overflow
        both, alone = session.run(PICTURES[:2]), session.run(PICTURES[:1])
        for two, one, shape in zip(both, alone, session.outputs.values(), strict=True):
            assert two.shape == (2, *shape[1:]), seed
            np.testing.assert_allclose(two[:1], one, rtol=1e-3, atol=1e-4)


def test_damaged_pairs_are_refused_or_run():
    counts = outcomes(range(300))
    assert counts["refused"] > 200 and counts["read"] > 10, counts


@pytest.mark.slow
def test_many_damaged_pairs_are_refused_or_run():
    counts = outcomes(range(300, 10_300))
    assert counts["refused"] > 5000 and counts["read"] > 500, counts
