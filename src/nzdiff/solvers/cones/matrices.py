"""Bounds that are given as matrices of the unknowns, as arrays of their entries."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.solvers.run.protocols import HasPatterns, ModelLike, PatternLike, Vector

MOST = np.finfo(np.float64).max


def of_matrices(model: ModelLike, bounds: Any) -> Any:
    """Return bounds whose matrices, dense or sparse, are arrays; what has none is returned.

    A side of (lower, upper), or of `scipy.optimize.Bounds`, is a matrix, or a tuple of one for each
    unknown; a number or None among these holds for all entries of its unknown. What a sparse matrix
    does not store is the bound 0.
    """
    sides = _sides(bounds)
    if sides is None or not isinstance(model, HasPatterns):
        return bounds
    if not any(_is_matrix(part) for side in sides for part in _parts(side)):
        return bounds
    patterns = model.patterns
    return tuple(
        _side(name, side, patterns) for name, side in zip(("lower", "upper"), sides, strict=True)
    )


def _sides(bounds: Any) -> tuple[Any, Any] | None:
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        return bounds.lb, bounds.ub
    return tuple(bounds) if isinstance(bounds, (tuple, list)) and len(bounds) == 2 else None


def _parts(side: Any) -> tuple[Any, ...]:
    return tuple(side) if isinstance(side, (tuple, list)) else (side,)


def _is_matrix(part: Any) -> bool:
    return bool(sparse.issparse(part)) or (isinstance(part, np.ndarray) and part.ndim == 2)


def _side(name: str, side: Any, patterns: tuple[PatternLike, ...]) -> Any:
    """Return one side as an array in the order of all entries; a number or an array as it is."""
    parts = _parts(side)
    is_several = isinstance(side, (tuple, list)) and len(parts) == len(patterns)
    if not is_several and not any(_is_matrix(part) for part in parts):
        return side
    if len(parts) != len(patterns):
        raise ValueError(
            f"bounds: {name}: expected a matrix for each of {len(patterns)} unknowns, a tuple of "
            f"them, got {len(parts)}"
        )
    pairs = zip(parts, patterns, strict=True)
    return np.concatenate([_entries(name, part, pattern) for part, pattern in pairs])


def _entries(name: str, part: Any, pattern: PatternLike) -> Vector:
    """Return the bounds on the entries of an unknown."""
    count = pattern.size if pattern.is_selection else pattern.nnz
    if not _is_matrix(part):
        nothing = -np.inf if name == "lower" else np.inf
        return np.full(count, nothing if part is None else part, dtype=np.float64)
    if tuple(part.shape) != tuple(pattern.shape):
        raise ValueError(
            f"bounds: {name}: expected a matrix of shape {tuple(pattern.shape)}, that of the "
            f"unknown, got {tuple(part.shape)}"
        )
    _check_zeros(name, part, pattern)
    stored = _gathered(pattern, part)
    return pattern.reduce(stored) if pattern.is_selection else stored


def _gathered(pattern: PatternLike, part: Any) -> Vector:
    """Return the bounds at the stored positions; patterns take finite numbers alone."""
    finite = sparse.csr_array(part, dtype=np.float64) if sparse.issparse(part) else part
    if sparse.issparse(finite):
        finite.data = np.clip(finite.data, -MOST, MOST)
    else:
        finite = np.clip(finite, -MOST, MOST)
    stored = pattern.gather(finite)
    return np.where(np.abs(stored) == MOST, np.copysign(np.inf, stored), stored)


def _check_zeros(name: str, part: Any, pattern: PatternLike) -> None:
    """Refuse a bound that an entry which is not stored, and so is 0, does not keep."""
    bound, cols = sparse.coo_array(part), pattern.shape[1]
    wrong = bound.data > 0.0 if name == "lower" else bound.data < 0.0
    stored = pattern.to_csr(np.zeros(pattern.size)).tocoo()
    keys = bound.row[wrong].astype(np.int64) * cols + bound.col[wrong]
    outside = ~np.isin(keys, stored.row.astype(np.int64) * cols + stored.col)
    if outside.any():
        i, j = divmod(int(keys[outside][0]), cols)
        raise ValueError(
            f"bounds: {name}: entry ({i}, {j}) is not stored, and so is 0, but its bound is "
            f"{bound.data[wrong][outside][0]:g}"
        )
