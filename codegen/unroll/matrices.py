"""The entries of an assembled matrix as numbers in static single assignment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product as pairs
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen import plan as ir
from nzdiff.codegen.unroll.ssa import ONE, ZERO, Scalars
from nzdiff.runtime.data.spec import Link, Move
from nzdiff.runtime.data.supports import Supports

Places = NDArray[np.int64]
"""A matrix of numbers by their places; 0 where nothing is stored."""
Position = tuple[int, int]
Positions = Sequence[Position]


@dataclass(frozen=True, slots=True)
class Entries:
    """Reads off the entries of assembled matrices.

    values: what the factors hold; zeros where an instance stores nothing, and so are weights.
    """

    scalars: Scalars
    values: dict[str, Places]
    supports: Supports
    number: Callable[[ir.Coefficient], int]

    def of(self, assembly: ir.Assembly, positions: Sequence[Positions]) -> Places:
        """Every entry (t, u) as the sum of what its summands say; positions: of each unknown.

        The matrix is symmetric: what is above its diagonal is what is below.
        """
        starts = np.cumsum([0, *(len(p) for p in positions)])
        terms: dict[Position, list[int]] = {}
        for summand in assembly.summands:
            found = self.summand(summand, positions[summand.row], positions[summand.column])
            factor = self.number(summand.coefficient)
            for (t, u), body in np.ndenumerate(found):
                at = int(starts[summand.row]) + t, int(starts[summand.column]) + u
                if body != ZERO and at[0] >= at[1]:
                    terms.setdefault(at, []).append(self.scalars.product(factor, int(body)))
        entries = np.zeros((starts[-1], starts[-1]), dtype=np.int64)
        for (t, u), parts in terms.items():
            entries[t, u] = entries[u, t] = self.scalars.total(parts)
        return entries

    def summand(self, summand: ir.Summand, rows: Positions, cols: Positions) -> Places:
        """One summand at every (t, u), without its coefficient."""
        if summand.kind == "chain":
            return self.chain(summand.links, rows, cols)
        named = (summand.left, summand.right, summand.scale, summand.column_scale)
        left, right, scale, column_scale = (
            None if v is None else self.values[v.name] for v in named
        )
        assert left is not None

        def entry(t: Position, u: Position) -> int:
            (i, j), (k, h) = t, u
            match summand.kind:
                case "diagonal":
                    factors = [left[i, j] if t == u else ZERO]
                case "rank one":
                    factors = [left[i, j], right[k, h]]  # type: ignore[index]
                case "crossed":
                    factors = [left[i, h], right[j, k]]  # type: ignore[index]
                case _:
                    factors = [left[i, k], right[j, h]]  # type: ignore[index]
            factors += [] if scale is None else [scale[i, j]]
            factors += [] if column_scale is None else [column_scale[k, h]]
            return _product(self.scalars, factors)

        return _matrix(entry, rows, cols)

    def chain(self, links: tuple[Link, ...], rows: Positions, cols: Positions) -> Places:
        """The product of the matrices of some links."""
        link, *others = links
        s, inner = self.scalars, _positions(others[0], self.supports) if others else cols

        def entry(t: Position, u: Position) -> int:
            at, factors = t, []
            for move in link.moves:
                if move.kind == "weight":
                    factors.append(self.values[move.array][at])
                else:
                    taken = _taken(move, at, self.supports)
                    if taken is None:
                        return ZERO
                    at = taken
            if link.kind == "same":
                return _product(s, factors) if at == u else ZERO
            (i, j), (k, h) = at, u if link.kind == "product" else u[::-1]
            return _product(
                s, [*factors, self.values[link.left][i, k], self.values[link.right][j, h]]
            )

        first = _matrix(entry, rows, inner)
        if not others:
            return first
        second = self.chain(tuple(others), inner, cols)
        found = np.zeros((len(rows), len(cols)), dtype=np.int64)
        for t, u in np.ndindex(*found.shape):
            met = np.flatnonzero((first[t] != ZERO) & (second[:, u] != ZERO))
            found[t, u] = s.total([s.product(int(first[t, k]), int(second[k, u])) for k in met])
        return found


def _taken(move: Move, at: Position, supports: Supports) -> Position | None:
    """Where a move takes an entry; None for nowhere."""
    i, j = at
    rows = supports.size(move.rows)
    match move.kind:
        case "transposed":
            return j, i
        case "to diagonal":
            return (i, 0) if i == j else None
        case "from diagonal":
            return i, i
        case "stacked":
            return i % rows, i // rows
        case _:
            return i + rows * j, 0


def _positions(link: Link, supports: Supports) -> Positions:
    """The rows of a link."""
    if link.support is None:
        return list(pairs(range(supports.size(link.rows)), range(supports.size(link.cols))))
    stored = supports.matrix(link.support).nonzero()
    return list(zip(*(axis.tolist() for axis in stored), strict=True))


def _matrix(entry: Callable[[Position, Position], int], rows: Positions, cols: Positions) -> Places:
    found: Any = [[entry(t, u) for u in cols] for t in rows]
    return np.array(found, dtype=np.int64).reshape(len(rows), len(cols))


def _product(s: Scalars, factors: Sequence[Any]) -> int:
    """ZERO where a factor is, and the others are not touched."""
    if any(factor == ZERO for factor in factors):
        return ZERO
    found = ONE
    for factor in factors:
        found = s.product(found, int(factor))
    return found
