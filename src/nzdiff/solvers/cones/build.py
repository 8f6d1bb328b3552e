"""The cone of a run: unknowns that are semidefinite, as `solve` is told, and bounds beside them.

Several unknowns are blocks of one matrix, and an inequality is a block of one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.solvers.cones.entries import EntryBounds, Polyhedron, bounds_of_entries
from nzdiff.solvers.cones.fixed import ConeOnPlane, Plane, plane
from nzdiff.solvers.cones.semidefinite import Places, Semidefinite
from nzdiff.solvers.linear.cholesky import cholesky
from nzdiff.solvers.run.bounds import Bounds
from nzdiff.solvers.run.cone import Cone
from nzdiff.solvers.run.protocols import HasPatterns, ModelLike, PatternLike, Vector

MOST_ROWS, MOST_UNKNOWNS = 3_000, 7_000
NOT_KNOWN = "semidefinite: expected True, or names of unknowns of the model"


def constraints(
    model: ModelLike, bounds: Any, semidefinite: Any, *, inside: bool = False
) -> tuple[Bounds | None, Cone | None]:
    """Return bounds on g, or the cone that g stays inside of; None where there is none.

    inside: whether the method wants bounds on g as a cone.
    """
    found = bounds_of_entries(model, bounds)
    names = _names(model, semidefinite)
    if found.box is not None and (names or inside):
        found = _of_bounds(found.box)
    if not names and found.polyhedron is None:
        return found.box, None
    kept = None if found.fixed is None else plane(*found.fixed)
    polyhedron = found.polyhedron
    if polyhedron is not None and kept is not None:
        N, d = sparse.csr_array(polyhedron.B @ kept.N), polyhedron.slack(kept.x)
        polyhedron = Polyhedron(N, d)
    cone: Cone | None = polyhedron
    if names:
        cone = _semidefinite(model, names, polyhedron, kept)
    assert cone is not None
    return None, cone if kept is None else ConeOnPlane(cone, kept)


def _semidefinite(
    model: ModelLike, names: tuple[str, ...], polyhedron: Polyhedron | None, kept: Plane | None
) -> Semidefinite:
    """Return the cone of unknowns, and of inequalities beside them."""
    assert isinstance(model, HasPatterns)
    if model.size > MOST_UNKNOWNS:
        raise ValueError(
            f"semidefinite: expected at most {MOST_UNKNOWNS} unknowns, for the curvature of the "
            f"cone is dense, got {model.size}"
        )
    blocks, start = [], 0
    for name, pattern in zip(_unknowns(model), model.patterns, strict=True):
        if name in names:
            blocks.append(_of_pattern(name, pattern, start, model.size, kept))
        start += pattern.size
    if polyhedron is not None:
        blocks.append(_of_inequalities(polyhedron))
    return _joined(", ".join(names), blocks)


@dataclass(frozen=True, slots=True)
class _Block:
    """A diagonal block of S, of n rows, as in `Semidefinite`."""

    rows: Places
    cols: Places
    T: sparse.csr_array
    c: Vector
    Q: Vector


def _names(model: ModelLike, semidefinite: Any) -> tuple[str, ...]:
    """Return the unknowns that are meant."""
    if semidefinite is None or semidefinite is False:
        return ()
    known = _unknowns(model)
    if not known:
        raise TypeError(f"{NOT_KNOWN}, such as problem.bind(…) gives; got {type(model).__name__}")
    if semidefinite is True:
        return known
    names = (semidefinite,) if isinstance(semidefinite, str) else semidefinite
    if not isinstance(names, (tuple, list)) or not all(name in known for name in names):
        raise ValueError(f"{NOT_KNOWN}, {', '.join(known)}; got {semidefinite!r}")
    return tuple(names)


def _unknowns(model: ModelLike) -> tuple[str, ...]:
    return tuple(getattr(getattr(model, "spec", None), "unknowns", ()))


def _of_pattern(
    name: str, pattern: PatternLike, start: int, size: int, kept: Plane | None
) -> _Block:
    """Return the block of an unknown, whose part of g begins at `start`; by h on a plane."""
    n, columns = pattern.shape
    if n != columns:
        raise ValueError(f"semidefinite: {name}: expected a square matrix, got {n} × {columns}")
    if n > MOST_ROWS:
        raise ValueError(
            f"semidefinite: {name}: expected at most {MOST_ROWS} rows, for the factors are dense, "
            f"got {n}; a matrix that is positive definite at the minimum needs no cone, but "
            f"energy + nz.domain({name})"
        )
    T, c = sparse.csr_array(pattern.T), pattern.c
    mirror = np.arange(n * n).reshape(n, n).T.ravel()
    if (T[mirror] != T).nnz or not np.array_equal(c, c[mirror]):
        raise ValueError(
            f"semidefinite: {name}: expected a symmetric matrix; give the pattern as "
            f"Pattern(…).symmetric(), or declare {name} with symmetric=True"
        )
    wide = sparse.csr_array((n * n, start)), T, sparse.csr_array((n * n, size - start - T.shape[1]))
    T = sparse.csr_array(sparse.hstack(wide, format="csr"))
    if kept is not None:
        T, c = sparse.csr_array(T @ kept.N), np.asarray(T @ kept.x + c)
    Q = _complement(T, c.reshape(n, n), n)
    stored = np.flatnonzero((np.diff(T.indptr) > 0) | (c != 0.0))
    cols, rows = stored // n, stored % n
    half = rows >= cols
    places = stored[half]
    return _Block(rows[half], cols[half], sparse.csr_array(T[places]), c[places], Q)


def _complement(T: sparse.csr_array, constant: Vector, n: int) -> Vector:
    """Return an orthonormal basis of what {x : S(g) x = 0 for all g} leaves, from Σ S_k² + C²."""
    found = sparse.coo_array(T)
    cols, rows = found.row // n, found.row % n
    keys, places = np.unique(rows.astype(np.int64) * T.shape[1] + found.col, return_inverse=True)
    W = sparse.csr_array((found.data, (places, cols)), shape=(keys.size, n))
    scale = float(np.abs(constant).max(initial=0.0)) or 1.0
    squares = (W.T @ W).toarray() + (constant / scale) @ (constant / scale)
    rounding = 100.0 * n * np.finfo(np.float64).eps
    largest = float(np.abs(squares).sum(axis=1).max(initial=0.0))  # at least an eigenvalue
    if cholesky(squares - rounding * largest * np.eye(n)) is not None:
        return np.eye(n)
    w, V = np.linalg.eigh(squares)
    free = w > rounding * w.max(initial=0.0)
    return np.eye(n) if free.all() else V[:, free]


def _of_bounds(box: Bounds) -> EntryBounds:
    """Return bounds on g as inequalities and equations."""
    is_fixed = box.lower == box.upper
    low, high = (np.isfinite(side) & ~is_fixed for side in (box.lower, box.upper))
    eye = sparse.eye_array(box.lower.size, format="csr")
    B = sparse.csr_array(sparse.vstack([eye[low], -eye[high]], format="csr"))
    polyhedron = Polyhedron(B, np.concatenate([-box.lower[low], box.upper[high]]))
    fixed = (sparse.csr_array(eye[is_fixed]), box.lower[is_fixed]) if is_fixed.any() else None
    return EntryBounds(None, polyhedron, fixed)


def _of_inequalities(polyhedron: Polyhedron) -> _Block:
    count = polyhedron.d.size
    places = np.arange(count)
    return _Block(places, places, polyhedron.B, polyhedron.d, np.eye(count))


def _joined(name: str, blocks: list[_Block]) -> Semidefinite:
    """Return the blocks as one matrix."""
    starts = np.cumsum([0, *(len(block.Q) for block in blocks)])
    if starts[-1] > MOST_ROWS:
        raise ValueError(
            f"semidefinite: expected at most {MOST_ROWS} rows and bounds in all, got {starts[-1]}"
        )
    pairs = list(zip(blocks, starts.tolist(), strict=False))
    return Semidefinite(
        name=name,
        rows=np.concatenate([block.rows + start for block, start in pairs]),
        cols=np.concatenate([block.cols + start for block, start in pairs]),
        T=sparse.csr_array(sparse.vstack([block.T for block in blocks], format="csr")),
        c=np.concatenate([block.c for block in blocks]),
        Q=sparse.block_diag([sparse.csr_array(block.Q) for block in blocks]).toarray(),
    )
