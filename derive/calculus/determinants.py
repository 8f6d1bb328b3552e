"""Where determinants and cofactors go on through singular matrices.

det A and adj A = det A · A⁻¹ are polynomials in the entries of A, and so are all their derivatives;
what derivation writes of them, det A · A⁻ᵀ, det A tr(A⁻¹ dA) A⁻ᵀ − …, has no numbers where A is
singular, but limits.
"""

from __future__ import annotations

import math
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import canonical, product, split, transpose
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.nodes import (
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    Hadamard,
    Kronecker,
    LogDet,
    Spectral,
    SumSquares,
    Unvec,
    Vec,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.spectra import SpectralDeterminant

POLES = {sp.Determinant: -1.0, SpectralDeterminant: -1.0, sp.Inverse: 1.0}
SAME = (sp.Trace, sp.Transpose, Diag, DiagonalOf, Vec, Unvec)
SUMS = (sp.Add, sp.MatAdd)
PRODUCTS = (Hadamard, Kronecker, ContractLeft, ContractRight)


def continued(expr: Any) -> frozenset[Any]:
    """The A, without numbers in front and their transposes too, that may be singular.

    Those with a det A in an expression that is a polynomial of det A and adj A.  Of a sum, each
    summand has to be one: poles that cancel between summands are not seen.
    """
    matrices = {_plain(node.arg) for node in expr.atoms(sp.Determinant)}
    found = (matrix for matrix in matrices if _pole(expr, matrix) <= 0)
    return frozenset(m for matrix in found for m in (matrix, canonical(transpose(matrix))))


def has_polynomial_spectra(expr: Any) -> bool:
    """Whether an expression is a polynomial of each determinant by eigenvalues that it holds."""
    found = expr.atoms(Spectral)
    return (
        bool(found)
        and not expr.has(Equation)
        and all(_pole(expr, _plain(s.arg)) <= 0 for s in found)
    )


def _plain(matrix: Any) -> Any:
    """A of c A, in whichever orientation reads first."""
    inner = canonical(product(1, *split(matrix)[1]))
    return min(inner, canonical(transpose(inner)), key=text)


def _pole(expr: Any, matrix: Any) -> float:
    """How often 1 / det A is left over, det A counted as −1; infinite for what is no polynomial."""
    if isinstance(expr, (sp.Determinant, sp.Inverse, LogDet, Spectral)) and _plain(
        expr.arg
    ) == _plain(matrix):
        return POLES.get(type(expr), math.inf)
    inside = [arg for arg in expr.args if _meets(arg, matrix)]
    if not inside:
        return 0
    if isinstance(expr, SAME):
        return _pole(expr.args[0], matrix)
    if isinstance(expr, SUMS):
        return max(_pole(term, matrix) for term in expr.args)
    if isinstance(expr, sp.MatMul):
        coefficient, factors = split(expr)
        return _pole(coefficient, matrix) + sum(_pole(factor, matrix) for factor in factors)
    if isinstance(expr, (sp.Mul, *PRODUCTS)):
        return sum(_pole(factor, matrix) for factor in expr.args)
    if isinstance(expr, SumSquares):
        return 2 * _pole(expr.matrix, matrix)
    if isinstance(expr, sp.Pow) and expr.exp.is_integer and expr.exp.is_positive:
        inner = _pole(expr.base, matrix)
        if expr.exp.is_Integer:
            return int(expr.exp) * inner
        return inner if inner <= 0 else math.inf  # a size, which is at least 1
    return math.inf


def _meets(expr: Any, matrix: Any) -> bool:
    """Whether a determinant, a logarithm of one, or the inverse of A stands in an expression."""
    return any(
        _plain(node.arg) == matrix
        for node in expr.atoms(sp.Determinant, sp.Inverse, LogDet, Spectral)
    )
