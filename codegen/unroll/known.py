"""What is known before g is: data, coefficients and what reductions make of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen import plan as ir
from nzdiff.codegen.unroll.ssa import Given, Unknown, operands, ordered
from nzdiff.codegen.unroll.straight_line import Evaluation, StraightLine
from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.check import Data, evaluate_scalar

Floats = NDArray[np.float64]
Known = Mapping[str, Any]
"""Stored numbers by name: (count,) where all instances share them, else (N, count)."""


def known_arrays(problem: Problem, plan: ir.Plan, data: Data, own: Mapping[str, Floats]) -> Known:
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


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is known before g is: shared (count,) of all instances, stacked (N, count) of each.

    arrays: what they were made of.
    """

    shared: Floats
    stacked: Floats | None
    arrays: Known

    @classmethod
    def of(cls, code: StraightLine, arrays: Known) -> Numbers:
        """All numbers of some code."""
        shared, stacked = (_evaluated(code, p, arrays) for p in (code.shared, code.stacked))
        return cls(
            np.array(shared, dtype=float), np.stack(stacked, axis=1) if stacked else None, arrays
        )

    def with_arrays(self, code: StraightLine, arrays: Known) -> Numbers:
        """With other arrays: what depends on those that differ is computed again."""
        names = {key for key in arrays if not np.array_equal(arrays[key], self.arrays[key])}
        scalars, moved = code.scalars, set[int]()
        for place in ordered(scalars, (*code.shared, *code.stacked)):
            node = scalars.nodes[place]
            new = isinstance(node, Given) and node.name in names
            if new or not moved.isdisjoint(operands(node)):
                moved.add(place)

        def renewed(before: Floats, places: tuple[int, ...]) -> Floats:
            at = [i for i, place in enumerate(places) if place in moved]
            found = before.copy()
            for i, values in zip(
                at, _evaluated(code, [places[i] for i in at], arrays), strict=True
            ):
                found[..., i] = values
            return found

        stacked = None if self.stacked is None else renewed(self.stacked, code.stacked)
        return Numbers(renewed(self.shared, code.shared), stacked, arrays)


def _evaluated(code: StraightLine, places: Sequence[int], arrays: Known) -> list[Any]:
    scalars = code.scalars
    leaves = {
        place: arrays[node.name][..., node.place]
        for place, node in enumerate(scalars.nodes)
        if isinstance(node, Given)
    }
    with np.errstate(all="ignore"):
        return Evaluation.of(scalars, places, leaves)(leaves)


def numpy_function(code: StraightLine) -> Callable[[Floats, Floats, Floats | None], list[Any]]:
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
