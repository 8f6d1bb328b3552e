"""First order: gradient, Jacobian, JVP and VJP of a problem, from its differentials."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import kronecker, product, split, transpose
from nzdiff.derive.calculus.linear_maps import inner
from nzdiff.derive.calculus.normal_form import Term, collect, gather_terms
from nzdiff.derive.calculus.parts import summands
from nzdiff.derive.calculus.problem import Problem, Residual
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.symbols import Matrix, dense, fresh, lengthened, numbered, tangent

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Forms:
    """One derivative in its forms: `matrix` (None where there is none) and `kronecker`."""

    matrix: MatrixExpr | None
    kronecker: MatrixExpr


@dataclass(frozen=True)
class FirstOrder:
    """The differentials of a problem in normal form, and the first derivatives read off them.

    `terms[i]` is the first-order normal form of residual i; `rest_differential` the differential
    of what is no squared norm, `rest_slopes` its Γ per unknown.
    """

    problem: Problem
    tangents: dict[Matrix, Matrix]
    differentials: tuple[MatrixExpr, ...]
    terms: tuple[tuple[Term, ...], ...]
    rest_differential: sp.Expr
    rest_slopes: dict[Matrix, MatrixExpr]

    @property
    def differential(self) -> Any:
        """df of a matrix function or of a single squared norm ‖f‖², factored; dE of the others."""
        if len(self.differentials) == 1 and self.problem.rest == 0:
            return self.differentials[0]
        return self.energy_differential

    @property
    def energy_differential(self) -> sp.Expr:
        """dE as a number linear in the tangents; of a matrix function, that of ⟨W, f⟩."""
        parts = [
            inner(cotangent, expr)
            for cotangent, expr in zip(self.cotangent_values, self.differentials, strict=True)
        ]
        return sp.Add(*parts, self.rest_differential)

    @property
    def scalar(self) -> sp.Expr:
        """What gradient and Hessian are those of: the energy, or ⟨W, F⟩ of a matrix function."""
        if self.problem.is_function:
            return inner(self.cotangents[0], self.problem.residuals[0].symbol)
        return self.problem.energy

    @property
    def cotangent_values(self) -> tuple[MatrixExpr, ...]:
        """∂E/∂f of each residual: 2 · weight · f; W of a matrix function."""
        if self.problem.is_function:
            return self.cotangents
        return tuple(product(2 * r.weight, r.symbol) for r in self.problem.residuals)

    @property
    def gradient(self) -> Forms:
        """∂E/∂g.  With several unknowns use `gradients`."""
        return only(self.gradients.values(), "gradients")

    @property
    def jacobian(self) -> Forms:
        """∂vec(f)/∂g.  With several residuals or unknowns use `jacobians`."""
        return only(self.jacobians.values(), "jacobians")

    @cached_property
    def gradients(self) -> dict[Matrix, Forms]:
        """Per unknown: Γ with ∂E/∂g = P vec(Γ), and the Kronecker form of the whole."""
        matrices = {unknown: _gradient_matrix(self, unknown) for unknown in self.problem.wrt}
        return {
            u: Forms(gamma, _gradient_kronecker(self, u, gamma)) for u, gamma in matrices.items()
        }

    @cached_property
    def jacobians(self) -> dict[tuple[Matrix, Matrix], Forms]:
        """Per (residual, unknown): ∂vec(f)/∂g in Kronecker/commutation form."""
        return {
            (residual.symbol, unknown): Forms(
                None, _jacobian_kronecker(self, residual, terms, unknown)
            )
            for residual, terms in zip(self.problem.residuals, self.terms, strict=True)
            for unknown in self.problem.wrt
        }

    @property
    def residual_tangents(self) -> dict[Matrix, Matrix]:
        """The symbol df of each residual f, for what is linear in it."""
        symbols = [residual.symbol for residual in self.problem.residuals]
        return {symbol: tangent(symbol) for symbol in symbols}

    @property
    def definitions(self) -> dict[Matrix, MatrixExpr]:
        """What f and df stand for."""
        residuals = {r.symbol: r.expr for r in self.problem.residuals}
        pairs = zip(self.residual_tangents.values(), self.differentials, strict=True)
        return {**residuals, **dict(pairs)}

    @property
    def symbols(self) -> tuple[Matrix, ...]:
        """Every matrix that formulas of derivatives may hold."""
        own = [s for u in self.problem.wrt for s in (self.selection(u), self.parameters(u))]
        moving = (*self.tangents.values(), *self.definitions, *self.cotangents)
        return (*self.problem.matrices, *moving, *own)

    @property
    def cotangents(self) -> tuple[Matrix, ...]:
        """One symbol W per residual, for the adjoint."""
        return tuple(dense(f"W_{r.symbol.name}", *r.symbol.shape) for r in self.problem.residuals)

    @cached_property
    def energy_symbol(self) -> sp.Symbol:
        """E, or another name where the formula has a matrix or number of this name."""
        taken = {*self.problem.names, *(str(symbol.name) for symbol in self.symbols)}
        wanted = chain(("E", "energy"), numbered("energy"))
        return sp.Symbol(fresh(wanted, taken, lambda name: (name, f"d{name}")))

    def vjp(self, unknown: Matrix, cotangents: tuple[MatrixExpr, ...]) -> MatrixExpr:
        """Γ with Jᵀ vec(W) = P vec(Γ): the adjoint of the normal form at one W per residual."""
        pairs = zip(self.terms, cotangents, strict=True)
        parts = [t.adjoint(w) for terms, w in pairs for t in terms if t.unknown == unknown]
        return gather_terms(parts, unknown.shape)

    def selection(self, unknown: Matrix) -> Matrix:
        """The symbol P of an unknown: P for a single one, P_G for one of several."""
        rows, cols = unknown.shape
        return dense(self._names[unknown][0], self.parameters(unknown).rows, sp.expand(rows * cols))

    def parameters(self, unknown: Matrix) -> Matrix:
        """The symbol g of an unknown G, a column of its stored values."""
        size = sp.Symbol(f"nnz_{unknown.name}", integer=True, positive=True)
        return dense(self._names[unknown][1], size, 1)

    @cached_property
    def _names(self) -> dict[Matrix, tuple[str, str]]:
        """Names of P and g for each unknown that nothing else has."""
        problem = self.problem
        taken = {*problem.names, *(str(s.name) for s in (*self.definitions, *self.cotangents))}
        found: dict[Matrix, tuple[str, str]] = {}
        for unknown in problem.wrt:
            name = str(unknown.name)
            P = ("P", f"P_{name}") if len(problem.wrt) == 1 else (f"P_{name}",)
            g = (name.lower(), "g", f"g_{name}")
            pair = fresh(lengthened(*P), taken), fresh(lengthened(*g), taken)
            taken.update(pair)
            found[unknown] = pair
        return found


def _gradient_matrix(first: FirstOrder, unknown: Matrix) -> MatrixExpr:
    parts = []
    pairs = zip(first.cotangent_values, first.terms, strict=True)
    for cotangent, terms in pairs:
        parts += [term.adjoint(cotangent) for term in terms if term.unknown == unknown]
    if unknown in first.rest_slopes:
        rest = first.rest_slopes[unknown]
        coefficient, factors = split(rest)
        parts += [product(coefficient, term) for term in summands(product(1, *factors))]
    return gather_terms(parts, unknown.shape)


def _gradient_kronecker(first: FirstOrder, unknown: Matrix, gamma: MatrixExpr) -> MatrixExpr:
    """P (Σ Cᵀ ⊗ A) Pᵀ g for the summands A G C of Γ; P vec(·) for those without a G."""
    selection = first.selection(unknown)
    coefficient, factors = split(gamma)
    matrices, rest = [], []
    for summand in summands(product(1, *factors)):
        scale, parts = split(summand)
        place = next((i for i, part in enumerate(parts) if part == unknown), None)
        if place is None:
            rest.append((scale, summand if scale == 1 else product(1, *parts)))
            continue
        left = product(1, sp.Identity(unknown.rows), *parts[:place])
        right = product(1, *parts[place + 1 :], sp.Identity(unknown.cols))
        matrices.append((scale, kronecker(transpose(right), left)))
    size = sp.expand(unknown.rows * unknown.cols)
    results = []
    if matrices:
        values = (transpose(selection), first.parameters(unknown))
        results.append(product(coefficient, selection, collect(matrices, (size, size)), *values))
    if rest:
        results.append(product(coefficient, selection, Vec(collect(rest, unknown.shape))))
    if not results:
        return sp.ZeroMatrix(selection.rows, 1)
    return results[0] if len(results) == 1 else sp.MatAdd(*results)


def _jacobian_kronecker(
    first: FirstOrder, residual: Residual, terms: tuple[Term, ...], unknown: Matrix
) -> MatrixExpr:
    mine = [term for term in terms if term.unknown == unknown]
    selection = first.selection(unknown)
    if not mine:
        return sp.ZeroMatrix(Vec(residual.symbol).rows, selection.rows)
    matrices = [term.kronecker() for term in mine]
    return product(1, gather_terms(matrices, matrices[0].shape), transpose(selection))


def only(values: Collection[Value], plural: str) -> Value:
    """The only one of some derivatives; ValueError where there are several."""
    if len(values) != 1:
        raise ValueError(f"expected one, got {len(values)}: use derivation.{plural}")
    return next(iter(values))
