"""The question: an energy, the unknowns it is differentiated by, and what the energy is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import canonical, transpose
from nzdiff.derive.calculus.differential import Rewrite, scalar_nodes
from nzdiff.derive.calculus.identities.kronecker import without_kronecker
from nzdiff.derive.calculus.well_formed import (
    check_constants,
    check_domains,
    check_names,
    check_nodes,
    check_shapes,
    check_symmetry,
    check_unknowns,
)
from nzdiff.derive.language.decimals import exact
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.nodes import Domain, SumSquares
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.spectra import PositiveSpectralLogDet, PositiveSpectrum
from nzdiff.derive.language.symbols import Matrix, as_matrix, dense, fresh, numbered, scalar


@dataclass(frozen=True, slots=True)
class Residual:
    """One summand `weight · ‖symbol‖²` of the energy, with symbol = expr."""

    symbol: Matrix
    expr: MatrixExpr
    weight: sp.Expr


@dataclass(frozen=True)
class Problem:
    """An energy, or a matrix function, and its unknowns, checked and brought to canonical form.

    `nzdiff.Problem` is the one for users, which says what each field takes and raises.
    """

    energy: Any
    wrt: Any
    name: str = "problem"
    reserved: frozenset[str] = field(default=frozenset(), repr=False, kw_only=True)
    """Names that the symbols f, df, W_f that come with the problem must not have."""
    written: Any = field(init=False, repr=False, compare=False)
    """The energy before it was brought to canonical form: what the proof starts from."""
    rewrites: tuple[Rewrite, ...] = field(init=False, repr=False, compare=False)
    """The named identities between the canonical form and `energy`."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"name: expected an identifier for the problem, got {self.name!r}")
        energy = self.energy
        if not isinstance(energy, sp.Expr):
            raise TypeError(f"energy: expected an expression such as sumsq(F), got {energy!r}")
        unknowns = check_unknowns(self.wrt)
        numbers = {u: as_matrix(u) for u in unknowns if isinstance(u, sp.Symbol)}
        object.__setattr__(self, "wrt", tuple(numbers.get(u, u) for u in unknowns))
        energy = energy.xreplace({number: sp.Trace(matrix) for number, matrix in numbers.items()})
        check_shapes(energy)
        if isinstance(energy, MatrixExpr) and energy.shape == (1, 1):
            energy = sp.Trace(energy)
        object.__setattr__(self, "written", exact(energy))
        energy = canonical(self.written)
        object.__setattr__(self, "energy", energy)
        check_domains([energy] if isinstance(energy, MatrixExpr) else terms_of(energy))
        check_names(energy, self.wrt)
        check_nodes(energy, energy)
        check_symmetry(energy)
        check_constants(energy, self.dimensions)
        energy, rewrites = without_kronecker(energy)
        object.__setattr__(self, "energy", energy)
        object.__setattr__(self, "rewrites", rewrites)
        _ = self._parts

    @cached_property
    def _parts(self) -> tuple[tuple[Residual, ...], sp.Expr]:
        return _parts(self)

    def with_unknowns(self, expr: Any) -> Any:
        """A formula with each number that is an unknown as the entry of its 1 × 1 matrix."""
        alone = (unknown for unknown in self.wrt if unknown.shape == (1, 1))
        return expr.xreplace({scalar(str(u.name)): sp.Trace(u) for u in alone})

    @property
    def called(self) -> str:
        """How sentences speak of it: by its name, if it was given one."""
        return "a problem without a name" if self.name == "problem" else f"the problem {self.name}"

    @property
    def is_function(self) -> bool:
        """Whether it is a matrix function F rather than an energy."""
        return isinstance(self.energy, MatrixExpr)

    @property
    def residuals(self) -> tuple[Residual, ...]:
        """The squared norms of the energy, in a stable order; named f, or f_1, f_2, ….

        Of a matrix function, the function itself.
        """
        return self._parts[0]

    @property
    def rest(self) -> sp.Expr:
        """The energy without its squared norms and domains."""
        return self._parts[1]

    @property
    def domains(self) -> tuple[Domain, ...]:
        """Where the energy is finite: what is said, and what its equations want (`Equation`)."""
        wanted = {
            equation.domain(_first_read(equation.operators[0]))
            for equation in self.energy.atoms(Equation)
            if equation.domain is not None
        }
        spectra = (PositiveSpectrum(*s.args) for s in self.energy.atoms(PositiveSpectralLogDet))
        return tuple(sorted({*wanted, *spectra, *self.energy.atoms(Domain)}, key=text))

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether the energy is squared norms, one at least, and nothing else."""
        return not self.is_function and bool(self.residuals) and self.rest == 0

    @cached_property
    def matrices(self) -> tuple[Matrix, ...]:
        """Every matrix symbol of the energy, by name, the unknowns among them."""
        symbols = {*self.energy.atoms(sp.MatrixSymbol), *self.wrt}
        return tuple(sorted(symbols, key=lambda symbol: str(symbol.name)))

    @cached_property
    def scalars(self) -> tuple[sp.Symbol, ...]:
        """Every scalar symbol, by name."""
        free = {symbol for symbol in self.energy.free_symbols if isinstance(symbol, sp.Symbol)}
        found = free - set(self.dimensions)
        return tuple(sorted(found, key=lambda symbol: str(symbol.name)))

    @cached_property
    def names(self) -> frozenset[str]:
        """The name of every symbol, dimensions included."""
        return frozenset(str(s.name) for s in (*self.matrices, *self.scalars, *self.dimensions))

    @cached_property
    def dimensions(self) -> tuple[sp.Symbol, ...]:
        """The symbolic dimensions, by name."""
        found = {s for matrix in self.matrices for size in matrix.shape for s in size.free_symbols}
        return tuple(sorted(found, key=lambda symbol: str(symbol.name)))


def _parts(problem: Problem) -> tuple[tuple[Residual, ...], sp.Expr]:
    squares: list[tuple[sp.Expr, MatrixExpr]] = []
    rest = []
    if isinstance(problem.energy, MatrixExpr):
        squares.append((sp.Integer(1), problem.energy))
    else:
        for term in terms_of(problem.energy):
            factors = sp.Mul.make_args(term)
            nodes = [factor for factor in factors if scalar_nodes(factor)]
            if len(nodes) == 1 and isinstance(nodes[0], SumSquares):
                weight = sp.Mul(*(factor for factor in factors if factor not in nodes))
                squares.append((weight, nodes[0].matrix))
            elif not (len(nodes) == 1 and isinstance(nodes[0], Domain)):
                rest.append(term)
    squares.sort(key=lambda item: (len(text(item[1])), text(item[1])))
    taken = {str(symbol.name) for symbol in (*problem.matrices, *problem.scalars)}
    taken |= problem.reserved
    wanted = chain(("f", "r", "res", "residual"), numbered("residual", 0))
    base = fresh(wanted, taken, lambda name: _derived_names(name, len(squares)))
    names = [base] if len(squares) == 1 else [f"{base}_{i + 1}" for i in range(len(squares))]
    residuals = tuple(
        Residual(dense(name, *matrix.shape), matrix, weight)
        for name, (weight, matrix) in zip(names, squares, strict=True)
    )
    return residuals, sp.Add(*rest)


def _first_read(matrix: MatrixExpr) -> MatrixExpr:
    """A or Aᵀ, which have the same eigenvalues."""
    return min(matrix, transpose(matrix), key=text)


def _derived_names(base: str, count: int) -> set[str]:
    """The names that `count` residuals called after `base` bring along: f, df, W_f, f_1, …."""
    names = [base] + [f"{base}_{i + 1}" for i in range(count)]
    return {prefix + name for name in names for prefix in ("", "d", "W_")}


def terms_of(expr: sp.Expr) -> list[sp.Expr]:
    """The summands of a scalar expression, constant factors multiplied in; matrices stay."""
    if isinstance(expr, sp.Add):
        return [term for arg in expr.args for term in terms_of(arg)]
    if isinstance(expr, sp.Mul):
        moving = [arg for arg in expr.args if scalar_nodes(arg)]
        if len(moving) == 1 and isinstance(moving[0], sp.Add):
            rest = sp.Mul(*(arg for arg in expr.args if arg is not moving[0]))
            return [rest * term for term in terms_of(moving[0])]
    return [expr]
