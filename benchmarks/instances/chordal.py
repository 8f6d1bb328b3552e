"""Covariance selection on a chordal graph: cliques, separators, and the optimum in closed form.

    Θ = Σ_C [(S_CC)⁻¹]⁰ − Σ_D [(S_DD)⁻¹]⁰,

C the cliques, D the separators of a tree of cliques, [·]⁰ padded with zeros to p × p.
Source: Lauritzen, "Graphical models", 1996, section 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Subset = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CliqueTree:
    """Cliques in an order in which each, but the first, meets those before in its separator."""

    cliques: tuple[Subset, ...]
    separators: tuple[Subset, ...]

    def __post_init__(self) -> None:
        if len(self.separators) != len(self.cliques) - 1:
            raise ValueError(
                f"separators: expected one less than the {len(self.cliques)} cliques, "
                f"got {len(self.separators)}"
            )

    @property
    def edges(self) -> NDArray[np.int64]:
        """The edges of the graph, (e, 2), the smaller vertex first, sorted."""
        pairs = {pair for clique in self.cliques for pair in combinations(sorted(clique), 2)}
        return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def heaviest_tree_of_cliques(S: Floats, size: int) -> CliqueTree:
    """Cliques of `size` vertices, grown greedily from the edges with the largest S_ij² (p, p).

    The first clique holds the heaviest edge; then the vertex and the size − 1 members of one clique
    with the largest Σ S_ij² between them make the next.  Ties go to the smaller numbers.
    """
    p = len(S)
    if not 2 <= size <= p:
        raise ValueError(f"size: expected 2 to {p}, got {size}")
    weights = S**2 - np.diag(np.diagonal(S) ** 2)
    first = _first_clique(weights, size)
    cliques, separators = [first], []
    sockets, outside = set(combinations(first, size - 1)), set(range(p)) - set(first)
    while outside:
        _, vertex, socket = _heaviest(weights, sorted(outside), sorted(sockets))
        cliques.append(tuple(sorted((*socket, vertex))))
        separators.append(socket)
        sockets |= set(combinations(cliques[-1], size - 1))
        outside.remove(vertex)
    return CliqueTree(tuple(cliques), tuple(separators))


def chordal_optimum(S: Floats, tree: CliqueTree) -> Floats:
    """The Θ (p, p) of the formula above.  LinAlgError where a clique's S_CC is singular."""
    Theta = np.zeros_like(S)
    for sign, subsets in ((1.0, tree.cliques), (-1.0, tree.separators)):
        for subset in subsets:
            block = np.ix_(subset, subset)
            inverse = np.linalg.inv(S[block])
            Theta[block] += sign * 0.5 * (inverse + inverse.T)
    return Theta


def _first_clique(weights: Floats, size: int) -> Subset:
    members = [int(i) for i in np.unravel_index(np.argmax(weights), weights.shape)]
    while len(members) < size:
        gain = weights[members].sum(axis=0)
        gain[members] = -1.0
        members.append(int(np.argmax(gain)))
    return tuple(sorted(members))


def _heaviest(
    weights: Floats, vertices: list[int], sockets: list[Subset]
) -> tuple[float, int, Subset]:
    """The largest Σ_{j in socket} weights[vertex, j], with its vertex and socket."""
    gains = np.array([weights[np.ix_(vertices, socket)].sum(axis=1) for socket in sockets])
    which, vertex = (int(i) for i in np.unravel_index(np.argmax(gains), gains.shape))
    return float(gains[which, vertex]), vertices[vertex], sockets[which]
