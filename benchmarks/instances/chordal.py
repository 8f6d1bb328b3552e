"""Covariance selection on a chordal graph: cliques, separators, and the optimum in closed form.

    Θ = Σ_C [(S_CC)⁻¹]⁰ − Σ_D [(S_DD)⁻¹]⁰,

C the cliques, D the separators of a tree of cliques, [·]⁰ padded with zeros to p × p.
Sources: Lauritzen, "Graphical models", 1996, section 5.3; the search: Tarjan, Yannakakis, 1984.
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


def tree_of_cliques(edges: NDArray[np.int64], p: int) -> CliqueTree:
    """The maximal cliques of a chordal graph of p vertices, by maximum cardinality search.

    ValueError where the graph is not chordal: a vertex meets vertices before it in no clique.
    """
    neighbours = _neighbours(edges, p)
    position: dict[int, int] = {}
    cliques: list[Subset] = []
    separators: list[Subset] = []
    while len(position) < p:
        outside = [vertex for vertex in range(p) if vertex not in position]
        vertex = max(outside, key=lambda v: len(neighbours[v] & position.keys()))
        before = neighbours[vertex] & position.keys()
        if any(a not in neighbours[b] for a, b in combinations(sorted(before), 2)):
            raise ValueError(
                f"edges: expected a chordal graph; vertex {vertex} closes a cycle without a chord"
            )
        member = tuple(sorted((*before, vertex)))
        if cliques and set(cliques[-1]) == before:
            cliques[-1] = member
        else:
            separators += [tuple(sorted(before))] if cliques else []
            cliques.append(member)
        position[vertex] = len(position)
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


def _neighbours(edges: NDArray[np.int64], p: int) -> list[set[int]]:
    neighbours: list[set[int]] = [set() for _ in range(p)]
    for a, b in edges.tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
    return neighbours
