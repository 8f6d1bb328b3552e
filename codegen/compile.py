"""Derive, plan for the bound sizes, emit and bind, all in memory.

What plans and emits is imported by the functions that do: with a plan from the disk it is not
needed, and takes longer to import than such a bind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from nzdiff.codegen.arguments import argument_of
from nzdiff.codegen.cache import Emitted, emitted
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import Kernel, begin, bind_checked
from nzdiff.runtime.composed_model import ComposedModel
from nzdiff.runtime.data.check import Data, check_data
from nzdiff.runtime.data.spec import AssemblyForm, Operator, Outline, OutputName
from nzdiff.runtime.factors.callbacks import calls_back, no_solvers
from nzdiff.runtime.kernel.backends import BACKENDS, KernelSource
from nzdiff.runtime.kernel.tables import multiplier_for
from nzdiff.runtime.model import Model
from nzdiff.runtime.residual_functions import ResidualFunctions

if TYPE_CHECKING:
    from nzdiff.codegen.emit.layout import Program
    from nzdiff.codegen.lower.assembly import Request
    from nzdiff.codegen.lower.names import Reserved

IN_MEMORY = "problem.bind (this text was made in memory)"


def kernel_for(
    problem: Problem,
    data: Data,
    derivation: Callable[[], Derivation],
    *,
    backend: str,
    dtype: Any = "float64",
) -> Kernel:
    """The kernel of a problem, planned for the sizes and patterns of its data."""
    data.supports.multiply = multiplier_for(backend)

    def emit() -> Emitted:
        begin(data, backend, dtype)
        return _emitted(derivation(), plan_program(derivation(), data))

    program = emitted(problem, data, emit)
    assert program is not None
    return Kernel(_source(program), _assembled(problem, derivation), _outlined(derivation))


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
    derivation = cache(partial(derive, problem))

    def compose(data: Data) -> ComposedModel | None:
        return composed(derivation(), data, backend=backend, threads=threads)

    kernel = kernel_for(problem, data, derivation, backend=backend, dtype=dtype)
    functions = partial(residual_functions, problem, backend=backend, threads=threads, dtype=dtype)
    kernel = replace(kernel, compose=compose, residuals=functions, home=partial(bind, problem))
    return bind_checked(kernel, data, backend=backend, threads=threads, dtype=dtype)


def composed(
    derivation: Derivation, data: Data, *, backend: str, threads: int
) -> ComposedModel | None:
    """The energy as φ(Q(G)), two models on the same data; None where Q is dense."""
    from nzdiff.codegen.lower.chains.structure import structure_of
    from nzdiff.derive.calculus.decomposition import decomposition

    parts = decomposition(derivation.problem)
    if parts is None:
        return None
    support = structure_of(derivation, data.supports).of_expr(parts.inner.energy)
    if support is None:
        return None
    stored = Pattern.from_scipy(data.supports.matrix(support))
    pattern = stored.symmetric() if parts.symbol.symmetric else stored
    known = {**data.bound, str(parts.symbol.name): pattern}

    def model(part: Problem) -> Model:
        names = [str(s.name) for s in (*part.matrices, *part.scalars)]
        return bind(part, {n: known[n] for n in names}, backend=backend, threads=threads)

    return ComposedModel(pattern.size, partial(model, parts.outer), partial(model, parts.inner))


def residual_functions(
    problem: Problem, data: Data, *, backend: str, threads: int, dtype: Any
) -> ResidualFunctions:
    """Each residual that holds an unknown, as a matrix function of its own on the same data."""

    def model(part: Problem) -> Model:
        given = {str(s.name): data.bound[str(s.name)] for s in (*part.matrices, *part.scalars)}
        return bind(part, given, backend=backend, threads=threads, dtype=dtype)

    found = {}
    for i, residual in enumerate(problem.residuals):
        inside = tuple(unknown for unknown in problem.wrt if residual.expr.has(unknown))
        if inside:
            found[i] = partial(model, Problem(residual.expr, wrt=inside))
    return ResidualFunctions(found)


def kernel_of(derivation: Derivation, program: Program) -> Kernel:
    """The kernel of a program; those of assembled matrices are planned when needed."""
    source, same = _source(_emitted(derivation, program)), lambda: derivation
    return Kernel(source, _assembled(derivation.problem, same), _outlined(same))


def _outlined(
    derivation: Callable[[], Derivation],
) -> Callable[[Data, Operator], tuple[Outline, ...] | None]:
    def outlined(data: Data, operator: Operator) -> tuple[Outline, ...] | None:
        from nzdiff.codegen.lower.assembly import outline

        return outline(derivation(), operator, data.supports)

    return outlined


def _assembled(
    problem: Problem, derivation: Callable[[], Derivation]
) -> Callable[[Data, Operator, AssemblyForm], KernelSource | None]:
    def assembled(data: Data, operator: Operator, form: AssemblyForm) -> KernelSource | None:
        def emit() -> Emitted | None:
            from nzdiff.codegen.lower.assembly import gathered

            if gathered(derivation(), operator, form) is None:
                return None
            return _emitted(derivation(), plan_assemblies(derivation(), data, [(operator, form)]))

        found = emitted(problem, data, emit, (operator, form))
        return None if found is None else _source(found)

    return assembled


def _emitted(derivation: Derivation, program: Program) -> Emitted:
    from nzdiff.codegen.emit.contract import contract
    from nzdiff.codegen.emit.heading import heading
    from nzdiff.codegen.emit.targets import TARGETS

    head = heading(derivation, program, IN_MEMORY)
    texts = {name: target.text(program, head) for name, target in TARGETS.items()}
    return Emitted(contract(derivation, program, TARGETS.values()), texts)


def _source(emitted: Emitted) -> KernelSource:
    sources = {
        name: partial(BACKENDS[name].of_text, text)
        for name, text in emitted.texts.items()
        if name in BACKENDS
    }
    if not calls_back(emitted.spec):
        return KernelSource(emitted.spec, sources, no_solvers)
    from nzdiff.runtime.kernel.linear_solvers import linear_solvers

    return KernelSource(emitted.spec, sources, linear_solvers)


def checked(problem: Problem, given: Mapping[str, Any]) -> Data:
    """The data of a problem, checked."""
    arguments = tuple(argument_of(m, m in problem.wrt) for m in problem.matrices)
    dims = tuple(str(size.name) for size in problem.dimensions)
    scalars = tuple(str(symbol.name) for symbol in problem.scalars)
    unknowns = tuple(str(unknown.name) for unknown in problem.wrt)
    return check_data(arguments, unknowns, dims, scalars, given)


def plan_program(
    derivation: Derivation,
    data: Data,
    wanted: frozenset[OutputName] | None = None,
    *,
    portable: bool = False,
) -> Program:
    """The program of a derivation at the sizes of data.

    wanted: its functions, all by default.  portable: see `lower`.
    """
    from nzdiff.codegen.emit.layout import layout
    from nzdiff.codegen.lower.choose import EVERY_OUTPUT, lower
    from nzdiff.codegen.plan.sizes import Sizes

    own, names = _reserved(), EVERY_OUTPUT if wanted is None else wanted
    plan = lower(derivation, data.supports, wanted=names, reserved=own, portable=portable)
    return layout(plan, Sizes(data.supports))


def plan_assemblies(
    derivation: Derivation, data: Data, requests: Iterable[Request] | None = None
) -> Program:
    """The program of assembled matrices at the sizes of data; of all that there are by default."""
    from nzdiff.codegen.emit.layout import layout
    from nzdiff.codegen.lower.assembly import lower_assemblies, requests_of
    from nzdiff.codegen.plan.sizes import Sizes

    wanted = requests_of(derivation) if requests is None else requests
    plan = lower_assemblies(derivation, data.supports, wanted, _reserved())
    return layout(plan, Sizes(data.supports))


def _reserved() -> Reserved:
    from nzdiff.codegen.emit.targets import TARGETS

    return reduce(or_, (target.reserved for target in TARGETS.values()))
