"""Sums over indices, which SymPy makes of (A*B)[i, j], as products of matrices again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.nodes import Unit

Link = tuple[MatrixExpr, Any, Any]
"""A matrix, its row index and its column index."""


def contracted(expr: sp.Sum) -> Any:
    """Σ_ij x_i A_ij x_j as xᵀ A x: every index is summed in full and stands at two places."""
    limits, factors = list(expr.limits), list(sp.Mul.make_args(expr.function))
    for inner in factors:
        if isinstance(inner, sp.Sum):
            limits += inner.limits
            factors += sp.Mul.make_args(inner.function)
    indices = {index for index, *_ in limits}
    links, number = list[Link](), sp.Integer(1)
    for factor in (factor for factor in factors if not isinstance(factor, sp.Sum)):
        base, exponent = factor.as_base_exp()
        if not factor.has(*indices):
            number *= factor
        elif exponent.is_Integer and exponent > 0:
            links += [_link(base, expr)] * int(exponent)
        else:
            raise UnsupportedNodeError(expr, None)
    _check(expr, limits, links)
    while links:
        number *= _chain(links, indices)
    return number


def _link(factor: Any, whole: sp.Sum) -> Link:
    """An entry A[i, j], or a sum of entries at the same place."""
    if isinstance(factor, MatrixElement):
        matrix, row, column = factor.args
        return matrix, row, column
    links = []
    for term in sp.Add.make_args(factor):
        coefficient, entry = term.as_coeff_Mul()
        if not isinstance(entry, MatrixElement):
            raise UnsupportedNodeError(whole, None)
        links.append((coefficient * entry.args[0], *entry.args[1:]))
    if any(first[1:] != second[1:] for first, second in pairwise(links)):
        raise UnsupportedNodeError(whole, None)
    return sp.MatAdd(*(matrix for matrix, *_ in links)), *links[0][1:]


def _check(expr: sp.Sum, limits: list[Any], links: list[Link]) -> None:
    for index, first, last in limits:
        sizes = [
            size
            for matrix, row, column in links
            for place, size in ((row, matrix.rows), (column, matrix.cols))
            if place == index
        ]
        if len(sizes) != 2 or first != 0 or any(sp.simplify(last - s + 1) != 0 for s in sizes):
            raise UnsupportedNodeError(expr, None)


def _chain(links: list[Link], indices: set[Any]) -> Any:
    """One product, from an index that is not summed to the next, or once around; taken out."""
    turned = [*links, *((matrix.T, column, row) for matrix, row, column in links)]
    start = next((link for link in turned if link[1] not in indices), links[0])
    matrices, here = list[MatrixExpr](), start[1]
    while True:
        place, flipped = next(
            (i, here != link[1]) for i, link in enumerate(links) if here in link[1:]
        )
        matrix, row, column = links.pop(place)
        matrices.append(matrix.T if flipped else matrix)
        here = row if flipped else column
        if here not in indices or here == start[1]:
            break
    whole = sp.MatMul(*matrices)
    if here in indices or whole.shape == (1, 1):
        return sp.Trace(whole)
    return sp.Trace(Unit(here, start[1], whole.cols, whole.rows) * whole)
