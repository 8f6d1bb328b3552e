"""A derivation for people: as lines of text, and as LaTeX."""

from __future__ import annotations

from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.nodes import SumSquares, Vec
from nzdiff.derive.language.notation import latex, text
from nzdiff.derive.language.symbols import Matrix

Row = tuple[str, str, Any]
"""A result: its name as text, its name as LaTeX, the expression."""


def as_text(derivation: Derivation) -> str:
    """Declarations, definitions, every step with its rule, and the results."""
    problem = derivation.problem
    lines = ["Given"]
    lines += [f"  {_declaration(derivation, matrix)}" for matrix in problem.matrices]
    lines += [f"  {symbol.name}: a number" for symbol in problem.scalars]
    lines += ["  K: the commutation matrix, K vec(A) = vec(Aᵀ);  A : B = tr(Aᵀ B)"]
    lines += ["", "Definitions"]
    lines += [f"  {name} = {text(expr)}" for name, _, expr in _definitions(derivation)]
    lines += ["", "Steps"]
    for step in derivation.steps:
        lines.append(f"  {step.rule}: {step.formula}")
        lines.append(f"    {text(step.before)}  →  {text(step.after)}")
    lines += ["", "Results"]
    lines += [f"  {name} = {text(expr)}" for name, _, expr in _results(derivation)]
    return "\n".join(lines)


def as_latex(derivation: Derivation) -> str:
    """Definitions and results in one align* environment."""
    rows = [*_definitions(derivation), *_results(derivation)]
    lines = [f"  {name} &= {latex(expr)}" for _, name, expr in rows]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])


def _declaration(derivation: Derivation, matrix: Matrix) -> str:
    kind = matrix.kind_of + (
        ", symmetric" if matrix.symmetric and matrix.kind_of == "sparse" else ""
    )
    shown = f"{matrix.name}: {kind}, {text(matrix.rows)} × {text(matrix.cols)}"
    if matrix not in derivation.problem.wrt:
        return shown
    g, P = derivation.parameters(matrix).name, derivation.selection(matrix).name
    return f"{shown}, unknown; {g} its stored values, {g} = {P} vec({matrix.name})"


def _definitions(derivation: Derivation) -> list[Row]:
    problem = derivation.problem
    rows: list[Row] = [(text(r.symbol), latex(r.symbol), r.expr) for r in problem.residuals]
    squares = [r.weight * SumSquares(r.symbol) for r in problem.residuals]
    if problem.is_function:
        return [*rows, ("E", "E", derivation.scalar)]
    parts = [part for part in (*squares, problem.rest) if part != 0]
    energy = parts[0] if len(parts) == 1 else sp.Add(*parts, evaluate=False)
    return [*rows, ("E", "E", energy)]


def _results(derivation: Derivation) -> list[Row]:
    problem, rows = derivation.problem, list[Row]()
    for residual, expr in zip(problem.residuals, derivation.differentials, strict=True):
        f = residual.symbol
        rows.append((f"d{f.name}", rf"\mathrm{{d}}{latex(f)}", expr))
    if problem.rest != 0:
        rows.append(("dE", r"\mathrm{d}E", derivation.energy_differential))
    for (f, unknown), forms in derivation.jacobians.items():
        rows.append(
            (
                *_quotient(
                    f"vec({text(f)})", rf"\operatorname{{vec}}({latex(f)})", derivation, unknown
                ),
                forms.kronecker,
            )
        )
    for unknown, forms in derivation.gradients.items():
        names = _quotient("E", "E", derivation, unknown)
        vector = product(1, derivation.selection(unknown), Vec(forms.matrix))
        rows.append((*names, vector))
        if forms.kronecker != vector:
            rows.append((*names, forms.kronecker))
    if problem.residuals and not problem.is_function:
        for pair, forms in derivation.gauss_newtons.items():
            of = _pair(derivation, pair)
            rows.append((f"2 JᵀJ{of}", rf"2 J^{{\top}} J{of}", forms.kronecker))
    for pair, forms in derivation.hessians.items():
        of, g = _pair(derivation, pair), sp.Symbol("g")
        if len(problem.wrt) == 1:
            g = derivation.parameters(pair[0])
        names = f"∂²E/∂{text(g)}²{of}", rf"\frac{{\partial^2 E}}{{\partial {latex(g)}^2}}{of}"
        rows.append((*names, forms.kronecker))
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
