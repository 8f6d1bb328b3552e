"""Derive, plan, unroll and bind for many instances at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, kernel_for
from nzdiff.codegen.emit.targets.c.kernels import kernel_text
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.plan.arguments import argument_of
from nzdiff.codegen.unroll.ssa import Given, Unknown
from nzdiff.codegen.unroll.straight_line import Evaluation, StraightLine, c_parts, straight_line
from nzdiff.codegen.unroll.unrolled import FactorisedError, unroll
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.notation import text
from nzdiff.runtime.batch import (
    BatchModel,
    Compiled,
    Function,
    Instances,
    InTurn,
    NumpyFunction,
    instance_of,
    split_instances,
)
from nzdiff.runtime.bind import bind_checked, checked_threads
from nzdiff.runtime.data.check import Data, evaluate_scalar
from nzdiff.runtime.kernel.backends.choose import with_backend

Floats = NDArray[np.float64]
Known = Mapping[str, Any]
"""Stored numbers by name: (count,) where all instances share them, else (N, count)."""


def bind_batch(
    problem: Problem, given: Mapping[str, Any], *, backend: str, threads: int
) -> BatchModel:
    """See `Problem.bind_batch`."""
    if problem.is_function:
        raise TypeError(f"bind_batch: {text(problem.energy)} is a matrix function, not an energy")
    arguments = tuple(argument_of(m, m in problem.wrt) for m in problem.matrices)
    scalars = tuple(str(symbol.name) for symbol in problem.scalars)
    instances = split_instances(arguments, scalars, given)
    return batch_of(problem, instances, backend=backend, threads=threads)


def batch_of(problem: Problem, instances: Instances, *, backend: str, threads: int) -> BatchModel:
    """A batch on data that was taken apart."""
    data = checked(problem, instances.first)
    derivation, count, factorised = derive(problem), checked_threads(threads), list[str]()

    @cache
    def models() -> tuple[Any, ...]:
        kernel = kernel_for(problem, data, lambda: derivation, backend=backend)
        every = (instance_of(data, instances, i) for i in range(instances.count or 1))
        return tuple(bind_checked(kernel, each, backend=backend, threads=threads) for each in every)

    def function(wanted: str) -> Function:
        try:
            unrolled = unroll(derivation, data, wanted if not factorised else "energy")
        except FactorisedError:
            factorised.append(wanted)
            return InTurn(models(), wanted)
        arrays = _known(problem, unrolled.plan, data, instances.own)
        varying = frozenset(key for key, array in arrays.items() if np.ndim(array) == 2)
        code = straight_line(unrolled.scalars, unrolled.results, varying)
        shared, stacked = _bound(code, arrays)

        def made(name: str) -> Function:
            if name != "c":
                return NumpyFunction(_numpy(code), shared, stacked)
            source = c_source(problem, wanted, code, sum(p.size for p in data.patterns))
            return Compiled(source, shared, stacked, count)

        return with_backend(backend, made)

    kept = replace(instances, first=data.bound)
    home = partial(batch_of, problem, kept, backend=backend, threads=threads)
    return BatchModel(text(problem.energy), data.patterns, instances.count, function, home)


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


def _known(problem: Problem, plan: ir.Plan, data: Data, own: Mapping[str, Floats]) -> Known:
    """Data, coefficients and what reductions make of data."""
    arrays: dict[str, Floats] = {**data.values, **own}
    varying = {name: own[name][:, 0] for name in data.scalars if name in own}
    for name, source in plan.coefficients:
        instances = zip(*varying.values(), strict=True) if varying else [()]
        numbers = [data.scalars | dict(zip(varying, each, strict=True)) for each in instances]
        values = np.array([[evaluate_scalar(source, each)] for each in numbers])
        arrays[name] = values if varying else values[0]
    names = {
        value: str(matrix.name)
        for matrix, value in zip(problem.matrices, plan.arguments, strict=True)
    }
    for reduction in plan.reductions:
        _reduce(reduction, arrays, names, data)
    return arrays


def _reduce(
    reduction: ir.Reduction, arrays: dict[str, Floats], names: Mapping[ir.Value, str], data: Data
) -> None:
    """[Y K] = Q [R K̃; 0 S] of each instance; see `nzdiff.codegen.plan.Reduction`."""

    def matrix(value: ir.Value) -> Floats:
        shape = data.supports.size(value.rows), data.supports.size(value.cols)
        whole = arrays[names.get(value, value.name)]
        stack = whole.reshape(*whole.shape[:-1], *shape)
        return stack.swapaxes(-1, -2) if reduction.transposed else stack

    parts = [matrix(v) for v in (reduction.matrix, reduction.constant) if v is not None]
    size, lead = parts[0].shape[-1], np.broadcast_shapes(*(part.shape[:-2] for part in parts))
    wide = [np.broadcast_to(part, (*lead, *part.shape[-2:])) for part in parts]
    factor: Any = np.linalg.qr(np.concatenate(wide, axis=-1), mode="r")

    def flat(stack: Floats) -> Floats:
        return stack.reshape(*lead, -1)

    arrays[reduction.triangle.name] = flat(factor[..., :size, :size])
    arrays[reduction.remainder.name] = flat((factor[..., size:, size:] ** 2).sum(axis=(-1, -2)))
    if reduction.reduced is not None:
        reduced = factor[..., :size, size:]
        turned = reduced.swapaxes(-1, -2) if reduction.transposed else reduced
        arrays[reduction.reduced.name] = flat(turned)


def _bound(code: StraightLine, arrays: Known) -> tuple[Floats, Floats | None]:
    """What is known before g is: (count,) of all instances, (N, count) of each."""
    scalars = code.scalars
    leaves = {
        place: arrays[node.name][..., node.place]
        for place, node in enumerate(scalars.nodes)
        if isinstance(node, Given)
    }
    with np.errstate(all="ignore"):
        shared = Evaluation.of(scalars, code.shared, leaves)(leaves)
        stacked = Evaluation.of(scalars, code.stacked, leaves)(leaves)
    return np.array(shared, dtype=float), np.stack(stacked, axis=1) if stacked else None


def _numpy(code: StraightLine) -> Callable[[Floats, Floats, Floats | None], list[Any]]:
    """The results, numbers or (N,), from g (N, size) and what is known."""
    scalars = code.scalars
    unknowns = [(i, node) for i, node in enumerate(scalars.nodes) if isinstance(node, Unknown)]
    places = [place for place, _ in unknowns]
    evaluation = Evaluation.of(scalars, code.results, [*places, *code.shared, *code.stacked])

    def run(g: Floats, shared: Floats, stacked: Floats | None) -> list[Any]:
        columns = np.ascontiguousarray(g.T)
        known: dict[int, Any] = {place: columns[node.place] for place, node in unknowns}
        known.update(zip(code.shared, shared.tolist(), strict=True))
        if stacked is not None:
            known.update(zip(code.stacked, stacked.T, strict=True))
        return evaluation(known)

    return run
