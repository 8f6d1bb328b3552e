"""From a problem to its derivatives: differential → normal form → gradient, Jacobian, JVP, VJP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import kronecker, product, split, transpose
from nzdiff.derive.calculus.differential import Step, differential
from nzdiff.derive.calculus.linear_maps import inner
from nzdiff.derive.calculus.normal_form import Term, collect, gather_terms, linear_terms, slopes
from nzdiff.derive.calculus.problem import Problem, Residual
from nzdiff.derive.calculus.second_order import (
    gauss_newton_product,
    hessian_product,
    second_order_blocks,
)
from nzdiff.derive.calculus.steps import later_steps
from nzdiff.derive.language.nodes import Vec
from nzdiff.derive.language.symbols import Matrix, dense, sizes_of
from nzdiff.derive.show.document import as_latex, as_text

if TYPE_CHECKING:
    from nzdiff.derive.proof.elementwise import Elementwise
    from nzdiff.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Forms:
    """One derivative in its forms: `matrix` (None where there is none) and `kronecker`."""

    matrix: MatrixExpr | None
    kronecker: MatrixExpr


@dataclass(frozen=True)
class Derivation:
    """The derivatives of a problem and the steps that led to them.

    `terms[i]` is the first-order normal form of residual i; `rest_differential` the differential
    of what is no squared norm, `rest_slopes` its Γ per unknown.
    """

    problem: Problem
    tangents: dict[Matrix, Matrix]
    differentials: tuple[MatrixExpr, ...]
    terms: tuple[tuple[Term, ...], ...]
    rest_differential: sp.Expr
    rest_slopes: dict[Matrix, MatrixExpr]
    steps: tuple[Step, ...]

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
        """Per pair of unknowns: dΓ where only f moves, and the block in Kronecker form.

        Of what is no squared norm there is none.
        """
        unknowns = () if self.problem.is_function else self.problem.wrt
        products = {u: gauss_newton_product(self, u) for u in unknowns}
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
            (u, v): Forms(expr, block)
            for u, expr in products.items()
            for v, block in second_order_blocks(self, u, expr).items()
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
    def symbols(self) -> tuple[Matrix, ...]:
        """Every matrix that formulas of derivatives may hold."""
        own = [s for u in self.problem.wrt for s in (self.selection(u), self.parameters(u))]
        moving = (*self.tangents.values(), *self.definitions, *self.cotangents)
        return (*self.problem.matrices, *moving, *own)

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

    def elementwise(self, dims: Mapping[str, int], **patterns: Pattern) -> Elementwise:
        """Gradient, Jacobian and Hessian entry by entry, by SymPy, in scalar symbols g1, g2, ….

        dims: a small size for each dimension, by name.  patterns: of the unknowns by name; those
        left out are full.
        """
        from nzdiff.derive.proof.elementwise import elementwise
        from nzdiff.derive.proof.proof import of_kind
        from nzdiff.pattern import Pattern

        chosen = {
            str(u.name): patterns.get(str(u.name)) or of_kind(u, Pattern.full(sizes_of(u, dims)))
            for u in self.problem.wrt
        }
        return elementwise(self, chosen, dict(dims))

    def show(self) -> str:
        """Everything as text: definitions, steps with the rule of each, results."""
        return as_text(self)

    def latex(self) -> str:
        """Definitions and results as a LaTeX align* environment (packages amsmath, amssymb)."""
        return as_latex(self)


def derive(problem: Problem) -> Derivation:
    """Differentiate every residual and the rest of the energy and bring it to normal form."""
    tangents = {u: u.func(f"d{u.name}", *u.args[1:]) for u in problem.wrt}
    residuals = [differential(residual.expr, tangents) for residual in problem.residuals]
    rest, rest_steps = differential(problem.rest, tangents)
    terms = tuple(linear_terms(expr, tangents) for expr, _ in residuals)
    steps = (*(step for _, found in residuals for step in found), *rest_steps)
    differentials = tuple(expr for expr, _ in residuals)
    rest_slopes = slopes(rest, tangents)
    derivation = Derivation(problem, tangents, differentials, terms, rest, rest_slopes, ())
    return replace(derivation, steps=steps + later_steps(derivation))


def _gradient_matrix(derivation: Derivation, unknown: Matrix) -> MatrixExpr:
    parts = []
    pairs = zip(derivation.cotangent_values, derivation.terms, strict=True)
    for cotangent, terms in pairs:
        parts += [term.adjoint(cotangent) for term in terms if term.unknown == unknown]
    if unknown in derivation.rest_slopes:
        rest = derivation.rest_slopes[unknown]
        coefficient, factors = split(rest)
        whole = factors[0] if len(factors) == 1 else product(1, *factors)
        summands = whole.args if isinstance(whole, sp.MatAdd) else (whole,)
        parts += [product(coefficient, summand) for summand in summands]
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
        matrices.append((scale, kronecker(transpose(right), left)))
    size = unknown.rows * unknown.cols
    results = []
    if matrices:
        values = (transpose(selection), derivation.parameters(unknown))
        results.append(product(coefficient, selection, collect(matrices, (size, size)), *values))
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
    matrices = [term.kronecker() for term in mine]
    return product(1, gather_terms(matrices, matrices[0].shape), transpose(selection))


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
