"""One entry of a matrix expression as sums over the entries of its matrices.

(A B)[i, j] = Σ_a A[i, a] B[a, j];  (A ∘ B)[i, j] = A[i, j] B[i, j];  f.(A)[i, j] = f(A[i, j]).
What has no such form, as an inverse, is taken entry by entry as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import split
from nzdiff.derive.language.nodes import Apply, Diag, DiagonalOf, Hadamard, MapNonzeros
from nzdiff.derive.language.symbols import Matrix, fresh, lengthened

LETTERS = "abcdehklmnopqrsuvwxyz"


@dataclass(frozen=True, slots=True)
class Element:
    """matrix[row, column]; the index of a dimension of size 1 is empty."""

    matrix: MatrixExpr
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A function of an entry."""

    function: sp.Lambda
    inside: Part


@dataclass(frozen=True, slots=True)
class Summand:
    """coefficient · Σ factor · factor · … over indices; sizes: how far each runs."""

    coefficient: sp.Expr
    indices: tuple[str, ...]
    sizes: tuple[Any, ...]
    factors: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A sum."""

    terms: tuple[Summand, ...]


@dataclass(frozen=True, slots=True)
class Gather:
    """The entry Γ[row, column] of a gradient: what the stored value at that place moves E by."""

    unknown: Matrix
    row: str
    column: str
    formula: Total


Part = Element | Mapped | Summand | Total


def gathers(gradients: Mapping[Matrix, MatrixExpr], taken: frozenset[str]) -> tuple[Gather, ...]:
    """The entry of each Γ that is not 0, at (i, j)."""
    i, j = (fresh(lengthened(letter), taken) for letter in "ij")
    found = list[Gather]()
    for unknown, gamma in gradients.items():
        if not isinstance(gamma, sp.ZeroMatrix):
            row, column = (i if unknown.rows != 1 else "", j if unknown.cols != 1 else "")
            found.append(Gather(unknown, row, column, entry_of(gamma, row, column, taken)))
    return tuple(found)


def entry_of(expr: MatrixExpr, row: str, column: str, taken: frozenset[str]) -> Total:
    """expr[row, column] of a canonical expression; taken: names that no index may have."""
    return _total(expr, row, column, taken | {row, column})


def _total(expr: MatrixExpr, row: str, column: str, taken: frozenset[str]) -> Total:
    coefficient, factors = split(expr)
    inner = factors[0] if len(factors) == 1 else expr
    if not isinstance(inner, sp.MatAdd):
        return Total((_summand(expr, row, column, taken),))
    terms = (_summand(term, row, column, taken) for term in inner.args)
    return Total(tuple(replace(t, coefficient=coefficient * t.coefficient) for t in terms))


def _summand(expr: MatrixExpr, row: str, column: str, taken: frozenset[str]) -> Summand:
    """c A B … C: an index between each two, none beside one that is diagonal."""
    coefficient, factors = split(expr)
    last = max((at for at, f in enumerate(factors) if not _is_diagonal(f)), default=0)
    letters, sizes, places, left = _letters(taken), dict[str, Any](), list[Any](), row
    for at, factor in enumerate(factors):
        right = column if at >= last else left if _is_diagonal(factor) else ""
        if not right and factor.cols != 1:
            right = next(letters)
            sizes[right] = factor.cols
        places.append((factor, left, right))
        left = right
    parts = list[Part]()
    for factor, above, right in places:
        for part in _factors(factor, above, right, taken | set(sizes)):
            one = part.terms[0] if isinstance(part, Total) and len(part.terms) == 1 else None
            if one is not None and one.coefficient == 1:
                sizes |= dict(zip(one.indices, one.sizes, strict=True))
                parts += one.factors
            else:
                parts.append(part)
    return Summand(coefficient, tuple(sizes), tuple(sizes.values()), tuple(parts))


def _factors(expr: MatrixExpr, row: str, column: str, taken: frozenset[str]) -> list[Part]:
    """The factors of an entry of one factor of a product."""
    if isinstance(expr, sp.OneMatrix):
        return []
    if isinstance(expr, sp.Transpose):
        return _factors(expr.arg, column, row, taken)
    if isinstance(expr, Hadamard):
        parts = list[Part]()
        for factor in expr.args:
            inner = {index for part in parts if isinstance(part, Total) for index in _indices(part)}
            parts += _factors(factor, row, column, taken | inner)
        return parts
    if isinstance(expr, Diag) and row == column:
        return _factors(expr.args[0], row, "", taken)
    if isinstance(expr, DiagonalOf):
        return _factors(expr.args[0], row, row, taken)
    if isinstance(expr, Apply) and not isinstance(expr, MapNonzeros):
        return [Mapped(expr.function, _plain(_total(expr.matrix, row, column, taken)))]
    if isinstance(expr, (sp.MatAdd, sp.MatMul)):
        return [_total(expr, row, column, taken)]
    return [Element(expr, row, column)]


def _indices(total: Total) -> Iterator[str]:
    for term in total.terms:
        yield from term.indices


def _letters(taken: frozenset[str]) -> Iterator[str]:
    yield from (letter for letter in LETTERS if letter not in taken)
    yield from (name for name in (f"a_{i}" for i in count(1)) if name not in taken)


def _is_diagonal(expr: MatrixExpr) -> bool:
    return isinstance(expr, Diag) or (isinstance(expr, Matrix) and expr.kind_of == "diagonal")


def _plain(total: Total) -> Part:
    """A sum of one factor as that factor."""
    (one, *others) = total.terms
    plain = not others and one.coefficient == 1 and not one.indices and len(one.factors) == 1
    return one.factors[0] if plain else total
