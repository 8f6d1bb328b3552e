"""A term of a normal form as a product of sparse matrices, its links.

A term is a composition of linear maps of dG.  Here transposes are moved next to dG, products and
weights that follow one another are made one, and what is left is cut in front of each product:

    term(dG) = number · L₁(L₂(… Lᵣ(dG))),    L(X) = moves(left X right),

where the moves of a link are weights and changes of place (diag, vec and their inverses), which
take an entry to one entry.  So the matrix of a term is the product of the matrices of its links,
and what has an entry where follows from the patterns of weights and factors alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import hadamard, linear, product, transpose
from nzdiff.derive.calculus.linear_maps import (
    FromDiagonal,
    LinearMap,
    RankOne,
    Sandwich,
    Stacking,
    ToDiagonal,
    Transposition,
    Unstacking,
    Weight,
)
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.derive.language.nodes import Diag

Move = Weight | Transposition | ToDiagonal | FromDiagonal | Stacking | Unstacking
MOVES = (Weight, Transposition, ToDiagonal, FromDiagonal, Stacking, Unstacking)
Path = tuple[LinearMap, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """X ↦ moves(left X right), or moves(left Xᵀ right) where `crossed`.

    moves: the outermost first.  sandwich: None for X itself.  value: the link and all after it
    at dG, whose pattern is where the link has rows.
    """

    moves: tuple[Move, ...]
    sandwich: Sandwich | None
    crossed: bool
    value: MatrixExpr


@dataclass(frozen=True, slots=True)
class Linked:
    """number · L₁ L₂ … Lᵣ, the links of a term; rank_one: number · factor · ⟨slope, dG⟩ instead."""

    number: sp.Expr
    links: tuple[Link, ...]
    rank_one: RankOne | None = None


def linked(
    term: Term, tangent: MatrixExpr, is_dense: Callable[[MatrixExpr], bool]
) -> Linked | None:
    """The links of a term; None where a map among its own is none of them.

    is_dense: whether a column may be taken for a diagonal matrix without that it stores more.
    """
    number = sp.Mul(*(step.coefficient for step in term.maps if isinstance(step, Sandwich)))
    for place, step in enumerate(term.maps):
        if isinstance(step, RankOne):
            return Linked(sp.Integer(1), (), _rank_one(term, place, step))
    if not all(isinstance(step, (Sandwich, *MOVES)) for step in term.maps):
        return None
    return Linked(number, _cut(_with_diagonals(_normal(term.maps), is_dense), tangent))


def _rank_one(term: Term, place: int, step: RankOne) -> RankOne:
    """What stands outside of ⟨slope, ·⟩ factor acts on the factor, what is inside on the slope."""
    outside, inside = (
        Term(term.maps[:place], term.unknown),
        Term(term.maps[place + 1 :], term.unknown),
    )
    return RankOne(outside.apply(step.factor), inside.adjoint(step.slope))


def _normal(maps: Path) -> Path:
    """The same composition without numbers: transposes last, what can be merged merged."""
    path: Path = ()
    turned: Transposition | None = None
    for step in maps:
        if isinstance(step, Transposition):
            onto_diagonal = bool(path) and isinstance(path[-1], FromDiagonal)
            turned = step if turned is None and not onto_diagonal else None
            continue
        if turned is not None and isinstance(step, (FromDiagonal, Stacking, Unstacking)):
            path, turned = (*path, turned), None  # what it turns has another shape inside
        path = _joined(path, _bare(step) if turned is None else _turned(step))
        turned = None if isinstance(step, ToDiagonal) else turned
    return path if turned is None else (*path, turned)


def _bare(step: LinearMap) -> LinearMap:
    """A map without its number."""
    return Sandwich(sp.Integer(1), step.left, step.right) if isinstance(step, Sandwich) else step


def _turned(step: LinearMap) -> LinearMap:
    """The map with (step(X))ᵀ = map(Xᵀ)."""
    if isinstance(step, Sandwich):
        return Sandwich(sp.Integer(1), transpose(step.right), transpose(step.left))
    return Weight(transpose(step.weight)) if isinstance(step, Weight) else step


def _joined(path: Path, step: LinearMap) -> Path:
    """The path with one more map inside, made one with the last where both are of a kind."""
    if isinstance(step, Sandwich):
        if all(isinstance(side, sp.Identity) for side in (step.left, step.right)):
            return path
        if path and isinstance(path[-1], Sandwich):
            left, right = (path[-1].left, step.left), (step.right, path[-1].right)
            return (*path[:-1], Sandwich(sp.Integer(1), product(1, *left), product(1, *right)))
    if isinstance(step, Weight) and path and isinstance(path[-1], Weight):
        return (*path[:-1], Weight(hadamard(path[-1].weight, step.weight)))
    return (*path, step)


def _with_diagonals(path: Path, is_dense: Callable[[MatrixExpr], bool]) -> Path:
    """Weights of a column or a row beside a product as products: w ∘ (X b) = diag(w) X b."""
    found: Path = ()
    for place, step in enumerate(path):
        beside = (*path[max(place - 1, 0) : place], *path[place + 1 : place + 2])
        if (
            isinstance(step, Weight)
            and 1 in step.weight.shape
            and any(isinstance(other, Sandwich) for other in beside)
            and is_dense(step.weight)
        ):
            found = _joined(found, _diagonal(step.weight))
        else:
            found = _joined(found, step)
    return found


def _diagonal(weight: MatrixExpr) -> Sandwich:
    """X ↦ weight ∘ X for a column or a row."""
    rows, cols = weight.shape
    if cols == 1:
        return Sandwich(sp.Integer(1), linear(Diag, weight), sp.Identity(1))
    return Sandwich(sp.Integer(1), sp.Identity(rows), linear(Diag, transpose(weight)))


def _cut(path: Path, tangent: MatrixExpr) -> tuple[Link, ...]:
    """The links of a path that may end in a transposition."""
    crossed = bool(path) and isinstance(path[-1], Transposition)
    values = [tangent]
    for step in reversed(path):
        values.insert(0, step(values[0]))
    steps = path[:-1] if crossed else path
    ends = [place for place, step in enumerate(steps) if isinstance(step, Sandwich)]
    if not ends or ends[-1] != len(steps) - 1:
        ends.append(len(steps))
    found, start = [], 0
    for end in ends:
        moves: Sequence[LinearMap] = steps[start:end]
        sandwich = steps[end] if end < len(steps) else None
        assert all(isinstance(move, MOVES) for move in moves)
        assert sandwich is None or isinstance(sandwich, Sandwich)
        found.append(Link(tuple(moves), sandwich, crossed and end == ends[-1], values[start]))  # type: ignore[arg-type]
        start = end + 1
    return tuple(found)
