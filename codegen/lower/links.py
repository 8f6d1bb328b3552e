"""Terms as summands of assembled matrices: as few factors as may be, else chains of sparse links.

A summand with one product (Gram matrices, with weights of rows and columns) is gathered from its
factors, dense or sparse.  Any other one is a chain of sparse matrices, which is also taken where
the pattern of a weight makes it sparser than its factors say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.codegen.arguments import dim
from nzdiff.codegen.lower.chains.structure import Chain, Structure, chain_of, flip
from nzdiff.derive.calculus.canonical import hadamard, product, split, transpose
from nzdiff.derive.calculus.linear_maps import (
    RankOne,
    Sandwich,
    Stacking,
    Transposition,
    Unstacking,
    Weight,
)
from nzdiff.derive.calculus.links import Link, Move, linked
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.derive.language.nodes import Hadamard
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data import spec
from nzdiff.runtime.data.support import Support

Kind = spec.SummandKind
STEPS: dict[str, spec.MoveKind] = {
    "Transposition": "transposed",
    "ToDiagonal": "to diagonal",
    "FromDiagonal": "from diagonal",
    "Stacking": "stacked",
    "Unstacking": "unstacked",
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """A summand: number · scale ∘ (left (column_scale ∘ dG) right), rank one, or of links.

    kind "diagonal": number · scale ∘ dG.
    """

    kind: Kind
    number: sp.Expr
    sandwich: Sandwich | None = None
    scale: MatrixExpr | None = None
    column_scale: MatrixExpr | None = None
    rank_one: RankOne | None = None
    links: tuple[Link, ...] = ()


def recognised(
    term: Term, tangent: MatrixExpr, structure: Structure, row: Matrix
) -> Recognised | None:
    """The summand that a term is in the rows of an unknown or a residual; None: not recognised."""
    found = linked(term, tangent, lambda weight: structure.of_expr(weight) is None)
    if found is None:
        return None
    if found.rank_one is not None:
        return Recognised("rank one", found.number, rank_one=found.rank_one)
    weights = _weights(found.links)
    positions = structure.supports[row], structure.supports[term.unknown]
    if weights is None or any(
        restricting(structure, weight, at) for weight, at in zip(weights, positions, strict=True)
    ):
        return Recognised("chain", found.number, links=found.links)
    scale, column_scale = weights
    first, last = found.links[0], found.links[-1]
    if first.sandwich is None and scale is not None and not last.crossed:
        return Recognised("diagonal", found.number, scale=scale)
    kind: Kind = "crossed" if last.crossed else "product"
    sandwich = first.sandwich or _identity(term.unknown, crossed=last.crossed)
    if last.crossed and column_scale is not None:
        column_scale = transpose(column_scale)
    return Recognised(kind, found.number, sandwich, scale, column_scale)


def _weights(links: tuple[Link, ...]) -> tuple[MatrixExpr | None, MatrixExpr | None] | None:
    """The weights of rows and of columns around one product; None where there is more."""
    shape = [(tuple(type(move) for move in link.moves), link.sandwich is None) for link in links]
    if shape[0][0] not in ((), (Weight,)) or shape[1:] not in ([], [((Weight,), True)]):
        return None
    if len(links) == 2 and shape[0][1]:
        return None
    moves = [link.moves[0] if link.moves else None for link in links] + [None]
    rows, cols = (move.weight if isinstance(move, Weight) else None for move in moves[:2])
    return rows, cols


def _identity(unknown: Matrix, *, crossed: bool) -> Sandwich:
    rows, cols = unknown.shape[:: -1 if crossed else 1]
    return Sandwich(sp.Integer(1), sp.Identity(rows), sp.Identity(cols))


def restricting(
    structure: Structure, weight: MatrixExpr | None, at: Support | None
) -> tuple[Support, ...]:
    """The patterns of a weight's factors, but for that of the entries it weights."""
    if weight is None:
        return ()
    known = {s for s in map(structure.of_expr, _factors(weight)) if s is not None}
    own = set() if at is None else set(at.chains)
    return tuple(sorted(s for s in known if at is None or not own <= set(s.chains)))


def _factors(weight: MatrixExpr) -> tuple[Any, ...]:
    return weight.args if isinstance(weight, Hadamard) else (weight,)


@dataclass(frozen=True, slots=True)
class PlacedWeight:
    """A weight, at which pattern its numbers are computed (None: everywhere), and others it has."""

    weight: MatrixExpr
    at: Support | None
    within: tuple[Support, ...]


@dataclass(frozen=True, slots=True)
class PlacedLink:
    """A link with the pattern of its rows, its weights in order, and its factors as chains.

    link: with a name for each array, in the order of weights and factors.
    """

    link: Callable[[Sequence[str]], spec.Link]
    weights: tuple[PlacedWeight, ...]
    factors: tuple[Chain, ...]
    number: sp.Expr


def placed(structure: Structure, links: tuple[Link, ...], row: Matrix) -> tuple[PlacedLink, ...]:
    """The links of a chain with their patterns, the rows of the first one those of `row`."""
    supports = [structure.supports[row], *(structure.of_expr(link.value) for link in links[1:])]
    shapes = [row.shape, *(link.value.shape for link in links[1:])]
    return tuple(
        _placed(structure, link, at, shape)
        for link, at, shape in zip(links, supports, shapes, strict=True)
    )


def _placed(
    structure: Structure, link: Link, at: Support | None, shape: tuple[Any, Any]
) -> PlacedLink:
    moves: tuple[Move, ...] = link.moves
    number: sp.Expr = sp.Integer(1)
    factors: tuple[Chain, ...] = ()
    kind: Literal["product", "crossed", "same"] = "same"
    if link.sandwich is None:
        moves = (*moves, Transposition(*shape)) if link.crossed else moves
    else:
        kind = "crossed" if link.crossed else "product"
        (c, left), (d, right) = chain_of(link.sandwich.left), chain_of(link.sandwich.right)
        number, factors = c * d, (left, flip(right))
    weights = tuple(
        _placed_weight(structure, move.weight, at if place == 0 else None)
        for place, move in enumerate(moves)
        if isinstance(move, Weight)
    )

    def named(names: Sequence[str]) -> spec.Link:
        left_over, own = iter(names), iter(weights)
        steps = tuple(
            spec.Move("weight", 0, next(left_over), next(own).within)
            if isinstance(move, Weight)
            else _step(move)
            for move in moves
        )
        return spec.Link(kind, dim(shape[0]), dim(shape[1]), at, steps, *left_over)

    return PlacedLink(named, weights, factors, number)


def _placed_weight(structure: Structure, weight: MatrixExpr, at: Support | None) -> PlacedWeight:
    chosen = at if at is not None else structure.of_expr(weight)
    return PlacedWeight(weight, chosen, restricting(structure, weight, chosen))


def _step(move: Move) -> spec.Move:
    rows = dim(move.rows) if isinstance(move, (Stacking, Unstacking)) else 0
    return spec.Move(STEPS[type(move).__name__], rows)


@dataclass(frozen=True, slots=True)
class Bracket:
    """left (weight ∘ (inner dG other)) right: two products around a weight, no transposes."""

    number: sp.Expr
    weight: MatrixExpr
    left: MatrixExpr
    inner: MatrixExpr
    other: MatrixExpr
    right: MatrixExpr

    @property
    def by_rows(self) -> MatrixExpr:
        """W with Σ_q W[i, q] right[q, j] other[j′, q] at entries (i, j), (i, j′) of one row."""
        return product(1, *_weights_of(self.left, transpose(self.inner)), self.weight)

    @property
    def by_columns(self) -> MatrixExpr:
        """W with Σ_p W[j, p] left[i, p] inner[p, i′] at entries (i, j), (i′, j) of one column."""
        return transpose(product(1, self.weight, *_weights_of(self.right, transpose(self.other))))

    @property
    def diagonal(self) -> MatrixExpr:
        """W with W[i, j] at (i, j)."""
        rows = _weights_of(self.left, transpose(self.inner))
        return product(1, *rows, self.weight, *_weights_of(self.right, transpose(self.other)))


def bracket(links: tuple[Link, ...]) -> Bracket | None:
    """The two links of a chain around a weight, where they are such."""
    if len(links) != 2 or any(link.crossed or link.sandwich is None for link in links):
        return None
    (outer, inner), moves = links, tuple(type(move) for link in links for move in link.moves)
    weight = inner.moves[0] if moves == (Weight,) and inner.moves else None
    if not isinstance(weight, Weight) or outer.sandwich is None or inner.sandwich is None:
        return None
    around = outer.sandwich, inner.sandwich
    number, sides = sp.Integer(1), []
    for side in (around[0].left, around[1].left, around[1].right, around[0].right):
        c, factors = split(side)
        number *= c
        sides.append(product(1, *factors))
    return Bracket(number, weight.weight, *sides)


def _weights_of(left: MatrixExpr, right: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """left ∘ right; nothing where both are the identity."""
    if isinstance(left, sp.Identity) and isinstance(right, sp.Identity):
        return ()
    return (hadamard(left, right),)
