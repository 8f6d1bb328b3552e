"""The table of problems and of situations that tests share: expression × pattern × sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from nzdiff.derive.symbols import Matrix

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
        data[str(matrix.name)] = pattern(rng, shape) if unknown else _matrix(matrix, shape, rng)
    return data


def size_of(size: Any, sizes: dict[str, int]) -> int:
    """A declared size as a number."""
    return int(size) if size.is_Integer else sizes[str(size)]


def _matrix(matrix: Matrix, shape: tuple[int, int], rng: Generator) -> Any:
    if matrix.kind_of == "dense":
        return rng.standard_normal(shape)
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
