"""From a problem to its derivatives: differential → normal form → gradient, Jacobian, JVP, VJP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.canonical import product, split, transpose
from nzdiff.derive.differential import Step, differential
from nzdiff.derive.normal_form import Term, collect, gather_terms, linear_terms
from nzdiff.derive.problem import Problem, Residual
from nzdiff.derive.second_order import gauss_newton_product, hessian_product, second_order_block
from nzdiff.derive.show import as_latex, as_text
from nzdiff.derive.steps import later_steps
from nzdiff.derive.symbols import Matrix, Vec, dense, kron, sparse


@dataclass(frozen=True, slots=True)
class Forms:
    """One derivative in its forms: `matrix` (None where there is none) and `kronecker`."""

    matrix: MatrixExpr | None
    kronecker: MatrixExpr


@dataclass(frozen=True)
class Derivation:
    """The derivatives of a problem and the steps that led to them.

    `terms[i]` is the first-order normal form of residual i, `trace_terms[i]` that of trace i.
    """

    problem: Problem
    tangents: dict[Matrix, Matrix]
    differentials: tuple[MatrixExpr, ...]
    terms: tuple[tuple[Term, ...], ...]
    trace_terms: tuple[tuple[Term, ...], ...]
    steps: tuple[Step, ...]

    @property
    def differential(self) -> MatrixExpr:
        """df, factored.  With several residuals use `differentials`."""
        return _only(self.differentials, "differentials")

    @property
    def gradient(self) -> Forms:
        """∂E/∂g.  With several unknowns use `gradients`."""
        return _only(tuple(self.gradients.values()), "gradients")  # type: ignore[no-any-return]

    @property
    def jacobian(self) -> Forms:
        """∂vec(f)/∂g.  With several residuals or unknowns use `jacobians`."""
        return _only(tuple(self.jacobians.values()), "jacobians")  # type: ignore[no-any-return]

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
    def gauss_newton(self) -> Forms:
        """2 JᵀJ of ‖f‖²: the Hessian without the curvature of f.  See also `gauss_newtons`."""
        return _only(tuple(self.gauss_newtons.values()), "gauss_newtons")  # type: ignore[no-any-return]

    @property
    def hessian(self) -> Forms:
        """∂²E/∂g².  With several unknowns use `hessians`."""
        return _only(tuple(self.hessians.values()), "hessians")  # type: ignore[no-any-return]

    @cached_property
    def gauss_newtons(self) -> dict[tuple[Matrix, Matrix], Forms]:
        """Per pair of unknowns: dΓ where only f moves, and the block in Kronecker form."""
        products = {u: gauss_newton_product(self, u) for u in self.problem.wrt}
        return self._second_order(products)

    @cached_property
    def hessians(self) -> dict[tuple[Matrix, Matrix], Forms]:
        """Per pair of unknowns: dΓ of the first, and the block in Kronecker form."""
        products = {u: hessian_product(self, u)[0] for u in self.problem.wrt}
        return self._second_order(products)

    def _second_order(
        self, products: dict[Matrix, MatrixExpr]
    ) -> dict[tuple[Matrix, Matrix], Forms]:
        return {
            (u, v): Forms(expr, second_order_block(self, u, v, expr))
            for u, expr in products.items()
            for v in self.problem.wrt
        }

    @property
    def residual_tangents(self) -> dict[Matrix, Matrix]:
        """The symbol df of each residual f, for what is linear in it."""
        symbols = [residual.symbol for residual in self.problem.residuals]
        return {symbol: dense(f"d{symbol.name}", *symbol.shape) for symbol in symbols}

    @property
    def definitions(self) -> dict[Matrix, MatrixExpr]:
        """What f and df stand for."""
        residuals = {r.symbol: r.expr for r in self.problem.residuals}
        pairs = zip(self.residual_tangents.values(), self.differentials, strict=True)
        return {**residuals, **dict(pairs)}

    @property
    def cotangents(self) -> tuple[Matrix, ...]:
        """One symbol W per residual, for the adjoint."""
        return tuple(dense(f"W_{r.symbol.name}", *r.symbol.shape) for r in self.problem.residuals)

    def vjp(self, unknown: Matrix, cotangents: tuple[MatrixExpr, ...]) -> MatrixExpr:
        """Γ with Jᵀ vec(W) = P vec(Γ): the adjoint of the normal form at one W per residual."""
        pairs = zip(self.terms, cotangents, strict=True)
        parts = [t.adjoint(w) for terms, w in pairs for t in terms if t.unknown == unknown]
        return gather_terms(parts, unknown.shape)

    def selection(self, unknown: Matrix) -> Matrix:
        """The symbol P of an unknown: P for a single one, P_G for one of several."""
        rows, cols = unknown.shape
        return dense(self._names[unknown][0], self.parameters(unknown).rows, rows * cols)

    def parameters(self, unknown: Matrix) -> Matrix:
        """The symbol g of an unknown G, a column of its stored values."""
        size = sp.Symbol(f"nnz_{unknown.name}", integer=True, positive=True)
        return dense(self._names[unknown][1], size, 1)

    @cached_property
    def _names(self) -> dict[Matrix, tuple[str, str]]:
        """Names of P and g for each unknown that nothing else has."""
        problem = self.problem
        symbols = (*problem.matrices, *problem.scalars, *problem.dimensions, *self.definitions)
        taken = {str(symbol.name) for symbol in (*symbols, *self.cotangents)}
        found: dict[Matrix, tuple[str, str]] = {}
        for unknown in problem.wrt:
            name = str(unknown.name)
            P = ("P", f"P_{name}") if len(problem.wrt) == 1 else (f"P_{name}",)
            pair = _free(taken, *P), _free(taken, name.lower(), "g", f"g_{name}")
            taken.update(pair)
            found[unknown] = pair
        return found

    def show(self) -> str:
        """Everything as text: definitions, steps with the rule of each, results."""
        return as_text(self)

    def latex(self) -> str:
        """Definitions and results as a LaTeX align* environment (package amsmath)."""
        return as_latex(self)


def derive(problem: Problem) -> Derivation:
    """Differentiate every residual and trace of the energy and bring it to normal form."""
    tangents = {u: sparse(f"d{u.name}", *u.shape) for u in problem.wrt}
    residuals = [differential(residual.expr, tangents) for residual in problem.residuals]
    traces = [differential(sp.Trace(term.expr), tangents) for term in problem.traces]
    terms = tuple(linear_terms(expr, tangents) for expr, _ in residuals)
    trace_terms = tuple(linear_terms(expr.arg, tangents) if expr != 0 else () for expr, _ in traces)
    steps = tuple(step for _, found in (*residuals, *traces) for step in found)
    differentials = tuple(expr for expr, _ in residuals)
    derivation = Derivation(problem, tangents, differentials, terms, trace_terms, ())
    return replace(derivation, steps=steps + later_steps(derivation))


def _gradient_matrix(derivation: Derivation, unknown: Matrix) -> MatrixExpr:
    problem = derivation.problem
    parts = []
    for residual, terms in zip(problem.residuals, derivation.terms, strict=True):
        cotangent = product(2 * residual.weight, residual.symbol)
        parts += [term.adjoint(cotangent) for term in terms if term.unknown == unknown]
    for trace, terms in zip(problem.traces, derivation.trace_terms, strict=True):
        cotangent = product(trace.weight, sp.Identity(trace.expr.rows))
        parts += [term.adjoint(cotangent) for term in terms if term.unknown == unknown]
    return gather_terms(parts, unknown.shape)


def _gradient_kronecker(derivation: Derivation, unknown: Matrix, gamma: MatrixExpr) -> MatrixExpr:
    """P (Σ Cᵀ ⊗ A) Pᵀ g for the summands A G C of Γ; P vec(·) for those without a G."""
    selection = derivation.selection(unknown)
    coefficient, factors = split(gamma)
    inner = factors[0] if len(factors) == 1 else product(1, *factors)
    summands = inner.args if isinstance(inner, sp.MatAdd) else (inner,)
    matrices, rest = [], []
    for summand in summands:
        scale, parts = split(summand)
        place = next((i for i, part in enumerate(parts) if part == unknown), None)
        if place is None:
            rest.append((scale, summand if scale == 1 else product(1, *parts)))
            continue
        left = product(1, sp.Identity(unknown.rows), *parts[:place])
        right = product(1, *parts[place + 1 :], sp.Identity(unknown.cols))
        matrices.append((scale, kron(transpose(right), left)))
    size = unknown.rows * unknown.cols
    results = []
    if matrices:
        kronecker = collect(matrices, (size, size))
        values = (sp.Transpose(selection), derivation.parameters(unknown))
        results.append(product(coefficient, selection, kronecker, *values))
    if rest:
        results.append(product(coefficient, selection, Vec(collect(rest, unknown.shape))))
    if not results:
        return sp.ZeroMatrix(selection.rows, 1)
    return results[0] if len(results) == 1 else sp.MatAdd(*results)


def _jacobian_kronecker(
    derivation: Derivation, residual: Residual, terms: tuple[Term, ...], unknown: Matrix
) -> MatrixExpr:
    mine = [term for term in terms if term.unknown == unknown]
    selection = derivation.selection(unknown)
    if not mine:
        return sp.ZeroMatrix(residual.symbol.rows * residual.symbol.cols, selection.rows)
    matrices = [(term.coefficient, term.kronecker()) for term in mine]
    kronecker = collect(matrices, matrices[0][1].shape)
    return product(1, kronecker, sp.Transpose(selection))


def _free(taken: set[str], *wanted: str) -> str:
    """The first of the names that is not taken, the last one made longer if need be."""
    name = next((name for name in wanted if name not in taken), wanted[-1])
    while name in taken:
        name += "_"
    return name


def _only(values: tuple[Any, ...], plural: str) -> Any:
    if len(values) != 1:
        raise ValueError(f"expected one, got {len(values)}: use derivation.{plural}")
    return values[0]
