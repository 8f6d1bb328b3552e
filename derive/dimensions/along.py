"""The matrices that have a dimension as their rows or columns, and why nothing can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix

Axis = Literal[0, 1]
SIDES = ("rows", "columns")


class Refused(Exception):
    """Why a dimension does not reduce, or does not separate: a clause that names the node."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A matrix that has the dimension as its rows (axis 0) or columns (axis 1).

    Of a diagonal matrix, which has it as both, axis 0.
    """

    matrix: Matrix
    axis: Axis

    @property
    def other(self) -> Any:
        """The size of the other side."""
        return self.matrix.shape[1 - self.axis]


def cuts(problem: Problem, size: sp.Symbol) -> tuple[Cut, ...]:
    """Every matrix with the dimension, by name; Refused where one has it in another way."""
    return tuple(cut_of(matrix, size) for matrix in problem.matrices if has(matrix, size))


def cut_of(matrix: Matrix, size: sp.Symbol) -> Cut:
    """How one matrix has the dimension."""
    for axis, side in enumerate(matrix.shape):
        if side != size and size in side.free_symbols:
            raise Refused(f"{matrix.name} has {text(side)} {SIDES[axis]}")
    if matrix.rows == matrix.cols and matrix.kind_of != "diagonal":
        raise Refused(f"{matrix.name} has {size} rows and {size} columns")
    return Cut(matrix, 0 if matrix.rows == size else 1)


def has(matrix: MatrixExpr, size: sp.Symbol) -> bool:
    """Whether the shape of a matrix holds the dimension."""
    return any(size in sp.sympify(side).free_symbols for side in matrix.shape)


def check_energy(problem: Problem, size: sp.Symbol) -> None:
    """Refused for a matrix function, and where the dimension is a number of the energy."""
    if problem.is_function:
        raise Refused("it is a matrix function, not an energy")
    if is_number(problem.energy, size):
        raise Refused(
            f"the number {size} stands in the energy itself; put a scalar (nz.scalar) in its place"
        )


def is_number(expr: Any, size: sp.Symbol) -> bool:
    """Whether the dimension is a number of the expression: n of ‖X‖²/n, not of its shape."""
    if expr == size:
        return True
    args = expr.args
    if isinstance(expr, MatrixExpr) and not isinstance(expr, sp.MatMul):
        args = [arg for arg in args if isinstance(arg, (MatrixExpr, sp.Lambda))]
    return any(is_number(arg, size) for arg in args)


def listed(found: tuple[Cut, ...]) -> str:
    """``columns of B, X; rows of U``."""
    words = [
        f"{side} of {', '.join(str(cut.matrix.name) for cut in found if cut.axis == axis)}"
        for axis, side in enumerate(SIDES)
        if any(cut.axis == axis for cut in found)
    ]
    return "; ".join(reversed(words))
