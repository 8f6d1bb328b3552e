"""Patterns: vec(G) = T g + c, scatter and gather, constraints, errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import linalg, sparse

from nzdiff import Pattern
from problems import SITUATIONS, agree, duplicated, empty, full, row_sums, scattered, shuffled, tied

Floats = NDArray[np.float64]
Maker = Callable[[np.random.Generator, tuple[int, int]], Pattern]

MAKERS = (scattered, empty, full, shuffled, duplicated, tied, row_sums)
SHAPES = ((7, 5), (1, 6), (6, 1), (1, 1), (4, 9))
every_pattern = pytest.mark.parametrize("maker", MAKERS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def vec(matrix: Any) -> Floats:
    """The columns of a matrix, stacked."""
    dense = matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)
    stacked: Floats = dense.ravel(order="F")
    return stacked


# P, T, c


def test_the_example_of_the_thread() -> None:
    pattern = Pattern(([0, 0], [0, 1]), (2, 2))
    assert pattern.P.toarray().tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]
    assert pattern.to_csr([1, 4]).toarray().tolist() == [[1, 4], [0, 0]]
    assert (pattern.P @ vec([[1, 4], [0, 0]])).tolist() == [1, 4]


@every_shape
@pytest.mark.parametrize("maker", [scattered, empty, full, shuffled])
def test_a_selection_has_orthonormal_rows(
    maker: Maker, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    pattern = maker(rng, shape)
    assert pattern.is_selection
    assert np.array_equal((pattern.P @ pattern.P.T).toarray(), np.eye(pattern.size))
    assert set(np.unique(pattern.P.toarray())) <= {0.0, 1.0}


@every_shape
@every_pattern
def test_scattering_is_the_linear_map(
    maker: Maker, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    pattern = maker(rng, shape)
    g = rng.standard_normal(pattern.size)
    expected = pattern.T @ g + pattern.c
    assert pattern.T.shape == (shape[0] * shape[1], pattern.size)
    assert agree(vec(pattern.to_csr(g)), expected)
    assert agree(vec(pattern.to_csc(g)), expected)
    assert agree(pattern.expand(g), pattern.gather(expected.reshape(shape, order="F")))


@every_shape
@every_pattern
def test_reduce_is_the_adjoint_of_expand(
    maker: Maker, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    pattern = maker(rng, shape)
    v, w = rng.standard_normal(pattern.size), rng.standard_normal(pattern.nnz)
    assert pattern.expand_tangent(v) @ w == pytest.approx(
        v @ pattern.reduce(w), rel=1e-12, abs=1e-12
    )
    matrix = sparse.csr_array((w, pattern.indices, pattern.indptr), shape=shape)
    assert agree(pattern.reduce(w), pattern.T.T @ vec(matrix))


@every_shape
@every_pattern
def test_the_tangent_is_the_difference_of_two_expansions(
    maker: Maker, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    pattern = maker(rng, shape)
    g, v = rng.standard_normal((2, pattern.size))
    assert agree(pattern.expand(g + v) - pattern.expand(g), pattern.expand_tangent(v))


# order and duplicates


def test_the_order_of_the_caller_is_kept() -> None:
    pattern = Pattern(([2, 0, 1, 0], [1, 1, 0, 0]), (3, 2))
    g = np.array([10.0, 20.0, 30.0, 40.0])
    assert pattern.to_csr(g).toarray().tolist() == [[40, 20], [30, 0], [0, 10]]
    assert pattern.rows.tolist() == [2, 0, 1, 0]
    assert pattern.cols.tolist() == [1, 1, 0, 0]
    assert pattern.pack(pattern.to_csr(g)).tolist() == g.tolist()
    assert (pattern.P @ vec(pattern.to_csr(g))).tolist() == g.tolist()


@every_shape
def test_duplicates_add_up_as_in_scipy(shape: tuple[int, int], rng: np.random.Generator) -> None:
    count = 2 * shape[0] * shape[1] + 1
    i, j = rng.integers(shape[0], size=count), rng.integers(shape[1], size=count)
    g = rng.standard_normal(count)
    pattern = Pattern((i, j), shape)
    assert not pattern.is_selection
    assert pattern.size == count
    assert pattern.nnz == len(set(zip(i.tolist(), j.tolist(), strict=True)))
    assert agree(pattern.to_csr(g).toarray(), sparse.coo_array((g, (i, j)), shape=shape).toarray())


def test_duplicates_have_no_selection() -> None:
    with pytest.raises(ValueError, match=r"P selects .* T and c"):
        _ = Pattern(([0, 0], [1, 1]), (1, 2)).P


def test_a_stored_zero_stays_stored() -> None:
    pattern = Pattern(([0, 1], [0, 1]), (2, 2))
    assert pattern.to_csr([0.0, 0.0]).nnz == 2


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_a_scipy_matrix_gives_its_values_in_its_own_order(
    kind: str, rng: np.random.Generator
) -> None:
    matrix = sparse.random_array((8, 5), density=0.4, rng=rng).asformat(kind)
    pattern = Pattern.from_scipy(matrix)
    assert np.array_equal(pattern.to_csr(matrix.data).toarray(), matrix.toarray())


def test_the_full_pattern_is_vec(rng: np.random.Generator) -> None:
    pattern, g = Pattern.full((4, 3)), rng.standard_normal(12)
    assert np.array_equal(vec(pattern.to_csr(g)), g)
    assert np.array_equal(pattern.P.toarray(), np.eye(12))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 3)])
def test_a_pattern_may_be_empty(shape: tuple[int, int]) -> None:
    pattern = Pattern(([], []), shape)
    assert (pattern.size, pattern.nnz) == (0, 0)
    assert pattern.to_csr([]).shape == shape
    assert pattern.P.shape == (0, shape[0] * shape[1])
    assert pattern.pack(np.zeros(shape)).size == 0


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.uint64, np.int64])
def test_indices_may_be_of_any_integer_type(dtype: Any) -> None:
    pattern = Pattern((np.array([1, 0], dtype), np.array([0, 2], dtype)), (2, 3))
    assert pattern.to_csr([5, 7]).toarray().tolist() == [[0, 0, 7], [5, 0, 0]]


def test_positions_beyond_32_bits_are_kept_apart() -> None:
    columns = 2**31 - 1
    i, j = [0, 65536, 69999, 0], [columns - 1, 65535, columns - 1, 0]
    pattern = Pattern((i, j), (70000, columns))
    assert pattern.nnz == 4
    assert pattern.indices[pattern.slots].tolist() == j
    assert pattern.pack(pattern.to_csr([1, 2, 3, 4])).tolist() == [1, 2, 3, 4]


# pack and project


@every_shape
@every_pattern
def test_packing_undoes_scattering(
    maker: Maker, shape: tuple[int, int], rng: np.random.Generator
) -> None:
    pattern = maker(rng, shape)
    g = rng.standard_normal(pattern.size)
    matrix = pattern.to_csr(g)
    for form in (matrix, matrix.toarray(), sparse.coo_array(matrix), matrix.tocsc()):
        found = pattern.pack(form)
        assert agree(pattern.to_csr(found).toarray(), matrix.toarray(), 1e-9)
        if maker is not duplicated:  # many g give one matrix there
            kept = np.diff(pattern.T.indptr) > 0  # a group without entries has no say
            assert agree(found[kept], g[kept], 1e-9)


@pytest.mark.parametrize("maker", [scattered, tied, row_sums])
def test_packing_refuses_what_no_g_reaches(maker: Maker, rng: np.random.Generator) -> None:
    pattern = maker(rng, (7, 5))
    with pytest.raises(ValueError, match=r"no g gives this matrix.*project"):
        pattern.pack(rng.standard_normal((7, 5)))


@every_pattern
def test_projecting_is_least_squares(maker: Maker, rng: np.random.Generator) -> None:
    pattern = maker(rng, (7, 5))
    matrix = rng.standard_normal((7, 5))
    best = np.linalg.norm(pattern.expand(pattern.project(matrix)) - pattern.gather(matrix))
    linear = pattern._stored_matrix().toarray()
    target = pattern.gather(matrix) - pattern._stored_offset()
    expected = np.linalg.norm(linear @ np.linalg.lstsq(linear, target, rcond=None)[0] - target)
    assert best == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_gathering_reads_zero_where_nothing_is_stored(rng: np.random.Generator) -> None:
    pattern = shuffled(rng, (4, 3))
    matrix = sparse.coo_array(([2.0, 3.0, 4.0], ([1, 1, 3], [2, 2, 0])), shape=(4, 3))
    assert np.array_equal(pattern.gather(matrix), matrix.toarray().ravel())


# mapped


def test_ties_share_one_value() -> None:
    symmetric = Pattern(([0, 0, 1], [0, 1, 0]), (2, 2)).mapped([[1, 0], [0, 1], [0, 1]])
    assert symmetric.size == 2
    assert symmetric.to_csr([3, 5]).toarray().tolist() == [[3, 5], [5, 0]]
    assert symmetric.reduce(np.array([1.0, 10.0, 100.0])).tolist() == [1, 110]


def test_fixed_values_are_the_constant() -> None:
    pattern = Pattern(([1, 0], [1, 0]), (2, 2)).mapped(np.array([[1.0], [0.0]]), [0.0, 7.0])
    assert pattern.to_csr([2.0]).toarray().tolist() == [[7, 0], [0, 2]]
    assert pattern.c.tolist() == [7, 0, 0, 0]
    assert pattern.expand_tangent(np.array([1.0])).tolist() == [0, 1]


@every_pattern
def test_maps_compose(maker: Maker, rng: np.random.Generator) -> None:
    pattern = maker(rng, (7, 5))
    first, second = rng.standard_normal((pattern.size, 4)), rng.standard_normal((4, 3))
    shift, other = rng.standard_normal(pattern.size), rng.standard_normal(4)
    twice = pattern.mapped(first, shift).mapped(sparse.coo_array(second), other)
    once = pattern.mapped(first @ second, first @ other + shift)
    h = rng.standard_normal(3)
    assert agree(twice.expand(h), once.expand(h))
    assert agree(twice.expand(h), pattern.expand(first @ (second @ h + other) + shift))
    assert agree(twice.T.toarray(), once.T.toarray())


def test_a_map_may_leave_no_unknown(rng: np.random.Generator) -> None:
    pattern = scattered(rng, (5, 4))
    fixed = rng.standard_normal(pattern.size)
    constant = pattern.mapped(np.zeros((pattern.size, 0)), fixed)
    assert constant.size == 0
    assert np.array_equal(constant.to_csr([]).toarray(), pattern.to_csr(fixed).toarray())
    assert constant.reduce(np.ones(pattern.nnz)).shape == (0,)


def test_mapping_leaves_the_first_pattern_as_it_was() -> None:
    pattern = Pattern(([0, 1], [0, 1]), (2, 2))
    pattern.mapped([[1.0], [1.0]], [1.0, 2.0])
    assert pattern.is_selection
    assert pattern.to_csr([1, 2]).toarray().tolist() == [[1, 0], [0, 2]]


# row sums


@pytest.mark.parametrize("situation", ["scattered", "shuffled", "one_column", "one_row"])
def test_row_sums_hold_for_every_g(situation: str, rng: np.random.Generator) -> None:
    where = SITUATIONS[situation]
    shape = (where.sizes["n"], where.sizes["m"])
    plain = where.pattern(rng, shape)
    weights = rng.uniform(0.5, 2, shape[1])
    values = rng.standard_normal(shape[0]) * (np.diff(plain.indptr) > 0)
    pattern = plain.with_row_sums(weights, values)
    for _ in range(3):
        h = rng.standard_normal(pattern.size)
        assert agree(pattern.to_csr(h) @ weights, values)


def test_row_sums_span_the_whole_null_space(rng: np.random.Generator) -> None:
    plain = scattered(rng, (8, 6))
    weights = rng.standard_normal(6)
    weights[2] = 0.0
    reachable = plain.to_csr(np.ones(plain.size)) @ np.abs(weights) > 0
    pattern = plain.with_row_sums(weights, rng.standard_normal(8) * reachable)
    sums = np.zeros((8, plain.size))  # row sums as a function of g
    sums[plain.rows, np.arange(plain.size)] = weights[plain.cols]
    null_space = linalg.null_space(sums)
    basis = (plain.P @ pattern.T).toarray()
    assert basis.shape == null_space.shape
    assert agree(basis.T @ basis, np.eye(pattern.size))
    assert agree(basis @ basis.T, null_space @ null_space.T)
    assert agree(basis.T @ (plain.P @ pattern.c), np.zeros(pattern.size))  # c is the shortest


def test_a_row_with_one_weighted_position_is_fixed() -> None:
    plain = Pattern(([0, 1, 1], [1, 0, 1]), (2, 2))
    pattern = plain.with_row_sums([1.0, 4.0], [8.0, 17.0])
    assert pattern.size == 1
    matrix = pattern.to_csr([0.3]).toarray()
    assert matrix[0].tolist() == [0.0, 2.0]
    assert matrix[1] @ [1, 4] == pytest.approx(17, rel=1e-14)


def test_positions_without_weight_stay_free(rng: np.random.Generator) -> None:
    plain = Pattern(([0, 0, 1, 1], [0, 1, 0, 2]), (2, 3))
    pattern = plain.with_row_sums([0.0, 2.0, 0.0], [6.0, 0.0])
    assert pattern.size == 3  # (0, 0), (1, 0), (1, 2)
    matrix = pattern.to_csr(rng.standard_normal(3)).toarray()
    assert matrix[0, 1] == pytest.approx(3, rel=1e-14)
    assert np.count_nonzero(matrix) == 4


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("first", [1e-200, 1e-9, 1.0, 1e9])
def test_row_sums_are_exact_for_weights_of_any_size(
    first: float, sign: float, rng: np.random.Generator
) -> None:
    weights = np.array([first, sign, 2.0])
    pattern = Pattern.full((1, 3)).with_row_sums(weights, [5.0])
    matrix = pattern.to_csr(rng.standard_normal(2))
    assert (matrix @ weights)[0] == pytest.approx(5.0, rel=1e-13, abs=1e-13 * first)
    basis = pattern.T.toarray()
    assert agree(basis.T @ basis, np.eye(2))


@pytest.mark.parametrize(
    ("entries", "weights"), [(([1], [0]), [1.0, 1.0]), (([0, 1], [1, 0]), [1.0, 0.0])]
)
def test_a_sum_that_no_row_reaches_is_an_error(entries: Any, weights: list[float]) -> None:
    with pytest.raises(ValueError, match=r"row 0 cannot reach the sum 2: .* nonzero weight"):
        Pattern(entries, (2, 2)).with_row_sums(weights, [2.0, 1.0])


def test_row_sums_may_meet_other_constraints(rng: np.random.Generator) -> None:
    weights, values = rng.uniform(0.5, 2, 5), rng.standard_normal(7)
    for plain in (duplicated(rng, (7, 5)), full(rng, (7, 5)).tied(np.arange(35) // 3)):
        reachable = np.asarray(np.diff(plain.indptr) > 0, dtype=np.float64)
        pattern = plain.with_row_sums(weights, values * reachable)
        matrix = pattern.to_csr(rng.standard_normal(pattern.size))
        assert agree(matrix @ weights, values * reachable)


# errors

BAD: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "row out of range": (
        lambda: Pattern(([0, 3], [0, 0]), (3, 2)),
        ValueError,
        r"i: .*0\.\.2, got 3 at i\[1\]",
    ),
    "column out of range": (
        lambda: Pattern(([0], [2]), (3, 2)),
        ValueError,
        r"j: .*0\.\.1, got 2 at j\[0\]",
    ),
    "no row at all": (lambda: Pattern(([0], [0]), (0, 2)), ValueError, "i: "),
    "negative index": (lambda: Pattern(([-1], [0]), (3, 2)), ValueError, "i: .*-1"),
    "64-bit index": (lambda: Pattern(([2**32], [0]), (3, 2)), ValueError, "i: .*4294967296"),
    "floats": (lambda: Pattern(([0.0], [0]), (3, 2)), TypeError, "i: expected integers.*float64"),
    "booleans": (lambda: Pattern(([0], [True]), (3, 2)), TypeError, "j: expected integers.*bool"),
    "strings": (lambda: Pattern((["0"], [0]), (3, 2)), TypeError, "i: expected integers"),
    "two dimensions": (lambda: Pattern(([[0]], [0]), (3, 2)), ValueError, r"i: .*\(1, 1\)"),
    "lengths differ": (lambda: Pattern(([0, 1], [0]), (3, 2)), ValueError, "one length.*2 and 1"),
    "shape too large": (lambda: Pattern(([], []), (2**31, 2)), OverflowError, "32-bit.*2147483648"),
    "negative shape": (lambda: Pattern(([], []), (-1, 2)), ValueError, r"sizes ≥ 0.*\(-1, 2\)"),
    "three sizes": (lambda: Pattern(([], []), (1, 2, 3)), ValueError, "two sizes"),  # type: ignore[arg-type]
    "no shape": (lambda: Pattern(([], []), 3), TypeError, r"shape \(rows, columns\), got 3"),  # type: ignore[arg-type]
    "fractional shape": (lambda: Pattern(([], []), (1.5, 2)), ValueError, "two sizes"),  # type: ignore[arg-type]
    "dense matrix": (lambda: Pattern.from_scipy(np.eye(2)), TypeError, "SciPy sparse.*ndarray"),
    "sparse vector": (
        lambda: Pattern.from_scipy(sparse.coo_array(np.ones(3))),
        ValueError,
        r"two dimensions, got shape \(3,\)",
    ),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_patterns_are_refused(case: str) -> None:
    call, error, words = BAD[case]
    with pytest.raises(error, match=f"(?s)^pattern: .*{words}"):
        call()


BAD_CALLS: dict[str, tuple[Callable[[Pattern], Any], type[Exception], str]] = {
    "g too short": (lambda p: p.to_csr([1.0]), ValueError, r"g: expected shape \(2,\), got \(1,\)"),
    "g a matrix": (lambda p: p.to_csr([[1.0, 2.0]]), ValueError, r"g: .*\(1, 2\)"),
    "g not a number": (lambda p: p.to_csr([1, np.nan]), ValueError, "g: .*nan at position 1"),
    "g complex": (lambda p: p.to_csr([1, 1j]), TypeError, "g: .*complex128"),
    "other shape": (lambda p: p.pack(np.ones((3, 2))), ValueError, r"\(2, 2\), got \(3, 2\)"),
    "complex matrix": (lambda p: p.pack(np.eye(2) * 1j), TypeError, "matrix: .*complex128"),
    "NaN matrix": (lambda p: p.pack(np.full((2, 2), np.nan)), ValueError, "matrix: .*finite"),
    "NaN sparse": (
        lambda p: p.pack(sparse.csr_array([[np.inf, 0]] * 2)),
        ValueError,
        "matrix: .*fin",
    ),
    "rows of a map": (
        lambda p: p.mapped(np.ones((3, 1))),
        ValueError,
        r"\(2, new size\).*\(3, 1\)",
    ),
    "map a vector": (lambda p: p.mapped(np.ones(2)), ValueError, r"\(2, new size\).*\(2,\)"),
    "map complex": (lambda p: p.mapped(np.ones((2, 1)) * 1j), TypeError, "map: .*complex128"),
    "map NaN": (lambda p: p.mapped(np.full((2, 1), np.nan)), ValueError, "map: .*finite"),
    "offset": (lambda p: p.mapped(np.eye(2), [1.0]), ValueError, r"offset: .*\(2,\), got \(1,\)"),
    "weights": (lambda p: p.with_row_sums([1.0], [1, 1]), ValueError, r"weights: .*\(2,\)"),
    "values": (lambda p: p.with_row_sums([1, 1], [1.0]), ValueError, r"values: .*\(2,\)"),
}


@pytest.mark.parametrize("case", list(BAD_CALLS))
def test_bad_arguments_are_named(case: str) -> None:
    call, error, words = BAD_CALLS[case]
    with pytest.raises(error, match=words):
        call(Pattern(([0, 1], [0, 1]), (2, 2)))
