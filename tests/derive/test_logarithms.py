"""Logarithms of exponentials by named identities, and slopes at kinks."""

from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.proof import exact_checks

n, m = nz.dims("n m")
X, B = nz.dense("X", n, m), nz.dense("B", n, m)
FAR = np.array([[800.0, 3.0], [-800.0, 1.0]])
SHARES = np.array([[1.0, np.exp(-797.0)], [0.0, 1.0]])
NEAR = np.log1p(np.exp(np.array([-3.0, -1.0])))
CASES: dict[str, tuple[Any, str, float]] = {
    "softmax": (nz.log(nz.softmax(X)), "1ᵀ (X − logsumexp(X) 1ᵀ) 1", -797.0 - 801.0),
    "sigmoid": (nz.log(nz.sigmoid(X)), "−1ᵀ softplus.(−X) 1", -800.0 - NEAR.sum()),
    "sums": (nz.log(nz.exp(X) * nz.ones(m, 1)), "1ᵀ logsumexp(X)", 801.0),
    "exponentials": (nz.log(nz.exp(X)), "1ᵀ X 1", 4.0),
    "scaled": (nz.log(nz.exp(2 * X)), "2 1ᵀ X 1", 8.0),
    "entropy": (
        nz.entrywise(lambda t: t * sp.log(t), nz.softmax(X)),
        "1ᵀ (t ↦ t exp(t)).(X − logsumexp(X) 1ᵀ) 1",
        0.0,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_logarithms_of_exponentials_are_exact_far_out(name: str) -> None:
    matrix, expected, value = CASES[name]
    problem = Problem(nz.total(matrix), X)
    assert text(problem.energy) == expected
    checks = exact_checks(derive(problem), rounds=1)
    assert {step.rule for step in problem.rewrites} <= {check.name for check in checks}
    assert [check.name for check in checks if not check.passed] == []
    model = nz.Problem(nz.total(matrix), wrt=X).bind(X=(2, 2), backend="numpy")
    g = model.pack(FAR)
    assert model.energy(g) == pytest.approx(value, rel=1e-14, abs=1e-14)
    assert np.isfinite(model.gradient(g)).all()


KINKS: dict[str, tuple[Any, list[float]]] = {
    "relu": (nz.relu(X), [0.0, 1.0, 0.0]),
    "maximum": (nz.maximum(0, X), [0.0, 1.0, 0.0]),
    "minimum": (nz.minimum(X, 0), [0.0, 0.0, 1.0]),
    "Max": (nz.entrywise(lambda t: sp.Max(t, 0), X), [0.0, 1.0, 0.0]),
    "Min": (nz.entrywise(lambda t: sp.Min(t, 0), X), [0.0, 0.0, 1.0]),
    "root": (nz.entrywise(lambda t: sp.sqrt(sp.Max(t, 0)), X), [0.0, 0.5, 0.0]),
    "modulus": (nz.absolute(X), [0.0, 1.0, -1.0]),
    "both move": (nz.maximum(X, 2 * X), [1.5, 2.0, 1.0]),
}


@pytest.mark.parametrize("name", KINKS)
def test_the_slope_at_a_kink_is_the_shortest(name: str) -> None:
    matrix, expected = KINKS[name]
    model = nz.Problem(nz.total(matrix), wrt=X).bind(X=(3, 1), backend="numpy")
    assert model.gradient([0.0, 1.0, -1.0]).tolist() == expected


@pytest.mark.parametrize(
    "extreme", [nz.relu, lambda t: nz.maximum(t, 0), lambda t: sp.Max(0, t), nz.absolute]
)
def test_so_it_is_for_numbers(extreme: Any) -> None:
    model = nz.Problem(extreme(nz.total(X)), wrt=X).bind(X=(3, 1), backend="numpy")
    assert not model.gradient([1.0, -2.0, 1.0]).any()
