"""Every backend = interpreter = complex step = Kronecker form, over problems × patterns."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import nzdiff as nz
from bound_problems import (
    BACKENDS,
    EVERYTHING,
    Bench,
    Floats,
    bench_on,
    data_of,
    evaluator,
    kronecker_jacobian,
    with_selections,
)
from nzdiff.runtime.kernel import compiler
from nzdiff.runtime.model import Model
from nzdiff.verification.reference import Reference
from problems import (
    CALCULUS,
    CELLS,
    CELLS_OF_CALCULUS,
    PROBLEMS,
    SUMS_OF_SQUARES,
    G,
    agree,
    k,
    m,
    n,
    p,
    random_data,
    shuffled,
)

Q = nz.dense("Q", m, m)
WITH_RESIDUAL = SUMS_OF_SQUARES + tuple(
    name for name, p in CALCULUS.items() if p.is_sum_of_squares or p.is_function
)
every_cell = pytest.mark.parametrize(("problem", "situation"), CELLS + CELLS_OF_CALCULUS)
every_cell_of_the_calculus = pytest.mark.parametrize(("problem", "situation"), CELLS_OF_CALCULUS)
every_residual = pytest.mark.parametrize(
    ("problem", "situation"),
    [(name, where) for name, where in CELLS + CELLS_OF_CALCULUS if name in WITH_RESIDUAL],
)


@pytest.fixture(autouse=True, scope="module")
def quick_compiles() -> Iterator[None]:
    """Few optimisations: compiling takes longer than all tests; elsewhere the usual flags run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "_flags", lambda _: ("-std=c11", "-O1", "-fPIC", "-shared"))
        yield


@cache
def bench(problem: str, situation: str) -> Bench:
    """One cell of the table."""
    chosen = EVERYTHING[problem]
    wide = problem in PROBLEMS and situation in ("wide", "full", "row_sums")
    return bench_on(chosen, data_of(chosen, situation), "wide" if wide else "scattered")


@every_cell
def test_energy_and_residual_are_what_the_expression_says(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    evaluate = evaluator(b)
    residuals = [evaluate(residual.symbol) for residual in b.problem.residuals]
    for model in b.models:
        if b.has_energy:
            assert agree(model.energy(b.g), evaluate(b.problem.energy))
        if b.has_residual:
            assert agree(model.residual(b.g), b.reference.stacked(residuals, b.weights))
        if b.has_energy and b.has_residual:
            assert agree(np.sum(model.residual(b.g) ** 2), evaluate(b.problem.energy))


@every_cell
def test_every_backend_equals_the_interpreter(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    expected = b.reference.interpreted(b.g, b.v, b.w, b.weights)
    for model in b.models:
        if b.has_energy:
            assert agree(model.energy(b.g), expected["energy"])
            assert agree(model.gradient(b.g), expected["gradient"])
        assert agree(model.hessian(b.g, b.cotangent) @ b.v, expected["hvp"])
        if b.has_residual:
            assert agree(model.residual(b.g), expected["residual"])
            assert agree(model.jvp(b.g, b.v), expected["jvp"])
            assert agree(model.vjp(b.g, b.w), expected["vjp"])


@every_cell
def test_derivatives_are_complex_steps(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    slopes = b.reference.complex_step(b.g, b.v, b.weights)
    for model in b.models:
        if b.has_energy:
            assert agree(model.gradient(b.g) @ b.v, slopes["energy"])
        if b.has_residual:
            assert agree(model.jvp(b.g, b.v), slopes["residual"])


@every_residual
def test_jvp_and_vjp_are_adjoint(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    for model in b.models:
        forward, backward = model.jvp(b.g, b.v), model.vjp(b.g, b.w)
        scale = max(float(np.linalg.norm(forward) * np.linalg.norm(b.w)), 1.0)
        assert abs(forward @ b.w - b.v @ backward) <= 1e-12 * scale
        if b.has_energy:
            assert agree(model.gradient(b.g), 2 * model.vjp(b.g, model.residual(b.g)))


@every_residual
def test_the_jacobian_is_its_kronecker_form(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    expected = kronecker_jacobian(b)
    for model in b.models:
        columns = [model.jvp(b.g, e) for e in np.eye(model.size)]
        forward = np.stack(columns, axis=1) if columns else np.zeros((model.residual_size, 0))
        assert agree(forward, expected)
        assert agree(model.residual(b.g).size, expected.shape[0])
        assert agree(model.vjp(b.g, b.w), expected.T @ b.w)


@every_cell
def test_the_gradient_is_its_kronecker_form(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    if not b.has_energy or any(pattern.c.any() for pattern in b.models[0].patterns):
        return  # "P … Pᵀ g" is written for vec(G) = Pᵀ g, without a constant
    evaluate = with_selections(b)
    parts = [evaluate(forms.kronecker).ravel() for forms in b.derivation.gradients.values()]
    for model in b.models:
        assert agree(model.gradient(b.g), np.concatenate(parts))


@every_cell_of_the_calculus
def test_hessians_are_slopes_of_gradients(problem: str, situation: str) -> None:
    b = bench(problem, situation)
    for model in b.models:
        slope = central_difference(partial(pulled_back, b, model), b.g, b.v)
        hessian = model.hessian(b.g, b.cotangent)
        assert agree(hessian @ b.v, slope, 1e-6)
        with suppress(NotImplementedError):
            assert agree(hessian.diagonal(), np.diag(hessian.toarray()), 1e-11)


def pulled_back(b: Bench, model: Model, g: Floats) -> Floats:
    """∂E/∂g; of a matrix function, Jᵀ w."""
    return model.gradient(g) if b.has_energy else model.vjp(g, b.w)


def central_difference(f: Callable[[Floats], Floats], g: Floats, v: Floats) -> Floats:
    """(f(g + h v) − f(g − h v)) / 2 h, extrapolated to an error of h⁴."""
    near, far = (((f(g + h * v) - f(g - h * v)) / (2 * h)) for h in (5e-5, 1e-4))
    return (4 * near - far) / 3


def test_without_stored_values_every_result_is_empty_or_constant() -> None:
    b = bench("seed", "empty")
    expected = float(np.sum(b.reference.constants()["X"] ** 2))
    for model in b.models:
        assert model.size == 0
        assert model.gradient([]).shape == (0,)
        assert model.vjp([], np.ones(model.residual_size)).shape == (0,)
        assert model.energy([]) == pytest.approx(expected, rel=1e-14)
        assert not model.jvp([], []).any()


@pytest.mark.parametrize("zero", ["n", "m", "p", "k"])
def test_a_dimension_may_be_zero(zero: str) -> None:
    sizes = {"n": 3, "m": 2, "p": 4, "k": 5, zero: 0}
    rng = np.random.default_rng(0)

    def everywhere(_: Any, shape: tuple[int, int]) -> nz.Pattern:
        return nz.Pattern.full(shape)

    data: dict[str, Any]
    if zero != "n":
        data = random_data(PROBLEMS["seed"], sizes, everywhere, rng)
    else:
        data = {name: rng.standard_normal(s) for name, s in (("X", (4, 5)), ("Y", (4, 2)))}
        data |= {"B": np.ones((2, 5)), "L": nz.Pattern.full((0, 0)).to_csr([])}
        data |= {"G": nz.Pattern.full((0, 2))}
    b = bench_on(PROBLEMS["seed"], data)
    for model in b.models:
        assert agree(model.energy(b.g), np.sum(np.square(data["X"])))
        assert not model.gradient(b.g).any()
        assert model.jvp(b.g, b.v).size == sizes["p"] * sizes["k"]


entries = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=14)


@settings(deadline=None, derandomize=True, database=None, max_examples=100)
@given(entries=entries, seed=st.integers(0, 1000))
@example(entries=[], seed=0)
@example(entries=[(3, 2)] * 5, seed=1)
@example(entries=[(2, 1), (0, 2), (2, 1), (0, 0)], seed=2)
def test_any_list_of_indices_is_a_pattern(entries: list[tuple[int, int]], seed: int) -> None:
    rows, cols = np.array(entries, dtype=np.int64).reshape(-1, 2).T

    def these(_: Any, shape: tuple[int, int]) -> nz.Pattern:
        return nz.Pattern((rows, cols), shape)

    sizes = {"n": 4, "m": 3, "p": 3, "k": 2}
    data = random_data(PROBLEMS["seed"], sizes, these, np.random.default_rng(seed))
    b = bench_on(PROBLEMS["seed"], data)
    slopes = b.reference.complex_step(b.g, b.v, b.weights)
    for model in b.models:
        assert agree(model.energy(b.g), evaluator(b)(b.problem.energy))
        assert agree(model.jvp(b.g, b.v), slopes["residual"])
        assert agree(model.gradient(b.g) @ b.v, slopes["energy"])
        assert agree(model.vjp(b.g, b.w) @ b.v, slopes["residual"] @ b.w)


@pytest.mark.slow
def test_a_size_may_be_a_coefficient() -> None:
    plain = PROBLEMS["seed"]
    mean = nz.Problem(plain.energy / (p * k), wrt=plain.wrt)
    data = data_of(plain, "scattered")
    g = np.random.default_rng(0).standard_normal(data["G"].size)
    for name in BACKENDS:
        whole, part = plain.bind(**data, backend=name), mean.bind(**data, backend=name)
        assert agree(part.energy(g), whole.energy(g) / 20)
        assert agree(part.residual(g), whole.residual(g) / np.sqrt(20))
        assert agree(part.gradient(g), whole.gradient(g) / 20)
    assert nz.verify(mean).passed


NAMES = (
    "energy",
    "done",
    "f",
    "W_f",
    "w",
    "int",
    "jvp_f",
    "gradient_G",
    "sddmm",
    "dgemm",
    "NZDIFF_REAL",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [nz.dense, nz.sparse])
def test_a_matrix_may_have_any_name(kind: Callable[..., Any], name: str) -> None:
    check_on_numpy(nz.Problem(nz.sumsq(Q - G.T * kind(name, n, n) * G), wrt=G))


@pytest.mark.parametrize("name", NAMES)
def test_a_scalar_may_have_any_name(name: str) -> None:
    check_on_numpy(nz.Problem(nz.sumsq(Q - G.T * G) * nz.scalar(name) ** 2, wrt=G))


def test_emitted_c_takes_any_name() -> None:
    residual = sum((G.T * nz.dense(name, n, n) * G for name in NAMES), Q)
    problem = nz.Problem(nz.sumsq(residual), wrt=G)
    data = random_data(problem, {"n": 4, "m": 3}, shuffled, np.random.default_rng(3))
    g = np.ones(12)
    models = [problem.bind(**data, backend=name) for name in BACKENDS]
    assert agree(models[0].energy(g), models[-1].energy(g))
    assert agree(models[0].gradient(g), models[-1].gradient(g))


def check_on_numpy(problem: nz.Problem) -> None:
    """The NumPy backend against the expression and its complex step."""
    data = random_data(problem, {"n": 4, "m": 3}, shuffled, np.random.default_rng(3))
    model, reference = problem.bind(**data, backend="numpy"), Reference.of(problem.derive(), data)
    g, v = np.random.default_rng(4).standard_normal((2, model.size))
    slopes = reference.complex_step(g, v, model.weights)
    residual = model.residual(g)
    assert agree(model.energy(g), residual @ residual)
    assert agree(model.jvp(g, v), slopes["residual"])
    assert agree(model.gradient(g) @ v, slopes["energy"])
