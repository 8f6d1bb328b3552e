"""Programs as Python modules on NumPy, whose kernels are those of the runtime's NumPy backend."""

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
    Assign,
    Call,
    Choose,
    Statement,
)
from nzdiff.codegen.emit.target import chosen, written
from nzdiff.codegen.emit.targets.numpy.expressions import modules, numpy_text
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.lower.names import Reserved

SPELLING = Spelling("w.")
NAMES = (
    "add add_embedded add_scattered add_scattered_transposed add_transposed embed external factor "
    "fill gemm_nn gemm_nt gemm_tn gemm_tt inner kron kron_left kron_right linear_1 linear_2 "
    "log_sum_exp multiply sample sample_transposed sampled_spmm_whole scale_cols scale_rows sddmm "
    "select_entries solve sparse_product spmm spmm_transposed sum_squares total transpose trmm_n "
    "trmm_t"
)
KERNELS = frozenset(NAMES.split())
"""The functions of `numpy_kernels` that a program calls."""
OWN = {"done", "dtype", "math", "numpy", "scipy", "solvers", "threads"}
RESERVED = Reserved(frozenset(keyword.kwlist) | OWN)
CALL_BACK = frozenset({"external", "factor", "select_entries", "solve"})
"""Those that take the factorised matrices."""


@dataclass(frozen=True, slots=True)
class NumpyTarget:
    """See `Target`."""

    name: str = "numpy"
    reserved: Reserved = RESERVED
    packaged: bool = True

    def has(self, kernel: str) -> bool:
        """Whether it is a kernel of the runtime."""
        return kernel in KERNELS

    def statement(self, statement: Statement) -> str:
        """One statement on the workspace w."""
        entry, argument = SPELLING.entry, SPELLING.argument
        match statement:
            case Call():
                call = chosen(self, statement)
                first = ["w.solvers"] if call.kernel in CALL_BACK else []
                arguments = [*first, *map(argument, (*call.arguments, call.out))]
                return f"{call.kernel}({', '.join(arguments)})"
            case Assign(out, expression, parameters):
                names = {symbol: sp.Symbol(argument(value)) for symbol, value in parameters}
                return f"{entry(out)} = {numpy_text(expression.xreplace(names))}"
            case Accumulate(out, constant, terms):
                return f"{entry(out)} = {SPELLING.sum(constant, terms)}"
            case Choose(out, cheap, scale, least, function, direct):
                given = f"w.{cheap.array}, w.{scale.array}, {least}"
                return f"choose(w, {given}, {function}, w.{direct.array}, w.{out.array})"

    def text(self, program: Program, heading: Heading) -> str:
        """The program as a module."""
        statements = written(self, program)
        used = {s.kernel for s in statements if isinstance(s, Call) and s.kernel in KERNELS}
        if any(isinstance(s, Choose) for s in statements):
            used.add("choose")
        if any(routine.stages for routine in program.routines):
            used.add("need")
        functions = [
            replace(function, expression=numpy_text(function.expression))
            for function in program.entry_functions
        ]
        formulas = [str(function.expression) for function in functions]
        formulas += [self.statement(s) for s in statements if isinstance(s, Assign)]
        types = ["Floats", "Workspace"] if functions else ["Workspace"]
        return rendered(
            "nzdiff.codegen.emit.targets.numpy",
            "program.py.j2",
            heading=heading,
            modules=modules(formulas),
            imported=names_in_lines([*types, *sorted(used)]),
            functions=functions,
            routines=[self._function(routine) for routine in program.routines],
            stages=[routine.name for routine in program.stages],
        )

    def files(self, programs: Mapping[str, tuple[Program, Heading]]) -> dict[str, str]:
        """A module per program."""
        return {f"{name}.py": self.text(*program) for name, program in programs.items()}

    def _function(self, routine: Routine) -> Function:
        needs = f"need(w, STAGES, {', '.join(map(str, routine.stages))})"
        return function_of(routine, needs, self.statement)


NUMPY = NumpyTarget()
