"""The products that a formula is the sum of, multiplied out as far as operations are linear.

In: a claim or a derivative.  Out: its summands, c A B C or c times one operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product as iterate
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import hadamard, kronecker, linear, product, split
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.second_order import canonical_df
from nzdiff.derive.language.nodes import Diag, DiagonalOf, Hadamard, Kronecker, Unvec, Vec

MULTILINEAR: dict[Any, Callable[..., MatrixExpr]] = {
    Kronecker: kronecker,
    Hadamard: hadamard,
}
LINEAR = (Vec, Unvec, Diag, DiagonalOf)


def summands(derivation: Derivation, expr: MatrixExpr) -> list[MatrixExpr]:
    """The products of an expression multiplied out, df written out in dG."""
    return list(_expanded(canonical_df(derivation, expr)))


def _expanded(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    if isinstance(expr, sp.MatAdd):
        for term in expr.args:
            yield from _expanded(term)
        return
    coefficient, factors = split(expr)
    for place, factor in enumerate(factors):
        parts = _factor_parts(factor)
        if parts != (factor,):
            for part in parts:
                whole = product(coefficient, *factors[:place], part, *factors[place + 1 :])
                yield from _expanded(whole)
            return
    numbers = sp.Add.make_args(sp.expand_mul(coefficient, deep=False))
    yield from (product(number, *factors) for number in numbers)


def _factor_parts(factor: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """A sum as its summands, (A + B) ⊗ C as A ⊗ C and B ⊗ C, diag(x + y) likewise; else alone."""
    if isinstance(factor, sp.MatAdd):
        return tuple(_expanded(factor))
    if isinstance(factor, LINEAR):
        inner, *rest = factor.args
        return tuple(linear(factor.func, part, *rest) for part in _expanded(inner))
    if isinstance(factor, (Kronecker, Hadamard)):
        node = MULTILINEAR[type(factor)]
        return tuple(node(*parts) for parts in iterate(*map(_expanded, factor.args)))
    return (factor,)
