"""The page of a generated package: the derivation, and the steps of its plans with their cost."""

from __future__ import annotations

from collections.abc import Mapping

from nzdiff.codegen.emit.heading import digest
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.plan import Assembly, describe, describe_summand
from nzdiff.codegen.plan.price import memory_formula, peak_bytes, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.show.document import document
from nzdiff.derive.show.text import as_text


def page(derivation: Derivation, programs: Mapping[str, Program], sizes: Sizes, about: str) -> str:
    """The derivation and the plans of some programs as a page of Markdown."""
    at = ", ".join(f"{name} = {size}" for name, size in sizes.supports.dims.items())
    stored = ", ".join(
        f"nnz({name}) = {matrix.nnz}" for name, matrix in sizes.supports.leaves.items()
    )
    planned = f"Planned for {at}, {stored}; runs at any sizes."
    lines = [
        f"# {document(derivation).title}",
        "",
        about,
        "",
        "## Derivation",
        "",
        "```text",
        as_text(document(derivation)),
        "```",
    ]
    for name, program in programs.items():
        lines += ["", f"## {name}: plan {digest(program)}", ""]
        lines += [line for assembly in program.plan.assemblies for line in _entries(assembly)]
        lines += [] if program.plan.assemblies else [planned]
        lines += ["", *_steps(program, sizes)]
    return "\n".join(lines) + "\n"


def _steps(program: Program, sizes: Sizes) -> list[str]:
    """The steps of a plan as a table."""
    plan, rows = program.plan, [(step, price(step, sizes)) for step in program.plan.steps]
    return [
        f"Workspace: {memory_formula(plan)}, here {peak_bytes(plan, sizes) / 1e6:.2f} MB.",
        "",
        "| step | computes | flops | bytes |",
        "|---|---|---:|---:|",
        *(
            f"| `{describe(step)}` | {step.out.formula.replace('|', chr(92) + '|')} "
            f"| {c.flops:.3g} | {c.bytes:.3g} |"
            for step, c in rows
        ),
    ]


def _entries(assembly: Assembly) -> list[str]:
    """What an entry of an assembled matrix is the sum of."""
    parts = [describe_summand(summand) for summand in assembly.summands]
    forms = {"matrix": "", "diagonal": ", diagonal"}
    form = forms.get(assembly.form, f", entries that share a {assembly.form}")
    title = f"{assembly.operator.replace('_', '-')}{form}"
    return [f"- {title}: entry (t, u) = {' + '.join(parts) or '0'}"]
