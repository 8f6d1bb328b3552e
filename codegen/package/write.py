"""Write a package for a problem: its kernels, its data spec, its derivation as a page to read.

The package imports NumPy, SciPy and nzdiff's runtime alone, which one that stands alone holds in
itself.  Output is a function of the problem
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
from nzdiff.codegen.package.folder import (
    check_alone,
    check_folder,
    check_name,
    exchange,
    owned,
    regenerate,
)
from nzdiff.codegen.package.page import page
from nzdiff.codegen.package.standalone import own_texts, vendored_texts
from nzdiff.codegen.package.wanted import wanted_outputs, wanted_sizes
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.manifest import INIT, SPEC, UNSIGNED, fingerprint, signed
from nzdiff.runtime.data.spec import Argument, KernelSpec
from nzdiff.runtime.data.spec_file import SpecFile, dumps
from nzdiff.runtime.factors.callbacks import calls_back
from nzdiff.runtime.package import FIRST, SECOND


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
    force: bool = False,
    standalone: bool = False,
    solve: bool = True,
) -> Path:
    """Write the package of a problem into `folder`, which is made, or nothing.

    Of what the folder holds, the files of the package are replaced; those of an earlier one that
    are no longer needed go, unless somebody changed them; all others stay.

    sizes: the dimensions to plan for, with representative patterns; or data: what `Problem.bind`
    takes, to plan for its very patterns.  The code runs at any sizes.
    outputs: the functions that the package has, by their names in
    `nzdiff.runtime.data.spec.OUTPUTS`, and "matrices" (assembled ones and their blocks); all by
    default, and energy and gradient always.
    force: write also where the folder holds the package of another problem, or other files.
    standalone: put what the package needs of nzdiff into it, so that it runs with NumPy and SciPy
    alone, and a pyproject.toml by which it can be installed; see docs/howto/standalone.md.
    solve: whether the package has `solve`; without it, one that stands alone holds no methods.

    Raises FileExistsError where it does without `force`, ValueError for a folder whose name cannot
    be imported.
    """
    target = Path(folder)
    check_name(target)
    texts = package_texts(
        problem, sizes=sizes, data=data, outputs=outputs, standalone=standalone, solve=solve
    )
    check_folder(target, problem.name, tuple(texts), force=force)
    exchange(target, texts)
    return target


def differences(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    outputs: Iterable[str] | None = None,
    standalone: bool = False,
    solve: bool = True,
) -> tuple[Difference, ...]:
    """How a package differs from what would be generated: the set of its files and each text.

    Raises FileExistsError for one that stands alone where `standalone` does not say so.
    """
    texts = package_texts(problem, sizes=sizes, outputs=outputs, standalone=standalone, solve=solve)
    check_alone(Path(folder), texts)
    return _compared(Path(folder), texts)


def preview(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    outputs: Iterable[str] | None = None,
    force: bool = False,
    standalone: bool = False,
    solve: bool = True,
) -> tuple[Difference, ...]:
    """What `generate` would change, without writing; where it would refuse, the same error.

    A file that is "not generated" any more is removed, unless somebody changed it.
    """
    target = Path(folder)
    check_name(target)
    texts = package_texts(problem, sizes=sizes, outputs=outputs, standalone=standalone, solve=solve)
    check_folder(target, problem.name, tuple(texts), force=force)
    before, stale = owned(target), "not generated"
    return tuple(
        difference
        for difference in _compared(target, texts)
        if difference.state != stale
        or before.still_has(target, difference.file.relative_to(target).as_posix())
    )


def _compared(target: Path, texts: Mapping[str, str]) -> tuple[Difference, ...]:
    before = owned(target)
    listed = set() if before.manifest is None else set(before.manifest.names)
    stale = [name for name in sorted(listed - set(texts)) if (target / name).is_file()]
    found = tuple(Difference(target / name, "not generated") for name in stale)
    return found + differences_of(target, texts)


def differences_of(folder: Path, texts: Mapping[str, str]) -> tuple[Difference, ...]:
    """How the files of a folder differ from these texts; others that it holds do not count."""
    found = []
    for name, text in texts.items():
        if not (folder / name).is_file():
            found.append(Difference(folder / name, "missing"))
        elif (folder / name).read_bytes() != text.encode():
            found.append(Difference(folder / name, "changed"))
    return tuple(found)


def package_texts(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
    standalone: bool = False,
    solve: bool = True,
) -> dict[str, str]:
    """The text of each file of the package of a problem, by its path in the folder."""
    functions, matrices = wanted_outputs(problem, outputs)
    planned = {**example_sizes(problem), **wanted_sizes(problem, sizes)}
    example = checked(problem, data if data is not None else example_data(problem, planned))
    derivation = derive(problem)
    again = regenerate(problem.name, standalone=standalone, solve=solve)
    laid_out = {FIRST: plan_program(derivation, example, functions)}
    if matrices:
        laid_out[SECOND] = plan_assemblies(derivation, example)
    targets = tuple(target for target in TARGETS.values() if target.packaged)
    headed = {name: (p, heading(derivation, p, again)) for name, p in laid_out.items()}
    specs = {name: contract(derivation, program, targets) for name, program in laid_out.items()}
    about = f"Written by nzdiff; do not edit.  Regenerate with: {again}"
    found = {
        INIT: _module(specs, headed[FIRST][1], standalone=standalone, solve=solve),
        "DERIVATION.md": page(derivation, laid_out, Sizes(example.supports), about),
    }
    for target in targets:
        found |= target.files(headed)
    vendored: dict[str, str] = {}
    if standalone:
        vendored = vendored_texts(found, problem.name, headed[FIRST][1].lines[0])
        found = own_texts(found)
    listed = fingerprints(found)
    file = SpecFile(
        about, UNSIGNED, listed, tuple(t.name for t in targets), specs, fingerprints(vendored)
    )
    return signed({**found, **vendored, SPEC: dumps(file)})


def fingerprints(texts: Mapping[str, str]) -> dict[str, str]:
    """Of each text, by its path."""
    return {name: fingerprint(text) for name, text in sorted(texts.items())}


def _module(
    specs: Mapping[str, KernelSpec], heading: Heading, *, standalone: bool, solve: bool
) -> str:
    """The `__init__` of a generated package: `bind` and, where it is wanted, `solve`."""
    spec = specs[FIRST]
    return rendered(
        "nzdiff.codegen.package",
        "package.py.j2",
        heading=heading,
        digest=UNSIGNED,
        stands_alone=standalone,
        solves=solve,
        calls_back=any(calls_back(each) for each in specs.values()),
        **signature_of(spec),
    )


def signature_of(spec: KernelSpec) -> dict[str, Any]:
    """What the templates of packages say about the arguments of `bind`."""
    names = [argument.name for argument in spec.arguments] + list(spec.scalars)
    lines = [_argument_line(argument) for argument in spec.arguments]
    return {
        "arguments": ", ".join(f"{name}=…" for name in names),
        "signature": names,
        "left_out": [a.name for a in spec.arguments if a.kind in LEFT_OUT],
        "argument_lines": lines + [f"{name}: a number." for name in spec.scalars],
    }


LEFT_OUT = ("unknown dense", "unknown diagonal")
"""The kinds of arguments whose shape follows from others."""


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
