"""Structure and constraints of patterns, against dense references of vec(G) = T g + c."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import linalg, sparse

from nzdiff import Pattern
from problems import PROBLEMS, agree, random_data, scattered, shuffled

Floats = NDArray[np.float64]
Generator = np.random.Generator
sizes = pytest.mark.parametrize("n", [1, 2, 5])


def mirrored(rng: Generator, n: int) -> Pattern:
    """A third of all positions and their mirrors, in random order."""
    chosen = rng.random((n, n)) < 0.3
    i, j = np.nonzero(chosen | chosen.T)
    order = rng.permutation(i.size)
    return Pattern((i[order], j[order]), (n, n))


def random_matrix(pattern: Pattern, rng: Generator) -> Floats:
    dense: Floats = pattern.to_csr(rng.standard_normal(pattern.size)).toarray()
    return dense


def spans(pattern: Pattern, wide: Pattern, A: Floats, b: Floats) -> None:
    """T g + c is the whole solution set of A vec(G) = b on the map of `wide`."""
    T, c = pattern.T.toarray(), pattern.c
    assert agree(A @ T, np.zeros((len(b), pattern.size)))
    assert agree(A @ c, b)
    null_space = wide.T.toarray() @ linalg.null_space(A @ wide.T.toarray())
    assert np.linalg.matrix_rank(T) == pattern.size == null_space.shape[1]
    assert np.linalg.matrix_rank(np.hstack([T, null_space])) == pattern.size


def commutation(n: int) -> Floats:
    """K with K vec(G) = vec(Gᵀ)."""
    K: Floats = np.eye(n * n)[np.arange(n * n).reshape(n, n).ravel(order="F")]
    return K


# symmetric, skew


@sizes
@pytest.mark.parametrize("sign", [1, -1])
def test_symmetric_and_skew_are_all_such_matrices(n: int, sign: int, rng: Generator) -> None:
    for plain in (Pattern.full((n, n)), shuffled(rng, (n, n)), mirrored(rng, n)):
        pattern = plain.symmetric() if sign > 0 else plain.skew()
        matrix = random_matrix(pattern, rng)
        assert np.array_equal(matrix, sign * matrix.T)
        A = np.eye(n * n) - sign * commutation(n)
        spans(pattern, plain, A, np.zeros(n * n))
        assert pattern.nnz == plain.nnz


@sizes
def test_the_unknowns_are_the_lower_triangle_in_order(n: int, rng: Generator) -> None:
    plain = mirrored(rng, n)
    for pattern, lower in (
        (plain.symmetric(), plain.rows >= plain.cols),
        (plain.skew(), plain.rows > plain.cols),
    ):
        g = rng.standard_normal(pattern.size)
        matrix = pattern.to_csr(g).toarray()
        assert np.array_equal(matrix[plain.rows[lower], plain.cols[lower]], g)
        assert np.array_equal(pattern.pack(matrix), g)


def test_a_symmetric_derivative_adds_the_two_entries(rng: Generator) -> None:
    pattern = Pattern.full((3, 3)).symmetric()
    gamma = rng.standard_normal((3, 3))
    i, j = np.array([0, 1, 2, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 2])
    expected = np.where(i == j, gamma[i, j], gamma[i, j] + gamma[j, i])
    assert agree(pattern.reduce(gamma.ravel()), expected)
    skewed = Pattern.full((3, 3)).skew().reduce(gamma.ravel())
    assert agree(skewed, (gamma - gamma.T)[i, j][i != j])


def test_projecting_averages_the_two_entries(rng: Generator) -> None:
    matrix = rng.standard_normal((4, 4))
    full = Pattern.full((4, 4))
    symmetric, skew = full.symmetric(), full.skew()
    assert agree(symmetric.to_csr(symmetric.project(matrix)).toarray(), (matrix + matrix.T) / 2)
    assert agree(skew.to_csr(skew.project(matrix)).toarray(), (matrix - matrix.T) / 2)


@pytest.mark.parametrize(
    "structure",
    [
        lambda p: p.symmetric(),
        lambda p: p.skew(),
        lambda p: p.symmetric().toeplitz(),
        lambda p: p.fixed(np.where(p.rows == p.cols, 2.0, np.nan)).symmetric(),
        lambda p: p.symmetric().with_row_sums(np.ones(4), np.ones(4)),
    ],
    ids=["symmetric", "skew", "toeplitz", "fixed diagonal", "row sums"],
)
def test_gradients_are_slopes_of_the_energy(
    structure: Callable[[Pattern], Pattern], rng: Generator
) -> None:
    where = {"n": 4, "m": 4, "p": 3, "k": 5}
    problem = PROBLEMS["seed"]
    data = random_data(problem, where, lambda _, shape: structure(Pattern.full(shape)), rng)
    model = problem.bind(**data, backend="numpy")
    g, step = rng.standard_normal(model.size), 1e-5
    slopes = [
        (model.energy(g + step * e) - model.energy(g - step * e)) / (2 * step)
        for e in np.eye(model.size)
    ]
    assert agree(model.gradient(g), slopes, 1e-7)


def test_an_asymmetric_pattern_has_no_symmetric_values() -> None:
    pattern = Pattern(([0, 2, 0], [0, 1, 2]), (3, 3))
    with pytest.raises(ValueError, match=r"symmetric\(\).*\(2, 1\) is stored, \(1, 2\) is not"):
        pattern.symmetric()
    with pytest.raises(ValueError, match=r"skew\(\) needs a square matrix, got shape \(2, 3\)"):
        Pattern.full((2, 3)).skew()


# triangles, diagonals, Toeplitz


@sizes
@pytest.mark.parametrize("strict", [False, True])
def test_triangles_are_those_of_numpy(n: int, strict: bool, rng: Generator) -> None:
    for plain in (shuffled(rng, (n, n + 1)), scattered(rng, (n, n + 1))):
        g = rng.standard_normal(plain.size)
        matrix = plain.to_csr(g).toarray()
        for pattern, triangle, kept in (
            (
                plain.lower(strict=strict),
                np.tril(matrix, -strict),
                plain.rows >= plain.cols + strict,
            ),
            (
                plain.upper(strict=strict),
                np.triu(matrix, strict),
                plain.rows + strict <= plain.cols,
            ),
        ):
            assert pattern.is_selection
            assert np.array_equal(pattern.to_csr(g[kept]).toarray(), triangle)
            assert pattern.nnz == kept.sum()


FRESH = {
    "lower": (Pattern.lower_triangular(2), [[1, 0], [2, 3]]),
    "upper": (Pattern.upper_triangular(2), [[1, 2], [0, 3]]),
    "strictly lower": (Pattern.lower_triangular(2, strict=True), [[0, 0], [1, 0]]),
    "strictly upper": (Pattern.upper_triangular(2, strict=True), [[0, 1], [0, 0]]),
    "diagonal": (Pattern.diagonal(2), [[1, 0], [0, 2]]),
}


@pytest.mark.parametrize("kind", list(FRESH))
def test_fresh_triangles_are_read_by_columns(kind: str) -> None:
    pattern, expected = FRESH[kind]
    assert pattern.to_csr(np.arange(pattern.size) + 1).toarray().tolist() == expected


def test_a_triangle_of_a_map_is_the_map_of_the_triangle(rng: Generator) -> None:
    toeplitz = Pattern.full((3, 4)).toeplitz()
    g = rng.standard_normal(6)
    upper = toeplitz.upper(strict=True)
    assert np.array_equal(upper.to_csr(g[3:]).toarray(), np.triu(toeplitz.to_csr(g).toarray(), 1))
    known = Pattern.full((2, 2)).fixed([1, np.nan, np.nan, 2]).lower()
    assert known.to_csr([5]).toarray().tolist() == [[1, 0], [5, 2]]
    double = Pattern(([1, 0, 1], [0, 1, 0]), (2, 2)).lower()
    assert double.to_csr([1, 2]).toarray().tolist() == [[0, 0], [3, 0]]


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5), (4, 2)])
def test_toeplitz_is_that_of_scipy(shape: tuple[int, int], rng: Generator) -> None:
    pattern = Pattern.full(shape).toeplitz()
    g = rng.standard_normal(shape[0] + shape[1] - 1)
    assert np.array_equal(
        pattern.to_csr(g).toarray(), linalg.toeplitz(g[shape[0] - 1 :: -1], g[shape[0] - 1 :])
    )
    assert agree(pattern.pack(pattern.to_csr(g)), g)
    band = Pattern(([1, 0, 1], [1, 0, 0]), (3, 3)).toeplitz()
    assert band.to_csr([1, 2]).toarray().tolist() == [[2, 0, 0], [1, 2, 0], [0, 0, 0]]


# ties, fixed values


def test_ties_are_in_ascending_order_of_the_labels(rng: Generator) -> None:
    plain = shuffled(rng, (3, 4))
    labels = rng.integers(5, size=12) * 10
    pattern = plain.tied(labels)
    names = np.unique(labels)
    g = rng.standard_normal(names.size)
    spread = g[np.searchsorted(names, labels)]
    assert np.array_equal(pattern.to_csr(g).toarray(), plain.to_csr(spread).toarray())
    assert agree(pattern.pack(pattern.to_csr(g)), g)


def test_fixed_values_leave_the_others_in_order(rng: Generator) -> None:
    plain = shuffled(rng, (3, 4))
    values = np.where(rng.random(12) < 0.5, rng.standard_normal(12), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    g = rng.standard_normal(12 - known.size)
    filled = values.copy()
    filled[np.isnan(values)] = g
    for pattern in (plain.fixed(values), plain.fixed({int(k): float(values[k]) for k in known})):
        assert np.array_equal(pattern.to_csr(g).toarray(), plain.to_csr(filled).toarray())
        assert np.array_equal(pattern.pack(pattern.to_csr(g)), g)
        assert np.array_equal(pattern.reduce(np.ones(12)), np.ones(g.size))
    assert plain.fixed({}).size == 12
    assert plain.fixed(np.arange(12)).size == 0


# linear constraints


@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_array, sparse.coo_array, sparse.csc_matrix]
)
def test_constraints_leave_the_whole_null_space(form: Callable[[Any], Any], rng: Generator) -> None:
    plain = shuffled(rng, (4, 3))
    A = rng.standard_normal((5, 12)) * (rng.random((5, 12)) < 0.4)
    b = A @ rng.standard_normal(12)
    pattern = plain.constrained(form(A), b)
    spans(pattern, plain, A, b)
    N = (plain.P @ pattern.T).toarray()
    assert agree(N.T @ N, np.eye(pattern.size))
    assert agree(pattern.c, np.linalg.pinv(A) @ b)
    assert agree(pattern.pack(pattern.to_csr(np.arange(pattern.size))), np.arange(pattern.size))


@pytest.mark.parametrize(("rows", "columns"), [(1, 300), (3, 200), (6, 30), (40, 30)])
def test_wide_and_tall_constraints_agree_with_the_pseudo_inverse(
    rows: int, columns: int, rng: Generator
) -> None:
    A = rng.standard_normal((rows, min(rows, 20))) @ rng.standard_normal((min(rows, 20), columns))
    b = A @ rng.standard_normal(columns)
    pattern = Pattern.diagonal(columns).constrained(A, b, on="g")
    N, x = pattern.matrix, pattern.offset
    assert pattern.size == columns - min(rows, 20)
    assert agree((N.T @ N).toarray(), np.eye(pattern.size))
    assert agree(A @ N / np.linalg.norm(A), np.zeros((rows, pattern.size)))
    assert agree(x, np.linalg.pinv(A, rcond=1e-10) @ b, 1e-10)


def test_one_sum_of_many_values_has_a_sparse_basis() -> None:
    pattern = Pattern.diagonal(5000).constrained(np.ones((1, 5000)), [1.0], on="g")
    assert pattern.size == 4999
    assert pattern.matrix.nnz < 100 * 5000


def test_entries_without_constraint_stay_as_they_are(rng: Generator) -> None:
    A = np.zeros((3, 7))
    A[0, [1, 4]] = A[1, [2, 5]] = A[2, [4, 1]] = [1.0, 2.0]
    pattern = Pattern.diagonal(7).constrained(A, [1.0, 2.0, 3.0], on="g")
    assert pattern.size == 4  # 0, what is left of (2, 5), 3, 6
    g = rng.standard_normal(4)
    values = pattern.to_csr(g).diagonal()
    assert values[[0, 3, 6]].tolist() == g[[0, 2, 3]].tolist()
    assert agree(A @ values, [1.0, 2.0, 3.0])


def test_redundant_constraints_are_welcome(rng: Generator) -> None:
    plain = Pattern.full((4, 4))
    sums = np.vstack([np.kron(np.ones((1, 4)), np.eye(4)), np.kron(np.eye(4), np.ones((1, 4)))])
    pattern = plain.constrained(sums, np.ones(8))  # the eighth follows from the others
    assert pattern.size == 9
    assert agree(random_matrix(pattern, rng).sum(axis=0), np.ones(4))
    assert pattern.constrained(sums, np.ones(8)).size == 9
    assert pattern.with_row_sums(np.ones(4), np.ones(4)).size == 9
    assert plain.constrained(1e-200 * sums, 1e-200 * np.ones(8)).size == 9


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_contradictory_constraints_are_an_error(scale: float) -> None:
    A = scale * np.array([[1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match=r"contradict .*misses b\[0\] = .* by .*change b"):
        Pattern.diagonal(2).constrained(A, [scale, 3 * scale], on="g")
    with pytest.raises(ValueError, match=r"misses b\[1\] = 2 by 2"):  # (0, 1) is not stored
        Pattern.diagonal(2).constrained([[1, 0, 0, 1], [0, 0, 1, 0]], [1.0, 2.0])


def test_no_constraint_changes_nothing(rng: Generator) -> None:
    plain = shuffled(rng, (3, 2))
    pattern = plain.constrained(np.zeros((0, 6)), [])
    assert np.array_equal(pattern.T.toarray(), plain.T.toarray())
    assert plain.constrained(np.zeros((2, 6)), [0, 0]).size == 6
    nothing = Pattern(([], []), (2, 2))
    assert nothing.constrained(np.ones((1, 4)), [0]).size == 0


# composition


COMPOSITIONS: dict[str, tuple[Callable[[Pattern], Pattern], int]] = {
    "symmetric Toeplitz": (lambda p: p.symmetric().toeplitz(), 4),
    "Toeplitz symmetric": (lambda p: p.toeplitz().symmetric(), 4),
    "skew Toeplitz": (lambda p: p.skew().toeplitz(), 3),
    "symmetric and skew": (lambda p: p.symmetric().skew(), 0),
    "unit diagonal": (
        lambda p: p.fixed(np.where(p.rows == p.cols, 1.0, np.nan)).symmetric(),
        6,
    ),
    "one side fixed": (
        lambda p: p.fixed(np.where(p.rows < p.cols, 3.0, np.nan)).symmetric(),
        4,
    ),
    "fixed, then constrained": (
        lambda p: p.symmetric().fixed({0: 2.0}).constrained(np.eye(4).reshape(1, 16), [3.0]),
        8,
    ),
    "tied twice": (lambda p: p.tied(p.rows).tied([0, 1, 0, 1]), 2),
}


@pytest.mark.parametrize("case", list(COMPOSITIONS))
def test_structures_compose(case: str, rng: Generator) -> None:
    make, size = COMPOSITIONS[case]
    pattern = make(Pattern.full((4, 4)))
    g = rng.standard_normal(pattern.size)
    matrix = pattern.to_csr(g)
    assert pattern.size == size == np.linalg.matrix_rank(pattern.T.toarray())
    assert agree(matrix.toarray().ravel(order="F"), pattern.T @ g + pattern.c)
    assert agree(pattern.pack(matrix), g, 1e-9)
    assert pattern.is_symmetric is not any(word in case for word in ("skew ", "tied"))
    assert np.array_equal(matrix.toarray(), matrix.toarray().T) is pattern.is_symmetric


def test_ties_that_contradict_fixed_values_are_an_error() -> None:
    pattern = Pattern.full((2, 2)).fixed([np.nan, 1.0, 2.0, np.nan])
    with pytest.raises(ValueError, match=r"symmetric\(\): this contradicts .* fixed"):
        pattern.symmetric()
    with pytest.raises(ValueError, match=r"skew\(\): this contradicts"):
        Pattern.full((1, 1)).fixed([1.0]).skew()


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(([0, 0], [0, 0]), (2, 2)),
        Pattern.diagonal(2).mapped([[2.0], [1.0]]),
        Pattern.diagonal(2).mapped(np.eye(2), [0.0, 1.0]),
    ],
    ids=["duplicates", "factor", "offset"],
)
def test_ties_need_values_that_stand_alone(pattern: Pattern) -> None:
    with pytest.raises(ValueError, match=r"toeplitz\(\): each stored value .* before constrained"):
        pattern.toeplitz()


# properties


def test_what_a_pattern_says_of_itself(rng: Generator) -> None:
    full, diagonal = Pattern.full((3, 3)), Pattern(([2, 0, 1], [2, 0, 1]), (3, 3))
    assert full.is_full
    assert Pattern(([0, 0], [0, 0]), (1, 1)).is_full
    assert not diagonal.is_full
    assert diagonal.is_diagonal
    assert diagonal.tied([0, 0, 1]).is_diagonal
    assert not full.is_diagonal
    assert not Pattern(([0, 1], [0, 0]), (2, 2)).is_diagonal
    assert not Pattern.full((1, 2)).is_diagonal
    assert diagonal.is_symmetric
    assert not full.is_symmetric
    assert not Pattern.full((2, 3)).is_symmetric
    assert not full.skew().is_symmetric
    assert not full.symmetric().lower().is_symmetric
    sums = mirrored(rng, 6).symmetric().constrained(rng.standard_normal((4, 36)), np.zeros(4))
    matrix = random_matrix(sums, rng)
    assert sums.is_symmetric
    assert np.array_equal(matrix, matrix.T)


def test_an_empty_pattern_has_every_structure() -> None:
    for n in (0, 2):
        pattern = Pattern(([], []), (n, n))
        for made in (
            pattern.symmetric(),
            pattern.skew(),
            pattern.toeplitz(),
            pattern.lower(),
            pattern.upper(),
            pattern.tied([]),
            pattern.fixed([]),
            pattern.constrained(np.ones((1, n * n)), [0.0]),
        ):
            assert (made.size, made.nnz, made.is_symmetric) == (0, 0, True)
            assert made.to_csr([]).shape == (n, n)


# bases with few numbers


def coupled(rng: np.random.Generator, kind: str) -> tuple[Any, int]:
    """Constraints and their rank."""
    if kind == "sums of rows and columns":
        stored = sparse.random_array((12, 9), density=0.4, rng=rng).tocoo()
        entries = np.arange(stored.nnz)
        sides = [(stored.row, 12), (stored.col, 9)]
        A = np.vstack([np.eye(size)[:, place][:, entries] for place, size in sides])
    elif kind == "few of many":
        A = rng.standard_normal((3, 40))
    elif kind == "one after the other":
        A = np.triu(rng.standard_normal((8, 30)))
    else:  # redundant
        A = rng.standard_normal((4, 5)) @ rng.standard_normal((5, 30))
        A = np.vstack([A, A[0] + A[1], 2 * A[3], 0 * A[0]])
    return A, int(np.linalg.matrix_rank(A))


@pytest.mark.parametrize(
    "kind", ["sums of rows and columns", "few of many", "one after the other", "redundant"]
)
@pytest.mark.parametrize("seed", range(5))
def test_sparse_bases_span_what_keeps_the_constraints(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nzdiff.constraints.basis.WIDE", 0)
    rng = np.random.default_rng(seed)
    A, rank = coupled(rng, kind)
    reachable = A @ rng.standard_normal(A.shape[1])
    pattern = Pattern.diagonal(A.shape[1]).constrained(A, reachable, on="g")
    N = pattern.matrix.toarray()
    assert N.shape[1] == A.shape[1] - rank == np.linalg.matrix_rank(N)
    assert np.allclose(A @ N, 0, atol=1e-9)
    assert np.allclose(A @ pattern.expand(rng.standard_normal(pattern.size)), reachable)
    G = pattern.to_csr(rng.standard_normal(pattern.size))
    assert np.allclose(pattern.to_csr(pattern.pack(G)).toarray(), G.toarray())
    if kind == "redundant":
        with pytest.raises(ValueError, match="contradict"):
            Pattern.diagonal(30).constrained(A, reachable + np.eye(len(A))[4], on="g")


def band(rows: int, values: list[float]) -> Any:
    shape = (rows, rows + len(values) - 1)
    return sparse.diags_array(values, offsets=range(len(values)), shape=shape).tocsr()


@pytest.mark.parametrize("rows", [60, 100, 300])
@pytest.mark.parametrize(
    "values", [[1.0, 4.0, 1.0], [1.0, 1.0, 1.0], [1.0] * 5, [0.5, -1, 0.7, 0.3]]
)
def test_long_chains_of_constraints_are_met_to_rounding(rows: int, values: list[float]) -> None:
    A = band(rows, values)
    reachable = A @ np.random.default_rng(0).standard_normal(A.shape[1])
    pattern = Pattern.full((1, A.shape[1])).constrained(A, reachable)
    assert pattern.size == len(values) - 1
    assert np.abs(A @ pattern.c - reachable).max() < 1e-11
    assert np.abs(A @ pattern.T).max() < 1e-11


@pytest.mark.parametrize("scale", [1e155, 1e-160, 5e-324, 1.0])
def test_row_sums_of_any_size_of_weights(scale: float) -> None:
    pattern = Pattern.full((2, 2)).with_row_sums([scale] * 2, [scale] * 2)
    assert np.allclose(pattern.to_csr(np.ones(pattern.size)).toarray().sum(axis=1), 1)


def test_constraints_without_a_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="A: expected numbers between"):
        Pattern.full((2, 2)).constrained(5e-324 * np.ones((1, 4)), [5e-324])
    with pytest.raises(ValueError, match=r"map: .* exceeds doubles"):
        Pattern.diagonal(2).mapped(1e200 * np.eye(2)).mapped(1e200 * np.eye(2))


def test_a_laplacian_of_many_empty_rows_is_small() -> None:
    pattern = Pattern(([5, 7, 7, 5], [5, 7, 5, 7]), (2**30, 2**30)).laplacian()
    assert pattern.expand(np.array([-2.0])).tolist() == [2.0, -2.0, -2.0, 2.0]


def ring(size: int) -> Pattern:
    ends = np.arange(size)
    near = (
        np.concatenate([ends, (ends + 1) % size, ends]),
        np.concatenate([ends, ends, (ends + 1) % size]),
    )
    return Pattern(near, (size, size))


def test_symmetric_with_row_sums_has_four_numbers_an_unknown() -> None:
    size = 5000
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size)
    pattern = ring(size).symmetric().with_row_sums(weights, weights)
    assert pattern.size == size
    assert pattern.matrix.nnz <= 4 * size
    G = pattern.to_csr(np.random.default_rng(1).standard_normal(size))
    assert np.allclose(G @ weights, weights)
    assert (G != G.T).nnz == 0


def test_a_laplacian_is_symmetric_with_zero_row_sums() -> None:
    pattern = ring(7).laplacian()
    h = np.arange(1.0, 8.0)
    G = pattern.to_csr(h).toarray()
    assert np.array_equal(G, G.T)
    assert np.array_equal(G.sum(axis=1), np.zeros(7))
    assert pattern.matrix.nnz == 4 * 7
    lower = np.flatnonzero(ring(7).rows > ring(7).cols)
    assert np.array_equal(G[ring(7).rows[lower], ring(7).cols[lower]], h)
    reference = ring(7).symmetric().with_row_sums(np.ones(7), np.zeros(7))
    assert np.allclose(reference.to_csr(reference.pack(G)).toarray(), G)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (lambda: Pattern.full((2, 3)), "square"),
        (lambda: Pattern(([0, 0, 1], [0, 1, 0]), (2, 2)), r"diagonal position .*: \(1, 1\)"),
        (lambda: Pattern(([0, 1, 1], [0, 1, 0]), (2, 2)), "mirror"),
        (lambda: Pattern.full((2, 2)).symmetric(), "before ties"),
    ],
)
def test_what_is_no_laplacian_is_refused(pattern: Callable[[], Pattern], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pattern().laplacian()


# errors

BAD_CALLS: dict[str, tuple[Callable[[Pattern], Any], type[Exception], str]] = {
    "labels float": (lambda p: p.tied([0.0, 1.0]), TypeError, "groups: .*integers, .*float64"),
    "labels short": (lambda p: p.tied([0]), ValueError, r"groups: .*\(2,\), got \(1,\)"),
    "label −1": (lambda p: p.tied([0, -1]), ValueError, "groups: .*≥ 0, got -1; .* its own"),
    "values short": (lambda p: p.fixed([1.0]), ValueError, r"values: .*\(2,\), got \(1,\)"),
    "values infinite": (lambda p: p.fixed([np.inf, 1]), ValueError, "values: .*inf at position 0"),
    "values text": (lambda p: p.fixed(["a", "b"]), TypeError, "values: .*real numbers"),
    "place too far": (lambda p: p.fixed({2: 1.0}), ValueError, r"values: .*0\.\.1, got 2\.\.2"),
    "place negative": (lambda p: p.fixed({-1: 1.0}), ValueError, r"values: .*got -1\.\.-1"),
    "place a float": (lambda p: p.fixed({0.5: 1.0}), TypeError, "values: .*0.5"),  # type: ignore[dict-item]
    "known NaN": (lambda p: p.fixed({0: np.nan}), ValueError, "values: .*finite"),
    "A narrow": (
        lambda p: p.constrained(np.ones((1, 2)), [1.0]),
        ValueError,
        r"A: .*\(r, rows · cols\) = \(r, 4\), got \(1, 2\)",
    ),
    "A on g wide": (
        lambda p: p.constrained(np.ones((1, 4)), [1.0], on="g"),
        ValueError,
        r"A: .*\(r, size\) = \(r, 2\), got \(1, 4\)",
    ),
    "A a vector": (lambda p: p.constrained(np.ones(4), [1.0]), ValueError, r"A: .*got \(4,\)"),
    "A NaN": (lambda p: p.constrained([[np.nan] * 4], [1.0]), ValueError, "A: .*finite"),
    "b long": (lambda p: p.constrained(np.ones((1, 4)), [1, 2]), ValueError, r"b: .*\(1,\)"),
    "on what": (
        lambda p: p.constrained(np.ones((1, 4)), [1], on="T"),  # type: ignore[arg-type]
        ValueError,
        'on: expected "G".* "g" .*got \'T\'',
    ),
    "a fraction of rows": (lambda _: Pattern.diagonal(1.5), ValueError, "two sizes"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("case", list(BAD_CALLS))
def test_bad_arguments_are_named(case: str) -> None:
    call, error, words = BAD_CALLS[case]
    with pytest.raises(error, match=words):
        call(Pattern.diagonal(2))
