"""The question: an energy, the unknowns it is differentiated by, and what the energy is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.canonical import canonical
from nzdiff.derive.checks import (
    check_constants,
    check_matrix,
    check_names,
    check_scalar,
    check_shapes,
    check_unknowns,
)
from nzdiff.derive.errors import UnsupportedNodeError
from nzdiff.derive.symbols import Matrix, SumSquares, dense

if TYPE_CHECKING:
    from nzdiff.derive.derivation import Derivation
    from nzdiff.runtime.model import Model


@dataclass(frozen=True, slots=True)
class Residual:
    """One summand `weight · ‖symbol‖²` of the energy, with symbol = expr."""

    symbol: Matrix
    expr: MatrixExpr
    weight: sp.Expr


@dataclass(frozen=True, slots=True)
class TraceTerm:
    """One summand `weight · tr(expr)` of the energy."""

    expr: MatrixExpr
    weight: sp.Expr


@dataclass(frozen=True)
class Problem:
    """An energy and its unknowns: `Problem(sumsq(X - Y*G.T*L*G*B), wrt=G)`.

    energy: a scalar SymPy expression of sums, scalar factors, `sumsq`, `Trace`, and inside of
        them sums, products, scalar factors, transposes and positive integer powers of matrices.
    wrt: one sparse matrix symbol, or several; only their stored values vary.
    name: an identifier for files and messages.

    Raises UnsupportedNodeError for any other node; ValueError or TypeError for shapes, names and
    unknowns that do not fit.
    """

    energy: Any
    wrt: Any
    name: str = "problem"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"name: expected an identifier for the problem, got {self.name!r}")
        if not isinstance(self.energy, sp.Expr) or isinstance(self.energy, MatrixExpr):
            raise TypeError(
                f"energy: expected a scalar expression such as sumsq(F), got {self.energy!r}; "
                "a matrix residual F becomes an energy by sumsq(F)"
            )
        check_shapes(self.energy)
        object.__setattr__(self, "wrt", check_unknowns(self.wrt))
        object.__setattr__(self, "energy", canonical(_with_rationals(self.energy)))
        check_names(self.energy, self.wrt)
        check_constants(self.energy, self.dimensions)
        _ = self._parts

    @cached_property
    def _parts(self) -> tuple[tuple[Residual, ...], tuple[TraceTerm, ...], sp.Expr]:
        return _parts(self)

    @property
    def residuals(self) -> tuple[Residual, ...]:
        """The squared norms of the energy, in a stable order; named f, or f_1, f_2, …."""
        return self._parts[0]

    @property
    def traces(self) -> tuple[TraceTerm, ...]:
        """The traces of the energy."""
        return self._parts[1]

    @property
    def constant(self) -> sp.Expr:
        """The summand of the energy that holds no matrix."""
        return self._parts[2]

    @property
    def matrices(self) -> tuple[Matrix, ...]:
        """Every matrix symbol of the energy, by name, the unknowns among them."""
        symbols = self.energy.atoms(sp.MatrixSymbol)
        return tuple(sorted(symbols, key=lambda symbol: str(symbol.name)))

    @property
    def scalars(self) -> tuple[sp.Symbol, ...]:
        """Every scalar symbol that multiplies something, by name."""
        found = self.energy.atoms(sp.Symbol) - set(self.dimensions)
        return tuple(sorted(found, key=lambda symbol: str(symbol.name)))

    @property
    def dimensions(self) -> tuple[sp.Symbol, ...]:
        """The symbolic dimensions, by name."""
        sizes = [size for matrix in self.matrices for size in matrix.shape]
        found = {size for size in sizes if isinstance(size, sp.Symbol)}
        return tuple(sorted(found, key=lambda symbol: str(symbol.name)))

    def derive(self) -> Derivation:
        """Differentials, gradients and Jacobians in every form, with the steps that led there."""
        from nzdiff.derive.derivation import derive

        return derive(self)

    def bind(self, *, backend: str = "auto", threads: int = 1, **data: Any) -> Model:
        """A model on data: every matrix by its name, each unknown as a `Pattern`.

        Matrices are arrays (dense), SciPy sparse matrices (sparse) or vectors (diagonal); an
        unknown takes a `Pattern` or a SciPy sparse matrix whose stored positions are meant.
        backend: "c", "numpy", or "auto" (C where a compiler is found).
        """
        from nzdiff.codegen.bind import bind

        return bind(self, data, backend=backend, threads=threads)


def _with_rationals(energy: sp.Expr) -> sp.Expr:
    """Decimals as the rational numbers they are written as: 0.1 is 1/10."""
    return energy.xreplace({x: sp.Rational(str(float(x))) for x in energy.atoms(sp.Float)})


def _parts(problem: Problem) -> tuple[tuple[Residual, ...], tuple[TraceTerm, ...], sp.Expr]:
    squares: list[tuple[sp.Expr, MatrixExpr]] = []
    traces: list[TraceTerm] = []
    constant = sp.Integer(0)
    for term in _terms(problem.energy):
        scalars, nodes = _scalar_factors(term, problem)
        if not nodes:
            constant += term
        elif isinstance(nodes[0], SumSquares):
            squares.append((scalars, nodes[0].matrix))
        else:
            traces.append(TraceTerm(nodes[0].arg, scalars))
    squares.sort(key=lambda item: (len(str(item[1])), str(item[1])))
    traces.sort(key=lambda item: (len(str(item.expr)), str(item.expr)))
    taken = {str(matrix.name) for matrix in problem.matrices} | {
        str(s.name) for s in problem.scalars
    }
    bases = ("f", "r", "res", "residual")
    base = next(name for name in bases if not _derived_names(name, len(squares)) & taken)
    names = [base] if len(squares) == 1 else [f"{base}_{i + 1}" for i in range(len(squares))]
    residuals = tuple(
        Residual(dense(name, *matrix.shape), matrix, weight)
        for name, (weight, matrix) in zip(names, squares, strict=True)
    )
    return residuals, tuple(traces), constant


def _derived_names(base: str, count: int) -> set[str]:
    """The names that `count` residuals called after `base` bring along: f, df, W_f, f_1, …."""
    names = [base] + [f"{base}_{i + 1}" for i in range(count)]
    return {prefix + name for name in names for prefix in ("", "d", "W_")}


def _terms(expr: sp.Expr) -> list[sp.Expr]:
    """The summands of a scalar expression, scalar factors multiplied in; matrices stay."""
    if isinstance(expr, sp.Add):
        return [term for arg in expr.args for term in _terms(arg)]
    if isinstance(expr, sp.Mul):
        sums = [
            arg for arg in expr.args if isinstance(arg, sp.Add) and arg.has(SumSquares, sp.Trace)
        ]
        if len(sums) == 1:
            rest = sp.Mul(*(arg for arg in expr.args if arg is not sums[0]))
            return [rest * term for term in _terms(sums[0])]
    return [expr]


def _scalar_factors(term: sp.Expr, problem: Problem) -> tuple[sp.Expr, list[Any]]:
    factors = sp.Mul.make_args(term)
    nodes = [factor for factor in factors if factor.atoms(sp.MatrixSymbol, SumSquares, sp.Trace)]
    scalars = sp.Mul(*(factor for factor in factors if factor not in nodes))
    unsupported = [node for node in nodes if not isinstance(node, (SumSquares, sp.Trace))]
    if unsupported:
        raise UnsupportedNodeError(unsupported[0], term)
    if len(nodes) > 1:
        raise UnsupportedNodeError(sp.Mul(*nodes), problem.energy)
    for node in nodes:
        check_matrix(node.args[0], problem.energy)
    check_scalar(scalars, term)
    return scalars, nodes
