"""Numbers and functions of numbers mean the same in every language that programs are written in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.calculus.well_formed import FUNCTIONS
from nzdiff.derive.language.nodes import PolyGamma

X, MU = nz.dense("X", 2, 2), nz.scalar("mu")
T = nz.trace(X)
AT = np.array([2.0, 0.3, 0.4, 1.5])
POWERS = {
    "T^mu": (T**MU, 3.5**0.5),
    "exp(mu log T)": (nz.exp(1 + MU * nz.log(T)), np.e * 3.5**0.5),
    "mu^T": (MU**T, 0.5**3.5),
    "T^T": (nz.power(T, T), 3.5**3.5),
    "pi^T": (sp.pi**T, np.pi**3.5),
    "T^-mu": (T**-MU, 3.5**-0.5),
    "T^(mu+1) ‖X‖": (T ** (MU + 1) * nz.norm(X), 3.5**1.5 * np.linalg.norm(AT)),
    "‖X‖^mu": (nz.norm(X) ** MU, np.linalg.norm(AT) ** 0.5),
    "max(T, mu)^mu": (sp.Max(T, MU) ** MU, 3.5**0.5),
    "Σ x^mu": (nz.total(nz.power(X, MU)), np.sum(AT**0.5)),
    "Σ mu^x": (nz.total(nz.entrywise(lambda x: MU**x, X)), np.sum(0.5**AT)),
    "(Σ x^mu)^(1/mu)": (nz.total(nz.power(X, MU)) ** (1 / MU), np.sum(AT**0.5) ** 2),
    "‖T^mu X‖²": (nz.sumsq(T**MU * X), 3.5 * np.sum(AT**2)),
}
NUMBERS = (
    *(sp.pi, sp.E, sp.sqrt(2), sp.EulerGamma, sp.Catalan, sp.GoldenRatio, sp.log(2)),
    *(1 / sp.pi, sp.cbrt(5), sp.Rational(1, 3), -sp.pi, sp.log(sp.Rational(1, 2))),
    *(sp.Integer(10) ** 25, sp.Rational(10**30 + 1, 10**30 + 7), sp.Integer(2) ** 31),
)


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", POWERS)
def test_a_scalar_parameter_may_be_an_exponent(name: str, backend: str) -> None:
    energy, value = POWERS[name]
    problem = nz.Problem(energy, wrt=X)
    given: dict[str, Any] = {"mu": 0.5} if problem.scalars else {}
    model = problem.bind(X=(2, 2), backend=backend, **given)
    assert model.energy(AT) == pytest.approx(value, rel=1e-13)
    step = 1e-6 * np.eye(4)
    slopes = [(model.energy(AT + e) - model.energy(AT - e)) / 2e-6 for e in step]
    assert model.gradient(AT) == pytest.approx(slopes, rel=1e-6, abs=1e-8)


@pytest.mark.slow
def test_a_parameter_in_an_exponent_is_verified() -> None:
    for name in ("T^mu", "max(T, mu)^mu", "‖X‖^mu"):
        nz.verify(nz.Problem(POWERS[name][0], wrt=X))


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_any_real_number_is_a_literal_in_every_language(number: sp.Expr) -> None:
    value = float(number)
    # the number as a factor, a summand, a base: at its own size, so that nothing overflows
    terms = nz.entrywise(lambda x: number * x + (x - number) ** 2, X)
    problem = nz.Problem(nz.total(terms), wrt=X)
    for backend in ("numpy", "c"):
        model = problem.bind(X=(2, 2), backend=backend)
        expected = np.sum(value * AT + (AT - value) ** 2)
        assert model.energy(AT) == pytest.approx(expected, rel=1e-13)
        assert model.gradient(AT) == pytest.approx(value + 2 * (AT - value), rel=1e-13)


@pytest.mark.parametrize(
    "function", [f for f in FUNCTIONS if f is not PolyGamma], ids=lambda function: function.__name__
)
def test_every_function_of_the_language_compiles(function: type[sp.Function]) -> None:
    at = np.array([0.3, 0.4, 0.25, 0.6]) + (1.5 if function is sp.acosh else 0.0)
    terms = nz.entrywise(lambda x: x * function(x + sp.pi * MU), X)
    problem = nz.Problem(nz.total(terms), wrt=X)
    found = []
    for backend in ("numpy", "c"):
        model = problem.bind(X=(2, 2), mu=0.01, backend=backend)
        hessian = model.hessian(at) @ np.ones(4)
        found.append(np.array([model.energy(at), *model.gradient(at), *hessian]))
    assert np.isfinite(found[0]).all()
    np.testing.assert_allclose(found[0], found[1], rtol=1e-13)


def test_the_functions_of_textbooks_have_their_values() -> None:
    gelu = nz.total(nz.entrywise(lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2, X))
    model = nz.Problem(gelu, wrt=X).bind(X=(2, 2), backend="c")
    assert model.energy(np.full(4, 0.3)) == pytest.approx(4 * 0.3 * 0.6179114221889526, rel=1e-14)


def test_a_cube_root_is_a_power_in_every_language() -> None:
    problem = nz.Problem(nz.total(nz.power(X, sp.Rational(1, 3))), wrt=X)
    for backend in ("numpy", "c"):
        model = problem.bind(X=(2, 2), backend=backend)
        assert np.isnan(model.energy([-1.0, 1.0, 1.0, 1.0]))
        assert model.energy([8.0, 1.0, 1.0, 1.0]) == pytest.approx(5.0)


@pytest.mark.parametrize(
    "number",
    [sp.asin(2), sp.Integer(-2) ** sp.Rational(1, 3), sp.oo, sp.nan, sp.Integer(10) ** 400],
)
def test_numbers_that_no_double_holds_are_refused(number: sp.Expr) -> None:
    with pytest.raises((nz.UnsupportedNodeError, ValueError)):
        nz.Problem(nz.total(nz.entrywise(lambda x: sp.sin(x + number), X)), wrt=X)


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize(
    "energy",
    [
        lambda X: nz.total(nz.power(1e200 * X, 2)),
        lambda X: nz.total(nz.entrywise(lambda u: sp.sin(1e160 * u), X)),
        lambda X: nz.trace(1e200 * X * 1e200 * X),
    ],
)
def test_a_derived_number_beyond_doubles_is_refused(energy: Any, backend: str) -> None:
    X = nz.dense("X", 2, 2)
    with pytest.raises(ValueError, match=r"beyond doubles|no double"):
        nz.Problem(energy(X), wrt=X).bind(X=(2, 2), backend=backend).hessian(np.ones(4))


def test_numpy_numbers_with_an_imaginary_part_are_refused() -> None:
    X = nz.dense("X", 2, 2)
    for call in (lambda: np.complex128(2 + 1j) * X, lambda: X * np.complex128(2)):
        with pytest.raises(TypeError, match="complex"):
            call()
