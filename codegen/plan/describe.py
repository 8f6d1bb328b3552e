"""Steps and summands as lines of text: ``LG = L G at L·G``."""

from __future__ import annotations

from nzdiff.codegen.plan.plan import Summand
from nzdiff.codegen.plan.steps import (
    Combine,
    External,
    Factor,
    Fill,
    Formula,
    Gemm,
    Guard,
    Inner,
    Kronecker,
    LogSumExp,
    Map,
    Multiply,
    Reshape,
    Sample,
    SampledSpmm,
    ScalarSum,
    Scale,
    Sddmm,
    Select,
    Solve,
    SparseProduct,
    Spmm,
    Step,
    Strips,
    SumSquares,
    Trmm,
)
from nzdiff.codegen.plan.values import Coefficient, Value
from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.derive.language.notation import text
from nzdiff.runtime.data.spec import Link


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
        case SampledSpmm(out, left, sparse, strips):
            made = f"spmm({sparse}, {strips.name})"
            return f"{out.name} = sampled({left.name}, {made}) at {out.support}"
        case Strips(out, source):
            return f"{out.name} = strips({source.name})"
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
        case LogSumExp(out, source):
            return f"{out.name} = logsumexp({source.name})"
        case Kronecker(out, kind, _, _, first, second):
            return f"{out.name} = {kind}({first.name}, {second.name})"
        case Factor(out, source, domain):
            kind = "cholesky" if domain == "positive definite" else domain or "factor"
            return f"{out.name} = {kind}({source.name})"
        case Solve(out, factor, transposed, right):
            return f"{out.name} = solve({factor.name}{'ᵀ' if transposed else ''}, {right.name})"
        case Select(out, inverses, middles):
            names = [f"{factor.name}{'ᵀ' if turned else ''}⁻¹" for factor, turned in inverses]
            between = [*(middle.name for middle in middles), ""]
            shown = " ".join(name for pair in zip(names, between, strict=True) for name in pair)
            return f"{out.name} = select({shown.strip()}) at {out.support}"
        case External(out, operation, flags, operands):
            given = ", ".join((*(v.name for v in operands), *map(str, flags)))
            return f"{out.name} = {operation}({given})"
        case Formula(out, expr, parameters):
            given = "".join(f", {symbol} = {_name(c)}" for symbol, c, _ in parameters)
            return f"{out.name} = {text(expr)}{given}"
        case SumSquares(out, source):
            return f"{out.name} = sum_squares({source.name})"
        case Inner(out, left, right):
            return f"{out.name} = inner({left.name}, {right.name if right else 1})"
        case Guard(out, cheap, scale, least, direct):
            condition = f"{cheap.name} ≥ {least[0]:.2g} {scale.name}"
            return f"{out.name} = {cheap.name} where {condition}, else {direct.name}"
        case ScalarSum(out, terms, constant):
            parts = [(c, value.name) for c, value in terms]
            return f"{out.name} = {_sum([*parts, (constant, '')] if constant != 0.0 else parts)}"


def describe_summand(summand: Summand) -> str:
    """A summand as mathematics, t at (i, j) and u at (i′, j′): ``2 LGBBtGtL[i, i′] YtY[j, j′]``."""
    left, right = (v.name if v else "" for v in (summand.left, summand.right))
    body = {
        "product": f"{left}[i, i′] {right}[j, j′]",
        "crossed": f"{left}[i, j′] {right}[j, i′]",
        "diagonal": f"{left}[t] [t = u]",
        "rank one": f"{left}[t] {right}[u]",
        "gram": f"(Σ_q {summand.scale.name if summand.scale else ''}[·, q] "
        f"{left}[q, ·] {right}[q, ·′])",
        "chain": f"({' · '.join(_link(link) for link in summand.links)})[t, u]",
    }[summand.kind]
    scale = f" {summand.scale.name}[t]" if summand.scale and summand.kind != "gram" else ""
    scale += f" {summand.column_scale.name}[u]" if summand.column_scale else ""
    number = _name(summand.coefficient)
    return f"{body}{scale}" if number == "1" else f"{number} {body}{scale}"


def _link(link: Link) -> str:
    """The matrix of a link by the linear map that it is of: ``W ∘ diag(A · Bᵀ)``."""
    turned = "ᵀ" if link.kind == "crossed" else ""
    shown = "·" if link.kind == "same" else f"{link.left} ·{turned} {link.right}ᵀ"
    for move in reversed(link.moves):
        body = move.array if move.kind == "weight" else move.kind
        shown = f"{body} ∘ ({shown})" if move.kind == "weight" else f"{body}({shown})"
    return shown


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
