"""One small problem on many instances at once: energies, gradients and Hessians of all of them.

    g (N, size)  →  E (N,), ∂E/∂g (N, size), ∂²E/∂g² (N, size, size)

Sizes are those of every instance; patterns and numbers are shared or each instance has its own.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.arrays import real_numbers, to_doubles
from nzdiff.pattern import Pattern
from nzdiff.runtime.batch_functions import Function, InTurn
from nzdiff.runtime.instances import Instances, given_to, values_of
from nzdiff.runtime.kernel.turn import Turn
from nzdiff.runtime.sealed import Sealed

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Functions(Protocol):
    """Makes the functions of a batch from its data."""

    @property
    def formula(self) -> str:
        """The energy."""
        ...

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Their names."""
        ...

    @property
    def dense(self) -> frozenset[str]:
        """The names of those that are dense."""
        ...

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Of the unknowns: of all instances, or the union of theirs."""
        ...

    @property
    def instances(self) -> Instances:
        """The data."""
        ...

    def function(self, wanted: str) -> Function:
        """Of "energy", "gradient" or "hessian"; made once."""
        ...

    def update(self, given: Mapping[str, Any]) -> None:
        """Other numbers, also in the functions that are there."""
        ...

    def rebind(self, given: Mapping[str, Any]) -> BatchModel:
        """A batch on other data."""
        ...


class BatchModel(Sealed):
    """An energy on many instances.  Made by `Problem.bind_batch`.

    size: length of g of one instance.  count: the number of instances, or None where all data is
    shared, so that it is whatever g has.  stored: (N, size), which values of g each instance has,
    where each has its own pattern and g the positions of their union; else None.  Threads may
    share it: one after the other uses it.
    """

    advice = "give the batch other data, as in batch.update(lam=100.0)"
    formula: str
    patterns: tuple[Pattern, ...]
    count: int | None
    size: int
    stored: Flags | None

    def __init__(self, functions: Functions) -> None:
        self.formula, self.patterns = functions.formula, functions.patterns
        self.count = functions.instances.count
        self.size = sum(pattern.size for pattern in self.patterns)
        self.stored = stored_values(functions)
        self._functions, self._lock = functions, Turn()
        _LIVE.add(self)
        functions.function("gradient")

    def __reduce__(self) -> tuple[Any, ...]:
        """The problem and the data: bound anew on arrival."""
        return BatchModel, (self._functions,)

    def __repr__(self) -> str:
        many = "any number of" if self.count is None else self.count
        how = "unrolled" if self.is_unrolled else "one after the other"
        sizes = f"{many} instances of {self.size} unknowns, {how}, {self.backend} backend"
        return f"<BatchModel E = {self.formula}, {sizes}>"

    @property
    def backend(self) -> str:
        """Which backend runs the code."""
        return self._functions.function("gradient").name

    @property
    def is_unrolled(self) -> bool:
        """Whether energy and gradient are straight-line code; else models take the instances."""
        return not isinstance(self._functions.function("gradient"), InTurn)

    def energy(self, g: ArrayLike) -> Floats:
        """E of each instance, shape (N,)."""
        return self._run("energy", g)[0]

    def gradient(self, g: ArrayLike) -> Floats:
        """∂E/∂g of each instance, shape (N, size); 0 for values that an instance does not have."""
        return self._run("gradient", g)[1]

    def energy_and_gradient(self, g: ArrayLike) -> tuple[Floats, Floats]:
        """Both, which share their work."""
        return self._run("gradient", g)

    def hessian(self, g: ArrayLike) -> Floats:
        """∂²E/∂g² of each instance, shape (N, size, size)."""
        first, others = self._run("hessian", g)
        return others.reshape(len(first), self.size, self.size)

    def update(self, **given: Any) -> None:
        """Take other numbers, of the same patterns and sizes and of as many instances.

        What was given once is given once, what each instance has of its own again with a leading
        axis.  Nothing is planned, unrolled or compiled.  Checks and errors are those of
        `bind_batch`; after an error the batch has the data that it had before.
        """
        with self._lock:
            self._functions.update(given)

    def rebind(self, **given: Any) -> BatchModel:
        """Another batch, with other data, patterns, sizes or instances in place of what is given.

        The code is unrolled and compiled for it anew.
        """
        return self._functions.rebind(given)

    def pack(self, matrices: Sequence[Any]) -> Floats:
        """g (N, size) from the unknown matrices of each instance, a tuple where there are several.

        Raises ValueError where a matrix stores what the pattern of its instance does not.
        """
        rows = [self._packed(i, given) for i, given in enumerate(matrices)]
        return np.stack(rows) if rows else np.zeros((0, self.size))

    def unpack(self, g: ArrayLike) -> list[Any]:
        """The unknowns of each instance: CSR on its own pattern, or dense; tuples."""
        return [self._unpacked(i, row) for i, row in enumerate(self._rows(g))]

    def start_anew(self) -> None:
        """In the child of a fork: nobody else uses it."""
        self._lock = Turn()

    def _run(self, function: str, g: ArrayLike) -> tuple[Floats, Floats]:
        rows = self._rows(g)
        with self._lock:
            return self._functions.function(function)(rows)

    def _rows(self, g: ArrayLike) -> Floats:
        rows = np.ascontiguousarray(to_doubles("g", real_numbers("g", g)))
        count = "N" if self.count is None else self.count
        if rows.ndim != 2 or rows.shape[1] != self.size or count not in ("N", len(rows)):
            raise ValueError(f"g: expected shape ({count}, {self.size}), got {rows.shape}")
        return rows

    def _own(self, place: int) -> list[tuple[Pattern, Any]]:
        """The pattern of each unknown of an instance, and which part of g its values are."""
        if self.stored is None:
            own, flags = list(self.patterns), np.ones(self.size, dtype=bool)
        else:
            given, flags = given_to(self._functions.instances, place), self.stored[place]
            own = [given[name] for name in self._functions.unknowns]
        ends = np.cumsum([pattern.size for pattern in self.patterns])
        parts = np.split(np.arange(self.size), ends[:-1])
        return [(p, part[flags[part]]) for p, part in zip(own, parts, strict=True)]

    def _packed(self, place: int, given: Any) -> Floats:
        if self.count is not None and place >= self.count:
            raise ValueError(f"pack: expected the matrices of {self.count} instances, got more")
        own, row = self._own(place), np.zeros(self.size)
        matrices = given if isinstance(given, tuple) else (given,)
        if len(matrices) != len(own):
            raise ValueError(
                f"pack: expected {len(own)} matrices of instance {place}, got {len(matrices)}"
            )
        for (pattern, part), matrix in zip(own, matrices, strict=True):
            try:
                row[part] = pattern.pack(matrix)
            except (TypeError, ValueError) as error:
                raise type(error)(f"pack: instance {place}: {error}") from None
        return row

    def _unpacked(self, place: int, row: Floats) -> Any:
        functions = self._functions
        matrices = [pattern.to_csr(row[part]) for pattern, part in self._own(place)]
        found = tuple(
            matrix.toarray() if name in functions.dense else matrix
            for name, matrix in zip(functions.unknowns, matrices, strict=True)
        )
        return found[0] if len(found) == 1 else found


def stored_values(functions: Functions) -> Flags | None:
    """(N, size) which values of g each instance has; None where each has all."""
    instances = functions.instances
    if not any(name in instances.stored for name in functions.unknowns):
        return None
    assert instances.count is not None
    parts = [
        values_of(pattern, instances.stored[name])
        if name in instances.stored
        else np.ones((instances.count, pattern.size), dtype=bool)
        for name, pattern in zip(functions.unknowns, functions.patterns, strict=True)
    ]
    return np.concatenate(parts, axis=1)


_LIVE: weakref.WeakSet[BatchModel] = weakref.WeakSet()


def _after_fork() -> None:
    """A thread that held a lock does not exist any more."""
    for batch in _LIVE:
        batch.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
