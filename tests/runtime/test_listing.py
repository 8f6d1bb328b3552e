"""Lists of sparse products: NumPy's and C's are the same, number by number, and right."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import find, look_up
from nzdiff.runtime.data import panels
from nzdiff.runtime.data.index_maps import embedding, positions, product_map
from nzdiff.runtime.data.listing import NumpyLister, grouped
from nzdiff.runtime.data.supports import row_classes
from nzdiff.runtime.kernel import tables
from nzdiff.runtime.kernel.compiler import CompilerError, find_compiler
from nzdiff.runtime.kernel.tables import CLister, multiplier_for

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")
SIZES = [(1, 1, 1), (5, 3, 20), (30, 40, 9), (17, 17, 33), (40, 1, 40)]
DENSITIES = [(0.3, 0.3, 0.3), (0.9, 0.9, 0.1), (0.05, 0.9, 1.0), (0.0, 0.5, 0.5), (1.0, 1.0, 1.0)]


@pytest.fixture(autouse=True)
def everything_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "FEW", 0)


def pattern(rng: np.random.Generator, shape: tuple[int, int], density: float) -> sparse.csr_array:
    """Some of its rows are alike."""
    whole = rng.random(shape) < density
    return sparse.csr_array(whole[rng.integers(max(shape[0] // 2, 1), size=shape[0])].astype(float))


@needs_compiler
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("densities", DENSITIES, ids=str)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_both_list_the_same(
    sizes: tuple[int, int, int],
    densities: tuple[float, float, float],
    turned: bool,
    rng: np.random.Generator,
) -> None:
    n, k, m = sizes
    A, B = pattern(rng, (n, k), densities[0]), pattern(rng, (k, m), densities[1])
    out = pattern(rng, (n, m), densities[2])
    stored = sparse.csr_array(A.T) if turned else A
    left, right = positions(stored, transposed=turned), positions(B, transposed=False)
    numbered = positions(pattern(rng, (n, m), 0.5), transposed=False)
    kinds = row_classes(A), row_classes(out)
    square = sparse.csr_array((A.T @ out).astype(bool).astype(float))
    square.sort_indices()
    one, other = (
        [
            *product_map(left, right, out, lister),
            *lister.products(left, right, out, by_demand=False),
            *lister.products(left, right, out, by_demand=True),
            *astuple(panels.spread(left, right, out, lister)),
            *flat(panels.outer(A, out, square, kinds, lister)),
            *flat(panels.sampled(A, right, out, kinds, lister)),
            embedding(numbered, out, lister),
        ]
        for lister in (CLister(), NumpyLister())
    )
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@needs_compiler
@pytest.mark.parametrize("densities", DENSITIES, ids=str)
@pytest.mark.parametrize("sizes", [*SIZES, (3, 4, 9_000)], ids=str)
def test_both_give_the_pattern_of_a_product(
    sizes: tuple[int, int, int], densities: tuple[float, float, float], rng: np.random.Generator
) -> None:
    n, k, m = sizes
    A, B = pattern(rng, (n, k), densities[0]), pattern(rng, (k, m), densities[1])
    one, other = multiplier_for("c")(A, B), multiplier_for("numpy")(A, B)
    assert one.shape == other.shape == (n, m)
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@needs_compiler
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("densities", DENSITIES, ids=str)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_pairs_are_those_of_both_sides_and_found_in_each(
    sizes: tuple[int, int, int],
    densities: tuple[float, float, float],
    lower: bool,
    rng: np.random.Generator,
) -> None:
    n, m, count = sizes
    A, B = pattern(rng, (n, m), densities[0]), pattern(rng, (m, n), densities[1])
    i, j = rng.integers(n, size=(2, count)), rng.integers(m, size=(2, count))
    sides = (A, np.sort(i[0]), j[0]), (B, j[1], i[1])
    for other in (None, sides[1]):
        stored = A.toarray()[sides[0][1]][:, j[0]] != 0
        if other is not None:
            stored &= B.toarray()[j[1]][:, i[1]] != 0
        expected = np.tril(stored) if lower else stored
        for lister in (CLister(), NumpyLister()):
            found = lister.pairs(sides[0], other, lower=lower)
            np.testing.assert_array_equal(found.toarray(), expected)
            assert found.nnz == expected.sum() and found.has_sorted_indices
    wanted = A, sides[0][1], j[0]
    np.testing.assert_array_equal(CLister().places(*wanted), NumpyLister().places(*wanted))


@needs_compiler
def test_patterns_are_multiplied_where_no_library_can_be_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "_LOADED", [])

    def refuse() -> None:
        raise CompilerError("none")

    monkeypatch.setattr(tables, "_library", refuse)
    tables._is_loaded.cache_clear()
    eye = sparse.eye_array(4, format="csr")
    assert (multiplier_for("auto")(eye, eye) != eye).nnz == 0
    tables._is_loaded.cache_clear()


def flat(groups_and_tables: Any) -> list[NDArray[Any]]:
    groups, *rest = groups_and_tables
    return [*astuple(groups), *rest]


@needs_compiler
@pytest.mark.parametrize("share", [1, 4, 10**6])
def test_permutations_are_numbered_in_ascending_order(
    share: int, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(tables, "SHARE", share)
    words = rng.integers(2**63, size=30, dtype=np.uint64)[rng.integers(30, size=400)]
    which, distinct = tables._numbered(words)
    expected, inverse = np.unique(words, return_inverse=True)
    assert distinct.tolist() == expected.tolist() and which.tolist() == inverse.tolist()


def test_what_is_small_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "FEW", 10**6)
    monkeypatch.setattr(tables, "_LOADED", [])
    monkeypatch.setattr(tables, "_library", lambda: pytest.fail("loaded"))
    eye = positions(sparse.eye_array(5, format="csr"), transposed=False)
    assert product_map(eye, eye, eye, CLister())[1].tolist() == list(range(5))
    assert embedding(eye, eye, CLister()).tolist() == list(range(5))
    assert panels.spread(eye, eye, eye, CLister()).left.tolist() == list(range(5))


def test_labels_are_sorted_by_counting() -> None:
    start, order = grouped(np.array([2, 0, 2, 3, 0]), 5)
    assert start.tolist() == [0, 2, 2, 4, 5, 5] and order.tolist() == [1, 4, 0, 2, 3]


@pytest.mark.parametrize("count", [3, 400])
def test_positions_are_looked_up_alike_however_many(count: int, rng: np.random.Generator) -> None:
    A = pattern(rng, (8, 11), 0.4)
    rows, cols = rng.integers(8, size=count), rng.integers(11, size=count)
    place = look_up(A, rows, cols)
    keys = np.repeat(np.arange(8), np.diff(A.indptr)) * 11 + A.indices
    assert place.tolist() == find(keys, rows * 11 + cols).tolist()
    assert ((place >= 0) == (A.toarray()[rows, cols] != 0)).all()
