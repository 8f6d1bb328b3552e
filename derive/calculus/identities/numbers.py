"""A ⊗ C in norms, traces, determinants and inverses; rules as in `products`."""

from __future__ import annotations

from itertools import product as pairs_of
from math import prod
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import inverse, is_symmetric, product, split, transpose
from nzdiff.derive.calculus.identities.equations import kronecker_sum
from nzdiff.derive.calculus.identities.products import factors, has_kronecker, joined
from nzdiff.derive.language.nodes import Kronecker, PositiveLogDet, SumSquares, Unvec, Vec
from nzdiff.derive.language.spectra import (
    PositiveSpectralLogDet,
    SpectralDeterminant,
    SpectralLogDet,
)


def norm(expr: SumSquares) -> Any:
    """‖vec(M)‖² and ‖unvec(x)‖²."""
    scale, parts = split(expr.matrix)
    if len(parts) != 1:
        return None
    (only,) = parts
    turned = transpose(only)
    for matrix in (only, turned):
        if isinstance(matrix, (Vec, Unvec)):
            return SumSquares(product(scale, matrix.args[0]))
    return None


def norm_of_kronecker(expr: SumSquares) -> Any:
    """‖Σ c A ⊗ C‖² as the double sum of c c′ ⟨A, A′⟩ ⟨C, C′⟩."""
    terms = expr.matrix.args if isinstance(expr.matrix, sp.MatAdd) else (expr.matrix,)
    found = [split(term) for term in terms]
    if not all(len(parts) == 1 and isinstance(parts[0], Kronecker) for _, parts in found):
        return None
    scaled = [(scale, factors(parts[0])) for scale, parts in found]
    if len({tuple(part.shape for part in parts) for _, parts in scaled}) != 1:
        return None
    total = [
        c * d * sp.Mul(*(_product_of(a, b) for a, b in zip(left, right, strict=True)))
        for (c, left), (d, right) in pairs_of(scaled, scaled)
    ]
    return sp.Add(*total)


def _product_of(left: MatrixExpr, right: MatrixExpr) -> Any:
    """⟨A, B⟩, as ‖A‖² where the two are one."""
    return SumSquares(left) if left == right else sp.Trace(product(1, transpose(left), right))


def trace(expr: sp.Trace) -> Any:
    """tr(A ⊗ C), and a product turned until it begins with a row."""
    scale, parts = split(expr.arg)
    if has_kronecker(expr.arg):
        return sp.Add(*(sp.Trace(term) for term in expr.arg.args))
    if len(parts) == 1 and isinstance(parts[0], Kronecker):
        own = factors(parts[0])
        if all(part.rows == part.cols for part in own):
            return scale * sp.Mul(*map(_trace_of, own))
    cut = next((i for i, part in enumerate(parts) if part.rows == 1 and i), None)
    if cut is not None and any(isinstance(part, Kronecker) for part in parts):
        return scale * sp.Trace(product(1, *parts[cut:], *parts[:cut]))
    return None


def _trace_of(matrix: MatrixExpr) -> Any:
    return matrix.rows if isinstance(matrix, sp.Identity) else sp.Trace(matrix)


def number(expr: sp.Trace) -> Any:
    """tr(c) of a 1 × 1 matrix c I is c; so of the summands that are such."""
    terms = expr.arg.args if isinstance(expr.arg, sp.MatAdd) else (expr.arg,)
    found = [split(term) for term in terms]
    if not any(parts == (sp.Identity(1),) for _, parts in found):
        return None
    return sp.Add(
        *(
            scale if parts == (sp.Identity(1),) else sp.Trace(term)
            for term, (scale, parts) in zip(terms, found, strict=True)
        )
    )


def determinant(expr: Any) -> Any:
    """det(c A ⊗ C), log |det| and log det of it."""
    scale, parts = split(expr.arg)
    own = factors(parts[0])
    if len(parts) != 1 or len(own) == 1 or any(part.rows != part.cols for part in own):
        return None
    if isinstance(expr, PositiveLogDet) and not scale.is_positive:
        return None
    size = prod((part.rows for part in own), start=sp.Integer(1))
    turning = [part for part in own if not isinstance(part, sp.Identity)]
    powers = [(part, size / part.rows) for part in turning]
    if isinstance(expr, sp.Determinant):
        return scale**size * sp.Mul(*(sp.Determinant(part) ** power for part, power in powers))
    first = () if scale == 1 else (size * sp.log(sp.Abs(scale)),)
    return sp.Add(*first, *(power * expr.func(part) for part, power in powers))


def by_eigenvalues(expr: Any) -> Any:
    """det, log |det| and log det of A ⊗ I + I ⊗ C + μ I, and of A ⊗ C + μ I."""
    scale, parts = split(expr.arg)
    if len(parts) != 1 or not isinstance(parts[0], sp.MatAdd):
        return None
    found = kronecker_sum(product(scale, term) for term in parts[0].args)
    if found is None:
        return None
    form, left, right, mu = found
    positive = isinstance(expr, PositiveLogDet)
    if positive and not (is_symmetric(left) and is_symmetric(right) and mu.is_positive):
        return None
    size = expr.arg.rows
    if isinstance(expr, sp.Determinant):
        return mu**size * SpectralDeterminant(form, left, right)
    kind = PositiveSpectralLogDet if positive else SpectralLogDet
    shift = 0 if mu == 1 else size * sp.log(sp.Abs(mu))
    return shift + kind(form, left, right)


def inverse_of_product(expr: sp.Inverse) -> Any:
    """(A ⊗ C)⁻¹ of square A and C."""
    own = factors(expr.arg)
    if len(own) == 1 or any(part.rows != part.cols for part in own):
        return None
    return joined([inverse(part) for part in own])
