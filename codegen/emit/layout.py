"""From a plan to a program: stages, functions, index tables, and one call per step.

A stage is the set of steps at g that the same outputs need, so that outputs share their work:
an energy after a gradient at the same g costs nothing.  The calls are the same text in C and in
Python; the templates only lay them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.emit.entry_functions import EntryFunction, c_text, entry_function, numpy_text
from nzdiff.codegen.plan.price import price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.derive.language.notation import text
from nzdiff.runtime.data.spec import Embedding, Pairs, PanelForm, Panels, Rows, Table, table_names
from nzdiff.runtime.data.support import Dim, Support

IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
"""A name; the e of 1e-05 is none."""


@dataclass(frozen=True, slots=True)
class Line:
    """One call (or assignment) with the comment that says what it computes."""

    code: str
    comment: str
    python: str = ""
    """The line in Python, where it is another one."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines that becomes one function.

    names: the identifiers it uses in C; all_names: in either language.
    """

    name: str
    comment: str
    lines: tuple[Line, ...]
    names: frozenset[str]
    all_names: frozenset[str]
    stages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A plan laid out: blocks of calls and the tables and counts they refer to.

    stages: the first `moving` of them depend on g, the others are computed once.
    kernels: those of the C file; python_kernels: those of the module.
    """

    plan: ir.Plan
    stages: tuple[Block, ...]
    moving: int
    functions: tuple[Block, ...]
    tables: tuple[Table, ...]
    counts: tuple[tuple[str, Support], ...]
    kernels: tuple[str, ...]
    python_kernels: tuple[str, ...]
    functions_of_entries: tuple[EntryFunction, ...]
    factored: tuple[ir.Factor, ...]
    flops: tuple[tuple[str, float], ...]


def layout(plan: ir.Plan, sizes: Sizes) -> Program:
    """Partition the steps of a plan into stages and functions."""
    moving = frozenset().union(*(v.inputs for v in (*plan.tangents, *plan.cotangents)))
    targets = {name: values for name, values in _targets(plan).items() if values}
    wanted = {name: ir.needed(plan, values) for name, values in targets.items()}
    calls = _Calls(_factored(plan, frozenset().union(*wanted.values())))
    at_g = [step for step in plan.steps if step.out.inputs and not step.out.inputs & moving]
    constant = [step for step in plan.steps if not step.out.inputs]
    groups = _groups(at_g, wanted)
    fixed = _groups(constant, wanted)
    stages = tuple(
        calls.block(f"stage_{i}", f"{what}shared by {', '.join(kind)}", steps)
        for i, (kind, steps, what) in enumerate(
            [(kind, steps, "") for kind, steps in groups.items()]
            + [(kind, steps, "without g, ") for kind, steps in fixed.items()]
        )
    )
    first = len(groups)
    always = tuple(range(first, len(stages)))
    functions = [calls.block("prepare", "what does not depend on g", [], always)]
    for name in targets:
        mine = [s for s in plan.steps if s.out.inputs & moving and s.out in wanted[name]]
        used = (
            *(first + i for i, kind in enumerate(fixed) if name in kind),
            *(i for i, kind in enumerate(groups) if name in kind),
        )
        functions.append(calls.block(name, _comment(name), mine, used))
    flops = tuple((name, _flops(plan, wanted[name], sizes)) for name in targets)
    return Program(
        plan,
        stages,
        len(groups),
        tuple(functions),
        tuple(calls.tables.values()),
        tuple(calls.counts.items()),
        tuple(sorted(calls.kernels)),
        tuple(sorted(calls.python_kernels | {k for k in calls.kernels if not in_c_alone(k)})),
        tuple(calls.functions.values()),
        tuple(calls.factors.values()),
        flops,
    )


def _factored(plan: ir.Plan, needed: frozenset[ir.Value]) -> dict[ir.Value, ir.Factor]:
    """The factorised matrices by their factors: a solve may be laid out before its constant."""
    steps = (step for step in plan.steps if isinstance(step, ir.Factor))
    return {step.out: step for step in steps if step.out in needed}


def _groups(
    steps: list[ir.Step], wanted: Mapping[str, frozenset[ir.Value]]
) -> dict[tuple[str, ...], list[ir.Step]]:
    """Steps by the outputs that need them, those of most outputs first."""
    found: dict[tuple[str, ...], list[ir.Step]] = {}
    for step in steps:
        kind = tuple(name for name, values in wanted.items() if step.out in values)
        if kind:
            found.setdefault(kind, []).append(step)
    places = {name: place for place, name in enumerate(wanted)}
    ordered = sorted(found, key=lambda kind: (-len(kind), [places[name] for name in kind]))
    return {kind: found[kind] for kind in ordered}


def in_c_alone(kernel: str) -> bool:
    """Whether Python has another kernel instead."""
    return kernel.startswith(("product_", "is_accurate"))


def uses(program: Program, function: str) -> tuple[str, ...]:
    """The arrays and index arrays that a function touches, its stages included."""
    block = next(block for block in program.functions if block.name == function)
    names = block.all_names.union(*(program.stages[i].all_names for i in block.stages))
    tables = [name for table in program.tables for name in table_names(table)]
    return tuple(n for n in (*(v.name for v in program.plan.values), *tables) if n in names)


def _comment(name: str) -> str:
    return _COMMENTS.get(name, f"the factors of {name}")


_COMMENTS = {
    "energy": "E",
    "direct_energy": "E without Gram matrices, where they are not accurate enough",
    "residual": "f",
    "gradient": "the gradient at the stored positions",
    "jvp": "the directional derivative of f along dG",
    "vjp": "the adjoint of the Jacobian applied to W",
    "gnvp": "2 JᵀJ applied to dG",
    "hvp": "the Hessian applied to dG",
}


def _targets(plan: ir.Plan) -> dict[str, tuple[ir.Value, ...]]:
    return {
        "energy": () if plan.energy is None else (plan.energy,),
        "direct_energy": () if plan.direct_energy is None else (plan.direct_energy,),
        "residual": plan.residuals,
        "gradient": plan.gradients,
        "jvp": plan.jvps,
        "vjp": plan.vjps,
        "gnvp": plan.gnvps,
        "hvp": plan.hvps,
        **{assembly.name: assembly.factors for assembly in plan.assemblies},
    }


def _flops(plan: ir.Plan, wanted: frozenset[ir.Value], sizes: Sizes) -> float:
    return sum(price(s, sizes).flops for s in plan.steps if s.out in wanted and s.out.inputs)


@dataclass
class _Calls:
    """Collects tables, counts and kernels while steps become calls."""

    factors: dict[ir.Value, ir.Factor]
    tables: dict[str, Table] = field(default_factory=dict)
    counts: dict[str, Support] = field(default_factory=dict)
    kernels: set[str] = field(default_factory=set)
    python_kernels: set[str] = field(default_factory=set)
    supports: dict[Support, str] = field(default_factory=dict)
    functions: dict[Any, EntryFunction] = field(default_factory=dict)

    def block(
        self, name: str, comment: str, steps: Iterable[ir.Step], stages: tuple[int, ...] = ()
    ) -> Block:
        lines = tuple(line for step in steps for line in self.lines(step))
        names = frozenset(word for line in lines for word in IDENTIFIER.findall(line.code))
        others = frozenset(word for line in lines for word in IDENTIFIER.findall(line.python))
        return Block(name, comment, lines, names, names | others, stages)

    def lines(self, step: ir.Step) -> list[Line]:
        comment = f"{step.out.name} = {step.out.formula}"
        if step.out.support is not None:
            comment += f"  at {step.out.support}"
        if isinstance(step, ir.Formula):
            return [replace(self.formula(step), comment=comment)]
        if isinstance(step, ir.Guard):
            return [replace(line, comment=comment) for line in self.guard(step)]
        python = ""
        if isinstance(step, ir.SparseProduct) and step.form != "pairs":
            python = self.paired(step.out, step.left, step.right, "numpy")
        return [
            Line(code, comment if place == 0 else "", python)
            for place, code in enumerate(self.codes(step))
        ]

    def formula(self, step: ir.Formula) -> Line:
        """A function of scalars, as an expression of either language."""
        names = {
            symbol: sp.Symbol(f"{c.name}[{place}]" if isinstance(c, ir.Value) else _literal(c))
            for symbol, c, place in step.parameters
        }
        expr = step.expr.xreplace(names)
        out = f"{step.out.name}[0]"
        return Line(f"{out} = {c_text(expr)}", "", f"{out} = {numpy_text(expr)}")

    def guard(self, step: ir.Guard) -> list[Line]:
        """The energy directly where the cheap one is not accurate."""
        out, cheap, scale, direct = (
            step.out.name,
            step.cheap.name,
            step.scale.name,
            step.direct.name,
        )
        self.kernels.add("is_accurate")
        self.python_kernels.add("guard")
        return [
            Line(
                f"if (!is_accurate({out}[0] = {cheap}[0], {scale}[0])) "
                f"(nzdiff_direct_energy(w), {out}[0] = {direct}[0])",
                "",
                f"guard(w, {cheap}, {scale}, direct_energy, {direct}, {out})",
            )
        ]

    def mapped(self, step: ir.Map) -> str:
        """The call of the kernel of an entry function, which is made once."""
        key = step.function
        if key not in self.functions:
            comment = f"out[t] = {text(step.function(VARIABLE))} of a[t]"
            name, count = f"map_{len(self.functions)}", len(step.parameters)
            self.functions[key] = entry_function(name, step.function, count, comment)
        numbers = [_literal(c) for _, c in step.parameters]
        names = (self.count(step.out), *numbers, step.source.name, step.out.name)
        return f"{self.functions[key].name}(threads, {', '.join(names)})"

    def codes(self, step: ir.Step) -> list[str]:
        match step:
            case ir.Gemm(out, left, right, scale, plus):
                kernel = f"gemm_{'t' if left.transposed else 'n'}{'t' if right.transposed else 'n'}"
                sizes = (out.rows, out.cols, left.cols)
                names = (left.value.name, right.value.name, out.name)
                copied, numbers = self.plus(out, scale, plus)
                return [*copied, self.call(kernel, *sizes, *numbers, *names)]
            case ir.Trmm(out, left, right):
                kernel = f"trmm_{'t' if left.transposed else 'n'}"
                names = (left.value.name, right.name, out.name)
                return [self.call(kernel, out.rows, out.cols, *names)]
            case ir.Spmm(out, left, right, scale, plus):
                assert left.value.support is not None
                tables = self.rows(left.value.support, left.transposed)
                kernel = "spmm_transposed" if left.transposed else "spmm"
                added: tuple[ir.Coefficient, ir.Value] = plus or (0.0, out)
                factors = (_literal(scale), _literal(added[0]))
                operands = (left.value.name, right.name, added[1].name, out.name)
                return [self.call(kernel, out.rows, out.cols, *tables, *factors, *operands)]
            case ir.Scale(out, diagonal, dense, side):
                kernel = "scale_rows" if side == "left" else "scale_cols"
                return [self.call(kernel, out.rows, out.cols, diagonal.name, dense.name, out.name)]
            case ir.Sddmm(out, left, right):
                assert out.support is not None
                rows = self.rows(out.support, False)
                return [
                    self.call("sddmm", out.rows, left.cols, *rows, left.name, right.name, out.name)
                ]
            case ir.SparseProduct(out, left, right, form):
                if form == "pairs":
                    return [self.paired(out, left, right, "")]
                tables = self.panels(out, left, right, form)
                count = (self.count(out),) if form == "outer" else ()
                names = (left.value.name, right.value.name, out.name)
                return [self.call(f"product_{form}", *count, *tables, *names)]
            case ir.Sample(out, source):
                assert out.support is not None
                rows = self.rows(out.support, False)
                kernel = "sample_transposed" if source.transposed else "sample"
                value = source.value
                return [self.call(kernel, out.rows, *rows, value.cols, value.name, out.name)]
            case ir.Combine(out, terms):
                return self.combine(out, terms)
            case ir.Fill(out, number):
                return [self.call("fill", self.count(out), repr(number), out.name)]
            case ir.Multiply(out, left, right):
                return [self.call("multiply", self.count(out), left.name, right.name, out.name)]
            case ir.Map():
                return [self.mapped(step)]
            case ir.Reshape(out, source):
                return [self.call("linear_1", self.count(out), "1.0", source.name, out.name)]
            case ir.Blocks(out, kind, outer, inner, first, second):
                return [self.call(kind, *outer, *inner, first.name, second.name, out.name)]
            case ir.Factor(out, source, _):
                self.kernels.add("factor")
                return [f"factor(solvers, {self.which(out)}, {source.name}, {out.name})"]
            case ir.Solve(out, factor, transposed, right):
                self.kernels.add("solve")
                which, flag = self.which(factor), int(transposed)
                return [f"solve(solvers, {which}, {flag}, {out.cols}, {right.name}, {out.name})"]
            case ir.Formula() | ir.Guard():
                raise AssertionError("these are lines of their own")
            case ir.SumSquares(out, source):
                return [self.call("sum_squares", self.count(source), source.name, out.name)]
            case ir.Inner(out, left, None):
                return [self.call("total", self.count(left), left.name, out.name)]
            case ir.Inner(out, left, right):
                assert right is not None
                return [self.call("inner", self.count(left), left.name, right.name, out.name)]
            case ir.ScalarSum(out, terms, constant):
                sums = [f"{out.name}[0] += {_literal(c)} * {value.name}[0]" for c, value in terms]
                return [f"{out.name}[0] = {_literal(constant)}", *sums]

    def plus(
        self,
        out: ir.Value,
        scale: ir.Coefficient,
        plus: tuple[ir.Coefficient, ir.Value] | None,
    ) -> tuple[list[str], tuple[str, str]]:
        """What is written before a product is added to it, and the factors of both."""
        if plus is None:
            return [], (_literal(scale), "0.0")
        coefficient, value = plus
        copied = self.call("linear_1", self.count(out), _literal(coefficient), value.name, out.name)
        return [copied], (_literal(scale), "1.0")

    def combine(
        self, out: ir.Value, terms: tuple[tuple[ir.Coefficient, ir.Operand], ...]
    ) -> list[str]:
        """Aligned terms two at a time; then transposed, embedded and scattered ones."""
        count = self.count(out)
        aligned = [t for t in terms if not t[1].transposed and t[1].value.support == out.support]
        others = [t for t in terms if t not in aligned]
        codes = []
        if not aligned:
            codes.append(self.call("fill", count, "0.0", out.name))
        elif len(aligned) == 1:
            (c, a) = aligned[0]
            codes.append(self.call("linear_1", count, _literal(c), a.value.name, out.name))
        else:
            (c, a), (d, b) = aligned[:2]
            pair = (_literal(c), a.value.name, _literal(d), b.value.name)
            codes.append(self.call("linear_2", count, *pair, out.name))
        for c, a in aligned[2:]:
            codes.append(self.call("add", count, _literal(c), a.value.name, out.name))
        return codes + [self.added(out, c, operand) for c, operand in others]

    def added(self, out: ir.Value, coefficient: ir.Coefficient, operand: ir.Operand) -> str:
        """out += coefficient · operand, where the two are stored differently."""
        name, number = operand.value.name, _literal(coefficient)
        if out.support is not None:
            assert operand.value.support is not None
            place = self.embedding(operand, out.support)
            return self.call("add_embedded", self.count(out), place, number, name, out.name)
        if operand.value.support is None:
            return self.call("add_transposed", out.rows, out.cols, number, name, out.name)
        rows = self.rows(operand.value.support, False)
        kernel = "add_scattered_transposed" if operand.transposed else "add_scattered"
        return self.call(kernel, operand.value.rows, out.cols, *rows, number, name, out.name)

    def call(self, kernel: str, *args: Dim) -> str:
        self.kernels.add(kernel)
        return f"{kernel}(threads, {', '.join(str(arg) for arg in args)})"

    def which(self, factor: ir.Value) -> int:
        """The number of a factorised matrix."""
        return list(self.factors).index(factor)

    def count(self, value: ir.Value) -> str:
        if value.support is None:
            return f"{_factor(value.rows)} * {_factor(value.cols)}"
        name = f"nnz_{self.support_name(value.support)}"
        self.counts[name] = value.support
        return name

    def rows(self, support: Support, transposed: bool) -> tuple[str, ...]:
        name = f"at_{self.support_name(support)}" + ("_T" if transposed else "")
        return table_names(self.table(Rows(name, support, transposed)))

    def paired(
        self, out: ir.Value, left: ir.Operand, right: ir.Operand, only: Literal["", "numpy"]
    ) -> str:
        """A sparse product by pairs: in both languages, or beside another form in C."""
        table = Pairs(f"pairs_{out.name}", *_sides(out, left, right), only)
        names = (left.value.name, right.value.name, out.name)
        args = (self.count(out), *table_names(self.shared(table)), *names)
        if only:
            self.python_kernels.add("sparse_product")
            return f"sparse_product(threads, {', '.join(args)})"
        return self.call("sparse_product", *args)

    def panels(
        self, out: ir.Value, left: ir.Operand, right: ir.Operand, form: PanelForm
    ) -> tuple[str, ...]:
        return table_names(
            self.shared(Panels(f"{form}_{out.name}", form, *_sides(out, left, right)))
        )

    def shared(self, table: Table) -> Table:
        """The table, or one that differs in its name alone."""
        for known in self.tables.values():
            if type(known) is type(table) and replace(table, name=known.name) == known:
                return known
        return self.table(table)

    def embedding(self, operand: ir.Operand, out: Support) -> str:
        assert operand.value.support is not None
        source = self.support_name(operand.value.support) + ("_T" if operand.transposed else "")
        name = f"place_{source}_in_{self.support_name(out)}"
        table = Embedding(name, operand.value.support, operand.transposed, out)
        return self.table(table).name

    def table(self, table: Table) -> Table:
        """The table, under a name of its own: at_G + _T is also the name of a matrix G_T."""
        while self.tables.get(table.name, table) != table:
            table = replace(table, name=f"{table.name}_")
        self.tables[table.name] = table
        return table

    def support_name(self, support: Support) -> str:
        """``GtLG`` for Gᵀ·L·G; a number where that would be long."""
        if support not in self.supports:
            chain = support.chains[0] if len(support.chains) == 1 else None
            name = "".join(f + ("t" if t else "") for f, t in chain) if chain else ""
            free = name not in self.supports.values() and not name.startswith("pattern")
            short = 0 < len(name) <= 16 and free and name.isidentifier()
            self.supports[support] = name if short else f"pattern{len(self.supports)}"
        return self.supports[support]


def _sides(
    out: ir.Value, left: ir.Operand, right: ir.Operand
) -> tuple[Support, bool, Support, bool, Support]:
    """The patterns of a sparse product."""
    first, second = left.value.support, right.value.support
    assert first and second and out.support
    return first, left.transposed, second, right.transposed, out.support


def _literal(coefficient: ir.Coefficient) -> str:
    if isinstance(coefficient, ir.Value):
        return f"{coefficient.name}[0]"
    return coefficient if isinstance(coefficient, str) else repr(coefficient)


def _factor(size: Dim) -> str:
    """A size as a factor of a product."""
    return f"({size})" if isinstance(size, str) and " " in size else str(size)
