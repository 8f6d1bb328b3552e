"""Other numbers in a bound model: what it then says is what a model bound to them says."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from bound_problems import BACKENDS, EVERYTHING, data_of, planned_for
from nzdiff.codegen.compile import checked
from nzdiff.runtime.bind import bind_checked
from nzdiff.runtime.model import Model
from problems import CELLS_OF_CALCULUS, PROBLEMS, Generator

Floats = NDArray[np.float64]
CELLS = [(name, "scattered") for name in PROBLEMS]
CELLS += [(name, situation) for name, situation in CELLS_OF_CALCULUS if name in EVERYTHING]


def scaled(value: Any, rng: np.random.Generator) -> Any:
    """D V D′ with positive diagonals: symmetric, definite and sparse where V is."""
    if isinstance(value, float):
        return value * rng.uniform(0.5, 1.5)
    if not sparse.issparse(value) and value.ndim == 1:
        return value * rng.uniform(0.5, 1.5, value.shape)
    left = rng.uniform(0.7, 1.4, value.shape[0])
    right = left if value.shape[0] == value.shape[1] else rng.uniform(0.7, 1.4, value.shape[1])
    if sparse.issparse(value):
        return sparse.csr_array(sparse.diags_array(left) @ value @ sparse.diags_array(right))
    return left[:, None] * value * right


def others(data: dict[str, Any], problem: nz.Problem, rng: np.random.Generator) -> dict[str, Any]:
    unknowns = {str(unknown.name) for unknown in problem.wrt}
    return {name: scaled(value, rng) for name, value in data.items() if name not in unknowns}


def everything(model: Model, g: Floats, v: Floats) -> list[Any]:
    """All that a model computes at g."""
    found: list[Any] = [] if model.is_function else [*model.energy_and_gradient(g)]
    w = None
    if model.is_sum_of_squares or model.is_function:
        w = np.linspace(-1.0, 1.0, model.residual_size)
        J = model.jacobian(g)
        found += [model.residual(g), model.jvp(g, v), model.vjp(g, w), J.toarray(), *model.weights]
    if model.is_sum_of_squares:
        found += [model.gauss_newton(g) @ v, model.gauss_newton(g).toarray()]
    H = model.hessian(g, w if model.is_function else None)
    found += [H @ v, H.toarray()]
    with suppress(NotImplementedError):
        found += [values for _, values in H.blocks("row").by_size]
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "situation"), CELLS, ids=str)
def test_every_problem_takes_other_numbers_one_by_one(name: str, situation: str) -> None:
    problem, rng = EVERYTHING[name], np.random.default_rng(3)
    data = dict(data_of(problem, situation))
    kernel = planned_for(problem, situation).kernel
    models = [bind_checked(kernel, checked(problem, data), backend=b, threads=1) for b in BACKENDS]
    g, v = rng.standard_normal((2, models[0].size))
    for model in models:
        everything(model, g, v)  # all constants, and all matrices, are there
    new = others(data, problem, rng)
    for changed, value in new.items():
        data[changed] = value
        for model in models:
            model.update(**{changed: value})
        if changed in (next(iter(new)), list(new)[-1]):
            fresh = bind_checked(kernel, checked(problem, data), backend="numpy", threads=1)
            check(models, everything(fresh, g, v), g, v)


def check(models: list[Model], expected: list[Any], g: Floats, v: Floats) -> None:
    """Every model says what is expected."""
    for model in models:
        for ours, theirs in zip(everything(model, g, v), expected, strict=True):
            size = np.abs(theirs).max(initial=0.0) if np.isfinite(theirs).all() else 1.0
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-10 * max(size, 1.0))


def coarsening(
    rng: np.random.Generator, backend: str = "numpy", **options: Any
) -> tuple[Model, dict[str, Any]]:
    n, m, k = nz.dims("n m k")
    X, B = nz.dense("X", m, k), nz.dense("B", m, k)
    L, G, mu = nz.sparse("L", n, n), nz.sparse("G", n, m), nz.scalar("mu")
    problem = nz.Problem(nz.sumsq(X - G.T @ L @ G @ B) + mu * nz.sumsq(G), wrt=G)
    data: dict[str, Any] = {
        "X": rng.standard_normal((4, 6)),
        "B": rng.standard_normal((4, 6)),
        "L": sparse.csr_array(
            sparse.diags_array([1.0, 2.0, 1.5], offsets=[-1, 0, 1], shape=(9, 9))
        ),
        "mu": 0.5,
    }
    pattern = nz.Pattern(np.nonzero(rng.random((9, 4)) < 0.6), (9, 4))
    return problem.bind(G=pattern, backend=backend, **data, **options), data


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=pytest.mark.slow)])
def test_only_what_depends_on_them_is_computed_again(
    backend: str, rng: np.random.Generator
) -> None:
    model, data = coarsening(rng, backend)
    bound, spec = model._bound, model.spec
    g = rng.standard_normal(model.size)
    everything(model, g, g)
    flags = bound.memory.done[spec.stages :]
    before = flags.copy()
    model._assembler.take(model._assembler.data, ("X",))
    cleared = {i for i in range(len(spec.made_of)) if before[i] and not flags[i]}
    of_X = {i for i, given in enumerate(spec.made_of) if "X" in given}
    assert cleared == of_X and 0 < len(of_X) < len(spec.made_of)
    model.update(X=2.0 * data["X"])
    assert flags[: len(spec.made_of)].all()


def test_nothing_is_laid_out_or_planned(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, data = coarsening(rng)
    g = rng.standard_normal(model.size)
    everything(model, g, g)

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("planned or laid out again")

    for where in (
        "bind.allocate",
        "kernel.workspace.make_table",
        "bind.Assembler",
    ):
        monkeypatch.setattr(f"nzdiff.runtime.{where}", refuse)
    model.update(X=data["B"], L=2.0 * data["L"], mu=1.0)
    everything(model, g, g)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"Z": 1.0}, TypeError, "not known Z; expected some of B, L, X, mu"),
        ({"G": nz.Pattern.full((9, 4))}, TypeError, r"G is an unknown.* by rebind\(G=…\)"),
        ({"X": np.ones((4, 5))}, ValueError, r"X: expected shape \(4, 6\), which was bound, got"),
        ({"X": np.full((4, 6), np.nan)}, ValueError, "X: "),
        ({"X": 3.0}, ValueError, "X: expected two dimensions"),
        ({"L": sparse.eye_array(9, format="csr")}, ValueError, "L: expected the pattern that was"),
        ({"L": np.eye(9)}, TypeError, "L: expected a SciPy sparse matrix"),
        ({"mu": np.inf}, ValueError, "mu: expected a finite real number"),
        ({"mu": [1.0, 2.0]}, ValueError, "mu: expected a finite real number"),
    ],
)
def test_bad_data_is_refused_and_changes_nothing(
    given: dict[str, Any], error: type[Exception], match: str, rng: np.random.Generator
) -> None:
    model, data = coarsening(rng)
    g = rng.standard_normal(model.size)
    before = model.energy(g)
    with pytest.raises(error, match=match):
        model.update(**{"B": 2.0 * data["B"], **given})
    assert model.energy(g) == before


def test_a_matrix_that_cannot_be_factorised_leaves_the_data_before() -> None:
    n, k = nz.dims("n k")
    A, G, B = nz.dense("A", n, n), nz.sparse("G", n, k), nz.dense("B", n, k)
    problem = nz.Problem(nz.sumsq(A.inv() @ G - B), wrt=G)
    rng = np.random.default_rng(0)
    given: dict[str, Any] = {"A": np.eye(3) + 0.1, "B": rng.standard_normal((3, 2))}
    model = problem.bind(G=nz.Pattern.full((3, 2)), **given)
    g = rng.standard_normal(6)
    before = model.energy(g)
    with pytest.raises(np.linalg.LinAlgError):
        model.update(A=np.ones((3, 3)))
    assert model.energy(g) == before
    model.update(A=2.0 * np.eye(3))
    assert model.energy(g) == pytest.approx(np.sum((model.unpack(g) / 2.0 - given["B"]) ** 2))


def test_what_was_given_is_copied(rng: np.random.Generator) -> None:
    model, data = coarsening(rng)
    g, X = rng.standard_normal(model.size), 2.0 * data["X"]
    model.update(X=X)
    before = model.energy(g)
    X[:] = 0.0
    model.update(mu=0.5)
    assert model.energy(g) == before


def test_operators_of_replaced_data_say_so(rng: np.random.Generator) -> None:
    model, data = coarsening(rng)
    g = rng.standard_normal(model.size)
    operators = model.hessian(g), model.gauss_newton(g), model.jacobian(g)
    model.update(X=2.0 * data["X"])
    for operator in operators:
        for use in (lambda o=operator: o @ g, operator.toarray, operator.tocsc):
            with pytest.raises(RuntimeError, match=r"model\.update has replaced"):
                use()
    assert np.isfinite(model.hessian(g) @ g).all()


def test_a_weight_may_end_being_a_sum_of_squares(rng: np.random.Generator) -> None:
    model, _ = coarsening(rng)
    g = rng.standard_normal(model.size)
    assert model.is_sum_of_squares and model.weights[0] == pytest.approx(0.5**0.5)
    model.update(mu=-1.0)
    assert not model.is_sum_of_squares
    with pytest.raises(TypeError, match="no sum of squares"):
        model.residual(g)
    model.update(mu=4.0)
    assert model.weights[0] == 2.0
    assert model.energy(g) == pytest.approx(float(np.sum(model.residual(g) ** 2)))


def test_solves_go_on_from_one_set_of_numbers_to_the_next(rng: np.random.Generator) -> None:
    model, _ = coarsening(rng)
    result = nz.solve(model, rng.standard_normal(model.size))
    for mu in (1.0, 2.0):
        model.update(mu=mu)
        result = nz.solve(model, warm_start=result)
        assert result.success
    other = model.rebind(X=np.ones((4, 6)))
    assert other is not model and other.weights == model.weights
    assert model.energy(result.x) == result.fun != other.energy(result.x)


def test_rebind_takes_other_patterns_and_sizes_and_does_not_plan(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, data = coarsening(rng)

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("planned again")

    monkeypatch.setattr("nzdiff.codegen.compile.plan_program", refuse)
    pattern = nz.Pattern(np.nonzero(rng.random((12, 4)) < 0.5), (12, 4))
    L = sparse.csr_array(sparse.diags_array([3.0, -1.0], offsets=[0, 2], shape=(12, 12)))
    other = model.rebind(G=pattern, L=L)
    g = rng.standard_normal(other.size)
    G = pattern.to_csr(g)
    f = data["X"] - G.T @ L @ (G @ data["B"])
    assert other.energy(g) == pytest.approx(np.sum(f**2) + 0.5 * np.sum(g**2))
    assert other.hessian(g).toarray().shape == (other.size, other.size)
    with pytest.raises(ValueError, match="G"):
        model.rebind(G=nz.Pattern.full((5, 4)))
    with pytest.raises(TypeError, match="not known Z"):
        model.rebind(Z=1.0)


def test_single_precision_is_kept(rng: np.random.Generator) -> None:
    model, data = coarsening(rng, dtype="float32")
    g = rng.standard_normal(model.size)
    model.update(X=3.0 * data["X"])
    fresh = model.rebind()
    assert model.energy(g) == fresh.energy(g)
    before = model.energy(g)
    with pytest.raises(OverflowError, match="X: a value is too large for float32"):
        model.update(X=np.full((4, 6), 1e300))
    assert model.energy(g) == before


@pytest.mark.parametrize("rows", [3, 5, 9])
@pytest.mark.parametrize("turned", [False, True])
def test_the_basis_of_a_reduction_is_kept(rows: int, turned: bool, rng: Generator) -> None:
    n, m, p, k = nz.dims("n m p k")
    Y, B, G = nz.dense("Y", p, m), nz.dense("B", n, k), nz.sparse("G", m, n)
    X = nz.dense("X", k, p) if turned else nz.dense("X", p, k)
    residual = X - B.T @ G.T @ Y.T if turned else X - Y @ G @ B
    problem = nz.Problem(nz.sumsq(residual), wrt=G)
    pattern = nz.Pattern(([0, 1, 2, 4], [3, 0, 2, 1]), (5, 6))
    data: dict[str, Any] = {
        "X": rng.standard_normal((7, rows) if turned else (rows, 7)),
        "Y": rng.standard_normal((rows, 5)),
        "B": rng.standard_normal((6, 7)),
    }
    model = problem.bind(**data, G=pattern, backend="numpy")
    g = rng.standard_normal(4)
    for name in ("X", "X", "Y", "X"):
        data[name] = rng.standard_normal(data[name].shape)
        model.update(**{name: data[name]})
        fresh = problem.bind(**data, G=pattern, backend="numpy")
        np.testing.assert_allclose(model.energy(g), fresh.energy(g), rtol=1e-12)
        np.testing.assert_allclose(model.gradient(g), fresh.gradient(g), rtol=1e-11, atol=1e-12)
