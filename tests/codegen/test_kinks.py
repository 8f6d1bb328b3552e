"""At the kink of a norm or a modulus both backends return a subgradient, without a warning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz

(n,) = nz.dims("n")
x, A, mu = nz.dense("x", n), nz.dense("A", n, n), nz.scalar("mu")
HALF = sp.Rational(1, 2)
KINKS: dict[str, Any] = {
    "‖x‖": nz.norm(x),
    "‖x‖₁": nz.norm(x, 1),
    "‖x‖₃": nz.norm(x, 3),
    "‖x‖ of order 3/2": nz.norm(x, sp.Rational(3, 2)),
    "‖A x‖": nz.norm(A * x),
    "‖x‖³": nz.norm(x) ** 3,
    "‖x‖^mu": nz.norm(x) ** mu,
    "‖x‖ ‖x‖²": nz.norm(x) * nz.sumsq(x),
    "√‖x‖": nz.sumsq(x) ** sp.Rational(1, 4),
    "Σ |x|^(3/2)": nz.total(nz.power(nz.absolute(x), sp.Rational(3, 2))),
    "Σ √|x|": nz.total(nz.sqrt(nz.absolute(x))),
    "Σ |x|^mu": nz.total(nz.power(nz.absolute(x), mu)),
    "|Σ x|": nz.absolute(nz.total(x)),
    "√|Σ x|": nz.sqrt(nz.absolute(nz.total(x))),
}


def _model(energy: Any, backend: str) -> nz.Model:
    problem = nz.Problem(energy, wrt=x)
    given: dict[str, Any] = {"x": (2, 1)}
    given |= {"A": np.array([[1.0, 2.0], [0.0, 3.0]])} if energy.has(A) else {}
    given |= {"mu": 0.5} if energy.has(mu) else {}
    return problem.bind(**given, backend=backend)


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", KINKS)
def test_zero_is_the_subgradient_at_a_kink(name: str, backend: str) -> None:
    model, zero = _model(KINKS[name], backend), np.zeros(2)
    assert model.energy(zero) == 0.0
    np.testing.assert_array_equal(model.gradient(zero), zero)
    hessian = model.hessian(zero)
    np.testing.assert_array_equal(hessian @ np.ones(2), zero)
    np.testing.assert_array_equal(hessian.toarray(), np.zeros((2, 2)))


@pytest.mark.parametrize("name", ["‖x‖", "‖x‖₃", "‖x‖^mu", "Σ |x|^(3/2)", "‖A x‖", "√‖x‖"])
def test_beside_a_kink_derivatives_are_what_they_were(name: str) -> None:
    assert nz.verify(nz.Problem(KINKS[name], wrt=x)).passed


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_smooth_powers_keep_their_curvature_at_zero(backend: str) -> None:
    model = _model(nz.norm(x) ** mu, backend)
    assert np.isfinite(model.gradient([0.3, 0.4])).all()
    square = nz.Problem(nz.norm(x) ** mu, wrt=x).bind(x=(2, 1), mu=2.0, backend=backend)
    np.testing.assert_allclose(square.hessian(np.zeros(2)).toarray(), 2 * np.eye(2))


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_what_is_infinite_is_so_on_both_backends_without_a_warning(backend: str) -> None:
    model = _model(nz.total(nz.sqrt(x)), backend)
    np.testing.assert_array_equal(model.gradient(np.zeros(2)), [np.inf, np.inf])
    pole = _model(1 / nz.norm(x), backend)
    assert pole.energy(np.zeros(2)) == np.inf
    assert np.isnan(pole.hessian(np.zeros(2)).toarray()).all()
