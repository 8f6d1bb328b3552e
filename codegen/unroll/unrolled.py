"""A plan unrolled: every entry of every matrix is a number of its own, zeros are nowhere.

In: a plan and the patterns it is bound to.  Out: the energy, its gradient and its Hessian by g as
numbers in static single assignment.  The steps of the plan are taken as they are, so that factors
are shared between energy and gradient before a single entry is written; expanding the energy in
g₁ … g_s, differentiating it and looking for common subexpressions afterwards gives the same
functions (tests/codegen/test_batch.py) and takes thousands of times as long.

Not for factorised matrices, large instances, and Hessians of no known structure: NotUnrolledError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, assert_never

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.assembly import gathered, lower_assemblies
from nzdiff.codegen.lower.choose import lower
from nzdiff.codegen.plan.price import price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.codegen.unroll.matrices import Entries, Places
from nzdiff.codegen.unroll.ssa import ONE, ZERO, Given, Scalars, Unknown
from nzdiff.codegen.unroll.stored import Flags, NotUnrolledError, Stored
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.pattern import Pattern
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.support import Support
from nzdiff.runtime.data.supports import Supports

MOST_OPERATIONS = 100_000
"""Per function and instance.  A C compiler takes about 1 s for 6,000 of them; the code is still
several times as fast as loops, but who waits for half a minute?"""
MOST_ENTRIES = 4_000_000
"""Of all dense results together: each is a number while they are made."""


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A function of g as numbers: the energy, and what is wanted beside it, in a fixed order.

    plan: with the reductions, data that is made of other data when it is bound.
    flags: which instance stores what, where their patterns differ; data by name.
    """

    scalars: Scalars
    energy: int
    others: tuple[int, ...]
    plan: ir.Plan
    flags: Mapping[str, Flags]

    @property
    def results(self) -> tuple[int, ...]:
        """Everything that is wanted."""
        return (self.energy, *self.others)


def unroll(
    derivation: Derivation, data: Data, function: str, stored: Mapping[str, Flags] | None = None
) -> Unrolled:
    """The energy alone, with its "gradient" (s numbers) or its "hessian" (s² numbers) by g.

    stored: (N, nnz) of each pattern that is a union, which of its positions an instance stores.
    Raises NotUnrolledError for what cannot be unrolled, or is too large.
    """
    if function == "hessian":
        return _hessian(derivation, data, stored or {})
    plan = lower(derivation, data.supports)
    (energy,) = plan.output("energy")
    energy = plan.direct_energy or energy  # there are no branches here
    unroller = _Unroller.of(derivation, plan, data, stored or {})
    targets = (energy, *(plan.output("gradient") if function == "gradient" else ()))
    unroller.run(targets, function)
    others: list[int] = []
    if function == "gradient":
        for value, pattern in zip(plan.output("gradient"), data.patterns, strict=True):
            entries = unroller.values[value.name][_positions(_structure(pattern))]
            others += unroller.combinations(_linear(pattern).T, entries.tolist())
    first = unroller.number(energy)
    return Unrolled(unroller.scalars, first, tuple(others), plan, unroller.stored.used)


def _hessian(derivation: Derivation, data: Data, stored: Mapping[str, Flags]) -> Unrolled:
    """∂²E/∂g²: the entries of its normal form, with T on both sides; lower = upper triangle."""
    if gathered(derivation, "hessian", "matrix") is None:
        raise NotUnrolledError("hessian: the structure of this matrix is not recognised")
    plan = lower_assemblies(derivation, data.supports, [("hessian", "matrix")])
    unroller = _Unroller.of(derivation, plan, data, stored)
    (assembly,) = plan.assemblies
    size = sum(pattern.nnz for pattern in data.patterns)
    _check(size**2 * len(assembly.summands), "hessian")
    unroller.run(assembly.factors, "hessian")
    entries = _gather(unroller, assembly, data.patterns)
    linear = sparse.csr_array(sparse.block_diag([_linear(p) for p in data.patterns], format="csr"))
    half = [unroller.combinations(linear.T, column) for column in entries.T.tolist()]
    rows = [unroller.combinations(linear.T, column) for column in zip(*half, strict=True)]
    others = tuple(rows[max(t, u)][min(t, u)] for t, u in np.ndindex(len(rows), len(rows)))
    return Unrolled(unroller.scalars, ZERO, others, plan, unroller.stored.used)


def _gather(unroller: _Unroller, assembly: ir.Assembly, patterns: tuple[Pattern, ...]) -> Places:
    """Every entry (t, u), t and u stored positions, as the sum of what its summands say."""
    positions = [list(zip(*_positions(_structure(p)), strict=True)) for p in patterns]
    entries = Entries(unroller.scalars, unroller.values, unroller.supports, unroller.number)
    found = entries.of(assembly, positions)
    flags = np.concatenate([unroller.flags_of(v) for v in unroller.unknowns])
    s = unroller.scalars
    for t, u in zip(*np.nonzero(found), strict=True):
        found[t, u] = s.product(s.product(int(flags[t]), int(flags[u])), int(found[t, u]))
    return found


@dataclass(frozen=True, slots=True)
class _Unroller:
    """Runs steps on places of numbers, as `interpret` runs them on numbers."""

    supports: Supports
    plan: ir.Plan
    stored: Stored
    scalars: Scalars = field(default_factory=Scalars)
    values: dict[str, Places] = field(default_factory=dict)
    unknowns: list[ir.Value] = field(default_factory=list)

    @classmethod
    def of(
        cls, derivation: Derivation, plan: ir.Plan, data: Data, stored: Mapping[str, Flags]
    ) -> _Unroller:
        """With data and g as numbers."""
        problem = derivation.problem
        data.supports.add_constants(plan.constants)
        unroller = cls(data.supports, plan, Stored(stored, data.supports))
        names = [str(matrix.name) for matrix in problem.matrices]
        given = dict(zip(names, plan.arguments, strict=True))
        start = 0
        for unknown, pattern in zip(problem.wrt, data.patterns, strict=True):
            value = given.pop(str(unknown.name))
            g = [unroller.scalars.add(Unknown(start + t)) for t in range(pattern.size)]
            offset = np.zeros(pattern.nnz) if pattern.offset is None else pattern.offset
            numbers = unroller.combinations(_linear(pattern), g, offset)
            pairs = zip(numbers, unroller.flags_of(value).tolist(), strict=True)
            own = [unroller.scalars.product(flag, number) for number, flag in pairs]
            unroller.values[value.name] = unroller.matrix(value, own)
            unroller.unknowns.append(value)
            start += pattern.size
        for name, value in given.items():
            unroller.give(name, value)
        for reduction in plan.reductions:
            for value in reduction.results:
                unroller.give(value.name, value)
        return unroller

    def give(self, name: str, value: ir.Value) -> None:
        """A value that is known when data is bound."""
        count = len(self.positions(value)[0])
        places = [self.scalars.add(Given(name, t)) for t in range(count)]
        self.values[value.name] = self.matrix(value, places)

    def run(self, targets: tuple[ir.Value, ...], what: str) -> None:
        """Every step that the targets need."""
        wanted = ir.needed(self.plan, targets)
        steps = [step for step in self.plan.steps if step.out in wanted]
        sizes = Sizes(self.supports)
        _check(sum(price(step, sizes).flops for step in steps), what)
        _check_entries(self.shape(step.out) for step in steps)
        for step in steps:
            self.values[step.out.name] = self.kept(step, self.result(step))

    def shape(self, value: ir.Value) -> tuple[int, int]:
        return self.supports.size(value.rows), self.supports.size(value.cols)

    def flags(self, support: Support | None) -> NDArray[np.int64] | None:
        """A number per stored position: 1 where the instance stores it, or 0; None for all 1."""
        if support is None or not self.stored.differs(support):
            return None
        flags, name = self.stored.of(support), self.stored.name(support)
        add, always = self.scalars.add, np.all(flags, axis=0).tolist()
        places = [ONE if every else add(Given(name, t)) for t, every in enumerate(always)]
        return np.array(places, dtype=np.int64)

    def flags_of(self, value: ir.Value) -> NDArray[np.int64]:
        """The same of a value, with ones."""
        found = self.flags(value.support)
        return np.full(len(self.positions(value)[0]), ONE) if found is None else found

    def kept(self, step: ir.Step, places: Places) -> Places:
        """A result, with zeros where an instance stores nothing."""
        out = step.out
        if not _by_pattern(step) or self.flags(out.support) is None:
            return places
        at = self.positions(out)
        pairs = zip(self.flags_of(out).tolist(), places[at].tolist(), strict=True)
        return self.matrix(out, [self.scalars.product(flag, number) for flag, number in pairs])

    def positions(self, value: ir.Value) -> tuple[Any, Any]:
        """Rows and columns of the stored entries of a value."""
        if value.scalar or value.support is None:
            rows, cols = (1, 1) if value.scalar else self.shape(value)
            return np.repeat(np.arange(rows), cols), np.tile(np.arange(cols), rows)
        return _positions(self.supports.matrix(value.support))

    def matrix(self, value: ir.Value, stored: Iterable[int]) -> Places:
        """The numbers of a value where they stand."""
        places = np.zeros((1, 1) if value.scalar else self.shape(value), dtype=np.int64)
        places[self.positions(value)] = list(stored)
        return places

    def of_operand(self, operand: ir.Operand | ir.Value) -> Places:
        if isinstance(operand, ir.Value):
            return self.values[operand.name]
        places = self.values[operand.value.name]
        return places.T if operand.transposed else places

    def number(self, coefficient: ir.Coefficient, place: int = 0) -> int:
        """A coefficient, or an entry of a value."""
        if isinstance(coefficient, ir.Value):
            return int(self.values[coefficient.name].ravel()[place])
        if isinstance(coefficient, str):
            return self.scalars.add(Given(coefficient, 0))
        return self.scalars.number(coefficient)

    def numbers(self, value: ir.Value) -> list[int]:
        """The stored numbers of a value."""
        return self.values[value.name][self.positions(value)].tolist()  # type: ignore[no-any-return]

    def combinations(self, matrix: Any, places: Iterable[int], offset: Any = None) -> list[int]:
        """matrix · places + offset, a sparse matrix of known numbers."""
        s, rows, given = self.scalars, sparse.csr_array(matrix), list(places)
        found = []
        for row, (start, stop) in enumerate(zip(rows.indptr[:-1], rows.indptr[1:], strict=True)):
            pairs = zip(rows.data[start:stop], rows.indices[start:stop], strict=True)
            total = s.combination([(s.number(c), given[column]) for c, column in pairs])
            found.append(total if offset is None else s.total([total, s.number(offset[row])]))
        return found

    def each(self, out: ir.Value, entry: Callable[..., int], *sources: Places) -> Places:
        """The function of the entries of some matrices at every stored position of out."""
        at = self.positions(out)
        columns = [source[at].tolist() for source in sources]
        return self.matrix(out, [entry(*entries) for entries in zip(*columns, strict=True)])

    def product(
        self,
        out: ir.Value,
        left: Places,
        right: Places,
        scale: ir.Coefficient = 1.0,
        plus: tuple[ir.Coefficient, ir.Value] | None = None,
    ) -> Places:
        """scale · left · right + plus at the stored positions of out."""
        s, columns = self.scalars, right.tolist()
        rows = [[(int(k), int(row[k])) for k in np.flatnonzero(row)] for row in left]
        entries = [
            s.total(s.product(a, columns[k][j]) for k, a in rows[i])
            for i, j in zip(*(axis.tolist() for axis in self.positions(out)), strict=True)
        ]
        factor = self.number(scale)
        if plus is None:
            return self.matrix(out, [s.product(factor, entry) for entry in entries])
        other, added = self.number(plus[0]), self.values[plus[1].name][self.positions(out)].tolist()
        pairs = zip(entries, added, strict=True)
        return self.matrix(out, [s.combination([(factor, x), (other, y)]) for x, y in pairs])

    def result(self, step: ir.Step) -> Places:
        """What a step computes."""
        s, of, out = self.scalars, self.of_operand, step.out
        match step:
            case ir.Gemm(_, left, right, scale, plus):
                return self.product(out, of(left), of(right), scale, plus)
            case ir.Spmm(_, left, other, scale, plus):
                return self.product(out, of(left), of(other), scale, plus)
            case ir.Trmm(_, left, other):
                return self.product(out, of(left), of(other))
            case ir.SparseProduct(_, left, right):
                return self.product(out, of(left), of(right))
            case ir.Sddmm(_, first, second):
                return self.product(out, of(first), of(second).T)
            case ir.SampledSpmm(_, left, sparse, other):
                between = ir.Value("", "", left.cols, other.cols, None, out.inputs)
                made = self.product(between, of(sparse), of(other))
                return self.product(out, of(left), made)
            case ir.Strips(_, source):
                return self.matrix(out, self.numbers(source))
            case ir.Scale(_, diagonal, dense, side):
                first, second = (diagonal, dense) if side == "left" else (dense, diagonal)
                return self.product(out, of(first), of(second))
            case ir.Sample(_, source):
                return self.each(out, lambda x: x, of(source))
            case ir.Combine(_, terms):
                return self.combined(out, terms)
            case ir.Fill(_, number):
                return self.matrix(out, [s.number(number)] * len(self.positions(out)[0]))
            case ir.Multiply(_, first, second):
                return self.each(out, s.product, of(first), of(second))
            case ir.Map(_, value, function, parameters):
                return self.mapped(out, value, function(VARIABLE), parameters)
            case ir.Reshape(_, value):
                return self.matrix(out, self.numbers(value))
            case ir.LogSumExp(_, value):
                return self.matrix(out, [self.log_sum_exp(row) for row in self.values[value.name]])
            case ir.Kronecker():
                return self.kronecker(step)
            case ir.Formula(_, expr, entries):
                known = {symbol: self.number(c, place) for symbol, c, place in entries}
                return self.matrix(out, [s.apply(expr, known)])
            case ir.SumSquares(_, value):
                return self.matrix(out, [s.total(s.product(x, x) for x in self.numbers(value))])
            case ir.Inner(_, first, None):
                return self.matrix(out, [s.total(self.numbers(first))])
            case ir.Inner(_, first, second):
                assert second is not None
                pairs = zip(self.numbers(first), self.numbers(second), strict=True)
                return self.matrix(out, [s.total(s.product(x, y) for x, y in pairs)])
            case ir.ScalarSum(_, scaled, constant):
                parts = [(self.number(c), self.number(value)) for c, value in scaled]
                total = [s.product(c, x) for c, x in parts]
                return self.matrix(out, [s.total([*total, self.number(constant)])])
            case ir.Factor() | ir.Solve() | ir.Select() | ir.External():
                raise NotUnrolledError(f"batch: {ir.describe(step)} factorises a matrix")
            case ir.Guard():
                raise AssertionError("the energy is unrolled without its Gram form")
            case _:
                assert_never(step)

    def combined(
        self, out: ir.Value, terms: tuple[tuple[ir.Coefficient, ir.Operand], ...]
    ) -> Places:
        """Σ coefficient · operand."""
        if not terms:
            return np.zeros(self.shape(out), dtype=np.int64)
        numbers = [self.number(c) for c, _ in terms]
        operands = [self.of_operand(operand) for _, operand in terms]

        def entry(*entries: int) -> int:
            return self.scalars.combination(list(zip(numbers, entries, strict=True)))

        return self.each(out, entry, *operands)

    def log_sum_exp(self, row: Places) -> int:
        """log Σ exp of some numbers, one after the other: the larger, and log(1 + e^−gap)."""
        x, y = sp.symbols("p0 p1", real=True)
        larger = sp.Piecewise((x, x >= y), (y, True))
        pair = larger + sp.log(1 + sp.exp(-sp.Abs(x - y)))
        return reduce(lambda a, b: self.scalars.apply(pair, {x: a, y: b}), map(int, row))

    def mapped(self, out: ir.Value, source: ir.Value, expr: Any, parameters: Any) -> Places:
        """A function of every stored entry."""
        known = {symbol: self.number(c) for symbol, c in parameters}
        flag = sp.Symbol("flag", real=True)
        where = sp.Piecewise((expr, flag > 0), (sp.S.Zero, True))
        flags = self.matrix(out, self.flags_of(out).tolist())

        def entry(place: int, stored: int) -> int:
            if stored == ONE:
                return self.scalars.apply(expr, {**known, VARIABLE: place})
            return self.scalars.apply(where, {**known, VARIABLE: place, flag: stored})

        return self.each(out, entry, self.values[source.name], flags)

    def kronecker(self, step: ir.Kronecker) -> Places:
        """A ⊗ B, W ⨼ B and A ⨽ W, with W[i r + k, j q′ + l] the entry (k, l) of block (i, j)."""
        s = self.scalars
        (p, q), (r, t) = ([self.supports.size(d) for d in d2] for d2 in (step.outer, step.inner))
        first, second = self.values[step.first.name], self.values[step.second.name]
        if step.kind == "kron":
            entries = [
                s.product(int(first[i, j]), int(second[k, h]))
                for i, k, j, h in np.ndindex(p, r, q, t)
            ]
            return self.matrix(step.out, entries)
        whole = first.reshape(p, r, q, t)
        parts = (
            whole.transpose(0, 2, 1, 3) if step.kind == "kron_left" else whole.transpose(1, 3, 0, 2)
        )
        weights = second.ravel().tolist()
        return self.matrix(
            step.out,
            [
                s.total(s.product(x, y) for x, y in zip(block, weights, strict=True))
                for block in parts.reshape(-1, len(weights)).tolist()
            ],
        )


def _by_pattern(step: ir.Step) -> bool:
    """Whether the pattern of the result says what is there, and not its operands alone."""
    match step:
        case ir.Sddmm() | ir.SparseProduct() | ir.Sample() | ir.Fill():
            return True
        case ir.Combine(out, terms):
            supports = [operand.support for _, operand in terms]
            chains = set() if out.support is None else set(out.support.chains)
            return any(each is None or not chains.issuperset(each.chains) for each in supports)
        case _:
            return False


def _structure(pattern: Pattern) -> Any:
    ones = np.ones(pattern.nnz)
    return sparse.csr_array((ones, pattern.indices, pattern.indptr), shape=pattern.shape)


def _positions(structure: Any) -> tuple[Any, Any]:
    """Rows and columns of the stored entries, in CSR order."""
    return np.repeat(np.arange(structure.shape[0]), np.diff(structure.indptr)), structure.indices


def _linear(pattern: Pattern) -> Any:
    """stored = linear · g + offset, also where `slots` is a permutation."""
    if pattern.matrix is not None:
        return pattern.matrix
    ones, columns = np.ones(pattern.nnz), np.arange(pattern.size)
    return sparse.csr_array((ones, (pattern.slots, columns)), shape=(pattern.nnz, pattern.size))


def _check(operations: float, what: str) -> None:
    if operations > MOST_OPERATIONS:
        raise NotUnrolledError(
            f"batch: {what} takes {operations:,.0f} operations per instance, and at most "
            f"{MOST_OPERATIONS:,} are unrolled: a compiler would take more than 20 s"
        )


def _check_entries(shapes: Iterable[tuple[int, int]]) -> None:
    entries = sum(rows * cols for rows, cols in shapes)
    if entries > MOST_ENTRIES:
        raise NotUnrolledError(
            f"batch: matrices of {entries:,} entries are no small patterns; at most "
            f"{MOST_ENTRIES:,} are unrolled"
        )
