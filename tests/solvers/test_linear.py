"""The linear algebra below the solvers: CG, factorisations, diagonals, pairs of L-BFGS."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from nzdiff.solvers import LevenbergMarquardt, solve
from nzdiff.solvers.linear.cg import conjugate_gradient
from nzdiff.solvers.linear.curvature import ModelCurvature
from nzdiff.solvers.linear.diagonal import bounded_below, probed_diagonal, probed_gauss_newton
from nzdiff.solvers.linear.factorise import Matrix, factorised, positive_definite, sizes
from nzdiff.solvers.linear.jacobian_square import JacobianSquare
from nzdiff.solvers.linear.linear_system import Linear, fills_up, is_direct
from nzdiff.solvers.linear.steihaug import steihaug
from nzdiff.solvers.methods.lbfgs.pairs import CorrectionPairs
from nzdiff.solvers.run.objective import Objective
from solver_models import LinearResidual, Sparse, Vector, seed


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def symmetric(rng: np.random.Generator, values: list[float]) -> Vector:
    """Return a matrix with these eigenvalues."""
    V = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
    return np.asarray((V * values) @ V.T)


def as_dense(H: Vector) -> Matrix:
    return H


def as_sparse(H: Vector) -> Matrix:
    return sp.csc_array(H)


forms = pytest.mark.parametrize("form", [as_dense, as_sparse])


def test_conjugate_gradient_gives_the_minimum_norm_solution(rng: np.random.Generator) -> None:
    J = rng.normal(size=(6, 15))
    b = J.T @ rng.normal(size=6)
    solution = conjugate_gradient(
        lambda v: J.T @ (J @ v), b, precondition=np.copy, rtol=1e-12, max_iterations=50
    )
    np.testing.assert_allclose(solution.x, np.linalg.pinv(J.T @ J) @ b, rtol=1e-8)
    np.testing.assert_allclose(solution.residual, b - J.T @ (J @ solution.x), atol=1e-9)


@pytest.mark.parametrize("curvature", [0.0, -1.0, np.nan])
def test_conjugate_gradient_stops_without_positive_curvature(curvature: float) -> None:
    A = np.array([1.0, curvature])
    solution = conjugate_gradient(
        lambda v: A * v, np.ones(2), precondition=np.copy, rtol=1e-12, max_iterations=50
    )
    assert np.isfinite(solution.x).all() and np.abs(solution.x).max() < 1e3
    assert solution.iterations < 50


def test_a_step_within_the_region_solves_the_system(rng: np.random.Generator) -> None:
    H, b = symmetric(rng, [1.0, 2.0, 3.0, 4.0]), rng.normal(size=4)
    step = steihaug(lambda v: H @ v, b, 1e3, precondition=np.copy, rtol=1e-12, max_iterations=20)
    np.testing.assert_allclose(step.v, np.linalg.solve(H, b), rtol=1e-9)
    np.testing.assert_allclose(step.product, H @ step.v, atol=1e-12)
    assert not step.on_boundary and step.norm == pytest.approx(float(np.linalg.norm(step.v)))


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [-1.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
def test_a_step_to_the_boundary_has_the_radius_as_its_norm(
    values: list[float], rng: np.random.Generator
) -> None:
    H, b, M = symmetric(rng, values), rng.normal(size=3), np.array([1.0, 4.0, 9.0])
    step = steihaug(
        lambda v: H @ v, b, 1e-2, precondition=lambda v: v / M, rtol=1e-12, max_iterations=20
    )
    assert step.on_boundary and step.norm == 1e-2
    assert np.sqrt(step.v @ (M * step.v)) == pytest.approx(1e-2)
    np.testing.assert_allclose(step.product, H @ step.v, atol=1e-12)
    assert b @ step.v - 0.5 * step.v @ step.product > 0.0


@forms
def test_a_definite_matrix_is_factorised_as_it_is(
    form: Callable[[Vector], Matrix], rng: np.random.Generator
) -> None:
    H, b = symmetric(rng, [1e-6, 1.0, 2.0, 3.0]), rng.normal(size=4)
    found = positive_definite(form(H), 0.0, first=0.0)
    assert found is not None and found[1] == 0.0
    np.testing.assert_allclose(H @ found[0](b), b, rtol=1e-8)
    shifted = factorised(form(H), 0.5)
    assert shifted is not None
    np.testing.assert_allclose(shifted(b), np.linalg.solve(H + 0.5 * np.eye(4), b), rtol=1e-10)


@forms
@pytest.mark.parametrize("values", [[-1.0, 1.0, 2.0], [-1e-4, 1.0, 2.0], [-5.0, -4.0, -3.0]])
def test_an_indefinite_matrix_is_shifted_until_it_is_definite(
    form: Callable[[Vector], Matrix], values: list[float], rng: np.random.Generator
) -> None:
    H = symmetric(rng, values)
    assert factorised(form(H), 0.0) is None
    found = positive_definite(form(H), 0.0, first=0.0)
    assert found is not None
    shift, b = found[1] * sizes(form(H)).mean() * np.eye(3), rng.normal(size=3)
    assert np.linalg.eigvalsh(H + shift)[0] > 0.0 > np.linalg.eigvalsh(H + 0.1 * shift)[0]
    np.testing.assert_allclose((H + shift) @ found[0](b), b, rtol=1e-6)


@forms
def test_a_singular_matrix_gets_a_shift_that_does_not_show(
    form: Callable[[Vector], Matrix], rng: np.random.Generator
) -> None:
    J = rng.normal(size=(3, 8))
    H, b = J.T @ J, J.T @ rng.normal(size=3)
    assert factorised(form(H), 0.0) is None
    found = positive_definite(form(H), 0.0, first=0.0)
    assert found is not None and found[1] < 1e-8
    np.testing.assert_allclose(H @ found[0](b), b, atol=1e-7)
    np.testing.assert_allclose(found[0](b), np.linalg.pinv(H) @ b, atol=1e-5)


@forms
def test_a_matrix_that_is_not_finite_has_no_factorisation(form: Callable[[Vector], Matrix]) -> None:
    assert positive_definite(form(np.full((2, 2), np.nan)), 0.0, first=0.0) is None


def test_pairs_give_the_product_of_the_bfgs_matrix(rng: np.random.Generator) -> None:
    """H ← (I − s yᵀ/sᵀy) H (I − y sᵀ/sᵀy) + s sᵀ/sᵀy for the last 4 of 6 pairs."""
    A, M = symmetric(rng, [1.0, 2.0, 3.0, 5.0, 8.0]), np.diag([1.0, 2.0, 1.0, 3.0, 1.0])
    pairs, kept = CorrectionPairs(4, 5), []
    for _ in range(6):
        s = rng.normal(size=5)
        pairs.add(s, A @ s)
        kept.append((s, A @ s))
    newest = kept[-1][0]
    pairs.add(newest, -newest)
    pairs.rescale(lambda v: M @ v)
    s, y = kept[-1]
    H = (s @ y) / (y @ M @ y) * M
    for s, y in kept[-4:]:
        V = np.eye(5) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)
    q = rng.normal(size=5)
    np.testing.assert_allclose(pairs.product(q, lambda v: M @ v), H @ q, rtol=1e-10)
    np.testing.assert_allclose(pairs.product(y, lambda v: M @ v), s, rtol=1e-10)


def test_probing_estimates_the_diagonal(rng: np.random.Generator) -> None:
    model, _, g = seed(rng)
    J = model.jacobian(g)
    estimate = probed_gauss_newton(Objective(model), g, probes=4000, seed=1)
    np.testing.assert_allclose(estimate, 2.0 * (J**2).sum(axis=0), rtol=0.2)
    H = 2.0 * J.T @ J
    signed = probed_diagonal(lambda v: H @ v, g.size, probes=4000, seed=1)
    assert np.abs(signed - H.diagonal()).mean() < 0.1 * H.diagonal().mean()


def test_a_bounded_diagonal_is_positive() -> None:
    np.testing.assert_array_equal(bounded_below(np.array([-6.0, 0.0, 3.0]), 1.0), [6.0, 3.0, 3.0])
    np.testing.assert_array_equal(bounded_below(np.zeros(2), 1.0), [1.0, 1.0])


@pytest.mark.parametrize("rows", [3, 30])
def test_the_square_of_a_jacobian_is_assembled(rows: int, rng: np.random.Generator) -> None:
    A = rng.normal(size=(rows, 12))
    square = JacobianSquare(Objective(LinearResidual(A, rng.normal(size=rows))), np.zeros(12))
    np.testing.assert_allclose(square.matrix(), 2.0 * A.T @ A, atol=1e-12)
    v = rng.normal(size=12)
    np.testing.assert_allclose(square.product(v), 2.0 * A.T @ (A @ v), atol=1e-12)


def test_a_matrix_is_assembled_where_it_is_small_or_sparse() -> None:
    def curvature(size: int, **attributes: object) -> ModelCurvature:
        operator = sp.linalg.aslinearoperator(sp.eye_array(size, format="csr"))
        vars(operator).update(attributes)
        objective = Objective(LinearResidual(np.eye(2), np.ones(2)))
        return ModelCurvature(objective, operator, size, lambda probes: np.ones(size))

    def chosen(size: int, **attributes: object) -> bool:
        return is_direct(curvature(size, **attributes), size)

    assert chosen(400)
    assert not chosen(4_000)
    assert chosen(4_000, assembled_bytes=8 * 4_000**2)
    assert not chosen(5_000, assembled_bytes=8 * 5_000**2, is_sparse=False)
    assert chosen(100_000, assembled_bytes=10**8, is_sparse=True)
    assert not chosen(100_000, assembled_bytes=10**9, is_sparse=True)
    assert not chosen(1, assembled_bytes=10**10, is_sparse=True)


def test_columns_are_sampled_until_they_tell_that_a_matrix_fills_up() -> None:
    size, asked = 4_001, []

    def curvature(entries: int) -> Any:
        def product(v: Vector) -> Vector:
            asked.append(v)
            return np.where(np.arange(size) < entries, 1.0, 0.0)

        return SimpleNamespace(product=product)

    assert not fills_up(curvature(100), size) and len(asked) == 8
    assert fills_up(curvature(size), size) and len(asked) == 9
    assert not fills_up(curvature(size), 4_000) and len(asked) == 9


def test_a_sparse_operator_is_assembled_as_csc() -> None:
    H = sp.csc_array(np.diag([1.0, 2.0]))
    objective = Objective(LinearResidual(np.eye(2), np.ones(2)))
    for operator in (H, Sparse(H)):
        curvature = ModelCurvature(objective, operator, 2, lambda probes: np.full(2, 7.0))
        assert sp.issparse(curvature.matrix())
    np.testing.assert_array_equal(curvature.diagonal(8), [7.0, 7.0])


def test_a_model_with_an_exact_diagonal_is_not_probed(rng: np.random.Generator) -> None:
    class Exact(LinearResidual):
        asked = 0

        def gauss_newton(self, g: Vector) -> sp.csr_array:
            Exact.asked += 1
            return sp.csr_array(2.0 * self.A.T @ self.A)

    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    plain, exact = LinearResidual(A, b), Exact(A, b)
    results = [
        solve(model, np.ones(12), LevenbergMarquardt(linear=Linear("cg")))
        for model in (plain, exact)
    ]
    assert Exact.asked > 0 and all(result.success for result in results)
    assert results[1].nvjp < results[0].nvjp
