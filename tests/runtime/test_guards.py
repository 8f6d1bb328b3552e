"""Guards of single numbers: what a scalar may become, how many threads there are."""

import math
import os
from typing import Any

import pytest

from nzdiff.runtime.bind import checked_threads
from nzdiff.runtime.data.check import evaluate_scalar


def test_a_number_is_what_it_is() -> None:
    assert evaluate_scalar(2.5, {}) == 2.5


@pytest.mark.parametrize("bad", [0, -1, True, 1.0, "2", None])
def test_a_number_of_threads_that_is_none_is_named(bad: Any) -> None:
    with pytest.raises(ValueError, match="threads: expected a whole number of at least 1, got"):
        checked_threads(bad)


@pytest.mark.parametrize(
    ("asked", "there", "expected"), [(1, 8, 1), (3, 8, 3), (8, 8, 8), (9, 8, 8), (4, None, 1)]
)
def test_threads_are_no_more_than_the_machine_has(
    asked: int, there: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert checked_threads(asked) == expected


def test_a_coefficient_that_is_not_finite_is_named() -> None:
    import nzdiff as nz

    mu = nz.scalar("mu")
    G = nz.sparse("G", *nz.dims("n m"))
    problem = nz.Problem(mu**3 * nz.sumsq(G), wrt=G)
    pattern = nz.Pattern.full((2, 2))
    assert problem.bind(G=pattern, mu=2.0, backend="numpy").energy([1.0] * 4) == 32.0
    with pytest.raises(ValueError, match="scalars: "):
        problem.bind(G=pattern, mu=1e150, backend="numpy")
    assert math.isfinite(problem.bind(G=pattern, mu=1e90, backend="numpy").energy([1.0] * 4))


def test_a_pattern_off_the_diagonal_of_a_diagonal_matrix_is_named() -> None:
    import nzdiff as nz

    V = nz.diagonal("V", nz.dims("n")[0])
    problem = nz.Problem(nz.sumsq(V), wrt=V)
    assert problem.bind(V=nz.Pattern.diagonal(3), backend="numpy").size == 3
    with pytest.raises(ValueError, match="V: declared diagonal, but the pattern is not"):
        problem.bind(V=nz.Pattern.full((3, 3)), backend="numpy")
