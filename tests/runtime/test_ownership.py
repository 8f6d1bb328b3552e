"""Arrays that are kept are copies or read-only; arrays that are handed out are the caller's."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.storage import checked_csr, checked_storage

FORMATS = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")


def arrays_of(value: Any) -> list[np.ndarray]:
    if sparse.issparse(value):
        return [value.data, value.indices, value.indptr]
    return [value] if isinstance(value, np.ndarray) else []


PATTERNS: dict[str, Callable[[], nz.Pattern]] = {
    "plain": lambda: nz.Pattern(([1, 0, 1], [1, 0, 0]), (2, 2)),
    "duplicates": lambda: nz.Pattern(([1, 1, 0], [1, 1, 0]), (2, 2)),
    "symmetric": lambda: nz.Pattern.full((2, 2)).symmetric(),
    "fixed": lambda: nz.Pattern.full((2, 2)).fixed({0: 3.0}),
    "lower": lambda: nz.Pattern.full((2, 2)).toeplitz().lower(),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "itself": lambda p: p,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda p: pickle.loads(pickle.dumps(p)),
}


@pytest.mark.parametrize("made", list(COPIES))
@pytest.mark.parametrize("kind", list(PATTERNS))
def test_arrays_of_a_pattern_cannot_be_written_to(kind: str, made: str) -> None:
    pattern = COPIES[made](PATTERNS[kind]())
    names = ("rows", "cols", "indptr", "indices", "slots", "matrix", "adjoint", "offset")
    kept = [array for name in names for array in arrays_of(getattr(pattern, name))]
    assert len(kept) >= 5
    assert not any(array.flags.writeable for array in kept)
    assert np.array_equal(pattern.T.toarray(), PATTERNS[kind]().T.toarray())
    assert np.array_equal(pattern.c, PATTERNS[kind]().c)


@pytest.mark.parametrize("kind", list(PATTERNS))
def test_what_a_pattern_hands_out_is_the_callers(kind: str) -> None:
    pattern = PATTERNS[kind]()
    g = np.arange(pattern.size, dtype=np.float64)
    before = pattern.to_csr(g).toarray()
    handed = [pattern.to_csr(g), pattern.to_csc(g), pattern.T.tocsr(), pattern.expand(g), pattern.c]
    handed += [pattern.gather(before), pattern.project(before), pattern.reduce(pattern.expand(g))]
    for array in (array for value in handed for array in arrays_of(value)):
        array[:] = 0
    pattern.to_csr(np.zeros(pattern.size)).eliminate_zeros()
    assert np.array_equal(pattern.to_csr(g).toarray(), before)


@pytest.mark.parametrize("kind", ["duplicates", "plain"])
def test_replace_keeps_what_positions_say(kind: str) -> None:
    other = replace(PATTERNS[kind](), shape=(3, 3))
    assert (other.shape, other.size) == ((3, 3), 3)


@pytest.mark.parametrize("kind", ["symmetric", "fixed", "lower"])
def test_replace_of_structure_is_refused(kind: str) -> None:
    with pytest.raises(TypeError, match="pattern: its ties and constraints"):
        replace(PATTERNS[kind](), shape=(3, 3))


def test_what_the_caller_passes_stays_as_it_is() -> None:
    doubled = sparse.csr_array(  # with duplicates, unsorted
        (np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1]), np.array([0, 3, 3])), shape=(2, 2)
    )
    before = [array.copy() for array in arrays_of(doubled)]
    pattern = nz.Pattern.full((2, 2))
    for read in (pattern.gather, pattern.pack, pattern.project):
        read(doubled)
    pattern.constrained(sparse.csr_array(np.ones((1, 4))), [1.0])
    G, A = nz.sparse("G", 2, 2), nz.sparse("A", 2, 2)
    nz.Problem(nz.sumsq(A @ G), wrt=G).bind(A=doubled, G=doubled)
    assert all(np.array_equal(a, b) for a, b in zip(arrays_of(doubled), before, strict=True))


def problem() -> nz.Problem:
    X, B = nz.dense("X", 2, 2), nz.dense("B", 2, 2)
    L, G = nz.sparse("L", 3, 3), nz.sparse("G", 3, 2)
    return nz.Problem(nz.sumsq(X - G.T @ L @ G @ B), wrt=G)


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=pytest.mark.slow)])
def test_no_part_of_a_model_sees_what_the_caller_changes(backend: str) -> None:
    data = {"X": np.eye(2), "B": np.ones((2, 2)), "L": sparse.csr_array(np.eye(3))}
    pattern = nz.Pattern.full((3, 2))
    model = problem().bind(**data, G=pattern, backend=backend)
    g = np.arange(6.0)
    want = model.energy(g), model.gradient(g), model.gauss_newton(g).toarray()
    for value in data.values():
        (value.data if sparse.issparse(value) else value)[:] = 7.0
    handed = [model.gradient(g), model.residual(g), model.gauss_newton(g).toarray()]
    handed += [model.unpack(g), model.gauss_newton(g).blocks("row").tocsr()]
    for array in (array for value in handed for array in arrays_of(value)):
        array[:] = 0
    point = np.array(g)
    hessian = model.hessian(point)
    product = hessian @ g
    point[:] = 0
    parts = model.composition()
    assert parts is not None
    assert np.isclose(model.energy(g), want[0])
    assert np.isclose(parts.outer.energy(parts.q(g)), want[0])
    assert np.array_equal(model.gradient(g), want[1])
    assert np.array_equal(model.gauss_newton(g).toarray(), want[2])
    assert np.array_equal(hessian @ g, product)


# sparse formats

DENSE = np.array([[0.0, 2.0, 0.0, 1.0], [3.0, 0.0, 0.0, 0.0], [0, 0, 0, 0], [0, 5.0, 6.0, 0]])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1", "g"])
def test_every_format_is_read(form: str, index: Any, dtype: str) -> None:
    matrix = sparse.csr_array(DENSE.astype(dtype)).asformat(form)
    for name in ("indices", "indptr") if form in ("csr", "csc", "bsr") else ():
        setattr(matrix, name, getattr(matrix, name).astype(index))
    found = checked_csr("A", matrix)
    assert found.dtype == np.float64
    assert found.has_canonical_format
    assert np.array_equal(found.toarray(), DENSE)
    assert np.array_equal(checked_storage("A", matrix).toarray(), DENSE)


def damage(form: str, **parts: Any) -> Any:
    matrix = sparse.csr_array(DENSE).asformat(form)
    for name, value in parts.items():
        place, number = value
        array = np.array(getattr(matrix, name))
        array[place] = number
        if form == "coo" and name in ("row", "col"):
            matrix.coords = tuple(
                array if own == name else getattr(matrix, own) for own in ("row", "col")
            )
        else:
            setattr(matrix, name, array)
    return matrix


def shortened(form: str, name: str) -> Any:
    matrix = sparse.csr_array(DENSE).asformat(form)
    setattr(matrix, name, getattr(matrix, name)[:-1])
    return matrix


def lists(rows: list[int], data: list[float]) -> Any:
    matrix = sparse.lil_array((2, 2))
    matrix.rows[0], matrix.data[0] = rows, data
    return matrix


def fractional() -> Any:
    matrix = sparse.csr_array(DENSE)
    matrix.indices = matrix.indices + 0.5
    return matrix


def one_sided() -> Any:
    matrix = sparse.coo_array(DENSE)
    matrix.coords = (matrix.coords[0],)
    return matrix


def diagonals(offsets: list[int], rows: int = 1) -> Any:
    matrix = sparse.dia_array((np.ones((rows, 3)), np.arange(rows)), shape=(3, 3))
    matrix.offsets = np.array(offsets, dtype=np.int32)
    return matrix


def fractional_key() -> Any:
    matrix = sparse.dok_array((3, 3))
    matrix[0, 1] = 2.0
    matrix._dict[0.5, 1] = 3.0
    return matrix


def without_indices() -> Any:
    matrix = sparse.csr_array(DENSE)
    del matrix.indices
    return matrix


DAMAGED: dict[str, tuple[Callable[[], Any], str]] = {
    "csr column": (
        lambda: damage("csr", indices=(1, 4)),
        r"column indices in 0..3, got 4 at indices\[1\]",
    ),
    "csr negative": (lambda: damage("csr", indices=(4, -1)), r"got -1 at indices\[4\]"),
    "csr huge": (lambda: damage("csr", indices=(0, 10**8)), r"got 100000000 at indices\[0\]"),
    "csr falls": (lambda: damage("csr", indptr=(1, 4)), r"rise, got 3 after 4 at indptr\[2\]"),
    "csr begins": (lambda: damage("csr", indptr=(0, 1)), r"begin with 0, got 1 at indptr\[0\]"),
    "csr ends": (lambda: damage("csr", indptr=(4, 6)), r"within the 5 stored values, got 6"),
    "csr short pointers": (
        lambda: shortened("csr", "indptr"),
        "expected 5 numbers in indptr, got 4",
    ),
    "csr short indices": (lambda: shortened("csr", "indices"), "within the 4 stored values"),
    "csr short data": (lambda: shortened("csr", "data"), "within the 4 stored values"),
    "csc row": (
        lambda: damage("csc", indices=(2, 9)),
        r"row indices in 0..3, got 9 at indices\[2\]",
    ),
    "csc falls": (lambda: damage("csc", indptr=(1, 4)), "rise"),
    "bsr block": (
        lambda: damage("bsr", indices=(0, 7)),
        r"column indices .* got 7 at indices\[0\]",
    ),
    "bsr falls": (lambda: damage("bsr", indptr=(1, 9)), "rise|within"),
    "coo row": (lambda: damage("coo", row=(3, 4)), r"row indices in 0..3, got 4 at row\[3\]"),
    "coo column": (
        lambda: damage("coo", col=(0, -2)),
        r"column indices in 0..3, got -2 at col\[0\]",
    ),
    "coo one side": (one_sided, r"rows and columns, got 1|no matrix"),
    "dia offsets beyond data": (
        lambda: diagonals([0, -1, 1]),
        "a row of data for each of 3 offsets",
    ),
    "dia offsets lost": (lambda: diagonals([]), "a row of data for each of 0 offsets"),
    "dia twice": (lambda: diagonals([1, 1], rows=2), "each diagonal once"),
    "dok key": (fractional_key, "pairs of whole numbers"),
    "no indices": (without_indices, "no matrix"),
    "coo short": (
        lambda: shortened("coo", "data"),
        "as many rows and columns as values, got 5, 5 and 4",
    ),
    "lil column": (
        lambda: lists([0, 5], [1.0, 2.0]),
        r"column indices in 0..1, got 5 at indices\[1\]",
    ),
    "lil short": (lambda: lists([0, 1], [1.0]), "one value for each index"),
    "lil long": (lambda: lists([0], [1.0, 2.0]), "one value for each index"),
    "fractional index": (
        fractional,
        "whole numbers as indices",
    ),
    "not finite": (lambda: damage("csr", data=(2, np.inf)), r"got inf at \(1, 0\)"),
    "sum overflows": (
        lambda: sparse.coo_array(([1e308, 1e308], ([1, 1], [0, 0])), shape=(2, 2)),
        r"got inf at \(1, 0\)",
    ),
    "beyond doubles": (
        lambda: sparse.csr_array(np.array([[2**53 + 1]])),
        "a double cannot hold 9007199254740993",
    ),
}


@pytest.mark.parametrize("case", list(DAMAGED))
def test_damaged_matrices_are_refused_with_their_place(case: str) -> None:
    make, words = DAMAGED[case]
    matrix = make()
    with pytest.raises(ValueError, match=f"^A: .*(?:{words})"):
        checked_csr("A", matrix)
    size = matrix.shape[0]
    G, A = nz.sparse("G", size, size), nz.sparse("A", size, size)
    with pytest.raises(ValueError, match=f"^A: .*(?:{words})"):
        nz.Problem(nz.sumsq(A @ G), wrt=G).bind(A=matrix, G=nz.Pattern.full((size, size)))


MASKED = np.ma.array(np.ones(4), mask=[False, False, True, False])


@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.to_csr(MASKED),
        lambda p: p.fixed(MASKED),
        lambda p: p.tied(np.ma.array([0, 1, 2, 3])),
        lambda p: p.constrained(MASKED[None], [1.0], on="g"),
        lambda p: p.mapped(np.eye(4), MASKED),
        lambda p: p.gather(MASKED.reshape(2, 2)),
        lambda p: p.with_row_sums(MASKED[:2], [1.0, 1.0]),
        lambda p: nz.Pattern((np.ma.array([0, 1]), [0, 1]), (2, 2)),
    ],
)
def test_masked_arrays_are_refused(call: Callable[[nz.Pattern], Any]) -> None:
    with pytest.raises(TypeError, match="an array without a mask"):
        call(nz.Pattern.full((2, 2)))
