"""Programs as Python modules of pure functions on JAX.

A statement binds a new name of w, which is made anew for every trace: nothing is written in place.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from nzdiff.codegen.emit.heading import Heading
from nzdiff.codegen.emit.layout import Program, Routine
from nzdiff.codegen.emit.python_text import Function, function_of, names_in_lines
from nzdiff.codegen.emit.spelling import Spelling
from nzdiff.codegen.emit.statements import (
    Accumulate,
    Argument,
    Array,
    Assign,
    Call,
    Choose,
    Statement,
)
from nzdiff.codegen.emit.target import chosen, written
from nzdiff.codegen.emit.targets.jax.expressions import jax_text
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.lower.names import Reserved

SPELLING = Spelling("w.")
NAMES = (
    "add add_embedded add_scattered add_scattered_transposed add_transposed embed factor fill "
    "gemm_nn gemm_nt gemm_tn gemm_tt inner kron kron_left kron_right linear_1 linear_2 "
    "log_sum_exp multiply sample sample_transposed sampled_spmm_whole scale_cols scale_rows sddmm "
    "solve sparse_product spmm spmm_transposed sum_squares total transpose trmm_n trmm_t"
)
KERNELS = frozenset(NAMES.split())
"""The functions of `jax_kernels` that a program calls."""
REFUSED = frozenset({"external", "select_entries"})
"""Those that it has not: a function that needs one raises NotImplementedError."""
OF_VALUES = frozenset({"factor", "fill", "solve"})
"""Those that take w itself."""
MODULES = ("jax.numpy", "jax.scipy.special")
RESERVED = Reserved(frozenset(keyword.kwlist) | {"copy", "domains", "done", "dtype", "jax"})


@dataclass(frozen=True, slots=True)
class JaxTarget:
    """See `Target`."""

    name: str = "jax"
    reserved: Reserved = RESERVED
    packaged: bool = False

    def has(self, kernel: str) -> bool:
        """Whether it is a kernel of the runtime, or is refused in its place."""
        return kernel in KERNELS | REFUSED

    def statement(self, statement: Statement) -> str:
        """One statement on the values w."""
        argument = SPELLING.argument
        match statement:
            case Call():
                return self._call(chosen(self, statement))
            case Assign(out, expression, parameters):
                names = {symbol: sp.Symbol(argument(value)) for symbol, value in parameters}
                return f"w.{out.array} = scalar({jax_text(expression.xreplace(names))})"
            case Accumulate(out, constant, terms):
                return f"w.{out.array} = scalar({SPELLING.sum(constant, terms)})"
            case Choose(out, cheap, scale, least, function, direct):
                given = f"w.{cheap.array}, w.{scale.array}, {least}"
                return f'w.{out.array} = choose(w, {given}, {function}, "{direct.array}")'

    def text(self, program: Program, heading: Heading) -> str:
        """The program as a module."""
        statements = written(self, program)
        functions = [
            replace(function, expression=jax_text(function.expression))
            for function in program.entry_functions
        ]
        lines = [self.statement(s) for s in statements] + [str(f.expression) for f in functions]
        return rendered(
            "nzdiff.codegen.emit.targets.jax",
            "program.py.j2",
            heading=heading,
            modules=[m for m in MODULES if any(f"{m}." in line for line in lines)],
            imported=names_in_lines(_imported(program, statements)),
            functions=functions,
            routines=[self._function(routine) for routine in program.routines],
            stages=[routine.name for routine in program.stages],
            needs=[(routine.name, routine.stages) for routine in program.functions],
        )

    def files(self, programs: Mapping[str, tuple[Program, Heading]]) -> dict[str, str]:
        """A module per program."""
        return {f"{name}_jax.py": self.text(*program) for name, program in programs.items()}

    def _call(self, call: Call) -> str:
        if call.kernel in REFUSED:
            return f'w.{call.out.name} = refused("{call.kernel}")'
        given = [_read(argument, call) for argument in call.arguments]
        first = ["w"] if call.kernel in OF_VALUES else []
        last = [f"w.{call.out.name}"] if call.updates else []
        return f"w.{call.out.name} = {call.kernel}({', '.join([*first, *given, *last])})"

    def _function(self, routine: Routine) -> Function:
        needs = f'need(w, STAGES, NEEDS["{routine.name}"])'
        return function_of(routine, needs, self.statement)


JAX = JaxTarget()


def _read(argument: Argument, call: Call) -> str:
    """An argument; what a call fills is not there before it."""
    if argument == call.out and isinstance(argument, Array) and not call.updates:
        return "None"
    return SPELLING.argument(argument)


def _imported(program: Program, statements: tuple[Statement, ...]) -> list[str]:
    """What a module needs of the kernels."""
    calls = [s for s in statements if isinstance(s, Call) and not s.own]
    used = {"refused" if call.kernel in REFUSED else call.kernel for call in calls}
    if any(isinstance(s, Choose) for s in statements):
        used.add("choose")
    if any(isinstance(s, Assign | Accumulate) for s in statements):
        used.add("scalar")
    if any(routine.stages for routine in program.routines):
        used.add("need")
    types = ["Values"]
    if program.entry_functions:
        types, used = ["Array", "Values"], used | {"like"}
    return [*types, *sorted(used)]
