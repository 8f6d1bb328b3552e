"""Whether an energy separates: whether it is a sum over blocks of a dimension.

Every matrix that has the dimension k as its rows or columns is cut into the same blocks.  Each
expression is then of one kind:

    whole     no k in it: the same for every block
    rows      of shape (k, ·), and rows b of it need no block but b
    columns   of shape (·, k), in the same way
    diagonal  of shape (k, k), 0 outside of the blocks on the diagonal
    square    of shape (k, k), and its blocks on the diagonal need no block but their own
    summed    of a shape without k: the sum of its values for every block

A squared norm of rows or columns is summed, and so is every trace of such a product; the square of
what is summed is no sum over blocks.  Summands without k are no part of any block: they count once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import Any, Literal

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import split
from nzdiff.derive.calculus.problem import Problem, terms_of
from nzdiff.derive.dimensions.along import Cut, Refused, check_energy, cut_of, cuts, has, listed
from nzdiff.derive.language.nodes import (
    Apply,
    Diag,
    DiagonalOf,
    Hadamard,
    Indicator,
    LogDet,
    LogSumExp,
    MapNonzeros,
    SumSquares,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix

Kind = Literal["whole", "rows", "columns", "diagonal", "square", "summed"]
LOCAL = ("rows", "columns", "diagonal")
PRODUCTS: dict[tuple[Kind, Kind], Kind] = {
    ("whole", "whole"): "whole",
    ("whole", "columns"): "columns",
    ("whole", "summed"): "summed",
    ("summed", "whole"): "summed",
    ("rows", "whole"): "rows",
    ("rows", "columns"): "square",
    ("columns", "rows"): "summed",
    ("columns", "diagonal"): "columns",
    ("diagonal", "rows"): "rows",
    ("diagonal", "diagonal"): "diagonal",
    ("diagonal", "square"): "square",
    ("square", "diagonal"): "square",
}
"""Of two factors; all others are of no kind."""
TURNED: dict[Kind, Kind] = {"rows": "columns", "columns": "rows"}


@dataclass(frozen=True, slots=True)
class Separation:
    """The energy of a block, whose matrices are cut, and what counts once."""

    size: sp.Symbol
    cuts: tuple[Cut, ...]
    block: sp.Expr
    once: sp.Expr

    def __str__(self) -> str:
        rest = f"; once: {text(self.once)}" if self.once != 0 else ""
        return f"a sum over blocks of the {listed(self.cuts)}{rest}"


def separation(problem: Problem, size: sp.Symbol) -> Separation:
    """How the energy separates; Refused, with the reason, where it does not."""
    check_energy(problem, size)
    found = cuts(problem, size)
    block: list[Any] = []
    once: list[Any] = []
    for term in chain.from_iterable(map(_parted, terms_of(problem.energy))):
        kind = kind_of(term, size)
        (once if kind == "whole" else block).append(term)
    return Separation(size, found, sp.Add(*block), sp.Add(*once))


def _parted(term: Any) -> list[Any]:
    """The summands of c tr(A + B)."""
    factors = sp.Mul.make_args(term)
    traces = [f for f in factors if isinstance(f, sp.Trace) and isinstance(f.arg, sp.MatAdd)]
    if len(traces) != 1:
        return [term]
    rest = sp.Mul(*(f for f in factors if f is not traces[0]))
    return [rest * sp.Trace(part) for part in traces[0].arg.args]


def kind_of(expr: Any, size: sp.Symbol) -> Kind:
    """The kind of a matrix or a number; Refused where it is of none."""
    if not expr.has(size):
        return "whole"
    return _matrix(expr, size) if isinstance(expr, MatrixExpr) else _number(expr, size)


def _number(expr: Any, size: sp.Symbol) -> Kind:
    kinds = [kind_of(arg, size) for arg in expr.args]
    summed = kinds.count("summed")
    if isinstance(expr, sp.Add) and summed == len(kinds):
        return "summed"
    if isinstance(expr, sp.Mul) and summed == 1:
        return "summed"
    if isinstance(expr, SumSquares) and kinds[0] in LOCAL:
        return "summed"
    if isinstance(expr, sp.Trace) and kinds[0] in ("diagonal", "square", "summed"):
        return "summed"
    if isinstance(expr, LogDet) and kinds[0] == "diagonal":
        return "summed"
    raise Refused(f"{text(expr)} is no sum over blocks of {size}{_because(expr.args, size)}")


def _because(args: Iterable[Any], size: sp.Symbol) -> str:
    kinds = {kind_of(arg, size): text(arg) for arg in args}
    if "summed" in kinds:
        return f": {kinds['summed']} is summed over {size} first"
    if "square" in kinds:
        return f": {kinds['square']} has blocks off its diagonal"
    return ""


def _matrix(expr: MatrixExpr, size: sp.Symbol) -> Kind:
    if isinstance(expr, Matrix):
        cut = cut_of(expr, size)
        return "diagonal" if expr.kind_of == "diagonal" else ("rows", "columns")[cut.axis]
    if isinstance(expr, (sp.OneMatrix, sp.ZeroMatrix, sp.Identity)):
        return _constant(expr, size)
    if isinstance(expr, sp.MatMul):
        return _product(expr, size)
    operands = [arg for arg in expr.args if isinstance(arg, MatrixExpr)]
    found = _of_operands(expr, [kind_of(arg, size) for arg in operands])
    if found is None or (found == "summed") == has(expr, size):
        raise Refused(f"{text(expr)} mixes the blocks of {size}{_because(operands, size)}")
    return found


def _constant(expr: MatrixExpr, size: sp.Symbol) -> Kind:
    if any(side != size and sp.sympify(side).has(size) for side in expr.shape):
        raise Refused(f"{text(expr)} has the shape {expr.shape[0]} × {expr.shape[1]}")
    if expr.rows == expr.cols:
        return "square" if isinstance(expr, sp.OneMatrix) else "diagonal"
    return "rows" if expr.rows == size else "columns"


def _product(expr: sp.MatMul, size: sp.Symbol) -> Kind:
    number, factors = split(expr)

    def times(left: Kind, right: Kind) -> Kind:
        if (left, right) not in PRODUCTS:
            raise Refused(f"{text(expr)} mixes the blocks of {size}")
        return PRODUCTS[left, right]

    kind = reduce(times, (kind_of(factor, size) for factor in factors))
    if kind_of(number, size) == "whole":
        return kind
    if kind != "whole":
        raise Refused(f"{text(expr)} has the factor {text(number)}, which is summed over {size}")
    return "summed"


def _of_operands(expr: MatrixExpr, kinds: list[Kind]) -> Kind | None:
    """The kind of a node from those of its operands; None where it has none."""
    if isinstance(expr, sp.MatAdd):
        return _alike(kinds)
    if isinstance(expr, Hadamard):
        return "diagonal" if "diagonal" in kinds else _alike(kinds, most=1)
    kind = kinds[0] if len(kinds) == 1 else None
    if kind is None:
        return None
    if isinstance(expr, sp.Transpose):
        return TURNED.get(kind, kind)
    if isinstance(expr, Diag):
        return {"rows": "diagonal", "summed": "summed"}.get(kind)  # type: ignore[return-value]
    if isinstance(expr, DiagonalOf):
        return "rows" if kind in ("diagonal", "square") else _summed(kind)
    if isinstance(expr, LogSumExp):
        return "rows" if kind == "rows" else None
    if isinstance(expr, sp.Inverse):
        return "diagonal" if kind == "diagonal" else None
    if isinstance(expr, (MapNonzeros, Indicator)):
        return kind if kind != "summed" else None
    if isinstance(expr, Apply) and kind != "summed":
        fills = kind == "diagonal" and expr.function(sp.Integer(0)) != 0
        return "square" if fills else kind
    return None


def _alike(kinds: list[Kind], most: int | None = None) -> Kind | None:
    """The kind of a sum, or of an entrywise product, in which at most so many may be summed."""
    found = set(kinds)
    if most is not None and "summed" in found:
        return "summed" if kinds.count("summed") <= most else None
    if len(found) == 1:
        return found.pop()
    return "square" if found == {"diagonal", "square"} else None


def _summed(kind: Kind) -> Kind | None:
    return "summed" if kind == "summed" else None


def part_of(problem: Problem, energy: sp.Expr, name: str) -> Problem:
    """A problem of some of the summands, by those of the unknowns that they hold."""
    found = tuple(unknown for unknown in problem.wrt if energy.has(unknown))
    return Problem(energy, wrt=found or problem.wrt, name=f"{problem.name}_{name}")
