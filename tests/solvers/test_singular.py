"""Solvers on bound problems with a matrix that may become singular."""

from collections.abc import Callable

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.solvers import GaussNewton, Linear, solve
from solver_models import Vector

n, k = nz.dims("n k")
A, S = nz.dense("A", n, n), nz.sparse("S", n, n, symmetric=True)
G, B = nz.sparse("G", n, n), nz.dense("B", n, k)


def singular_trials(model: nz.Model) -> list[Vector]:
    """The points at which a model raises LinAlgError, filled as it is called."""
    met: list[Vector] = []

    def watched(function: Callable[[Vector], object]) -> Callable[[Vector], object]:
        def call(g: Vector) -> object:
            try:
                return function(g)
            except np.linalg.LinAlgError:
                met.append(g.copy())
                raise

        return call

    for name in ("energy", "gradient", "energy_and_gradient"):
        vars(model)[name] = watched(getattr(model, name))
    return met


def test_the_sparse_covariance_is_estimated(rng: np.random.Generator) -> None:
    """At the optimum S⁻¹ = A where S is stored: A of rank 1 + noise, S tridiagonal."""
    x = rng.standard_normal((40, 8))
    band = np.abs(np.subtract.outer(np.arange(8), np.arange(8))) <= 1
    rows, cols = np.nonzero(band)
    problem = nz.Problem(nz.trace(A * S) - nz.logdet(S), wrt=S)
    model = problem.bind(A=x.T @ x / 40, S=nz.Pattern((rows, cols), (8, 8)).symmetric())
    result = solve(model, model.pack(np.eye(8)), rtol=1e-9)
    assert result.success, result.message
    estimate = model.unpack(result.x).toarray()
    assert np.linalg.eigvalsh(estimate).min() > 0
    difference = np.linalg.inv(estimate) - x.T @ x / 40
    np.testing.assert_allclose(difference[band], 0.0, atol=1e-6)
    with pytest.raises(np.linalg.LinAlgError, match=r"^S: the 8 × 8 matrix is singular"):
        solve(model, np.zeros(model.size))


def test_a_full_gauss_newton_step_to_a_singular_matrix_is_shortened() -> None:
    """r = 1 − 1/g on the diagonal, whose Gauss-Newton step from 2 leads to 0."""
    model = nz.Problem(nz.sumsq(B - G.inv() * B), wrt=G).bind(
        G=nz.Pattern.diagonal(3), B=np.ones((3, 1))
    )
    met = singular_trials(model)
    result = solve(model, np.full(3, 2.0), GaussNewton(damping=0.0, linear=Linear("cg")))
    assert len(met) == 1 and not met[0].any()
    assert result.success, result.message
    np.testing.assert_allclose(result.x, 1.0, rtol=1e-6)


def test_the_line_search_of_scipy_meets_a_singular_matrix() -> None:
    """A first step of length 1, from 1 to 0."""
    energy = nz.sumsq(G.inv() * B) / 100 + nz.sumsq(G * B + 3 * B)
    model = nz.Problem(energy, wrt=G).bind(G=nz.Pattern.diagonal(1), B=np.ones((1, 1)))
    met = singular_trials(model)
    result = solve(model, np.ones(1), "l-bfgs", bounds=(-10.0, np.inf))
    assert len(met) > 0 and not met[0].any()
    assert result.success, result.message
    assert abs(model.gradient(result.x)).max() < 1e-5
