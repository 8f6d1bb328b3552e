"""From a problem to its derivatives: differential → normal form → gradient, Jacobian, JVP, VJP."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.differential import Rewrite, differential
from nzdiff.derive.calculus.first_order import FirstOrder, Forms, only
from nzdiff.derive.calculus.normal_form import linear_terms, slopes
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.calculus.second_order import (
    gauss_newton_product,
    hessian_product,
    second_order_blocks,
)
from nzdiff.derive.calculus.steps import later_steps
from nzdiff.derive.language.symbols import Matrix, tangent


@dataclass(frozen=True)
class Derivation(FirstOrder):
    """The derivatives of a problem, of first and second order, and the steps that led to them."""

    steps: tuple[Rewrite, ...]

    @property
    def gauss_newton(self) -> Forms:
        """2 w JᵀJ of w ‖f‖²: the Hessian without the curvature of f.  See also `gauss_newtons`."""
        return only(self.gauss_newtons.values(), "gauss_newtons")

    @property
    def hessian(self) -> Forms:
        """∂²E/∂g².  With several unknowns use `hessians`."""
        return only(self.hessians.values(), "hessians")

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


def derive(problem: Problem) -> Derivation:
    """Differentiate every residual and the rest of the energy and bring it to normal form.

    Raises TypeError for text, and for whatever else is no problem.
    """
    if not isinstance(problem, Problem):
        advice = f"; read text by nz.parse({problem!r}, wrt=…)" if isinstance(problem, str) else ""
        raise TypeError(f"problem: expected an nz.Problem, got {type(problem).__name__}{advice}")
    tangents = {u: tangent(u) for u in problem.wrt}
    residuals = [differential(residual.expr, tangents) for residual in problem.residuals]
    rest, rest_steps = differential(problem.rest, tangents)
    terms = tuple(linear_terms(expr, tangents) for expr, _ in residuals)
    steps = (*(step for _, found in residuals for step in found), *rest_steps)
    differentials = tuple(expr for expr, _ in residuals)
    rest_slopes = slopes(rest, tangents)
    parts = (problem, tangents, differentials, terms, rest, rest_slopes)
    later = later_steps(FirstOrder(*parts))
    return Derivation(*parts, steps=(*problem.rewrites, *steps, *later))
