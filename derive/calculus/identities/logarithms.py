"""Logarithms of exponentials, which overflow or vanish before the logarithm is taken.

Each rule takes a canonical node to what it equals, or to None where it does not apply.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import applied, product, split
from nzdiff.derive.language.nodes import VARIABLE, Apply, LogSumExp, Softplus

EXP = sp.Lambda(VARIABLE, sp.exp(VARIABLE))
LOG = sp.Lambda(VARIABLE, sp.log(VARIABLE))
SIGMOID = (1 + sp.tanh(VARIABLE / 2)) / 2


def has_logarithm(expr: Any) -> bool:
    """Whether a function of entries takes a logarithm."""
    return any(node.function.expr.has(sp.log) for node in expr.atoms(Apply))


def of_exponentials(expr: Apply) -> Any:
    """f.(exp.(A)) of an f with a logarithm; log.(exp.(A)) is A."""
    inner = _alone(expr)
    if inner is None or not inner.function.expr.has(sp.exp):
        return None
    body = expr.function(inner.function.expr)
    if body.has(sp.log) or not expr.function.expr.has(sp.log):
        return None
    return inner.matrix if body == VARIABLE else applied(sp.Lambda(VARIABLE, body), inner.matrix)


def of_sigmoids(expr: Apply) -> Any:
    """log.(sigmoid.(A)) = −softplus.(−A)."""
    inner = _alone(expr)
    if inner is None or expr.function != LOG or sp.expand(inner.function.expr - SIGMOID) != 0:
        return None
    softplus = applied(sp.Lambda(VARIABLE, Softplus(VARIABLE)), product(-1, inner.matrix))
    return product(-1, softplus)


def of_sums(expr: Apply) -> Any:
    """log.(exp.(A) 1) = logsumexp(A)."""
    scale, parts = split(expr.matrix)
    if expr.function != LOG or scale != 1 or len(parts) != 2 or type(parts[0]) is not Apply:
        return None
    summed = isinstance(parts[1], sp.OneMatrix) and parts[1].cols == 1
    return LogSumExp(parts[0].matrix) if summed and parts[0].function == EXP else None


def _alone(expr: Apply) -> Apply | None:
    """The function of entries that another is taken of."""
    scale, parts = split(expr.matrix)
    plain = type(expr) is Apply and scale == 1 and len(parts) == 1
    inner: MatrixExpr = parts[0]
    return inner if plain and type(inner) is Apply else None
