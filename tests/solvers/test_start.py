"""Where a run starts: matrices as g0, and results of earlier runs."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import OptimizeResult, minimize

import nzdiff as nz
from nzdiff.solvers import METHODS, Status, load_checkpoint, solve
from solver_models import LinearResidual, Vector, seed

n, m, k = nz.dims("n m k")
A, F, G = nz.dense("A", n, k), nz.dense("F", m, k), nz.sparse("G", n, m)
PATTERN = nz.Pattern(([0, 0, 1, 2], [0, 2, 1, 0]), (3, 3))
MATRIX = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0], [4.0, 0.0, 0.0]])
DENSE = np.ones((3, 2))


@pytest.fixture(scope="module")
def one() -> nz.Model:
    problem = nz.Problem(nz.sumsq(A - G * F), wrt=G)
    return problem.bind(A=np.arange(6.0).reshape(3, 2), F=np.eye(3)[:, :2] + 0.1, G=PATTERN)


@pytest.fixture(scope="module")
def two() -> nz.Model:
    problem = nz.Problem(nz.sumsq(A - G * F), wrt=(G, F))
    return problem.bind(A=np.arange(6.0).reshape(3, 2), G=PATTERN, F=(3, 2))


@pytest.mark.parametrize("g0", [MATRIX, sparse.csr_array(MATRIX), [MATRIX], (MATRIX,)])
def test_a_matrix_is_packed(g0: Any, one: nz.Model) -> None:
    assert np.array_equal(solve(one, g0, max_iterations=0).x, one.pack(MATRIX))


@pytest.mark.parametrize("first", [MATRIX, sparse.csc_array(MATRIX)])
def test_one_matrix_for_each_unknown_is_packed(first: Any, two: nz.Model) -> None:
    found = solve(two, (first, DENSE), max_iterations=0).x
    assert np.array_equal(found, two.pack(MATRIX, DENSE))


@pytest.mark.parametrize(
    ("g0", "words"),
    [
        (np.ones((3, 3)), "g0: pattern: no g gives this matrix"),
        (np.ones((2, 3)), r"g0: matrix: expected .*3.*got"),
        ((MATRIX, DENSE), "g0: pack: expected 1 matrices, got 2"),
        (np.full((3, 3), np.nan), "g0: "),
        ([[1.0, 0.0], [0.0, 1.0]], r"g0: expected shape \(4,\), got \(2, 2\)"),
    ],
)
def test_a_matrix_that_does_not_fit_is_named(g0: Any, words: str, one: nz.Model) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        solve(one, g0)


def test_a_model_without_pack_wants_a_vector() -> None:
    with pytest.raises(ValueError, match=r"g0: expected shape \(2,\), got \(2, 2\)"):
        solve(LinearResidual(np.eye(2), np.ones(2)), np.eye(2))


def test_no_start_is_named() -> None:
    with pytest.raises(TypeError, match="g0: expected where to start, or an earlier result"):
        solve(LinearResidual(np.eye(2), np.ones(2)))


@pytest.fixture(scope="module")
def solved() -> tuple[Any, Vector, OptimizeResult]:
    model, _, g0 = seed(np.random.default_rng(7), n=8, m=6, k=9, noise=0.05)
    return model, g0, solve(model, g0, "newton")


@pytest.mark.parametrize("method", [name for name in METHODS if name != "nadam"])
def test_a_solved_problem_takes_no_step(
    method: str, solved: tuple[Any, Vector, OptimizeResult]
) -> None:
    model, g0, earlier = solved
    assert earlier.success and np.array_equal(earlier.g0, g0)
    again = solve(model, method=method, warm_start=earlier)
    assert again.success and again.nit <= 1
    assert np.array_equal(again.g0, g0)  # also where a third run starts from this one


@pytest.mark.parametrize("method", ["auto", "newton", "l-bfgs"])
def test_a_problem_that_changed_little_takes_fewer_steps(method: str) -> None:
    model, _, g0 = seed(np.random.default_rng(7), n=8, m=6, k=9, noise=0.05)
    earlier = solve(model, g0, method)
    model.X = model.X + 1e-3
    cold, warm = solve(model, g0, method), solve(model, method=method, warm_start=earlier)
    assert cold.success and warm.success and warm.nit < cold.nit
    assert warm.fun == pytest.approx(cold.fun, rel=1e-5)
    assert warm.history[0].iteration == 0 and warm.history[0].energy < cold.history[0].energy


def test_g0_beside_a_warm_start_is_what_tolerances_refer_to(
    solved: tuple[Any, Vector, OptimizeResult],
) -> None:
    model, g0, earlier = solved
    loose = OptimizeResult(x=earlier.x, fun=earlier.fun)
    found = solve(model, g0, "newton", warm_start=loose)
    assert found.nit == 0 and found.success and np.array_equal(found.g0, g0)


def test_an_origin_of_less_energy_counts_for_nothing() -> None:
    model = LinearResidual(np.diag([1.0, 2.0]), np.ones(2))
    earlier = OptimizeResult(x=np.full(2, 9.0), g0=np.array([1.0, 0.5]))
    found = solve(model, warm_start=earlier)
    assert found.success and np.array_equal(found.g0, earlier.x)
    np.testing.assert_allclose(found.x, [1.0, 0.5])


def test_results_of_scipy_and_checkpointed_runs_go_on(tmp_path: Any) -> None:
    model = LinearResidual(np.diag([1.0, 2.0]), np.ones(2))
    other = minimize(model.energy, np.zeros(2), jac=model.gradient)
    path = tmp_path / "run.npz"
    found = solve(model, np.zeros(2), warm_start=other, checkpoint=path)
    assert found.success
    assert solve(model, load_checkpoint(path)).success


def test_bounds_hold_for_a_warm_start() -> None:
    model = LinearResidual(np.diag([1.0, 2.0]), np.ones(2))
    earlier = solve(model, np.zeros(2))
    found = solve(model, warm_start=earlier, bounds=(None, 0.25))
    assert found.status is not Status.STAGNATED
    np.testing.assert_allclose(found.x, [0.25, 0.25])


@pytest.mark.parametrize(
    ("warm_start", "error", "words"),
    [
        (np.zeros(2), TypeError, "warm_start: expected a result of solve, got ndarray"),
        ({"x": 1}, TypeError, "warm_start: expected a result of solve, got dict"),
        (OptimizeResult(x=np.zeros(3)), ValueError, r"warm_start: .* 2 unknowns, got one of 3"),
        (OptimizeResult(x=[0.0, np.nan]), ValueError, "warm_start: expected finite values"),
        (OptimizeResult(x=np.zeros(2), g0=np.zeros(3)), ValueError, r"warm_start: g0: expected"),
    ],
)
def test_what_is_no_earlier_result_is_named(
    warm_start: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        solve(LinearResidual(np.eye(2), np.ones(2)), warm_start=warm_start)
