"""A derivation as lines of text."""

from __future__ import annotations

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix
from nzdiff.derive.show.document import definitions, results


def as_text(derivation: Derivation) -> str:
    """Declarations, definitions, every step with its rule, and the results."""
    problem = derivation.problem
    lines = ["Given"]
    lines += [f"  {_declaration(derivation, matrix)}" for matrix in problem.matrices]
    lines += [f"  {symbol.name}: a number" for symbol in problem.scalars]
    lines += ["  K_nm: the commutation matrix, K_nm vec(A) = vec(Aᵀ), A n × m;  A : B = tr(Aᵀ B)"]
    lines += ["", "Definitions"]
    lines += [f"  {row.name} = {text(row.expr)}" for row in definitions(derivation)]
    lines += ["", "Steps"]
    for step in derivation.steps:
        lines.append(f"  {step.rule}: {step.formula}")
        lines.append(f"    {text(step.before)}  →  {text(step.after)}")
    lines += ["", "Results"]
    lines += [f"  {row.name} = {text(row.expr)}" for row in results(derivation)]
    return "\n".join(lines)


def _declaration(derivation: Derivation, matrix: Matrix) -> str:
    kind = matrix.kind_of + (
        ", symmetric" if matrix.symmetric and matrix.kind_of == "sparse" else ""
    )
    shown = f"{matrix.name}: {kind}, {text(matrix.rows)} × {text(matrix.cols)}"
    if matrix not in derivation.problem.wrt:
        return shown
    g, P = derivation.parameters(matrix).name, derivation.selection(matrix).name
    return f"{shown}, unknown; {g} its stored values, {g} = {P} vec({matrix.name})"
