"""The assembly tree of a sparse symmetric pattern: dense fronts, children before parents.

A front holds the rows and columns of its pivots and of what they reach, struct(J) of L: eliminating
the pivots of F = [F_JJ F_JS; F_SJ F_SS] leaves F_SS − F_SJ F_JJ⁻¹ F_JS to its parent, which holds
all of S.  So also A⁻¹: its rows and columns S stand in the parent, when one goes back down.

J. W. H. Liu, The multifrontal method for sparse matrix solution, SIAM Review 34 (1992).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT
from nzdiff.runtime.factors.ordering import Filled, Index, filled, in_pairs

FRONT = {"c": 1e4, "numpy": 4e5}
"""Operations that a front costs beside its own, by backend: fewer and larger fronts in Python."""
REMEMBERED = 8
"""Trees that are kept for patterns that are bound again."""
_KNOWN: OrderedDict[tuple[int, ...], tuple[sparse.csr_array, str, Tree]] = OrderedDict()


class Places(NamedTuple):
    """Where the stored values of a pattern stand in the fronts.

    Front q holds the values `value[start[q]:start[q + 1]]`, at `offset` in its column-major array.
    """

    start: NDArray[np.int64]
    value: NDArray[np.int32]
    offset: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """position: of each row in the order.  first: pivots of front q are first[q] … first[q + 1].

    start, members: pivots and reached rows of each front, ascending.  parent: −1 for a root.
    within: where the reached rows stand in the parent, from `reached[q]` on.
    """

    position: Index
    first: Index
    start: Index
    members: Index
    parent: Index
    reached: Index
    within: Index

    @property
    def size(self) -> int:
        """Rows of the matrix."""
        return int(self.position.size)

    @property
    def count(self) -> int:
        """Number of fronts."""
        return int(self.parent.size)

    def shape(self, front: int) -> tuple[int, int]:
        """Pivots and reached rows of a front."""
        pivots = int(self.first[front + 1] - self.first[front])
        return pivots, int(self.start[front + 1] - self.start[front]) - pivots

    def within_parent(self, front: int) -> Index:
        """Where the reached rows stand in the parent."""
        return self.within[self.reached[front] : self.reached[front + 1]]

    def places(self, pattern: sparse.csr_array) -> Places:
        """Of a pattern inside the one that the tree was made for; ValueError for another."""
        rows = np.repeat(self.position, np.diff(pattern.indptr))
        cols = self.position[pattern.indices]
        lowest = np.minimum(rows, cols)
        front = np.searchsorted(self.first, lowest, side="right") - 1
        known = self.keys
        local = []
        for indices in (rows, cols):
            key = front * self.size + indices
            at = np.searchsorted(known, key)
            if (at >= known.size).any() or (known[np.minimum(at, known.size - 1)] != key).any():
                raise ValueError("pattern: a position lies outside of the fronts")
            local.append(at - self.start[front])
        offset = local[1] * np.diff(self.start)[front] + local[0]
        order = np.argsort(front, kind="stable")
        start = np.zeros(self.count + 1, dtype=np.int64)
        np.cumsum(np.bincount(front, minlength=self.count), out=start[1:])
        return Places(start, order.astype(np.int32), offset[order])

    @property
    def keys(self) -> Index:
        """Front and member of each place as one number, ascending."""
        counts = np.diff(self.start)
        return np.repeat(np.arange(self.count), counts) * self.size + self.members

    @property
    def factor_size(self) -> int:
        """Numbers of the pivot columns of all fronts."""
        pivots, members = np.diff(self.first), np.diff(self.start)
        return int(pivots @ members)


def tree_of(pattern: sparse.csr_array, backend: str, pairs: Index | None = None) -> Tree:
    """The tree of a symmetric pattern; once per pattern.  pairs: see `ordering.in_pairs`."""
    arrays = (pattern.indptr, pattern.indices, *(() if pairs is None else (pairs,)))
    key = (*pattern.shape, *(hash(array.tobytes()) for array in arrays))
    kept = _KNOWN.get(key)
    if kept is not None and kept[1] == backend and _is_same(kept[0], pattern):
        _KNOWN.move_to_end(key)
        return kept[2]
    order = filled(pattern) if pairs is None else in_pairs(pattern, pairs)
    found = _tree(order, FRONT[backend])
    _KNOWN[key] = pattern, backend, found
    while len(_KNOWN) > REMEMBERED:
        _KNOWN.popitem(last=False)
    return found


def forget() -> None:
    """Keep no tree."""
    _KNOWN.clear()


def symmetric_union(*patterns: sparse.csr_array) -> sparse.csr_array:
    """Every position of some square patterns, of their transposes and of the diagonal."""
    size = patterns[0].shape[0]
    rows = [np.repeat(np.arange(size), np.diff(pattern.indptr)) for pattern in patterns]
    i, j = np.concatenate(rows), np.concatenate([pattern.indices for pattern in patterns])
    diagonal = np.arange(size)
    both = np.concatenate([i, j, diagonal]), np.concatenate([j, i, diagonal])
    found = sparse.csr_array((np.ones(both[0].size), both), shape=(size, size))
    found.sum_duplicates()
    found.data[:] = 1.0
    if found.nnz > INDEX_LIMIT:
        raise MemoryError(f"pattern: {found.nnz} stored positions are too many to factorise")
    return found


def _is_same(one: sparse.csr_array, other: sparse.csr_array) -> bool:
    return np.array_equal(one.indptr, other.indptr) and np.array_equal(one.indices, other.indices)


def _tree(factor: Filled, front_cost: float) -> Tree:
    size, counts = factor.position.size, np.diff(factor.start)
    group = _merged(*_supernodes(factor, counts), front_cost)
    roots = np.unique(group)
    number = np.searchsorted(roots, group)
    order = np.argsort(number, kind="stable")
    renumbered = np.empty(size, dtype=np.int64)
    renumbered[order] = np.arange(size)
    first = np.concatenate([[0], np.cumsum(np.bincount(number, minlength=roots.size))])
    below = counts[roots] - 1
    reached = np.concatenate([[0], np.cumsum(below)])
    taken = np.repeat(factor.start[roots] + 1 - reached[:-1], below) + np.arange(reached[-1])
    rows = renumbered[factor.rows[taken]]
    owner = np.repeat(np.arange(roots.size), below)
    rows = rows[np.lexsort((rows, owner))]
    pivots = np.diff(first)
    start = first + reached
    members = np.empty(int(start[-1]), dtype=np.int64)
    at = np.arange(size) + np.repeat(reached[:-1], pivots)
    members[at] = np.arange(size)
    members[np.arange(rows.size) + np.repeat(first[1:], below)] = rows
    parent = np.full(roots.size, -1, dtype=np.int64)
    inner = below > 0
    parent[inner] = np.searchsorted(first, rows[reached[:-1][inner]], side="right") - 1
    tree = Tree(renumbered[factor.position], first, start, members, parent, reached, rows)
    up = np.repeat(parent, below)
    within = np.searchsorted(tree.keys, up * size + rows) - start[up]
    return Tree(tree.position, first, start, members, parent, reached, within)


def _supernodes(factor: Filled, counts: Index) -> tuple[Index, Index, Index]:
    """(last column of each, pivots, reached rows): columns of L that are one below the other."""
    size = counts.size
    following = np.full(size, -1, dtype=np.int64)
    inner = counts > 1
    following[inner] = factor.rows[factor.start[:-1][inner] + 1]
    joins = (following[:-1] == np.arange(1, size)) & (counts[:-1] == counts[1:] + 1)
    last = np.flatnonzero(~np.append(joins, False)) if size else np.zeros(0, dtype=np.int64)
    parent = np.where(counts[last] > 1, np.searchsorted(last, following[last]), -1)
    pivots = np.diff(last, prepend=-1)
    return np.stack([last, parent]), pivots, counts[last] - 1


def _merged(nodes: Index, pivots: Index, below: Index, front_cost: float) -> Index:
    """The last column of the front of each column: supernodes join their parents where that pays.

    The operations on zeros in a front may be half of what a front costs beside its own: then a
    chain of columns falls into fronts of the best length.
    """
    last, parent = nodes
    p, s, up, into = pivots.tolist(), below.tolist(), parent.tolist(), list(range(last.size))

    def cost(p: int, s: int) -> float:
        return p * (p * p / 3.0 + p * s + s * s + 8.0 * (p + s))

    needed = [cost(*shape) for shape in zip(p, s, strict=True)]
    for q, above in enumerate(up):
        if above >= 0:
            useful = needed[q] + needed[above]
            if cost(p[q] + p[above], s[above]) <= useful + front_cost / 2:
                into[q] = above
                p[above] += p[q]
                needed[above] = useful
    for q in reversed(range(last.size)):
        into[q] = into[into[q]]
    found: Index = np.repeat(last[np.array(into, dtype=np.int64)], pivots)
    return found
