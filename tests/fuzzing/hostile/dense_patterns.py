"""Patterns as dense arrays, and what two of them have to have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from hostile.verdicts import Wrong
from nzdiff import Pattern


def dense(pattern: Pattern) -> tuple[Any, Any]:
    """T and c as arrays."""
    return pattern.T.toarray(), pattern.c


def holds(name: str, pattern: Pattern, rows: Any, cols: Any, shape: tuple[int, int]) -> None:
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
        compare(name, pattern, T, np.zeros(shape[0] * shape[1]))


def places_of(shape: tuple[int, int]) -> tuple[Any, Any]:
    """Row and column of each place of vec(G)."""
    place = np.arange(shape[0] * shape[1])
    return place % max(shape[0], 1), place // max(shape[0], 1)


def stored_in(pattern: Pattern) -> Any:
    stored = np.zeros(pattern.shape, dtype=bool)
    stored[np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr)), pattern.indices] = True
    return stored.ravel(order="F")


def compare(name: str, pattern: Pattern, T: Any, c: Any) -> None:
    found, constant = dense(pattern)
    same(f"{name} T", found, T)
    same(f"{name} c", constant, c)


def same(name: str, found: Any, wanted: Any, tolerance: float = 1e-10) -> None:
    if found.shape != wanted.shape:
        raise Wrong(f"{name}: shape {found.shape}, not {wanted.shape}")
    gap = np.abs(found - wanted).max(initial=0.0)
    if not gap <= tolerance * (1.0 + np.abs(wanted).max(initial=0.0)):
        raise Wrong(f"{name}: off by {gap:.3g}: {found.tolist()}, not {wanted.tolist()}")


def restricted(name: str, old: Pattern, new: Pattern, C: Any, d: Any) -> None:
    """New values are exactly the old ones with C vec(G) = d."""
    T, c = dense(old)
    S, s = dense(new)
    scale = 1.0 + np.abs(s).max(initial=0.0)
    same(f"{name} keeps its constraint", C @ S, np.zeros((len(C), new.size)), 1e-9)
    same(f"{name} reaches its constraint", C @ s, d, 1e-9 * scale)
    both = np.column_stack([S, s - c]) if new.size else (s - c)[:, None]
    reached = T @ np.linalg.lstsq(T, both, rcond=1e-10)[0]
    same(f"{name} stays in the pattern", reached, both, 1e-8 * scale)
    image = int(np.linalg.matrix_rank(T, tol=1e-9)) if T.size else 0
    held = C @ T
    rank = int(np.linalg.matrix_rank(held, tol=1e-9)) if held.size else 0
    own = int(np.linalg.matrix_rank(S, tol=1e-9)) if S.size else 0
    if own != image - rank:
        raise Wrong(f"{name}: {own} directions, not {image} - {rank}")
