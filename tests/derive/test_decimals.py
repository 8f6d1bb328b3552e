"""Decimals are the numbers that were typed; what Python rounded is compared to 13 digits."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.language.decimals import exact, is_rounded

(n,) = nz.dims("n")
x, A = nz.dense("x", n), nz.dense("A", n, n)
PENALTY = nz.Problem(0.3 * nz.norm(x, 1) + 0.2 * nz.sumsq(x), wrt=x)
FORM = nz.Problem(0.5 * nz.as_scalar(x.T * A * x), wrt=x)
ROUNDED = nz.Problem((0.1 + 0.2) * nz.sumsq(A * x), wrt=x)
CIRCLE = nz.Problem(math.pi * nz.sumsq(A * x) + 1e-3 * nz.total(x), wrt=x)
HALVES = nz.Problem(nz.total(nz.power(nz.absolute(x), 1.5)), wrt=x)
SQUARE = A.T * A * x
CLAIMS = [
    (PENALTY, 0.3 * nz.sign(x) + 0.4 * x, True),
    (PENALTY, (0.1 + 0.2) * nz.sign(x) + 0.4 * x, True),
    (PENALTY, 0.3 * nz.sign(x) + 0.4000000001 * x, False),
    (FORM, 0.5 * (A * x + A.T * x), True),
    (FORM, (0.5 * 0.2 + 0.4) * (A * x + A.T * x), True),
    (FORM, 0.5 * (A * x - A.T * x), False),
    (ROUNDED, 0.6 * SQUARE, True),
    (ROUNDED, 2 * (0.1 + 0.2) * SQUARE, True),
    (ROUNDED, 0.3 * 2 * SQUARE, True),
    (ROUNDED, 0.60000000001 * SQUARE, False),
    (CIRCLE, 2 * math.pi * SQUARE + 0.001 * nz.ones(n), True),
    (CIRCLE, 2 * math.pi * SQUARE + 0.0010000001 * nz.ones(n), False),
    (HALVES, 1.5 * nz.hadamard(nz.sign(x), nz.power(nz.absolute(x), 0.5)), True),
    (HALVES, 1.5 * nz.hadamard(nz.sign(x), nz.sqrt(nz.absolute(x))), True),
]


@pytest.mark.parametrize(("problem", "claim", "right"), CLAIMS)
def test_claims_with_decimals_are_judged_as_they_were_typed(
    problem: nz.Problem, claim: Any, right: bool
) -> None:
    assert nz.check(problem, "gradient", claim).right is right


def test_the_verdict_shows_decimals_as_they_were_typed() -> None:
    verdict = str(nz.check(PENALTY, "gradient", 0.3 * nz.sign(x) - 0.4 * x))
    assert verdict.startswith("wrong: 0.3 sign.(x) − 0.4 x")
    assert "its sign has to be turned" in verdict
    rounded = nz.check(PENALTY, "gradient", (0.1 + 0.2) * nz.sign(x) + 0.4 * x)
    assert rounded.reasons == (
        "equal to 13 digits at random points, as decimals in it are rounded",
    )


def test_norms_take_decimals() -> None:
    assert nz.norm(x, 1.5) == nz.norm(x, sp.Rational(3, 2))


def test_a_decimal_is_the_number_that_was_typed() -> None:
    assert exact(sp.Float(0.1) * x) == x / 10
    assert exact(sp.sympify(1e-3)) == sp.Rational(1, 1000)
    typed, computed = exact(sp.sympify(0.123456789012)), exact(sp.sympify(0.1 + 0.2))
    assert not is_rounded(typed * x) and is_rounded(computed * x)
