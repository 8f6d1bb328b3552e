"""The diagonal that L-BFGS samples about a start which shows none itself."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.runtime.model import Model
from nzdiff.solvers import LBFGS, solve
from nzdiff.solvers.methods.lbfgs.scale import sampled_scale
from nzdiff.solvers.run.objective import Objective
from solver_models import Vector

lbfgs: Any = import_module("nzdiff.solvers.methods.lbfgs.solver")


def clusters(
    *, rings: int = 40, coarse: int = 8, slivers: float = 1.0, backend: str = "c"
) -> tuple[Model, Vector]:
    """‖X − Gᵀ L G B‖² of a grid, its edges up to `slivers` times as strong, at strips of it.

    G is free on each strip and its neighbours; at the start it is 1 on the strip, so that a node
    whose neighbours are all in one strip moves no residual.
    """
    rng = np.random.default_rng(0)
    path, eye = sparse.csr_array(np.diff(np.eye(rings), axis=0)), sparse.eye_array(rings)
    edges = sparse.vstack([sparse.kron(path, eye), sparse.kron(eye, path)])
    weights = slivers ** rng.random(edges.shape[0])
    L = sparse.csr_array(edges.T @ sparse.diags_array(weights) @ edges)
    strip = np.arange(rings**2) * coarse // rings**2
    near = np.abs(strip[:, None] - np.arange(coarse)) <= 1
    pattern = nz.Pattern(np.nonzero(near), near.shape)
    B = rng.standard_normal((coarse, 12))
    n, m, k = nz.dims("n m k")
    X_, B_ = nz.dense("X", m, k), nz.dense("B", m, k)
    L_, G = nz.sparse("L", n, n, symmetric=True), nz.sparse("G", n, m)
    problem = nz.Problem(nz.sumsq(X_ - G.T @ L_ @ G @ B_), wrt=G)
    ring = 2 * np.eye(coarse) - np.eye(coarse, k=1) - np.eye(coarse, k=-1)
    model = problem.bind(X=rings * ring @ B, B=B, L=L, G=pattern, backend=backend, threads=1)
    return model, pattern.pack(sparse.csr_array(np.eye(coarse)[strip]))


def scale_of(model: Any, g0: Vector) -> Vector | None:
    found = sampled_scale(Objective(model, squares=True), g0)
    return None if found is None else found.inverse


@pytest.mark.slow
def test_clusters_show_no_diagonal_and_random_points_do() -> None:
    model, g0 = clusters(slivers=100.0)
    exact = np.asarray(model.gauss_newton(g0).diagonal())
    assert np.mean(exact < 1e-12 * exact.max()) > 0.3
    inverse = scale_of(model, g0)
    assert inverse is not None and (inverse > 0.0).all()
    assert np.median(inverse) == pytest.approx(1.0)


def test_a_start_with_a_diagonal_keeps_its_own_units() -> None:
    model, g0 = clusters()
    rng = np.random.default_rng(1)
    assert scale_of(model, g0 + 0.1 * rng.standard_normal(g0.size)) is None


def test_products_that_are_not_finite_give_none() -> None:
    model, g0 = clusters(backend="numpy")

    class Broken:
        residual_size = model.residual_size

        def vjp(self, g: Vector, w: Vector) -> Vector:
            found = model.vjp(g, w)
            return found if np.array_equal(g, g0) else np.full_like(found, np.nan)

    assert scale_of(Broken(), g0) is None


def test_both_loops_take_it() -> None:
    model, g0 = clusters(slivers=100.0)
    method = LBFGS(preconditioner="scale")
    found = solve(model, g0, method, max_iterations=15)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lbfgs, "native_of", lambda objective: None)
        expected = solve(model, g0, method, max_iterations=15)
    plain = solve(model, g0, LBFGS(preconditioner="none"), max_iterations=15)
    assert found.fun == pytest.approx(expected.fun, rel=1e-5)
    assert found.fun != pytest.approx(plain.fun, rel=1e-3)
    assert expected.history[-1].calls.vjps == found.history[-1].calls.vjps == 5


@pytest.mark.parametrize(
    ("coarse", "share"), [(8, 1e-8), pytest.param(16, 1e-6, marks=pytest.mark.slow)]
)
def test_steps_are_saved(coarse: int, share: float) -> None:
    model, g0 = clusters(coarse=coarse)

    def steps(preconditioner: Any) -> int:
        result = solve(model, g0, LBFGS(preconditioner=preconditioner), max_iterations=200)
        energies = np.array([record.energy for record in result.history])
        return int(np.flatnonzero(energies <= share * energies[0])[0])

    assert steps("scale") <= 0.7 * steps("none")


def test_energies_that_are_no_sums_of_squares_have_none() -> None:
    (n,) = nz.dims("n")
    x = nz.dense("x", n, 1)
    problem = nz.Problem(nz.total(nz.exp(x)) - nz.total(x), wrt=x)
    model = problem.bind(x=(3, 1))
    with_scale = solve(model, np.zeros(3) + 0.5, LBFGS(preconditioner="scale"))
    without = solve(model, np.zeros(3) + 0.5, LBFGS(preconditioner="none"))
    assert with_scale.success and with_scale.nit == without.nit
