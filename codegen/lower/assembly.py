"""Plans of assembled matrices: Gauss-Newton matrix, Hessian and Jacobian, from their normal forms.

Entry (t, u) of P (Cᵀ ⊗ A) Pᵀ is A[i, i′] C[j′, j], of P (Cᵀ ⊗ A) K Pᵀ it is A[i, j′] C[i′, j]: a
matrix is a sum of products of entries of small matrices, and its plan computes these.  A factor
is computed in full where the other one is dense, else where the pattern of the other one needs
it; for blocks of entries that share a row or a column of G, on that row or column alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeGuard

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.build import Matrices
from nzdiff.codegen.lower.chains.structure import (
    Chain,
    Structure,
    chain_of,
    chain_text,
    flip,
    structure_of,
)
from nzdiff.codegen.lower.choose import AVOID, ordered
from nzdiff.codegen.lower.names import NOTHING, Names, Reserved
from nzdiff.codegen.lower.operations import domain
from nzdiff.codegen.plan.price import FREE, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.linear_maps import RankOne, Sandwich, Weight
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.derive.calculus.second_order import block_terms, gauss_newton_product, hessian_product
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.spec import Array, AssemblyForm, Operator, Outline, SummandKind
from nzdiff.runtime.data.support import Support, Supports, diagonal_support

Request = tuple[Operator, AssemblyForm]
Terms = dict[tuple[int, int], tuple[Term, ...]]
FORMS: dict[Operator, tuple[AssemblyForm, ...]] = {
    "gauss_newton": ("matrix", "row", "column", "diagonal"),
    "hessian": ("matrix", "row", "column", "diagonal"),
    "jacobian": ("matrix",),
}


@dataclass(frozen=True, slots=True)
class Scaled:
    """A summand that can be gathered: c W ∘ (A dG C), or c times what stands on dG itself.

    term: without c (number) and W (scale).
    """

    term: Term
    scale: Any
    number: Any


def requests_of(derivation: Derivation) -> tuple[Request, ...]:
    """Every matrix that can be assembled from factors, in every form it has."""
    problem = derivation.problem
    operators: list[Operator] = ["hessian"]
    if problem.residuals:
        operators.append("jacobian")
    if problem.residuals and not problem.is_function:
        operators.append("gauss_newton")
    wanted: list[Request] = [(operator, form) for operator in operators for form in FORMS[operator]]
    return tuple(request for request in wanted if gathered(derivation, *request) is not None)


def lower_assemblies(
    derivation: Derivation,
    supports: Supports,
    requests: Iterable[Request],
    reserved: Reserved = NOTHING,
) -> ir.Plan:
    """The cheaper of the plans with and without products of two sparse matrices."""
    sizes, wanted = Sizes(supports), tuple(requests)
    plans = [_plan(derivation, sizes, wanted, penalty, reserved) for penalty in (1.0, AVOID)]
    return min(plans, key=lambda plan: sum((price(s, sizes) for s in plan.steps), FREE).seconds)


def gathered(
    derivation: Derivation, operator: Operator, form: AssemblyForm
) -> dict[tuple[int, int], tuple[Scaled, ...]] | None:
    """The summands of each block (row, column); None where one is no product of entries.

    Blocks of entries that share a row or a column need the diagonal blocks of the matrix alone.
    """
    found = {}
    for place, terms in _terms(derivation, operator).items():
        if form != "matrix" and place[0] != place[1]:
            continue
        scaled = tuple(_scaled(term, scales=operator == "jacobian") for term in terms)
        if any(part is None for part in scaled):
            return None
        found[place] = tuple(part for part in scaled if part is not None)
    return found


def outline(
    derivation: Derivation, operator: Operator, supports: Supports
) -> tuple[Outline, ...] | None:
    """The summands of an operator's matrix by the patterns of their factors, before any plan."""
    blocks = gathered(derivation, operator, "matrix")
    if blocks is None:
        return None
    structure = structure_of(derivation, supports)
    return tuple(
        _outline(structure, part, a, b) for (a, b), parts in blocks.items() for part in parts
    )


def _outline(structure: Structure, scaled: Scaled, a: int, b: int) -> Outline:
    term = scaled.term
    if term.sandwich is None:
        kind: SummandKind = "diagonal" if isinstance(term.maps[0], Weight) else "rank one"
        return Outline(kind, a, b, ())
    chains = chain_of(term.sandwich.left)[1], flip(chain_of(term.sandwich.right)[1])
    factors = tuple(
        Array(chain_text(c), c[0].rows, c[-1].cols, structure.support(c)) for c in chains
    )
    return Outline("crossed" if term.transposed else "product", a, b, factors)


def _terms(derivation: Derivation, operator: Operator) -> Terms:
    unknowns = derivation.problem.wrt
    if operator == "jacobian":
        return {
            (a, b): tuple(term for term in terms if term.unknown == unknown)
            for a, terms in enumerate(derivation.terms)
            for b, unknown in enumerate(unknowns)
        }
    products = {
        a: gauss_newton_product(derivation, u)
        if operator == "gauss_newton"
        else hessian_product(derivation, u)[0]
        for a, u in enumerate(unknowns)
    }
    return {
        (a, b): block_terms(derivation, unknown, product)
        for a, product in products.items()
        for b, unknown in enumerate(unknowns)
    }


def _scaled(term: Term, *, scales: bool) -> Scaled | None:
    number = sp.Mul(*(step.coefficient for step in term.maps if _is_number(step)))
    maps = tuple(step for step in term.maps if not _is_number(step))
    bare = Term(maps, term.unknown)
    if bare.sandwich is not None or _on_entries(bare):
        return Scaled(bare, None, number)
    if scales and maps and isinstance(maps[0], Weight):
        inner = Term(maps[1:], term.unknown)
        if inner.sandwich is not None:
            return Scaled(inner, maps[0].weight, number)
    return None


def _is_number(step: Any) -> TypeGuard[Sandwich]:
    """Whether a map is X ↦ c X, which stands anywhere among the others."""
    return isinstance(step, Sandwich) and all(
        isinstance(side, sp.Identity) for side in (step.left, step.right)
    )


def _on_entries(term: Term) -> bool:
    """Whether a term is W ∘ dG, or ⟨Γ, dG⟩ A."""
    return len(term.maps) == 1 and isinstance(term.maps[0], (Weight, RankOne))


def _plan(
    derivation: Derivation,
    sizes: Sizes,
    requests: tuple[Request, ...],
    penalty: float,
    reserved: Reserved,
) -> ir.Plan:
    problem, names = derivation.problem, Names(reserved)
    names.keep(str(size.name) for size in problem.dimensions)
    structure = structure_of(derivation, sizes.supports)
    definitions = dict(derivation.definitions)
    build = Matrices(structure, sizes, definitions, penalty, False, names, in_pairs=True)
    arguments = tuple(build.argument(symbol) for symbol in problem.matrices)
    cotangents = tuple(build.argument(symbol) for symbol in derivation.cotangents)
    assemblies = tuple(_assembly(derivation, build, request) for request in requests)
    domains = tuple(domain(build, node) for node in problem.domains)
    return ir.Plan(
        arguments=arguments,
        tangents=(),
        cotangents=cotangents,
        coefficients=tuple(build.coefficients.items()),
        constants=tuple(build.structure.constants.values()),
        groupings=tuple(build.groupings.values()),
        steps=ordered(build.steps),
        assemblies=assemblies,
        domains=domains,
    )


def _assembly(derivation: Derivation, build: Matrices, request: Request) -> ir.Assembly:
    operator, form = request
    blocks = gathered(derivation, operator, form)
    assert blocks is not None
    unknowns = derivation.problem.wrt
    residuals = tuple(residual.symbol for residual in derivation.problem.residuals)
    rows = residuals if operator == "jacobian" else unknowns
    summands = tuple(
        _Lowering(build, form, rows[a], unknowns[b], a, b).summand(part)
        for (a, b), parts in blocks.items()
        for part in parts
    )
    return ir.Assembly(operator, form, summands)


@dataclass(frozen=True, slots=True)
class _Lowering:
    """Factors of the summands of one block of a matrix."""

    build: Matrices
    form: AssemblyForm
    row: Matrix
    column: Matrix
    a: int
    b: int

    def summand(self, scaled: Scaled) -> ir.Summand:
        term = scaled.term
        if term.sandwich is None:
            return self.on_entries(term.maps[0], self.build.number(scaled.number))
        (c, left), (d, right) = chain_of(term.sandwich.left), chain_of(term.sandwich.right)
        number = self.build.number(scaled.number * term.sandwich.coefficient * c * d)
        kind: SummandKind = "crossed" if term.transposed else "product"
        factors = self.factors(left, flip(right), term.transposed)
        scale = None
        if scaled.scale is not None:
            support = self.build.structure.supports[self.row]
            scale = self.build.combine(scaled.scale, support, "scale")
        return ir.Summand(kind, self.a, self.b, number, *factors, scale)

    def on_entries(self, only: Any, number: ir.Coefficient) -> ir.Summand:
        """W at the positions of the rows; a factor and a slope at their own positions."""
        rows, columns = self.positions
        if isinstance(only, Weight):
            weight = self.build.combine(only.weight, rows, "weight")
            return ir.Summand("diagonal", self.a, self.b, number, weight)
        factor = self.build.combine(only.factor, rows, "factor")
        slope = self.build.combine(only.slope, columns, "slope")
        return ir.Summand("rank one", self.a, self.b, number, factor, slope)

    def factors(self, left: Chain, right: Chain, crossed: bool) -> tuple[ir.Value, ir.Value]:
        """left[i, i′] and right[j, j′]; crossed: left[i, j′] and right[j, i′]."""
        build = self.build
        if self.form != "matrix":
            on_left, on_right = self.in_blocks(crossed)
            return build.sampled(left, on_left), build.sampled(right, on_right)
        first, second = build.structure.support(left), build.structure.support(right)
        if first is None and second is not None:
            return self.value(left, self.demanded_left(second, crossed)), build.stored(right)
        if first is not None and second is None:
            return build.stored(left), self.value(right, self.demanded_right(first, crossed))
        return build.stored(left), build.stored(right)

    def value(self, chain: Chain, demand: Support | None) -> ir.Value:
        return self.build.stored(chain) if demand is None else self.build.sampled(chain, demand)

    def in_blocks(self, crossed: bool) -> tuple[Support, Support]:
        """Where entries that share a row (or a column) of G, or are one, meet the factors."""
        at = self.build.stored_pattern(self.row)
        if crossed:
            return at, at.T
        normal = self.build.structure.normal
        if self.form == "diagonal":
            return diagonal_support(at.rows), diagonal_support(at.cols)
        if self.form == "row":
            return diagonal_support(at.rows), normal(at.T @ at)
        return normal(at @ at.T), diagonal_support(at.cols)

    def demanded_left(self, right: Support, crossed: bool) -> Support | None:
        """Where a right factor with this pattern needs the left one; None for everywhere."""
        row, column = self.positions
        if row is None or column is None:
            return None
        return self.build.structure.normal(row @ right @ (column if crossed else column.T))

    def demanded_right(self, left: Support, crossed: bool) -> Support | None:
        """Where a left factor with this pattern needs the right one; None for everywhere."""
        row, column = self.positions
        if row is None or column is None:
            return None
        return self.build.structure.normal(row.T @ left @ (column.T if crossed else column))

    @property
    def positions(self) -> tuple[Support | None, Support | None]:
        """The patterns of the rows' and of the columns' matrix."""
        supports = self.build.structure.supports
        return supports[self.row], supports[self.column]
