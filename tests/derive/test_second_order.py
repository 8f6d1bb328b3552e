"""Gauss-Newton matrix and Hessian: their forms, their products, what the thread said of them."""

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from nzdiff.codegen.compile import checked, plan_assemblies
from nzdiff.codegen.lower.assembly import Request
from nzdiff.codegen.package.example import example_data
from nzdiff.derive.calculus import second_order
from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.proof import exact_checks
from nzdiff.runtime.data.spec import AssemblyForm
from problems import PROBLEMS, random_data

pytestmark = pytest.mark.usefixtures("quick_compiles")
SIZES = {"n": 7, "m": 5, "p": 4, "k": 3}


def scattered(rng: np.random.Generator, shape: tuple[int, int]) -> nz.Pattern:
    rows, cols = np.nonzero(rng.random(shape) < 0.5)
    return nz.Pattern((rows, cols), shape)


def bound(name: str, backend: str = "numpy") -> nz.Model:
    rng = np.random.default_rng(2)
    return PROBLEMS[name].bind(
        **random_data(PROBLEMS[name], SIZES, scattered, rng), backend=backend
    )


def test_the_hessian_of_the_seed_in_both_forms() -> None:
    hessian = PROBLEMS["seed"].derive().hessian
    assert text(hessian.matrix) == ("−2 (L (dG B fᵀ + G B dfᵀ) Y + Lᵀ (dG Yᵀ f + G Yᵀ df) Bᵀ)")
    shown = text(hessian.kronecker)
    for block in ("− 2 (Yᵀ f Bᵀ ⊗ L)", "− 2 (B fᵀ Y ⊗ Lᵀ)", "⊗ Lᵀ G Yᵀ Y Gᵀ L)"):
        assert block in shown


def test_the_hessian_is_gauss_newton_plus_the_matrix_of_the_gradient_formula() -> None:
    """∂E/∂g = M g with M = −2 P (Yᵀ f Bᵀ ⊗ L + B fᵀ Y ⊗ Lᵀ) Pᵀ, and ∂²E/∂g² = 2 JᵀJ + M."""
    rng = np.random.default_rng(0)
    model = bound("seed")
    g = rng.standard_normal(model.size)
    curvature = model.hessian(g).toarray() - model.gauss_newton(g).toarray()
    np.testing.assert_allclose(curvature @ g, model.gradient(g), rtol=1e-11)


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_products_are_those_of_the_matrices(name: str, backend: str) -> None:
    rng = np.random.default_rng(1)
    model = bound(name, backend)
    g, v = rng.standard_normal(model.size), rng.standard_normal(model.size)
    step = 1e-6
    slope = (model.gradient(g + step * v) - model.gradient(g - step * v)) / (2 * step)
    scale = float(np.linalg.norm(slope)) + 1.0
    np.testing.assert_allclose(model.hessian(g) @ v, slope, atol=1e-6 * scale)
    if model.is_sum_of_squares:
        J = model.jacobian(g).toarray()
        np.testing.assert_allclose(
            model.gauss_newton(g).toarray(), 2 * J.T @ J, atol=1e-10 * max(np.abs(J).max() ** 2, 1)
        )


def test_operators_are_symmetric_and_keep_their_point() -> None:
    rng = np.random.default_rng(4)
    model = bound("seed", "c")
    g, other, v = (rng.standard_normal(model.size) for _ in range(3))
    hessian = model.hessian(g)
    before = hessian @ v
    model.energy(other)
    np.testing.assert_array_equal(hessian @ v, before)
    np.testing.assert_allclose(hessian.H @ v, before)
    np.testing.assert_allclose(hessian.matvec(v), hessian.toarray() @ v, rtol=1e-10)


def test_constraints_reach_the_second_order() -> None:
    rng = np.random.default_rng(5)
    problem = PROBLEMS["seed"]
    data = random_data(problem, SIZES, scattered, rng)
    plain: nz.Pattern = data["G"]
    basis = rng.standard_normal((plain.size, 4))
    reduced = problem.bind(**{**data, "G": plain.mapped(basis)}, backend="numpy")
    full = problem.bind(**data, backend="numpy")
    h = rng.standard_normal(4)
    expected = basis.T @ full.hessian(basis @ h).toarray() @ basis
    np.testing.assert_allclose(reduced.hessian(h).toarray(), expected, rtol=1e-9)


def test_a_quadratic_energy_has_the_gauss_newton_matrix_as_its_hessian() -> None:
    derivation = PROBLEMS["approximate_inverse"].derive()
    assert text(derivation.hessian.kronecker) == text(derivation.gauss_newton.kronecker)


def test_without_squares_there_is_no_gauss_newton_matrix_but_a_hessian() -> None:
    model = bound("cubic_trace")
    g = np.ones(model.size)
    with pytest.raises(TypeError, match="no sum of squares"):
        model.gauss_newton(g)
    assert model.hessian(g).toarray().shape == (model.size, model.size)


@pytest.mark.parametrize("factor", [-1, 2])
def test_a_fault_in_the_second_order_is_caught(
    monkeypatch: pytest.MonkeyPatch, factor: int
) -> None:
    original = second_order.gauss_newton_product
    from nzdiff.derive.calculus import derivation as module

    monkeypatch.setattr(
        module, "gauss_newton_product", lambda d, u: product(factor, original(d, u))
    )
    failed = {c.name for c in exact_checks(PROBLEMS["seed"].derive()) if not c.passed}
    assert failed == {"Gauss-Newton matrix, matrix form", "Gauss-Newton matrix, Kronecker form"}


def test_a_lost_summand_of_the_hessian_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from nzdiff.derive.calculus import derivation as module

    original = second_order.hessian_product

    def without_curvature(derivation: object, unknown: object) -> tuple[sp.Expr, tuple[()]]:
        expr, _ = original(derivation, unknown)  # type: ignore[arg-type]
        tangent = derivation.tangents[unknown]  # type: ignore[attr-defined]
        return expr.xreplace({tangent: sp.ZeroMatrix(*tangent.shape)}).doit(), ()

    monkeypatch.setattr(module, "hessian_product", without_curvature)
    failed = {c.name for c in exact_checks(PROBLEMS["seed"].derive()) if not c.passed}
    assert failed == {"∂²E/∂g², matrix form", "∂²E/∂g², Kronecker form"}


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PROBLEMS)
def test_diagonals_are_those_of_the_matrices(name: str, backend: str) -> None:
    model = bound(name, backend)
    g = np.random.default_rng(6).standard_normal(model.size)
    operators = [model.hessian(g)]
    operators += [model.gauss_newton(g)] if model.is_sum_of_squares else []
    for operator in operators:
        matrix = operator.toarray()
        scale = float(np.abs(matrix).max()) + 1e-300
        np.testing.assert_allclose(operator.diagonal(), np.diag(matrix), atol=1e-11 * scale)


def test_a_diagonal_under_constraints_says_so() -> None:
    problem = PROBLEMS["seed"]
    data = random_data(problem, SIZES, scattered, np.random.default_rng(5))
    mapped = data["G"].mapped(np.ones((data["G"].size, 1)))
    model = problem.bind(**{**data, "G": mapped}, backend="numpy")
    with pytest.raises(NotImplementedError, match="toarray"):
        model.hessian(np.ones(1)).diagonal()


@pytest.mark.parametrize(
    "form", ["diagonal", "row", pytest.param("column", marks=pytest.mark.slow)]
)
def test_blocks_cost_no_dense_value_of_the_size_of_the_unknown(form: AssemblyForm) -> None:
    problem = PROBLEMS["seed"]
    data = checked(problem, example_data(problem, {"n": 20_000, "m": 400, "p": 400, "k": 50}))
    requests: list[Request] = [("gauss_newton", form), ("hessian", form)]
    plan = plan_assemblies(problem.derive(), data, requests).plan
    assert len(plan.assemblies) == 2 and plan.steps
    for step in plan.steps:
        value = step.out
        assert value.support is not None or {value.rows, value.cols} != {"n", "m"}
        assert value.support is not None or {value.rows, value.cols} != {"n"}
