"""Orthogonal reductions, when data is bound: [Y K] = Q [R K̃; 0 S] without ever forming Q."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nzdiff.runtime.data.spec import KernelSpec, Reduction
from nzdiff.runtime.data.supports import Supports


def reduce(
    reduction: Reduction, spec: KernelSpec, arrays: Mapping[str, Any], supports: Supports
) -> None:
    """Fill the arrays of a reduction from those it reads."""
    from scipy.linalg import qr

    matrix = _matrices(reduction, spec, arrays, supports)
    columns = [matrix(reduction.matrix)]
    if reduction.constant:
        columns.append(matrix(reduction.constant))
    stacked = np.asfortranarray(np.concatenate(columns, axis=1))
    (factor,) = qr(stacked, mode="r", overwrite_a=True, check_finite=False)
    size = columns[0].shape[1]
    count = min(size, len(factor))  # with fewer rows than columns, the other rows stay zero
    arrays[reduction.triangle].reshape(size, size)[:count] = np.triu(factor[:count, :size])
    if reduction.reduced:
        matrix(reduction.reduced)[:count] = factor[:count, size:]
    arrays[reduction.remainder][0] = float(np.sum(np.triu(factor[size:, size:]) ** 2))


def reduce_constant(
    reduction: Reduction,
    spec: KernelSpec,
    arrays: Mapping[str, Any],
    supports: Supports,
    basis: Any = None,
) -> Any:
    """Fill what depends on the constant alone: K̃ = Qᵀ K and ‖K − Q K̃‖², Q of Y = Q R.

    basis: Q, which an earlier call returned; as large as Y.
    """
    from scipy.linalg import qr

    matrix = _matrices(reduction, spec, arrays, supports)
    if basis is None:
        basis, _ = qr(matrix(reduction.matrix), mode="economic", check_finite=False)
    constant = matrix(reduction.constant)
    projected = basis.T @ constant
    if reduction.reduced:
        matrix(reduction.reduced)[: len(projected)] = projected
    rest = 0.0 if len(basis) == basis.shape[1] else np.sum((constant - basis @ projected) ** 2)
    arrays[reduction.remainder][0] = float(rest)
    return basis


def _matrices(
    reduction: Reduction, spec: KernelSpec, arrays: Mapping[str, Any], supports: Supports
) -> Callable[[str], Any]:
    described = {array.name: array for array in spec.arrays}

    def matrix(name: str) -> Any:
        array = described[name]
        shape = supports.size(array.rows), supports.size(array.cols)
        whole = arrays[name].reshape(shape)
        return whole.T if reduction.transposed else whole

    return matrix
