"""Published identities are right and proven; of mistakes it is said what they are."""

import re

import pytest

import nzdiff as nz
from identities import RIGHT, WRONG, Identity
from nzdiff.derive.proof.proof import prove

STRIDE = 24
"""Every so many identities are proven in each run, all of them by `-m slow`."""


def problem(row: Identity) -> nz.Problem:
    return nz.Problem(row.energy, wrt=row.wrt)


def named(rows: tuple[Identity, ...]) -> list[object]:
    return [pytest.param(row, id=row.name) for row in rows]


def test_the_names_of_the_rows_are_distinct() -> None:
    names = [row.name for row in (*RIGHT, *WRONG)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", named(RIGHT))
def test_a_published_identity_is_right(row: Identity) -> None:
    verdict = nz.check(problem(row), row.what, row.claim, wrt=row.unknown)
    assert verdict, str(verdict)


@pytest.mark.parametrize("row", named(WRONG))
def test_a_mistake_is_named(row: Identity) -> None:
    verdict = nz.check(problem(row), row.what, row.claim, wrt=row.unknown)
    assert not verdict
    assert row.reason
    assert re.search(row.reason, "\n".join(verdict.reasons)), str(verdict)


@pytest.mark.parametrize("row", named(RIGHT[::STRIDE]))
def test_its_derivatives_are_proven(row: Identity) -> None:
    failed = [check for check in prove(problem(row).derive()) if not check.passed]
    assert not failed


@pytest.mark.slow
@pytest.mark.parametrize("row", named(RIGHT))
def test_the_derivatives_of_each_are_proven(row: Identity) -> None:
    failed = [check for check in prove(problem(row).derive()) if not check.passed]
    assert not failed
