"""The matrices of a derivation on small patterns of the reader's, written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.nodes import CommutationMatrix, Vec
from nzdiff.derive.language.notation import latex, mathml, shown, text
from nzdiff.derive.language.symbols import Matrix, sizes_of
from nzdiff.derive.proof.elementwise import elementwise, same
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.show.example import Compared, Example, Rows, Written
from nzdiff.pattern import Pattern

MOST = 2000
"""Entries of a matrix that is written out."""


def example(
    derivation: Derivation, patterns: Mapping[str, Pattern], dims: Mapping[str, int]
) -> Example:
    """G, g, P, vec(G) and K of each unknown, and every entry of ∂vec(f)/∂g by two ways.

    Of an energy without residuals, those of ∂E/∂g.  Raises ValueError where a matrix has more than
    `MOST` entries.
    """
    _check_size(derivation, patterns, dims)
    found = elementwise(derivation, dict(patterns), dict(dims))
    evaluate = found.evaluator
    matrices = dict.fromkeys(
        written
        for unknown in derivation.problem.wrt
        for written in _of(derivation, evaluate, unknown)
    )
    jacobians, entries, row = list[Written](), list[Compared](), 0
    for residual in derivation.problem.residuals:
        rows, cols = sizes_of(residual.symbol, dims)
        blocks = [
            evaluate(derivation.jacobians[residual.symbol, u].kronecker)
            for u in derivation.problem.wrt
        ]
        whole = np.hstack(blocks)
        part = found.jacobian[row : row + rows * cols]
        row += rows * cols
        entries += _compared(str(residual.symbol.name), (rows, cols), part, whole, found.unknowns)
        signs = (Vec(residual.symbol), _g(derivation))
        jacobians.append(
            Written(
                shown("text", "partial", *signs),
                shown("latex", "partial", *signs),
                shown("mathml", "partial", *signs),
                _rows(part),
            )
        )
    if not derivation.problem.residuals:
        whole = np.vstack([evaluate(forms.kronecker) for forms in derivation.gradients.values()])
        entries += _compared("E", (1, 1), found.gradient[None, :], whole.T, found.unknowns)
    sizes = ", ".join(f"{name} = {size}" for name, size in dims.items())
    return Example(sizes, tuple(matrices), tuple(jacobians), tuple(entries))


def _of(derivation: Derivation, evaluate: Evaluator, unknown: Matrix) -> tuple[Written, ...]:
    """What belongs to one unknown."""
    selection, parameters = derivation.selection(unknown), derivation.parameters(unknown)
    shapes = (unknown, parameters, selection, Vec(unknown), CommutationMatrix(*unknown.shape))
    return tuple(_written(expr, evaluate(expr)) for expr in shapes)


def _written(expr: Any, values: Any) -> Written:
    return Written(text(expr), latex(expr), mathml(expr), _rows(values))


def _rows(values: Any) -> Rows:
    return tuple(tuple(sp.sympify(entry) for entry in row) for row in values)


def _g(derivation: Derivation) -> Any:
    """The name of all stored values together."""
    several = len(derivation.problem.wrt) > 1
    return sp.Symbol("g") if several else derivation.parameters(derivation.problem.wrt[0])


def _compared(
    name: str, shape: tuple[int, int], part: Any, whole: Any, unknowns: tuple[sp.Symbol, ...]
) -> list[Compared]:
    """Column by column of f, as vec has them, and for each every g_t."""
    rows, _ = shape
    found = list[Compared]()
    for at, t in np.ndindex(part.shape):
        left, right = sp.expand(part[at, t]), sp.expand(whole[at, t])
        equal = same(np.array([left], dtype=object), np.array([right], dtype=object))
        place = name if name == "E" else f"{name}[{at % rows + 1}, {at // rows + 1}]"
        found.append(Compared(place, str(unknowns[t]), left, right, equal))
    return found


def _check_size(
    derivation: Derivation, patterns: Mapping[str, Pattern], dims: Mapping[str, int]
) -> None:
    stored = sum(pattern.size for pattern in patterns.values())
    problem = derivation.problem
    squares = [int(np.prod(sizes_of(u, dims))) ** 2 for u in problem.wrt]
    heights = [int(np.prod(sizes_of(r.symbol, dims))) * stored for r in problem.residuals]
    largest = max((*squares, *heights, stored))
    if largest > MOST:
        raise ValueError(
            f"example: expected sizes small enough to write matrices out, at most {MOST} entries, "
            f"got one of {largest}"
        )
