"""A model in SciPy: each method of `minimize`, nonlinear constraints, operators as matrices."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import NonlinearConstraint, least_squares, minimize

import nzdiff as nz
from nzdiff.runtime.operators import SecondOrder

GRADIENT = ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP"]
HESSIAN = ["Newton-CG", "trust-constr", "dogleg", "trust-ncg", "trust-krylov"]
PRODUCTS = ["Newton-CG", "trust-constr", "trust-ncg", "trust-krylov"]
n, m = nz.dims("n m")
A, B, G = nz.dense("A", n, n), nz.dense("B", n, m), nz.sparse("G", n, m)
PATTERN = nz.Pattern(([0, 0, 1, 2, 3, 3], [0, 2, 1, 2, 0, 1]), (4, 3))


@pytest.fixture(scope="module")
def model() -> nz.Model:
    rng = np.random.default_rng(0)
    problem = nz.Problem(nz.sumsq(A * G - B) + nz.sumsq(nz.exp(G)), wrt=G)
    return problem.bind(A=rng.normal(size=(4, 4)), B=rng.normal(size=(4, 3)), G=PATTERN)


@pytest.fixture(scope="module")
def squares() -> nz.Model:
    """The row sums of G ∘ G, shape (4,)."""
    problem = nz.Problem(nz.hadamard(G, G) * nz.ones(m, 1), wrt=G)
    return problem.bind(G=PATTERN)


@pytest.fixture
def g0() -> np.ndarray:
    return np.linspace(-0.5, 0.7, 6)


@pytest.fixture(scope="module")
def least(model: nz.Model) -> float:
    return float(nz.solve(model, np.zeros(6), rtol=1e-12).fun)


@pytest.mark.parametrize("method", ["Nelder-Mead", "Powell", "COBYLA", "COBYQA"])
def test_methods_without_derivatives(
    method: str, model: nz.Model, g0: np.ndarray, least: float
) -> None:
    assert minimize(model.energy, g0, method=method).fun <= least + 1e-3


@pytest.mark.parametrize("method", GRADIENT)
def test_methods_with_a_gradient(
    method: str, model: nz.Model, g0: np.ndarray, least: float
) -> None:
    found = minimize(model.energy, g0, jac=model.gradient, method=method)
    assert found.fun <= least + 1e-5 and found.success


@pytest.mark.filterwarnings("ignore::UserWarning")  # of SciPy's trust-constr: delta_grad is zero
@pytest.mark.parametrize("method", HESSIAN)
def test_methods_with_a_hessian(method: str, model: nz.Model, g0: np.ndarray, least: float) -> None:
    found = minimize(model.energy, g0, jac=model.gradient, hess=model.hessian, method=method)
    assert found.fun <= least + 1e-8 and found.success


@pytest.mark.parametrize("method", PRODUCTS)
def test_methods_with_products(method: str, model: nz.Model, g0: np.ndarray, least: float) -> None:
    found = minimize(model.energy, g0, jac=model.gradient, hessp=model.hessp, method=method)
    assert found.fun <= least + 1e-8 and found.success


@pytest.mark.parametrize("method", ["trust-exact", "dogleg", "Newton-CG", "trust-ncg"])
def test_methods_with_an_assembled_hessian(
    method: str, model: nz.Model, g0: np.ndarray, least: float
) -> None:
    def hessian(g: np.ndarray) -> np.ndarray:
        return model.hessian(g).toarray()

    found = minimize(model.energy, g0, jac=model.gradient, hess=hessian, method=method)
    assert found.fun <= least + 1e-8 and found.success


def test_trust_exact_says_that_it_wants_an_array(model: nz.Model, g0: np.ndarray) -> None:
    with pytest.raises(AttributeError, match=r"linear operator; toarray\(\) gives the matrix"):
        minimize(model.energy, g0, jac=model.gradient, hess=model.hessian, method="trust-exact")


@pytest.mark.parametrize("method", ["trust-ncg", "trust-krylov"])
def test_methods_by_products_assemble_nothing(
    method: str, model: nz.Model, g0: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SecondOrder, "toarray", lambda _: pytest.fail("assembled"))
    assert minimize(model.energy, g0, jac=model.gradient, hess=model.hessian, method=method).success


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("method", ["trust-constr", "SLSQP", "COBYQA"])
@pytest.mark.parametrize(
    ("lower", "upper"),
    [(-np.inf, 0.05), (0.1, np.inf), (0.1, 0.1), (0.1, 0.2), ([-np.inf, 0.1, 0.1, 0.1], 1.0)],
)
def test_a_matrix_function_is_a_nonlinear_constraint(
    method: str, lower: float, upper: float, model: nz.Model, squares: nz.Model, g0: np.ndarray
) -> None:
    constraint = NonlinearConstraint(
        squares.residual, lower, upper, jac=squares.jacobian, hess=squares.hessian
    )
    derivatives = {} if method == "COBYQA" else {"jac": model.gradient}
    if method == "trust-constr":
        derivatives["hess"] = model.hessian
    found = minimize(model.energy, g0, method=method, constraints=constraint, **derivatives)
    values = squares.residual(found.x)
    assert (values >= np.subtract(lower, 1e-6)).all() and (values <= np.add(upper, 1e-6)).all()


def test_least_squares_takes_the_jacobian(model: nz.Model, g0: np.ndarray, least: float) -> None:
    found = least_squares(model.residual, g0, jac=model.jacobian, xtol=1e-12)
    assert 2 * found.cost == pytest.approx(least, rel=1e-6)


def test_numpy_sees_the_matrix_of_an_operator(
    model: nz.Model, squares: nz.Model, g0: np.ndarray
) -> None:
    jacobian = squares.jacobian(g0)
    for operator in (model.hessian(g0), model.gauss_newton(g0), jacobian):
        matrix = operator.toarray()
        assert np.array_equal(np.asarray(operator), matrix)
        assert np.array_equal(np.array(operator, copy=True), matrix)
        assert np.asarray(operator, dtype=np.float32).dtype == np.float32
        assert np.array_equal(np.diag(operator), np.diag(matrix))
        assert np.array_equal(np.vstack([operator, operator]), np.vstack([matrix, matrix]))
        assert np.linalg.norm(operator) == np.linalg.norm(matrix)
        np.testing.assert_allclose(np.dot(operator, g0), matrix @ g0, atol=1e-12)
    assert np.array_equal(model.hessian(g0).T, model.hessian(g0).toarray())
    assert np.array_equal(jacobian.T, jacobian.toarray().T) and jacobian.T.T is jacobian
    assert np.array_equal(jacobian.T @ np.ones(4), jacobian.rmatvec(np.ones(4)))
    assert np.array_equal(jacobian[1:3], jacobian.toarray()[1:3])
    assert np.array_equal(-jacobian, -jacobian.toarray())
    assert np.array_equal(2.0 * jacobian @ g0, 2.0 * (jacobian @ g0))


def test_an_array_without_a_copy_is_refused(model: nz.Model, g0: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"toarray\(\)"):
        model.hessian(g0).__array__(copy=False)


def test_the_sparse_forms_agree(g0: np.ndarray) -> None:
    model = nz.Problem(nz.sumsq(nz.hadamard(B, G)), wrt=G).bind(G=PATTERN, B=np.ones((4, 3)))
    jacobian = model.jacobian(g0)
    for operator in (model.hessian(g0), model.gauss_newton(g0), jacobian, jacobian.T):
        found = operator.tocsr()
        assert isinstance(found, sparse.csr_array) and operator.toarray().any()
        assert np.array_equal(found.toarray(), operator.tocsc().toarray())
        assert np.array_equal(found.toarray(), operator.toarray())


def test_a_dense_matrix_has_no_sparse_form() -> None:
    A, G = nz.dense("A", 2, 2), nz.dense("G", 2, 1)
    model = nz.Problem(nz.sumsq(A * G), wrt=G).bind(A=np.eye(2) + 1, G=(2, 1), backend="numpy")
    jacobian = model.jacobian(np.ones(2))
    assert not jacobian.is_sparse
    for convert in (jacobian.tocsr, jacobian.tocsc, jacobian.T.tocsr):
        with pytest.raises(TypeError, match=r"dense by its structure.*toarray\(\)"):
            convert()


def test_products_of_the_hessian_are_checked(model: nz.Model, g0: np.ndarray) -> None:
    assert np.array_equal(model.hessp(g0, 2 * g0), model.hessian(g0) @ (2 * g0))
    with pytest.raises(ValueError, match="v"):
        model.hessp(g0, g0[:3])
