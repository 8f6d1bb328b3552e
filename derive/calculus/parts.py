"""One way to take an expression apart: into summands, and each around what varies in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import product, split
from nzdiff.derive.language.nodes import (
    Apply,
    CommutationMatrix,
    Diag,
    Hadamard,
    Indicator,
    MapNonzeros,
    Selection,
    Shift,
    Unit,
)
from nzdiff.derive.language.symbols import Matrix

Varies = Callable[[Any], bool]
"""Whether an expression is to be taken as moving: one of the unknowns is in it, or a tangent."""


@dataclass(frozen=True, slots=True)
class Part:
    """A summand c A M C: the number c, and the factors of A, M and C.

    M reaches from the first factor that varies to the last; where none does, all is A.
    """

    number: Any
    left: tuple[Any, ...]
    core: tuple[Any, ...]
    right: tuple[Any, ...]

    @property
    def factors(self) -> tuple[Any, ...]:
        """Those of A M C."""
        return (*self.left, *self.core, *self.right)

    @property
    def whole(self) -> Any:
        """c A M C."""
        return product(self.number, *self.factors)


def parts(expr: Any, varies: Varies) -> tuple[Part, ...]:
    """The summands of an expression, each around what varies in it.  Nothing is multiplied out."""
    return tuple(_part(term, varies) for term in summands(expr))


def summands(expr: Any) -> tuple[Any, ...]:
    """The terms of a sum; of anything else, itself."""
    return expr.args if isinstance(expr, sp.MatAdd) else (expr,)


def scaled_summands(expr: Any) -> tuple[Any, ...]:
    """The summands of c (A + B), and of those in turn, the coefficient multiplied in."""
    coefficient, factors = split(expr)
    if len(factors) != 1 or not isinstance(factors[0], sp.MatAdd):
        return (expr,)
    terms = (product(coefficient, term) for term in factors[0].args)
    return tuple(part for term in terms for part in scaled_summands(term))


def stored_factors(expr: Hadamard) -> tuple[Any, ...]:
    """The factors of A ∘ B ∘ … of which only some entries are stored, each once."""
    return tuple(dict.fromkeys(factor for factor in expr.args if _is_stored(factor)))


def _is_stored(expr: Any) -> bool:
    """Whether an expression may have a pattern, so that what is not stored is 0."""
    if isinstance(expr, Matrix):
        return expr.kind_of != "dense"
    if isinstance(expr, (sp.MatAdd, sp.MatMul, sp.Transpose)):
        return all(_is_stored(arg) for arg in expr.args if getattr(arg, "is_Matrix", False))
    if isinstance(expr, Hadamard):
        return any(map(_is_stored, expr.args))
    if isinstance(expr, Apply) and not isinstance(expr, MapNonzeros):
        return expr.function(sp.Integer(0)) == 0 and _is_stored(expr.matrix)
    if isinstance(expr, sp.Inverse):
        return _is_stored(expr.arg)
    return isinstance(expr, STORED)


CONSTANT = (sp.Identity, sp.ZeroMatrix, CommutationMatrix, Selection, Shift, Unit)
STORED = (*CONSTANT, Diag, Indicator, MapNonzeros)


def _part(term: Any, varies: Varies) -> Part:
    number, factors = split(term)
    places = [place for place, factor in enumerate(factors) if varies(factor)]
    first, last = (places[0], places[-1] + 1) if places else (len(factors), len(factors))
    return Part(number, factors[:first], factors[first:last], factors[last:])
