"""The steps of a plan: typed three-address operations, the *order* of a computation.

A plan is what every backend lays out and what the interpreter runs.  No step has a dense result of
the shape of a sparse unknown, unless the energy itself makes one of it (a residual G − A with a
dense A).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from nzdiff.codegen.plan.values import Coefficient, Operand, Value
from nzdiff.runtime.data.spec import DomainKind, PanelForm
from nzdiff.runtime.data.support import Dim


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


@dataclass(frozen=True, slots=True)
class SampledSpmm:
    """out = [left · (sparse · dense)] at the pattern of out, left and dense being dense.

    What stands in parentheses is made a few columns at a time and never whole.  strips: the dense
    matrix as `Strips` has laid it out.
    """

    out: Value
    left: Value
    sparse: Operand
    strips: Value


@dataclass(frozen=True, slots=True)
class Strips:
    """out = the same dense matrix for `SampledSpmm`: its columns in strips, where a target does."""

    out: Value
    source: Value


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
class LogSumExp:
    """out = log Σ exp of every row of a dense matrix."""

    out: Value
    source: Value


@dataclass(frozen=True, slots=True)
class Kronecker:
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

    domain: where A has to lie, or nothing that needs this step exists; factors are kept where it
    is None or "positive definite".  continued: whether A may be singular, for all that is made of
    the factors has a limit there.
    """

    out: Value
    source: Value
    domain: DomainKind | None
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Solve:
    """out = A⁻¹ right, or A⁻ᵀ right, by the factors that `factor` made; right and out dense."""

    out: Value
    factor: Value
    transposed: bool
    right: Value


@dataclass(frozen=True, slots=True)
class Select:
    """out = [A₁⁻¹ M₁ A₂⁻¹ M₂ … A_k⁻¹] at the pattern of out, all matrices sparse.

    inverses: the factors of each A, and whether it is transposed.  No inverse is formed: see
    `nzdiff.runtime.factors.selection`.
    """

    out: Value
    inverses: tuple[tuple[Value, bool], ...]
    middles: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class External:
    """out = an operation of `nzdiff.runtime.external` by its name, of the operands; out is dense.

    flags: whole numbers that it takes, such as which operands enter transposed.
    """

    out: Value
    operation: str
    flags: tuple[int, ...]
    operands: tuple[Value, ...]


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
    """out = cheap where it is at least least · scale, else direct, computed then and only then.

    least: in double and in single precision.
    """

    out: Value
    cheap: Value
    scale: Value
    least: tuple[float, float]
    direct: Value


Step = (
    Gemm
    | Trmm
    | Spmm
    | Scale
    | Sddmm
    | SampledSpmm
    | Strips
    | SparseProduct
    | Sample
    | Combine
    | Fill
    | Multiply
    | Map
    | Reshape
    | LogSumExp
    | Kronecker
    | Factor
    | Solve
    | Select
    | External
    | Formula
    | SumSquares
    | Inner
    | ScalarSum
    | Guard
)


def reads(step: Step) -> tuple[Value, ...]:
    """The values a step reads: its operands, then scalars of the plan among its coefficients."""
    return operands(step) + tuple(c for c in coefficients(step) if isinstance(c, Value))


def coefficients(step: Step) -> tuple[Coefficient, ...]:
    """The numbers of a step, in the order it names them."""
    match step:
        case Gemm(_, _, _, scale, plus) | Spmm(_, _, _, scale, plus):
            return (scale,) if plus is None else (scale, plus[0])
        case Combine(_, terms):
            return tuple(c for c, _ in terms)
        case Map(_, _, _, parameters):
            return tuple(c for _, c in parameters)
        case Formula(_, _, parameters):
            return tuple(c for _, c, _ in parameters)
        case ScalarSum(_, terms, constant):
            return (*(c for c, _ in terms), constant)
        case _:
            return ()


def operands(step: Step) -> tuple[Value, ...]:
    """The values that a step names as such, in order."""
    match step:
        case Gemm(_, left, right, _, plus):
            return (left.value, right.value) if plus is None else (left.value, right.value, plus[1])
        case Spmm(_, left, right, _, plus):
            return (left.value, right) if plus is None else (left.value, right, plus[1])
        case SparseProduct(_, left, right, _):
            return left.value, right.value
        case Trmm(_, left, right):
            return left.value, right
        case Scale(_, diagonal, dense, _):
            return diagonal, dense
        case Sddmm(_, left, right) | Multiply(_, left, right) | Kronecker(_, _, _, _, left, right):
            return left, right
        case SampledSpmm(_, left, sparse, strips):
            return left, sparse.value, strips
        case Strips(_, source):
            return (source,)
        case Sample(_, source):
            return (source.value,)
        case Combine(_, terms):
            return tuple(operand.value for _, operand in terms)
        case Fill() | Formula():
            return ()
        case SumSquares(_, source) | Reshape(_, source) | LogSumExp(_, source):
            return (source,)
        case Factor(_, source, _):
            return (source,)
        case Map(_, source, _, _):
            return (source,)
        case Solve(_, factor, _, right):
            return factor, right
        case Select(_, inverses, middles):
            return (*(factor for factor, _ in inverses), *middles)
        case External(_, _, _, given):
            return given
        case Inner(_, left, right):
            return (left,) if right is None else (left, right)
        case Guard(_, cheap, scale, _, _):
            return cheap, scale
        case ScalarSum(_, terms, _):
            return tuple(value for _, value in terms)
