"""Write a package for a problem: its kernels, its data spec, its derivation as a page to read.

The package imports NumPy, SciPy and nzdiff's runtime alone.  Output is a function of the problem
and of the sizes it is planned for: no dates, no paths, stable order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nzdiff.codegen.compile import checked, plan_assemblies, plan_program
from nzdiff.codegen.emit.contract import contract
from nzdiff.codegen.emit.heading import Heading, heading
from nzdiff.codegen.emit.targets import TARGETS
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.codegen.package.page import page
from nzdiff.codegen.package.wanted import wanted_outputs
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.files import write_whole
from nzdiff.runtime.data.spec import Argument, KernelSpec
from nzdiff.runtime.data.spec_file import SpecFile, dumps
from nzdiff.runtime.package import FIRST, SECOND

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
    outputs: Iterable[str] | None = None,
) -> Path:
    """Write the package of a problem into `folder`, which is made; stale generated files go.

    sizes: the dimensions to plan for, with representative patterns; or data: what `Problem.bind`
    takes, to plan for its very patterns.  The code runs at any sizes.
    outputs: the functions that the package has, by their names in
    `nzdiff.runtime.data.spec.OUTPUTS`, and "matrices" (assembled ones and their blocks); all by
    default, and energy and gradient always.  Raises FileExistsError where the folder holds
    something that was not generated.
    """
    target = Path(folder)
    texts = package_texts(problem, sizes=sizes, data=data, outputs=outputs)
    _check_folder(target)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(target / name, text.encode())
    for stale in _files(target) - set(texts):
        if GENERATED in (target / stale).read_text(encoding="utf-8", errors="ignore"):
            (target / stale).unlink()
    return target


def differences(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    outputs: Iterable[str] | None = None,
) -> tuple[Difference, ...]:
    """How a folder differs from what would be generated: the set of files and each text."""
    target = Path(folder)
    texts, present = package_texts(problem, sizes=sizes, outputs=outputs), _files(target)
    found = [Difference(target / name, "not generated") for name in sorted(present - set(texts))]
    for name, text in texts.items():
        if name not in present:
            found.append(Difference(target / name, "missing"))
        elif (target / name).read_bytes() != text.encode():
            found.append(Difference(target / name, "changed"))
    return tuple(found)


def package_texts(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
) -> dict[str, str]:
    """The text of each file of the package of a problem, by file name."""
    functions, matrices = wanted_outputs(problem, outputs)
    planned = {**example_sizes(problem), **(sizes or {})}
    example = checked(problem, data if data is not None else example_data(problem, planned))
    derivation = derive(problem)
    regenerate = f"nzdiff generate FILE --out FOLDER, with the FILE that defines {problem.name}"
    laid_out = {FIRST: plan_program(derivation, example, functions)}
    if matrices:
        laid_out[SECOND] = plan_assemblies(derivation, example)
    targets = tuple(TARGETS.values())
    headed = {name: (p, heading(derivation, p, regenerate)) for name, p in laid_out.items()}
    specs = {name: contract(derivation, program, targets) for name, program in laid_out.items()}
    about = f"{GENERATED}; do not edit.  Regenerate with: {regenerate}"
    found = {
        "__init__.py": _module(specs[FIRST], headed[FIRST][1]),
        "spec.json": dumps(SpecFile(about, tuple(TARGETS), specs)),
        "DERIVATION.md": page(derivation, laid_out, Sizes(example.supports), about),
    }
    for target in targets:
        found |= target.files(headed)
    return found


def _module(spec: KernelSpec, heading: Heading) -> str:
    """The `__init__` of a generated package: `bind` and `solve`."""
    signature = [argument.name for argument in spec.arguments] + list(spec.scalars)
    lines = [_argument_line(argument) for argument in spec.arguments]
    lines += [f"{name}: a number." for name in spec.scalars]
    return rendered(
        "nzdiff.codegen.package",
        "package.py.j2",
        heading=heading,
        arguments=", ".join(f"{name}=…" for name in signature),
        signature=signature,
        argument_lines=lines,
    )


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


def _files(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {entry.name for entry in folder.iterdir() if entry.is_file()}


def _check_folder(folder: Path) -> None:
    """Refuse to write over what was not generated."""
    init = folder / "__init__.py"
    if not _files(folder) or (init.exists() and GENERATED.encode() in init.read_bytes()):
        return
    raise FileExistsError(
        f"{folder}: expected an empty or generated folder, found other files; choose another one"
    )
