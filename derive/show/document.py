"""What a derivation says, for every form in which it is shown: one file a form beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.nodes import SumSquares, Vec
from nzdiff.derive.language.notation import latex, text
from nzdiff.derive.language.symbols import Matrix


@dataclass(frozen=True, slots=True)
class Row:
    """A definition or result: its name as text, its name as LaTeX, the expression."""

    name: str
    latex: str
    expr: Any


def definitions(derivation: Derivation) -> list[Row]:
    """What f and E stand for."""
    problem = derivation.problem
    rows = [Row(text(r.symbol), latex(r.symbol), r.expr) for r in problem.residuals]
    squares = [r.weight * SumSquares(r.symbol) for r in problem.residuals]
    if problem.is_function:
        return [*rows, Row("E", "E", derivation.scalar)]
    parts = [part for part in (*squares, problem.rest, *problem.domains) if part != 0]
    energy = parts[0] if len(parts) == 1 else sp.Add(*parts, evaluate=False)
    return [*rows, Row("E", "E", energy)]


def results(derivation: Derivation) -> list[Row]:
    """Differentials, Jacobians, gradients, Gauss-Newton matrices and Hessians, in this order."""
    problem, rows = derivation.problem, list[Row]()
    for residual, expr in zip(problem.residuals, derivation.differentials, strict=True):
        f = residual.symbol
        rows.append(Row(f"d{f.name}", rf"\mathrm{{d}}{latex(f)}", expr))
    if problem.rest != 0:
        rows.append(Row("dE", r"\mathrm{d}E", derivation.energy_differential))
    for (f, unknown), forms in derivation.jacobians.items():
        above = f"vec({text(f)})", rf"\operatorname{{vec}}({latex(f)})"
        rows.append(Row(*_quotient(*above, derivation, unknown), forms.kronecker))
    for unknown, forms in derivation.gradients.items():
        names = _quotient("E", "E", derivation, unknown)
        vector = product(1, derivation.selection(unknown), Vec(forms.matrix))
        rows.append(Row(*names, vector))
        if forms.kronecker != vector:
            rows.append(Row(*names, forms.kronecker))
    if problem.residuals and not problem.is_function:
        for pair, forms in derivation.gauss_newtons.items():
            of = _pair(derivation, pair)
            rows.append(Row(f"2 JᵀJ{of}", rf"2 J^{{\top}} J{of}", forms.kronecker))
    for pair, forms in derivation.hessians.items():
        of, g = _pair(derivation, pair), sp.Symbol("g")
        if len(problem.wrt) == 1:
            g = derivation.parameters(pair[0])
        names = f"∂²E/∂{text(g)}²{of}", rf"\frac{{\partial^2 E}}{{\partial {latex(g)}^2}}{of}"
        rows.append(Row(*names, forms.kronecker))
    return rows


def _quotient(
    above: str, above_latex: str, derivation: Derivation, unknown: Matrix
) -> tuple[str, str]:
    g = derivation.parameters(unknown)
    return (
        f"∂{above}/∂{text(g)}",
        rf"\frac{{\partial {above_latex}}}{{\partial {latex(g)}}}",
    )


def _pair(derivation: Derivation, pair: tuple[Matrix, Matrix]) -> str:
    return "" if len(derivation.problem.wrt) == 1 else f" ({pair[0].name}, {pair[1].name})"
