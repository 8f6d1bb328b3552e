"""Matrix expressions become steps: in full or at a pattern, each value computed once.

`Matrices` holds the steps and values made so far; what is asked for twice is made once.  The
order of a product is `ChainPlanner`'s choice; here it is carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.arguments import dim
from nzdiff.codegen.lower import products, sampling
from nzdiff.codegen.lower.chains.planner import ChainPlanner
from nzdiff.codegen.lower.chains.structure import (
    Atom,
    Chain,
    Structure,
    chain_of,
    chain_text,
    flip,
)
from nzdiff.codegen.lower.names import Names
from nzdiff.codegen.lower.operations import compute
from nzdiff.codegen.lower.scalars import scalar_value
from nzdiff.codegen.plan.numbers import double_of, python_text
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.canonical import add, product, split
from nzdiff.derive.calculus.differential import scalar_nodes
from nzdiff.derive.language.symbols import Matrix
from nzdiff.runtime.data.support import Grouping, Support, diagonal_support, leaf_support


@dataclass
class Matrices:
    """Steps and values of one plan in the making.

    definitions: the expression of each residual symbol.  sparse_penalty: see `ChainPlanner`.
    open_mixed: whether products are multiplied out over sums of sparse and dense summands.
    unknowns: those by whose rows the rows of products are stored alike.
    in_pairs: see `ChainPlanner`.
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
    in_pairs: bool = False
    _planner: ChainPlanner = field(init=False)
    _learnt: int = 0

    def __post_init__(self) -> None:
        self._planner = ChainPlanner(
            self.structure, self.sizes, self.stored_at, self.sparse_penalty, self.in_pairs
        )

    def scalar(self, name: str, formula: str, inputs: frozenset[str]) -> ir.Value:
        """A scalar value of its own name."""
        return ir.Value(self.names.new(name), formula, 1, 1, None, inputs, scalar=True)

    def number(self, expr: Any) -> ir.Coefficient:
        """A coefficient: known when data is bound, or a scalar value where it holds matrices."""
        return scalar_value(self, expr) if scalar_nodes(expr) else self.coefficient(expr)

    def coefficient(self, expr: Any) -> ir.Coefficient:
        """A number as it is; an expression in scalar arguments by a name of its own."""
        if expr.is_number:
            return double_of(expr)
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
        return sampling.sampled_operand(self, chain, support)

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
        place = self.planner.full(chain).place
        return self.product(chain[:place], chain[place:])

    def product(self, left: Chain, right: Chain) -> ir.Operand:
        """left · right in full."""
        return products.product(self, left, right)

    def stored(self, chain: Chain) -> ir.Value:
        """The product stored exactly as written."""
        return products.stored(self, chain)

    def sampled(self, chain: Chain, support: Support) -> ir.Value:
        """The product at the positions of `support`, stored as written."""
        return sampling.sampled(self, chain, support)

    # planning

    @property
    def planner(self) -> ChainPlanner:
        """The planner of chains, which takes what has been made for free."""
        planner = self._planner
        for chain, support in islice(self.values, self._learnt, None):
            planner.learn(chain, support)
            exact = self.values[chain, support].support
            if support is None and exact is not None:
                planner.learn(chain, exact)
        self._learnt = len(self.values)
        return planner

    def stored_at(self, support: Support) -> Support:
        """Where a product with a pattern would be stored."""
        grouping = products.grouping_of(self, support)
        return support if grouping is None else grouping.padded

    def full_seconds(self, chain: Chain) -> float:
        """Estimated seconds of a chain in full."""
        return self.planner.full(chain).seconds

    def sampled_seconds(self, chain: Chain, support: Support) -> float:
        """Estimated seconds of a chain at the positions of `support`."""
        known = sampling.known_sample(self, chain, support)
        return 0.0 if known is not None else self.planner.sampled(chain, support).seconds

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
