"""From a derivation to a plan: every output becomes three-address steps, each value computed once.

Energy, residuals, gradients, JVPs and VJPs are lowered into one list of steps, so that what they
share is shared.  Candidate plans are made with and without products of two sparse matrices
(GᵀLG); the one that the cost model finds cheapest is the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.cost import FREE, Sizes, cost
from nzdiff.codegen.matrices import Matrices
from nzdiff.codegen.names import Names
from nzdiff.codegen.scalars import energy_terms
from nzdiff.codegen.structure import structure_of
from nzdiff.derive.canonical import add, product, split
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.normal_form import gather_terms, linear_terms
from nzdiff.derive.second_order import gauss_newton_product, hessian_product
from nzdiff.derive.symbols import Matrix
from nzdiff.runtime.support import Supports

AVOID = 1e6
"""Penalty that keeps products of two sparse matrices out of a plan."""
Side = Literal["neither", "left", "right", "both"]
CANDIDATES: tuple[tuple[float, Side, bool], ...] = (
    (1.0, "neither", False),
    (1.0, "neither", True),
    (AVOID, "right", False),
    (AVOID, "left", False),
    (AVOID, "both", False),
)
"""(penalty on products of two sparse matrices, which factors of Y (dGᵀ L G + Gᵀ L dG) B go into
the sum, whether C (G + A) D with a dense A is multiplied out).  With the sum kept whole,
dQ = dGᵀ L G + Gᵀ L dG is one sparse matrix; without it, the dense factor on the side that is
cheaper has to meet each summand first."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is lowered, per unknown: matrices Γ to be sampled."""

    gradients: dict[Matrix, Any]
    vjps: dict[Matrix, Any]
    gnvps: dict[Matrix, Any]
    hvps: dict[Matrix, Any]


def lower(derivation: Derivation, supports: Supports) -> ir.Plan:
    """The cheapest of the candidate plans at the sizes of `supports`."""
    sizes, outputs = Sizes(supports), outputs_of(derivation)
    mixed = _has_mixed_sum(derivation)
    sparse = any(matrix.kind_of == "sparse" for matrix in derivation.problem.matrices)
    candidates = [c for c in CANDIDATES if mixed or not c[2]] if sparse else CANDIDATES[:1]
    plans = [_plan(derivation, outputs, sizes, *candidate) for candidate in candidates]
    return min(plans, key=lambda plan: _seconds(plan, sizes))


def _has_mixed_sum(derivation: Derivation) -> bool:
    """Whether something that is the sum of a sparse and a dense part is a factor of a product."""
    structure, products = structure_of(derivation), derivation.problem.energy.atoms(sp.MatMul)
    factors = {arg for expr in products for arg in expr.args if getattr(arg, "is_Matrix", False)}
    return any(structure.mixed_parts(factor) for factor in factors)


def outputs_of(derivation: Derivation) -> Outputs:
    """Every output of a derivation; a matrix function has no gradient, an energy may have no f."""
    problem, unknowns = derivation.problem, derivation.problem.wrt
    squares = () if problem.is_function or not problem.residuals else unknowns
    gauss_newton = {u: gauss_newton_product(derivation, u) for u in squares}
    hessian = {u: hessian_product(derivation, u)[0] for u in unknowns}
    return Outputs(
        gradients={}
        if problem.is_function
        else {u: derivation.gradients[u].matrix for u in unknowns},
        vjps={u: derivation.vjp(u, derivation.cotangents) for u in unknowns}
        if problem.residuals
        else {},
        gnvps=gauss_newton,
        hvps={u: _flat(derivation, u, expr) for u, expr in hessian.items()},
    )


def _flat(derivation: Derivation, unknown: Matrix, expr: Any) -> Any:
    """dΓ as a sum of products, each to be sampled on its own: no sum of dense n × p products."""
    moving = {**derivation.tangents, **derivation.residual_tangents}
    terms = linear_terms(expr, moving)
    return gather_terms([term.apply(moving[term.unknown]) for term in terms], unknown.shape)


def _seconds(plan: ir.Plan, sizes: Sizes) -> float:
    """Estimated seconds of one energy, gradient, JVP and VJP."""
    energy = () if plan.energy is None else (plan.energy,)
    wanted = ir.needed(plan, (*energy, *plan.gradients, *plan.jvps, *plan.vjps))
    steps = (step for step in plan.steps if step.out in wanted and step.out.inputs)
    return sum((cost(step, sizes) for step in steps), start=FREE).seconds


def _plan(
    derivation: Derivation,
    outputs: Outputs,
    sizes: Sizes,
    penalty: float,
    side: Side,
    open_mixed: bool,
) -> ir.Plan:
    """One candidate: every output lowered into one list of steps."""
    problem, names = derivation.problem, Names()
    names.keep(str(size.name) for size in problem.dimensions)
    tangents_of_f = derivation.residual_tangents.values()
    definitions = dict(derivation.definitions)
    definitions.update((df, _distribute(definitions[df], side)) for df in tangents_of_f)
    structure = structure_of(derivation, sizes.supports)
    build = Matrices(structure, sizes, definitions, penalty, open_mixed, names)

    def sampled(name: str, expressions: dict[Matrix, Any]) -> tuple[ir.Value, ...]:
        return tuple(
            build.combine(expr, build.pattern_of(u), f"{name}_{u.name}")
            for u, expr in expressions.items()
        )

    arguments = tuple(build.argument(symbol) for symbol in problem.matrices)
    tangents = tuple(build.argument(derivation.tangents[u]) for u in problem.wrt)
    cotangents = tuple(build.argument(symbol) for symbol in derivation.cotangents)
    residuals = tuple(build.leaf(residual.symbol) for residual in problem.residuals)
    return ir.Plan(
        arguments=arguments,
        tangents=tangents,
        cotangents=cotangents,
        energy=None if problem.is_function else _energy(derivation, build, residuals),
        residuals=residuals,
        gradients=sampled("gradient", outputs.gradients),
        jvps=tuple(build.leaf(df) for df in tangents_of_f),
        vjps=sampled("vjp", outputs.vjps),
        gnvps=sampled("gnvp", outputs.gnvps),
        hvps=sampled("hvp", outputs.hvps),
        coefficients=tuple(build.coefficients.items()),
        constants=tuple(build.structure.constants.values()),
        steps=ordered(build.steps),
    )


def _energy(derivation: Derivation, build: Matrices, residuals: tuple[ir.Value, ...]) -> ir.Value:
    """E = Σ weight ‖f‖² + the rest."""
    problem = derivation.problem
    terms: list[tuple[ir.Coefficient, ir.Value]] = []
    for residual, value in zip(problem.residuals, residuals, strict=True):
        squares = build.scalar(f"sumsq_{value.name}", f"‖{value.name}‖²", value.inputs)
        build.steps.append(ir.SumSquares(squares, value))
        terms.append((build.coefficient(residual.weight), squares))
    others, constant = energy_terms(build, problem.rest)
    terms += others
    out = build.scalar("energy", "E", frozenset().union(*(v.inputs for _, v in terms)))
    build.steps.append(ir.ScalarSum(out, tuple(terms), constant))
    return out


def _distribute(expr: Any, side: Side) -> Any:
    """A (M + N) C with A, C, or both multiplied into the sum."""
    coefficient, factors = split(expr)
    place = next((i for i, f in enumerate(factors) if isinstance(f, sp.MatAdd)), None)
    if place is None or side == "neither":
        return expr
    before, after = factors[:place], factors[place + 1 :]
    left = before if side in ("left", "both") else ()
    right = after if side in ("right", "both") else ()
    inner = add(*(product(1, *left, term, *right) for term in factors[place].args))
    outer_left = before if not left else ()
    outer_right = after if not right else ()
    return product(coefficient, *outer_left, inner, *outer_right)


def ordered(steps: list[ir.Step]) -> tuple[ir.Step, ...]:
    """Constants first; otherwise as computed, which is an order of dependencies."""
    constant = [step for step in steps if not step.out.inputs]
    return (*constant, *(step for step in steps if step.out.inputs))
