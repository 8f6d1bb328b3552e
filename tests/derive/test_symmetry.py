"""Whether an expression is its own transpose is decided multiplied out, not by its form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nzdiff as nz

(n,) = nz.dims("n")
A, L, X = nz.dense("A", n, n), nz.sparse("L", n, n), nz.sparse("X", n, n)
S, x, mu = nz.dense("S", n, n, symmetric=True), nz.dense("x", n), nz.scalar("mu")
I = nz.identity(n)  # noqa: E741
OWN_TRANSPOSE = [
    *((A + A.T, A), (X + X.T + I, X), (L * S + S.T * L.T, S), ((A + A.T) ** 2, A)),
    *((2 * A * A.T + 3 * (A + A.T), A), ((A + L) * (A.T + L.T), A), ((A + A.T).inv(), A)),
    *((A * (A + A.T).inv() * A.T, A), (nz.exp(A + A.T), A), (nz.hadamard(A, A.T), A)),
    *((nz.hadamard(A + A.T, S), A), (nz.power(A * A.T + A + A.T, 2), A), (x * x.T + I, x)),
    *((nz.kron(A + A.T, S), A), (nz.trace(A) * I + mu * (A + A.T), A), ((I + A) * (I + A.T), A)),
    *((A.T * A * S + S * A.T * A, A), ((A - A.T) * (A.T - A), A)),
    (nz.vstack(nz.hstack(S, A), nz.hstack(A.T, S)), A),
]
OTHERS = [A, A * A, A - A.T, A * S, A + 2 * A.T, nz.hadamard(A, L), A * L + L * A, nz.exp(A)]


@pytest.mark.parametrize(("expr", "unknown"), OWN_TRANSPOSE, ids=str)
def test_a_matrix_that_is_its_own_transpose_is_seen_to_be(expr: Any, unknown: Any) -> None:
    nz.Problem(nz.logdet(expr, positive=True), wrt=unknown)


@pytest.mark.parametrize("expr", OTHERS, ids=str)
def test_a_matrix_that_is_not_its_own_transpose_is_refused(expr: Any) -> None:
    with pytest.raises(ValueError, match="is its own transpose"):
        nz.Problem(nz.logdet(expr, positive=True), wrt=A)


def test_its_factors_are_those_of_the_matrix() -> None:
    M = 9 * I + A + A.T
    problem = nz.Problem(nz.logdet(M, positive=True) + nz.trace(M.inv() * S), wrt=A)
    nz.verify(problem)
    values = np.array([[0.5, 0.1], [0.3, -0.2]])
    model = problem.bind(S=np.eye(2), A=(2, 2))
    matrix = 9 * np.eye(2) + values + values.T
    expected = np.linalg.slogdet(matrix)[1] + np.trace(np.linalg.inv(matrix))
    assert model.energy(model.pack(values)) == pytest.approx(expected, rel=1e-14)
