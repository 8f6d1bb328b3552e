"""Spectral coarsening of a Laplacian: from a mesh to the data of E(G) = ‖X − Y Gᵀ L G B‖²_F.

In: a mesh with n vertices.  Out: L, X, Y, B, the pattern of G (n × m), the start G₀ = Kᵀ, and the
constraint that keeps constants in the null space.  Source: Liu, Jacobson, Ovsjanikov, "Spectral
coarsening of geometric operators", 2019.
One machine with one number of BLAS threads gives the same bits on each run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import eigsh

from nzdiff.demo.formats.polygons import Floats, Integers
from nzdiff.demo.mesh import Mesh, laplacian_and_mass

Indices = NDArray[np.int32]

COARSE, VERTICES_PER_CLUSTER = 300, 4
"""Clusters at most, and vertices for each at least, where m is not given."""
MODES, CLUSTERS_PER_MODE = 100, 3
"""Modes at most, and clusters for each at least, where k is not given."""
LEAST = 8
"""Vertices of the smallest mesh for which m and k are chosen: m = k = 2."""
SHIFT = -1e-6
"""Shift of the inverted operator L − σM, relative to trace(L)/trace(M): L itself is singular."""


@dataclass(frozen=True, slots=True, eq=False)
class CoarseningData:
    """The data of E(G) = ‖X − Y Gᵀ L G B‖²_F: n vertices, m clusters, k modes, s stored values."""

    L: Any
    """Cotangent Laplacian, positive semidefinite, CSR (n, n)."""
    mass: Floats
    """Diagonal of M (n,)."""
    eigenvalues: Floats
    """The k lowest λ of L φ = λ M φ (k,); the first is 0."""
    Phi: Floats
    """Φ (n, k): their eigenvectors, Φᵀ M Φ = I; the first is constant."""
    labels: Integers
    """Cluster of each vertex (n,)."""
    roots: Integers
    """Vertex at the middle of each cluster (m,)."""
    P: Any
    """Restriction, CSR (m, n): (P v)_c = v[roots[c]], the rows of I that belong to the roots."""
    coarse_mass: Floats
    """Diagonal of M̃ (m,): sums of the mass over each cluster."""
    i: Indices
    """Rows of the stored values of G (s,), sorted by row, then column."""
    j: Indices
    """Columns of the stored values of G (s,)."""
    shape: tuple[int, int]
    """(n, m), the shape of G."""
    G0: Any
    """The start G₀ = Kᵀ, CSR (n, m): its positions are among (i, j)."""
    X: Floats
    """M̃^½ P M⁻¹ L Φ (m, k)."""
    Y: Floats
    """Diagonal of M̃^−½ (m,)."""
    B: Floats
    """P Φ (m, k)."""
    constraint_weights: Floats
    """P Φ₀ (m,), in G (P Φ₀) = Φ₀: constants stay in the null space."""
    constraint_values: Floats
    """Φ₀ (n,)."""


def spectral_coarsening(
    mesh: Mesh,
    *,
    coarse: int | None = None,
    modes: int | None = None,
    rounds: int = 20,
    seed: int = 0,
) -> CoarseningData:
    """Everything in E(G) = ‖X − Y Gᵀ L G B‖²_F, for `coarse` = m clusters and `modes` = k.

    Without them: 300 clusters, on small meshes one for every four vertices; and a mode for every
    three clusters, at most 100.  The mesh is scaled to the area m, so that a coarse vertex has the
    mean mass 1.
    """
    coarse, modes = sizes(len(mesh.vertices), coarse, modes)
    L, mass = laplacian_and_mass(mesh.scaled_to_area(coarse))
    return coarsening_data(
        L, mass, lowest_modes(L, mass, modes), coarse=coarse, rounds=rounds, seed=seed
    )


def coarsening_data(
    L: Any, mass: Floats, modes: tuple[Floats, Floats], *, coarse: int, rounds: int, seed: int
) -> CoarseningData:
    """The same from operators, and modes (λ, Φ) that are known."""
    eigenvalues, Phi = modes
    labels, roots = clusters(L, mass, coarse, rounds=rounds, seed=seed)
    K = assignment(labels, coarse)
    P = restriction(roots, len(mass))
    i, j = coarsening_pattern(L, K)
    coarse_mass = K @ mass
    B = P @ Phi
    return CoarseningData(
        L=L,
        mass=mass,
        eigenvalues=eigenvalues,
        Phi=Phi,
        labels=labels,
        roots=roots,
        P=P,
        coarse_mass=coarse_mass,
        i=i,
        j=j,
        shape=(len(mass), coarse),
        G0=K.T.tocsr(),
        X=np.sqrt(coarse_mass)[:, None] * (P @ ((L @ Phi) / mass[:, None])),
        Y=1 / np.sqrt(coarse_mass),
        B=B,
        constraint_weights=B[:, 0].copy(),
        constraint_values=Phi[:, 0].copy(),
    )


def energy(data: CoarseningData, G: Any) -> float:
    """E(G) = ‖X − Y Gᵀ L G B‖²_F, in plain SciPy: an oracle for what nzdiff generates."""
    residual = data.X - data.Y[:, None] * (G.T @ (data.L @ (G @ data.B)))
    return float(np.sum(residual**2))


def sizes(n: int, coarse: int | None, modes: int | None) -> tuple[int, int]:
    """(m, k) for a mesh of n vertices: as given, or as `spectral_coarsening` says."""
    if n < LEAST and coarse is None:
        raise ValueError(
            f"mesh: expected at least {LEAST} vertices, got {n}, of which nothing is left when "
            "they are coarsened; subdivide the mesh, or give coarse and modes"
        )
    m = min(COARSE, n // VERTICES_PER_CLUSTER) if coarse is None else coarse
    if not 1 <= m < n:
        raise ValueError(f"coarse: expected 1 to {n - 1} for a mesh of {n} vertices, got {m}")
    k = min(MODES, max(2, m // CLUSTERS_PER_MODE), m) if modes is None else modes
    if not 1 <= k <= m:
        raise ValueError(f"modes: expected 1 to coarse = {m}, got {k}")
    return m, k


def lowest_modes(L: Any, mass: Floats, count: int) -> tuple[Floats, Floats]:
    """The `count` lowest λ (k,) and Φ (n, k) of L φ = λ M φ, with Φᵀ M Φ = I.

    The null vector of a connected mesh is known: φ₀ is set to 1/√trace(M) exactly, λ₀ to 0.  The
    other signs follow from an inner product with one fixed vector, not from the largest entry: on
    a mirror-symmetric mesh that one is a tie.
    """
    if csgraph.connected_components(L, directed=False)[0] != 1:
        raise ValueError("L: expected the Laplacian of one connected mesh, got several components")
    probe = np.random.default_rng(0).standard_normal(len(mass))
    shift = SHIFT * L.trace() / mass.sum()
    values, vectors = eigsh(L, count, M=sparse.diags_array(mass), sigma=shift, v0=probe)
    order = np.argsort(values)
    eigenvalues, Phi = values[order], vectors[:, order]
    Phi *= np.where(probe @ (mass[:, None] * Phi) < 0, -1.0, 1.0)
    eigenvalues[0], Phi[:, 0] = 0.0, 1 / np.sqrt(mass.sum())
    return eigenvalues, np.ascontiguousarray(Phi)


def clusters(
    L: Any, mass: Floats, count: int, *, rounds: int, seed: int
) -> tuple[Integers, Integers]:
    """Labels (n,) and roots (count,) of connected clusters; each contains at least its root.

    The k-medoids of Bell 2008 on the graph of L: each vertex belongs to the root with the shortest
    path, then each root moves to the innermost member, the one farthest from the cluster's border;
    at most `rounds` times, from roots drawn with `seed`.
    """
    if not 1 <= count <= len(mass):
        raise ValueError(f"count: expected 1 to {len(mass)} clusters, got {count}")
    lengths = joined(edge_lengths(L, mass), L)
    roots = np.sort(np.random.default_rng(seed).choice(len(mass), count, replace=False))
    labels = _nearest(lengths, roots)
    for _ in range(rounds):
        moved = _innermost(lengths, labels, roots)
        if np.array_equal(moved, roots):
            break
        roots, labels = moved, _nearest(lengths, moved)
    return labels, roots


def edge_lengths(L: Any, mass: Floats) -> Any:
    """sqrt(M_i + M_j) / (−L_ij) on the edges of L, CSR (n, n).

    Edges with −L_ij ≤ 0 (across from obtuse angles) are dropped: nothing diffuses along them.
    """
    entries = sparse.coo_array(L)
    kept = (entries.row != entries.col) & (entries.data < 0)
    row, col, weight = entries.row[kept], entries.col[kept], -entries.data[kept]
    return sparse.csr_array((np.sqrt(mass[row] + mass[col]) / weight, (row, col)), shape=L.shape)


def joined(lengths: Any, L: Any) -> Any:
    """Where the kept edges leave parts, also the dropped ones, longer than all kept together."""
    if csgraph.connected_components(lengths, directed=False)[0] == 1:
        return lengths
    dropped = sparse.coo_array(L)
    missing = (dropped.row != dropped.col) & (dropped.data >= 0)
    row, col = dropped.row[missing], dropped.col[missing]
    detour = np.full(row.size, 2 * lengths.sum() + 1)
    return lengths + sparse.csr_array((detour, (row, col)), shape=L.shape)


def _nearest(lengths: Any, roots: Integers) -> Integers:
    """Position in `roots` of the root nearest to each vertex."""
    distances, _, sources = csgraph.dijkstra(
        lengths, indices=roots, min_only=True, return_predecessors=True
    )
    if not np.isfinite(distances).all():
        raise ValueError(
            f"L: {np.isinf(distances).sum()} of {len(distances)} vertices have no path of negative "
            "L_ij to any root; give a connected mesh, or more clusters"
        )
    positions = np.empty(len(distances), dtype=np.int64)
    positions[roots] = np.arange(len(roots))
    labels: Integers = positions[sources]
    return labels


def _innermost(lengths: Any, labels: Integers, roots: Integers) -> Integers:
    """The member of each cluster farthest from its border; the old root where that is a tie.

    The border: members with a neighbour in another cluster.  A path into another cluster passes
    its own border first, so that one search over the whole graph serves all clusters.
    """
    tail, head = lengths.nonzero()
    border = np.unique(tail[labels[tail] != labels[head]])
    if not border.size:
        return roots
    depth = csgraph.dijkstra(lengths, indices=border, min_only=True)
    is_other = np.ones(len(labels), dtype=bool)
    is_other[roots] = False
    order = np.lexsort((is_other, -depth, labels))
    return order[np.searchsorted(labels[order], np.arange(len(roots)))]


def assignment(labels: Integers, count: int) -> Any:
    """K, CSR (count, n): K_ci = 1 where vertex i belongs to cluster c, else 0."""
    n = len(labels)
    return sparse.csr_array((np.ones(n), (labels, np.arange(n))), shape=(count, n))


def restriction(roots: Integers, n: int) -> Any:
    """P, CSR (m, n): the rows of the identity that belong to the roots, as in the paper."""
    m = len(roots)
    return sparse.csr_array((np.ones(m), (np.arange(m), roots)), shape=(m, n))


def coarsening_pattern(L: Any, K: Any) -> tuple[Indices, Indices]:
    """(i, j) of S_G = pattern(Kᵀ (K S_L Kᵀ)), S_L the pattern of L with its diagonal.

    Each vertex reaches its own cluster and the clusters adjacent to it.
    """
    S = abs(L).sign() + sparse.eye_array(L.shape[0])
    product = sparse.csr_array(K.T @ (K @ S @ K.T))
    product.sort_indices()
    rows = np.repeat(np.arange(product.shape[0], dtype=np.int32), np.diff(product.indptr))
    return rows, product.indices.astype(np.int32)


def coarse_modes(L: Any, G: Any, coarse_mass: Floats, count: int) -> tuple[Floats, Floats]:
    """The `count` lowest λ̃ (count,) and Φ̃ (m, count) of (Gᵀ L G) φ̃ = λ̃ M̃ φ̃, Φ̃ᵀ M̃ Φ̃ = I."""
    if count > len(coarse_mass):
        raise ValueError(f"Phi: expected at most m = {len(coarse_mass)} columns, got {count}")
    scale = 1 / np.sqrt(coarse_mass)
    operator = scale[:, None] * (G.T @ (L @ G)).toarray() * scale
    values, vectors = linalg.eigh((operator + operator.T) / 2, subset_by_index=(0, count - 1))
    return values, np.asarray(vectors * scale[:, None])


def functional_map(
    L: Any, G: Any, coarse_mass: Floats, P: Any, mass: Floats, Phi: Floats
) -> Floats:
    """C = Φ̃ᵀ M̃ P Φ (k, k): how the coarse modes Φ̃ see the restricted fine ones; I is perfect.

    Φ̃: see `coarse_modes`, with signs such that C_cc ≥ 0.  Φ must be orthonormal in `mass`.
    """
    k = Phi.shape[1]
    if not np.allclose(Phi.T @ (mass[:, None] * Phi), np.eye(k), atol=1e-6):
        raise ValueError("Phi: expected columns with Phiᵀ diag(mass) Phi = I, got others")
    _, modes = coarse_modes(L, G, coarse_mass, k)
    return seen(modes, coarse_mass, P @ Phi)


def seen(modes: Floats, coarse_mass: Floats, restricted: Floats) -> Floats:
    """C = Φ̃ᵀ M̃ (P Φ), with signs of Φ̃ such that C_cc ≥ 0."""
    C = modes.T @ (coarse_mass[:, None] * restricted)
    return np.asarray(C * np.where(np.diag(C) < 0, -1.0, 1.0)[:, None])
