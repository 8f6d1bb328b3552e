"""What changes a pattern: triangles, symmetry, ties, fixed values, maps, constraints."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from hostile.dense_patterns import compare, dense, places_of, restricted, same, stored_in
from hostile.draws import (
    EITHER,
    ILLEGAL,
    INDEX_FORMS,
    LEGAL,
    VECTOR_FORMS,
    Generator,
    damaged,
    formed,
    outcome,
)
from hostile.verdicts import Wrong, attempt
from nzdiff import Pattern

# each gives the new pattern, compared with the old one, or None where it was refused


def _triangle(draws: random.Random, _: Generator, pattern: Pattern) -> Pattern:
    name, strict = draws.choice(("lower", "upper")), draws.random() < 0.5
    changed: Pattern = getattr(pattern, name)(strict=strict)
    rows, cols = places_of(pattern.shape)
    kept = rows >= cols + strict if name == "lower" else rows + strict <= cols
    T, c = dense(pattern)
    T, c = T * kept[:, None], c * kept
    if pattern.is_selection:
        T = T[:, T.any(axis=0)]
        compare(name, changed, T, c)
    else:
        new, constant = dense(changed)
        same(name, new[:, new.any(axis=0)], T[:, T.any(axis=0)])
        same(f"{name} c", constant, c)
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
    stored = stored_in(pattern).reshape(n, n, order="F")
    if not (stored == stored.T).all():
        if changed is not None:
            raise Wrong(f"{name}: taken, though no mirror of every position is stored")
        return None
    if changed is None:
        if pattern.is_selection:
            raise Wrong(f"{name}: refused for a selection, {_error}")
        return None
    rows, cols = places_of(pattern.shape)
    mirror = cols + n * rows
    sign = 1.0 if name == "symmetric" else -1.0
    C = np.eye(n * n) - sign * np.eye(n * n)[mirror]
    restricted(name, pattern, changed, C, np.zeros(n * n))
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
    rows, cols = places_of(pattern.shape)
    stored, offset = np.flatnonzero(stored_in(pattern)), cols - rows
    pairs = [(p, q) for p in stored for q in stored if p < q and offset[p] == offset[q]]
    C = np.zeros((len(pairs), rows.size))
    for row, (p, q) in enumerate(pairs):
        C[row, p], C[row, q] = 1.0, -1.0
    restricted("toeplitz", pattern, changed, C, np.zeros(len(pairs)))
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
    compare("tied", changed, T @ Z, c)
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
        compare("fixed", changed, T[:, free], c + T @ np.where(free, 0.0, values))
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
    compare("mapped", changed, T @ M, c if offset is None else c + T @ offset)
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
        restricted("constrained", pattern, changed, C.astype(float), b)
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
    restricted("with_row_sums", pattern, changed, C, values)
    return changed  # type: ignore[no-any-return]


CHANGES: tuple[Callable[..., Pattern | None], ...] = (
    _triangle, _mirrored, _toeplitz, _tied, _fixed, _mapped, _constrained, _row_sums,
)  # fmt: skip
