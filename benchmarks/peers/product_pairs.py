"""Q = Gᵀ L G by index arrays that are computed once: what an expert precomputes by hand.

(L G)[e] = Σ L_value · g[t]           over the products (value, t) of entry e
Q[q] = Σ g[t] · (L G)[e]              over the triples (t, e, q), t = (i, j), e = (i, b), q = (j, b)
∂/∂g[t] = Σ (L G)[e] · S[q]           over the same triples, S = Q̄ + Q̄ᵀ (L symmetric)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.evaluation.seed import Seed

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The index arrays.

    LG_map: L G's values are LG_map @ g, CSR (nnz(L G), s); row_of and col_of are theirs.
    t, e, q: the triples, sorted by t, those of t in t_start[t] : t_start[t + 1].
    by_q: the order of the triples that sorts them by q, and q_start as t_start.
    Q_rows, Q_cols, Q_indptr: the pattern of Q in CSR.  mirror: the position of (b, a) for (a, b).
    """

    LG_map: sparse.csr_array
    row_of: Indices
    col_of: Indices
    t: Indices
    e: Indices
    q: Indices
    t_start: Indices
    by_q: Indices
    q_start: Indices
    Q_rows: Indices
    Q_cols: Indices
    Q_indptr: Indices
    mirror: Indices


def product_pairs(seed: Seed) -> Pairs:
    """The index arrays of an instance; L must be symmetric."""
    n, m, s = seed.n, seed.m, seed.s
    entries = np.diff(seed.G_indptr)
    values, i, t = _joined(seed.L_values, seed.L_indices, _owners(seed.L_indptr), seed.G_indptr)
    keys, e = np.unique(i * m + seed.cols[t], return_inverse=True)
    LG_map = sparse.csr_array((values, (e, t)), (len(keys), s))
    LG_indptr = np.searchsorted(keys, np.arange(n + 1) * m)
    widths = np.repeat(np.diff(LG_indptr), entries)
    triple_t = np.repeat(np.arange(s), widths)
    t_start = np.concatenate([[0], np.cumsum(widths)])
    triple_e = np.arange(len(triple_t)) - t_start[triple_t] + LG_indptr[seed.rows[triple_t]]
    Q_keys, q = np.unique(seed.cols[triple_t] * m + keys[triple_e] % m, return_inverse=True)
    by_q = np.argsort(q, kind="stable")
    a, b = np.divmod(Q_keys, m)
    return Pairs(
        LG_map=LG_map,
        row_of=keys // m,
        col_of=keys % m,
        t=triple_t,
        e=triple_e,
        q=q,
        t_start=t_start,
        by_q=by_q,
        q_start=np.searchsorted(q[by_q], np.arange(len(Q_keys) + 1)),
        Q_rows=a,
        Q_cols=b,
        Q_indptr=np.searchsorted(a, np.arange(m + 1)),
        mirror=np.searchsorted(Q_keys, b * m + a),
    )


def _owners(indptr: Indices) -> Indices:
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


def _joined(
    values: Floats, inner: Indices, outer: Indices, indptr: Indices
) -> tuple[Floats, Indices, Indices]:
    """Every entry (outer, inner) of L with every stored value of G in row `inner`."""
    widths = np.diff(indptr)[inner]
    owner = np.repeat(np.arange(len(inner)), widths)
    first = np.concatenate([[0], np.cumsum(widths)])[:-1]
    t = np.arange(len(owner)) - first[owner] + indptr[inner][owner]
    return values[owner], outer[owner], t
