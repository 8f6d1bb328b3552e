"""From a program to text: C and Python source, and the spec of the data they need.

The only place that touches Jinja2.  Templates lay out finished lines.
"""

from __future__ import annotations

import hashlib
import textwrap
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from nzdiff.codegen import plan as ir
from nzdiff.codegen.emit.layout import IDENTIFIER, Block, Line, Program, uses
from nzdiff.codegen.plan.arguments import argument_of
from nzdiff.codegen.plan.numbers import python_text
from nzdiff.codegen.plan.price import memory_formula
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.notation import text
from nzdiff.runtime.data.spec import (
    Argument,
    Array,
    Assembly,
    KernelSpec,
    Reduction,
    Summand,
    table_arrays,
)

WIDTH = 100
"""Columns of generated text."""
TABLE_TYPES = {
    "int64": "const int64_t *",
    "int32": "const int32_t *",
    "lanes": "const void *",
    "real": "real *",
}
"""How index arrays are declared."""
HELPERS = {
    "gemm": ("gemm_",),
    "trmm": ("trmm_",),
    "lanes": ("product_", "spmm", "sddmm"),
    "add_spread": ("product_spread",),
    "spmm_row": ("spmm",),
}
"""What several kernels share, in order, by how the names of its users begin."""
SOLVERS = frozenset({"factor", "solve"})
"""The kernels that call back into `LinearSolvers`."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One block with its local names declared, ready for the template."""

    name: str
    comment: str
    stages: tuple[int, ...]
    declarations: tuple[str, ...]
    lines: tuple[Line, ...]
    exported: bool
    unused: bool


def spec_of(derivation: Derivation, program: Program) -> KernelSpec:
    """What the runtime must know of a program."""
    problem, plan, factored = derivation.problem, program.plan, program.factored
    weights = tuple(_weight(residual.weight) for residual in problem.residuals)
    dims = tuple(str(size.name) for size in problem.dimensions)
    return KernelSpec(
        name=problem.name,
        formula=text(problem.energy),
        dims=dims,
        arguments=tuple(argument_of(m, m in problem.wrt) for m in problem.matrices),
        unknowns=tuple(str(unknown.name) for unknown in problem.wrt),
        scalars=tuple(str(symbol.name) for symbol in problem.scalars),
        coefficients=plan.coefficients,
        constants=plan.constants,
        arrays=tuple(Array(v.name, v.rows, v.cols, v.support, v.scalar) for v in plan.values),
        counts=program.counts,
        tables=program.tables,
        tangents=tuple(value.name for value in plan.tangents),
        cotangents=tuple(value.name for value in plan.cotangents),
        energy="" if plan.energy is None else plan.energy.name,
        residuals=tuple(value.name for value in plan.residuals),
        gradients=tuple(value.name for value in plan.gradients),
        jvps=tuple(value.name for value in plan.jvps),
        vjps=tuple(value.name for value in plan.vjps),
        gnvps=tuple(value.name for value in plan.gnvps),
        hvps=tuple(value.name for value in plan.hvps),
        only_squares=problem.is_sum_of_squares,
        residual_weights=weights,
        stages=program.moving,
        constants_done=len(program.stages) - program.moving,
        assemblies=tuple(_assembly(assembly, program) for assembly in plan.assemblies),
        flops=program.flops,
        factored=tuple((s.source.formula, s.source.rows, s.source.support) for s in factored),
        groupings=plan.groupings,
        reductions=tuple(_reduction(reduction) for reduction in plan.reductions),
        definite=tuple(which for which, step in enumerate(factored) if step.definite),
    )


def c_source(derivation: Derivation, program: Program, regenerate: str) -> str:
    """The program as one C file."""
    spec = spec_of(derivation, program)
    declare = _c_declarations(spec)
    blocks = [_rendered(block, declare) for block in _blocks(program)]
    helpers = [name for name, users in HELPERS.items() if _any(users, program.kernels)]
    names = (*helpers, *program.kernels)
    return _template("kernel.c.j2").render(
        **_frame(derivation, program, regenerate),
        uses_blas=bool({"gemm", "trmm"}.intersection(helpers)),
        uses_solvers=bool(SOLVERS.intersection(program.kernels)),
        uses_math=bool(program.functions_of_entries)
        or any(" = " in line.python for block in blocks for line in block.lines),
        kernels=[_kernel(name) for name in names],
        functions=program.functions_of_entries,
        blocks=[replace(block, lines=tuple(map(_c_line, block.lines))) for block in blocks],
    )


def python_source(derivation: Derivation, program: Program, regenerate: str) -> str:
    """The program as one Python module on NumPy."""
    known = frozenset(_c_declarations(spec_of(derivation, program)))
    blocks = [_rendered(block, {}) for block in _blocks(program)]
    formulas = [line.python for block in blocks for line in block.lines]
    formulas += [function.python for function in program.functions_of_entries]
    modules = ("numpy", "scipy.constants", "scipy.special")
    imports = [f"import {m}" for m in modules if any(f"{m}." in text for text in formulas)]
    return _template("kernel.py.j2").render(
        **_frame(derivation, program, regenerate),
        imports=[*imports, ""] if imports else [],
        functions=[
            replace(f, python=_skipped(f.python, len("    out[:] = ")))
            for f in program.functions_of_entries
        ],
        kernels=program.python_kernels,
        blocks=[
            replace(block, lines=tuple(_python_line(line, known) for line in block.lines))
            for block in blocks
        ],
    )


def package_source(derivation: Derivation, program: Program, regenerate: str) -> str:
    """The `__init__` of a generated package: `bind` and `solve`."""
    spec = spec_of(derivation, program)
    signature = [argument.name for argument in spec.arguments] + list(spec.scalars)
    lines = [_argument_line(argument) for argument in spec.arguments]
    lines += [f"{name}: a number." for name in spec.scalars]
    return _template("package.py.j2").render(
        **_frame(derivation, program, regenerate),
        arguments=", ".join(f"{name}=…" for name in signature),
        signature=signature,
        argument_lines=lines,
    )


def _any(beginnings: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return any(name.startswith(beginnings) for name in names)


def digest(program: Program) -> str:
    """A short fingerprint of the plan."""
    lines = "\n".join(ir.describe(step) for step in program.plan.steps)
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def _blocks(program: Program) -> tuple[Block, ...]:
    return (*program.stages, *program.functions)


def _frame(derivation: Derivation, program: Program, regenerate: str) -> dict[str, Any]:
    problem = derivation.problem
    header = [f"{'F' if problem.is_function else 'E'} = {text(problem.energy)}"]
    header += [f"{residual.symbol.name} = {text(residual.expr)}" for residual in problem.residuals]
    for unknown, forms in ({} if problem.is_function else derivation.gradients).items():
        header.append(f"dE/d{unknown.name} = {text(forms.matrix)}  at the stored positions")
    header += [
        f"plan {digest(program)}",
        *_flops(program),
        f"workspace: {memory_formula(program.plan)}",
    ]
    title = f"Kernels of the problem {problem.name}."
    return {"title": title, "header": header, "regenerate": regenerate}


def _flops(program: Program) -> list[str]:
    if not program.flops:
        return []
    counts = ", ".join(f"{name} {count:.3g}" for name, count in program.flops)
    return [f"floating-point operations at the sizes it was planned for: {counts}"]


def _rendered(block: Block, declare: dict[str, str]) -> Rendered:
    used = tuple(declare[name] for name in declare if name in block.names)
    exported = not block.name.startswith("stage_")
    unused = not used and not block.stages
    return Rendered(block.name, block.comment, block.stages, used, block.lines, exported, unused)


def _c_declarations(spec: KernelSpec) -> dict[str, str]:
    """How each name of a program is declared from the workspace, in a fixed order."""
    found = {
        "threads": "const int threads = w->threads;",
        "solvers": "const nzdiff_solvers *solvers = w->solvers;",
    }
    sizes = (*spec.dims, *(name for name, _ in spec.counts))
    for place, name in enumerate(sizes):
        found[name] = f"const int64_t {name} = w->sizes[{place}];"
    for place, (name, _) in enumerate(spec.coefficients):
        found[name] = f"const double {name} = w->coefficients[{place}];"
    tables = [array for table in spec.tables for array in table_arrays(table)]
    for place, (name, kind) in enumerate(tables):
        found[name] = f"{TABLE_TYPES[kind]}{name} = w->tables[{place}];"
    for place, array in enumerate(spec.arrays):
        number = "double" if array.scalar else "real"
        found[array.name] = f"{number} *{array.name} = w->arrays[{place}];"
    return found


def _argument_line(argument: Argument) -> str:
    shape = f"({argument.rows}, {argument.cols})"
    return {
        "dense": f"{argument.name}: array of shape {shape}.",
        "diagonal": f"{argument.name}: the diagonal of a matrix of shape {shape}, as a vector.",
        "sparse": f"{argument.name}: SciPy sparse matrix of shape {shape}.",
        "unknown": f"{argument.name}: Pattern of shape {shape}; its values are the unknowns.",
        "unknown dense": f"{argument.name}: unknown of shape {shape}; left out, or a full Pattern.",
        "unknown diagonal": f"{argument.name}: unknown diagonal of shape {shape}; left out.",
    }[argument.kind]


def _c_line(line: Line) -> Line:
    return Line(
        "\n".join(
            textwrap.wrap(
                f"{line.code};",
                WIDTH - 4,
                subsequent_indent=" " * 8,
                break_long_words=False,  # a number in two is none
                break_on_hyphens=False,
            )
        ),
        line.comment,
    )


def _python_line(line: Line, known: frozenset[str]) -> Line:
    """The line on the attributes of the workspace, broken as the formatter breaks calls."""
    source = line.python or line.code
    code = IDENTIFIER.sub(lambda m: f"w.{m[0]}" if m[0] in known else m[0], source)
    if " = " in code:
        return Line(_skipped(code, 4), line.comment)
    if len(code) <= WIDTH - 4:
        return Line(code, line.comment)
    kernel, inside = code[:-1].split("(", 1)
    if len(inside) <= WIDTH - 8:
        return Line(f"{kernel}(\n        {inside}\n    )", line.comment)
    broken = "".join(f"        {argument},\n" for argument in inside.split(", "))
    return Line(f"{kernel}(\n{broken}    )", line.comment)


def _skipped(code: str, indent: int) -> str:
    """A line that the formatter would break, with a word to leave it."""
    return code if len(code) + indent <= WIDTH else f"{code}  # fmt: skip"


def _assembly(assembly: ir.Assembly, program: Program) -> Assembly:
    summands = tuple(
        Summand(
            s.kind,
            s.row,
            s.column,
            s.coefficient.name if isinstance(s.coefficient, ir.Value) else s.coefficient,
            s.left.name,
            "" if s.right is None else s.right.name,
            "" if s.scale is None else s.scale.name,
        )
        for s in assembly.summands
    )
    names = uses(program, assembly.name) if assembly.factors else ()
    given = {value.name for value in program.plan.arguments}
    needed = tuple(v.name for v in assembly.factors if v.name in given)
    return Assembly(
        assembly.operator, assembly.form, summands, tuple(dict.fromkeys((*names, *needed)))
    )


def _reduction(reduction: ir.Reduction) -> Reduction:
    constant, smaller = reduction.constant, reduction.reduced
    return Reduction(
        matrix=reduction.matrix.name,
        constant="" if constant is None else constant.name,
        triangle=reduction.triangle.name,
        reduced="" if smaller is None else smaller.name,
        remainder=reduction.remainder.name,
        transposed=reduction.transposed,
    )


def _weight(weight: Any) -> float | str:
    return float(weight) if weight.is_number else python_text(weight)


@cache
def _environment() -> jinja2.Environment:
    folders = ("emit/targets/c", "emit/targets/numpy", "package", "unroll")
    root = Path(str(resources.files("nzdiff.codegen")))
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([root / folder for folder in folders]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


def _kernel(name: str) -> str:
    source = resources.files("nzdiff.codegen.emit.targets.c") / "kernels" / f"{name}.c"
    return source.read_text(encoding="utf-8")
