"""Pattern against dense NumPy: vec(G) = T g + c of every way to make a pattern and to change it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from scipy import sparse

from hostile.dense_patterns import dense, holds, places_of, same, stored_in
from hostile.draws import (
    EITHER,
    FEW_LEGAL,
    ILLEGAL,
    INDEX_FORMS,
    LEGAL,
    VECTOR_FORMS,
    Generator,
    damaged,
    formed,
    outcome,
    sparse_matrix,
    worst,
)
from hostile.pattern_changes import CHANGES
from hostile.verdicts import REFUSED, RIGHT, Wrong
from nzdiff import Pattern

LARGEST = 5
WRONG_SHAPES: tuple[Any, ...] = (
    None, 3, "33", (3,), (3, 3, 3), (-1, 3), (2.5, 3), (float("nan"), 3), (float("inf"), 3),
    (None, 3), (3j, 3), ("3", 3), (2**31, 3), (2**40, 2**40), ([3], 3), {3: 3}, (3, object()),
    np.array([[3, 3]]), (np.nan, np.nan), (10**400, 1), (3, b"3"),
)  # fmt: skip


def examine(seed: int) -> str:
    """One pattern, one or two changes, a look at it."""
    draws, rng = random.Random(seed), np.random.default_rng(seed)
    pattern = _made(draws, rng)
    if pattern is None:
        return REFUSED
    refused = False
    for _ in range(draws.choice((0, 0, 0, 0, 0, 0, 1, 1, 2))):
        changed = draws.choice(CHANGES)(draws, rng, pattern)
        refused = refused or changed is None
        pattern = changed or pattern
    if draws.random() < 0.4:
        draws.choice(LOOKS)(draws, rng, pattern)
    return REFUSED if refused else RIGHT


def _made(draws: random.Random, rng: Generator) -> Pattern | None:
    """A pattern that was compared with what it is made of; None where it was refused."""
    kind = draws.random()
    if kind < 0.72:
        return _of_arrays(draws, rng)
    if kind < 0.86:
        return _of_scipy(draws, rng)
    if kind < 0.95:
        return _named(draws)
    if kind < 0.99:
        shape = draws.choice(WRONG_SHAPES)
        build = draws.choice((lambda: Pattern(([0], [0]), shape), lambda: Pattern.full(shape)))
        return outcome(build, ILLEGAL, f"shape {shape!r}")  # type: ignore[no-any-return]
    _of_other_entries(draws)
    return None


def _of_arrays(draws: random.Random, rng: Generator) -> Pattern | None:
    shape = (draws.randint(0, LARGEST), draws.randint(0, LARGEST))
    count = draws.randint(0, 8) if min(shape) else 0
    rows, cols = (rng.integers(0, max(size, 1), count) for size in shape)
    right = draws.random() < 0.8
    i = formed(draws, rows, FEW_LEGAL if right else INDEX_FORMS)
    j = formed(draws, cols, FEW_LEGAL if right or i.status == ILLEGAL else INDEX_FORMS)
    status, form = worst(i.status, j.status), f"i {i.form} j {j.form}"
    if i.form == j.form == "one short":
        status = EITHER
    if i.form == j.form == "one more":
        status = EITHER
    given: Any = tuple(shape) if draws.random() < 0.9 else (np.int64(shape[0]), np.int8(shape[1]))
    pattern: Pattern | None = outcome(lambda: Pattern((i.given, j.given), given), status, form)
    if pattern is None or (status == EITHER and i.form in ("one short", "one more")):
        return pattern
    for array in (i.given, j.given):  # the pattern must not see what happens to them
        if isinstance(array, np.ndarray) and array.flags.writeable and array.size:
            array[:] = 0
    holds("entries", pattern, rows, cols, shape)
    if pattern.size != count or pattern.nnz != len(
        {*zip(rows.tolist(), cols.tolist(), strict=True)}
    ):
        raise Wrong(f"counts: {pattern.size} and {pattern.nnz} of {rows} {cols}")
    return pattern


def _of_scipy(draws: random.Random, rng: Generator) -> Pattern | None:
    shape = (draws.randint(0, LARGEST), draws.randint(0, LARGEST))
    matrix = sparse_matrix(draws, rng, shape)
    if draws.random() < 0.25:
        broken = damaged(draws, matrix)
        outcome(lambda: Pattern.from_scipy(broken.given), ILLEGAL, broken.form)
        return None
    entries = matrix.tocoo()
    rows, cols = np.array(entries.row), np.array(entries.col)
    pattern: Pattern = outcome(lambda: Pattern.from_scipy(matrix), LEGAL, f"format {matrix.format}")
    if hasattr(matrix, "indices") and matrix.nnz and draws.random() < 0.3:
        matrix.indices[:] = 0
    holds(matrix.format, pattern, rows, cols, shape)
    return pattern


def _named(draws: random.Random) -> Pattern | None:
    n, m = draws.randint(0, LARGEST), draws.randint(0, LARGEST)
    strict = draws.random() < 0.5
    if draws.random() < 0.2:
        size: Any = draws.choice((-1, 2.5, None, "3", float("nan"), (3, 3), [3], 3j, 2**31, True))
        status = EITHER if size is True else ILLEGAL
        names = ("diagonal", "lower_triangular", "upper_triangular")
        name = draws.choice(names)
        outcome(lambda: getattr(Pattern, name)(size), status, f"{name}({size!r})")
        return None
    j, i = (x.ravel() for x in np.meshgrid(np.arange(m), np.arange(n), indexing="ij"))
    kind = draws.randrange(4)
    if kind == 0:
        pattern, shape = Pattern.full((n, m)), (n, m)
    elif kind == 1:
        pattern, shape = Pattern.diagonal(n), (n, n)
        i = j = np.arange(n)
    else:
        j, i = (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
        build = Pattern.lower_triangular if kind == 2 else Pattern.upper_triangular
        kept = i >= j + strict if kind == 2 else i + strict <= j
        i, j, shape = i[kept], j[kept], (n, n)
        pattern = build(n, strict=strict)
    holds("named", pattern, i, j, shape)
    return pattern


def _of_other_entries(draws: random.Random) -> None:
    """Entries that are no pair of vectors."""
    one = np.zeros(2, dtype=int)
    entries: Any = draws.choice(
        (
            None, 5, "ij", (one,), (one, one, one), np.zeros((3, 2), dtype=int), [], {}, one,
            [[0, 1], [1, 0], [1, 1]], sparse.eye_array(2), (None, None), ((), None), "", b"01",
        )
    )  # fmt: skip
    outcome(lambda: Pattern(entries, (2, 2)), ILLEGAL, f"entries {type(entries).__name__}")


# looks: what a pattern says and gives


def _look_at_csr(draws: random.Random, rng: Generator, pattern: Pattern) -> None:
    g = formed(draws, rng.normal(size=pattern.size), VECTOR_FORMS, legal=0.7)
    matrix = outcome(lambda: pattern.to_csr(g.given), g.status, f"to_csr of g {g.form}")
    if matrix is None:
        return
    T, c = dense(pattern)
    same("to_csr", matrix.toarray().ravel(order="F"), T @ g.meant + c)
    same("to_csc", pattern.to_csc(g.given).toarray(), matrix.toarray())
    before = (pattern.indptr.copy(), pattern.indices.copy())
    with suppress(ValueError):  # what was handed out is the caller's own, or read-only
        matrix.data *= 0
        matrix.eliminate_zeros()
    if not all(map(np.array_equal, before, (pattern.indptr, pattern.indices))):
        raise Wrong("shared arrays: eliminate_zeros() on a result changed the pattern")


def _look_at_adjoint(_: random.Random, rng: Generator, pattern: Pattern) -> None:
    g, s = rng.normal(size=pattern.size), rng.normal(size=pattern.nnz)
    left, right = pattern.expand_tangent(g) @ s, pattern.reduce(s) @ g
    if abs(left - right) > 1e-9 * (1 + abs(left)):
        raise Wrong(f"reduce: not the adjoint of expand, {left} and {right}")


def _look_at_pack(draws: random.Random, rng: Generator, pattern: Pattern) -> None:
    T, c = dense(pattern)
    g = rng.normal(size=pattern.size)
    G = (T @ g + c).reshape(pattern.shape, order="F")
    given: Any = draws.choice((sparse.csr_array, sparse.coo_array, np.array, np.asfortranarray))(G)
    found = outcome(lambda: pattern.pack(given), LEGAL, "pack of a matrix that is reached")
    same("pack", T @ found + c, T @ g + c, 1e-6)
    beside = np.flatnonzero(~stored_in(pattern))
    if beside.size and np.abs(G).max(initial=0) < 100:
        G.T.flat[draws.choice(beside.tolist())] = 10.0
        outcome(
            lambda: pattern.pack(G), ILLEGAL, "pack of a matrix with a number beside the pattern"
        )


def _look_at_gather(draws: random.Random, rng: Generator, pattern: Pattern) -> None:
    n, m = pattern.shape
    matrix = sparse_matrix(draws, rng, (n, m))
    if draws.random() < 0.3:
        broken = damaged(draws, matrix)
        outcome(lambda: pattern.gather(broken.given), ILLEGAL, f"gather of {broken.form}")
        return
    found = outcome(lambda: pattern.gather(matrix), LEGAL, f"gather of {matrix.format}")
    rows = np.repeat(np.arange(n), np.diff(pattern.indptr))
    same(f"gather {matrix.format}", found, matrix.toarray()[rows, pattern.indices])


def _look_at_flags(_: random.Random, __: Generator, pattern: Pattern) -> None:
    n, m = pattern.shape
    T, c = dense(pattern)
    stored = stored_in(pattern)
    if pattern.is_full != stored.all():
        raise Wrong(f"is_full: {pattern.is_full} for {stored}")
    eye = n == m and np.array_equal(stored, np.eye(n, dtype=bool).ravel())
    if pattern.is_diagonal != eye:
        raise Wrong(f"is_diagonal: {pattern.is_diagonal} for {stored}")
    if n == m:
        rows, cols = places_of((n, n))
        mirror = cols + n * rows
        same = np.array_equal(T[mirror], T) and np.array_equal(c[mirror], c)
        same = same and np.array_equal(stored[mirror], stored)
        if pattern.is_symmetric != same:
            raise Wrong(f"is_symmetric: {pattern.is_symmetric} for T = {T.tolist()}")
    elif pattern.is_symmetric:
        raise Wrong("is_symmetric: true for a pattern that is not square")
    if pattern.is_selection:
        P = pattern.P.toarray()
        if not np.array_equal(P @ P.T, np.eye(len(P))):
            raise Wrong("P: its rows are not orthonormal")


LOOKS: tuple[Callable[..., None], ...] = (
    _look_at_csr, _look_at_adjoint, _look_at_pack, _look_at_gather, _look_at_flags,
)  # fmt: skip
