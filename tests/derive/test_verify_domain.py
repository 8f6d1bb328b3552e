"""`nz.verify` finds a point at which logarithms exist, and takes the caller's data and point."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.runtime.operators import SecondOrder

n, m = nz.dims("n m")
L, G, W = nz.sparse("L", n, n), nz.sparse("G", n, m), nz.dense("W", 7, 3)
A, X, x = nz.dense("A", n, n), nz.dense("X", n, m), nz.dense("x", n)
FACTORED = nz.trace(L.T * A * L) - 2 * nz.total(nz.log(nz.diag_of(L)))
ENERGIES: dict[str, tuple[Any, Any]] = {
    "log of a diagonal": (FACTORED, L),
    "log det of a Gram matrix": (nz.logdet(G.T * G, positive=True), G),
    "log det of a product": (nz.logdet(G.T * A * G), G),
    "log det of a square": (nz.logdet(L * L.T, positive=True), L),
    "log det of numbers' sizes": (nz.logdet(W.T * W, positive=True), W),
    "log of row sums": (nz.total(nz.log(L * nz.ones(n))), L),
    "log of what is negative": (nz.total(nz.log(-x)), x),
    "acosh": (nz.total(nz.entrywise(sp.acosh, x)), x),
    "a barrier": (-nz.total(nz.log(nz.ones(n) - A * x)), x),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ENERGIES)
def test_verify_finds_a_point_in_the_domain(name: str) -> None:
    energy, unknown = ENERGIES[name]
    assert nz.verify(nz.Problem(energy, wrt=unknown)).passed


@pytest.mark.slow
def test_what_is_put_down_to_noise_hides_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """At random L, terms of the diagonal of ∂²log det(L Lᵀ) cancel; doubles keep 10 digits."""
    energy, unknown = ENERGIES["log det of a square"]
    right = SecondOrder.diagonal
    monkeypatch.setattr(SecondOrder, "diagonal", lambda self: right(self) * (1 + 1e-8))
    report = nz.verify(nz.Problem(energy, wrt=unknown), raise_on_failure=False)
    wrong = [check.name for check in report.checks if not check.passed]
    assert wrong == ["Hessian diagonal = of the products"] * len(wrong) and wrong


def test_verify_takes_the_data_and_the_point_it_is_given() -> None:
    problem = nz.Problem(FACTORED, wrt=L)
    data = {"A": np.diag([2.0, 3, 4]) + 0.1, "L": nz.Pattern.lower_triangular(3)}
    assert nz.verify(problem, data).passed
    assert nz.verify(problem, data, np.ones(6)).passed
    with pytest.raises(ValueError, match="not finite at g"):
        nz.verify(problem, data, -np.ones(6))


def test_a_problem_whose_domain_no_random_data_meets_is_verified_on_the_callers() -> None:
    far = nz.total(nz.log(x - 50 * nz.ones(n))) + nz.total(nz.log(51 * nz.ones(n) - x))
    problem = nz.Problem(far, wrt=x)
    with pytest.raises(ValueError, match="found no random data"):
        nz.verify(problem)
    report = nz.verify(problem, {"x": (2, 1)}, [50.3, 50.4])
    assert any(check.kind == "numpy backend" for check in report.checks)


def test_a_domain_that_is_empty_asks_for_data() -> None:
    problem = nz.Problem(nz.total(nz.log(-nz.power(x, 2))), wrt=x)
    with pytest.raises(ValueError, match=re.escape("pass your own: nz.verify(problem, data)")):
        nz.verify(problem)
    with pytest.raises(TypeError, match="expected data too"):
        nz.verify(problem, g=np.ones(2))
