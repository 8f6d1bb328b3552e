"""Memory is counted before it is asked for, and an error says how much would be needed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff import memory
from nzdiff.runtime.assembly.entries import Entries
from nzdiff.runtime.data import index_maps, panels
from nzdiff.runtime.data.index_maps import positions, product_map
from nzdiff.runtime.data.supports import Supports, row_classes
from nzdiff.runtime.residual_layout import _positions

MACHINE = 4_000_000
"""Bytes that the machine of these tests has."""


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "physical_bytes", lambda: MACHINE)


def cross(size: int) -> sparse.csr_array:
    """A full row and a full column: its square is full."""
    ones = np.ones((size, 1))
    first = sparse.csr_array(([1.0], ([0], [0])), shape=(1, size))
    return positions(sparse.csr_array(ones @ first + (ones @ first).T), transposed=False)


def product(make: Callable[..., Any]) -> Any:
    a = cross(400)
    return make(a, a, sparse.csr_array(np.ones((400, 400))))


def many(r: int, k: int) -> Any:
    """Constraints in which no entry stands alone."""
    return np.random.default_rng(0).standard_normal((r, k))


def classes(a: Any) -> Any:
    return row_classes(a), row_classes(a)


LARGE: dict[str, tuple[Callable[[], Any], str]] = {
    "pairs": (lambda: product(product_map), "an index table of 160399 multiplications"),
    "spread": (lambda: product(panels.spread), "an index table of 160399 multiplications"),
    "outer": (
        lambda: product(lambda a, b, out: panels.outer(a, b, out, classes(a))),
        "an index table of 1[0-9]* multiplications",
    ),
    "sampled": (
        lambda: product(lambda a, b, out: panels.sampled(a, b, out, classes(out))),
        "an index table of [0-9]* multiplications",
    ),
    "commutation": (
        lambda: Supports({}, {}).add_constants([("K", "commutation", (400, 400))]),
        "a commutation matrix",
    ),
    "every position": (lambda: Entries.full((400, 400)), "places of every position"),
    "full pattern": (lambda: nz.Pattern.full((400, 400)), "pattern: needs 0.01"),
    "row sums": (
        lambda: nz.Pattern.full((40, 200)).with_row_sums(np.ones(200), np.ones(40)),
        "rows of up to 200 entries",
    ),
    "constraints": (
        lambda: nz.Pattern.full((30, 30)).constrained(many(60, 900), np.zeros(60)),
        "60 constraints .*on 900 entries: needs",
    ),
    "matrix of many rows": (
        lambda: nz.Pattern(([3], [0]), (2**21, 2)).pack(
            sparse.coo_array(([1.0], ([3], [0])), shape=(2**21, 2))
        ),
        "matrix: row pointers",
    ),
    "diagonal": (lambda: nz.Pattern.diagonal(10**9), "pattern: needs 64 GB"),
    "row pointers": (lambda: nz.Pattern(([3], [0]), (2**21, 2)).indptr, "row pointers"),
    "constant": (lambda: nz.Pattern(([3], [0]), (2**21, 2)).c, "pattern: c: needs"),
}


@pytest.mark.usefixtures("small_machine")
@pytest.mark.parametrize("case", list(LARGE))
def test_what_does_not_fit_is_refused_before_it_is_allocated(case: str) -> None:
    make, words = LARGE[case]
    tracemalloc.start()
    try:
        with pytest.raises(MemoryError, match=words):
            make()
        assert tracemalloc.get_traced_memory()[1] < 2 * MACHINE
    finally:
        tracemalloc.stop()


def test_a_pattern_takes_the_memory_of_its_entries_whatever_its_shape() -> None:
    tracemalloc.start()
    try:
        pattern = nz.Pattern(([5, 2**30 - 1], [1, 0]), (2**30, 2))
        assert (pattern.nnz, pattern.size, pattern.is_diagonal, pattern.is_full) == (
            2,
            2,
            False,
            False,
        )
        assert pattern.T.shape == (2**31, 2)
        assert pattern.reduce(pattern.expand(np.array([3.0, 4.0]))).tolist() == [3.0, 4.0]
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_row_pointers_are_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    matrix = sparse.random_array((57, 9), density=0.1, rng=rng, format="csr")
    monkeypatch.setattr("nzdiff.pattern.PIECE", 10)
    assert np.array_equal(nz.Pattern.from_scipy(matrix).indptr, matrix.indptr)


@pytest.mark.parametrize("limit", ["pairs", "panels"])
def test_tables_beyond_32_bits_are_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_maps, "INDEX_LIMIT", 1000)
    monkeypatch.setattr(panels, "INDEX_LIMIT", 100)
    make = {"pairs": product_map, "panels": panels.spread}[limit]
    with pytest.raises(OverflowError, match="32-bit maps"):
        product(make)


def test_positions_beyond_32_bits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nzdiff.runtime.assembly.entries.INDEX_LIMIT", 100)
    with pytest.raises(MemoryError, match="11 × 10 positions exceed 32-bit places"):
        Entries.full((11, 10))


def test_a_system_that_does_not_know_its_memory_has_no_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = memory._machine_bytes.__wrapped__()
    monkeypatch.setattr("os.sysconf", lambda name: -1)
    assert known is not None
    assert memory._machine_bytes.__wrapped__() is None


def test_the_memory_of_a_container_and_the_limit_of_a_process_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_machine_bytes", "_container_bytes", "_limit_bytes"):
        monkeypatch.setattr(memory, name, lambda: None)
    assert memory.physical_bytes() is None
    memory.check_fits("anything", 1e30, "nothing")
    monkeypatch.setattr(memory, "_limit_bytes", lambda: 7000)
    monkeypatch.setattr(memory, "_machine_bytes", lambda: 9000)
    assert memory.physical_bytes() == 7000
    with pytest.raises(MemoryError, match=r"anything: needs 8e-06 GB, .* has 7e-06 GB; try less"):
        memory.check_fits("anything", 8000, "try less")


@pytest.mark.usefixtures("small_machine")
@pytest.mark.parametrize("shape", [(2, 60_000), (60_000, 2)])
def test_positions_of_residuals_are_counted_before_they_are_made(shape: tuple[int, int]) -> None:
    support = SimpleNamespace(support=None)
    with pytest.raises(MemoryError, match=r"residual_positions: needs 0\.0048 GB"):
        _positions(support, shape, None)  # type: ignore[arg-type]


def test_a_reduced_matrix_is_counted_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    X = nz.dense("X", 20, 20)
    pattern = nz.Pattern.full((20, 20)).tied(np.arange(400) // 2)
    model = nz.Problem(nz.sumsq(X.T * X), wrt=X).bind(X=pattern, backend="numpy")
    hessian = model.hessian(np.ones(model.size))
    assert not hessian.is_sparse
    monkeypatch.setattr(memory, "physical_bytes", lambda: 2_000_000)
    with pytest.raises(MemoryError, match=r"the reduced matrix: needs 0\.00256 GB"):
        hessian.toarray()
