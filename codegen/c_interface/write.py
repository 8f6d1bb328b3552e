"""Write the C interface of a problem: a folder with a header, its source, and how it is built.

The library needs a C compiler (GCC or Clang) and nothing else: index tables are made in C, from the
patterns that are given, by the same C that the runtime in Python uses (`runtime/kernel/tables.c`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from nzdiff.codegen.c_interface.building import Building
from nzdiff.codegen.c_interface.example import example
from nzdiff.codegen.c_interface.functions import Functions
from nzdiff.codegen.c_interface.givens import Function, Givens
from nzdiff.codegen.c_interface.layout import comment, wrapped
from nzdiff.codegen.c_interface.names import check_name
from nzdiff.codegen.compile import checked, plan_program
from nzdiff.codegen.emit.contract import contract
from nzdiff.codegen.emit.heading import heading
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.emit.target import table_names
from nzdiff.codegen.emit.targets.c.emit import CTarget
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.package.example import example_data, example_sizes
from nzdiff.codegen.package.marked_folder import WRITTEN, write_folder
from nzdiff.codegen.package.standalone import licence
from nzdiff.codegen.package.wanted import MATRICES, wanted_outputs, wanted_sizes
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.spec import KernelSpec

HERE = "nzdiff.codegen.c_interface"
ABSENT = (
    "external factor solve select_entries trmm trmm_n trmm_t "  # libraries that Python calls
    "product_outer product_sampled"  # tables of rows that are alike; pairs do the same
)
TARGET = CTarget(absent=frozenset(ABSENT.split()))
PARTS = ("memory.c", "patterns.c", "lists.c", "given.c", "unknowns.c", "hessian.c")


@dataclass(frozen=True, slots=True)
class Code:
    """What a function returns: its name, and what it means."""

    name: str
    message: str


CODES = (
    Code("OK", "nothing is wrong"),
    Code("OUT_OF_MEMORY", "there is not enough memory"),
    Code("NULL_POINTER", "a pointer that is needed is NULL"),
    Code("BAD_SIZE", "a size, a count, an order or a leading dimension cannot be"),
    Code("BAD_PATTERN", "an index is outside of its matrix, or the starts do not ascend"),
    Code("DUPLICATE", "a pattern has an entry twice"),
    Code("NOT_FINITE", "a number is infinite or not a number"),
    Code("NOT_SYMMETRIC", "a matrix that is declared symmetric is not"),
    Code("TOO_LARGE", "the patterns need more than 32-bit indices can count"),
    Code("NO_SQUARES", "the energy is no sum of squares"),
)


def generate_c(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
    force: bool = False,
) -> Path:
    """Write the C interface of a problem into `folder`, which is made; see docs/howto/c_and_cpp.md.

    sizes, data: what is planned for, as in `nz.generate`; the code runs at any sizes.
    outputs: the functions that it has, energy and gradient always; all by default.
    force: write also where the folder holds other files than those of an earlier interface.

    Raises FileExistsError where it does without `force`, NotImplementedError for a problem whose
    functions need libraries at run time (inverses, determinants, functions of matrices), and for
    matrix functions.
    """
    target = Path(folder)
    texts = c_texts(problem, sizes=sizes, data=data, outputs=outputs)
    write_folder(target, texts, *c_mark(problem.name), force=force)
    return target


def c_mark(name: str) -> tuple[str, str]:
    """The file by which the interface of a problem is known, and what that is in words."""
    return f"{name}.h", f"the C interface of {name}"


def c_texts(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
) -> dict[str, str]:
    """The text of each file of the interface of a problem, by file name."""
    library = c_library(problem, sizes=sizes, data=data, outputs=outputs)
    values = {**library.values, **example(problem, library.building.spec)}
    return {
        **library.texts,
        "example.c": _filled("example.c.j2", values),
        "CMakeLists.txt": _filled("CMakeLists.txt.j2", values),
        "config.cmake.in": _filled("config.cmake.in.j2", values),
    }


@dataclass(frozen=True, slots=True)
class Library:
    """The sources of an interface, without what builds them.

    values: what the frames of its files are filled with.  texts: the sources by file name.
    """

    building: Building
    values: Mapping[str, Any]
    texts: Mapping[str, str]


def c_library(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
) -> Library:
    """The sources of the interface of a problem; see `generate_c` for arguments and errors."""
    check_name(problem.name)
    if problem.is_function:
        raise NotImplementedError("C interface: expected an energy, got a matrix function")
    chosen = outputs if outputs is None or isinstance(outputs, str) else tuple(outputs)
    if chosen is not None and MATRICES in chosen:
        raise NotImplementedError(f"C interface: it has no {MATRICES}; leave them out of `outputs`")
    functions, _ = wanted_outputs(problem, chosen)
    planned = {**example_sizes(problem), **wanted_sizes(problem, sizes)}
    known = checked(problem, data if data is not None else example_data(problem, planned))
    derivation = derive(problem)
    program = plan_program(derivation, known, functions, portable=True)
    _check_program(program)
    used = table_names(TARGET, program)
    spec = replace(contract(derivation, program, (TARGET,)), tables=())
    building = Building.of(spec, tuple(t for t in program.tables if t.name in used))
    head = heading(derivation, program, "")
    return _library(problem.name, building, TARGET.parts(program, _part("blas.c")), head.lines)


def _library(
    name: str, building: Building, program: tuple[str, str], head: tuple[str, ...]
) -> Library:
    givens, functions = Givens(name, building), Functions(name, building)
    asked = [
        Function(f.comment, "\n".join(wrapped([f.head])), tuple(wrapped(f.lines, 4)))
        for f in (*functions.all(), *givens.setters())
    ]
    values: dict[str, Any] = {
        "title": f"The problem {name}",
        "head": comment([*head, *_about(name, building)]),
        "library": name,
        "prefix": name.upper(),
        "codes": CODES,
        "has_hessian": functions.has_hessian,
        "members": givens.members(),
        "declarations": asked,
        "functions": asked,
        "program": program[1],
        "state": wrapped(givens.state()),
        "flags": givens.flags,
        "stages": building.spec.stages,
        "takers": wrapped(givens.takers()),
        "building": wrapped(givens.building_lines(), 4),
        "moving": wrapped(functions.moving(), 4),
        "leaves": len(building.leaves),
        "patterns": len(building.supports),
    }
    setup = (_tables(), *(_part(part) for part in PARTS))
    texts = {
        "LICENSE": licence(),
        f"{name}.h": _filled("header.h.j2", values),
        f"{name}.c": _filled("source.c.j2", values),
        "kernels.h": f"/* The kernels of {name}.\n *\n * {WRITTEN}\n */\n{program[0]}",
        "setup.h": f"/* How a handle is made.\n *\n * {WRITTEN}\n */\n" + "\n".join(setup),
    }
    return Library(building, values, texts)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    return rendered(HERE, template, **values)


def _tables() -> str:
    return (resources.files("nzdiff.runtime.kernel") / "tables.c").read_text(encoding="utf-8")


def _part(name: str) -> str:
    return (resources.files(HERE) / "parts" / name).read_text(encoding="utf-8")


def _about(name: str, building: Building) -> list[str]:
    """What somebody who opens the header wants to know, in paragraphs."""
    return [
        "",
        "A handle holds the data, the patterns and the memory of one instance: make it with "
        f"{name}_create, ask for energies and derivatives, and end it with {name}_destroy.",
        "",
        f"g holds the unknowns: {unknowns_in_words(building.spec)}.",
        "",
        f"Functions return {name.upper()}_OK (0) or another code of the list below; {name}_message "
        f"says what a code means, and {name}_detail what was wrong in the last call.  Results are "
        "written only where the code is 0.",
        "",
        "There is no global state: several threads may use handles at once, each its own.  What "
        "was computed at one g is not computed again by the next call at the same g.",
    ]


def unknowns_in_words(spec: KernelSpec) -> str:
    """What g holds."""
    kinds = {a.name: a for a in spec.arguments}
    words = []
    for name in spec.unknowns:
        a = kinds[name]
        order = {
            "unknown": f"the stored values of {name} in the order of its entries",
            "unknown dense": f"{name} column by column",
            "unknown diagonal": f"the diagonal of {name}",
        }[a.kind]
        lower = a.symmetric and a.kind != "unknown diagonal"
        words.append(order + (" (of i >= j alone, as it is symmetric)" if lower else ""))
    return ", then ".join(words)


def _check_program(program: Program) -> None:
    """NotImplementedError for what is done by libraries that the runtime in Python calls."""
    needed = [step.source.formula for step in program.factored]
    needed += [step.out.formula for step in program.externals]
    if needed:
        raise NotImplementedError(
            f"C interface: {needed[0]} is computed by libraries that Python calls; nz.generate "
            "writes a package for it"
        )
