"""The methods side by side."""

import numpy as np
import pytest
from labelled_tables import make_table, matched

from facepipe.evaluate.compare import COLUMNS, compare


def test_every_column_looks_at_what_its_name_says():
    """Four people, of whom two and two look alike, and each wears something else: only clothing tells them apart."""
    who, rng = np.repeat(np.arange(4), 6), np.random.default_rng(0)
    face = np.eye(8)[who // 2] * 0.6 + 0.02 * rng.normal(size=(24, 8))
    table = make_table(face, cloth=list(np.eye(8)[who] + 0.02 * rng.normal(size=(24, 8))))
    scores = compare(table, matched(who))
    assert [column.name for column in scores] == [*COLUMNS, "people"]
    found = {column.name: column for column in scores}
    assert found["Cloth"].nmi == pytest.approx(1) and found["Cloth"].people_found == 4
    assert found["Face"].people_found == found["people"].people_found == 2
    assert all(column.matched == 24 for column in scores)
