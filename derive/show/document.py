"""What a derivation says, for every form in which it is shown: one file a form beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import sympy as sp

from nzdiff.derive.calculus.canonical import is_symmetric, product, split
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.calculus.identities.entries import Gather, Total, gathers
from nzdiff.derive.calculus.identities.simplify import simplified
from nzdiff.derive.calculus.second_steps import (
    gauss_newton_steps,
    hessian_steps,
    kronecker_gradient_steps,
)
from nzdiff.derive.language.nodes import SumSquares, Vec
from nzdiff.derive.language.notation import NOTATIONS, Style, shown
from nzdiff.derive.language.symbols import Matrix, fresh, lengthened, tangent
from nzdiff.derive.show.costs import Costs
from nzdiff.derive.show.entries import shown_entry
from nzdiff.derive.show.example import WRITERS, Example

Level = Literal["short", "full"]


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a result: a sign of `signs`, and what stands in it."""

    sign: str
    operands: tuple[Any, ...]
    pair: tuple[Matrix, Matrix] | None = None
    """Of several unknowns, the two of a block."""

    @property
    def result(self) -> str:
        """Which derivative it is: "gradient", "jacobian", …; "" of what is none."""
        if self.sign == "partial":
            return "gradient" if isinstance(self.operands[0], sp.Symbol) else "jacobian"
        if "gauss newton" in self.sign:
            return "gauss_newton"
        return "hessian" if self.sign == "second partial" else ""

    def shown(self, style: Style) -> str:
        """As text, LaTeX or MathML."""
        name = shown(style, self.sign, *self.operands)
        return name if self.pair is None else shown(style, "of", name, *self.pair)


@dataclass(frozen=True, slots=True)
class Row:
    """A definition or result: its name and the expression."""

    name: Name
    expr: Any


@dataclass(frozen=True, slots=True)
class Section:
    """Steps of a derivation that belong together."""

    title: str
    steps: tuple[Rewrite, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A derivation from what is given to its results.

    given: matrices and what is known of them, in words.  holds: whether a step held where it was
    checked; empty where nothing was checked.  moving: the names of differentials, dG and df.
    """

    title: str
    given: tuple[tuple[Any, str], ...]
    definitions: tuple[Row, ...]
    sections: tuple[Section, ...] = ()
    entries: tuple[Row, ...] = ()
    results: tuple[Row, ...] = ()
    holds: Mapping[Rewrite | Total, bool] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()
    costs: Costs | None = None
    example: Example | None = None

    def _repr_html_(self) -> str:
        """What a notebook shows: all of it."""
        return str(WRITERS["fragment"](self))

    def show(self, style: Style, expr: Any) -> str:
        """An expression of the document."""
        if isinstance(expr, Total):
            return shown_entry(expr, style, lambda part: self.show(style, part))
        return NOTATIONS[style](expr, self.moving)


def steps_of(derivation: Derivation) -> tuple[Section, ...]:
    """Every step, in the order in which a reader follows them."""
    found = (
        Section("Differential and first derivatives", derivation.steps),
        Section("The gradient in Kronecker form", kronecker_gradient_steps(derivation)),
        Section("The Gauss-Newton matrix", gauss_newton_steps(derivation)),
        Section("The Hessian", hessian_steps(derivation)),
        Section("Results as one would write them", _simplifying(derivation)),
    )
    return tuple(section for section in found if section.steps)


def document(
    derivation: Derivation,
    level: Level = "full",
    holds: Mapping[Rewrite | Total, bool] | None = None,
    costs: Costs | None = None,
    example: Example | None = None,
) -> Document:
    """A derivation as a document: "short" leaves the steps out."""
    if level not in ("short", "full"):
        raise ValueError(f'level: expected "short" or "full", got {level!r}')
    return replace(
        asked(derivation),
        sections=steps_of(derivation) if level == "full" else (),
        entries=tuple(entries(derivation)),
        results=tuple(shortest(derivation)),
        holds=holds or {},
        costs=costs,
        example=example,
    )


def asked(derivation: Derivation) -> Document:
    """What is given and what f and E are, without derivatives."""
    problem = derivation.problem
    given = [(matrix, _kind(derivation, matrix)) for matrix in problem.matrices]
    given += [(symbol, "a number") for symbol in problem.scalars]
    if problem.is_function:
        given += [_cotangent(derivation)]
    unknowns = ", ".join(str(unknown.name) for unknown in problem.wrt)
    moving = frozenset(str(symbol.name) for symbol in _moving(derivation))
    return Document(
        f"Derivatives by {unknowns}" if problem.name == "problem" else problem.name,
        tuple(given),
        tuple(definitions(derivation)),
        moving=moving,
    )


def _moving(derivation: Derivation) -> list[Matrix]:
    """Every differential that the document holds: dG, df, dg."""
    parameters = [derivation.parameters(unknown) for unknown in derivation.problem.wrt]
    return [
        *derivation.tangents.values(),
        *derivation.residual_tangents.values(),
        *map(tangent, parameters),
    ]


def definitions(derivation: Derivation) -> list[Row]:
    """What f and E stand for."""
    problem = derivation.problem
    rows = [Row(Name("plain", (r.symbol,)), r.expr) for r in problem.residuals]
    squares = [r.weight * SumSquares(r.symbol) for r in problem.residuals]
    if problem.is_function:
        return [*rows, Row(Name("plain", (derivation.energy_symbol,)), derivation.scalar)]
    parts = [part for part in (*squares, problem.rest, *problem.domains) if part != 0]
    energy = parts[0] if len(parts) == 1 else sp.Add(*parts, evaluate=False)
    return [*rows, Row(Name("plain", (derivation.energy_symbol,)), energy)]


def shortest(derivation: Derivation) -> list[Row]:
    """The results as one would write them."""
    known = _symmetric(derivation)
    return [replace(row, expr=simplified(row.expr, known)[0]) for row in results(derivation)]


def _simplifying(derivation: Derivation) -> tuple[Rewrite, ...]:
    """The identities between `results` and `shortest`, each once."""
    known = _symmetric(derivation)
    steps = (step for row in results(derivation) for step in simplified(row.expr, known)[1])
    return tuple(dict.fromkeys(steps))


def _symmetric(derivation: Derivation) -> frozenset[Matrix]:
    """The residuals that are their own transposes, whatever the data."""
    return frozenset(r.symbol for r in derivation.problem.residuals if is_symmetric(r.expr))


def gathers_of(derivation: Derivation) -> tuple[Gather, ...]:
    """The formula of one entry of each gradient."""
    known = _symmetric(derivation)
    matrices = {u: simplified(f.matrix, known)[0] for u, f in derivation.gradients.items()}
    return gathers(matrices, derivation.problem.names)


def entries(derivation: Derivation) -> list[Row]:
    """∂E/∂g_t of each unknown as sums over entries, where (i, j) is the place of g_t."""
    rows = list[Row]()
    for gather in gathers_of(derivation):
        value = _component(derivation.parameters(gather.unknown))
        rows.append(Row(Name("partial", (derivation.energy_symbol, value)), gather.formula))
    return rows


def _component(parameters: Matrix) -> sp.Symbol:
    """The symbol g_t of a stored value."""
    return sp.Symbol(f"{parameters.name}_t")


def results(derivation: Derivation) -> list[Row]:
    """Differentials, Jacobians, gradients, Gauss-Newton matrices and Hessians, in this order."""
    problem, rows, E = derivation.problem, list[Row](), derivation.energy_symbol
    for residual, expr in zip(problem.residuals, derivation.differentials, strict=True):
        rows.append(Row(Name("d", (residual.symbol,)), expr))
    if problem.rest != 0:
        rows.append(Row(Name("d", (E,)), derivation.energy_differential))
    for (f, unknown), forms in derivation.jacobians.items():
        rows.append(Row(_by("partial", Vec(f), derivation, unknown), forms.kronecker))
    for unknown, forms in derivation.gradients.items():
        name = _by("partial", E, derivation, unknown)
        vector = product(1, derivation.selection(unknown), Vec(forms.matrix))
        coefficient, factors = split(forms.matrix)
        scaled = product(coefficient, derivation.selection(unknown), Vec(product(1, *factors)))
        if forms.kronecker not in (vector, scaled):
            rows.append(Row(name, vector))
        rows.append(Row(name, forms.kronecker))
    if problem.residuals and not problem.is_function:
        sign, *factor = _gauss_newton(derivation)
        for pair, forms in derivation.gauss_newtons.items():
            name = Name(sign, tuple(factor), _several(derivation, pair))
            rows.append(Row(name, forms.kronecker))
    for pair, forms in derivation.hessians.items():
        g = sp.Symbol("g") if len(problem.wrt) > 1 else derivation.parameters(pair[0])
        rows.append(
            Row(Name("second partial", (E, g), _several(derivation, pair)), forms.kronecker)
        )
    return rows


def _gauss_newton(derivation: Derivation) -> tuple[Any, ...]:
    """The sign of Σ 2 w_i J_iᵀJ_i and what stands in it: 2 w JᵀJ where all weights are one w.

    In words where weights differ, or something else is called J.
    """
    factors = {2 * residual.weight for residual in derivation.problem.residuals}
    factor = factors.pop()
    if factors or isinstance(factor, sp.Add) or "J" in derivation.problem.names:
        return ("gauss newton in words",)
    return ("plain gauss newton",) if factor == 1 else ("gauss newton", factor)


def _by(sign: str, above: Any, derivation: Derivation, unknown: Matrix) -> Name:
    return Name(sign, (above, derivation.parameters(unknown)))


def _several(derivation: Derivation, pair: tuple[Matrix, Matrix]) -> tuple[Matrix, Matrix] | None:
    return None if len(derivation.problem.wrt) == 1 else pair


def _cotangent(derivation: Derivation) -> tuple[Matrix, str]:
    """The symbol W of a matrix function, in words."""
    (weight,), (residual,) = derivation.cotangents, derivation.problem.residuals
    said = f"any weights of the entries of {residual.symbol.name}, for the product Jᵀ vec("
    return weight, f"dense, {_shape(weight)}, {said}{weight.name})"


def _kind(derivation: Derivation, matrix: Matrix) -> str:
    """What is known of a matrix, in words: ``sparse, symmetric, n × n, unknown; …``."""
    symmetric = ", symmetric" if matrix.symmetric and matrix.kind_of != "diagonal" else ""
    said = f"{matrix.kind_of}{symmetric}, {_shape(matrix)}"
    if matrix not in derivation.problem.wrt:
        return said
    name, g, P = matrix.name, derivation.parameters(matrix).name, derivation.selection(matrix).name
    said = f"{said}, unknown; {g} its stored values, {g} = {P} vec({name})"
    return f"{said}; {_tied(derivation, matrix)}" if symmetric else said


def _tied(derivation: Derivation, matrix: Matrix) -> str:
    """What becomes of P where the pattern keeps one number for two places."""
    g, P = derivation.parameters(matrix).name, derivation.selection(matrix).name
    taken = {*derivation.problem.names, *(str(symbol.name) for symbol in derivation.symbols)}
    T, c = (fresh(lengthened(name), taken) for name in ("T", "c"))
    E = derivation.energy_symbol
    return (
        f"where the pattern ties entries, vec({matrix.name}) = {T} {g} + {c}: "
        f"read {T}ᵀ for {P}, ∂{E}/∂{g} = {T}ᵀ vec(Γ)"
    )


def _shape(matrix: Matrix) -> str:
    rows, cols = (shown("text", "plain", size) for size in matrix.shape)
    return f"{rows} × {cols}"
