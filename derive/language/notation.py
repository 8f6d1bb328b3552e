"""Expressions as mathematics: `text` for terminals, `latex` for papers, `mathml` for browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, singledispatchmethod
from html import unescape
from typing import Any, Literal

import sympy as sp
from sympy.core.relational import Relational
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty_symbology import pretty_symbol
from sympy.printing.pretty.stringpict import prettyForm

from nzdiff.derive.language.decimals import is_rounded
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.forms import (
    blocks,
    entry,
    is_form,
    is_stack,
    number_and_factors,
    row_of_blocks,
    sign_and_size,
)
from nzdiff.derive.language.nodes import (
    VARIABLE,
    Apply,
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    DiagonalSelection,
    Domain,
    Hadamard,
    Indicator,
    Kronecker,
    LogDet,
    LogGamma,
    LogSumExp,
    MapNonzeros,
    Node,
    PolyGamma,
    PositiveLogDet,
    Selection,
    Shift,
    Softplus,
    SumSquares,
    Unit,
    Unvec,
    Vec,
)
from nzdiff.derive.language.powers import PowerSlope, Slope
from nzdiff.derive.language.signs import LATEX, MATHML, TEXT
from nzdiff.derive.language.spectra import (
    PartialTrace,
    PositiveSpectralLogDet,
    SpectralDeterminant,
    SpectralLogDet,
)

TANGENT = re.compile(r"d([A-Z]\w*|[a-z](_\d+)?|res(idual)?(_\d+)?)")
"""Names of differentials where nothing else is known: dG, df, dx, df_1."""


MOST_PLACES = 8
"""Indices of a selection that are shown."""


@lru_cache(maxsize=20_000)
def text(expr: Any) -> str:
    """One line of Unicode: ``X − Y Gᵀ L G B``."""
    return _Printer(TEXT).node(expr)


def latex(expr: Any, moving: frozenset[str] | None = None) -> str:
    r"""The same in LaTeX: ``X - Y G^{\top} L G B``.  moving: names of differentials, if known."""
    return _Printer(LATEX, moving).node(expr)


def mathml(expr: Any, moving: frozenset[str] | None = None) -> str:
    """The same in presentation MathML, without the element `math` around it."""
    return _Printer(MATHML, moving).node(expr)


Style = Literal["text", "latex", "mathml"]
NOTATIONS: dict[Style, Callable[[Any, frozenset[str]], str]] = {
    "text": lambda expr, _: text(expr),
    "latex": latex,
    "mathml": mathml,
}
"""An expression and the names of differentials to how it is shown."""
STYLES: dict[Style, dict[str, str]] = {"text": TEXT, "latex": LATEX, "mathml": MATHML}


def shown(style: Style, key: str, *operands: Any) -> str:
    """A sign of `signs` around operands: expressions, or what was shown already."""
    printer = _Printer(STYLES[style])
    parts = (x if isinstance(x, str) else printer.node(x) for x in operands)
    return printer.style[key].format(*parts)


def indexed(style: Style, base: str, *indices: str) -> str:
    """The entry at one or two indices of what was shown already."""
    return _Printer(STYLES[style]).indexed(base, *indices)


def raised(style: Style, base: str, exponent: Any) -> str:
    """A power of what was shown already; in text an exponent of several signs in parentheses."""
    return _Printer(STYLES[style]).raised(base, exponent)


@dataclass(frozen=True)
class _Printer:
    style: dict[str, str]
    moving: frozenset[str] | None = None

    def show(self, expr: Any) -> str:
        return text(expr) if self.style is TEXT else self.node(expr)

    @singledispatchmethod
    def node(self, expr: Any) -> str:
        if self.style is MATHML:
            return _sympy_mathml(expr)
        return str(expr) if self.style is TEXT else str(sp.latex(expr))

    @node.register
    def _(self, expr: sp.MatrixSymbol) -> str:
        name = str(expr.name)
        known = self.moving
        if TANGENT.fullmatch(name) if known is None else name in known:
            return self.style["d"].format(self.name(name[1:]))
        return self.name(name)

    @node.register
    def _(self, expr: sp.Transpose) -> str:
        if isinstance(expr.arg, sp.Inverse):
            return self.style["inverse transpose"].format(self.base(expr.arg.arg))
        return self.style["transpose"].format(self.base(expr.arg))

    @node.register
    def _(self, expr: sp.Inverse) -> str:
        return self.style["inverse"].format(self.base(expr.arg))

    @node.register
    def _(self, expr: sp.MatPow) -> str:
        return self.style["power"].format(self.base(expr.base), self.show(expr.exp))

    @node.register
    def _(self, expr: sp.Number) -> str:
        minus = self.style["minus"] if expr.is_negative else ""
        size = abs(expr) if expr.is_negative else expr
        if expr.is_Float or (expr.is_Rational and is_rounded(expr)):
            return minus + self.decimal(float(size))
        if expr.is_Rational and not expr.is_Integer:
            return minus + self.style["fraction"].format(size.p, size.q)
        if expr.is_Integer or self.style is TEXT:
            return minus + self.style["number"].format(size)
        return str(sp.latex(expr)) if self.style is LATEX else _sympy_mathml(expr)

    def decimal(self, size: float) -> str:
        """A number that was given in decimals: 0.25, 1e−05."""
        digits, _, power = repr(size).partition("e")
        number = self.style["number"].format(digits)
        minus = "-" if self.style is LATEX else "−"
        power = power if self.style is TEXT or not power else str(int(power))
        return self.style["decimal"].format(number, power.replace("-", minus)) if power else number

    @node.register(type(sp.E))
    def _(self, expr: Any) -> str:
        return self.style["function"].format("exp", self.style["number"].format(1))

    @node.register
    def _(self, expr: sp.Pow) -> str:
        if isinstance(expr.base, SumSquares):
            norm = self.style["norm"].format(self.argument(expr.base.matrix))
            return norm if expr.exp == sp.Rational(1, 2) else self.raised(norm, 2 * expr.exp)
        if expr.exp == sp.Rational(1, 2):
            return self.style["root"].format(self.show(expr.base))
        return self.raised(self.base(expr.base), expr.exp)

    def raised(self, base: str, exponent: Any) -> str:
        """A power, an exponent of more than one sign in parentheses."""
        return self.style["power"].format(base, self.exponent(exponent))

    def exponent(self, exponent: Any) -> str:
        """An exponent, in a line of text in parentheses where it is more than one sign."""
        plain = exponent.is_Symbol or (exponent.is_Integer and exponent > 0)
        shown = self.show(exponent)
        return shown if plain or self.style is not TEXT else self.group(shown)

    @node.register
    def _(self, expr: sp.Piecewise) -> str:
        *cases, (last, _) = expr.args
        shown = [self.style["case"].format(self.show(e), self.condition(c)) for e, c in cases]
        return self.style["cases"].format(
            "".join(shown) + self.style["else"].format(self.show(last))
        )

    def condition(self, expr: Any) -> str:
        """A comparison, or several with words between."""
        if isinstance(expr, Relational):
            sign = self.style.get(expr.rel_op, expr.rel_op)
            return f"{self.show(expr.lhs)} {sign} {self.show(expr.rhs)}"
        if isinstance(expr, sp.ITE):
            test, first, second = expr.args
            return self.condition(sp.Or(sp.And(test, first), sp.And(sp.Not(test), second)))
        if isinstance(expr, sp.Not):
            return self.style["not"].format(self.condition(expr.args[0]))
        parts = (
            self.group(self.condition(part))
            if isinstance(part, (sp.And, sp.Or, sp.ITE))
            else self.condition(part)
            for part in expr.args
        )
        return self.style[type(expr).__name__].join(parts)

    @node.register
    def _(self, expr: Slope) -> str:
        return self.show(expr.args[0] ** expr.args[1])

    @node.register
    def _(self, expr: PowerSlope) -> str:
        return self.factor(expr.formula)

    @node.register
    def _(self, expr: sp.Function) -> str:
        inside = self.style["comma"].join(self.show(arg) for arg in expr.args)
        if isinstance(expr, Softplus):
            return self.style["softplus"].format(inside)
        if isinstance(expr, sp.Abs):
            return self.style["modulus"].format(inside)
        if isinstance(expr, (LogGamma, PolyGamma)):
            name = "gammaln" if isinstance(expr, LogGamma) else "polygamma"
            return self.style["function"].format(name, inside)
        name = "sign" if isinstance(expr, sp.sign) else type(expr).__name__
        return self.style["function"].format(name, inside)

    @node.register
    def _(self, expr: sp.Symbol) -> str:
        return self.style["variable"] if expr == VARIABLE else self.name(str(expr.name))

    @node.register(sp.MatMul)
    @node.register(sp.Mul)
    def _(self, expr: Any) -> str:
        coefficient, factors = number_and_factors(expr)
        sign, size = sign_and_size(coefficient)
        times = self.style["times"]
        alone = len(factors) == 1
        body = times.join(
            (not alone and self.ones(factor)) or self.factor(factor) for factor in factors
        )
        number = "" if size == 1 and body else self.factor(size)
        return (self.style["minus"] if sign else "") + times.join(filter(None, (number, body)))

    @node.register(sp.MatAdd)
    @node.register(sp.Add)
    def _(self, expr: Any) -> str:
        if stack := blocks(expr, above=True):
            rows = [row_of_blocks(part) for part in stack]
        else:
            rows = [stack] if (stack := blocks(expr, above=False)) else []
        if rows:
            numbers = all(_is_numbers(block) for row in rows for block in row)
            lines = (self.row(row, zeros=numbers) for row in rows)
            return self.style["brackets"].format(self.style["above"].join(lines))
        minus = self.style["minus"]
        shown = [self.ones(term) or self.show(term) for term in expr.args]
        leading = next((i for i, s in enumerate(shown) if not s.startswith(minus)), 0)
        shown.insert(0, shown.pop(leading))  # A x − b, not −b + A x
        parts = [
            self.style["less"] + s[len(minus) :] if s.startswith(minus) else self.style["plus"] + s
            for s in shown
        ]
        return shown[0] + "".join(parts[1:])

    def row(self, blocks: list[Any], *, zeros: bool) -> str:
        """Blocks side by side; zeros: whether each 0 is shown, among numbers alone."""
        shown = list[str]()
        for part in blocks:
            single = zeros and isinstance(part, sp.ZeroMatrix)
            zero = self.style["number"].format(0)
            shown += [zero] * int(part.cols) if single else [self.block(part)]
        return self.style["side by side"].join(shown)

    def block(self, expr: Any) -> str:
        """One block, a number as such; in a line of text what holds blanks is in parentheses."""
        if isinstance(expr, sp.MatMul):
            coefficient, factors = number_and_factors(expr)
            if factors == [sp.Identity(1)]:
                return self.show(coefficient)
        if expr == sp.Identity(1):
            return self.show(sp.Integer(1))
        shown = self.argument(expr)
        return self.group(shown) if self.style is TEXT and _has_blanks(shown) else shown

    @node.register
    def _(self, expr: Kronecker) -> str:
        return self.style["kron"].join(self.factor(factor, tight=True) for factor in expr.args)

    @node.register
    def _(self, expr: Hadamard) -> str:
        parts = [self.ones(factor) or self.operand(factor) for factor in expr.args]
        return self.style["hadamard"].join(parts)

    @node.register
    def _(self, expr: ContractRight) -> str:
        pair = (self.operand(factor) for factor in expr.args[:2])
        return self.style["contract right"].join(pair)

    @node.register
    def _(self, expr: ContractLeft) -> str:
        pair = (self.operand(factor) for factor in expr.args[:2])
        return self.style["contract left"].join(pair)

    @node.register
    def _(self, expr: Apply) -> str:
        base, exponent = expr.function(VARIABLE).as_base_exp()
        if type(expr) is Apply and base == VARIABLE:
            shown = self.style["hadamard power"].format(self.exponent(exponent))
            return self.style["power"].format(self.base(expr.matrix), shown)
        style = self.style["mapped" if isinstance(expr, MapNonzeros) else "applied"]
        return style.format(self.function(expr.function), self.argument(expr.matrix))

    def function(self, function: sp.Lambda) -> str:
        """A function's name, or the function as what it maps x to."""
        body = function(VARIABLE)
        if body == SIGMOID:
            return self.style["word"].format("sigmoid")
        if isinstance(body, sp.Function) and body.args == (VARIABLE,):
            names = {sp.Abs: "abs", Softplus: "softplus", LogGamma: "gammaln"}
            return self.style["word"].format(names.get(type(body), type(body).__name__))
        return self.style["maps to"].format(self.style["variable"], self.show(body))

    @node.register
    def _(self, expr: sp.Lambda) -> str:
        return self.function(expr)

    @node.register
    def _(self, expr: Indicator) -> str:
        return self.style["indicator"].format(self.show(expr.args[0]))

    @node.register
    def _(self, expr: Exponential) -> str:
        along = ", ".join(map(self.show, expr.directions))
        inside = self.show(expr.matrix) + (f"; {along}" if along else "")
        return self.style["function"].format("expm", inside)

    @node.register
    def _(self, expr: Equation) -> str:
        inside = self.style["comma"].join(map(self.show, expr.args))
        return self.style["function"].format(expr.name, inside)

    @node.register
    def _(self, expr: Diag) -> str:
        return self.style["diag"].format(self.argument(expr.args[0]))

    @node.register
    def _(self, expr: DiagonalOf) -> str:
        return self.style["diagonal of"].format(self.argument(expr.args[0]))

    @node.register
    def _(self, expr: DiagonalSelection) -> str:
        return self.style["selection"]

    @node.register
    def _(self, expr: sp.OneMatrix) -> str:
        return self.style["matrix of ones"].format(*map(self.show, expr.shape))

    @node.register
    def _(self, expr: Unit) -> str:
        return self.style["unit"].format(*map(self.show, expr.args))

    @node.register
    def _(self, expr: Shift) -> str:
        rows, cols, offset = expr.args
        if offset == 0:
            return self.style["first shift"].format(self.show(rows), self.show(cols))
        if offset + rows - cols == 0:
            return self.style["last shift"].format(self.show(rows), self.show(cols))
        return self.style["shift"].format(*map(self.show, expr.args))

    @node.register
    def _(self, expr: LogSumExp) -> str:
        return self.style["function"].format("logsumexp", self.argument(expr.args[0]))

    @node.register
    def _(self, expr: Selection) -> str:
        places = str(expr.args[0]).split()
        if len(places) > MOST_PLACES:
            places = [*places[: MOST_PLACES - 2], "…", places[-1]]
        return self.style["rows"].format(
            self.style["between"].join(places), *map(self.show, expr.shape)
        )

    @node.register
    def _(self, expr: LogDet) -> str:
        return self.style["logdet"].format(self.show(expr.arg))

    @node.register
    def _(self, expr: PositiveLogDet) -> str:
        return self.style["positive logdet"].format(self.show(expr.arg))

    @node.register
    def _(self, expr: SpectralDeterminant) -> str:
        form, *pair = expr.args
        inside = self.style[f"eigenvalues of a {form}"].format(*map(self.show, pair))
        return self.style[SPECTRAL[type(expr)]].format(inside)

    @node.register
    def _(self, expr: PartialTrace) -> str:
        return self.show(expr.definition)

    @node.register
    def _(self, expr: Domain) -> str:
        return self.style[expr.kind].format(self.show(expr.arg))

    @node.register
    def _(self, expr: sp.Determinant) -> str:
        return self.style["det"].format(self.show(expr.arg))

    @node.register
    def _(self, expr: Unvec) -> str:
        return self.style["unvec"].format(*map(self.show, expr.args))

    @node.register
    def _(self, expr: sp.Identity) -> str:
        return self.style["identity"]

    @node.register
    def _(self, expr: sp.ZeroMatrix) -> str:
        return self.style["number"].format(0)

    @node.register
    def _(self, expr: CommutationMatrix) -> str:
        sizes = [self.show(size) for size in expr.args]
        letters = all(len(size) == 1 for size in sizes)
        return self.style["commutation" if letters else "large commutation"].format(*sizes)

    @node.register
    def _(self, expr: SumSquares) -> str:
        return self.style["sumsq"].format(self.argument(expr.matrix))

    @node.register
    def _(self, expr: sp.Trace) -> str:
        if found := entry(expr.arg):
            matrix, row, column = found
            if matrix.cols == 1:
                return self.indexed(self.base(matrix), self.show(row))
            return self.indexed(self.base(matrix), self.show(row), self.show(column))
        if expr.arg.shape == (1, 1):
            return self.argument(expr.arg)
        return self.style["trace"].format(self.argument(expr.arg))

    @node.register
    def _(self, expr: Vec) -> str:
        return self.style["vec"].format(self.argument(expr.args[0]))

    def base(self, expr: Any) -> str:
        """What a raised sign is put to: a symbol as it is, anything composed in parentheses."""
        composed = isinstance(expr, COMPOSED)
        negative = getattr(expr, "is_number", False) and not (expr.is_Integer and expr >= 0)
        loose = (composed and not is_stack(expr)) or negative
        return self.group(self.show(expr)) if loose else self.show(expr)

    def indexed(self, base: str, *indices: str) -> str:
        """An entry of what was shown already: in LaTeX, lines may break inside of parentheses."""
        is_group = base.startswith(self.style["group"].split("{}")[0])
        closed = base if is_group else self.style["closed"].format(base)
        return self.style["entry" if len(indices) == 2 else "component"].format(closed, *indices)

    def group(self, shown: str) -> str:
        """In parentheses."""
        return self.style["group"].format(shown)

    def argument(self, expr: Any) -> str:
        """The argument of a function; I and 0, whose sizes nothing beside them says, with sizes."""
        if isinstance(expr, sp.ZeroMatrix):
            return self.style["sized zeros"].format(*map(self.show, expr.shape))
        if isinstance(expr, sp.Identity):
            return self.style["sized identity"].format(self.show(expr.rows))
        return self.show(expr)

    def ones(self, expr: Any) -> str:
        """A vector of ones beside others, whose size is read from theirs; "" of what is none."""
        if not isinstance(expr, sp.OneMatrix) or 1 not in expr.shape:
            return ""
        row = expr.rows == 1 and expr.cols != 1
        return self.style["transpose"].format(self.style["ones"]) if row else self.style["ones"]

    def operand(self, expr: Any) -> str:
        """A factor of ∘ and its like: a product in parentheses."""
        if isinstance(expr, sp.ZeroMatrix):
            return self.argument(expr)
        loose = isinstance(expr, (*LOOSE, sp.MatMul)) and not is_stack(expr)
        return self.group(self.show(expr)) if loose else self.show(expr)

    def name(self, name: str) -> str:
        """A symbol's name; but in text, with Greek letters, hats and indices as SymPy has them."""
        if self.style is MATHML:
            letter, index = _indexed(name)
            base = self.style["name"].format(pretty_symbol(letter))
            lower = self.style["name"].format((index or "").replace("_", ","))
            return self.style["indexed"].format(base, lower) if index else base
        if self.style is TEXT:
            return name
        shown, index, rest = str(sp.latex(sp.Symbol(name))).partition("_")
        words = re.fullmatch("[A-Za-z]{2,}", shown)
        return (self.style["word"].format(shown) if words else shown) + index + rest

    def factor(self, expr: Any, *, tight: bool = False) -> str:
        """A factor of a product; in a line of text a 1 × 1 sum is in brackets, a number is not."""
        if isinstance(expr, sp.ZeroMatrix):
            return self.argument(expr)
        if self.style is TEXT and isinstance(expr, LOOSE) and getattr(expr, "shape", ()) == (1, 1):
            return self.style["brackets"].format(self.block(expr))
        loose = (isinstance(expr, LOOSE) and not is_stack(expr)) or is_form(expr)
        if tight and isinstance(expr, sp.MatMul):
            loose = bool(sign_and_size(number_and_factors(expr)[0])[0])
        return self.group(self.show(expr)) if loose else self.show(expr)


def _sympy_mathml(expr: Any) -> str:
    """What SymPy writes, with letters for entities such as &pi;, which XML does not know."""
    written = str(sp.mathml(expr, printer="presentation"))
    return re.sub(r"&(?!(?:lt|gt|amp|quot|apos);)[A-Za-z]\w*;", lambda e: unescape(e[0]), written)


def _indexed(name: str) -> tuple[str, str]:
    """A name as its letters and its index: g1 and g_1 are g, 1."""
    found = re.fullmatch(r"([^\W\d_]+)_?(\w*)", name)
    return (found[1], found[2].strip("_")) if found else (name, "")


def _is_numbers(block: Any) -> bool:
    """Whether a block is a number, or a row of zeros of a known length."""
    if isinstance(block, sp.ZeroMatrix):
        return bool(block.rows == 1 and block.cols.is_Integer and block.cols <= MOST_PLACES)
    factors = number_and_factors(block)[1] if isinstance(block, sp.MatMul) else [block]
    return factors == [sp.Identity(1)]


def _has_blanks(shown: str) -> bool:
    """Whether a blank stands outside of all parentheses and brackets."""
    depth = 0
    for sign in shown:
        depth += (sign in "([") - (sign in ")]")
        if sign == " " and depth == 0:
            return True
    return False


SIGMOID = Softplus(VARIABLE).diff(VARIABLE)
"""The derivative of softplus, which has a name of its own."""
LOOSE = (sp.MatAdd, sp.Add, Kronecker, Hadamard, ContractLeft, ContractRight, PartialTrace)
"""What is put in parentheses inside of a product."""
COMPOSED = (
    *LOOSE,
    *(sp.MatMul, sp.Mul, sp.Pow, sp.Trace, sp.Inverse, sp.Transpose),
    *(Slope, PowerSlope, Apply),
)
"""What is put in parentheses where a sign is raised beside it."""
SPECTRAL: dict[type, str] = {
    SpectralDeterminant: "spectral det",
    SpectralLogDet: "spectral logdet",
    PositiveSpectralLogDet: "positive spectral logdet",
}
"""The sign around the eigenvalues."""


def show_by_notation() -> None:
    """SymPy's own `latex(expr)` and `pretty(expr)` show our nodes as they are shown here.

    SymPy asks an object for `_latex` and `_pretty`; `precedence` says where it needs parentheses.
    """
    methods = {
        "_latex": lambda expr, *_, **__: latex(expr),
        "_pretty": lambda expr, *_, **__: prettyForm(text(expr), binding=_binding(expr)),
    }
    for kind in (Node, SumSquares, LogDet, Domain):
        for name, method in methods.items():
            setattr(kind, name, method)
    for loose in (Hadamard, Kronecker, ContractLeft, ContractRight):
        loose.precedence = PRECEDENCE["Mul"]
    SumSquares.precedence = PRECEDENCE["Pow"]


def _binding(expr: Any) -> int:
    """How tight the sign of a node is, as SymPy's pretty printer counts."""
    loose = getattr(expr, "precedence", None) == PRECEDENCE["Mul"]
    return int(prettyForm.ADD if loose else prettyForm.ATOM)
