"""The table of problems and of situations that tests share: expression × pattern × sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from nzdiff.derive.language.symbols import Matrix

Floats = NDArray[np.float64]
Generator = np.random.Generator

n, m, p, k = nz.dims("n m p k")
X, Y, B, C = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k), nz.dense("C", m, n)
D, V = nz.diagonal("D", n), nz.diagonal("V", m)
Z = nz.dense("Z", m, k)
L, S = nz.sparse("L", n, n), nz.sparse("S", n, n, symmetric=True)
G, H = nz.sparse("G", n, m), nz.sparse("H", n, m)
A, M = nz.sparse("A", n, n), nz.sparse("M", n, n)
mu = nz.scalar("mu")
eye = sp.Identity(n)
R, E, Q = nz.dense("R", n, k), nz.dense("E", p, n), nz.dense("Q", n, n)
U, T = nz.dense("U", p, m), nz.dense("T", n, n, symmetric=True)
N, x, y = nz.dense("N", n, m), nz.dense("x", n), nz.dense("y", m)


def seed() -> nz.Problem:
    """E = ‖X − Y Gᵀ L G B‖², L not symmetric."""
    return nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G)


def seed_sparse_first() -> nz.Problem:
    """The seed, spelled (Gᵀ L G) B."""
    return nz.Problem(nz.sumsq(X - Y * ((G.T * L * G) * B)), wrt=G)


def seed_dense_first() -> nz.Problem:
    """The seed, spelled Gᵀ (L (G B))."""
    return nz.Problem(nz.sumsq(X - Y * (G.T * (L * (G * B)))), wrt=G)


def seed_diagonal() -> nz.Problem:
    """The seed with a diagonal Y, as in spectral coarsening."""
    return nz.Problem(nz.sumsq(Z - V * G.T * L * G * B), wrt=G)


def seed_symmetric() -> nz.Problem:
    """The seed with L declared symmetric."""
    return nz.Problem(nz.sumsq(X - Y * G.T * S * G * B), wrt=G)


def approximate_inverse() -> nz.Problem:
    """SPAI: E = ‖A M − I‖² by M; the residual is sparse."""
    return nz.Problem(nz.sumsq(A * M - sp.Identity(n)), wrt=M)


def regularised() -> nz.Problem:
    """Two weighted residuals, one weight a scalar argument."""
    return nz.Problem(3 * nz.sumsq(X - Y * G.T * L * G * B) + mu**2 * nz.sumsq(G), wrt=G)


def two_unknowns() -> nz.Problem:
    """Two unknowns, both in both residuals."""
    return nz.Problem(nz.sumsq(X - Y * G.T * L * H * B) + nz.sumsq(G - H), wrt=(G, H))


def two_unknowns_backwards() -> nz.Problem:
    """Unknowns in another order than by name; the second residual holds only one of them."""
    energy = nz.sumsq(C.T - 2 * (G + H) * (H.T * G)) + mu * nz.sumsq(H)
    return nz.Problem(energy, wrt=(H, G))


def traces() -> nz.Problem:
    """No sum of squares: traces and a constant beside a squared norm."""
    quadratic = sp.Trace(G.T * S * G) / 2 + mu * sp.Trace(C * G) - 5
    return nz.Problem(nz.sumsq(X - Y * G.T * S * G * B) + quadratic, wrt=G)


def cubic_trace() -> nz.Problem:
    """A trace of third degree, with transposes."""
    return nz.Problem(sp.Trace(A * A * A.T) + nz.sumsq(A.T - A), wrt=A)


def difference_of_squares() -> nz.Problem:
    """A negative weight: no sum of squares either."""
    return nz.Problem(nz.sumsq(G.T * L * G) - mu**2 * nz.sumsq(G), wrt=G)


def sparse_residual() -> nz.Problem:
    """A residual with the pattern of GᵀLG ∪ I."""
    return nz.Problem(nz.sumsq(G.T * L * G - V), wrt=G)


def cubic() -> nz.Problem:
    """E = ‖A³‖²."""
    return nz.Problem(nz.sumsq(A**3), wrt=A)


def transposed_sums() -> nz.Problem:
    """Transposes of sums and of products, dense and sparse summands mixed."""
    energy = nz.sumsq(L * G * C - D) + nz.sumsq((L * G * C).T * (D + L))
    return nz.Problem(energy, wrt=G)


def only_the_unknown() -> nz.Problem:
    """E = ‖G‖²: no product at all."""
    return nz.Problem(nz.sumsq(G), wrt=G)


BUILDERS: tuple[Callable[[], nz.Problem], ...] = (
    seed,
    seed_sparse_first,
    seed_dense_first,
    seed_diagonal,
    seed_symmetric,
    approximate_inverse,
    regularised,
    two_unknowns,
    two_unknowns_backwards,
    traces,
    cubic_trace,
    difference_of_squares,
    sparse_residual,
    cubic,
    transposed_sums,
    only_the_unknown,
)
PROBLEMS = {build.__name__: build() for build in BUILDERS}
"""Every problem by name."""
NO_SQUARES = ("traces", "cubic_trace", "difference_of_squares")
"""Those without a residual."""
SUMS_OF_SQUARES = tuple(name for name in PROBLEMS if name not in NO_SQUARES)


# the whole language: every operation once, on sparse and dense operands and unknowns


def sparse_inverse() -> nz.Problem:
    """A solve with a sparse matrix, its right side sparse · dense."""
    return nz.Problem(nz.sumsq(R - (A + 6 * eye).inv() * L * R), wrt=A)


def two_solves() -> nz.Problem:
    """Solves with a matrix and with its transpose, on both sides of a product."""
    inverse = (A + 6 * eye).inv()
    return nz.Problem(nz.sumsq(Z - C * inverse * L * inverse.T * R), wrt=A)


def inverse_of_a_product() -> nz.Problem:
    """Ridge regression: the inverse of a symmetric matrix made of the unknown."""
    return nz.Problem(nz.sumsq(Z - (G.T * G + 2 * V * V).inv() * G.T * R), wrt=G)


def log_determinant() -> nz.Problem:
    """log |det| of a sparse matrix, its gradient needed at a sparse pattern."""
    return nz.Problem(nz.logdet(A + 6 * eye) + mu * nz.sumsq(A), wrt=A)


def determinant() -> nz.Problem:
    """det of a dense unknown, and as a factor."""
    return nz.Problem(nz.det(Q) + nz.det(Q * D) * nz.trace(Q), wrt=Q)


def covariance() -> nz.Problem:
    """The sparse symmetric maximum-likelihood estimate: tr(A S) − log |det S|."""
    return nz.Problem(nz.trace(Q * S) - nz.logdet(S), wrt=S)


def definite_and_sparse() -> nz.Problem:
    """log det of a positive definite sparse matrix, its factors shared by a solve."""
    shifted = S + 20 * eye
    return nz.Problem(nz.trace(Q * shifted.inv()) - nz.logdet(shifted, positive=True), wrt=S)


def definite_and_dense() -> nz.Problem:
    """log det of a Gram matrix of a dense unknown, and of data beside it."""
    gram = nz.identity(m) + U.T * U
    fitted = nz.sumsq(Z - gram.inv() * Z)
    return nz.Problem(fitted + mu * nz.logdet(gram, positive=True), wrt=U)


def on_domains() -> nz.Problem:
    """A sum of squares where a sparse matrix is positive definite, and two others are stable."""
    fitted = nz.sumsq(R - A * S * R)
    near = (nz.domain(S - 40 * eye, "hurwitz"), nz.domain(S / 40, "schur"))
    return nz.Problem(fitted + nz.domain(S + 20 * eye) + near[0] + near[1], wrt=S)


def equations() -> nz.Problem:
    """Every kind of equation, of which two want a stable matrix."""
    lyap, dlyap = nz.lyap(A - 40 * eye, Q), nz.dlyap(A / 90, Q)
    rest = nz.inner(nz.sylvester(A + 40 * eye, L / 9, Q), nz.stein(L / 90, A / 9, T))
    return nz.Problem(nz.sumsq(40 * lyap + dlyap) + rest, wrt=A)


def hadamard_products() -> nz.Problem:
    """Entrywise products of sparse with sparse and with dense."""
    return nz.Problem(nz.sumsq(nz.hadamard(G, H) * B) + nz.sumsq(nz.hadamard(N, G, G)), wrt=G)


def masked() -> nz.Problem:
    """A dense product compared at the stored positions of data alone."""
    return nz.Problem(nz.sumsq(nz.mask(L - G * B * R.T, A)), wrt=G)


def sine() -> nz.Problem:
    """f(0) = 0: the sine of a sparse matrix is sparse."""
    return nz.Problem(nz.sumsq(R - nz.sin(G) * B), wrt=G)


def exponential() -> nz.Problem:
    """f(0) ≠ 0: the exponential of a sparse matrix is dense."""
    return nz.Problem(nz.sumsq(R - nz.exp(G / 3) * B) + nz.total(nz.exp(G)), wrt=G)


def mapped_nonzeros() -> nz.Problem:
    """f(0) ≠ 0, at the stored entries alone."""
    return nz.Problem(nz.sumsq(R - nz.map_nonzeros(lambda t: 1 / (2 + t**2), G) * B), wrt=G)


def penalties() -> nz.Problem:
    """Sums of functions with a scalar in them: what robust and sparse estimation minimise."""
    smooth = nz.entrywise(lambda t: sp.sqrt(t**2 + mu**2) - mu, G)
    heavy = nz.log(nz.entrywise(lambda t: 1 + t**2, G * B))
    return nz.Problem(nz.total(smooth) + nz.total(heavy) + nz.total(nz.softplus(G * B)), wrt=G)


def quotients() -> nz.Problem:
    """Quotients entry by entry."""
    below = nz.entrywise(lambda t: 2 + t**2, G * B)
    return nz.Problem(nz.sumsq(nz.quotient(R, below)), wrt=G)


def kronecker_product() -> nz.Problem:
    """Squares of the entries of G ⊗ B, the unknown in the left factor; and in the right one.

    Without the squares they would be products: G ⊗ B is nowhere where identities apply.
    """
    residuals = nz.power(nz.kron(G, B), 2) * nz.vec(Z.T) - nz.vec(C), nz.power(nz.kron(y.T, G), 2)
    return nz.Problem(nz.sumsq(residuals[0]) + nz.sumsq(residuals[1]), wrt=G)


def diagonals() -> nz.Problem:
    """diag of a column and the diagonal of a matrix."""
    return nz.Problem(nz.sumsq(nz.diag_of(A * A.T) - x) + nz.sumsq(nz.diag(A * x) * R), wrt=A)


def vectors() -> nz.Problem:
    """vec, K and back again."""
    turned = nz.unvec(nz.commutation(m, n) * nz.vec(G.T * D), n, m)
    return nz.Problem(nz.sumsq(turned * B - R), wrt=G)


def stacked() -> nz.Problem:
    """Blocks above and beside each other."""
    above = nz.vstack(G, mu * nz.identity(m)) * B - nz.vstack(R, Z)
    return nz.Problem(nz.sumsq(above) + nz.sumsq(nz.hstack(L * G, N)), wrt=G)


def units_and_ones() -> nz.Problem:
    """Single entries, row sums and the sum of all entries."""
    corner = nz.entry(G * B, 0, 0) ** 2 + nz.sumsq(nz.unit(0, 0, n, m) - G)
    return nz.Problem(corner + nz.sumsq(G * nz.ones(m) - x) + nz.total(G) ** 3, wrt=G)


def numbers_as_factors() -> nz.Problem:
    """Numbers made of the unknown, as factors of a matrix and inside functions."""
    return nz.Problem(nz.sumsq(nz.trace(A) * A - L) + nz.log(1 + nz.sumsq(A)), wrt=A)


def rayleigh_quotient() -> nz.Problem:
    """A quotient of two traces."""
    return nz.Problem(nz.trace(G.T * S * G) / (1 + nz.trace(G.T * G)), wrt=G)


def norms() -> nz.Problem:
    """Norms that are not squared."""
    return nz.Problem(nz.norm(R - G * B) + nz.norm(R - G * B, 4), wrt=G)


def dense_and_sparse() -> nz.Problem:
    """Sparse coding: a dense and a sparse unknown."""
    return nz.Problem(nz.sumsq(E - U * G.T) + mu * nz.sumsq(G), wrt=(U, G))


def dense_unknown() -> nz.Problem:
    """Logistic regression on a dense unknown."""
    return nz.Problem(nz.total(nz.softplus(nz.hadamard(X, U * B))) + nz.sumsq(U), wrt=U)


def diagonal_unknown() -> nz.Problem:
    """A diagonal unknown in a product, an inverse and a determinant."""
    return nz.Problem(nz.sumsq(Z - C * D.inv() * R) + nz.logdet(D) + nz.trace(D * D), wrt=D)


def dense_symmetric_unknown() -> nz.Problem:
    """A dense symmetric unknown: one number per pair of equal entries."""
    return nz.Problem(nz.sumsq((T + 9 * eye).inv() * R) + nz.trace(Q * T), wrt=T)


def function_of_an_inverse() -> nz.Problem:
    """A matrix function: a solve."""
    return nz.Problem((A + 6 * eye).inv() * R, wrt=A)


def function_that_is_sparse() -> nz.Problem:
    """A matrix function with a sparse value."""
    return nz.Problem(nz.hadamard(G, nz.exp(G)) + nz.trace(G.T * N) * H, wrt=G)


FULL = ("full", "one_of_each")
SOME = ("scattered", "full")
CALCULUS_CELLS: tuple[tuple[Callable[[], nz.Problem], tuple[str, ...]], ...] = (
    (sparse_inverse, ("scattered", "empty", "tied")),
    (two_solves, SOME),
    (inverse_of_a_product, (*SOME, "one_row")),
    (log_determinant, (*SOME, "duplicated")),
    (determinant, FULL),
    (covariance, ("scattered", "one_row")),
    (definite_and_sparse, ("scattered", "one_row")),
    (definite_and_dense, FULL),
    (on_domains, ("scattered",)),
    (equations, ("scattered",)),
    (hadamard_products, (*SOME, "empty")),
    (masked, SOME),
    (sine, (*SOME, "duplicated")),
    (exponential, (*SOME, "empty")),
    (mapped_nonzeros, (*SOME, "empty")),
    (penalties, (*SOME, "tied")),
    (quotients, SOME),
    (kronecker_product, (*SOME, "one_column")),
    (diagonals, (*SOME, "one_row")),
    (vectors, SOME),
    (stacked, (*SOME, "row_sums")),
    (units_and_ones, (*SOME, "one_of_each")),
    (numbers_as_factors, (*SOME, "empty")),
    (rayleigh_quotient, SOME),
    (norms, SOME),
    (dense_and_sparse, (*SOME, "row_residual")),
    (dense_unknown, FULL),
    (diagonal_unknown, FULL),
    (dense_symmetric_unknown, FULL),
    (function_of_an_inverse, SOME),
    (function_that_is_sparse, (*SOME, "empty")),
)
CALCULUS = {build.__name__: build() for build, _ in CALCULUS_CELLS}
"""One problem or more for every operation beyond products, by name."""


# patterns


def scattered(rng: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """About a third of all positions in random order; first row and last column stay empty."""
    rows, cols = shape
    chosen = rng.random(shape) < 0.35
    chosen[0, :] = chosen[:, -1] = False
    i, j = np.nonzero(chosen)
    order = rng.permutation(i.size)
    return nz.Pattern((i[order], j[order]), (rows, cols))


def empty(_: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """No stored value."""
    return nz.Pattern(([], []), shape)


def full(_: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """Every position."""
    return nz.Pattern.full(shape)


def shuffled(rng: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """Every position, in random order."""
    places = rng.permutation(shape[0] * shape[1])
    return nz.Pattern((places // shape[1], places % shape[1]), shape)


def duplicated(rng: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """As many entries as positions, drawn with replacement, so that many add up."""
    count = shape[0] * shape[1]
    return nz.Pattern(
        (rng.integers(shape[0], size=count), rng.integers(shape[1], size=count)), shape
    )


def tied(rng: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """Entries in groups that share a value up to a factor, plus fixed values."""
    pattern = scattered(rng, shape)
    groups = max(pattern.size // 3, 1)
    factors = rng.standard_normal(pattern.size)
    owner = rng.integers(groups, size=pattern.size)
    ties = sparse.csr_array(
        (factors, (np.arange(pattern.size), owner)), shape=(pattern.size, groups)
    )
    return pattern.mapped(ties, rng.standard_normal(pattern.size))


def row_sums(rng: Generator, shape: tuple[int, int]) -> nz.Pattern:
    """Every position, G @ weights = values."""
    weights, values = rng.uniform(0.5, 2, shape[1]), rng.standard_normal(shape[0])
    return shuffled(rng, shape).with_row_sums(weights, values)


@dataclass(frozen=True, slots=True)
class Situation:
    """Sizes, and how the patterns of the unknowns are made."""

    sizes: dict[str, int]
    pattern: Callable[[Generator, tuple[int, int]], nz.Pattern]


USUAL = {"n": 9, "m": 6, "p": 5, "k": 4}
SITUATIONS = {
    "scattered": Situation(USUAL, scattered),
    "empty": Situation(USUAL, empty),
    "full": Situation({"n": 5, "m": 4, "p": 3, "k": 2}, full),
    "shuffled": Situation({"n": 4, "m": 6, "p": 2, "k": 7}, shuffled),
    "one_row": Situation({**USUAL, "n": 1}, shuffled),
    "one_column": Situation({**USUAL, "m": 1}, shuffled),
    "one_of_each": Situation({"n": 1, "m": 1, "p": 1, "k": 1}, full),
    "row_residual": Situation({**USUAL, "p": 1}, scattered),
    "column_residual": Situation({**USUAL, "k": 1}, scattered),
    "wide": Situation({"n": 12, "m": 4, "p": 3, "k": 40}, scattered),
    "duplicated": Situation(USUAL, duplicated),
    "tied": Situation(USUAL, tied),
    "row_sums": Situation({"n": 5, "m": 4, "p": 3, "k": 2}, row_sums),
}
"""Every kind of pattern and shape by name."""
CELLS = [(problem, situation) for problem in PROBLEMS for situation in SITUATIONS]
CELLS_OF_CALCULUS = [
    (b.__name__, situation) for b, chosen in CALCULUS_CELLS for situation in chosen
]


# data


def random_data(
    problem: nz.Problem,
    sizes: dict[str, int],
    pattern: Callable[[Generator, tuple[int, int]], nz.Pattern],
    rng: Generator,
) -> dict[str, Any]:
    """Data of a problem by name, as `Problem.bind` takes it."""
    data: dict[str, Any] = {str(s.name): float(rng.uniform(0.5, 2)) for s in problem.scalars}
    for matrix in problem.matrices:
        shape = (size_of(matrix.rows, sizes), size_of(matrix.cols, sizes))
        unknown = matrix in problem.wrt
        data[str(matrix.name)] = (
            _unknown(matrix, shape, pattern, rng) if unknown else _matrix(matrix, shape, rng)
        )
    return data


def size_of(size: Any, sizes: dict[str, int]) -> int:
    """A declared size as a number."""
    return int(size) if size.is_Integer else sizes[str(size)]


def _unknown(
    matrix: Matrix,
    shape: tuple[int, int],
    pattern: Callable[[Generator, tuple[int, int]], nz.Pattern],
    rng: Generator,
) -> Any:
    """The shape of an unknown that is not sparse; a symmetric one has all of its diagonal."""
    if matrix.kind_of != "sparse":
        return shape
    found = pattern(rng, shape)
    if not matrix.symmetric:
        return found
    places = found.to_csr(np.ones(found.size)).toarray() != 0
    rows, cols = np.nonzero(places | places.T | np.eye(shape[0], dtype=bool))
    return nz.Pattern((rows, cols), shape).symmetric()


def _matrix(matrix: Matrix, shape: tuple[int, int], rng: Generator) -> Any:
    if matrix.kind_of == "dense":
        values = rng.standard_normal(shape)
        return values + values.T if matrix.symmetric else values
    if matrix.kind_of == "diagonal":
        return rng.standard_normal(shape[0])
    count = 3 * shape[0]  # unsorted, some of them at one position, some rows empty
    i, j = rng.integers(shape[0], size=count), rng.integers(shape[1], size=count)
    plain = sparse.coo_array((rng.standard_normal(count), (i, j)), shape=shape)
    return sparse.csc_array(plain + plain.T) if matrix.symmetric else plain


def agree(left: Any, right: Any, tolerance: float = 1e-12) -> bool:
    """Whether two results of one shape differ by rounding only, relative to their size."""
    left, right = np.asarray(left), np.asarray(right)
    scale = max(float(np.linalg.norm(left)), float(np.linalg.norm(right)), 1.0)
    return left.shape == right.shape and float(np.linalg.norm(left - right)) <= tolerance * scale
