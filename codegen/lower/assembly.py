"""Plans of assembled matrices: Gauss-Newton matrix, Hessian and Jacobian, from their normal forms.

Entry (t, u) of P (Cᵀ ⊗ A) Pᵀ is A[i, i′] C[j′, j], of P (Cᵀ ⊗ A) K Pᵀ it is A[i, j′] C[i′, j]: a
matrix is a sum of products of entries of small matrices, and its plan computes these.  A factor
is computed in full where the other one is dense, else where the pattern of the other one needs
it; for blocks of entries that share a row or a column of G, on that row or column alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.codegen import plan as ir
from nzdiff.codegen.arguments import dim
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
from nzdiff.codegen.lower.links import Recognised, bracket, placed, recognised
from nzdiff.codegen.lower.names import NOTHING, Names, Reserved
from nzdiff.codegen.lower.operations import domain
from nzdiff.codegen.plan.price import FREE, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.canonical import transpose
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.derive.calculus.second_order import block_terms, gauss_newton_product, hessian_product
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.spec import Array, AssemblyForm, Link, Operator, Outline
from nzdiff.runtime.data.support import Support, diagonal_support
from nzdiff.runtime.data.supports import Supports

Request = tuple[Operator, AssemblyForm]
Terms = dict[tuple[int, int], tuple[Term, ...]]
SMALL = 1 << 20
"""Numbers of a dense matrix that are few at any size of the unknown."""
FORMS: dict[Operator, tuple[AssemblyForm, ...]] = {
    "gauss_newton": ("matrix", "row", "column", "diagonal"),
    "hessian": ("matrix", "row", "column", "diagonal"),
    "jacobian": ("matrix",),
}


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
) -> dict[tuple[int, int], tuple[Recognised, ...]] | None:
    """The summands of each block (row, column); None where one is not recognised.

    Blocks of entries that share a row or a column need the diagonal blocks of the matrix alone.
    """
    found, structure = {}, structure_of(derivation)
    rows, columns = _sides(derivation, operator)
    for (a, b), terms in _terms(derivation, operator).items():
        if form != "matrix" and a != b:
            continue
        tangent = derivation.tangents[columns[b]]
        parts = [recognised(term, tangent, structure, rows[a]) for term in terms]
        if any(part is None for part in parts):
            return None
        found[a, b] = tuple(part for part in parts if part is not None)
    return found


def _sides(
    derivation: Derivation, operator: Operator
) -> tuple[tuple[Matrix, ...], tuple[Matrix, ...]]:
    """What the rows and the columns of an operator's matrix are entries of."""
    unknowns = derivation.problem.wrt
    residuals = tuple(residual.symbol for residual in derivation.problem.residuals)
    return residuals if operator == "jacobian" else unknowns, unknowns


def outline(
    derivation: Derivation, operator: Operator, supports: Supports
) -> tuple[Outline, ...] | None:
    """The summands of an operator's matrix by the patterns of their factors, before any plan."""
    blocks = gathered(derivation, operator, "matrix")
    if blocks is None:
        return None
    structure = structure_of(derivation, supports)
    rows, _ = _sides(derivation, operator)
    return tuple(
        _outline(structure, part, rows[a], a, b)
        for (a, b), parts in blocks.items()
        for part in parts
    )


def _outline(structure: Structure, part: Recognised, row: Matrix, a: int, b: int) -> Outline:
    if part.sandwich is not None:
        chains = chain_of(part.sandwich.left)[1], flip(chain_of(part.sandwich.right)[1])
        return Outline(part.kind, a, b, tuple(_array(structure, chain) for chain in chains))
    if part.kind != "chain":
        return Outline(part.kind, a, b, ())
    links: list[Link] = []
    factors: list[Array] = []
    for link in placed(structure, part.links, row):
        own = [
            Array(text(w.weight), dim(w.weight.rows), dim(w.weight.cols), w.at)
            for w in link.weights
        ]
        own += [_array(structure, chain) for chain in link.factors]
        own = [replace(array, name=f"{len(links)} {k}") for k, array in enumerate(own)]
        links.append(link.link([array.name for array in own]))
        factors += own
    return Outline(part.kind, a, b, tuple(factors), tuple(links))


def _array(structure: Structure, chain: Chain) -> Array:
    return Array(chain_text(chain), chain[0].rows, chain[-1].cols, structure.support(chain))


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
    rows, columns = _sides(derivation, operator)
    summands = tuple(
        _Lowering(build, form, rows[a], columns[b], a, b).summand(part)
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

    def summand(self, part: Recognised) -> ir.Summand:
        if part.kind == "chain":
            return self.bracket(part) or self.chain(part)
        number, (rows, columns) = self.build.number(part.number), self.positions
        if part.rank_one is not None:
            factor = self.build.combine(part.rank_one.factor, rows, "factor")
            slope = self.build.combine(part.rank_one.slope, columns, "slope")
            return ir.Summand(part.kind, self.a, self.b, number, factor, slope)
        if part.sandwich is None:
            weight = self.build.combine(part.scale, rows, "weight")
            return ir.Summand(part.kind, self.a, self.b, number, weight)
        (c, left), (d, right) = chain_of(part.sandwich.left), chain_of(part.sandwich.right)
        number = self.build.number(part.number * c * d)
        factors = self.factors(left, flip(right), part.kind == "crossed")
        scale, column_scale = (
            None if weight is None else self.build.combine(weight, at, "scale")
            for weight, at in ((part.scale, rows), (part.column_scale, columns))
        )
        return ir.Summand(part.kind, self.a, self.b, number, *factors, scale, column_scale)

    def bracket(self, part: Recognised) -> ir.Summand | None:
        """Blocks of two products around a weight need no entry of the chain in between."""
        found = bracket(part.links) if self.form != "matrix" else None
        if found is None:
            return None
        build, number = self.build, self.build.number(part.number * found.number)
        if self.form == "diagonal":
            weight = build.combine(found.diagonal, self.positions[0], "weight")
            return ir.Summand("diagonal", self.a, self.b, number, weight)
        if self.form == "row":
            scale, sides = found.by_rows, (found.right, transpose(found.other))
        else:
            scale, sides = found.by_columns, (transpose(found.left), found.inner)
        support = build.structure.of_expr(scale)
        if support is None and not self.is_small(scale):
            return None
        weight = build.combine(scale, support, "scale")
        left, right = (build.stored(chain_of(side)[1]) for side in sides)
        return ir.Summand("gram", self.a, self.b, number, left, right, weight)

    def is_small(self, dense: MatrixExpr) -> bool:
        """Whether a dense matrix is no larger than what a model of this energy holds anyway."""
        supports, own = self.build.sizes.supports, self.build.stored_pattern(self.column)
        size = supports.size(dim(dense.rows)) * supports.size(dim(dense.cols))
        return size <= SMALL + supports.nnz(own) * 8

    def chain(self, part: Recognised) -> ir.Summand:
        """Factors in full: which entries a block has is seen where the links are multiplied."""
        links, values, number = [], [], part.number
        for link in placed(self.build.structure, part.links, self.row):
            own = [self.build.combine(w.weight, w.at, "weight") for w in link.weights]
            own += [self.build.stored(chain) for chain in link.factors]
            links.append(link.link([value.name for value in own]))
            values += own
            number *= link.number
        coefficient = self.build.number(number)
        return ir.Summand(
            "chain", self.a, self.b, coefficient, links=tuple(links), values=tuple(values)
        )

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
