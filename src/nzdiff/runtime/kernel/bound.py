"""A kernel on its memory: write g, a direction or a cotangent, run a function, read results.

Work at one g is shared: what an earlier function at the same g computed is not computed again.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.arrays import check_finite, checked_vector, real_vector
from nzdiff.pattern import Pattern
from nzdiff.runtime.data.check import Data, evaluate_scalar
from nzdiff.runtime.data.spec import KernelSpec, OutputName
from nzdiff.runtime.kernel.backends import Backend
from nzdiff.runtime.kernel.backends.entries import Entry, entries
from nzdiff.runtime.kernel.turn import Turn
from nzdiff.runtime.kernel.workspace import Memory, replaced

Floats = NDArray[np.float64]
_LIVE: weakref.WeakSet[Bound] = weakref.WeakSet()
LEFT = object()
"""An argument that is left out: None is one that is wrong."""
OF_G: tuple[OutputName, ...] = ("energy", "residual", "gradient")
"""Functions whose results are there until g changes; others take a direction or a cotangent."""


def _after_fork() -> None:
    for bound in _LIVE:
        bound.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Bound:
    """A kernel, the memory it works on and the backend that runs it.

    weights: the root of the factor of each squared norm; ones where they have none.
    lock: whoever uses the memory holds it, from writing g to reading what was computed there.
    """

    def __init__(self, spec: KernelSpec, data: Data, memory: Memory, backend: Backend) -> None:
        self.lock = Turn()
        _LIVE.add(self)
        self.spec, self.memory, self.backend = spec, memory, backend
        self._results = dict[str, tuple[str, ...]](spec.outputs)
        self.patterns = data.patterns
        supports = data.supports
        self.arrays = {array.name: array for array in spec.arrays}
        self._cotangents = [_Part(self.arrays[n], memory, supports) for n in spec.cotangents]
        pairs = zip(spec.arguments, spec.arrays, strict=False)
        stored = {argument.name: memory.arrays[array.name] for argument, array in pairs}
        self.unknowns = [stored[name] for name in spec.unknowns]
        self._ends = np.cumsum([pattern.size for pattern in self.patterns])
        self.parts = {
            name: _Part(self.arrays[name], memory, supports)
            for name in (*spec.output("residual"), *spec.output("jvp"))
        }
        self.residual_size = sum(part.size for part in self._cotangents)
        self._slots = [_slots(pattern) for pattern in self.patterns]
        self._kept = np.zeros(1 + len(OF_G), dtype=np.uint8)
        self.size = int(self._ends[-1])
        self._value = (
            memory.arrays[spec.output("energy")[0]] if spec.output("energy") else np.zeros(1)
        )
        self._scales = np.ones(len(spec.residual_weights))
        self._weigh(data)
        self._entries = self._made()

    def _weigh(self, data: Data) -> None:
        """Know the root of the factor of each squared norm, if they have roots."""
        numbers = [evaluate_scalar(weight, data.scalars) for weight in self.spec.residual_weights]
        self.is_sum_of_squares = self.spec.only_squares and all(number >= 0 for number in numbers)
        roots = [float(np.sqrt(number)) for number in numbers] if self.is_sum_of_squares else []
        self.weights = tuple(roots or [1.0] * len(numbers))
        self._scales[:] = self.weights

    def _made(self) -> dict[OutputName, Entry]:
        """The functions in one call each; none where g is expanded by T."""
        if any(pattern.matrix is not None for pattern in self.patterns):
            return {}
        unknowns = [(p.size, slots) for p, slots in zip(self.patterns, self._slots, strict=True)]
        parts = zip(self.spec.cotangents, self._cotangents, strict=True)
        matrices = {name: part.matrix for name, part in (*self.parts.items(), *parts)}
        return entries(
            self.backend, self.memory, unknowns, matrices, self._scales, self._kept, OF_G
        )

    def take(self, data: Data, names: Iterable[str]) -> None:
        """Take data in which these arguments and scalars are others, of the same patterns.

        What is made of them is computed again when it is needed; no memory is laid out.
        """
        with self.lock:
            changed = replaced(self.memory, data, names)
            for name in changed:
                self.backend.renew(name)
            self._weigh(data)
            self.forget()
            for i, given in enumerate(self.spec.made_of):
                if changed.intersection(given):
                    self.memory.done[self.spec.stages + i] = 0

    @property
    def residual_sizes(self) -> list[int]:
        """The length of each residual."""
        return [part.size for part in self._cotangents]

    def energy(self, g: Any) -> float:
        """The energy at g; whoever calls this, or `vector`, holds the lock."""
        entry = self._entries.get("energy")
        at = real_vector("g", g, self.size)
        if entry is None or not entry(at, None, None, None):
            self.move(at)
            self.run("energy")
        return float(self._value[0])

    def vector(self, output: OutputName, g: Any = LEFT, v: Any = LEFT, w: Any = LEFT) -> Floats:
        """What another function gives at g (where it is, without), along v, for a cotangent w."""
        entry = self._entries.get(output)
        at = None if g is LEFT else real_vector("g", g, self.size)
        along = None if v is LEFT else real_vector("v", v, self.size)
        back = None if w is LEFT else real_vector("w", w, self.residual_size)
        if entry is not None:
            out = np.empty(entry.size)
            if entry(at, along, back, out):
                return out
        if at is not None:
            self.move(at)
        if along is not None:
            self.point_along(along)
        if back is not None:
            self.pull_back(back)
        self.run(output)
        results = self._results[output]
        return self.joined(results) if output in ("residual", "jvp") else self.reduced(results)

    def move(self, g: Any) -> None:
        """Write g into the kernel's memory; what was computed at the same g stays valid."""
        vector = real_vector("g", g, self.size)
        changed, finite = not self._kept[0], True
        self._kept[0] = 0  # whatever ends the next lines early
        unknowns = zip(self.patterns, self._slots, self.unknowns, self.split(vector), strict=True)
        for pattern, slots, target, part in unknowns:
            values = part if pattern.matrix is None else pattern.expand(part)
            found = self.backend.write(values, slots, target)
            changed, finite = changed or found[0], finite and found[1]
        if changed:
            self.forget()
        if not finite:
            self.forget()
            checked_vector("g", g, self.size)
            raise OverflowError(f"g: a stored value is too large for {self.memory.dtype}")
        self._kept[0] = 1

    def point_along(self, v: Any) -> None:
        """Write the direction v into the kernel's memory."""
        parts = self.split(real_vector("v", v, self.size))
        tangents = zip(self.patterns, self._slots, self.spec.tangents, parts, strict=True)
        for pattern, slots, name, part in tangents:
            values = part if pattern.matrix is None else pattern.expand_tangent(part)
            if not self.backend.write(values, slots, self.memory.arrays[name])[1]:
                checked_vector("v", v, self.size)
                raise OverflowError(f"v: a stored value is too large for {self.memory.dtype}")

    def pull_back(self, w: Floats) -> None:
        """Write the cotangent w into the kernel's memory."""
        check_finite("w", w)
        start = 0
        for part, weight in zip(self._cotangents, self.weights, strict=True):
            vector = np.ascontiguousarray(w[start : start + part.size])
            self._check_range(vector, weight)
            self.backend.from_vector(vector, weight, part.matrix)
            start += part.size

    def _check_range(self, vector: Floats, weight: float) -> None:
        """OverflowError where a cotangent is too large for single precision."""
        single, dtype = np.float32, self.memory.dtype
        if dtype == single and weight * np.abs(vector).max(initial=0.0) > np.finfo(single).max:
            raise OverflowError(f"w: a value is too large for {dtype}")

    def run(self, function: str) -> None:
        """Run a function of the kernel; after an error nothing counts as computed."""
        slot = OF_G.index(function) + 1 if function in OF_G else 0
        if slot and self._kept[slot]:
            return
        try:
            try:
                self.backend.run(function)
                near_singular = self.memory.solvers.near_singular
                if near_singular:
                    self._continue(function)
            finally:
                self.memory.solvers.raise_pending()
        except BaseException:
            self.memory.done[:] = 0
            self._kept[1:] = 0
            raise
        if slot and not near_singular:
            self._kept[slot] = 1

    def _continue(self, function: str) -> None:
        """The results of a function where a matrix is singular, and they have limits there."""
        results = self._results.get(function, ())
        if not results:  # factors of assembled matrices have none
            return
        solvers = self.memory.solvers
        if function in ("energy", "residual") and not solvers.is_pending:
            return  # no inverse was asked for
        arrays = [self.memory.arrays[name] for name in results]
        totals = [np.zeros(array.shape) for array in arrays]
        try:
            for s, weight in solvers.nodes:
                solvers.move_singular(s)
                self.forget()
                self.backend.run(function)
                solvers.raise_pending()
                totals = [t + weight * a for t, a in zip(totals, arrays, strict=True)]
        finally:
            solvers.move_singular(0.0)
            self.forget()
        for total, array in zip(totals, arrays, strict=True):
            array[:] = total

    def split(self, vector: Floats) -> list[Floats]:
        """The part of each unknown."""
        return [vector] if len(self._ends) == 1 else np.split(vector, self._ends[:-1])

    def reduced(self, names: tuple[str, ...]) -> Floats:
        """Tᵀ applied to values at the stored positions, one array per unknown."""
        parts = []
        for pattern, slots, name in zip(self.patterns, self._slots, names, strict=True):
            values = self.backend.read(self.memory.arrays[name], slots)
            parts.append(values if pattern.matrix is None else pattern.reduce(values))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def joined(self, names: tuple[str, ...]) -> Floats:
        """The values of one array per residual as a vector, weighted."""
        pairs = zip(names, self.weights, strict=True)
        vectors = [
            self.backend.to_vector(self.parts[name].matrix, weight) for name, weight in pairs
        ]
        return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)

    def start_anew(self) -> None:
        """In the child of a fork, where a thread that held the lock does not exist any more."""
        if not self.lock.is_free():
            self.lock = Turn()
            self.forget()
            self.memory.done[:] = 0

    def forget(self) -> None:
        """What depends on g is not valid any more; constants are."""
        self._kept[1:] = 0
        self.memory.done[: self.spec.stages] = 0


def _slots(pattern: Pattern) -> NDArray[np.int32] | None:
    """Where each number of g is stored; None where they are stored in order, or made by T."""
    if pattern.matrix is not None or np.array_equal(pattern.slots, np.arange(pattern.size)):
        return None
    return np.ascontiguousarray(pattern.slots, dtype=np.int32)


class _Part:
    """One residual in the kernel's memory as a matrix; the values of a sparse one as a column."""

    def __init__(self, array: Any, memory: Memory, supports: Any) -> None:
        values = memory.arrays[array.name]
        self.size = int(values.size)
        sparse = array.support is not None
        shape = (supports.size(array.rows), supports.size(array.cols))
        self.matrix = values.reshape((self.size, 1) if sparse else shape)
