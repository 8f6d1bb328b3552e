"""From a plan to a program: stages, functions, index tables, and the statements of each step.

A stage is the set of steps at g that the same outputs need, so that outputs share their work:
an energy after a gradient at the same g costs nothing.  Nothing here knows a language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.emit.statements import (
    Accumulate,
    Argument,
    Array,
    Arrays,
    Assign,
    Call,
    Choose,
    Count,
    Entry,
    EntryFunction,
    Index,
    Number,
    Size,
    Statement,
    Whole,
    names_of,
)
from nzdiff.codegen.plan.numbers import parameter, plain
from nzdiff.codegen.plan.price import price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import fresh, numbered
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import (
    OUTPUTS,
    PairTable,
    PanelTable,
    PlaceTable,
    RowTable,
    Selection,
    Table,
)
from nzdiff.runtime.data.support import Dim, Support


@dataclass(frozen=True, slots=True)
class Routine:
    """Statements that become one function.

    stages: those that have to be valid before it, by number.  stage: its own number, if it is one.
    """

    name: str
    comment: str
    statements: tuple[Statement, ...]
    stages: tuple[int, ...] = ()
    stage: int | None = None

    @property
    def names(self) -> frozenset[str]:
        """What its statements refer to, in any language."""
        return frozenset[str]().union(*map(names_of, self.statements))


@dataclass(frozen=True, slots=True)
class Program:
    """A plan laid out: routines of statements and the tables, counts and sizes they refer to.

    stages: the first `moving` of them depend on g, the others are computed once.  made_of: of each
    of these, the data and coefficients that it is computed from.
    """

    plan: ir.Plan
    dims: tuple[str, ...]
    stages: tuple[Routine, ...]
    moving: int
    made_of: tuple[tuple[str, ...], ...]
    functions: tuple[Routine, ...]
    tables: tuple[Table, ...]
    counts: tuple[tuple[str, Support], ...]
    sizes: tuple[tuple[str, Dim], ...]
    entry_functions: tuple[EntryFunction, ...]
    factored: tuple[ir.Factor, ...]
    selections: tuple[Selection, ...]
    externals: tuple[ir.External, ...]
    flops: tuple[tuple[str, float], ...]

    @property
    def routines(self) -> tuple[Routine, ...]:
        """Stages and functions, in this order."""
        return (*self.stages, *self.functions)

    def uses(self, function: str) -> tuple[str, ...]:
        """The arrays and tables that a function touches, its stages included."""
        routine = next(routine for routine in self.functions if routine.name == function)
        names = routine.names.union(*(self.stages[i].names for i in routine.stages))
        known = (*(v.name for v in self.plan.values), *(table.name for table in self.tables))
        return tuple(name for name in known if name in names)


def layout(plan: ir.Plan, sizes: Sizes) -> Program:
    """Partition the steps of a plan into stages and functions."""
    moving = frozenset[str]().union(*(v.inputs for v in (*plan.tangents, *plan.cotangents)))
    targets = {name: values for name, values in _functions(plan).items() if values}
    wanted = {name: ir.needed(plan, values) for name, values in targets.items()}
    calls = _Calls(_factored(plan, frozenset[ir.Value]().union(*wanted.values())))
    at_g = [step for step in plan.steps if step.out.inputs and not step.out.inputs & moving]
    constant = [step for step in plan.steps if not step.out.inputs]
    groups = _groups(at_g, wanted, lambda step: ())
    made_of, order = ir.sources(plan), [value.name for value in plan.values]
    fixed = _groups(constant, wanted, lambda step: _in_order(made_of[step.out], order))
    shared = [(kind, steps, "") for (kind, _), steps in groups.items()]
    shared += [(kind, steps, _of(given)) for (kind, given), steps in fixed.items()]
    stages = tuple(
        replace(calls.routine(f"stage_{i}", f"{what}shared by {', '.join(kind)}", steps), stage=i)
        for i, (kind, steps, what) in enumerate(shared)
    )
    first = len(groups)
    always = tuple(range(first, len(stages)))
    functions = [calls.routine("prepare", "what does not depend on g", [], always)]
    meanings = {output.name: output.meaning for output in OUTPUTS} | {"direct_energy": DIRECT}
    for name in targets:
        mine = [s for s in plan.steps if s.out.inputs & moving and s.out in wanted[name]]
        used = (
            *(first + i for i, (kind, _) in enumerate(fixed) if name in kind),
            *(i for i, (kind, _) in enumerate(groups) if name in kind),
        )
        comment = meanings.get(name, f"the factors of {name}")
        functions.append(calls.routine(name, comment, mine, used))
    return Program(
        plan=plan,
        dims=tuple(sizes.supports.dims),
        stages=stages,
        moving=first,
        made_of=tuple(given for _, given in fixed),
        functions=tuple(functions),
        tables=tuple(sorted(calls.tables.values(), key=_kind)),
        counts=tuple(calls.counts.items()),
        sizes=tuple((name, dim) for dim, name in calls.sizes.items()),
        entry_functions=tuple(calls.functions.values()),
        factored=tuple(calls.factors.values()),
        selections=tuple(calls.selections),
        externals=tuple(calls.externals),
        flops=tuple((name, _flops(plan, wanted[name], sizes)) for name in targets),
    )


DIRECT = "E without Gram matrices, where they are not accurate enough"


def _functions(plan: ir.Plan) -> dict[str, tuple[ir.Value, ...]]:
    """The functions of a plan, in order, each with the values that it leaves."""
    direct = () if plan.direct_energy is None else (plan.direct_energy,)
    found: dict[str, tuple[ir.Value, ...]] = {
        "energy": plan.output("energy"),
        "direct_energy": direct,
    }
    found.update(plan.outputs)
    return found | {assembly.name: assembly.factors for assembly in plan.assemblies}


def _factored(plan: ir.Plan, needed: frozenset[ir.Value]) -> dict[ir.Value, ir.Factor]:
    """The factorised matrices by their factors: a solve may be laid out before its constant."""
    steps = (step for step in plan.steps if isinstance(step, ir.Factor))
    return {step.out: step for step in steps if step.out in needed}


Names = tuple[str, ...]


def _groups(
    steps: list[ir.Step],
    wanted: Mapping[str, frozenset[ir.Value]],
    made_of: Callable[[ir.Step], Names],
) -> dict[tuple[Names, Names], list[ir.Step]]:
    """Steps by the outputs that need them, and by what they are made of.

    Those of most outputs are first, of these those that are made of least: what a step reads has as
    many outputs or more, and is made of no more than the step.
    """
    found: dict[tuple[Names, Names], list[ir.Step]] = {}
    for step in steps:
        kind = tuple(name for name, values in wanted.items() if step.out in values)
        if kind:
            found.setdefault((kind, made_of(step)), []).append(step)
    places = {name: place for place, name in enumerate(wanted)}

    def key(group: tuple[Names, Names]) -> Any:
        kind, given = group
        return -len(kind), [places[name] for name in kind], len(given)

    return {group: found[group] for group in sorted(found, key=key)}


def _in_order(names: Iterable[str], order: list[str]) -> Names:
    """Values in the order of the plan, coefficients behind them."""
    given = frozenset(names)
    return (*(name for name in order if name in given), *sorted(given.difference(order)))


def _of(given: Names) -> str:
    """What is computed once, and from what."""
    return f"without g, of {', '.join(given)}, " if given else "without g, "


def _kind(table: Table) -> tuple[str, str]:
    """Tables of one kind follow one another."""
    return type(table).__name__, table.form if isinstance(table, PanelTable) else ""


def _flops(plan: ir.Plan, wanted: frozenset[ir.Value], sizes: Sizes) -> float:
    return sum(price(s, sizes).flops for s in plan.steps if s.out in wanted and s.out.inputs)


@dataclass
class _Calls:
    """Collects tables, counts, sizes and entry functions while steps become statements."""

    factors: dict[ir.Value, ir.Factor]
    tables: dict[str, Table] = field(default_factory=dict)
    counts: dict[str, Support] = field(default_factory=dict)
    sizes: dict[Dim, str] = field(default_factory=dict)
    supports: dict[Support, str] = field(default_factory=dict)
    functions: dict[Any, EntryFunction] = field(default_factory=dict)
    selections: list[Selection] = field(default_factory=list)
    externals: list[ir.External] = field(default_factory=list)

    def routine(
        self, name: str, comment: str, steps: Iterable[ir.Step], stages: tuple[int, ...] = ()
    ) -> Routine:
        """The statements of some steps."""
        statements = tuple(statement for step in steps for statement in self.commented(step))
        return Routine(name, comment, statements, stages)

    def commented(self, step: ir.Step) -> list[Statement]:
        """The statements of a step, the first of them with its formula."""
        comment = f"{step.out.name} = {step.out.formula}"
        if step.out.support is not None:
            comment += f"  at {step.out.support}"
        first, *others = self.statements(step)
        return [replace(first, comment=comment), *others]

    def statements(self, step: ir.Step) -> list[Statement]:
        """What a step says; most are one call."""
        match step:
            case ir.Gemm(out, left, right, scale, plus):
                kernel = f"gemm_{'t' if left.transposed else 'n'}{'t' if right.transposed else 'n'}"
                sizes = self.shape(out.rows, out.cols, left.cols)
                numbers, copied = self.plus(out, scale, plus)
                operands = array(left.value), array(right.value)
                return [*copied, call(kernel, *sizes, *numbers, *operands, out=out, updates=plus)]
            case ir.Trmm(out, left, right):
                kernel = f"trmm_{'t' if left.transposed else 'n'}"
                sizes = self.shape(out.rows, out.cols)
                return [call(kernel, *sizes, array(left.value), array(right), out=out)]
            case ir.Spmm(out, left, right, scale, plus):
                assert left.value.support is not None
                table = self.rows(left.value.support, left.transposed)
                kernel = "spmm_transposed" if left.transposed else "spmm"
                added: tuple[ir.Coefficient, ir.Value] = plus or (0.0, out)
                numbers = number(scale), number(added[0])
                factors, sizes = (array(left.value), array(right)), self.shape(out.rows, out.cols)
                last = array(added[1])
                return [call(kernel, *sizes, table, *numbers, *factors, last, out=out)]
            case ir.Scale(out, diagonal, dense, side):
                kernel = "scale_rows" if side == "left" else "scale_cols"
                sizes = self.shape(out.rows, out.cols)
                return [call(kernel, *sizes, array(diagonal), array(dense), out=out)]
            case ir.Sddmm(out, left, right):
                assert out.support is not None
                table, sizes = self.rows(out.support, False), self.shape(out.rows, left.cols)
                return [call("sddmm", *sizes, table, array(left), array(right), out=out)]
            case ir.SampledSpmm():
                return [self.sampled_spmm(step)]
            case ir.Strips(out, source):
                copy = call("linear_1", self.count(out), number(1.0), array(source), out=out)
                made = call("strips", *self.shape(out.rows, out.cols), array(source), out=out)
                return [replace(made, instead=copy)]
            case ir.SparseProduct(out, left, right, form):
                return [self.sparse_product(out, left, right, form)]
            case ir.Sample(out, source):
                assert out.support is not None
                kernel = "sample_transposed" if source.transposed else "sample"
                (rows, width) = self.shape(out.rows, source.value.cols)
                table = self.rows(out.support, False)
                return [call(kernel, rows, table, width, array(source.value), out=out)]
            case ir.Combine(out, terms):
                return self.combine(out, terms)
            case ir.Fill(out, value):
                return [call("fill", self.count(out), number(value), out=out)]
            case ir.Multiply(out, left, right):
                return [call("multiply", self.count(out), array(left), array(right), out=out)]
            case ir.Map():
                return [self.mapped(step)]
            case ir.Reshape(out, source):
                return [call("linear_1", self.count(out), number(1.0), array(source), out=out)]
            case ir.LogSumExp(out, source):
                sizes = self.shape(source.rows, source.cols)
                return [call("log_sum_exp", *sizes, array(source), out=out)]
            case ir.Kronecker(out, kind, outer, inner, first, second):
                sizes = self.shape(*outer, *inner)
                return [call(kind, *sizes, array(first), array(second), out=out)]
            case ir.Factor(out, source, _):
                return [call("factor", self.which(out), array(source), out=out)]
            case ir.Solve(out, factor, transposed, right):
                which, (width,) = self.which(factor), self.shape(out.cols)
                flag = Whole(int(transposed))
                return [call("solve", which, flag, width, array(right), out=out)]
            case ir.Select():
                return [self.select(step)]
            case ir.External(out, _, _, operands):
                self.externals.append(step)
                which = Whole(len(self.externals) - 1)
                return [call("external", which, Arrays(tuple(v.name for v in operands)), out=out)]
            case ir.SumSquares(out, source):
                return [call("sum_squares", self.count(source), array(source), out=out)]
            case ir.Inner(out, left, None):
                return [call("total", self.count(left), array(left), out=out)]
            case ir.Inner(out, left, right):
                assert right is not None
                return [call("inner", self.count(left), array(left), array(right), out=out)]
            case ir.Formula(out, expr, parameters):
                given = tuple((symbol, number(c, place)) for symbol, c, place in parameters)
                return [Assign(Entry(out.name), expr, given)]
            case ir.ScalarSum(out, terms, constant):
                summands = tuple((number(c), Entry(value.name)) for c, value in terms)
                return [Accumulate(Entry(out.name), number(constant), summands)]
            case ir.Guard(out, cheap, scale, least, direct):
                return [
                    Choose(
                        out=Entry(out.name),
                        cheap=Entry(cheap.name),
                        scale=Entry(scale.name),
                        least=least,
                        function="direct_energy",
                        direct=Entry(direct.name),
                    )
                ]

    def plus(
        self,
        out: ir.Value,
        scale: ir.Coefficient,
        plus: tuple[ir.Coefficient, ir.Value] | None,
    ) -> tuple[tuple[Number, Number], list[Statement]]:
        """The factors of a product and of what is there, and what writes that before it."""
        if plus is None:
            return (number(scale), Number(0.0)), []
        coefficient, value = plus
        copied = call("linear_1", self.count(out), number(coefficient), array(value), out=out)
        return (number(scale), Number(1.0)), [copied]

    def sparse_product(
        self, out: ir.Value, left: ir.Operand, right: ir.Operand, form: ir.ProductForm
    ) -> Call:
        """In its form; by pairs, for a target that has no such kernel."""
        sides, operands = _sides(out, left, right), (array(left.value), array(right.value))
        table = self.shared(PairTable(f"pairs_{out.name}", *sides))
        pairs = call("sparse_product", self.count(out), table, *operands, out=out)
        if form == "pairs":
            return pairs
        panels = self.shared(PanelTable(f"{form}_{out.name}", form, *sides))
        count = (self.count(out),) if form == "outer" else ()
        return replace(call(f"product_{form}", *count, panels, *operands, out=out), instead=pairs)

    def sampled_spmm(self, step: ir.SampledSpmm) -> Call:
        """By columns of the product in strips; whole for targets that have no kernel for that."""
        out, left, sparse, strips = step.out, step.left, step.sparse, step.strips
        assert out.support is not None and sparse.value.support is not None
        made = self.rows(sparse.value.support, sparse.transposed)
        operands = array(left), array(sparse.value), array(strips)
        by_rows, by_columns = (self.rows(out.support, turned) for turned in (False, True))
        sizes = self.shape(out.rows, left.cols, out.cols)
        whole = call("sampled_spmm_whole", *sizes, made, by_rows, *operands, out=out)
        sizes = self.shape(out.cols, left.cols, strips.rows)
        found = call("sampled_spmm", *sizes, made, by_columns, *operands, out=out)
        return replace(found, instead=whole)

    def select(self, step: ir.Select) -> Call:
        """Entries of a product of inverses, by the number of what is asked for."""
        inverses = tuple((self.which(factor).value, turned) for factor, turned in step.inverses)
        patterns = [value.support for value in (*step.middles, step.out) if value.support]
        selection = Selection(inverses, tuple(patterns[:-1]), patterns[-1])
        if selection not in self.selections:
            self.selections.append(selection)
        number = Whole(self.selections.index(selection))
        middles = Arrays(tuple(value.name for value in step.middles))
        return call("select_entries", number, middles, out=step.out)

    def mapped(self, step: ir.Map) -> Call:
        """The call of the kernel of an entry function, which is made once."""
        key, count = step.function, len(step.parameters)
        if key not in self.functions:
            name, x = f"map_{len(self.functions)}", sp.Symbol("x", real=True)
            body = plain(key(VARIABLE).xreplace({VARIABLE: x}))
            comment = f"out[t] = {text(key(VARIABLE))} of a[t]"
            symbols = tuple(parameter(place) for place in range(count))
            self.functions[key] = EntryFunction(name, symbols, body, comment)
        numbers = [number(c) for _, c in step.parameters]
        kernel = self.functions[key].name
        return replace(
            call(kernel, self.count(step.out), *numbers, array(step.source), out=step.out), own=True
        )

    def combine(
        self, out: ir.Value, terms: tuple[tuple[ir.Coefficient, ir.Operand], ...]
    ) -> list[Statement]:
        """Aligned terms two at a time; then transposed, embedded and scattered ones."""
        count = self.count(out)
        aligned = [t for t in terms if not t[1].transposed and t[1].value.support == out.support]
        others = [t for t in terms if t not in aligned]
        found: list[Statement] = []
        if not aligned and others and self.is_copy(out, others[0][1]):
            found.append(self.copied(out, *others.pop(0)))
        elif not aligned:
            found.append(call("fill", count, Number(0.0), out=out))
        elif len(aligned) == 1:
            ((c, a),) = aligned
            found.append(call("linear_1", count, number(c), array(a.value), out=out))
        else:
            (c, a), (d, b) = aligned[:2]
            pair = number(c), array(a.value), number(d), array(b.value)
            found.append(call("linear_2", count, *pair, out=out))
        for c, a in aligned[2:]:
            found.append(call("add", count, number(c), array(a.value), out=out, updates=True))
        return found + [self.added(out, c, operand) for c, operand in others]

    def is_copy(self, out: ir.Value, operand: ir.Operand) -> bool:
        """Whether an operand that is stored differently has a number for every one of `out`."""
        return out.support is not None or operand.value.support is None

    def copied(self, out: ir.Value, coefficient: ir.Coefficient, operand: ir.Operand) -> Call:
        """out = coefficient · operand, where the two are stored differently."""
        last = number(coefficient), array(operand.value)
        if out.support is None:
            return call("transpose", *self.shape(out.rows, out.cols), *last, out=out)
        place = self.embedding(operand, out.support)
        return call("embed", self.count(out), place, *last, out=out)

    def added(self, out: ir.Value, coefficient: ir.Coefficient, operand: ir.Operand) -> Call:
        """out += coefficient · operand, where the two are stored differently."""
        value = operand.value
        last = number(coefficient), array(value)
        if out.support is not None:
            assert value.support is not None
            place = self.embedding(operand, out.support)
            return call("add_embedded", self.count(out), place, *last, out=out, updates=True)
        if value.support is None:
            sizes = self.shape(out.rows, out.cols)
            return call("add_transposed", *sizes, *last, out=out, updates=True)
        kernel = "add_scattered_transposed" if operand.transposed else "add_scattered"
        sizes, table = self.shape(value.rows, out.cols), self.rows(value.support, False)
        return call(kernel, *sizes, table, *last, out=out, updates=True)

    def which(self, factor: ir.Value) -> Whole:
        """The number of a factorised matrix."""
        return Whole(list(self.factors).index(factor))

    def shape(self, *dims: Dim) -> tuple[Size, ...]:
        """Sizes as arguments."""
        return tuple(Size(self.size(dim)) for dim in dims)

    def size(self, dim: Dim) -> Dim:
        """A number, the name of a dimension, or a name for a sum or product of them."""
        if isinstance(dim, int):
            return dim
        if dim.isidentifier():
            return member(dim)
        return self.sizes.setdefault(dim, f"size_{len(self.sizes)}")

    def count(self, value: ir.Value) -> Count:
        """The numbers of a value."""
        if value.support is None:
            return Count(self.size(value.rows), self.size(value.cols))
        name = f"nnz_{self.support_name(value.support)}"
        self.counts[name] = value.support
        return Count(value.rows, value.cols, name)

    def rows(self, support: Support, transposed: bool) -> Index:
        """The index arrays of a pattern, row by row."""
        name = f"at_{self.support_name(support)}" + ("_T" if transposed else "")
        return self.table(RowTable(name, support, transposed))

    def shared(self, table: Table) -> Index:
        """The table, or one that differs in its name alone."""
        for known in self.tables.values():
            if type(known) is type(table) and replace(table, name=known.name) == known:
                return Index(known.name)
        return self.table(table)

    def embedding(self, operand: ir.Operand, out: Support) -> Index:
        """Where the places of `out` stand among the values of an operand."""
        assert operand.value.support is not None
        source = self.support_name(operand.value.support) + ("_T" if operand.transposed else "")
        name = f"place_{source}_in_{self.support_name(out)}"
        return self.table(PlaceTable(name, operand.value.support, operand.transposed, out))

    def table(self, table: Table) -> Index:
        """The table, under a name of its own: at_G + _T is also the name of a matrix G_T."""
        while self.tables.get(table.name, table) != table:
            table = replace(table, name=f"{table.name}_")
        self.tables[table.name] = table
        return Index(table.name)

    def support_name(self, support: Support) -> str:
        """``GtLG`` for Gᵀ·L·G; a number where that would be long."""
        if support not in self.supports:
            factors = support.chains[0] if len(support.chains) == 1 else ()
            name = "".join(f + ("t" if t else "") for f, t in factors)
            short = [name] if 0 < len(name) <= 16 and name.isidentifier() else []
            names = chain(short, numbered("pattern", len(self.supports)))
            self.supports[support] = fresh(names, self.supports.values())
        return self.supports[support]


def call(kernel: str, *arguments: Argument, out: ir.Value, updates: Any = False) -> Call:
    """A call that fills `out`."""
    return Call(kernel, arguments, array(out), updates=bool(updates))


def array(value: ir.Value) -> Array:
    """A value as an argument."""
    return Array(value.name)


def number(coefficient: ir.Coefficient, place: int = 0) -> Number:
    """A coefficient as an argument."""
    if isinstance(coefficient, ir.Value):
        return Number(Entry(coefficient.name, place))
    return Number(coefficient)


def _sides(
    out: ir.Value, left: ir.Operand, right: ir.Operand
) -> tuple[Support, bool, Support, bool, Support]:
    """The patterns of a sparse product."""
    first, second = left.value.support, right.value.support
    assert first and second and out.support
    return first, left.transposed, second, right.transposed, out.support
