"""Write a package for a problem: its kernels, its data spec, its derivation as a page to read.

The package imports NumPy, SciPy and nzdiff's runtime alone.  Output is a function of the problem
and of the sizes it is planned for: no dates, no paths, stable order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from nzdiff.codegen.compile import checked, plan_assemblies, plan_program
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.emit.render import (
    WIDTH,
    c_source,
    digest,
    package_source,
    python_source,
    spec_of,
)
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.codegen.plan import Assembly, describe, describe_summand
from nzdiff.codegen.plan.price import memory_formula, peak_bytes, price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.files import write_whole
from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.data.support import Support

GENERATED = "Written by nzdiff"
"""What every generated file says of itself; nothing else is ever removed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not as it would be generated: "missing", "changed" or "not generated"."""

    file: Path
    state: str


def generate(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Path:
    """Write the package of a problem into `folder`, which is made; stale generated files go.

    sizes: the dimensions to plan for, with representative patterns; or data: what `Problem.bind`
    takes, to plan for its very patterns.  The code runs at any sizes.  Raises FileExistsError
    where the folder holds something that was not generated.
    """
    target = Path(folder)
    texts = package_texts(problem, sizes=sizes, data=data)
    _check_folder(target)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(target / name, text.encode())
    for stale in _files(target) - set(texts):
        if GENERATED in (target / stale).read_text(encoding="utf-8", errors="ignore"):
            (target / stale).unlink()
    return target


def differences(
    problem: Problem, folder: str | Path, *, sizes: Mapping[str, int] | None = None
) -> tuple[Difference, ...]:
    """How a folder differs from what would be generated: the set of files and each text."""
    target = Path(folder)
    texts, present = package_texts(problem, sizes=sizes), _files(target)
    found = [Difference(target / name, "not generated") for name in sorted(present - set(texts))]
    for name, text in texts.items():
        if name not in present:
            found.append(Difference(target / name, "missing"))
        elif (target / name).read_text(encoding="utf-8") != text:
            found.append(Difference(target / name, "changed"))
    return tuple(found)


def package_texts(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """The text of each file of the package of a problem, by file name."""
    planned = {**example_sizes(problem), **(sizes or {})}
    example = checked(problem, data if data is not None else example_data(problem, planned))
    derivation = problem.derive()
    program, second = plan_program(derivation, example), plan_assemblies(derivation, example)
    regenerate = f"nzdiff generate FILE --out FOLDER, with the FILE that defines {problem.name}"
    return {
        "__init__.py": package_source(derivation, program, regenerate),
        "spec.py": spec_source(
            spec_of(derivation, program), spec_of(derivation, second), regenerate
        ),
        "kernel.py": python_source(derivation, program, regenerate),
        "kernel.c": c_source(derivation, program, regenerate),
        "second_order.py": python_source(derivation, second, regenerate),
        "second_order.c": c_source(derivation, second, regenerate),
        "DERIVATION.md": page(derivation, program, second, Sizes(example.supports), regenerate),
    }


def page(
    derivation: Derivation, program: Program, second: Program, sizes: Sizes, regenerate: str
) -> str:
    """The derivation and the plans as a page of Markdown."""
    at = ", ".join(f"{name} = {size}" for name, size in sizes.supports.dims.items())
    stored = ", ".join(
        f"nnz({name}) = {matrix.nnz}" for name, matrix in sizes.supports.leaves.items()
    )
    lines = [
        f"# {derivation.problem.name}",
        "",
        f"{GENERATED}; do not edit.  Regenerate with: {regenerate}",
        "",
        "## Derivation",
        "",
        "```text",
        derivation.show(),
        "```",
        "",
        f"## Plan {digest(program)}",
        "",
        f"Planned for {at}, {stored}; runs at any sizes.",
        *_steps(program, sizes),
        "",
        f"## Plan {digest(second)} of the assembled matrices",
        "",
        *(line for assembly in second.plan.assemblies for line in _entries(assembly)),
        *_steps(second, sizes),
    ]
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


def spec_source(spec: KernelSpec, second: KernelSpec, regenerate: str) -> str:
    """The module that holds both specs as literals, each pattern once by name."""
    specs = {"SPEC": spec, "SECOND_ORDER": second}
    supports = {support: name for name, support in _named_supports(tuple(specs.values()))}
    tables = (*spec.tables, *second.tables)
    records = {type(table).__name__ for table in tables} | {"Argument", "Array"}
    records |= {type(record).__name__ for record in (*second.assemblies, *spec.reductions)}
    records |= {type(s).__name__ for assembly in second.assemblies for s in assembly.summands}
    names = sorted({*records, "KernelSpec"})
    patterns = ["Grouping", "Support"] if spec.groupings or second.groupings else ["Support"]
    lines = [
        f'"""The data that the kernels of {spec.name} work on.',
        "",
        f'Written by nzdiff; do not edit.  Regenerate with: {regenerate}\n"""',
        "",
        *_import("nzdiff.runtime.data.spec", names),
        *_import("nzdiff.runtime.data.support", patterns),
        "",
    ]
    for support, name in supports.items():
        lines += [f"# {support}", f"{name} = {literal(support, 0, len(name) + 3, {})}"]
    for name, record in specs.items():
        lines += ["", f"{name} = {literal(record, 0, len(name) + 3, supports)}"]
    return "\n".join([*lines, ""])


def _import(module: str, names: list[str]) -> list[str]:
    """An import as the formatter lays it out."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def literal(value: Any, indent: int, used: int, names: Mapping[Support, str]) -> str:
    """A frozen record as Python source, broken over lines as the formatter breaks it.

    used: columns taken before it.  names: supports that are written by name.
    """
    flat = _flat(value, names)
    if indent + used + len(flat) + 1 <= WIDTH or not _items(value):
        return flat
    inner = indent + 4
    lines = [
        f"{' ' * inner}{key}{literal(item, inner, len(key), names)}," for key, item in _items(value)
    ]
    opened = f"{type(value).__name__}(" if is_dataclass(value) else "("
    return "\n".join([opened, *lines, f"{' ' * indent})"])


def _flat(value: Any, names: Mapping[Support, str]) -> str:
    if isinstance(value, Support) and value in names:
        return names[value]
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if not isinstance(value, tuple) and not is_dataclass(value):
        return repr(value)
    inside = ", ".join(key + _flat(item, names) for key, item in _items(value))
    if is_dataclass(value):
        return f"{type(value).__name__}({inside})"
    return f"({inside},)" if len(value) == 1 else f"({inside})"


def _items(value: Any) -> list[tuple[str, Any]]:
    """Fields of a record (defaults left out, those of a `Support` by position) or of a tuple."""
    if isinstance(value, Support):
        return [("", value.rows), ("", value.cols), ("", value.chains)]
    if is_dataclass(value):
        pairs = [(entry, getattr(value, entry.name)) for entry in fields(value)]
        return [(f"{entry.name}=", item) for entry, item in pairs if item != entry.default]
    return [("", item) for item in value] if isinstance(value, tuple) else []


def _named_supports(specs: tuple[KernelSpec, ...]) -> list[tuple[str, Support]]:
    """Every pattern of some specs in order of appearance, named P0, P1, …."""
    found: dict[Support, None] = {}
    stack: list[Any] = list(reversed(specs))
    while stack:
        value = stack.pop()
        if isinstance(value, Support):
            found.setdefault(value)
        else:
            stack.extend(item for _, item in reversed(_items(value)))
    return [(f"P{place}", support) for place, support in enumerate(found)]


def _files(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {entry.name for entry in folder.iterdir() if entry.is_file()}


def _check_folder(folder: Path) -> None:
    """Refuse to write over what was not generated."""
    init = folder / "__init__.py"
    if not _files(folder) or (init.exists() and GENERATED in init.read_text("utf-8")):
        return
    raise FileExistsError(
        f"{folder}: expected an empty or generated folder, found other files; choose another one"
    )
