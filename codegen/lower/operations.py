"""Steps of the operations that are no products: one function per node, in full or at a pattern.

`compute` makes the value of a node; `pointwise` the value at a pattern, for nodes of which an
entry depends on the same entry of the operands alone.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import sympy as sp

from nzdiff.codegen import plan as ir
from nzdiff.codegen.arguments import dim
from nzdiff.codegen.lower import external
from nzdiff.codegen.lower.builder import Builder
from nzdiff.codegen.lower.chains.structure import Atom, Chain, chain_text, flip
from nzdiff.codegen.plan.numbers import parameter
from nzdiff.derive.calculus.canonical import add, exponential, is_symmetric, transpose
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.nodes import (
    VARIABLE,
    Apply,
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    Domain,
    Hadamard,
    Indicator,
    Kronecker,
    LogSumExp,
    PositiveDefinite,
    Selection,
    Shift,
    Unit,
    Unvec,
    Vec,
)
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.spectra import (
    PartialTrace,
    PositiveSpectrum,
)
from nzdiff.runtime.data.spec import DomainKind
from nzdiff.runtime.data.support import Dim, Support, diagonal_support

POINTWISE = (Hadamard, Apply, Indicator)


@singledispatch
def compute(node: Any, build: Builder) -> ir.Operand:
    """The value of a node, stored as it is or transposed."""
    raise TypeError(f"no lowering of {type(node).__name__}")


@compute.register(Hadamard)
@compute.register(Apply)
@compute.register(Indicator)
def _(node: Any, build: Builder) -> ir.Operand:
    return ir.Operand(pointwise(node, build, build.structure.of_expr(node)))


@compute.register(Unit)
@compute.register(Selection)
@compute.register(Shift)
@compute.register(CommutationMatrix)
def _(node: Any, build: Builder) -> ir.Operand:
    out = new(node, build, build.structure.of_expr(node))
    build.steps.append(ir.Fill(out, 1.0))
    return ir.Operand(out)


@compute.register(sp.OneMatrix)
def _(node: sp.OneMatrix, build: Builder) -> ir.Operand:
    out = new(node, build, None)
    build.steps.append(ir.Fill(out, 1.0))
    return ir.Operand(out)


@compute.register(sp.Inverse)
def _(node: sp.Inverse, build: Builder) -> ir.Operand:
    support = build.structure.of_expr(node)
    if support is not None and node.arg in build.structure.continued:
        out = new(node, build, support)
        build.steps.append(ir.Select(out, ((factored(build, node.arg), False),), ()))
        return ir.Operand(out)
    if support is not None:
        values, out = build.expression(node.arg, support), new(node, build, support)
        reciprocal = sp.Lambda(VARIABLE, 1 / VARIABLE)
        build.steps.append(ir.Map(out, values, reciprocal, ()))
        return ir.Operand(out)
    identity = build.expression(sp.Identity(node.rows), None)
    return ir.Operand(solved(build, Atom(node), identity, new(node, build, None)))


@compute.register(Diag)
def _(node: Diag, build: Builder) -> ir.Operand:
    column = build.expression(node.args[0], None)
    return ir.Operand(reshaped(node, build, column, diagonal_support(dim(node.rows))))


@compute.register(DiagonalOf)
def _(node: DiagonalOf, build: Builder) -> ir.Operand:
    matrix = node.args[0]
    values = build.expression(matrix, diagonal_support(dim(matrix.rows)))
    return ir.Operand(reshaped(node, build, values, None))


@compute.register(Vec)
def _(node: Vec, build: Builder) -> ir.Operand:
    return ir.Operand(reshaped(node, build, build.expression(transpose(node.args[0]), None), None))


@compute.register(Unvec)
def _(node: Unvec, build: Builder) -> ir.Operand:
    column, turned = build.expression(node.args[0], None), Atom(node, True)
    out = build.new((turned,), None)
    build.steps.append(ir.Reshape(out, column))
    return ir.Operand(out, True)


@compute.register(LogSumExp)
def _(node: LogSumExp, build: Builder) -> ir.Operand:
    source, out = build.expression(node.args[0], None), new(node, build, None)
    build.steps.append(ir.LogSumExp(out, source))
    return ir.Operand(out)


@compute.register(Kronecker)
def _(node: Kronecker, build: Builder) -> ir.Operand:
    left, right = node.args
    return _blocks(node, build, "kron", left.shape, right.shape)


@compute.register(ContractRight)
def _(node: ContractRight, build: Builder) -> ir.Operand:
    return _blocks(node, build, "kron_left", node.shape, node.args[1].shape)


@compute.register(ContractLeft)
def _(node: ContractLeft, build: Builder) -> ir.Operand:
    return _blocks(node, build, "kron_right", node.args[0].shape, node.shape)


@compute.register(Equation)
def _(node: Equation, build: Builder) -> ir.Operand:
    return external.equation(node, build)


@compute.register(PartialTrace)
def _(node: PartialTrace, build: Builder) -> ir.Operand:
    return external.partial_trace(node, build)


def _blocks(node: Any, build: Builder, kind: str, outer: Any, inner: Any) -> ir.Operand:
    operands = [build.expression(arg, None) for arg in node.args[:2]]
    first, second = operands if kind != "kron_right" else operands[::-1]
    shapes = _sizes(outer), _sizes(inner)
    out = new(node, build, None)
    build.steps.append(ir.Kronecker(out, kind, *shapes, first, second))
    return ir.Operand(out)


def pointwise(node: Any, build: Builder, support: Support | None) -> ir.Value:
    """A node of `POINTWISE` at the positions of a pattern, or in full."""
    if isinstance(node, Indicator):
        out = new(node, build, support)
        build.steps.append(ir.Fill(out, 1.0))
        return out
    if isinstance(node, Hadamard):
        ones = (f for f in node.args if _is_one_at(f, build, support))
        factors = [factor for factor in node.args if factor not in set(ones)] or node.args[:1]
        values = [build.expression(factor, support) for factor in factors]
        product = values[0]
        for place, value in enumerate(values[1:], start=2):
            part = node if place == len(values) else Hadamard(*factors[:place])
            out = new(part, build, support)
            build.steps.append(ir.Multiply(out, product, value))
            product = out
        return product
    source, out = build.expression(node.matrix, support), new(node, build, support)
    body = node.function(VARIABLE)
    scalars = sorted(body.free_symbols - {VARIABLE}, key=str)
    names = {symbol: parameter(place) for place, symbol in enumerate(scalars)}
    given = tuple((names[symbol], build.number(symbol)) for symbol in scalars)
    function = sp.Lambda(VARIABLE, body.xreplace(names))
    build.steps.append(ir.Map(out, source, function, given))
    return out


def _is_one_at(factor: Any, build: Builder, support: Support | None) -> bool:
    """Whether a factor is 1 at every position of a pattern."""
    return isinstance(factor, Indicator) and build.structure.of_expr(factor) == support


@compute.register(Exponential)
def _(node: Exponential, build: Builder) -> ir.Operand:
    operands = tuple(build.expression(arg, None) for arg in node.args)
    out = new(node, build, None)
    build.steps.append(ir.External(out, "expm", (), operands))
    return ir.Operand(out)


def exponential_at(build: Builder, node: Exponential, support: Support) -> ir.Value | None:
    """exp(A; E, …, P Qᵀ) at a pattern, A and E sparse; None where that is not what it is."""
    dense = [d for d in node.directions if build.structure.of_expr(d) is None]
    if len(dense) != 1 or build.structure.of_expr(node.matrix) is None:
        return None
    terms = build.summands(dense[0])
    if len(terms) > 1:
        others = [d for d in node.directions if d != dense[0]]
        parts = (exponential(node.matrix, *others, term) for term in dense[0].args)
        return build.combine(add(*parts), support, build.names.of((Atom(node),)))
    ((scale, chain),) = terms
    if scale != 1 or len(chain) < 2:
        return None
    place = min(range(1, len(chain)), key=lambda c: build.sizes.dim(chain[c].rows))
    sparse = [node.matrix, *(d for d in node.directions if d != dense[0])]
    values = tuple(build.expression(arg, build.structure.of_expr(arg)) for arg in sparse)
    sides = (chain[:place], flip(chain[place:]))
    factors = tuple(_in_full(build, build.stored(side), side) for side in sides)
    out = build.new((Atom(node),), support)
    build.steps.append(ir.External(out, "expm_sampled", (), (*values, *factors)))
    return out


def _in_full(build: Builder, value: ir.Value, chain: Chain) -> ir.Value:
    """A value as a dense one."""
    if value.support is None:
        return value
    out = build.new(chain, None)
    build.steps.append(ir.Combine(out, ((1.0, ir.Operand(value)),)))
    return out


def solved(build: Builder, inverse: Atom, right: ir.Value, out: ir.Value) -> ir.Value:
    """out = A⁻¹ right or A⁻ᵀ right; or exp(A; …) right, all of them sparse."""
    if isinstance(inverse.node, Exponential):
        along = transpose(inverse.node).args if inverse.transposed else inverse.node.args
        operands = tuple(build.expression(arg, build.structure.of_expr(arg)) for arg in along)
        build.steps.append(ir.External(out, "expm_action", (), (*operands, right)))
        return out
    factor = factored(build, inverse.node.arg)
    build.steps.append(ir.Solve(out, factor, turned(inverse), right))
    return out


def turned(inverse: Atom) -> bool:
    """Whether an inverse takes the factors transposed."""
    return inverse.transposed and not is_symmetric(inverse.node.arg)


def factored(build: Builder, matrix: Any) -> ir.Value:
    """(log |det A|, sign of det A), the factors kept; once per matrix.

    Where the energy has log det A of a positive definite A, every solve with A takes its factors.
    """
    if matrix not in build.factors:
        source = build.expression(matrix, build.structure.of_expr(matrix))
        inputs = build.structure.inputs_of(matrix)
        formula = f"factors of {chain_text((Atom(matrix),))}"
        out = build.value("factors", formula, 2, 1, None, inputs)
        kind: DomainKind | None = None
        if matrix in build.structure.definite:
            kind = "positive definite"
        may_vanish = kind is None and bool(inputs) and matrix in build.structure.continued
        build.steps.append(ir.Factor(out, source, kind, may_vanish))
        build.factors[matrix] = out
    return build.factors[matrix]


def domain(build: Builder, node: Domain) -> ir.Value:
    """What is computed to know whether a matrix lies in a domain."""
    if isinstance(node, PositiveDefinite):
        return factored(build, node.arg)
    if isinstance(node, PositiveSpectrum):
        return external.positive_spectrum(node, build)
    form, _ = external.schur_form(build, node.arg, known=True)
    if form is not None:
        out = build.value("domain", text(node.arg), 1, 1, None, form.inputs)
        build.steps.append(ir.External(out, node.kind, (), (form,)))
        return out
    source = build.expression(node.arg, build.structure.of_expr(node.arg))
    out = build.value("domain", text(node), 2, 1, None, build.structure.inputs_of(node.arg))
    build.steps.append(ir.Factor(out, source, node.kind))
    return out


def reshaped(node: Any, build: Builder, source: ir.Value, support: Support | None) -> ir.Value:
    """The numbers of `source` as the value of a node."""
    out = new(node, build, support)
    build.steps.append(ir.Reshape(out, source))
    return out


def new(node: Any, build: Builder, support: Support | None) -> ir.Value:
    """A value named after a node."""
    return build.new((Atom(node),), support)


def _sizes(shape: Any) -> tuple[Dim, Dim]:
    rows, cols = shape
    return dim(rows), dim(cols)
