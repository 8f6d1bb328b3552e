"""Values that are equal up to a sign: one unknown of each kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Map = tuple[sparse.csr_array, Floats]


def signed_ties(
    M: sparse.csr_array,
    offset: Floats,
    positions: NDArray[Any],
    labels: NDArray[Any],
    signs: Floats,
) -> Map:
    """g = Z h + z of all g with (M g + offset)[positions] = signs · (one value per label).

    A stored value must be one of g, up to its sign, or a constant.  Then everything follows from
    connected components of a graph: each label and each entry of g has two nodes, for itself and
    for its negative, and each position an edge.  A value in one component with its negative is 0.
    Unknowns come in order of the lowest label in which they stand.
    """
    from scipy.sparse.csgraph import connected_components

    M = M.copy()
    M.eliminate_zeros()
    moving = np.diff(M.indptr) == 1
    if (np.diff(M.indptr) > 1).any() or (np.abs(M.data) != 1).any() or offset[moving].any():
        raise ValueError(
            "each stored value must be one entry of g, its negative or a constant; apply this "
            "before constrained(), with_row_sums() and mapped(), and without duplicates"
        )
    kinds, size = int(labels.max(initial=-1)) + 1, M.shape[1]
    entry, sign = np.zeros(moving.size, dtype=np.int64), np.zeros(moving.size)
    entry[moving], sign[moving] = M.indices, M.data
    at, where = moving[positions], positions[moving[positions]]
    value, negative = labels, labels + kinds
    opposite = signs[at] * sign[where] < 0
    ends = 2 * kinds + entry[where] + size * opposite, 2 * kinds + entry[where] + size * ~opposite
    edges = np.concatenate([value[at], negative[at]]), np.concatenate(ends)
    nodes = 2 * (kinds + size)
    graph = sparse.csr_array((np.ones(edges[0].size), edges), shape=(nodes, nodes))
    count, component = connected_components(graph, directed=False)
    known = np.full(count, np.nan)
    for plus, minus in (np.split(half, 2) for half in np.split(component, [2 * kinds])):
        known[plus[plus == minus]] = 0.0
    constant = signs[~at] * offset[positions[~at]]
    known[component[value[~at]]], known[component[negative[~at]]] = constant, -constant
    if (known[component[value[~at]]] != constant).any():
        raise ValueError("this contradicts the values that are fixed already; free them before")
    plus, minus = np.split(component[: 2 * kinds], 2)
    first = np.sort(np.unique(np.minimum(plus, minus), return_index=True)[1])
    first = first[np.isnan(known[plus[first]])]
    column, factor = np.full(count, -1), np.zeros(count)
    column[plus[first]] = column[minus[first]] = np.arange(first.size)
    factor[plus[first]], factor[minus[first]] = 1.0, -1.0
    of_entry = component[2 * kinds : 2 * kinds + size]
    free = np.flatnonzero(column[of_entry] >= 0)
    entries = (factor[of_entry[free]], (free, column[of_entry[free]]))
    Z = sparse.csr_array(entries, shape=(size, first.size))
    return Z, np.nan_to_num(known[of_entry])


def least_squares(M: sparse.csr_array, adjoint: sparse.csr_array, target: Floats) -> Floats:
    """The shortest g of least |M g − target|; adjoint is Mᵀ.  Ties are means: no iteration."""
    squares = _diagonal(adjoint @ M)
    if squares is not None:
        sums = np.asarray(adjoint @ target)
        mean: Floats = np.divide(sums, squares, out=np.zeros_like(sums), where=squares > 0)
        return mean
    from scipy.sparse.linalg import lsqr

    return np.asarray(lsqr(M, target, atol=1e-14, btol=1e-14)[0])


def _diagonal(matrix: sparse.csr_array) -> Floats | None:
    """The diagonal of a matrix that has nothing else; None for others."""
    diagonal = np.asarray(matrix.diagonal())
    gap = matrix - sparse.diags_array(diagonal, format="csr")
    least = diagonal[diagonal > 0].min(initial=np.inf)
    small = gap.nnz == 0 or np.abs(gap.data).max() < 1e-12 * least
    return diagonal if small else None
