"""From a derivation to a plan: every output becomes three-address steps, each value computed once.

Energy, residuals, gradients, JVPs and VJPs are lowered into one list of steps, so that what they
share is shared.  Candidate plans are made with and without products of two sparse matrices
(GᵀLG); the one that the cost model finds cheapest is the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.chain import ONCE, ChainPlanner
from nzdiff.codegen.cost import FREE, Sizes, cost
from nzdiff.codegen.names import Names
from nzdiff.codegen.structure import (
    Atom,
    Chain,
    Structure,
    chain_of,
    chain_text,
    declared_support,
    dim,
    flip,
)
from nzdiff.derive.canonical import add, product, split
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.symbols import Matrix
from nzdiff.runtime.support import Support, Supports, diagonal_support

AVOID = 1e6
"""Penalty that keeps products of two sparse matrices out of a plan."""
Side = Literal["neither", "left", "right", "both"]
CANDIDATES: tuple[tuple[float, Side], ...] = (
    (1.0, "neither"),
    (AVOID, "right"),
    (AVOID, "left"),
    (AVOID, "both"),
)
"""(penalty on products of two sparse matrices, which factors of Y (dGᵀ L G + Gᵀ L dG) B go into
the sum).  With the sum kept whole dQ = dGᵀ L G + Gᵀ L dG is one sparse matrix; without it, the
dense factor on the side that is cheaper has to meet each summand first."""


def lower(derivation: Derivation, supports: Supports) -> ir.Plan:
    """The cheapest of the candidate plans at the sizes of `supports`."""
    sizes = Sizes(supports)
    plans = [_Lowering(derivation, sizes, *candidate).plan() for candidate in CANDIDATES]
    return min(plans, key=lambda plan: _seconds(plan, sizes))


def _seconds(plan: ir.Plan, sizes: Sizes) -> float:
    """Estimated seconds of one energy, gradient, JVP and VJP."""
    return sum((cost(s, sizes) for s in plan.steps if s.out.inputs), start=FREE).seconds


@dataclass
class _Lowering:
    derivation: Derivation
    sizes: Sizes
    sparse_penalty: float
    distributed: Side
    steps: list[ir.Step] = field(default_factory=list)
    values: dict[tuple[Chain, Support | None], ir.Value] = field(default_factory=dict)
    sums: dict[tuple[Any, Support | None], ir.Value] = field(default_factory=dict)
    coefficients: dict[str, str] = field(default_factory=dict)
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        problem = self.derivation.problem
        self.names.keep(str(size.name) for size in problem.dimensions)
        self.definitions = {r.symbol: r.expr for r in problem.residuals}
        self.unknown_names = frozenset(str(u.name) for u in problem.wrt)
        symmetric = frozenset(
            str(s.name) for s in problem.matrices if s.symmetric and s.kind_of == "sparse"
        )
        supports: dict[Any, Support | None] = {s: declared_support(s) for s in problem.matrices}
        inputs: dict[Any, frozenset[str]] = {
            s: frozenset({str(s.name)} & self.unknown_names) for s in problem.matrices
        }
        self.structure = Structure(supports, inputs, symmetric)
        for unknown, tangent in self.derivation.tangents.items():
            supports[tangent] = supports[unknown]
            inputs[tangent] = frozenset({str(tangent.name)})
        self.cotangents = tuple(
            Matrix(f"W_{r.symbol.name}", *r.symbol.shape) for r in problem.residuals
        )
        for residual, cotangent in zip(problem.residuals, self.cotangents, strict=True):
            supports[residual.symbol] = self.structure.of_expr(residual.expr)
            depends = self.structure.depends((Atom(residual.expr),))
            inputs[residual.symbol] = depends
            supports[cotangent] = supports[residual.symbol]
            inputs[cotangent] = frozenset({str(cotangent.name)})

    def plan(self) -> ir.Plan:
        problem, derivation = self.derivation.problem, self.derivation
        arguments = tuple(self.argument(symbol) for symbol in problem.matrices)
        tangents = tuple(self.argument(derivation.tangents[u]) for u in problem.wrt)
        cotangents = tuple(self.argument(symbol) for symbol in self.cotangents)
        residuals = tuple(self.leaf(residual.symbol) for residual in problem.residuals)
        energy = self.energy(residuals)
        gammas = [(u, derivation.gradients[u].matrix) for u in problem.wrt]
        gradients = tuple(
            self.combine(gamma, self.structure.supports[u], f"gradient_{u.name}")
            for u, gamma in gammas
        )
        jvps = tuple(
            self.combine(
                _distribute(expr, self.distributed), residual.support, f"jvp_{residual.name}"
            )
            for expr, residual in zip(derivation.differentials, residuals, strict=True)
        )
        vjps = tuple(
            self.combine(
                derivation.vjp(u, self.cotangents), self.structure.supports[u], f"vjp_{u.name}"
            )
            for u in problem.wrt
            if residuals
        )
        steps = _ordered(self.steps)
        coefficients = tuple(self.coefficients.items())
        return ir.Plan(
            arguments=arguments,
            tangents=tangents,
            cotangents=cotangents,
            coefficients=coefficients,
            steps=steps,
            energy=energy,
            residuals=residuals,
            gradients=gradients,
            jvps=jvps,
            vjps=vjps,
        )

    # scalars

    def energy(self, residuals: tuple[ir.Value, ...]) -> ir.Value:
        problem = self.derivation.problem
        terms = []
        for residual, value in zip(problem.residuals, residuals, strict=True):
            squares = self.scalar(f"sumsq_{value.name}", f"‖{value.name}‖²", value.inputs)
            self.steps.append(ir.SumSquares(squares, value))
            terms.append((self.coefficient(residual.weight), squares))
        for trace in problem.traces:
            for scale, chain in _summands(trace.expr):
                value = self.trace(chain)
                terms.append((self.coefficient(trace.weight * scale), value))
        out = self.scalar("energy", "E", frozenset().union(*(v.inputs for _, v in terms)))
        self.steps.append(ir.ScalarSum(out, tuple(terms), self.coefficient(problem.constant)))
        return out

    def trace(self, chain: Chain) -> ir.Value:
        """tr(A C) = Σ Aᵀ ∘ C, split where it is cheapest; sampled where a side is sparse."""
        name, formula = self.names.new("trace"), f"tr({chain_text(chain)})"
        out = self.scalar(name, formula, self.structure.depends(chain))
        left, right = self.halves(chain)
        self.steps.append(ir.Inner(out, left, right))
        return out

    def halves(self, chain: Chain) -> tuple[ir.Value, ir.Value | None]:
        if len(chain) == 1:
            return self.sampled(chain, diagonal_support(chain[0].rows)), None
        place = min(range(1, len(chain)), key=lambda c: self.inner_seconds(chain, c))
        left, right = flip(chain[:place]), chain[place:]
        on_left, on_right = self.structure.support(left), self.structure.support(right)
        if on_left is not None:
            return self.stored(left), self.sampled(right, on_left)
        if on_right is not None:
            return self.sampled(left, on_right), self.stored(right)
        return self.stored(left), self.stored(right)

    def inner_seconds(self, chain: Chain, place: int) -> float:
        left, right = flip(chain[:place]), chain[place:]
        on_left, on_right = self.structure.support(left), self.structure.support(right)
        if on_left is not None:
            return self.full_seconds(left) + self.sampled_seconds(right, on_left)
        if on_right is not None:
            return self.sampled_seconds(left, on_right) + self.full_seconds(right)
        count = self.sizes.dim(left[0].rows) * self.sizes.dim(left[-1].cols)
        return self.full_seconds(left) + self.full_seconds(right) + count * 1e-9

    def scalar(self, name: str, formula: str, inputs: frozenset[str]) -> ir.Value:
        return ir.Value(self.names.new(name), formula, 1, 1, None, inputs, scalar=True)

    def coefficient(self, expr: Any) -> ir.Coefficient:
        """A number as it is; an expression in scalar arguments by a name of its own."""
        if expr.is_number:
            return float(expr)
        source = sp.pycode(expr)
        known = {text: name for name, text in self.coefficients.items()}
        if source in known:
            return known[source]
        name = self.names.new("c")
        self.coefficients[name] = source
        return name

    # matrices

    def argument(self, symbol: Matrix) -> ir.Value:
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

    def combine(self, expr: Any, support: Support | None, name: str) -> ir.Value:
        """out = Σ coefficient · product, in full or at a pattern; a single product as it is."""
        terms: list[tuple[ir.Coefficient, ir.Operand]] = []
        for scale, chain in _summands(expr):
            if support is not None:
                operand = self.sampled_operand(chain, support)
            else:
                operand = self.full(chain)
            terms.append((self.coefficient(scale), operand))
        if len(terms) == 1 and terms[0] == (1.0, ir.Operand(terms[0][1].value)):
            value = terms[0][1].value
            if value.support == support:
                return value
        summed = (Atom(expr),)
        inputs = self.structure.depends(summed)
        out = self.value(name, chain_text(summed), dim(expr.rows), dim(expr.cols), support, inputs)
        self.steps.append(ir.Combine(out, tuple(terms)))
        return out

    def atom(self, atom: Atom) -> ir.Operand:
        """A leaf as it is; a sum as a value of its own."""
        if isinstance(atom.node, sp.MatAdd):
            key = (atom.node, None)
            if key not in self.sums:
                support = self.structure.of_expr(atom.node)
                self.sums[key] = self.combine(atom.node, support, self.names.of((atom,)))
            return ir.Operand(self.sums[key], atom.transposed)
        if isinstance(atom.node, sp.Identity):
            return ir.Operand(self.identity(atom))
        return ir.Operand(self.leaf(atom.node), atom.transposed)

    def identity(self, atom: Atom) -> ir.Value:
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
        on_left, on_right = self.structure.support(left), self.structure.support(right)
        chain = left + right
        if on_left is not None and on_right is not None:
            out = self.new(chain, self.structure.product(on_left, on_right))
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
        sides = (self.structure.support(chain[:place]), self.structure.support(chain[place:]))
        return sides == (None, None)

    def sampled(self, chain: Chain, support: Support) -> ir.Value:
        """The product at the positions of `support`, stored as written."""
        known = self.known_sample(chain, support)
        if known is not None:
            return known
        turned = self.known_sample(flip(chain), self.structure.normal(support.T))
        if turned is not None:
            return self.embedded((chain, support), ir.Operand(turned, True), support)
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

    def sparse_sides(self, left: Chain, right: Chain, split: Any) -> tuple[ir.Operand, ir.Operand]:
        if split.method == "left sparse":
            return self.full(left), self.sampled_operand(right, split.demand)
        if split.method == "right sparse":
            return self.sampled_operand(left, split.demand), self.full(right)
        return self.full(left), self.full(right)

    def sampled_operand(self, chain: Chain, support: Support) -> ir.Operand:
        """`sampled` in whichever orientation is known."""
        turned = (flip(chain), self.structure.normal(support.T))
        if self.known_sample(chain, support) is None:
            found = self.known_sample(*turned)
            if found is not None:
                return ir.Operand(found, True)
        return ir.Operand(self.sampled(chain, support))

    def known_sample(self, chain: Chain, support: Support) -> ir.Value | None:
        if (chain, support) in self.values:
            return self.values[chain, support]
        value = self.values.get((chain, None))
        return value if value is not None and value.support == support else None

    def sample_atom(self, atom: Atom, support: Support) -> ir.Value:
        key = ((atom,), support)
        if isinstance(atom.node, sp.MatAdd) and (atom.node, None) not in self.sums:
            node = atom.node
            inner = self.structure.normal(support.T) if atom.transposed else support
            if self.structure.of_expr(node) != inner:
                summed = self.combine(node, inner, self.names.of((atom,)))
                operand = ir.Operand(summed, atom.transposed)
                return self.embedded(key, operand, support)
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
            return operand.value
        out = self.new(key[0], support)
        self.steps.append(ir.Combine(out, ((1.0, operand),)))
        self.values[key] = out
        return out

    # planning

    def planner(self, chain: Chain) -> ChainPlanner:
        return ChainPlanner(
            chain, self.structure, self.sizes, self.known, self.weight, self.sparse_penalty
        )

    def full_seconds(self, chain: Chain) -> float:
        return self.planner(chain).full(0, len(chain)).seconds

    def sampled_seconds(self, chain: Chain, support: Support) -> float:
        return self.planner(chain).sampled(0, len(chain), support).seconds

    def known(self, chain: Chain, support: Support | None) -> bool:
        if support is None:
            return (chain, None) in self.values or (flip(chain), None) in self.values
        turned = self.structure.normal(support.T)
        return (
            self.known_sample(chain, support) is not None
            or self.known_sample(flip(chain), turned) is not None
        )

    def weight(self, inputs: frozenset[str]) -> float:
        return 1.0 if inputs else ONCE

    # values

    def new(self, chain: Chain, support: Support | None) -> ir.Value:
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
        return ir.Value(self.names.new(name), formula, rows, cols, support, inputs)


def _summands(expr: Any) -> list[tuple[sp.Expr, Chain]]:
    """Coefficient and chain of each summand; a coefficient moves into a sum among the factors."""
    if isinstance(expr, sp.ZeroMatrix):
        return []
    if isinstance(expr, sp.MatAdd):
        return [item for term in expr.args for item in _summands(term)]
    coefficient, factors = split(expr)
    place = next((i for i, f in enumerate(factors) if isinstance(f, sp.MatAdd)), None)
    if place is None:
        return [chain_of(expr)]
    scaled = add(*(product(coefficient, term) for term in factors[place].args))
    if len(factors) == 1:
        return _summands(scaled)
    return [chain_of(product(1, *factors[:place], scaled, *factors[place + 1 :]))]


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


def _ordered(steps: list[ir.Step]) -> tuple[ir.Step, ...]:
    """Constants first; otherwise as computed, which is an order of dependencies."""
    constant = [step for step in steps if not step.out.inputs]
    return (*constant, *(step for step in steps if step.out.inputs))
