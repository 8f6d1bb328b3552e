r"""A lower bound of ‖X − Y Gᵀ L G B‖²_F for diagonal Y: forget G, keep Q = GᵀLG.

    min ‖X − Y Q B‖²_F  over symmetric Q on the pattern of GᵀLG,

positive semidefinite or not, so that no G does better.  Under G (P Φ₀) = Φ₀, because L Φ₀ = 0,
also Q (P Φ₀) = 0, which gives the diagonal of Q by its other entries.  With Q's free entries q,
E = ρ + ‖c − A q‖²: row a of X − Y Q B involves the few rows of B that Q stores in row a alone, so
that one small QR per row leaves a sparse A (nnz(Q) × length of q) and the constant ρ.

Weak duality certifies the number: for any r, ‖c − A q‖² ≥ 2 rᵀ(c − A q) − ‖r‖², so that
2 rᵀc − ‖r‖² bounds it from below up to 2 |qᵀAᵀr|, for all q at once where Aᵀr = 0.  A is nearly
rank-deficient; its normal equations are solved by CG, preconditioned by (AᵀA + δ²I)⁻¹, which is
applied by the sparse factors of [I A; Aᵀ −δ²I] so that AᵀA is never formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.linalg import LinearOperator, cg, splu

from nzdiff.demo.coarsening import CoarseningData
from nzdiff.pattern import Pattern

Floats = NDArray[np.float64]

REGULARISATION = 1e-5
"""δ, for columns of A of length 1.  Below, factors without pivoting lose the digits they need."""
REPEATS, CG_ITERATIONS, CG_RTOL = 3, 100, 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class ConvexRelaxation:
    """The relaxed minimum from both sides.

    primal: the energy of Q.  dual: what no Q falls below, up to slack = 2 ‖Aᵀr‖ ‖q‖, to which a q
    of the length of the one found could lower it.
    """

    Q: Any
    primal: float
    dual: float
    slack: float


def convex_lower_bound(data: CoarseningData, *, constrained: bool) -> float:
    """The certified bound, dual − slack."""
    found = convex_relaxation(data, constrained=constrained)
    return found.dual - found.slack


def convex_relaxation(data: CoarseningData, *, constrained: bool) -> ConvexRelaxation:
    """Minimise ‖X − Y Q B‖²_F over symmetric Q on the pattern of GᵀLG; see the module."""
    pattern = relaxed_pattern(data)
    rows, c, rest = reduced_rows(data, pattern)
    unknowns = symmetric_unknowns(pattern)
    if constrained:
        unknowns = unknowns @ zero_row_sums(unknowns, pattern, data.constraint_weights)
    A = sparse.csr_array(rows @ unknowns)
    q = least_squares(A, c)
    r = c - A @ q
    stored = unknowns @ q
    return ConvexRelaxation(
        Q=sparse.csr_array((stored, pattern.indices, pattern.indptr), shape=pattern.shape),
        primal=rest + float(r @ r),
        dual=rest + float(2 * r @ c - r @ r),
        slack=2 * float(np.linalg.norm(A.T @ r) * np.linalg.norm(q)),
    )


def relaxed_pattern(data: CoarseningData) -> Pattern:
    """The stored positions of GᵀLG, whatever the values; symmetric."""
    ones = np.ones(data.i.size)
    G = sparse.csr_array((ones, (data.i, data.j)), shape=data.shape)
    return Pattern.from_scipy(sparse.csr_array(G.T @ abs(data.L).sign() @ G))


def reduced_rows(data: CoarseningData, pattern: Pattern) -> tuple[Any, Floats, float]:
    """(A, c, ρ) with ‖X − Y Q B‖² = ρ + ‖c − A stored(Q)‖², A block diagonal, by one QR per row."""
    blocks, targets, rest = [], [], 0.0
    for a, (start, end) in enumerate(pairwise(pattern.indptr)):
        basis = data.Y[a] * data.B[pattern.indices[start:end]].T
        orthogonal, triangular = linalg.qr(basis, mode="economic")
        target = orthogonal.T @ data.X[a]
        rest += float(np.sum((data.X[a] - orthogonal @ target) ** 2))
        blocks.append(triangular)
        targets.append(target)
    stacked = sparse.block_diag([sparse.coo_array(block) for block in blocks], format="csr")
    return sparse.csr_array(stacked), np.concatenate(targets), rest


def symmetric_unknowns(pattern: Pattern) -> Any:
    """The map from the values on and below the diagonal to all stored ones, CSR (nnz, q)."""
    owners = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    low, high = np.minimum(owners, pattern.indices), np.maximum(owners, pattern.indices)
    keys, which = np.unique(high.astype(np.int64) * pattern.shape[0] + low, return_inverse=True)
    shape = (pattern.nnz, keys.size)
    return sparse.csr_array((np.ones(pattern.nnz), (np.arange(pattern.nnz), which)), shape=shape)


def zero_row_sums(unknowns: Any, pattern: Pattern, w: Floats) -> Any:
    """The map from off-diagonal values to q with Q w = 0: Q_aa = −Σ_b Q_ab w_b / w_a, b ≠ a."""
    owners = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    diagonal = owners == pattern.indices
    ratio = sparse.diags_array(np.where(diagonal, 0.0, -w[pattern.indices] / w[owners]))
    sums = sparse.csr_array(
        (np.ones(owners.size), (owners, np.arange(owners.size))), shape=(w.size, owners.size)
    )
    on_diagonal = unknowns[diagonal].T
    off = np.flatnonzero(np.asarray(on_diagonal.sum(axis=1)).ravel() == 0)
    identity = sparse.eye_array(unknowns.shape[1], format="csr")
    return sparse.csr_array((identity + on_diagonal @ (sums @ ratio @ unknowns))[:, off])


def least_squares(A: Any, c: Floats) -> Floats:
    """A q that minimises ‖c − A q‖; each repeat starts from the residual, computed anew."""
    cols = A.shape[1]
    scale = 1.0 / np.maximum(sparse.linalg.norm(A, axis=0), np.finfo(np.float64).tiny)
    scaled = sparse.csr_array(A @ sparse.diags_array(scale))
    transposed = sparse.csr_array(scaled.T)
    normal = LinearOperator((cols, cols), lambda v: transposed @ (scaled @ v), dtype=np.float64)
    preconditioner = regularised_inverse(scaled, REGULARISATION)
    q = np.zeros(cols)
    for _ in range(REPEATS):
        slope = transposed @ (c - scaled @ q)
        q += cg(normal, slope, M=preconditioner, rtol=CG_RTOL, maxiter=CG_ITERATIONS)[0]
    return np.asarray(scale * q)


def regularised_inverse(A: Any, delta: float) -> LinearOperator:
    """(AᵀA + δ²I)⁻¹ as an operator; quasi-definite, so that any order without pivots will do."""
    rows, cols = A.shape
    shift = delta**2 * sparse.eye_array(cols)
    system = sparse.csc_array(sparse.block_array([[sparse.eye_array(rows), A], [A.T, -shift]]))
    symmetric = {"SymmetricMode": True}
    factors = splu(system, "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=symmetric)

    def apply(v: Floats) -> Floats:
        return np.asarray(factors.solve(np.concatenate([np.zeros(rows), -np.ravel(v)]))[rows:])

    return LinearOperator((cols, cols), apply, dtype=np.float64)
