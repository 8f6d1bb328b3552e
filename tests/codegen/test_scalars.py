"""Constants, coefficients and functions of numbers in an energy, against numbers by hand."""

from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.codegen.emit.targets.c.expressions import c_text

n, m = nz.dims("n m")
G, S = nz.sparse("G", n, m), nz.sparse("S", n, n)
mu, nu = nz.scalar("mu"), nz.scalar("nu")
AT = np.array([1.0, -2.0, 3.0, 0.5])
SQUARES = float(AT @ AT)
TRACE = 1.5
ENERGIES: dict[str, tuple[Any, Any, float]] = {
    "a constant": (nz.sumsq(G) + 7, G, SQUARES + 7.0),
    "a negative constant": (nz.sumsq(G) - 7, G, SQUARES - 7.0),
    "a scalar as a constant": (3 * nz.sumsq(G) - 2 * mu, G, 3.0 * SQUARES - 4.0),
    "two constants": (nz.sumsq(G) + mu - nu + 1, G, SQUARES + 2.0 - 5.0 + 1.0),
    "a square of a sum": ((nz.trace(S) + 3) ** 2 - 4, S, (TRACE + 3.0) ** 2 - 4.0),
    "a product of sums": (
        (nz.trace(S) - 3 + mu) * (nz.sumsq(S) - nu),
        S,
        (TRACE - 1.0) * (SQUARES - 5.0),
    ),
    "a function of a sum": (sp.exp(nz.trace(S) - mu) + nu, S, float(np.exp(TRACE - 2.0) + 5.0)),
    "a quotient": (nz.sumsq(S) / (nz.trace(S) + nu), S, SQUARES / (TRACE + 5.0)),
    "a function of every entry": (
        nz.total(nz.map_nonzeros(lambda x: sp.exp(x) - x**3, G)),
        G,
        float((np.exp(AT) - AT**3).sum()),
    ),
    "scalars as factors": (mu * nu * nz.sumsq(G) / 4, G, 2.5 * SQUARES),
}


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", ENERGIES)
def test_an_energy_has_its_constants_and_coefficients(name: str, backend: str) -> None:
    energy, unknown, expected = ENERGIES[name]
    given = {str(s): {"mu": 2.0, "nu": 5.0}[str(s)] for s in (mu, nu) if energy.has(s)}
    pattern = nz.Pattern.full((2, 2))
    data: dict[str, Any] = {str(unknown.name): pattern, **given}
    model = nz.Problem(energy, wrt=unknown).bind(**data, backend=backend)
    assert model.energy(AT) == pytest.approx(expected, rel=1e-14)
    v, h = np.array([0.3, -1.0, 0.7, 0.2]), 1e-6
    slope = (model.energy(AT + h * v) - model.energy(AT - h * v)) / (2 * h)
    assert model.gradient(AT) @ v == pytest.approx(slope, rel=1e-6)


def test_a_coefficient_that_overflows_is_named() -> None:
    problem = nz.Problem(mu * nu * nz.sumsq(G), wrt=G)
    with pytest.raises(ValueError, match=r"scalars: .* is inf at"):
        problem.bind(G=nz.Pattern.full((2, 2)), mu=1e200, nu=1e200, backend="numpy")


def test_small_powers_are_products_in_c() -> None:
    x = sp.Symbol("x")
    assert [c_text(x**k) for k in (1, 2, 4, 5)] == ["x", "(x*x)", "(x*x*x*x)", "pow(x, 5)"]
    assert c_text((x + 1) ** 2) == "pow(x + 1, 2)"
    assert c_text(x ** sp.Rational(1, 3)) == "pow(x, 1.0/3.0)"
    assert c_text(sp.sqrt(x)) == "sqrt(x)" and c_text(1 / x) == "1.0/x"
