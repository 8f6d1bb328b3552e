"""From a derivation to a plan: every output becomes three-address steps, each value computed once.

Energy, residuals, gradients, JVPs and VJPs are lowered into one list of steps, so that what they
share is shared.  Candidate plans are made with and without products of two sparse matrices
(GᵀLG); the one that the cost model finds cheapest is the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower import gram
from nzdiff.codegen.lower.build import Matrices
from nzdiff.codegen.lower.chains.structure import structure_of
from nzdiff.codegen.lower.factoring import factored, grouped
from nzdiff.codegen.lower.fusion import fused
from nzdiff.codegen.lower.names import NOTHING, Names, Reserved
from nzdiff.codegen.lower.operations import domain
from nzdiff.codegen.lower.reduction import Reduction, reduced
from nzdiff.codegen.lower.scalars import energy_terms
from nzdiff.codegen.plan.forms import CACHE, NUMBER, specialised
from nzdiff.codegen.plan.price import FREE, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.canonical import add, product, split
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.normal_form import gather_terms, linear_terms
from nzdiff.derive.calculus.second_order import gauss_newton_product, hessian_product
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.spec import OUTPUTS, OutputName
from nzdiff.runtime.data.supports import Supports

AVOID = 1e6
"""Penalty that keeps products of two sparse matrices out of a plan."""
EVERY_OUTPUT: frozenset[OutputName] = frozenset(output.name for output in OUTPUTS)
WORK: tuple[tuple[OutputName, ...], ...] = (
    ("energy",),
    ("energy", "gradient"),
    *((output.name,) for output in OUTPUTS if output.along),
)
"""What plans are compared by: functions that are called together."""
Side = Literal["neither", "left", "right", "both"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What distinguishes the candidate plans.

    penalty: on products of two sparse matrices.  side: which factors of
    Y (dGᵀ L G + Gᵀ L dG) B go into the sum.  With the sum kept whole, dQ = dGᵀ L G + Gᵀ L dG is one
    sparse matrix; without it, the dense factor on the side that is cheaper has to meet each summand
    first.  open_mixed: whether C (G + A) D with a dense A is multiplied out.  factored: whether
    summands of a gradient that begin (or end) alike share that part: all of them, or those of its
    derivative by groups, of which each shares more.  reduced: whether residuals
    are replaced by what `reduction` makes of them where energy and gradient are concerned.  gram:
    whether these are computed in the Gram form (see `nzdiff.codegen.lower.gram`).  alike: whether
    rows of products are stored alike where those of an unknown are.
    """

    penalty: float = 1.0
    side: Side = "neither"
    open_mixed: bool = False
    factored: Literal["neither", "all", "groups"] = "neither"
    reduced: bool = False
    gram: bool = False
    alike: bool = True


Sampled = dict[OutputName, dict[Matrix, Any]]
"""Matrices Γ to be sampled, per output and unknown."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The derivations a plan is made from.

    given: of the problem as it stands: data, f, JVP and VJP.  second: where energy, gradient and
    second order come from: `given`, or the derivation of a reduced problem.  wanted: the functions
    that are planned.  reserved: names that no value may have.
    """

    given: Derivation
    second: Derivation
    sampled: Sampled
    wanted: frozenset[OutputName] = EVERY_OUTPUT
    reserved: Reserved = NOTHING
    reductions: tuple[Reduction, ...] = ()


def lower(
    derivation: Derivation,
    supports: Supports,
    *,
    wanted: frozenset[OutputName] = EVERY_OUTPUT,
    reserved: Reserved = NOTHING,
    portable: bool = False,
) -> ir.Plan:
    """The cheapest of the candidate plans at the sizes of `supports`.

    wanted: the functions that are planned.  reserved: names that no value may have.
    portable: without what only the runtime in Python prepares where data is bound: orthogonal
    reductions, and rows that are stored alike.

    Choices are made one after the other, each with the best of those before.
    """
    sizes = Sizes(supports)
    origin = Origin(derivation, derivation, sampled_of(derivation), wanted, reserved)

    def best(
        origin: Origin, choices: Iterable[Choice], *before: tuple[float, Choice, ir.Plan]
    ) -> tuple[float, Choice, ir.Plan]:
        plans = [(choice, _plan(origin, sizes, choice)) for choice in choices]
        timed = [(_seconds(plan, sizes), choice, plan) for choice, plan in plans]
        return min([*before, *timed], key=lambda item: item[0])

    sparse = any(matrix.kind_of == "sparse" for matrix in derivation.problem.matrices)
    choices = [Choice()]
    if _has_mixed_sum(derivation) and sparse:
        choices.append(Choice(open_mixed=True))
    if sparse and None in structure_of(derivation).supports.values():
        choices += [Choice(AVOID, side) for side in _sides(origin)]
    found = best(origin, [replace(choice, alike=not portable) for choice in choices])
    near = _bytes(supports) <= CACHE
    if found[2].groupings and near:
        found = best(origin, [replace(found[1], alike=False)], found)
    smaller = None if portable else _reduced(origin, supports)
    if smaller is not None:
        found = best(smaller, [replace(found[1], reduced=True)], found)
    varies = _varying(derivation, derivation.definitions)
    saved = [gram.saves(residual, varies) for residual in derivation.problem.residuals]
    if sparse and origin.sampled["gnvp"] and any(saved):
        found = best(origin, [replace(found[1], reduced=False, gram=True)], found)
    last = smaller if smaller is not None and found[1].reduced else origin
    gammas = [gamma for name in last.sampled for gamma in last.sampled[name].values()]
    choices = []
    if any(factored(gamma) != gamma for gamma in gammas):
        choices.append(replace(found[1], factored="all"))
    if any(grouped(gamma) != gamma for gamma in gammas):
        choices.append(replace(found[1], factored="groups"))
    return best(last, choices, found)[2]


def _bytes(supports: Supports) -> int:
    """Bytes of the numbers of all bound patterns."""
    return NUMBER * sum(int(leaf.nnz) for leaf in supports.leaves.values())


def _sides(origin: Origin) -> tuple[Side, ...]:
    """The sides from which factors of a directional derivative can go into its sum."""
    found: dict[tuple[Any, ...], Side] = {}
    for side in ("right", "left", "both"):
        tangents = tuple(_distribute(expr, side) for expr in _tangents(origin).values())
        found.setdefault(tangents, side)
    return tuple(found.values())


def _tangents(origin: Origin) -> dict[Any, Any]:
    """The directional derivative of each residual, given or reduced."""
    pairs = ((d.definitions, d.residual_tangents) for d in (origin.given, origin.second))
    return {df: known[df] for known, tangents in pairs for df in tangents.values()}


def _reduced(origin: Origin, supports: Supports) -> Origin | None:
    """The origin with the residuals reduced; None where there is nothing to reduce."""
    if origin.given.problem.is_function:
        return None
    smaller = reduced(origin.given.problem, supports)
    if smaller is None:
        return None
    second = derive(smaller.problem)
    sampled = {**sampled_of(second), "vjp": origin.sampled["vjp"]}
    return replace(origin, second=second, sampled=sampled, reductions=smaller.reductions)


def _has_mixed_sum(derivation: Derivation) -> bool:
    """Whether something that is the sum of a sparse and a dense part is a factor of a product."""
    structure, products = structure_of(derivation), derivation.problem.energy.atoms(sp.MatMul)
    factors = {arg for expr in products for arg in expr.args if getattr(arg, "is_Matrix", False)}
    return any(structure.mixed_parts(factor) for factor in factors)


def sampled_of(derivation: Derivation) -> Sampled:
    """Every Γ of a derivation; a matrix function has no gradient, an energy may have no f."""
    problem, unknowns = derivation.problem, derivation.problem.wrt
    energies = () if problem.is_function else unknowns
    residuals = unknowns if problem.residuals else ()
    squares = residuals if energies else ()
    return {
        "gradient": {u: derivation.gradients[u].matrix for u in energies},
        "vjp": {u: derivation.vjp(u, derivation.cotangents) for u in residuals},
        "gnvp": {u: gauss_newton_product(derivation, u) for u in squares},
        "hvp": {u: _flat(derivation, u, hessian_product(derivation, u)[0]) for u in unknowns},
    }


def _flat(derivation: Derivation, unknown: Matrix, expr: Any) -> Any:
    """dΓ as a sum of products, each to be sampled on its own: no sum of dense n × p products."""
    moving = {**derivation.tangents, **derivation.residual_tangents}
    terms = linear_terms(expr, moving)
    return gather_terms([term.apply(moving[term.unknown]) for term in terms], unknown.shape)


def _seconds(plan: ir.Plan, sizes: Sizes) -> float:
    """Estimated seconds of each piece of work at a point of its own, added up."""
    prices = {s.out: price(s, sizes) for s in plan.steps if s.out.inputs}
    pieces = (tuple(v for name in work for v in plan.output(name)) for work in WORK)
    needed = [ir.needed(plan, values) for values in pieces if values]
    # in the order of the steps: sums of floats in another order break ties in another way
    return sum((prices[v] for values in needed for v in prices if v in values), start=FREE).seconds


def _plan(origin: Origin, sizes: Sizes, choice: Choice) -> ir.Plan:
    """One candidate: every output lowered into one list of steps."""
    derivation, second, names = origin.given, origin.second, Names(origin.reserved)
    problem = derivation.problem
    names.keep(str(size.name) for size in problem.dimensions)
    definitions = dict(derivation.definitions)
    definitions.update(second.definitions)
    for df, expr in _tangents(origin).items():
        definitions[df] = _distribute(expr, choice.side)
    triangles = frozenset(reduction.triangle for reduction in origin.reductions)
    structure = structure_of(derivation, sizes.supports, triangles)
    for reduction in origin.reductions:
        structure.add_data(reduction.triangle, reduction.reduced)
    if origin.reductions:
        structure.add_residuals(second)
    unknowns = problem.wrt if choice.alike else ()
    build = Matrices(
        structure, sizes, definitions, choice.penalty, choice.open_mixed, names, unknowns
    )

    def sampled(name: OutputName) -> tuple[ir.Value, ...]:
        return tuple(
            build.combine(formed(expr), build.pattern_of(u), f"{name}_{u.name}")
            for u, expr in origin.sampled[name].items()
        )

    varies = _varying(derivation, definitions)

    def formed(expr: Any) -> Any:
        written = gram.inlined(expr, definitions, varies) if choice.gram else expr
        if choice.factored == "neither":
            return written
        apart = grouped(written) if choice.factored == "groups" else written
        return factored(written) if apart == written else apart

    arguments = tuple(build.argument(symbol) for symbol in problem.matrices)
    tangents = tuple(build.argument(derivation.tangents[u]) for u in problem.wrt)
    cotangents = tuple(build.argument(symbol) for symbol in derivation.cotangents)
    reductions = tuple(_reduction(build, reduction) for reduction in origin.reductions)
    energy, direct = None, None
    if not problem.is_function:
        energy = _energy(origin, build, reductions)
        guarded = _guarded(derivation, build, energy, varies) if choice.gram else None
        energy, direct = (energy, None) if guarded is None else (guarded, energy)
    domains = tuple(domain(build, node) for node in problem.domains)
    made: dict[OutputName, Callable[[], tuple[ir.Value, ...]]] = {
        "energy": lambda: (energy,) if energy else (),
        "residual": lambda: tuple(build.leaf(r.symbol) for r in problem.residuals),
        "jvp": lambda: tuple(build.leaf(df) for df in derivation.residual_tangents.values()),
        **{name: partial(sampled, name) for name in origin.sampled},
    }
    kept = {"energy", *origin.wanted}
    outputs: dict[OutputName, tuple[ir.Value, ...]] = {
        output.name: made[output.name]() for output in OUTPUTS if output.name in kept
    }
    plan = ir.Plan(
        arguments=arguments,
        tangents=tangents,
        cotangents=cotangents,
        reductions=reductions,
        outputs=tuple((name, values) for name, values in outputs.items() if values),
        direct_energy=direct,
        domains=domains,
        coefficients=tuple(build.coefficients.items()),
        constants=tuple(build.structure.constants.values()),
        groupings=tuple(build.groupings.values()),
        steps=ordered(build.steps),
    )
    alive = ir.needed(
        plan, plan.results
    )  # a Gram form that one of the residuals has not leaves some
    steps = tuple(step for step in plan.steps if step.out in alive)
    return replace(plan, steps=specialised(fused(steps, build.names.new, plan.results), sizes))


def _varying(derivation: Derivation, definitions: Iterable[Any]) -> Callable[[Any], bool]:
    """Whether something changes with g, a direction or a cotangent."""
    tangents = derivation.tangents.values()
    moving = (*derivation.problem.wrt, *tangents, *derivation.cotangents, *definitions)
    return lambda factor: bool(factor.has(*moving))


def _reduction(build: Matrices, reduction: Reduction) -> ir.Reduction:
    """The values that a reduction reads and fills."""
    constant, smaller = reduction.constant, reduction.reduced
    return ir.Reduction(
        matrix=build.leaf(reduction.matrix),
        constant=None if constant is None else build.leaf(constant),
        triangle=build.argument(reduction.triangle),
        reduced=None if smaller is None else build.argument(smaller),
        remainder=build.scalar(reduction.remainder, "rest of ‖·‖²", frozenset()),
        transposed=reduction.transposed,
    )


def _energy(origin: Origin, build: Matrices, reductions: tuple[ir.Reduction, ...]) -> ir.Value:
    """E = Σ weight ‖f‖² + the rest, f reduced or not, with what its reduction left out."""
    problem = origin.second.problem
    terms: list[tuple[ir.Coefficient, ir.Value]] = []
    for residual in problem.residuals:
        value = build.leaf(residual.symbol)
        squares = build.scalar(f"sumsq_{value.name}", f"‖{value.name}‖²", value.inputs)
        build.steps.append(ir.SumSquares(squares, value))
        terms.append((build.coefficient(residual.weight), squares))
    for reduction, made in zip(origin.reductions, reductions, strict=True):
        scale = build.coefficient(reduction.weight * reduction.scale**2)
        terms.append((scale, made.remainder))
    others, constant = energy_terms(build, problem.rest)
    terms += others
    out = build.scalar("energy", "E", frozenset().union(*(v.inputs for _, v in terms)))
    build.steps.append(ir.ScalarSum(out, tuple(terms), constant))
    return out


def _guarded(
    derivation: Derivation, build: Matrices, direct: ir.Value, varies: Callable[[Any], bool]
) -> ir.Value | None:
    """The energy in its Gram form, `direct` where that is not accurate; None where it has none."""
    problem = derivation.problem
    terms: list[tuple[ir.Coefficient, ir.Value]] = []
    scales: list[tuple[ir.Coefficient, ir.Value]] = []
    for residual in problem.residuals:
        found = gram.energy(build, residual, varies)
        if found is None:
            return None
        weight = build.coefficient(residual.weight)
        terms.append((weight, found[0]))
        scales.append((build.coefficient(sp.Abs(residual.weight)), found[1]))
    others, constant = energy_terms(build, problem.rest)
    inputs = frozenset[str]().union(*(v.inputs for _, v in (*terms, *others)))
    cheap = build.scalar("gram_energy", "E by Gram matrices", inputs)
    build.steps.append(ir.ScalarSum(cheap, (*terms, *others), constant))
    scale = build.scalar("gram_scale", "what its error is relative to", inputs)
    build.steps.append(ir.ScalarSum(scale, tuple(scales), 0.0))
    out = build.scalar("guarded_energy", "E", inputs)
    build.steps.append(ir.Guard(out, cheap, scale, gram.GUARD, direct))
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
