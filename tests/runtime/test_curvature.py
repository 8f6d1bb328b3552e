"""`model.curvature`: how J(g)ᵀ w changes along v; more of it where layers are tested."""

from __future__ import annotations

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.generated import approximate_inverse
from problems import CALCULUS, PROBLEMS, USUAL, agree, random_data, scattered

EVERYTHING = {**PROBLEMS, **CALCULUS}


@pytest.mark.parametrize(
    "name", ["sparse_residual", "two_unknowns_backwards", "regularised", "function_of_an_inverse"]
)
def test_it_is_the_derivative_of_the_vjp(name: str) -> None:
    rng = np.random.default_rng(0)
    data = random_data(EVERYTHING[name], USUAL, scattered, rng)
    model = EVERYTHING[name].bind(**data, backend="numpy")
    g, v = rng.standard_normal((2, model.size))
    w = rng.standard_normal(model.residual_size)
    step = 1e-6
    moved = model.vjp(g + step * v, w) - model.vjp(g - step * v, w)
    assert agree(model.curvature(g, w, v), moved / (2 * step), 1e-7)
    if model.is_sum_of_squares:
        r = model.residual(g)
        whole = model.gauss_newton(g) @ v + 2 * model.curvature(g, r, v)
        assert agree(whole, model.hessp(g, v))


def test_it_is_of_the_data_that_the_model_has() -> None:
    problem, rng = PROBLEMS["seed"], np.random.default_rng(0)
    model = problem.bind(**random_data(problem, USUAL, scattered, rng), backend="numpy")
    g, v = rng.standard_normal((2, model.size))
    w = rng.standard_normal(model.residual_size)
    before = model.curvature(g, w, v)
    B = rng.standard_normal((USUAL["m"], USUAL["k"]))
    model.update(B=B)
    found = model.curvature(g, w, v)
    assert not agree(found, before)
    assert agree(found, model.rebind().curvature(g, w, v))


def test_where_there_is_none_the_error_says_so() -> None:
    full = nz.Pattern.full((3, 3))
    packaged = approximate_inverse.bind(A=full.to_csr(np.arange(9.0)), M=full)
    zeros = np.zeros(packaged.size)
    with pytest.raises(NotImplementedError, match="holds no kernels of single residuals"):
        packaged.curvature(zeros, np.zeros(packaged.residual_size), zeros)
    traces, rng = PROBLEMS["traces"], np.random.default_rng(0)
    model = traces.bind(**random_data(traces, USUAL, scattered, rng), backend="numpy")
    with pytest.raises(TypeError, match="no sum of squares"):
        model.curvature(np.zeros(model.size), [], np.zeros(model.size))
