"""Formulas from elsewhere: each row of docs/reference/reach.md is derived and proven again."""

import pytest

import nzdiff as nz
from reach import Row, outcome, rows

ROWS = rows()


def test_the_tables_are_whole() -> None:
    """36 formulas of one gallery, of which at least 30 are proven, and 12 of another page."""
    assert len(ROWS) == 48
    assert len({row.name for row in ROWS}) == len(ROWS)
    proven = [row for row in ROWS if row.rest.endswith("identities")]
    assert sum(row in proven for row in ROWS[:36]) >= 30
    assert all("refused: " in row.rest for row in ROWS if row not in proven)


@pytest.mark.parametrize("row", ROWS[::12], ids=lambda row: row.name)
def test_a_formula_is_read(row: Row) -> None:
    assert nz.parse(row.formula, wrt=row.wrt).wrt


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_formula_from_elsewhere_is_derived_and_proven(row: Row) -> None:
    assert outcome(row) == row.rest
