"""What stands at the head of every emitted file: the formulas, the plan, what it costs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from nzdiff.codegen import plan as ir
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.plan.price import memory_formula
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.notation import text


@dataclass(frozen=True, slots=True)
class Heading:
    """title: one sentence.  lines: formulas, plan and cost.  regenerate: how to write it anew."""

    title: str
    lines: tuple[str, ...]
    regenerate: str


def heading(derivation: Derivation, program: Program, regenerate: str) -> Heading:
    """The head of the files of a program."""
    problem, plan = derivation.problem, program.plan
    cost = (f"plan {digest(program)}", *_flops(program), f"workspace: {memory_formula(plan)}")
    if plan.assemblies:
        title = f"Factors of the matrices of {problem.called}."
        return Heading(title, cost, regenerate)
    name = derivation.energy_symbol.name
    lines = [f"{'F' if problem.is_function else name} = {text(problem.energy)}"]
    lines += [f"{residual.symbol.name} = {text(residual.expr)}" for residual in problem.residuals]
    for unknown, forms in ({} if problem.is_function else derivation.gradients).items():
        lines.append(f"d{name}/d{unknown.name} = {text(forms.matrix)}  at the stored positions")
    return Heading(f"Kernels of {problem.called}.", (*lines, *cost), regenerate)


def digest(program: Program) -> str:
    """A short fingerprint of the plan."""
    lines = "\n".join(ir.describe(step) for step in program.plan.steps)
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def _flops(program: Program) -> list[str]:
    if not program.flops:
        return []
    counts = ", ".join(f"{name} {count:.3g}" for name, count in program.flops)
    return [f"floating-point operations at the sizes it was planned for: {counts}"]
