"""One small problem on many instances at once: energies, gradients and Hessians of all of them.

    g (N, size)  →  E (N,), ∂E/∂g (N, size), ∂²E/∂g² (N, size, size)

Patterns and sizes are those of every instance; numbers are shared or each instance has its own.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.arrays import checked_dense, real_numbers, to_doubles
from nzdiff.memory import on_a_line
from nzdiff.pattern import Pattern
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import Argument
from nzdiff.runtime.kernel.library import load
from nzdiff.runtime.kernel.turn import Turn
from nzdiff.runtime.sealed import Sealed

Floats = NDArray[np.float64]

ROWS = 512
"""Instances that NumPy takes at once: their numbers stay in the cache."""
FLAGS = ("-O1", "-ffp-contract=fast")
"""Straight-line code gains nothing from more optimisation, which takes twice as long."""


@dataclass(frozen=True, slots=True)
class Instances:
    """Data taken apart: what `Problem.bind` takes of the first instance, and what differs.

    own: (N, count) stored numbers by name, where each instance has its own.  count: N, or None
    where all data is shared.
    """

    first: dict[str, Any]
    own: dict[str, Floats]
    count: int | None


def split_instances(
    arguments: tuple[Argument, ...], scalars: tuple[str, ...], given: Mapping[str, Any]
) -> Instances:
    """Tell what is shared from what has a leading axis of instances; check the latter.

    A sparse matrix of which each instance has its own values is a pair (pattern, values).
    """
    described = {argument.name: argument for argument in arguments}
    first, own = dict(given), dict[str, Floats]()
    for name, value in given.items():
        argument = described.get(name)
        kind = argument.kind if argument is not None else "scalar" if name in scalars else ""
        if kind == "sparse" and isinstance(value, tuple):
            pattern, stack = _pair(name, value)
            own[name] = _expand(pattern, stack)
            first[name] = pattern.to_csr(stack[0])
        elif kind in _AXES and np.ndim(value) == _AXES[kind] + 1:
            stack = _checked(name, value)
            own[name] = stack.reshape(len(stack), -1)
            first[name] = stack[0] if kind != "scalar" else float(stack[0])
            if argument is not None and argument.symmetric and kind == "dense":
                _check_symmetric(name, stack)
    counts = {name: len(stack) for name, stack in own.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{count} of {name}" for name, count in counts.items())
        raise ValueError(f"bind_batch: expected one number of instances, got {found}")
    return Instances(first, own, next(iter(counts.values()), None))


_AXES = {"dense": 2, "diagonal": 1, "scalar": 0}
"""How many axes the numbers of one instance have."""


class Function(Protocol):
    """(N,) and (N, others) from g (N, size)."""

    @property
    def name(self) -> str:
        """Which backend runs it."""
        ...

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """The first result of each instance, and the others."""
        ...


class BatchModel(Sealed):
    """An energy on many instances.  Made by `Problem.bind_batch`.

    size: length of g of one instance.  count: the number of instances, or None where all data is
    shared, so that it is whatever g has.  Threads may share it: one after the other uses it.
    """

    advice = "bind the batch again with other data"
    formula: str
    patterns: tuple[Pattern, ...]
    count: int | None
    size: int

    def __init__(
        self,
        formula: str,
        patterns: tuple[Pattern, ...],
        count: int | None,
        make: Callable[[str], Function],
        home: Callable[[], BatchModel],
    ) -> None:
        self.formula, self.patterns, self.count = formula, patterns, count
        self.size = sum(pattern.size for pattern in patterns)
        self._make, self._home, self._lock = make, home, Turn()
        _LIVE.add(self)
        self._functions = {"gradient": make("gradient")}

    def __reduce__(self) -> tuple[Any, ...]:
        """The problem and the data: bound anew on arrival."""
        return self._home, ()

    def __repr__(self) -> str:
        many = "any number of" if self.count is None else self.count
        sizes = f"{many} instances of {self.size} unknowns, {self.backend} backend"
        return f"<BatchModel E = {self.formula}, {sizes}>"

    @property
    def backend(self) -> str:
        """Which backend runs the code."""
        return self._functions["gradient"].name

    def energy(self, g: ArrayLike) -> Floats:
        """E of each instance, shape (N,)."""
        return self._run("energy", g)[0]

    def gradient(self, g: ArrayLike) -> Floats:
        """∂E/∂g of each instance, shape (N, size)."""
        return self._run("gradient", g)[1]

    def energy_and_gradient(self, g: ArrayLike) -> tuple[Floats, Floats]:
        """Both, which share their work."""
        return self._run("gradient", g)

    def hessian(self, g: ArrayLike) -> Floats:
        """∂²E/∂g² of each instance, shape (N, size, size).

        Raises NotImplementedError where the structure of the matrix is not recognised.
        """
        first, others = self._run("hessian", g)
        return others.reshape(len(first), self.size, self.size)

    def start_anew(self) -> None:
        """In the child of a fork: nobody else uses it."""
        self._lock = Turn()

    def _run(self, function: str, g: ArrayLike) -> tuple[Floats, Floats]:
        rows = np.ascontiguousarray(to_doubles("g", real_numbers("g", g)))
        count = "N" if self.count is None else self.count
        if rows.ndim != 2 or rows.shape[1] != self.size or count not in ("N", len(rows)):
            raise ValueError(f"g: expected shape ({count}, {self.size}), got {rows.shape}")
        with self._lock:
            if function not in self._functions:
                self._functions[function] = self._make(function)
            return self._functions[function](rows)


class Compiled:
    """The C code; it works on blocks of as many instances as a vector register holds."""

    name: str = "c"

    def __init__(self, source: str, shared: Floats, stacked: Floats | None, threads: int) -> None:
        library = load(source, {"nzdiff_batch": _SIGNATURE}, FLAGS)
        self._run = library.nzdiff_batch
        self._others = int(ctypes.c_int64.in_dll(library, "nzdiff_results").value) - 1
        lanes = int(ctypes.c_int64.in_dll(library, "nzdiff_lanes").value)
        work = int(ctypes.c_int64.in_dll(library, "nzdiff_work").value)
        self._shared, self._threads = shared, threads
        self._work = on_a_line(threads * work * lanes)
        self._stacked = on_a_line(0) if stacked is None else _in_blocks(stacked, lanes)

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """Run on all instances; each is computed alone, so that threads change no bit."""
        first, others = np.empty(len(g)), np.empty((len(g), self._others))
        arrays = (g, self._shared, self._stacked, self._work, first, others)
        threads = 1 if _forked else self._threads
        self._run(len(g), threads, *(array.ctypes.data for array in arrays))
        return first, others


@dataclass(frozen=True, slots=True)
class NumpyFunction:
    """The same numbers as arrays over the instances."""

    run: Callable[[Floats, Floats, Floats | None], list[Any]]
    shared: Floats
    stacked: Floats | None
    name: str = "numpy"

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """Run on some hundred instances at a time; what is undefined is NaN, as in C."""
        found: Floats | None = None
        for start in range(0, max(len(g), 1), ROWS):
            rows = slice(start, start + ROWS)
            own = None if self.stacked is None else self.stacked[rows]
            with np.errstate(all="ignore"):
                results = self.run(g[rows], self.shared, own)
            if found is None:
                found = np.empty((len(results), len(g)))
            for place, result in enumerate(results):
                found[place, rows] = result
        assert found is not None
        return found[0], np.ascontiguousarray(found[1:].T)


@dataclass(frozen=True, slots=True)
class InTurn:
    """One instance after the other, by models: what is factorised is not unrolled.

    wanted: "energy", "gradient" or "hessian".  models: of each instance, or one of all of them.
    Where an instance has no energy, a matrix outside of its domain, that is +∞; derivatives that do
    not exist are NaN.
    """

    models: tuple[Any, ...]
    wanted: str

    @property
    def name(self) -> str:
        """The backend of the models."""
        return str(self.models[0].backend)

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """Take the instances one by one."""
        size = self.models[0].size
        count = {"energy": 0, "gradient": size, "hessian": size * size}[self.wanted]
        first, others = np.full(len(g), np.inf), np.full((len(g), count), np.nan)
        for i, at in enumerate(g):
            model = self.models[i % len(self.models)]
            with suppress(np.linalg.LinAlgError):
                first[i] = model.energy(at)
                others[i] = self._derivatives(model, at)
        return first, others

    def _derivatives(self, model: Any, g: Floats) -> Floats:
        if self.wanted == "hessian":
            return np.asarray(model.hessian(g).toarray()).ravel()
        return np.asarray(model.gradient(g)) if self.wanted == "gradient" else np.zeros(0)


def instance_of(data: Data, instances: Instances, place: int) -> Data:
    """The data of one instance, from that of the first one."""
    own = {name: part[place] for name, part in instances.own.items()}
    scalars = {name: float(own[name][0]) for name in data.scalars if name in own}
    values = {name: np.ascontiguousarray(own[name]) for name in own if name not in scalars}
    return replace(data, values={**data.values, **values}, scalars={**data.scalars, **scalars})


_LIVE: weakref.WeakSet[BatchModel] = weakref.WeakSet()
_forked: list[int] = []
"""Filled in the child of a fork, where OpenMP has no threads left."""


def _after_fork() -> None:
    """A thread that held a lock does not exist any more."""
    _forked.append(os.getpid())
    for batch in _LIVE:
        batch.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


_SIGNATURE = (None, (ctypes.c_int64, ctypes.c_int, *[ctypes.c_void_p] * 6))


def _in_blocks(stacked: Floats, lanes: int) -> Floats:
    """(N, count) as blocks of `lanes` instances, each (count, lanes); the last one filled up."""
    instances, count = stacked.shape
    blocks = -(-instances // lanes)
    found = on_a_line(blocks * count * lanes)
    whole = np.pad(stacked, ((0, blocks * lanes - instances), (0, 0)), mode="edge")
    found.reshape(blocks, count, lanes)[:] = whole.reshape(blocks, lanes, count).swapaxes(1, 2)
    return found


def _pair(name: str, value: tuple[Any, ...]) -> tuple[Pattern, Floats]:
    if len(value) != 2 or not isinstance(value[0], Pattern):
        raise TypeError(
            f"{name}: expected a SciPy sparse matrix, which all instances share, or a pair "
            "(Pattern, values of shape (N, size)), got a tuple of "
            f"{', '.join(type(part).__name__ for part in value)}"
        )
    pattern, stack = value[0], _checked(name, value[1])
    if stack.ndim != 2 or stack.shape[1] != pattern.size:
        raise ValueError(f"{name}: expected values of shape (N, {pattern.size}), got {stack.shape}")
    return pattern, stack


def _expand(pattern: Pattern, stack: Floats) -> Floats:
    """Stored values of each instance in CSR order."""
    return np.stack([pattern.expand(values) for values in stack])


def _checked(name: str, value: Any) -> Floats:
    array = checked_dense(name, value)
    if array.shape[0] == 0:
        raise ValueError(f"{name}: expected at least one instance, got shape {array.shape}")
    return array


def _check_symmetric(name: str, stack: Floats) -> None:
    if not np.allclose(stack, stack.swapaxes(-1, -2), rtol=1e-12, atol=0):
        raise ValueError(f"{name}: declared symmetric, but the matrices are not")
