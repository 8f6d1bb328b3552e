"""Derivatives of u^p at u = 0, where p is known when data is bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.derive.language.errors import VerificationError
from nzdiff.derive.language.notation import text

n, m = nz.dims("n m")
G = nz.sparse("G", n, m)
B = nz.dense("B", m, m)
p, mu = nz.scalar("p"), nz.scalar("mu")
PATTERN = nz.Pattern(([0, 0, 1, 1], [0, 1, 0, 1]), (2, 2))
AT = np.array([0.0, 1.0, 2.0, 3.0])
OF_ENTRIES = {
    "power": nz.total(nz.power(G, p)),
    "map_nonzeros": nz.total(nz.map_nonzeros(lambda t: t**p, G)),
    "modulus": nz.total(nz.power(nz.absolute(G), p)),
}
BACKENDS = pytest.mark.parametrize("backend", ["numpy", "c"])


def derivatives(energy: Any, g: Any, backend: str, **data: Any) -> tuple[Any, Any]:
    """The gradient and the Hessian at g."""
    model = nz.Problem(energy, wrt=G).bind(G=PATTERN, backend=backend, **data)
    return model.gradient(g), model.hessian(g).toarray()


def slopes(x: Any, exponent: float, order: int) -> Any:
    """The derivative of x^exponent, without a division by x."""
    factor = np.prod([exponent - i for i in range(order)])
    return factor * x ** (exponent - order) if factor else np.zeros_like(x)


@BACKENDS
@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 2.5, 3.0, 4.0])
@pytest.mark.parametrize("name", OF_ENTRIES)
def test_of_entries(name: str, exponent: float, backend: str) -> None:
    gradient, hessian = derivatives(OF_ENTRIES[name], AT, backend, p=exponent)
    first, second = slopes(AT, exponent, 1), slopes(AT, exponent, 2)
    if name == "modulus" and exponent == 1:
        first = np.sign(AT)
    if name == "modulus" and exponent == 2:
        second = second * np.sign(AT)  # of 2 |x| sign(x), whose slope at 0 is taken to be 0
    np.testing.assert_allclose(gradient, first)
    np.testing.assert_allclose(hessian, np.diag(second))


@BACKENDS
@pytest.mark.parametrize("exponent", [1.0, 2.0, 2.5, 3.0])
def test_of_products_with_a_column_of_zeros(exponent: float, backend: str) -> None:
    b = np.array([[1.0, 0.0], [2.0, 0.0]])
    found = derivatives(nz.total(nz.power(G * B, p)), AT, backend, B=b, p=exponent)[0]
    placed = (PATTERN.T @ AT).reshape(2, 2, order="F")
    truth = PATTERN.T.T @ (slopes(placed @ b, exponent, 1) @ b.T).ravel(order="F")
    np.testing.assert_allclose(found, truth)


@BACKENDS
@pytest.mark.parametrize("exponent", [1.0, 2.0, 2.5, 3.0])
def test_of_numbers(exponent: float, backend: str) -> None:
    zero = np.zeros(1)
    gradient, hessian = derivatives(nz.total(G) ** p, np.zeros(4), backend, p=exponent)
    np.testing.assert_allclose(gradient, np.full(4, slopes(zero, exponent, 1)))
    np.testing.assert_allclose(hessian, np.full((4, 4), slopes(zero, exponent, 2)))


@BACKENDS
def test_an_exponent_that_is_a_size(backend: str) -> None:
    gradient, hessian = derivatives(nz.total(nz.power(G, n)), AT, backend)
    np.testing.assert_allclose(gradient, 2 * AT)
    np.testing.assert_allclose(hessian, 2 * np.eye(4))


@BACKENDS
@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 2.5])
def test_of_what_is_0_on_one_side(exponent: float, backend: str) -> None:
    energy = nz.total(nz.entrywise(lambda t: sp.Max(t, 0) ** p, G))
    gradient = derivatives(energy, [-1.0, -2.0, 2.0, 3.0], backend, p=exponent)[0]
    np.testing.assert_allclose(gradient, [0, 0, *slopes(np.array([2.0, 3.0]), exponent, 1)])


EXPONENTS: dict[str, Any] = {
    "**": mu ** nz.sumsq(G),
    "power": nz.power(mu, nz.sumsq(G)),
    "of a multiple": nz.power(mu, nz.total(2 * G) + 1),
    "in a product": nz.power(mu, nz.norm(G)) * nz.sumsq(G),
    "by exp and log": nz.exp(nz.sumsq(G) * nz.log(mu)),
}


@BACKENDS
@pytest.mark.parametrize("name", EXPONENTS)
def test_a_base_of_0_whose_exponent_moves(name: str, backend: str) -> None:
    gradient, hessian = derivatives(EXPONENTS[name], AT, backend, mu=0.0)
    np.testing.assert_array_equal(gradient, np.zeros(4))
    np.testing.assert_array_equal(hessian, np.zeros((4, 4)))


@BACKENDS
def test_a_root_of_what_is_always_0_has_a_slope_by_its_modulus_alone(backend: str) -> None:
    b = np.array([[1.0, 0.0], [2.0, 0.0]])
    found = derivatives(nz.total(nz.power(G * B, p)), AT, backend, B=b, p=0.5)[0]
    assert np.isnan(found).all()
    modulus = nz.total(nz.power(nz.entrywise(nz.absolute, G * B), p))
    found = derivatives(modulus, AT, backend, B=b, p=0.5)[0]
    np.testing.assert_allclose(found, np.outer([0.5 / 2**0.5, 0.5 / 8**0.5], [1, 2]).ravel())


@BACKENDS
def test_an_infinite_slope_stays_infinite(backend: str) -> None:
    assert derivatives(OF_ENTRIES["power"], AT, backend, p=0.5)[0][0] == np.inf


@pytest.mark.slow
@pytest.mark.parametrize(
    ("energy", "data"),
    [
        (OF_ENTRIES["power"], {"p": 2.0}),
        (nz.total(G) ** p, {"p": 3.0}),
        (nz.total(nz.power(G, n)), {}),
        (mu ** nz.sumsq(G), {"mu": 0.0}),
        (nz.power(mu, nz.total(2 * G)), {"mu": 0.0}),
    ],
)
def test_verified_at_zeros_and_at_negative_numbers(energy: Any, data: dict[str, float]) -> None:
    problem = nz.Problem(energy, wrt=G)
    assert nz.verify(problem).passed
    assert nz.verify(problem, {"G": PATTERN, **data}, AT).passed
    assert nz.verify(problem, {"G": PATTERN, **data}, [0.0, -1.0, 2.0, 3.0]).passed


def test_the_formula_is_that_of_calculus() -> None:
    gradient = nz.Problem(OF_ENTRIES["power"], wrt=G).derive().gradients[G].matrix
    assert text(gradient) == "(t ↦ p t^(p − 1)).(G)"


@pytest.mark.usefixtures("empty_cache")  # plans made with the fault must not be kept
def test_verify_notices_a_gradient_that_is_nan_at_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nzdiff.derive.calculus.differential._is_power", lambda expr: False)
    for number in (nz.total, lambda matrix: 2 * matrix):
        problem = nz.Problem(number(nz.map_nonzeros(lambda t: t**p * (t + 3), G)), wrt=G)
        with pytest.raises(VerificationError, match=r"every second g_t = 0: it is \[.*nan"):
            nz.verify(problem, {"G": PATTERN, "p": 2.0}, AT + 1)


@pytest.mark.parametrize(
    "energy",
    [nz.total(nz.map_nonzeros(nz.sqrt, G)), nz.total(nz.sqrt(G)), nz.norm(G), nz.norm(G, 1)],
)
def test_verify_takes_kinks_and_infinite_slopes_at_0_for_what_they_are(energy: Any) -> None:
    for seed in range(2):
        assert nz.verify(nz.Problem(energy, wrt=G), {"G": PATTERN}, AT + 1, seed=seed).passed
