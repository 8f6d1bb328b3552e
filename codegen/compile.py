"""Derive, plan for the bound sizes, emit and bind, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from nzdiff.codegen.arguments import argument_of
from nzdiff.codegen.cache import Emitted, emitted
from nzdiff.codegen.emit.layout import Program, layout
from nzdiff.codegen.emit.render import c_source, python_source, spec_of
from nzdiff.codegen.lower.assembly import Request, gathered, lower_assemblies, requests_of
from nzdiff.codegen.lower.choose import lower
from nzdiff.codegen.lower.structure import structure_of
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.derive.calculus.composition import composition
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.problem import Problem
from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import Kernel, KernelSource, bind_checked
from nzdiff.runtime.composition import Composition
from nzdiff.runtime.data.check import Data, check_data
from nzdiff.runtime.data.spec import Form, Operator
from nzdiff.runtime.model import Model

IN_MEMORY = "problem.bind (this text was made in memory)"


def bind(
    problem: Problem,
    given: Mapping[str, Any],
    *,
    backend: str,
    threads: int,
    dtype: Any = "float64",
) -> Model:
    """A model of a problem, planned for the sizes and patterns of its data."""
    data = checked(problem, given)
    derivation = cache(problem.derive)

    def emit() -> Emitted:
        return _emitted(derivation(), plan_program(derivation(), data))

    def compose() -> Composition | None:
        return composed(derivation(), data, given, backend=backend, threads=threads)

    kernel = Kernel(_source(emitted(problem, data, emit)), _assembled(derivation, data))
    return bind_checked(
        kernel, data, backend=backend, threads=threads, dtype=dtype, compose=compose
    )


def composed(
    derivation: Derivation, data: Data, given: Mapping[str, Any], *, backend: str, threads: int
) -> Composition | None:
    """The energy as φ(Q(G)), two models on the same data; None where Q is dense."""
    parts = composition(derivation.problem)
    if parts is None:
        return None
    support = structure_of(derivation, data.supports).of_expr(parts.inner.energy)
    if support is None:
        return None
    stored = Pattern.from_scipy(data.supports.matrix(support))
    pattern = stored.symmetric() if parts.symbol.symmetric else stored
    known = {**given, str(parts.symbol.name): pattern}

    def model(part: Problem) -> Model:
        names = [str(s.name) for s in (*part.matrices, *part.scalars)]
        return bind(part, {n: known[n] for n in names}, backend=backend, threads=threads)

    return Composition(pattern.size, lambda: (model(parts.outer), model(parts.inner)))


def kernel_of(derivation: Derivation, program: Program, data: Data) -> Kernel:
    """The kernel of a program; those of assembled matrices are planned for `data` when needed."""
    return Kernel(_source(_emitted(derivation, program)), _assembled(lambda: derivation, data))


def _assembled(
    derivation: Callable[[], Derivation], data: Data
) -> Callable[[Operator, Form], KernelSource | None]:
    def assembled(operator: Operator, form: Form) -> KernelSource | None:
        if gathered(derivation(), operator, form) is None:
            return None
        program = plan_assemblies(derivation(), data, [(operator, form)])
        return _source(_emitted(derivation(), program))

    return assembled


def _emitted(derivation: Derivation, program: Program) -> Emitted:
    return Emitted(
        spec_of(derivation, program),
        c_source(derivation, program, IN_MEMORY),
        python_source(derivation, program, IN_MEMORY),
    )


def _source(emitted: Emitted) -> KernelSource:
    return KernelSource(emitted.spec, lambda: emitted.c, _python_functions(emitted.python))


def checked(problem: Problem, given: Mapping[str, Any]) -> Data:
    """The data of a problem, checked."""
    arguments = tuple(argument_of(m, m in problem.wrt) for m in problem.matrices)
    dims = tuple(str(size.name) for size in problem.dimensions)
    scalars = tuple(str(symbol.name) for symbol in problem.scalars)
    unknowns = tuple(str(unknown.name) for unknown in problem.wrt)
    return check_data(arguments, unknowns, dims, scalars, given)


def plan_program(derivation: Derivation, data: Data) -> Program:
    """The program of a derivation at the sizes of data."""
    return layout(lower(derivation, data.supports), Sizes(data.supports))


def plan_assemblies(
    derivation: Derivation, data: Data, requests: Iterable[Request] | None = None
) -> Program:
    """The program of assembled matrices at the sizes of data; of all that there are by default."""
    wanted = requests_of(derivation) if requests is None else requests
    return layout(lower_assemblies(derivation, data.supports, wanted), Sizes(data.supports))


def _python_functions(source: str) -> Callable[[str], Callable[[Any], None]]:
    module: dict[str, Any] = {}

    def function(name: str) -> Callable[[Any], None]:
        if not module:
            exec(compile(source, "<nzdiff kernel>", "exec"), module)
        return module[name]  # type: ignore[no-any-return]

    return function
