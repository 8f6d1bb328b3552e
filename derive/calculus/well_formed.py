"""What a problem must be before it is derived: shapes that fit, names that work, known nodes."""

from __future__ import annotations

import keyword
import math
from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import is_symmetric, split
from nzdiff.derive.calculus.differential import derivative, scalar_nodes
from nzdiff.derive.calculus.parts import stored_factors
from nzdiff.derive.language.entrywise import LARGEST_EXPONENT
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.nodes import (
    SCALARS,
    VARIABLE,
    Domain,
    Hadamard,
    Indicator,
    LogDet,
    LogGamma,
    MapNonzeros,
    Node,
    PolyGamma,
    PositiveDefinite,
    PositiveLogDet,
    Selection,
    Shift,
    Softplus,
    Unit,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix, checked_size

OPTIONS = frozenset({"abs", "backend", "dtype", "math", "max", "min", "self", "threads"})
"""Names that `bind` and the coefficients of kernels use themselves."""


def check_unknowns(wrt: Any) -> tuple[Matrix | sp.Symbol, ...]:
    """The unknowns as a tuple; TypeError or ValueError for what cannot be one."""
    unknowns = tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)
    if not unknowns:
        raise ValueError("wrt: expected at least one unknown matrix, got none")
    for unknown in unknowns:
        number = isinstance(unknown, sp.Symbol) and unknown.is_real and not unknown.is_integer
        if not isinstance(unknown, Matrix) and not number:
            raise TypeError(
                "wrt: expected a matrix declared by nz.sparse, nz.dense or nz.diagonal, or a "
                f"number by nz.scalar, got {unknown!r}"
            )
        if unknowns.count(unknown) > 1:
            raise ValueError(f"{unknown.name}: expected each unknown once, got it twice")
    return unknowns


def check_shapes(expr: Any) -> None:
    """ValueError where the shapes of a product, a sum, a power or a trace do not fit."""
    if isinstance(expr, sp.MatMul):
        _, factors = split(expr)
        for left, right in pairwise(factors):
            if left.cols != right.rows:
                number = "; nz.as_scalar makes a number of a 1 × 1 matrix"
                raise ValueError(
                    f"{text(expr)}: shapes do not fit: {_shape(left)}, {_shape(right)}"
                    + number * (1 in (left.cols, right.rows))
                )
    if isinstance(expr, (sp.MatAdd, Hadamard)):
        for term in expr.args[1:]:
            if term.shape != expr.args[0].shape:
                shown = f"{_shape(expr.args[0])}, {_shape(term)}"
                raise ValueError(f"{text(expr)}: shapes do not fit: {shown}")
    if isinstance(expr, (sp.MatPow, sp.Inverse, sp.Trace, sp.Determinant, LogDet, Domain)):
        inner = expr.args[0]
        if inner.rows != inner.cols:
            raise ValueError(f"{text(expr)}: expected a square matrix, got {_shape(inner)}")
    for arg in expr.args:
        if not isinstance(expr, (Matrix, sp.Lambda)):
            check_shapes(arg)


def check_symmetry(energy: sp.Expr) -> None:
    """ValueError where a matrix that is to be positive definite may not be symmetric."""
    for node in sorted(energy.atoms(PositiveLogDet, PositiveDefinite), key=text):
        if is_symmetric(node.arg):
            continue
        if isinstance(node, PositiveDefinite):
            raise ValueError(
                f"{text(node)}: a positive definite matrix is its own transpose, got "
                f"{text(node.arg)}; declare symmetric=True, or write nz.domain(A + A.T)"
            )
        raise ValueError(
            f"{text(node)}: positive=True expects a matrix that is its own transpose, got "
            f"{text(node.arg)}; declare symmetric=True, or write nz.logdet(A) for log |det A|"
        )


def check_domains(terms: list[Any]) -> None:
    """ValueError where a domain is anything but a summand of an energy."""
    for term in terms:
        coefficient, node = (1, term) if isinstance(term, MatrixExpr) else term.as_coeff_Mul()
        inside = sorted(node.atoms(Domain), key=text)
        if inside and not (isinstance(node, Domain) and coefficient > 0):
            raise ValueError(
                f"{text(inside[0])}: a domain is 0 or +∞, so that it can only be added to an "
                f"energy, energy + nz.domain(…); here it stands in {text(term)}"
            )


def check_names(energy: sp.Expr, unknowns: tuple[Matrix, ...]) -> None:
    """Every symbol declared by nzdiff, each name once and usable as an argument of `bind`."""
    inside = set[Any]().union(*(e.atoms(sp.MatrixSymbol, sp.Symbol) for e in (energy, *unknowns)))
    symbols = inside - {VARIABLE}
    shapes = (size for matrix in symbols for size in getattr(matrix, "shape", ()))
    sizes = {symbol for size in shapes for symbol in size.free_symbols}
    by_name: dict[str, Any] = {}
    for symbol in sorted(symbols, key=str):
        name = str(symbol.name)
        if by_name.setdefault(name, symbol) != symbol:
            raise ValueError(f"{name}: the same name stands for two declarations")
        if isinstance(symbol, sp.MatrixSymbol) and not isinstance(symbol, Matrix):
            raise TypeError(
                f"{name}: expected a matrix declared by nz.dense, nz.sparse or nz.diagonal, "
                "got a plain MatrixSymbol, of which the structure is not known"
            )
        if symbol not in sizes and (name in OPTIONS or keyword.iskeyword(name)):
            raise ValueError(f"{name}: Python or nzdiff's bind uses this name itself; take another")
        for size in getattr(symbol, "shape", ()):
            checked_size(name, size)
    for unknown in unknowns:
        if f"d{unknown.name}" in by_name:
            raise ValueError(
                f"d{unknown.name}: this name is kept for the differential of {unknown.name}"
            )


def absent(energy: sp.Expr, unknowns: tuple[Matrix, ...]) -> tuple[Matrix, ...]:
    """The unknowns that no value depends on."""
    values = energy.xreplace({node: sp.Integer(0) for node in energy.atoms(Domain)})
    return tuple(unknown for unknown in unknowns if not values.has(unknown))


def check_constants(energy: sp.Expr, dimensions: tuple[sp.Symbol, ...]) -> None:
    """The size of every identity and zero matrix is that of some matrix."""
    for unit in energy.atoms(Unit):
        pairs = ((unit.args[0], unit.rows), (unit.args[1], unit.cols))
        if any(place.is_negative or (size - place).is_nonpositive for place, size in pairs):
            raise IndexError(
                f"entry ({text(unit.args[0])}, {text(unit.args[1])}): outside of a matrix of shape "
                f"{text(unit.rows)} × {text(unit.cols)}, counted from 0"
            )
    for constant in energy.atoms(sp.Identity, sp.ZeroMatrix, sp.OneMatrix, Node):
        for size in constant.shape:
            if not size.free_symbols <= set(dimensions):
                raise ValueError(
                    f"{size}: no matrix of the energy has this dimension, so that data cannot set "
                    f"the size of {text(constant)}; write the number instead"
                )


MATRICES = (
    sp.MatAdd,
    sp.MatMul,
    sp.Transpose,
    sp.Inverse,
    Matrix,
    sp.Identity,
    sp.ZeroMatrix,
    sp.OneMatrix,
    Node,
)
NUMBERS = (sp.Symbol, sp.Number, sp.NumberSymbol, sp.Add, sp.Mul, sp.Pow, *SCALARS)


FUNCTIONS = (
    *(sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh),
    *(sp.asin, sp.acos, sp.atan, sp.asinh, sp.acosh, sp.atanh),
    *(sp.Abs, sp.sign, sp.erf, sp.erfc, Softplus, LogGamma, PolyGamma),
)
"""Functions of numbers, whose derivatives are of the same kind."""


def check_nodes(expr: Any, whole: Any) -> None:
    """UnsupportedNodeError where an expression holds a node that has no rule."""
    if isinstance(expr, sp.Lambda):
        if scalar_nodes(expr(VARIABLE)):
            advice = "a function of entries holds numbers and scalars; multiply by others outside"
            raise UnsupportedNodeError(expr, whole, advice)
        check_nodes(expr(VARIABLE), expr)
        derivative(expr)
        return
    if isinstance(expr, sp.Piecewise):
        check_cases(expr, whole)
        return
    if isinstance(expr, sp.Function) and not isinstance(expr, (AppliedUndef, *FUNCTIONS)):
        names = ", ".join(function.__name__ for function in FUNCTIONS)
        raise UnsupportedNodeError(expr, whole, f"functions with derivatives and code are {names}")
    if not isinstance(expr, (*MATRICES, *NUMBERS, *FUNCTIONS)):
        raise UnsupportedNodeError(expr, whole)
    if getattr(expr, "is_number", False) and not _is_double(expr):
        raise UnsupportedNodeError(expr, whole, "numbers are real, finite and fit doubles")
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and abs(expr.exp) > LARGEST_EXPONENT:
        raise UnsupportedNodeError(expr, whole, "no double holds exponents above 2**53")
    if isinstance(expr, sp.Function) and any(isinstance(arg, MatrixExpr) for arg in expr.args):
        raise UnsupportedNodeError(expr, whole, "nz.entrywise(f, A) is a function of every entry")
    if isinstance(expr, (Indicator, MapNonzeros)):
        check_structural(expr.args[-1], expr)
    if not isinstance(expr, (Matrix, Selection, sp.Identity, sp.ZeroMatrix, sp.OneMatrix)):
        for arg in expr.args:
            if not isinstance(arg, Str):
                check_nodes(arg, whole)


def check_cases(expr: sp.Piecewise, whole: Any) -> None:
    """UnsupportedNodeError where cases leave something open, or compare what cannot be."""
    if expr.args[-1].cond != sp.true:
        raise UnsupportedNodeError(expr, whole, "the condition of the last case has to be True")
    for value, condition in expr.args:
        check_nodes(value, whole)
        compared = condition.atoms(Relational)
        if not all(isinstance(pair, COMPARED) for pair in compared):
            raise UnsupportedNodeError(condition, whole, "conditions are <, <=, >, >= of numbers")
        for side in (side for pair in compared for side in pair.args):
            check_nodes(side, whole)


COMPARED = (sp.Gt, sp.Ge, sp.Lt, sp.Le)
"""Comparisons that cases may be told apart by."""


def _is_double(number: sp.Expr) -> bool:
    """Whether a number is a real one that a double can hold."""
    try:
        return math.isfinite(float(number))
    except (TypeError, OverflowError):
        return False


def check_structural(expr: Any, place: Any) -> None:
    """The stored positions of an expression have to follow from those of its sparse symbols."""
    if isinstance(expr, Matrix):
        if expr.kind_of == "dense":
            raise TypeError(
                f"{text(place)}: expected a sparse matrix, of which some entries are stored; "
                f"{expr.name} is dense"
            )
    elif isinstance(expr, (sp.MatAdd, sp.MatMul, sp.Transpose)):
        for arg in expr.args:
            if isinstance(arg, MatrixExpr):
                check_structural(arg, place)
    elif isinstance(expr, (Indicator, MapNonzeros)):
        check_structural(tuple(expr.args)[-1], place)
    elif isinstance(expr, Hadamard) and (factors := stored_factors(expr)):
        if len(factors) > 1:
            several = " and ".join(map(text, factors))
            raise UnsupportedNodeError(expr, place, f"{several} store different entries; mask once")
        for factor in factors:
            check_structural(factor, place)
    elif not isinstance(expr, (sp.Identity, Selection, Shift, Unit)):
        raise UnsupportedNodeError(expr, place, "which of its entries are stored is not defined")


def _shape(expr: MatrixExpr) -> str:
    return f"{text(expr)} is {text(expr.rows)} × {text(expr.cols)}"
