"""Inverses of sums of Kronecker products beside columns, as solutions of equations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import add, product, solution, split, transpose
from nzdiff.derive.calculus.identities.products import unvec, vec
from nzdiff.derive.language.equations import Stein, Sylvester
from nzdiff.derive.language.nodes import Kronecker
from nzdiff.derive.language.spectra import PRODUCT, SUM


def solved(expr: Any) -> Any:
    """K⁻¹ · column or row · K⁻¹ of a sum K of Kronecker products."""
    scale, parts = split(expr)
    for place, part in enumerate(parts):
        before, after = parts[:place], parts[place + 1 :]
        if after and after[-1].cols == 1:
            found = _equation(part, product(1, *after))
            if found is not None:
                return product(scale, *before, found)
        if before and before[0].rows == 1:
            found = _equation(transpose(part), transpose(product(1, *before)))
            if found is not None:
                return product(scale, transpose(found), *after)
    return None


def _equation(inverted: MatrixExpr, column: MatrixExpr) -> MatrixExpr | None:
    """K⁻¹ · column where K is A ⊗ I + I ⊗ C + μ I (Sylvester), or A ⊗ C + μ I (Stein)."""
    turned = isinstance(inverted, sp.Transpose)
    inner = inverted.arg if turned else inverted
    if not isinstance(inner, sp.Inverse) or not isinstance(inner.arg, sp.MatAdd):
        return None
    terms = (transpose(term) if turned else term for term in inner.arg.args)
    found = kronecker_sum(terms)
    if found is None:
        return None
    form, first, second, mu = found
    matrix = unvec(column, second.rows, first.rows)
    if form == SUM:
        return vec(solution(Sylvester, (second, transpose(first)), matrix))
    operators = product(-1, second), transpose(first)
    return vec(solution(Stein, operators, product(1 / mu, matrix)))


def kronecker_sum(
    terms: Iterable[MatrixExpr],
) -> tuple[Str, MatrixExpr, MatrixExpr, sp.Expr] | None:
    """The form, A, C and μ of a sum μ (A ⊗ I + I ⊗ C) or μ (I + A ⊗ C); None of another sum.

    Shifts by numbers times I are part of C in the first form, where μ is 1.
    """
    parts = [split(term) for term in terms]
    pairs = [(c, *factors[0].args) for c, factors in parts if _is_pair(factors)]
    rest = [(c, factors) for c, factors in parts if not _is_pair(factors)]
    if not pairs or any(not isinstance(f[0], sp.Identity) or len(f) > 1 for _, f in rest):
        return None
    shapes = {(left.rows, left.cols, right.rows, right.cols) for _, left, right in pairs}
    if len(shapes) != 1 or any(a != b for a, b in (s[i : i + 2] for s in shapes for i in (0, 2))):
        return None
    ((n, _, k, _),) = shapes
    mu, ones = sp.Add(*(c for c, _ in rest)), (sp.Identity(n), sp.Identity(k))
    on_left = [product(c, left) for c, left, right in pairs if right == ones[1]]
    on_right = [product(c, right) for c, left, right in pairs if left == ones[0]]
    if len(on_left) + len(on_right) == len(pairs):
        shift = () if mu == 0 else (product(mu, ones[1]),)
        first = add(sp.ZeroMatrix(n, n), *on_left)
        return SUM, first, add(sp.ZeroMatrix(k, k), *on_right, *shift), sp.Integer(1)
    if len(pairs) == 1 and mu != 0:
        ((c, left, right),) = pairs
        return PRODUCT, left, product(c / mu, right), mu
    return None


def _is_pair(parts: tuple[MatrixExpr, ...]) -> bool:
    """Whether it is A ⊗ C alone."""
    return len(parts) == 1 and isinstance(parts[0], Kronecker)
