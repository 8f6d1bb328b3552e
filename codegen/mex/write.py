"""Write the MEX interface of a problem: its C library, what MATLAB and Octave call, the build.

The class `nz_NAME` is in the language of both; its gateway `nz_NAME_mex` calls the C interface
(`nzdiff.codegen.c_interface`) and checks what it is given.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.codegen.c_interface.example import small_data
from nzdiff.codegen.c_interface.functions import ALONG, OF_RESIDUALS, Functions
from nzdiff.codegen.c_interface.givens import squares_of
from nzdiff.codegen.c_interface.layout import wrapped
from nzdiff.codegen.c_interface.names import spoken
from nzdiff.codegen.c_interface.write import c_library, unknowns_in_words
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.mex.arguments import Arguments, Given, said
from nzdiff.codegen.package.marked_folder import WRITTEN, write_folder
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.notation import text
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import Argument, KernelSpec, OutputName

HERE = "nzdiff.codegen.mex"
LONGEST = 63 - len("example_")
"""MATLAB reads 63 characters of a name."""
OWN = (
    "refuse settle check_real check_shape full stored number whole length dense diagonal columns "
    "indices pairs places within vectors instance instances release release_all copied create "
    "id_of shapes place_of destroy set function product at_point along set_pattern check_count "
    "hessian_values command count data given size residual"
)
"""What the gateway calls something else."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the class: what it is called with and what it gives."""

    name: OutputName
    result: str
    given: str
    meaning: str

    def lines(self, library: str) -> list[str]:
        """Its body: g and v go in by T, what is of the length of g comes out by its transpose."""
        asked = [x if x == "w" else f"self.entries({x})" for x in self.given.split(", ")]
        gateway = f"nz_{library}_mex('{self.name}', self.id, {', '.join(asked)})"
        lines = [f"{self.result} = {gateway};"]
        if self.name not in ("residual", "jvp"):
            lines.append(f"{self.result} = self.numbers({self.result});")
        return lines


METHODS = (
    Method("residual", "r", "g", "the residual r, with E = |r|^2"),
    Method("jvp", "Jv", "g, v", "its Jacobian times v"),
    Method("vjp", "Jtw", "g, w", "the transpose of the Jacobian times w"),
    Method("gnvp", "Av", "g, v", "the Gauss-Newton matrix times v"),
    Method("hvp", "Hv", "g, v", "the Hessian times v"),
)
OF_HESSIAN = (
    "m.set_hessian_pattern(i, j)   where the Hessian has entries",
    "H = m.hessian(g)              the Hessian there, sparse",
    "values = m.hessian_values(g)  its values, in the order of i and j",
)


def generate_mex(
    problem: Problem,
    folder: str | Path,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
    force: bool = False,
) -> Path:
    """Write the interface of a problem for MATLAB and GNU Octave into `folder`, which is made.

    See docs/howto/matlab.md; arguments and errors are those of `nz.generate_c`.
    """
    target = Path(folder)
    texts = mex_texts(problem, sizes=sizes, data=data, outputs=outputs)
    write_folder(target, texts, *mex_mark(problem.name), force=force)
    return target


def mex_mark(name: str) -> tuple[str, str]:
    """The file by which the interface of a problem is known, and what that is in words."""
    return f"nz_{name}_mex.c", f"the MEX interface of {name}"


def mex_texts(
    problem: Problem,
    *,
    sizes: Mapping[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
    outputs: Iterable[str] | None = None,
) -> dict[str, str]:
    """The text of each file of the interface of a problem, by file name."""
    name = problem.name
    _check_name(name)
    library = c_library(problem, sizes=sizes, data=data, outputs=outputs)
    spec = library.building.spec
    arguments = Arguments(spec, text(problem.energy))
    known, g = small_data(problem)
    values = {
        **library.values,
        **_of_gateway(arguments),
        **_of_class(arguments, Functions(name, library.building).has_hessian),
        "energy": f"E = {text(problem.energy)}",
        "unknowns_in_words": unknowns_in_words(spec),
        "written": WRITTEN,
        "instance": _instance(arguments, known),
        "numbers": [repr(x.item()) for x in g],
    }
    return {
        **library.texts,
        "arguments.h": rendered(HERE, "arguments.h.j2", **values),
        f"nz_{name}_mex.c": rendered(HERE, "gateway.c.j2", **values),
        f"nz_{name}.m": rendered(HERE, "class.m.j2", **values),
        f"build_{name}.m": rendered(HERE, "build.m.j2", **values),
        f"example_{name}.m": rendered(HERE, "example.m.j2", **values),
    }


def _check_name(name: str) -> None:
    """ValueError for a name that MATLAB cuts off, or that the gateway has for something else."""
    if len(name) > LONGEST:
        why = f"MATLAB reads {LONGEST} characters of it, {name!r} has {len(name)}"
    elif name in OWN.split():
        why = f"the gateway of MATLAB calls something else {name!r}"
    else:
        return
    raise ValueError(f'name: {why}; choose another one, as in nz.Problem(…, name="fit")')


def _of_gateway(arguments: Arguments) -> dict[str, Any]:
    spec = arguments.spec
    products = [
        {
            "name": output,
            "along": ALONG[output],
            "source": "residual" if output == "vjp" else "size",
            "target": "residual" if output == "jvp" else "size",
        }
        for output in squares_of(spec)
        if output in ALONG
    ]
    return {
        "listed": arguments.listed(),
        "taking": wrapped(arguments.taking(), 4),
        "shapes": arguments.shapes(),
        "sparse": [
            {"name": spoken(a.name), "cols": arguments.size(a.cols, "data.")}
            for a in arguments.data()
            if a.kind == "sparse"
        ],
        "settable": [
            {"name": g.name, "lines": wrapped(_setting(arguments, g), 8)}
            for g in arguments.settable()
        ],
        "outputs": squares_of(spec),
        "has_residual": any(output in OF_RESIDUALS for output in squares_of(spec)),
        "products": products,
    }


def _setting(arguments: Arguments, given: Given) -> list[str]:
    """Lines of C that replace a matrix of data or a number."""
    name, a = arguments.spec.name, given.of
    if a is None:
        scalar = next(x for x in arguments.spec.scalars if said(x) == given.name)
        return [f'code = {name}_set_{spoken(scalar)}(handle, number("{scalar}", given));']
    own, taken = spoken(a.name), arguments.taken(a, "given", "data->")
    if a.kind == "dense":
        return [
            f"const {name}_dense values = {taken};",
            f"code = {name}_set_{own}(handle, &values);",
        ]
    if a.kind == "sparse":
        cols = arguments.size(a.cols, "data->")
        taken = f'within("{a.name}", &data->{own}, {taken}, {cols})'
    return [f"const double *values = {taken};", f"code = {name}_set_{own}(handle, values);"]


def _of_class(arguments: Arguments, has_hessian: bool) -> dict[str, Any]:
    spec, listed = arguments.spec, arguments.listed()
    width = max(len(g.shown) for g in listed) if listed else 0
    unknowns, given = arguments.unknowns(), squares_of(spec)
    names = ", ".join(name for name, _, _ in unknowns)
    results = f"[{names}]" if len(unknowns) > 1 else names
    chosen = [method for method in METHODS if method.name in given]
    lines = [f"{m.result} = m.{m.name}({m.given})".ljust(29) + f" {m.meaning}" for m in chosen]
    settable = [g.name for g in arguments.settable()]
    return {
        "call": ", ".join(g.shown for g in listed),
        "meanings": [f"{g.shown.ljust(width)}  {g.meaning}" for g in listed],
        "names": ", ".join(f"'{g.name}'" for g in listed),
        "kinds": ", ".join(f"'{kind}'" for _, kind, _ in unknowns),
        "given_at": ", ".join(str(place) for _, _, place in unknowns),
        "has_places": bool(arguments.patterns()),
        "has_symmetric": any(a.symmetric for a in arguments.patterns()),
        "method_lines": [*lines, *(OF_HESSIAN if has_hessian else ())],
        "methods": [(method, method.lines(spec.name)) for method in chosen],
        "sparse_line": f"{results} = m.sparse(g)".ljust(29) + " as matrices",
        "set_line": f"m.set('{settable[0]}', {settable[0]})" if settable else "",
    }


def _instance(arguments: Arguments, known: Data) -> list[str]:
    """Statements that fill a struct s with small data."""
    lines = []
    for given in arguments.listed():
        value = _literal(given.of, known) if given.of else _scalar(arguments.spec, given, known)
        lines += textwrap.wrap(
            f"s.{given.name} = {value};",
            96,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return [f"{line} ..." if not line.endswith(";") else line for line in lines]


def _scalar(spec: KernelSpec, given: Given, known: Data) -> str:
    values = {said(name): known.scalars[name] for name in spec.scalars}
    values |= {said(name): known.dims[name] for name in spec.dims}
    return repr(values[given.name])


def _literal(a: Argument, known: Data) -> str:
    """A matrix as MATLAB reads it."""
    bound = known.bound[a.name]
    if a.kind == "unknown":
        return _matrix(np.column_stack([bound.rows, bound.cols]) + 1)
    if a.kind == "sparse":
        entries = sparse.coo_array(bound)
        parts = [_matrix(x[None, :]) for x in (*(i + 1 for i in entries.coords), entries.data)]
        return f"sparse({', '.join(parts)}, {bound.shape[0]}, {bound.shape[1]})"
    return _matrix(np.atleast_2d(bound))


def _matrix(values: Any) -> str:
    rows = [", ".join(repr(x.item()) for x in row) for row in values]
    return f"[{'; '.join(rows)}]"
