"""Orthogonal reductions, when data is bound: [Y K] = Q [R K̃; 0 S] without ever forming Q."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.linalg import qr

from nzdiff.runtime.data.spec import KernelSpec, Reduction
from nzdiff.runtime.data.support import Supports


def reduce(
    reduction: Reduction, spec: KernelSpec, arrays: Mapping[str, Any], supports: Supports
) -> None:
    """Fill the arrays of a reduction from those it reads."""
    described = {array.name: array for array in spec.arrays}

    def matrix(name: str) -> Any:
        array = described[name]
        shape = supports.size(array.rows), supports.size(array.cols)
        whole = arrays[name].reshape(shape)
        return whole.T if reduction.transposed else whole

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
