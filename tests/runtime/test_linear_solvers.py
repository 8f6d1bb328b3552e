"""Factorisations for both backends: values, signs, transposes, and what a singular matrix does."""

import gc

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.runtime.data.spec import DomainKind
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.kernel.linear_solvers import LinearSolvers, Structure
from nzdiff.runtime.model import Model
from problems import Floats, agree

BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_kind = pytest.mark.parametrize("kind", ["dense", "sparse"])


DEFINITE: tuple[tuple[int, DomainKind], ...] = ((0, "positive definite"),)


def stored(kind: str, matrix: Floats) -> tuple[Structure, Floats]:
    """The structure of a matrix and its values as the kernels keep them."""
    if kind == "dense":
        return len(matrix), matrix.ravel()
    found = sparse.csr_array(matrix)
    structure = (np.ones(found.nnz), found.indices, found.indptr)
    return sparse.csr_array(structure, shape=found.shape), found.data


def factored(
    kind: str, matrix: Floats, domains: tuple[tuple[int, DomainKind], ...] = ()
) -> tuple[LinearSolvers, Floats]:
    """Solvers of one matrix A, factorised, and (log |det A|, sign)."""
    structure, values = stored(kind, matrix)
    solvers, out = LinearSolvers((structure,), ("A",), domains), np.full(2, np.nan)
    kept = values.copy()
    solvers.factor(0, values, out)
    assert np.array_equal(values, kept, equal_nan=True)
    return solvers, out


def solved(solvers: LinearSolvers, b: Floats, transposed: int = 0) -> Floats:
    out = np.full(b.shape, np.nan)
    solvers.solve(0, transposed, b.shape[1], b.ravel(), out.ravel())
    return out


def unsymmetric(size: int, rng: np.random.Generator) -> Floats:
    """A sparse matrix whose pattern is not that of its transpose, with rows out of order."""
    matrix = np.where(rng.random((size, size)) < 0.2, rng.standard_normal((size, size)), 0.0)
    matrix[np.arange(size), rng.permutation(size)] = 2.0 + rng.random(size)
    return matrix


@every_kind
@pytest.mark.parametrize("size", [1, 2, 5, 12, 40])
def test_determinants_and_solutions_are_those_of_numpy(
    kind: str, size: int, rng: np.random.Generator
) -> None:
    for _ in range(4):
        matrix = unsymmetric(size, rng)
        solvers, (log_det, sign) = factored(kind, matrix)
        expected = np.linalg.slogdet(matrix)
        assert (sign, pytest.approx(log_det, rel=1e-11, abs=1e-11)) == tuple(expected)
        for width in (0, 1, 4):
            b = rng.standard_normal((size, width))
            assert agree(matrix @ solved(solvers, b), b, 1e-10)
            assert agree(matrix.T @ solved(solvers, b, 1), b, 1e-10)
        solvers.raise_pending()


@every_kind
def test_the_sign_of_a_permutation_matrix_is_its_parity(
    kind: str, rng: np.random.Generator
) -> None:
    for size in (2, 3, 4, 7, 8):
        for _ in range(6):
            matrix = np.eye(size)[rng.permutation(size)] * rng.choice([-1.0, 1.0], size)
            assert factored(kind, matrix)[1].tolist() == [0.0, round(np.linalg.det(matrix))]


@every_kind
def test_the_determinant_of_nothing_is_one(kind: str) -> None:
    solvers, out = factored(kind, np.zeros((0, 0)))
    assert out.tolist() == [0.0, 1.0]
    assert solved(solvers, np.zeros((0, 3))).shape == (0, 3)
    solvers.raise_pending()


def test_a_determinant_may_be_too_large_for_a_number() -> None:
    for kind in ("dense", "sparse"):
        log_det, sign = factored(kind, -1e200 * np.eye(3))[1]
        assert (sign, log_det) == (-1.0, pytest.approx(600 * np.log(10)))


SINGULAR = {
    "zero": np.zeros((3, 3)),
    "rank one": np.ones((3, 3)),
    "an empty row": np.diag([1.0, 0.0, 2.0]),
    "an empty column": np.array([[1.0, 0.0], [1.0, 0.0]]),
    "nan": np.array([[1.0, np.nan], [0.0, 1.0]]),
    "infinite": np.array([[1.0, np.inf], [0.0, 1.0]]),
}


@every_kind
@pytest.mark.parametrize("case", list(SINGULAR))
def test_a_singular_matrix_is_said_once_and_only_when_solved_with(kind: str, case: str) -> None:
    matrix = SINGULAR[case]
    solvers, out = factored(kind, matrix)
    assert out.tolist() == [-np.inf, 0.0]
    solvers.raise_pending()
    assert np.isnan(solved(solvers, np.ones((len(matrix), 2)))).all()
    with pytest.raises(np.linalg.LinAlgError, match=r"^A: the . × . matrix is singular at this g"):
        solvers.raise_pending()
    solvers.raise_pending()


@every_kind
def test_a_factorisation_does_not_outlive_a_singular_one(kind: str) -> None:
    structure, values = stored(kind, np.array([[2.0, 1.0], [1.0, 3.0]]))
    solvers, out = LinearSolvers((structure,), ("A",)), np.zeros(2)
    for scale in (1.0, 0.0, 2.0):
        solvers.factor(0, scale * values, out)
        finite = np.isfinite(solved(solvers, np.ones((2, 1)))).all()
        assert finite == (scale != 0.0)
        if not finite:
            with pytest.raises(np.linalg.LinAlgError):
                solvers.raise_pending()


# positive definite matrices


def definite(size: int, rng: np.random.Generator) -> Floats:
    """A symmetric positive definite matrix with zeros, its diagonal small in places."""
    matrix = unsymmetric(size, rng) * rng.choice([0.1, 1.0], size)[:, None]
    return np.asarray(matrix @ matrix.T)


@every_kind
@pytest.mark.parametrize("size", [0, 1, 2, 5, 12, 40])
def test_cholesky_agrees_with_numpy(kind: str, size: int, rng: np.random.Generator) -> None:
    for _ in range(4):
        matrix = definite(size, rng)
        solvers, (log_det, sign) = factored(kind, matrix, DEFINITE)
        expected = np.linalg.slogdet(matrix)
        assert (sign, pytest.approx(log_det, rel=1e-11, abs=1e-11)) == tuple(expected)
        for transposed in (0, 1):
            b = rng.standard_normal((size, 3))
            assert agree(matrix @ solved(solvers, b, transposed), b, 1e-8)
        solvers.raise_pending()


@every_kind
def test_a_tridiagonal_matrix_of_2000_rows_is_decided(kind: str) -> None:
    """Eigenvalues 2 − 2 cos(π k / 2001) + shift: all positive, or the smallest one negative."""
    size = 2000
    matrix = 2.0 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    least = 2.0 - 2.0 * np.cos(np.pi / (size + 1))
    solvers, (log_det, sign) = factored(kind, matrix, DEFINITE)
    assert (sign, log_det) == (1.0, pytest.approx(np.log(size + 1)))
    solvers.raise_pending()
    for shift, holds in ((-0.99 * least, True), (-1.01 * least, False)):
        solvers, (_, sign) = factored(kind, matrix + shift * np.eye(size), DEFINITE)
        assert sign == float(holds)


NOT_DEFINITE = {
    **{name: matrix for name, matrix in SINGULAR.items() if np.array_equal(matrix, matrix.T)},
    "minus the identity, of determinant 1": -np.eye(2),
    "indefinite": np.array([[1.0, 2.0], [2.0, 1.0]]),
    "a diagonal of zeros": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "a zero within": np.array([[4.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 3.0]]),
    "two eigenvalues below 0": np.diag([3.0, -1.0, -2.0, 1.0]),
    "nan": np.diag([1.0, np.nan]),
    "infinite": np.diag([1.0, np.inf]),
}


@every_kind
@pytest.mark.parametrize("case", list(NOT_DEFINITE))
def test_a_matrix_that_is_not_positive_definite_is_refused(kind: str, case: str) -> None:
    matrix = NOT_DEFINITE[case]
    solvers, out = factored(kind, matrix, DEFINITE)
    assert out.tolist() == [-np.inf, 0.0]
    assert np.isnan(solved(solvers, np.ones((len(matrix), 2)))).all()
    with pytest.raises(np.linalg.LinAlgError, match=r"^A: the . × . matrix is not positive def"):
        solvers.raise_pending()
    solvers.raise_pending()


def test_callbacks_live_as_long_as_the_structure() -> None:
    struct, out = LinearSolvers((1,), ("A",)).c_struct(), np.zeros(2)
    gc.collect()
    values = np.array([-1.0])
    struct.factor(0, values.ctypes.data, out.ctypes.data)
    assert out.tolist() == [0.0, -1.0]


def test_callbacks_keep_what_they_raise() -> None:
    solvers, out = LinearSolvers((2,), ("A",)), np.zeros(2)
    struct = solvers.c_struct()
    struct.factor(7, out.ctypes.data, out.ctypes.data)
    struct.solve(8, 0, 1, out.ctypes.data, out.ctypes.data)
    with pytest.raises(IndexError):
        solvers.raise_pending()
    solvers.raise_pending()


# in a model: f = G⁻¹ B, the stored values of G unknown

n, k = nz.dims("n k")
B = nz.dense("B", n, k)


def model_of(kind: str, backend: str, matrix: Floats, b: Floats) -> Model:
    """The model of ‖G⁻¹ B‖² on the pattern of a sparse matrix, or of a dense unknown."""
    G = nz.sparse("G", n, n) if kind == "sparse" else nz.dense("G", n, n)
    problem = nz.Problem(nz.sumsq(G.inv() * B), wrt=G)
    pattern = nz.Pattern.from_scipy(sparse.csr_array(matrix)) if kind == "sparse" else matrix
    return problem.bind(G=pattern, B=b, backend=backend)


@every_backend
@every_kind
def test_a_model_solves(kind: str, backend: str, rng: np.random.Generator) -> None:
    matrix, b = unsymmetric(5, rng), rng.standard_normal((5, 2))
    model = model_of(kind, backend, matrix, b)
    expected = np.linalg.solve(matrix, b)
    g = model.pack(matrix)
    assert agree(model.residual(g), expected.ravel(order="F"))
    assert agree(model.energy(g), np.sum(expected**2))


@every_backend
@every_kind
def test_a_model_never_answers_at_a_singular_g(kind: str, backend: str) -> None:
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    model = model_of(kind, backend, matrix, np.ones((2, 1)))
    good, bad = model.pack(matrix), np.ones(4)
    energy, gradient = model.energy_and_gradient(good)
    for _ in range(2):
        with pytest.raises(np.linalg.LinAlgError, match=r"^G: .* singular at this g"):
            model.energy(bad)
        with pytest.raises(np.linalg.LinAlgError):
            model.residual(bad)
        with pytest.raises(np.linalg.LinAlgError):
            model.jvp(bad, good)
        assert model.energy(good) == energy
        assert np.array_equal(model.gradient(good), gradient)
