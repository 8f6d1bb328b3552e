"""Covariance selection: the sparse inverse of a correlation matrix whose graph is known.

    min −log det Θ + tr(S Θ)  over symmetric positive definite Θ on a graph.

S (p × p): correlations or covariances of real measurements.  At the minimum Θ⁻¹ agrees with S on
the graph.  The start is diag(S)⁻¹.  The optimum is known: in closed form on a chordal graph
(breast cancer), by iterative proportional fitting on the lattice of pixels (digits).
Source: Dempster, "Covariance selection", 1972.  Needs scikit-learn for its two data sets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.instances.chordal import chordal_optimum, tree_of_cliques
from benchmarks.instances.instance import Instance, borrowed
from benchmarks.instances.proportional_fitting import proportional_fitting
from nzdiff.gallery.covariance_selection import problem
from nzdiff.pattern import Pattern

Floats = NDArray[np.float64]
Edges = NDArray[np.int64]

CORRELATED = 0.75
RIDGE = 0.1
SIDE = 8


def breast_cancer() -> Instance:
    """30 measurements of 569 tumours; edges where correlations exceed 0.75: a chordal graph."""
    S = correlations(_measurements("load_breast_cancer"))
    edges = np.argwhere(np.triu(np.abs(S) > CORRELATED, 1))
    optimum = chordal_optimum(S, tree_of_cliques(edges, len(S)))
    meaning = "optimum: the sum over cliques and separators of a chordal graph"
    return covariance_instance("covariance-breast-cancer", S, edges, optimum, meaning)


def digits() -> Instance:
    """The 64 pixels of 1797 handwritten digits; edges between pixels that touch, corners too."""
    S = covariances(_measurements("load_digits")) + RIDGE * np.eye(SIDE**2)
    squares = lattice_squares(SIDE)
    optimum = proportional_fitting(S, squares)
    meaning = "optimum: iterative proportional fitting on the squares of four pixels"
    return covariance_instance("covariance-digits", S, clique_edges(squares), optimum, meaning)


def covariance_instance(
    name: str, S: Floats, edges: Edges, optimum: Floats, meaning: str
) -> Instance:
    """The instance of S (p, p) on the edges (e, 2), from Θ = diag(S)⁻¹; optimum: its Θ (p, p)."""
    pattern = graph_pattern(len(S), edges)
    return Instance(
        name=name,
        sizes=f"p = {len(S)}, {len(edges)} edges, s = {pattern.size}",
        problem=problem,
        data={"S": pattern.to_csr(pattern.project(S)), "Theta": pattern},
        g0=pattern.pack(sparse.diags_array(1.0 / np.diagonal(S))),
        reference=likelihood(S, optimum),
        reference_meaning=meaning,
    )


def likelihood(S: Floats, Theta: Floats) -> float:
    """−log det Θ + tr(S Θ) of a positive definite Θ: an oracle in plain NumPy."""
    factor = np.linalg.cholesky(Theta)
    return float(np.sum(S * Theta) - 2.0 * np.log(np.diagonal(factor)).sum())


def correlations(measurements: Floats) -> Floats:
    """Correlations of the columns (p, p); a constant column has 1 with itself, 0 with others."""
    centred = measurements - measurements.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    unit = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    S = unit.T @ unit
    np.fill_diagonal(S, 1.0)
    return np.asarray(0.5 * (S + S.T))


def covariances(measurements: Floats) -> Floats:
    """Covariances of the columns (p, p), divided by the number of rows: the likelihood's S."""
    centred = measurements - measurements.mean(axis=0)
    return np.asarray(centred.T @ centred / len(centred))


def lattice_edges(side: int) -> Edges:
    """Pairs of neighbouring pixels of a side × side image, (e, 2), row by row.

    >>> lattice_edges(2).tolist()
    [[0, 1], [2, 3], [0, 2], [1, 3]]
    """
    pixels = np.arange(side * side).reshape(side, side)
    across = np.stack([pixels[:, :-1].ravel(), pixels[:, 1:].ravel()], axis=1)
    down = np.stack([pixels[:-1].ravel(), pixels[1:].ravel()], axis=1)
    return np.vstack([across, down])


def lattice_squares(side: int) -> Edges:
    """Squares of four pixels that touch, (c, 4): the cliques of a lattice with its diagonals.

    >>> lattice_squares(2).tolist()
    [[0, 1, 2, 3]]
    """
    pixels = np.arange(side * side).reshape(side, side)
    corners = (pixels[:-1, :-1], pixels[:-1, 1:], pixels[1:, :-1], pixels[1:, 1:])
    return np.stack([corner.ravel() for corner in corners], axis=1)


def clique_edges(cliques: Edges) -> Edges:
    """The edges of the graph with these cliques (c, size): (e, 2), sorted, each once."""
    first, second = np.triu_indices(cliques.shape[1], 1)
    pairs = np.stack([cliques[:, first].ravel(), cliques[:, second].ravel()], axis=1)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def graph_pattern(p: int, edges: Edges) -> Pattern:
    """The symmetric pattern of the diagonal and both directions of every edge."""
    diagonal = np.arange(p)
    i = np.concatenate([diagonal, edges[:, 1], edges[:, 0]])
    j = np.concatenate([diagonal, edges[:, 0], edges[:, 1]])
    return Pattern((i, j), (p, p)).symmetric()


def _measurements(loader: str) -> Floats:
    datasets = borrowed("sklearn.datasets", "scikit-learn")
    return np.asarray(getattr(datasets, loader)().data, dtype=np.float64)
