"""Pattern against dense NumPy: vec(G) = T g + c of every way to make a pattern and to change it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from scipy import sparse

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
from hostile.verdicts import REFUSED, RIGHT, Wrong, attempt
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
    _holds("entries", pattern, rows, cols, shape)
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
    _holds(matrix.format, pattern, rows, cols, shape)
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
    _holds("named", pattern, i, j, shape)
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


# changes: each gives the new pattern, compared with the old one, or None where it was refused


def _triangle(draws: random.Random, _: Generator, pattern: Pattern) -> Pattern:
    name, strict = draws.choice(("lower", "upper")), draws.random() < 0.5
    changed: Pattern = getattr(pattern, name)(strict=strict)
    rows, cols = _places(pattern.shape)
    kept = rows >= cols + strict if name == "lower" else rows + strict <= cols
    T, c = dense(pattern)
    T, c = T * kept[:, None], c * kept
    if pattern.is_selection:
        T = T[:, T.any(axis=0)]
        _compare(name, changed, T, c)
    else:
        new, constant = dense(changed)
        _same(name, new[:, new.any(axis=0)], T[:, T.any(axis=0)])
        _same(f"{name} c", constant, c)
    return changed


def _mirrored(draws: random.Random, _: Generator, pattern: Pattern) -> Pattern | None:
    name = draws.choice(("symmetric", "skew"))
    n, m = pattern.shape
    changed: Pattern | None
    changed, _error = attempt(getattr(pattern, name))
    if n != m:
        if changed is not None:
            raise Wrong(f"{name}: taken for shape {pattern.shape}")
        return None
    stored = _stored(pattern).reshape(n, n, order="F")
    if not (stored == stored.T).all():
        if changed is not None:
            raise Wrong(f"{name}: taken, though no mirror of every position is stored")
        return None
    if changed is None:
        if pattern.is_selection:
            raise Wrong(f"{name}: refused for a selection, {_error}")
        return None
    rows, cols = _places(pattern.shape)
    mirror = cols + n * rows
    sign = 1.0 if name == "symmetric" else -1.0
    C = np.eye(n * n) - sign * np.eye(n * n)[mirror]
    _restricted(name, pattern, changed, C, np.zeros(n * n))
    if name == "symmetric" and not changed.is_symmetric:
        raise Wrong("is_symmetric: false for a symmetric pattern")
    return changed


def _toeplitz(_: random.Random, __: Generator, pattern: Pattern) -> Pattern | None:
    changed: Pattern | None
    changed, _error = attempt(pattern.toeplitz)
    if changed is None:
        if pattern.is_selection:
            raise Wrong(f"toeplitz: refused for a selection, {_error}")
        return None
    rows, cols = _places(pattern.shape)
    stored, offset = np.flatnonzero(_stored(pattern)), cols - rows
    pairs = [(p, q) for p in stored for q in stored if p < q and offset[p] == offset[q]]
    C = np.zeros((len(pairs), rows.size))
    for row, (p, q) in enumerate(pairs):
        C[row, p], C[row, q] = 1.0, -1.0
    _restricted("toeplitz", pattern, changed, C, np.zeros(len(pairs)))
    return changed


def _tied(draws: random.Random, rng: Generator, pattern: Pattern) -> Pattern | None:
    labels = rng.integers(0, 3, pattern.size) * draws.choice((1, 10**6))
    forms = tuple(f for f in INDEX_FORMS if f[0] not in ("too large", "beyond 32 bits", "one more"))
    far_fine = tuple(
        f for f in forms if not (f[0] in ("uint8", "int8") and labels.max(initial=0) > 99)
    )
    given = formed(draws, labels, far_fine, legal=0.8)
    status = EITHER if given.form == "beyond 63 bits" else given.status
    changed: Pattern | None = outcome(
        lambda: pattern.tied(given.given), status, f"tied {given.form}"
    )
    if changed is None or status == EITHER:
        return changed
    T, c = dense(pattern)
    Z = (labels[:, None] == np.unique(labels)).astype(float)
    _compare("tied", changed, T @ Z, c)
    return changed


def _fixed(draws: random.Random, rng: Generator, pattern: Pattern) -> Pattern | None:
    size = pattern.size
    values = np.round(rng.normal(size=size), 2)
    free = rng.random(size) < 0.5
    T, c = dense(pattern)
    if draws.random() < 0.3:
        places: Any = {int(t): float(values[t]) for t in np.flatnonzero(~free)}
        status = LEGAL
        if draws.random() < 0.3:
            key: Any = draws.choice((size, -1, 0.5, None, "0", 2**70, (0,)))
            value: Any = draws.choice((1.0, None, 1j))
            places[key], status = value, ILLEGAL
        elif size and draws.random() < 0.2:
            places = {0: draws.choice((np.nan, np.inf, None, "1", 1j))}
            status = ILLEGAL
        changed: Pattern | None = outcome(lambda: pattern.fixed(places), status, f"fixed {places}")
    else:
        forms = tuple(f for f in VECTOR_FORMS if f[0] not in ("NaN", "bool", "whole numbers"))
        given = formed(draws, np.where(free, np.nan, values), forms, legal=0.8)
        if given.form == "masked" or given.status == EITHER:
            attempt(lambda: pattern.fixed(given.given))
            return None
        changed = outcome(lambda: pattern.fixed(given.given), given.status, f"fixed {given.form}")
        values = np.nan_to_num(given.meant)
    if changed is not None:
        _compare("fixed", changed, T[:, free], c + T @ np.where(free, 0.0, values))
    return changed


def _mapped(draws: random.Random, rng: Generator, pattern: Pattern) -> Pattern | None:
    width = draws.randint(0, 4)
    M = np.round(rng.normal(size=(pattern.size, width)), 1) * (
        rng.random((pattern.size, width)) < 0.6
    )
    given: Any = sparse.csr_array(M) if draws.random() < 0.5 else M
    status, offset = LEGAL, rng.normal(size=pattern.size) if draws.random() < 0.5 else None
    form = "mapped"
    if draws.random() < 0.2:
        bad: tuple[Any, ...] = (
            M[:, :0].ravel(),
            M * 1j,
            "M",
            None,
            np.full(M.shape, np.nan),
            M[None],
        )
        given, status = draws.choice(bad), ILLEGAL
        form = f"mapped {type(given).__name__}"
        if isinstance(given, np.ndarray) and (not given.size or not M.size):
            status = EITHER
        elif given is bad[3]:
            form = "mapped None"
    elif M.size and draws.random() < 0.2:
        broken = damaged(draws, sparse.csr_array(M))
        given, status, form = broken.given, ILLEGAL, f"mapped by {broken.form}"
    changed: Pattern | None = outcome(lambda: pattern.mapped(given, offset), status, form)
    if changed is None or status == EITHER:
        return None
    T, c = dense(pattern)
    _compare("mapped", changed, T @ M, c if offset is None else c + T @ offset)
    return changed


def _constrained(draws: random.Random, rng: Generator, pattern: Pattern) -> Pattern | None:
    on: Any = draws.choice(("G", "g"))
    T, c = dense(pattern)
    columns = T.shape[0] if on == "G" else T.shape[1]
    rows = draws.randint(0, 3)
    A = rng.integers(-2, 3, (rows, columns)) * (rng.random((rows, columns)) < 0.6)
    C, d = (A, np.zeros(rows)) if on == "G" else (A @ np.linalg.pinv(T), np.zeros(rows))
    if draws.random() < 0.15:
        wrong: Any = draws.choice((A * 1j, None, "A", A[:, :-1], A[None], np.full(A.shape, np.nan)))
        if isinstance(wrong, np.ndarray) and (not A.size or wrong.shape == A.shape[:1]):
            return None
        outcome(lambda: pattern.constrained(wrong, d, on=on), ILLEGAL, "constrained")
        return None
    reachable = draws.random() < 0.7
    g = rng.normal(size=pattern.size)
    b = A @ (T @ g + c if on == "G" else g) if reachable else rng.normal(size=rows)
    given: Any = sparse.coo_array(A.astype(float)) if draws.random() < 0.5 else A
    changed: Pattern | None
    changed, _error = attempt(lambda: pattern.constrained(given, b, on=on))
    if changed is None:
        if reachable:
            raise Wrong(f"constrained: refused, though there is a solution, {_error}")
        return None
    if on == "G":
        _restricted("constrained", pattern, changed, C.astype(float), b)
    return changed


def _row_sums(_: random.Random, rng: Generator, pattern: Pattern) -> Pattern | None:
    n, m = pattern.shape
    weights = np.round(rng.normal(size=m), 1)
    T, c = dense(pattern)
    C = np.kron(weights, np.eye(n)).reshape(n, n * m)
    values = C @ (T @ rng.normal(size=pattern.size) + c)
    changed, _error = attempt(lambda: pattern.with_row_sums(weights, values))
    if changed is None:
        raise Wrong(f"with_row_sums: refused, though there is a solution, {_error}")
    _restricted("with_row_sums", pattern, changed, C, values)
    return changed  # type: ignore[no-any-return]


CHANGES: tuple[Callable[..., Pattern | None], ...] = (
    _triangle, _mirrored, _toeplitz, _tied, _fixed, _mapped, _constrained, _row_sums,
)  # fmt: skip


# looks: what a pattern says and gives


def _look_at_csr(draws: random.Random, rng: Generator, pattern: Pattern) -> None:
    g = formed(draws, rng.normal(size=pattern.size), VECTOR_FORMS, legal=0.7)
    matrix = outcome(lambda: pattern.to_csr(g.given), g.status, f"to_csr of g {g.form}")
    if matrix is None:
        return
    T, c = dense(pattern)
    _same("to_csr", matrix.toarray().ravel(order="F"), T @ g.meant + c)
    _same("to_csc", pattern.to_csc(g.given).toarray(), matrix.toarray())
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
    _same("pack", T @ found + c, T @ g + c, 1e-6)
    beside = np.flatnonzero(~_stored(pattern))
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
    _same(f"gather {matrix.format}", found, matrix.toarray()[rows, pattern.indices])


def _look_at_flags(_: random.Random, __: Generator, pattern: Pattern) -> None:
    n, m = pattern.shape
    T, c = dense(pattern)
    stored = _stored(pattern)
    if pattern.is_full != stored.all():
        raise Wrong(f"is_full: {pattern.is_full} for {stored}")
    eye = n == m and np.array_equal(stored, np.eye(n, dtype=bool).ravel())
    if pattern.is_diagonal != eye:
        raise Wrong(f"is_diagonal: {pattern.is_diagonal} for {stored}")
    if n == m:
        rows, cols = _places((n, n))
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


def dense(pattern: Pattern) -> tuple[Any, Any]:
    """T and c as arrays."""
    return pattern.T.toarray(), pattern.c


def _holds(name: str, pattern: Pattern, rows: Any, cols: Any, shape: tuple[int, int]) -> None:
    """The pattern stores these entries, in this order."""
    owner = np.repeat(np.arange(shape[0]), np.diff(pattern.indptr))
    keys, slots = owner * shape[1] + pattern.indices, pattern.slots
    right = pattern.shape == shape and pattern.size == len(rows) and (np.diff(keys) > 0).all()
    pairs = ((owner[slots], rows), (pattern.indices[slots], cols), (pattern.rows, rows))
    if not (right and all(np.array_equal(*pair) for pair in (*pairs, (pattern.cols, cols)))):
        raise Wrong(f"{name}: {pattern} of rows {rows.tolist()}, columns {cols.tolist()}")
    if len(rows) % 4 == 0:
        T = np.zeros((shape[0] * shape[1], len(rows)))
        T[rows + shape[0] * cols, np.arange(len(rows))] = 1.0
        _compare(name, pattern, T, np.zeros(shape[0] * shape[1]))


def _places(shape: tuple[int, int]) -> tuple[Any, Any]:
    """Row and column of each place of vec(G)."""
    place = np.arange(shape[0] * shape[1])
    return place % max(shape[0], 1), place // max(shape[0], 1)


def _stored(pattern: Pattern) -> Any:
    stored = np.zeros(pattern.shape, dtype=bool)
    stored[np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr)), pattern.indices] = True
    return stored.ravel(order="F")


def _compare(name: str, pattern: Pattern, T: Any, c: Any) -> None:
    found, constant = dense(pattern)
    _same(f"{name} T", found, T)
    _same(f"{name} c", constant, c)


def _same(name: str, found: Any, wanted: Any, tolerance: float = 1e-10) -> None:
    if found.shape != wanted.shape:
        raise Wrong(f"{name}: shape {found.shape}, not {wanted.shape}")
    gap = np.abs(found - wanted).max(initial=0.0)
    if not gap <= tolerance * (1.0 + np.abs(wanted).max(initial=0.0)):
        raise Wrong(f"{name}: off by {gap:.3g}: {found.tolist()}, not {wanted.tolist()}")


def _restricted(name: str, old: Pattern, new: Pattern, C: Any, d: Any) -> None:
    """New values are exactly the old ones with C vec(G) = d."""
    T, c = dense(old)
    S, s = dense(new)
    scale = 1.0 + np.abs(s).max(initial=0.0)
    _same(f"{name} keeps its constraint", C @ S, np.zeros((len(C), new.size)), 1e-9)
    _same(f"{name} reaches its constraint", C @ s, d, 1e-9 * scale)
    both = np.column_stack([S, s - c]) if new.size else (s - c)[:, None]
    reached = T @ np.linalg.lstsq(T, both, rcond=1e-10)[0]
    _same(f"{name} stays in the pattern", reached, both, 1e-8 * scale)
    image = int(np.linalg.matrix_rank(T, tol=1e-9)) if T.size else 0
    held = C @ T
    rank = int(np.linalg.matrix_rank(held, tol=1e-9)) if held.size else 0
    own = int(np.linalg.matrix_rank(S, tol=1e-9)) if S.size else 0
    if own != image - rank:
        raise Wrong(f"{name}: {own} directions, not {image} - {rank}")
