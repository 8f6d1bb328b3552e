"""The plan: a short list of typed three-address steps, the *order* of a computation.

A plan is what every backend lays out and what the interpreter runs.  Values are dense (row-major),
sparse (values at a `Support`, in CSR order; a diagonal is the sparse matrix on the identity) or
scalar.  No step has a dense result of the shape of a sparse unknown, unless the energy itself
makes one of it (a residual G − A with a dense A).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.derive.language.notation import text
from nzdiff.runtime.data.spec import Form, Operator, PanelForm, SummandKind, assembly_name
from nzdiff.runtime.data.support import Constant, Dim, Grouping, Support


@dataclass(frozen=True, slots=True)
class Value:
    """A named result: its formula, shape, pattern and what it depends on.

    support: None for dense values.  inputs: the unknowns "G", tangents "dG" and cotangents
    "W_f" it depends on; a value with none is computed once, when data is bound.
    """

    name: str
    formula: str
    rows: Dim
    cols: Dim
    support: Support | None = None
    inputs: frozenset[str] = frozenset()
    scalar: bool = False


Coefficient = float | str | Value
"""A number, the name of a scalar computed when data is bound, or a scalar of the plan."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value as it enters a step, transposed or not."""

    value: Value
    transposed: bool = False

    @property
    def support(self) -> Support | None:
        """Pattern of the operand, transposed where the operand is."""
        support = self.value.support
        return support.T if support is not None and self.transposed else support

    @property
    def rows(self) -> Dim:
        """Rows of the operand."""
        return self.value.cols if self.transposed else self.value.rows

    @property
    def cols(self) -> Dim:
        """Columns of the operand."""
        return self.value.rows if self.transposed else self.value.cols

    @property
    def T(self) -> Operand:
        """The operand transposed."""
        return Operand(self.value, not self.transposed)

    def __str__(self) -> str:
        return self.value.name + ("ᵀ" if self.transposed else "")


@dataclass(frozen=True, slots=True)
class Gemm:
    """out = scale · left · right + plus, all dense; plus: (coefficient, value) or None."""

    out: Value
    left: Operand
    right: Operand
    scale: Coefficient = 1.0
    plus: tuple[Coefficient, Value] | None = None


@dataclass(frozen=True, slots=True)
class Trmm:
    """out = left · right with left dense and triangular, upper as it is stored; all dense."""

    out: Value
    left: Operand
    right: Value


@dataclass(frozen=True, slots=True)
class Spmm:
    """out = scale · left · right + plus with left sparse, the others dense; plus as in `Gemm`."""

    out: Value
    left: Operand
    right: Value
    scale: Coefficient = 1.0
    plus: tuple[Coefficient, Value] | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """out = diag · dense ("left") or dense · diag ("right")."""

    out: Value
    diagonal: Value
    dense: Value
    side: str


@dataclass(frozen=True, slots=True)
class Sddmm:
    """out = [left · rightᵀ] at the pattern of out: row dot products of two dense values."""

    out: Value
    left: Value
    right: Value


ProductForm = Literal["pairs"] | PanelForm
"""How a product of sparse matrices is computed: by pairs of numbers, or in panels."""


@dataclass(frozen=True, slots=True)
class SparseProduct:
    """out = [left · right] at the pattern of out, all sparse."""

    out: Value
    left: Operand
    right: Operand
    form: ProductForm = "pairs"


@dataclass(frozen=True, slots=True)
class Sample:
    """out = [source] at the pattern of out, source dense."""

    out: Value
    source: Operand


@dataclass(frozen=True, slots=True)
class Combine:
    """out = Σ coefficient · operand; without terms, zero."""

    out: Value
    terms: tuple[tuple[Coefficient, Operand], ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """out = the same number at every stored position."""

    out: Value
    number: float


@dataclass(frozen=True, slots=True)
class Multiply:
    """out = left ∘ right, all of one shape and pattern."""

    out: Value
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Map:
    """out = f of every stored entry; `parameters` are the scalars in f, by their symbols."""

    out: Value
    source: Value
    function: sp.Lambda
    parameters: tuple[tuple[sp.Symbol, Coefficient], ...]


@dataclass(frozen=True, slots=True)
class Reshape:
    """out = the same numbers in the same order under another shape."""

    out: Value
    source: Value


@dataclass(frozen=True, slots=True)
class Blocks:
    """out = A ⊗ B ("kron"), W ⨼ B ("kron_left") or A ⨽ W ("kron_right"), all dense.

    outer, inner: the shapes of A and of B.  first, second: the operands in the order A, B or W
    before the other.
    """

    out: Value
    kind: str
    outer: tuple[Dim, Dim]
    inner: tuple[Dim, Dim]
    first: Value
    second: Value


@dataclass(frozen=True, slots=True)
class Factor:
    """out = (log |det A|, sign of det A), and the factors of A are kept for `Solve`.

    definite: whether A has to be positive definite, or nothing that needs this step exists.
    """

    out: Value
    source: Value
    definite: bool


@dataclass(frozen=True, slots=True)
class Solve:
    """out = A⁻¹ right, or A⁻ᵀ right, by the factors that `factor` made; right and out dense."""

    out: Value
    factor: Value
    transposed: bool
    right: Value


@dataclass(frozen=True, slots=True)
class Formula:
    """out = an expression of numbers known when data is bound and of scalars of the plan.

    parameters: symbol, number, and which entry of a value that holds several.
    """

    out: Value
    expr: sp.Expr
    parameters: tuple[tuple[sp.Symbol, Coefficient, int], ...]


@dataclass(frozen=True, slots=True)
class SumSquares:
    """out = the sum of the squares of all stored entries."""

    out: Value
    source: Value


@dataclass(frozen=True, slots=True)
class Inner:
    """out = Σ left ∘ right over values of one shape and pattern; Σ left where right is None."""

    out: Value
    left: Value
    right: Value | None


@dataclass(frozen=True, slots=True)
class ScalarSum:
    """out = constant + Σ coefficient · scalar."""

    out: Value
    terms: tuple[tuple[Coefficient, Value], ...]
    constant: Coefficient


@dataclass(frozen=True, slots=True)
class Guard:
    """out = cheap where it is at least least · scale, else direct, computed then and only then."""

    out: Value
    cheap: Value
    scale: Value
    least: float
    direct: Value


Step = (
    Gemm
    | Trmm
    | Spmm
    | Scale
    | Sddmm
    | SparseProduct
    | Sample
    | Combine
    | Fill
    | Multiply
    | Map
    | Reshape
    | Blocks
    | Factor
    | Solve
    | Formula
    | SumSquares
    | Inner
    | ScalarSum
    | Guard
)


def reads(step: Step) -> tuple[Value, ...]:
    """The values a step reads, in the order it names them."""
    match step:
        case Gemm(_, left, right, scale, plus):
            return (left.value, right.value, *_added(scale, plus))
        case Spmm(_, left, right, scale, plus):
            return (left.value, right, *_added(scale, plus))
        case SparseProduct(_, left, right, _):
            return left.value, right.value
        case Trmm(_, left, right):
            return left.value, right
        case Scale(_, diagonal, dense, _):
            return diagonal, dense
        case Sddmm(_, left, right) | Multiply(_, left, right) | Blocks(_, _, _, _, left, right):
            return left, right
        case Sample(_, source):
            return (source.value,)
        case Combine(_, terms):
            operands = tuple(operand.value for _, operand in terms)
            return operands + _scalars(c for c, _ in terms)
        case Fill():
            return ()
        case SumSquares(_, source) | Reshape(_, source) | Factor(_, source, _):
            return (source,)
        case Map(_, source, _, parameters):
            return (source, *_scalars(c for _, c in parameters))
        case Solve(_, factor, _, right):
            return factor, right
        case Formula(_, _, parameters):
            return _scalars(c for _, c, _ in parameters)
        case Inner(_, left, right):
            return (left,) if right is None else (left, right)
        case Guard(_, cheap, scale, _, _):
            return cheap, scale
        case ScalarSum(_, terms, constant):
            values = tuple(value for _, value in terms)
            return values + _scalars((*(c for c, _ in terms), constant))


def _added(scale: Coefficient, plus: tuple[Coefficient, Value] | None) -> tuple[Value, ...]:
    """What a product reads beside its factors."""
    return _scalars((scale,)) if plus is None else (plus[1], *_scalars((scale, plus[0])))


def _scalars(coefficients: Iterable[Coefficient]) -> tuple[Value, ...]:
    return tuple(c for c in coefficients if isinstance(c, Value))


def describe(step: Step) -> str:
    """The step as one line: ``LG = L G on L·G``."""
    match step:
        case Gemm(out, left, right, scale, plus):
            return f"{out.name} = {_plus(f'gemm({left}, {right})', scale, plus)}"
        case Trmm(out, left, right):
            return f"{out.name} = trmm({left}, {right.name})"
        case Spmm(out, left, right, scale, plus):
            return f"{out.name} = {_plus(f'spmm({left}, {right.name})', scale, plus)}"
        case Scale(out, diagonal, dense, side):
            first, second = (diagonal, dense) if side == "left" else (dense, diagonal)
            return f"{out.name} = scale({first.name}, {second.name})"
        case Sddmm(out, left, right):
            return f"{out.name} = sddmm({left.name}, {right.name}ᵀ) at {out.support}"
        case SparseProduct(out, left, right, form):
            kernel = "sparse_product" if form == "pairs" else f"{form}_product"
            return f"{out.name} = {kernel}({left}, {right}) at {out.support}"
        case Sample(out, source):
            return f"{out.name} = sample({source}) at {out.support}"
        case Combine(out, terms):
            return f"{out.name} = {_sum([(c, str(operand)) for c, operand in terms])}"
        case Fill(out, number):
            return f"{out.name} = fill({number:g})"
        case Multiply(out, left, right):
            return f"{out.name} = multiply({left.name}, {right.name})"
        case Map(out, source, function, parameters):
            given = "".join(f", {symbol} = {_name(c)}" for symbol, c in parameters)
            return f"{out.name} = map({text(function(VARIABLE))}, {source.name}{given})"
        case Reshape(out, source):
            return f"{out.name} = reshape({source.name})"
        case Blocks(out, kind, _, _, first, second):
            return f"{out.name} = {kind}({first.name}, {second.name})"
        case Factor(out, source, definite):
            return f"{out.name} = {'cholesky' if definite else 'factor'}({source.name})"
        case Solve(out, factor, transposed, right):
            return f"{out.name} = solve({factor.name}{'ᵀ' if transposed else ''}, {right.name})"
        case Formula(out, expr, parameters):
            given = "".join(f", {symbol} = {_name(c)}" for symbol, c, _ in parameters)
            return f"{out.name} = {text(expr)}{given}"
        case SumSquares(out, source):
            return f"{out.name} = sum_squares({source.name})"
        case Inner(out, left, right):
            return f"{out.name} = inner({left.name}, {right.name if right else 1})"
        case Guard(out, cheap, scale, least, direct):
            condition = f"{cheap.name} ≥ {least:.2g} {scale.name}"
            return f"{out.name} = {cheap.name} where {condition}, else {direct.name}"
        case ScalarSum(out, terms, constant):
            parts = [(c, value.name) for c, value in terms]
            return f"{out.name} = {_sum([*parts, (constant, '')] if constant != 0.0 else parts)}"


@dataclass(frozen=True, slots=True)
class Summand:
    """One summand of the entries of an assembled matrix; see `nzdiff.runtime.data.spec.Summand`."""

    kind: SummandKind
    row: int
    column: int
    coefficient: Coefficient
    left: Value
    right: Value | None = None
    scale: Value | None = None


@dataclass(frozen=True, slots=True)
class Assembly:
    """A matrix that is gathered from factors: which operator, in which form, from what."""

    operator: Operator
    form: Form
    summands: tuple[Summand, ...]

    @property
    def name(self) -> str:
        """The function that computes the factors."""
        return assembly_name(self.operator, self.form)

    @property
    def factors(self) -> tuple[Value, ...]:
        """The values that the entries are gathered from."""
        parts = ((s.left, s.right, s.scale, s.coefficient) for s in self.summands)
        return tuple(dict.fromkeys(v for part in parts for v in part if isinstance(v, Value)))


def describe_summand(summand: Summand) -> str:
    """A summand as mathematics, t at (i, j) and u at (i′, j′): ``2 LGBBtGtL[i, i′] YtY[j, j′]``."""
    left, right = summand.left.name, summand.right.name if summand.right else ""
    body = {
        "product": f"{left}[i, i′] {right}[j, j′]",
        "crossed": f"{left}[i, j′] {right}[j, i′]",
        "diagonal": f"{left}[t] [t = u]",
        "rank one": f"{left}[t] {right}[u]",
    }[summand.kind]
    scale = f" {summand.scale.name}[t]" if summand.scale else ""
    number = _name(summand.coefficient)
    return f"{body}{scale}" if number == "1" else f"{number} {body}{scale}"


@dataclass(frozen=True, slots=True)
class Reduction:
    """triangle R, reduced K̃ and remainder ‖S‖² of a QR factorisation, made when data is bound.

    [matrix constant] = Q [R K̃; 0 S]; where `transposed`, of their transposes: then K̃ is stored
    with as many rows as the constant has.
    """

    matrix: Value
    constant: Value | None
    triangle: Value
    reduced: Value | None
    remainder: Value
    transposed: bool

    @property
    def results(self) -> tuple[Value, ...]:
        """What it fills."""
        found = (self.triangle, self.reduced, self.remainder)
        return tuple(value for value in found if value is not None)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step of every output, in order, each once.

    arguments: the values that data and unknowns arrive in; tangents: one direction per unknown;
    cotangents: one W per residual.
    coefficients: (name, Python expression in the scalar arguments), computed at bind time.
    constants: (name, kind, sizes) of the patterns that follow from the dimensions alone.
    energy: None for a matrix function.  residuals, jvps: one value per residual.
    gradients, vjps, gnvps (2 JᵀJ v) and hvps (Hessian times v): one value per unknown.
    assemblies: matrices to assemble; their plans hold nothing else.
    reductions: data that is made of arguments when they are bound.
    groupings: patterns of rows that are stored alike.
    direct_energy: what a `Guard` of the energy falls back on.
    """

    arguments: tuple[Value, ...]
    tangents: tuple[Value, ...]
    cotangents: tuple[Value, ...]
    coefficients: tuple[tuple[str, str], ...]
    constants: tuple[Constant, ...]
    steps: tuple[Step, ...]
    energy: Value | None = None
    residuals: tuple[Value, ...] = ()
    gradients: tuple[Value, ...] = ()
    jvps: tuple[Value, ...] = ()
    vjps: tuple[Value, ...] = ()
    gnvps: tuple[Value, ...] = ()
    hvps: tuple[Value, ...] = ()
    assemblies: tuple[Assembly, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    direct_energy: Value | None = None

    @property
    def outputs(self) -> tuple[Value, ...]:
        """What functions leave to be read."""
        numbers = tuple(v for v in (self.energy, self.direct_energy) if v is not None)
        products = (*self.jvps, *self.vjps, *self.gnvps, *self.hvps)
        factors = (value for assembly in self.assemblies for value in assembly.factors)
        return (*numbers, *self.residuals, *self.gradients, *products, *factors)

    @property
    def values(self) -> tuple[Value, ...]:
        """Everything given and computed, in order of first appearance."""
        made = (value for reduction in self.reductions for value in reduction.results)
        given = (*self.arguments, *self.tangents, *self.cotangents, *made)
        return (*given, *(step.out for step in self.steps))


def needed(plan: Plan, targets: tuple[Value, ...]) -> frozenset[Value]:
    """The results that lead to the targets, themselves included."""
    producers = {step.out: step for step in plan.steps}
    found: set[Value] = set()
    stack = list(targets)
    while stack:
        value = stack.pop()
        if value in producers and value not in found:
            found.add(value)
            stack.extend(reads(producers[value]))
    return frozenset(found)


def _plus(call: str, scale: Coefficient, plus: tuple[Coefficient, Value] | None) -> str:
    """A product with what is added to it."""
    return _sum([*([] if plus is None else [(plus[0], plus[1].name)]), (scale, call)])


def _sum(terms: list[tuple[Coefficient, str]]) -> str:
    """Σ coefficient · name as mathematics: ``X − 2 Y``."""
    shown = ""
    for coefficient, name in terms:
        sign, number = "+", _name(coefficient)
        if isinstance(coefficient, float) and coefficient < 0:
            sign, number = "−", _name(-coefficient)
        body = name if number == "1" and name else f"{number} {name}".strip()
        shown += f" {sign} {body}" if shown else ("−" if sign == "−" else "") + body
    return shown or "0"


def _name(coefficient: Coefficient) -> str:
    if isinstance(coefficient, Value):
        return coefficient.name
    return coefficient if isinstance(coefficient, str) else f"{coefficient:g}"
