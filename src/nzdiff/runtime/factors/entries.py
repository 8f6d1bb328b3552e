"""What is asked of inverses of sparse matrices, and who answers: fronts, or columns by SuperLU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.data.index_maps import positions
from nzdiff.runtime.factors.fronted import Fronted
from nzdiff.runtime.factors.ordering import pairs_of
from nzdiff.runtime.factors.superlu import by_columns
from nzdiff.runtime.factors.tree import Places, Tree, symmetric_union, tree_of

Floats = NDArray[np.float64]


class Engine(Protocol):
    """Works in the fronts of a tree; see `NumpyEngine`."""

    @property
    def name(self) -> str:
        """The backend."""
        ...

    def factors(self, tree: Tree, places: Places, *, definite: bool) -> Any:
        """What factorises a matrix whose values stand at `places`."""
        ...

    def select(
        self,
        inverses: Sequence[tuple[Any, bool]],
        middles: Sequence[tuple[Places, Floats]],
        wanted: Places,
        out: Floats,
        *,
        symmetric: bool,
    ) -> None:
        """See `selection.selected`; symmetric: of one definite A, with a symmetric M at most."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A₁⁻¹ M₁ A₂⁻¹ M₂ … A_k⁻¹ at the positions of `wanted`.

    inverses: number of each A, and whether transposed.  middles: the patterns of M₁ … M_{k−1}.
    """

    inverses: tuple[tuple[int, bool], ...]
    middles: tuple[sparse.csr_array, ...]
    wanted: sparse.csr_array


class Entries:
    """Computes what was asked for."""

    def __init__(self, asked: Asked, matrices: Mapping[int, Fronted], engine: Engine) -> None:
        self.asked, self._engine = asked, engine
        self._matrices = [(matrices[which], turned) for which, turned in asked.inverses]
        tree = self._matrices[0][0].tree
        self._middles = [tree.places(middle) for middle in asked.middles]
        self._wanted = tree.places(asked.wanted)
        alike = len(set(asked.inverses)) == 1 and self._matrices[0][0].definite
        self._turned = [_turned(middle) for middle in asked.middles]
        self._may_be_symmetric = alike and len(asked.middles) <= 1

    def selected(self, middles: Sequence[Floats]) -> Floats:
        """The values, from those of M₁ … M_{k−1}."""
        out = np.empty(self.asked.wanted.nnz)
        if all(matrix.in_fronts for matrix, _ in self._matrices):
            inverses = [(matrix.fronts, turned) for matrix, turned in self._matrices]
            placed = list(zip(self._middles, middles, strict=True))
            symmetric = self._may_be_symmetric and all(
                turned is not None and np.array_equal(values, values[turned])
                for turned, values in zip(self._turned, middles, strict=True)
            )
            self._engine.select(inverses, placed, self._wanted, out, symmetric=symmetric)
            return out
        solves = [partial(matrix.solve, transposed=turned) for matrix, turned in self._matrices]
        pairs = zip(self.asked.middles, middles, strict=True)
        matrices = [sparse.csr_array((x, m.indices, m.indptr), shape=m.shape) for m, x in pairs]
        by_columns(solves, matrices, self.asked.wanted, out)
        return out


def _turned(pattern: sparse.csr_array) -> Any:
    """Where the transpose of each stored value stands; None where the pattern has none."""
    turned = positions(pattern, transposed=True)
    same = np.array_equal(turned.indptr, pattern.indptr)
    if not (same and np.array_equal(turned.indices, pattern.indices)):
        return None
    return turned.data


def fronted(
    structures: Sequence[Any], definite: Sequence[int], asked: Sequence[Asked], engine: Engine
) -> dict[int, Fronted]:
    """The matrices that entries of inverses are asked of; those of one product in one tree."""
    found: dict[int, Fronted] = {}
    for family in _families(asked):
        mine = [a for a in asked if a.inverses[0][0] in family]
        patterns = [structures[which] for which in family]
        patterns += [pattern for a in mine for pattern in (*a.middles, a.wanted)]
        pairs = pairs_of([structures[which] for which in family])
        tree = tree_of(symmetric_union(*patterns), engine.name, pairs)
        for which in family:
            places, positive = tree.places(structures[which]), which in definite
            factors = engine.factors(tree, places, definite=positive)
            found[which] = Fronted(structures[which], tree, factors, positive)
    return found


def _families(asked: Sequence[Asked]) -> list[list[int]]:
    """The numbers of matrices that meet in a product, directly or through others."""
    families: list[set[int]] = []
    for numbers in ({which for which, _ in a.inverses} for a in asked):
        joined = numbers.union(*(family for family in families if family & numbers))
        families = [family for family in families if not family & numbers] + [joined]
    return [sorted(family) for family in families]
