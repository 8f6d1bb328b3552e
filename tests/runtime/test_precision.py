"""dtype="float32": the same numbers to single precision, doubles in and out, errors beyond it."""

from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.model import Model
from problems import (
    CALCULUS,
    PROBLEMS,
    SITUATIONS,
    Floats,
    agree,
    duplicated,
    full,
    random_data,
    scattered,
)

BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
SIZES = {"n": 20, "m": 9, "p": 12, "k": 7}
SINGLE = 2e-6
EXACT = ("regularised", "sparse_residual", "two_unknowns")
"""Problems beside the seed; on NumPy alone, for compiling takes longer than everything else."""
every_backend = pytest.mark.parametrize("backend", BACKENDS)
pytestmark = pytest.mark.usefixtures("quick_compiles")


def given(problem: nz.Problem, pattern: Any = scattered) -> dict[str, Any]:
    return random_data(problem, SIZES, pattern, np.random.default_rng(5))


def pair(problem: nz.Problem, data: dict[str, Any], backend: str) -> tuple[Model, Model]:
    """In single and in double precision."""
    single = problem.bind(**data, backend=backend, dtype="float32")
    return single, problem.bind(**data, backend=backend)


def results(model: Model, g: Floats, v: Floats) -> dict[str, Floats]:
    """Everything that a model computes in its own precision."""
    found = {
        "energy": np.array([model.energy(g)]),
        "gradient": model.gradient(g),
        "hvp": model.hessian(g) @ v,
    }
    if model.is_sum_of_squares:
        w = np.random.default_rng(1).standard_normal(model.residual_size)
        found["residual"], found["jvp"] = model.residual(g), model.jvp(g, v)
        found["vjp"], found["gnvp"] = model.vjp(g, w), model.gauss_newton(g) @ v
    return found


def check(problem: nz.Problem, data: dict[str, Any], backend: str) -> None:
    single, double = pair(problem, data, backend)
    g, v = np.random.default_rng(0).standard_normal((2, single.size))
    expected = results(double, g, v)
    for name, value in results(single, g, v).items():
        assert value.dtype == np.float64, name
        assert agree(value, expected[name], SINGLE), name
    gradient = single.gradient(g)
    assert np.array_equal(gradient, gradient.astype(np.float32))


@every_backend
def test_so_it_does_where_columns_are_made_in_strips(backend: str) -> None:
    sizes = SITUATIONS["wide"].sizes
    data = random_data(PROBLEMS["seed"], sizes, scattered, np.random.default_rng(5))
    single, double = pair(PROBLEMS["seed"], data, backend)
    assert any(array.name == "YtY_strips" for array in double.spec.arrays)
    g, v = np.random.default_rng(0).standard_normal((2, single.size))
    for product in (Model.gauss_newton, Model.hessian):
        assert agree(product(single, g) @ v, product(double, g) @ v, SINGLE)


@every_backend
@pytest.mark.parametrize("pattern", [scattered, full, duplicated])
def test_single_precision_agrees_with_double(backend: str, pattern: Any) -> None:
    check(PROBLEMS["seed"], given(PROBLEMS["seed"], pattern), backend)


@pytest.mark.parametrize("problem", EXACT)
def test_other_problems_agree(problem: str) -> None:
    check(PROBLEMS[problem], given(PROBLEMS[problem]), "numpy")


@every_backend
def test_solves_are_doubles_inside(backend: str) -> None:
    check(CALCULUS["inverse_of_a_product"], given(CALCULUS["inverse_of_a_product"]), backend)


@every_backend
def test_memory_is_half(backend: str) -> None:
    models = pair(PROBLEMS["seed"], given(PROBLEMS["seed"]), backend)
    arrays = [model._bound.memory.arrays for model in models]
    scalars = {array.name for array in models[0].spec.arrays if array.scalar}
    for name in arrays[0]:
        small, large = (found[name] for found in arrays)
        assert small.dtype == np.dtype(np.float64 if name in scalars else np.float32), name
        assert small.size == large.size, name


@pytest.mark.skipif(find_compiler() is None, reason="NumPy adds in the precision of the numbers")
def test_sums_of_squares_are_added_up_in_doubles() -> None:
    """In singles, one added to 2²⁴ is lost, in each lane of a register."""
    model = PROBLEMS["only_the_unknown"].bind(
        G=nz.Pattern.full((100, 20)), backend="c", dtype="float32"
    )
    g = np.ones(model.size)
    g[:64] = 2.0**12
    assert model.energy(g) == 64 * 2.0**24 + model.size - 64


@pytest.mark.parametrize(
    "dtype", ["float16", "longdouble", "int32", "complex64", ">f4", "single precision", object()]
)
def test_other_precisions_are_refused(dtype: Any) -> None:
    data = given(PROBLEMS["seed"])
    with pytest.raises(ValueError, match=r'dtype: expected "float64" or "float32", got'):
        PROBLEMS["seed"].bind(**data, backend="numpy", dtype=dtype)


@pytest.mark.parametrize("dtype", ["float32", "f4", np.float32, np.dtype("float32")])
def test_single_precision_has_many_names(dtype: Any) -> None:
    model = PROBLEMS["seed"].bind(**given(PROBLEMS["seed"]), backend="numpy", dtype=dtype)
    assert model._bound.memory.dtype == np.float32


@every_backend
def test_what_is_too_large_is_an_error_and_leaves_the_model_as_it_was(backend: str) -> None:
    problem = PROBLEMS["seed"]
    model, double = pair(problem, given(problem), backend)
    g, v = np.random.default_rng(0).standard_normal((2, model.size))
    w = np.random.default_rng(1).standard_normal(model.residual_size)
    energy = model.energy(g)
    for vector in (g, v, w):
        vector[0] = 1e39
    with pytest.raises(OverflowError, match="g: a stored value is too large for float32"):
        model.energy(g)
    g[0] = np.random.default_rng(0).standard_normal()
    with pytest.raises(OverflowError, match="v: a stored value is too large for float32"):
        model.jvp(g, v)
    with pytest.raises(OverflowError, match="v: a stored value is too large for float32"):
        _ = model.hessian(g) @ v
    with pytest.raises(OverflowError, match="w: a value is too large for float32"):
        model.vjp(g, w)
    assert model.energy(g) == energy
    assert np.isfinite(double.jvp(g, v)).all()
    assert np.isfinite(double.vjp(g, w)).all()


@every_backend
@pytest.mark.parametrize("name", ["X", "L"])
def test_data_that_is_too_large_is_an_error(backend: str, name: str) -> None:
    data = given(PROBLEMS["seed"])
    data[name] = data[name] * 1e39
    with pytest.raises(OverflowError, match=f"{name}: a value is too large for float32"):
        PROBLEMS["seed"].bind(**data, backend=backend, dtype="float32")


def test_numbers_that_are_not_finite_are_named_as_ever() -> None:
    model = PROBLEMS["seed"].bind(**given(PROBLEMS["seed"]), backend="numpy", dtype="float32")
    g = np.full(model.size, np.nan)
    with pytest.raises(ValueError, match="g: expected finite numbers"):
        model.energy(g)


@every_backend
def test_assembled_matrices_are_doubles(backend: str) -> None:
    problem = PROBLEMS["seed"]
    single, double = pair(problem, given(problem), backend)
    g = np.random.default_rng(0).standard_normal(single.size)
    assert np.array_equal(single.gauss_newton(g).toarray(), double.gauss_newton(g).toarray())
    assert np.array_equal(single.hessian(g).toarray(), double.hessian(g).toarray())


def test_a_solver_does_not_take_a_kernel_of_another_precision() -> None:
    single, double = pair(PROBLEMS["seed"], given(PROBLEMS["seed"]), BACKENDS[-1])
    assert single.native() is None
    assert (double.native() is not None) == (double.backend == "c")


@every_backend
def test_single_precision_minimises(backend: str) -> None:
    problem = PROBLEMS["approximate_inverse"]
    model, double = pair(problem, given(problem), backend)
    start = np.zeros(model.size)
    result = nz.solve(model, start, method="l-bfgs", max_iterations=30)
    assert double.energy(result.x) < 0.9 * double.energy(start)
