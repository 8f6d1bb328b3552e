"""The Gram form of a squared norm: Gram matrices instead of the residual.

With f = K + A M C, where A, C and K do not vary and M is sparse,

    ‖f‖² = ‖K‖² + ⟨K, A M C⟩ + ⟨Aᵀ f Cᵀ, M⟩,    Aᵀ f Cᵀ = Aᵀ K Cᵀ + (Aᵀ A) M (C Cᵀ),

and the last is needed where M is stored: the outer dimensions of A and C vanish from every
evaluation.  What it costs is accuracy: large numbers are subtracted from each other, with an error
of some units in the last place of

    S = (‖K‖ + ‖AᵀA‖^½ ‖C Cᵀ‖^½ ‖M‖)²

in the energy.  So an energy below GUARD · S is computed from f itself: its relative error stays
below a few times 10⁻¹⁰ (that of the gradient is of the size that f would give it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.arguments import dim
from nzdiff.codegen.lower.builder import Builder
from nzdiff.derive.calculus.canonical import add, product, split, transpose
from nzdiff.derive.calculus.parts import Part, Varies, parts, summands
from nzdiff.derive.calculus.problem import Residual
from nzdiff.derive.language.nodes import SumSquares

GUARD = 2.0**-52 / 1e-10, 2.0**-23 / 1e-4
"""The least energy, as a part of S, that is not computed again: one unit of S is 10⁻¹⁰ of it, and
10⁻⁴ in single precision."""


def saves(residual: Residual, varies: Varies) -> bool:
    """Whether something constant stands in f, without which the Gram form is f itself again."""
    found = parts(residual.expr, varies)
    return any(part.left or part.right or not part.core for part in found)


def inlined(expr: Any, definitions: Mapping[Any, Any], varies: Varies) -> Any:
    """Products with f or df written out, together with the constant factors on both sides."""
    coefficient, outer = split(expr)
    if len(outer) == 1 and isinstance(outer[0], sp.MatAdd):
        terms = [inlined(term, definitions, varies) for term in outer[0].args]
        return product(coefficient, add(*terms))
    place = next((i for i, f in enumerate(outer) if _symbol(f) in definitions), None)
    if place is None:
        return expr
    first, last = place, place + 1
    while first > 0 and not varies(outer[first - 1]):
        first -= 1
    while last < len(outer) and not varies(outer[last]):
        last += 1
    written = definitions[_symbol(outer[place])]
    if isinstance(outer[place], sp.Transpose):
        written = transpose(written)
    node = _around(written, outer[first:place], outer[place + 1 : last])
    return product(coefficient, *outer[:first], node, *outer[last:])


def energy(build: Builder, residual: Residual, varies: Varies) -> tuple[ir.Value, ir.Value] | None:
    """‖f‖² in its Gram form, and S; None where a varying product of f is not sparse."""
    found = parts(residual.expr, varies)
    constant = [part.whole for part in found if not part.core]
    moving = [part for part in found if part.core]
    if not moving or any(_core_support(build, part) is None for part in moving):
        return None
    K = add(*constant) if constant else None
    numbers = [] if K is None else [SumSquares(K)]
    root = sp.Integer(0) if K is None else sp.sqrt(SumSquares(K))
    for part in moving:
        core = product(1, *part.core)
        turned = transpose(core)
        inner = _around(residual.expr, _turned(part.left), _turned(part.right))
        numbers.append(part.number * sp.Trace(product(1, turned, inner)))
        if K is not None:
            fixed = product(1, *_turned(part.left), K, *_turned(part.right))
            numbers.append(part.number * sp.Trace(product(1, turned, fixed)))
        size: Any = SumSquares(core)
        for side in (part.left, part.right):
            size *= sp.sqrt(SumSquares(_gram(build, side))) if side else 1
        root += sp.Abs(part.number) * sp.sqrt(size)
    value = build.number(sp.Add(*numbers))
    scale = build.number(root**2)
    assert isinstance(value, ir.Value) and isinstance(scale, ir.Value)
    return value, scale


def _gram(build: Builder, factors: tuple[Any, ...]) -> Any:
    """Aᵀ A or A Aᵀ, which have one norm: the smaller of the two."""
    whole = product(1, *factors)
    rows, cols = (build.sizes.dim(dim(size)) for size in whole.shape)
    return (
        product(1, whole, transpose(whole)) if rows < cols else product(1, transpose(whole), whole)
    )


def _core_support(build: Builder, part: Part) -> Any:
    return build.structure.of_expr(product(1, *part.core))


def _around(expr: Any, left: Any, right: Any) -> Any:
    """left · expr · right, multiplied out over a sum."""
    return add(*(product(1, *left, term, *right) for term in summands(expr)))


def _turned(factors: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(transpose(factor) for factor in reversed(factors))


def _symbol(factor: Any) -> Any:
    return factor.arg if isinstance(factor, sp.Transpose) else factor
