"""Functions of a kernel in one call of C, beside the calls one by one."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import nzdiff as nz
from layer_models import every_problem, model_and_point
from nzdiff.runtime.kernel.compiler import find_compiler

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")
OUTPUTS = ("energy", "residual", "gradient", "jvp", "vjp", "gnvp", "hvp")


def results(model: Any, g: Any, seed: int = 0) -> list[Any]:
    """Every output at g, twice over in another order, as one call of the model each."""
    rng = np.random.default_rng(seed)
    v, found = rng.standard_normal(model.size), list[Any]()
    squares = model.is_sum_of_squares
    w = rng.standard_normal(model.residual_size if squares or model.is_function else 0)
    for _ in range(2):
        if model.is_function:
            found += [model.hessian(g, w) @ v]
        else:
            found += [*model.energy_and_gradient(g), model.hessian(g) @ v, model.energy(g)]
            found += [model.gradient(g), model.hessp(g, v)]
        if squares or model.is_function:
            found += [model.vjp(g, w), model.jvp(g, v), model.residual(g)]
        if squares:
            found += [model.gauss_newton(g) @ v, model.jacobian(g).T @ w]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@every_problem
def test_one_call_gives_the_bits_of_calls_one_by_one(name: str, situation: str, dtype: str) -> None:
    model, g = model_and_point(name, situation, dtype, "c")
    at_once = results(model, g)
    model.kernel._entries = {}
    for one, other in zip(at_once, results(model, g), strict=True):
        assert np.array_equal(one, other)


def dense_model(**options: Any) -> Any:
    n, m = nz.dims("n m")
    X, A, W = nz.dense("X", n, n), nz.dense("A", n, m), nz.dense("W", m, n)
    problem = nz.Problem(nz.sumsq(X - A * W), wrt=W)
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {"X": rng.standard_normal((40, 40)), "A": rng.standard_normal((40, 30))}
    return problem.bind(**data, backend="c", **options)


def test_kernels_that_call_nothing_back_are_one_call_each() -> None:
    assert tuple(dense_model().kernel._entries) == OUTPUTS
    n = nz.dims("n")[0]
    S = nz.dense("S", n, n)
    model = nz.Problem(nz.logdet(S), wrt=S).bind(S=(3, 3), backend="c")
    assert not model.kernel._entries


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_after_a_number_that_is_not_finite_nothing_is_kept(dtype: str) -> None:
    model = dense_model(dtype=dtype)
    g, v = np.ones(model.size), np.arange(model.size, dtype=float)
    w = np.ones(model.residual_size)
    before = results(model, g)
    for bad in (np.nan, np.inf, *([1e300] if dtype == "float32" else [])):
        wrong, back = g.copy(), w.copy()
        wrong[-1] = back[-1] = bad
        for call, given in (
            (model.energy, (wrong,)),
            (model.gradient, (wrong,)),
            (model.jvp, (g, wrong)),
            (model.vjp, (wrong, w)),
            (model.vjp, (g, back)),
            (model.hessp, (g, wrong)),
        ):
            with pytest.raises((ValueError, OverflowError), match=r"^(g|v|w): "):
                call(*given)
            assert model.energy(g) == before[0]
            assert np.array_equal(model.jvp(g, v), model.jvp(g, v))
    for one, other in zip(before, results(model, g), strict=True):
        assert np.array_equal(one, other)


def test_vectors_of_any_kind_and_none_of_them_changed() -> None:
    model = dense_model()
    g = np.arange(model.size, dtype=float)
    usual = model.gradient(g)
    sealed = g.copy()
    sealed.flags.writeable = False
    wide = np.zeros((model.size, 2))
    wide[:, 0] = g
    for vector in (sealed, wide[:, 0], g.astype(int), list(g), g.astype(np.float32)):
        assert np.array_equal(model.gradient(vector), usual)
        assert np.array_equal(model.hessp(vector, vector), model.hessp(g, g))
    assert np.array_equal(g, np.arange(model.size))
    found = model.gradient(g)
    found[:] = 0.0
    assert np.array_equal(model.gradient(g), usual)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_kernels_give_the_threads_of_blas_back_also_after_a_fork() -> None:
    def counts() -> list[int]:
        return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]

    model, before = dense_model(), counts()
    energy = model.energy(np.ones(model.size))
    assert counts() == before
    child = os.fork()
    if child == 0:
        same = model.energy(np.ones(model.size)) == energy and counts() == before
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
