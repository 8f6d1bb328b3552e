"""Matrix expressions become steps: in full or at a pattern, each value computed once.

`Matrices` holds the steps and values made so far; what is asked for twice is made once.  The
order of a product is `ChainPlanner`'s choice; here it is carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.chain import ONCE, ChainPlanner, Split
from nzdiff.codegen.lower.names import Names
from nzdiff.codegen.lower.operations import POINTWISE, compute, pointwise, solved
from nzdiff.codegen.lower.scalars import scalar_value
from nzdiff.codegen.lower.structure import (
    Atom,
    Chain,
    Structure,
    chain_of,
    chain_text,
    dim,
    flip,
    is_solve,
)
from nzdiff.codegen.plan.numbers import python_text
from nzdiff.codegen.plan.price import Sizes
from nzdiff.derive.calculus.canonical import add, product, split
from nzdiff.derive.calculus.differential import scalar_nodes
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.support import Grouping, Support, diagonal_support, leaf_support

GROUPS = "alike:"
"""How the patterns of groups of rows are named."""


@dataclass
class Matrices:
    """Steps and values of one plan in the making.

    definitions: the expression of each residual symbol.  sparse_penalty: see `ChainPlanner`.
    open_mixed: whether products are multiplied out over sums of sparse and dense summands.
    unknowns: those by whose rows the rows of products are stored alike.
    """

    structure: Structure
    sizes: Sizes
    definitions: dict[Any, Any]
    sparse_penalty: float
    open_mixed: bool
    names: Names
    unknowns: tuple[Matrix, ...] = ()
    steps: list[ir.Step] = field(default_factory=list)
    values: dict[tuple[Chain, Support | None], ir.Value] = field(default_factory=dict)
    nodes: dict[Any, ir.Operand] = field(default_factory=dict)
    expressions: dict[tuple[Any, Support | None], ir.Value] = field(default_factory=dict)
    factors: dict[Any, ir.Value] = field(default_factory=dict)
    scalars: dict[Any, ir.Value] = field(default_factory=dict)
    traces: dict[Chain, ir.Value] = field(default_factory=dict)
    coefficients: dict[str, str] = field(default_factory=dict)
    groupings: dict[tuple[Support, Support], Grouping] = field(default_factory=dict)
    exact: dict[ir.Value, Support] = field(default_factory=dict)

    def scalar(self, name: str, formula: str, inputs: frozenset[str]) -> ir.Value:
        """A scalar value of its own name."""
        return ir.Value(self.names.new(name), formula, 1, 1, None, inputs, scalar=True)

    def number(self, expr: Any) -> ir.Coefficient:
        """A coefficient: known when data is bound, or a scalar value where it holds matrices."""
        return scalar_value(self, expr) if scalar_nodes(expr) else self.coefficient(expr)

    def coefficient(self, expr: Any) -> ir.Coefficient:
        """A number as it is; an expression in scalar arguments by a name of its own."""
        if expr.is_number:
            return float(expr)
        source = python_text(expr)
        known = {text: name for name, text in self.coefficients.items()}
        if source in known:
            return known[source]
        name = self.names.new("c")
        self.coefficients[name] = source
        return name

    def argument(self, symbol: Matrix) -> ir.Value:
        """The value that a bound matrix, a tangent or a cotangent arrives in."""
        value = ir.Value(
            self.names.new(str(symbol.name)),
            str(symbol.name),
            dim(symbol.rows),
            dim(symbol.cols),
            self.structure.supports[symbol],
            self.structure.inputs[symbol],
        )
        self.values[(Atom(symbol),), None] = value
        return value

    def pattern_of(self, unknown: Matrix) -> Support | None:
        """The pattern of an unknown; None where it is dense."""
        return self.structure.supports[unknown]

    def stored_pattern(self, unknown: Matrix) -> Support:
        """The stored positions of an unknown; of a dense one, all of them, row by row."""
        dense = leaf_support(str(unknown.name), dim(unknown.rows), dim(unknown.cols))
        return self.structure.supports[unknown] or dense

    def leaf(self, symbol: Any) -> ir.Value:
        """The value behind a symbol; a residual is computed where it is first needed."""
        key = ((Atom(symbol),), None)
        if key not in self.values:
            if symbol in self.definitions:
                expr, support = self.definitions[symbol], self.structure.supports[symbol]
                self.values[key] = self.combine(expr, support, str(symbol.name))
            else:
                raise AssertionError(f"no value for {symbol}")
        return self.values[key]

    def expression(self, expr: Any, support: Support | None) -> ir.Value:
        """An expression at a pattern, or in full as a dense value; each once."""
        key = (expr, support)
        if key not in self.expressions:
            self.expressions[key] = self._expression(expr, support)
        return self.expressions[key]

    def _expression(self, expr: Any, support: Support | None) -> ir.Value:
        coefficient, chain = (None, ()) if _is_zero(expr) else chain_of(expr)
        if coefficient != 1:
            return self.combine(expr, support, "t")
        if support is not None:
            return self.sampled(chain, support)
        value = self.stored(chain)
        if value.support is None:
            return value
        out = self.new(chain, None)
        self.steps.append(ir.Combine(out, ((1.0, ir.Operand(value)),)))
        return out

    def combine(self, expr: Any, support: Support | None, name: str) -> ir.Value:
        """out = Σ coefficient · product, in full or at a pattern; a single product as it is."""
        terms: list[tuple[ir.Coefficient, ir.Operand]] = []
        for scale, chain in self.summands(expr):
            operand = self.summand(chain, support) if support is not None else self.full(chain)
            terms.append((self.number(scale), operand))
        if len(terms) == 1 and terms[0] == (1.0, ir.Operand(terms[0][1].value)):
            value = terms[0][1].value
            if value.support == support:
                return value
        summed = (Atom(expr),)
        inputs = self.structure.depends(summed)
        out = self.value(name, chain_text(summed), dim(expr.rows), dim(expr.cols), support, inputs)
        self.steps.append(ir.Combine(out, tuple(terms)))
        return out

    def summand(self, chain: Chain, support: Support) -> ir.Operand:
        """A product at `support`; a sparse leaf as it is, for the sum finds its places itself."""
        leaf = len(chain) == 1 and isinstance(chain[0].node, (Matrix, sp.Identity))
        if leaf and self.structure.support(chain) is not None:
            return self.atom(chain[0])
        return self.sampled_operand(chain, support)

    def summands(self, expr: Any) -> list[tuple[sp.Expr, Chain]]:
        """`summands`, with C (G + A) D as C G D + C A D where that is asked for."""
        return summands(expr, self.structure.mixed_parts if self.open_mixed else None)

    def atom(self, atom: Atom) -> ir.Operand:
        """A leaf as it is; a sum or an operation as a value of its own, made once."""
        if isinstance(atom.node, sp.Identity):
            return ir.Operand(self.identity(atom))
        if isinstance(atom.node, Matrix):
            return ir.Operand(self.leaf(atom.node), atom.transposed)
        if atom.node not in self.nodes:
            if isinstance(atom.node, sp.MatAdd):
                support = self.structure.of_expr(atom.node)
                value = self.combine(atom.node, support, self.names.of((Atom(atom.node),)))
                self.nodes[atom.node] = ir.Operand(value)
            else:
                self.nodes[atom.node] = compute(atom.node, self)
        found = self.nodes[atom.node]
        return found.T if atom.transposed else found

    def identity(self, atom: Atom) -> ir.Value:
        """The identity as a diagonal of ones, made once."""
        key = ((atom,), None)
        if key not in self.values:
            support = diagonal_support(atom.rows)
            value = self.value("eye", "I", atom.rows, atom.rows, support, frozenset())
            self.steps.append(ir.Fill(value, 1.0))
            self.values[key] = value
        return self.values[key]

    def full(self, chain: Chain) -> ir.Operand:
        """The product as an operand, in whichever orientation it is stored."""
        if len(chain) == 1:
            return self.atom(chain[0])
        for oriented, turned in ((chain, False), (flip(chain), True)):
            if (oriented, None) in self.values:
                return ir.Operand(self.values[oriented, None], turned)
        place = self.planner(chain).full(0, len(chain)).place
        return self.product(chain[:place], chain[place:])

    def product(self, left: Chain, right: Chain) -> ir.Operand:
        """left · right in full, by the kernel that their kinds ask for."""
        on_left, on_right = self.structure.support(left), self.structure.support(right)
        chain = left + right
        if is_solve(left) and on_left is None:
            return self.solve(left[0], right)
        if is_solve(right) and on_right is None:
            return self.solve(right[0].T, flip(left)).T
        if on_left is None and on_right is None and self.structure.is_triangle(left):
            return self.triangle_dense(left, right)
        if on_left is None and on_right is None and self.structure.is_triangle(right):
            return self.triangle_dense(flip(right), flip(left)).T
        if on_left is not None and on_right is not None:
            exact = self.structure.product(on_left, on_right)
            out = self.new(chain, self.padded(exact))
            self.exact[out] = exact
            self.steps.append(ir.SparseProduct(out, self.full(left), self.full(right)))
        elif on_left is not None:
            return self.sparse_dense(left, right)
        elif on_right is not None:
            return self.sparse_dense(flip(right), flip(left)).T
        else:
            operands = self.full(left), self.full(right)
            out = self.new(chain, None)
            self.steps.append(ir.Gemm(out, *operands))
        self.values[chain, None] = out
        return ir.Operand(out)

    def solve(self, inverse: Atom, right: Chain) -> ir.Operand:
        """A⁻¹ · right; of a right-hand side that is sparse, all of it."""
        chain = (inverse, *right)
        value = self.stored(right)
        if value.support is not None:
            out = self.new(right, None)
            self.steps.append(ir.Combine(out, ((1.0, ir.Operand(value)),)))
            value = out
        self.values[chain, None] = solved(self, inverse, value, self.new(chain, None))
        return ir.Operand(self.values[chain, None])

    def sparse_dense(self, left: Chain, right: Chain) -> ir.Operand:
        """left · right with left sparse and right dense."""
        sparse, dense = self.full(left), self.full(right)
        if sparse.value.support is not None and sparse.value.support.is_diagonal:
            side = "right" if dense.transposed else "left"
            chain = flip(left + right) if dense.transposed else left + right
            out = self.new(chain, None)
            self.steps.append(ir.Scale(out, sparse.value, dense.value, side))
            self.values[chain, None] = out
            return ir.Operand(out, dense.transposed)
        stored = self.stored(right)
        out = self.new(left + right, None)
        self.steps.append(ir.Spmm(out, sparse, stored))
        self.values[left + right, None] = out
        return ir.Operand(out)

    def padded(self, support: Support) -> Support:
        """A pattern whose rows are stored alike where those of an unknown are.

        A product with as many rows as an unknown is multiplied by it, or sampled at it, further
        on: by then rows are handled in groups.
        """
        own = (self.structure.supports[unknown] for unknown in self.unknowns)
        rows = next((s for s in own if s is not None and s.rows == support.rows), None)
        if rows is None or support.is_diagonal or support == rows:
            return support
        key = (rows, support)
        if key not in self.groupings:
            self.groupings[key] = Grouping(f"{GROUPS}{rows} in {support}", rows, support)
            self.sizes.supports.add_groupings([self.groupings[key]])
        return self.groupings[key].padded

    def triangle_dense(self, left: Chain, right: Chain) -> ir.Operand:
        """left · right with left triangular and right dense."""
        stored = self.stored(right)
        out = self.new(left + right, None)
        self.steps.append(ir.Trmm(out, self.full(left), stored))
        self.values[left + right, None] = out
        return ir.Operand(out)

    def stored(self, chain: Chain) -> ir.Value:
        """The product stored exactly as written: transposed copies are made where needed."""
        if len(chain) > 1 and self.structure.support(chain) is None and self.is_gemm(chain):
            place = self.planner(chain).full(0, len(chain)).place
            return self.product(chain[:place], chain[place:]).value
        operand = self.full(chain)
        if not operand.transposed:
            return operand.value
        if operand.value.support is not None:
            support = self.structure.support(chain)
            assert support is not None
            return self.sampled(chain, support)
        if (chain, None) not in self.values:
            out = self.new(chain, None)
            self.steps.append(ir.Combine(out, ((1.0, operand),)))
            self.values[chain, None] = out
        return self.values[chain, None]

    def is_gemm(self, chain: Chain) -> bool:
        """Whether a product not yet known ends in a dense product, which stores either way."""
        if any((oriented, None) in self.values for oriented in (chain, flip(chain))):
            return False
        place = self.planner(chain).full(0, len(chain)).place
        sides = chain[:place], chain[place:]
        if any(is_solve(side) or self.structure.is_triangle(side) for side in sides):
            return False
        return all(self.structure.support(side) is None for side in sides)

    def sampled(self, chain: Chain, support: Support) -> ir.Value:
        """The product at the positions of `support`, stored as written."""
        known = self.known_sample(chain, support)
        if known is not None:
            return known
        turned = self.known_sample(flip(chain), self.structure.normal(support.T))
        if turned is not None:
            return self.embedded((chain, support), ir.Operand(turned, True), support)
        padded = self.values.get((chain, None))
        if padded is not None and self.exact.get(padded) == support:
            return self.embedded((chain, support), ir.Operand(padded), support)
        if len(chain) == 1:
            return self.sample_atom(chain[0], support)
        split = self.planner(chain).sampled(0, len(chain), support)
        left, right = chain[: split.place], chain[split.place :]
        step: ir.Step
        if split.method == "sddmm":
            first, second = self.stored(left), self.stored(flip(right))
            out = self.new(chain, support)
            step = ir.Sddmm(out, first, second)
        else:
            operands = self.sparse_sides(left, right, split)
            out = self.new(chain, support)
            step = ir.SparseProduct(out, *operands)
        self.steps.append(step)
        self.values[chain, support] = out
        return out

    def sparse_sides(
        self, left: Chain, right: Chain, split: Split
    ) -> tuple[ir.Operand, ir.Operand]:
        """The operands of a sampled product with a sparse side."""
        if split.demand is None:
            return self.full(left), self.full(right)
        if split.method == "left sparse":
            return self.full(left), self.sampled_operand(right, split.demand)
        return self.sampled_operand(left, split.demand), self.full(right)

    def sampled_operand(self, chain: Chain, support: Support) -> ir.Operand:
        """`sampled` in whichever orientation is known."""
        turned = (flip(chain), self.structure.normal(support.T))
        if self.known_sample(chain, support) is None:
            found = self.known_sample(*turned)
            if found is not None:
                return ir.Operand(found, True)
        return ir.Operand(self.sampled(chain, support))

    def known_sample(self, chain: Chain, support: Support) -> ir.Value | None:
        """The value of a chain at a pattern, where it has been made."""
        if (chain, support) in self.values:
            return self.values[chain, support]
        value = self.values.get((chain, None))
        return value if value is not None and value.support == support else None

    def sample_atom(self, atom: Atom, support: Support) -> ir.Value:
        """A leaf or a sum at the positions of `support`."""
        key, node = ((atom,), support), atom.node
        if isinstance(node, (sp.MatAdd, *POINTWISE)) and node not in self.nodes:
            inner = self.structure.normal(support.T) if atom.transposed else support
            own = self.structure.of_expr(node)
            if own != inner and (own is None or isinstance(node, sp.MatAdd)):
                if isinstance(node, sp.MatAdd):
                    value = self.combine(node, inner, self.names.of((atom,)))
                else:
                    value = pointwise(node, self, inner)
                return self.embedded(key, ir.Operand(value, atom.transposed), support)
        operand = self.atom(atom)
        if operand.value.support is None:
            out = self.new((atom,), support)
            self.steps.append(ir.Sample(out, operand))
            self.values[key] = out
            return out
        return self.embedded(key, operand, support)

    def embedded(self, key: Any, operand: ir.Operand, support: Support) -> ir.Value:
        """A sparse operand at the positions of another pattern."""
        if not operand.transposed and operand.value.support == support:
            self.values[key] = operand.value
            return operand.value
        out = self.new(key[0], support)
        self.steps.append(ir.Combine(out, ((1.0, operand),)))
        self.values[key] = out
        return out

    # planning

    def planner(self, chain: Chain) -> ChainPlanner:
        """The planner of a chain, which takes what is known for free."""
        return ChainPlanner(
            chain, self.structure, self.sizes, self.known, self.weight, self.sparse_penalty
        )

    def full_seconds(self, chain: Chain) -> float:
        """Estimated seconds of a chain in full."""
        return self.planner(chain).full(0, len(chain)).seconds

    def sampled_seconds(self, chain: Chain, support: Support) -> float:
        """Estimated seconds of a chain at the positions of `support`."""
        return self.planner(chain).sampled(0, len(chain), support).seconds

    def known(self, chain: Chain, support: Support | None) -> bool:
        """Whether a chain has been made, in either orientation."""
        if support is None:
            return (chain, None) in self.values or (flip(chain), None) in self.values
        turned = self.structure.normal(support.T)
        return (
            self.known_sample(chain, support) is not None
            or self.known_sample(flip(chain), turned) is not None
        )

    def weight(self, inputs: frozenset[str]) -> float:
        """Work that no unknown moves is done once, and hardly counts."""
        return 1.0 if inputs else ONCE

    # values

    def new(self, chain: Chain, support: Support | None) -> ir.Value:
        """A value named after its chain."""
        name, inputs = self.names.of(chain), self.structure.depends(chain)
        return self.value(name, chain_text(chain), chain[0].rows, chain[-1].cols, support, inputs)

    def value(
        self,
        name: str,
        formula: str,
        rows: Any,
        cols: Any,
        support: Support | None,
        inputs: frozenset[str],
    ) -> ir.Value:
        """A value of its own name."""
        return ir.Value(self.names.new(name), formula, rows, cols, support, inputs)


def _is_zero(expr: Any) -> bool:
    return isinstance(expr, sp.ZeroMatrix)


def summands(
    expr: Any, opened: Callable[[Any], tuple[Any, ...]] | None = None
) -> list[tuple[sp.Expr, Chain]]:
    """Coefficient and chain of each summand; a coefficient moves into a sum among the factors.

    opened: the summands of a factor over which the product is multiplied out; none for others.
    """
    if isinstance(expr, sp.ZeroMatrix):
        return []
    if isinstance(expr, sp.MatAdd):
        return [item for term in expr.args for item in summands(term, opened)]
    coefficient, factors = split(expr)
    if len(factors) == 1 and isinstance(factors[0], sp.MatAdd):
        return [i for term in factors[0].args for i in summands(product(coefficient, term), opened)]
    for place, factor in enumerate(factors):
        parts = opened(factor) if opened is not None and len(factors) > 1 else ()
        if parts:
            before, after = factors[:place], factors[place + 1 :]
            terms = (product(coefficient, *before, part, *after) for part in parts)
            return [item for term in terms for item in summands(term, opened)]
    sums = [i for i, factor in enumerate(factors) if isinstance(factor, sp.MatAdd)]
    if not sums:
        return [chain_of(expr)]
    place = sums[0]
    scaled = add(*(product(coefficient, term) for term in factors[place].args))
    return [chain_of(product(1, *factors[:place], scaled, *factors[place + 1 :]))]
