"""Derive, plan, unroll and bind for many instances at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen.arguments import argument_of
from nzdiff.codegen.compile import checked, kernel_for
from nzdiff.codegen.emit.targets.c.kernels import kernel_text
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.unroll.known import Known, Numbers, known_arrays, numpy_function
from nzdiff.codegen.unroll.stored import NotUnrolledError
from nzdiff.codegen.unroll.straight_line import StraightLine, c_parts, straight_line
from nzdiff.codegen.unroll.unrolled import Unrolled, unroll
from nzdiff.derive.calculus.derivation import Derivation, derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.notation import text
from nzdiff.pattern import Pattern
from nzdiff.runtime.batch import BatchModel, stored_values
from nzdiff.runtime.batch_functions import Compiled, Function, InTurn, NumpyFunction, Straight
from nzdiff.runtime.bind import bind_checked, checked_threads
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import Argument
from nzdiff.runtime.data.update import updated
from nzdiff.runtime.instances import Instances, given_to, instance_of, split_instances
from nzdiff.runtime.kernel.backends.choose import with_backend
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]


def bind_batch(
    problem: Problem, given: Mapping[str, Any], *, backend: str, threads: int
) -> BatchModel:
    """See `Problem.bind_batch`."""
    if problem.is_function:
        raise TypeError(f"bind_batch: {text(problem.energy)} is a matrix function, not an energy")
    if backend == "jax":
        raise NotImplementedError(
            'bind_batch: backend: batches are for "c" and "numpy"; with JAX, jax.vmap of the '
            "functions of one model, nz.layers.jax(model).functions, is a batch"
        )
    return BatchModel(_functions(problem, _split(problem, given), backend, threads))


def _described(problem: Problem) -> tuple[tuple[Argument, ...], tuple[str, ...]]:
    """The matrices, and the names of the scalars."""
    arguments = tuple(argument_of(m, m in problem.wrt) for m in problem.matrices)
    return arguments, tuple(str(symbol.name) for symbol in problem.scalars)


def _split(problem: Problem, given: Mapping[str, Any]) -> Instances:
    return split_instances(*_described(problem), given)


def _functions(
    problem: Problem, instances: Instances, backend: str, threads: int
) -> UnrolledFunctions:
    """The functions of a batch, which are made when they are called for."""
    data = checked(problem, instances.first)
    kept = replace(instances, first=data.bound)
    return UnrolledFunctions(problem, kept, backend, checked_threads(threads), data)


@dataclass(frozen=True, slots=True)
class _Unrolled:
    """A function as straight-line code, and its numbers."""

    function: Straight
    unrolled: Unrolled
    code: StraightLine
    numbers: Numbers

    def with_data(self, problem: Problem, data: Data, instances: Instances) -> Numbers:
        """Its numbers of other data."""
        arrays = _arrays(problem, self.unrolled, data, instances)
        return self.numbers.with_arrays(self.code, arrays)


def _arrays(problem: Problem, unrolled: Unrolled, data: Data, instances: Instances) -> Known:
    flags = {name: each.astype(float) for name, each in unrolled.flags.items()}
    return {**known_arrays(problem, unrolled.plan, data, instances.own), **flags}


@dataclass(slots=True)
class UnrolledFunctions:
    """See `nzdiff.runtime.batch.Functions`: unrolled where they can be, else by models."""

    problem: Problem
    instances: Instances
    backend: str
    threads: int
    data: Data
    derivation: Derivation = field(init=False)
    _made: dict[str, _Unrolled | InTurn] = field(init=False)
    _models: tuple[Model, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self.derivation, self._made = derive(self.problem), {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _functions, (self.problem, self.instances, self.backend, self.threads)

    @property
    def formula(self) -> str:
        """The energy."""
        return text(self.problem.energy)

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(str(unknown.name) for unknown in self.problem.wrt)

    @property
    def dense(self) -> frozenset[str]:
        """The names of those that are dense."""
        arguments, _ = _described(self.problem)
        return frozenset(each.name for each in arguments if each.kind == "unknown dense")

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Of the unknowns."""
        return self.data.patterns

    def function(self, wanted: str) -> Function:
        """Unrolled where it can be, else by models."""
        if wanted not in self._made:
            self._made[wanted] = self._make(wanted)
        made = self._made[wanted]
        return made if isinstance(made, InTurn) else made.function

    def update(self, given: Mapping[str, Any]) -> None:
        """Everything is checked and computed before anything changes."""
        others = _split(self.problem, given)
        self._check(others)
        arguments, scalars = _described(self.problem)
        data = updated(self.data, arguments, self.unknowns, scalars, others.first)
        instances = replace(self.instances.with_others(others), first=data.bound)
        unrolled = {
            wanted: replace(made, numbers=made.with_data(self.problem, data, instances))
            for wanted, made in self._made.items()
            if isinstance(made, _Unrolled)
        }
        self._update_models(instances, others)
        for made in unrolled.values():
            made.function.take(made.numbers.shared, made.numbers.stacked)
        self._made.update(unrolled)
        self.data, self.instances = data, instances

    def rebind(self, given: Mapping[str, Any]) -> BatchModel:
        """A batch on other data."""
        instances = self.instances.with_others(_split(self.problem, given))
        return BatchModel(_functions(self.problem, instances, self.backend, self.threads))

    def _make(self, wanted: str) -> _Unrolled | InTurn:
        try:
            unrolled = unroll(self.derivation, self.data, wanted, self.instances.stored)
        except NotUnrolledError:
            return InTurn(self._models_of_all(), wanted, self._places())
        arrays = _arrays(self.problem, unrolled, self.data, self.instances)
        varying = frozenset(key for key, array in arrays.items() if np.ndim(array) == 2)
        code = straight_line(unrolled.scalars, unrolled.results, varying)
        numbers = Numbers.of(code, arrays)
        known = numbers.shared, numbers.stacked

        def made(name: str) -> Straight:
            if name != "c":
                return NumpyFunction(numpy_function(code), *known)
            unknowns = sum(pattern.size for pattern in self.patterns)
            source = c_source(self.problem, wanted, code, unknowns)
            return Compiled(source, *known, self.threads)

        return _Unrolled(with_backend(self.backend, made), unrolled, code, numbers)

    def _check(self, others: Instances) -> None:
        """Whether as much is given as was bound, of as many instances and the same patterns."""
        before, count = self.instances, self.instances.count
        for name in others.first:
            was, now = name in before.own, name in others.own
            if was != now:
                shared, each = "once, for all instances", f"for each of {count} instances"
                raise ValueError(
                    f"{name}: expected {each if was else shared}, as it was bound, got it "
                    f"{shared if was else 'for each'}; rebind({name}=…) takes it"
                )
            if (name in before.stored) != (name in others.stored) or not np.array_equal(
                before.stored.get(name, ()), others.stored.get(name, ())
            ):
                raise ValueError(
                    f"{name}: expected the pattern of each instance that was bound, got others; "
                    f"rebind({name}=…) takes them"
                )
        if others.count not in (None, count):
            raise ValueError(
                f"update: expected {count} instances, which were bound, got {others.count}; "
                "rebind takes more or fewer"
            )

    def _models_of_all(self) -> tuple[Model, ...]:
        if not self._models:
            kernel = kernel_for(
                self.problem, self.data, lambda: self.derivation, backend=self.backend
            )
            every = (self._data_of(i) for i in range(self.instances.count or 1))
            self._models = tuple(
                bind_checked(kernel, each, backend=self.backend, threads=self.threads)
                for each in every
            )
        return self._models

    def _data_of(self, place: int) -> Data:
        if self.instances.stored:
            return checked(self.problem, given_to(self.instances, place))
        return instance_of(self.data, self.instances, place)

    def _places(self) -> tuple[Any, ...] | None:
        stored = stored_values(self)
        return None if stored is None else tuple(map(np.flatnonzero, stored))

    def _update_models(self, instances: Instances, others: Instances) -> None:
        for place, model in enumerate(self._models):
            given = given_to(instances, place)
            model.update(**{name: given[name] for name in others.first})


def c_source(problem: Problem, wanted: str, code: StraightLine, unknowns: int) -> str:
    """The C file of one function."""
    parts, functions, kept = c_parts(code)
    operations = ", ".join(f"{kind} {n}" for kind, n in sorted(code.operations.items()))
    return rendered(
        "nzdiff.codegen.unroll",
        "unrolled.c.j2",
        title=f"{wanted.capitalize()} of {problem.called}, unrolled for its patterns.",
        header=[f"E = {text(problem.energy)}", f"operations per instance: {operations}"],
        unknowns=unknowns,
        kept=kept,
        results=len(code.results),
        stacked=len(code.stacked),
        functions=functions,
        kernels=[kernel_text("polygamma")] * any("polygamma(" in f.text for f in functions),
        parts=parts,
    )
