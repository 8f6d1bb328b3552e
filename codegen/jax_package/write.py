"""Write a package of pure functions on JAX: one folder that needs JAX, NumPy and SciPy alone.

What checks data and makes index tables is nzdiff's runtime, which lies in it as in a package that
stands alone; what computes is one module of plain `jax.numpy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.contract import contract
from nzdiff.codegen.emit.heading import heading
from nzdiff.codegen.emit.target import table_names
from nzdiff.codegen.emit.targets.jax.emit import JAX
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.codegen.package.folder import check_name
from nzdiff.codegen.package.marked_folder import write_folder
from nzdiff.codegen.package.standalone import own_texts, vendored_texts
from nzdiff.codegen.package.wanted import wanted_outputs, wanted_sizes
from nzdiff.codegen.package.write import fingerprints, signature_of
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.manifest import INIT, SPEC, UNSIGNED, signed
from nzdiff.runtime.data.spec_file import SpecFile, dumps
from nzdiff.runtime.factors.callbacks import calls_back
from nzdiff.runtime.kernel.backends.jax import check_kernels
from nzdiff.runtime.package import FIRST


def generate_jax(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
    force: bool = False,
) -> Path:
    """Write the JAX package of a problem into `folder`, which is made; see docs/howto/jax.md.

    sizes, data: what is planned for, as in `nz.generate`; the code runs at any sizes.
    outputs: the functions that it has, energy and gradient always; all by default.
    force: write also where the folder holds other files than those of an earlier package.

    Raises FileExistsError where it does without `force`, NotImplementedError for a problem that
    needs a kernel which JAX has not: sparse factorisations, functions of matrices, equations.
    """
    target = Path(folder)
    check_name(target)
    texts = jax_texts(problem, sizes=sizes, data=data, outputs=outputs)
    write_folder(target, texts, *jax_mark(problem.name), force=force)
    return target


def jax_mark(name: str) -> tuple[str, str]:
    """The file by which the package of a problem is known, and what that is in words."""
    return f"{FIRST}_jax.py", f"the JAX package of {name}"


def jax_texts(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
) -> dict[str, str]:
    """The text of each file of the package, by its path in the folder.

    sizes, data, outputs: as in `nz.generate`; the code runs at any sizes.  NotImplementedError for
    a problem that needs a kernel which JAX has not.
    """
    functions, _ = wanted_outputs(problem, outputs)
    planned = {**example_sizes(problem), **wanted_sizes(problem, sizes)}
    example = checked(problem, data if data is not None else example_data(problem, planned))
    derivation = derive(problem)
    program = plan_program(derivation, example, functions)
    whole, used = contract(derivation, program, (JAX,)), table_names(JAX, program)
    spec = replace(whole, tables=tuple(table for table in whole.tables if table.name in used))
    check_kernels(spec)
    again = f"nzdiff generate FILE --target jax, with the FILE that defines {problem.name}"
    head = heading(derivation, program, again)
    init = rendered(
        "nzdiff.codegen.jax_package",
        "package.py.j2",
        heading=head,
        digest=UNSIGNED,
        calls_back=calls_back(spec),
        **signature_of(spec),
    )
    written = {INIT: init, **JAX.files({FIRST: (program, head)})}
    vendored = vendored_texts(written, f"{problem.name}_jax", head.lines[0])
    own = own_texts(written)
    about = f"Written by nzdiff; do not edit.  Regenerate with: {again}"
    listed = fingerprints(own), fingerprints(vendored)
    file = SpecFile(about, UNSIGNED, listed[0], (JAX.name,), {FIRST: spec}, listed[1])
    return signed({**own, **vendored, SPEC: dumps(file)})
