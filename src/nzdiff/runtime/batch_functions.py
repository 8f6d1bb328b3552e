"""What evaluates the instances of a batch: straight-line C or NumPy, or one model after another."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nzdiff.memory import on_a_line
from nzdiff.runtime.kernel.library import load

Floats = NDArray[np.float64]

ROWS = 512
"""Instances that NumPy takes at once: their numbers stay in the cache."""
FLAGS = ("-O1", "-ffp-contract=fast")
"""Straight-line code gains nothing from more optimisation, which takes twice as long."""


class Function(Protocol):
    """(N,) and (N, others) from g (N, size)."""

    @property
    def name(self) -> str:
        """Which backend runs it."""
        ...

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """The first result of each instance, and the others."""
        ...


class Straight(Function, Protocol):
    """Straight-line code on numbers that are known when data is bound."""

    def take(self, shared: Floats, stacked: Floats | None) -> None:
        """Other data: (count,) of all instances, (N, count) of each."""
        ...


class Compiled:
    """The C code; it works on blocks of as many instances as a vector register holds."""

    name: str = "c"

    def __init__(self, source: str, shared: Floats, stacked: Floats | None, threads: int) -> None:
        library = load(source, {"nzdiff_batch": _SIGNATURE}, FLAGS)
        self._run = library.nzdiff_batch
        self._others = int(ctypes.c_int64.in_dll(library, "nzdiff_results").value) - 1
        self._lanes = int(ctypes.c_int64.in_dll(library, "nzdiff_lanes").value)
        work = int(ctypes.c_int64.in_dll(library, "nzdiff_work").value)
        self._threads = threads
        self._work = on_a_line(threads * work * self._lanes)
        self.take(shared, stacked)

    def take(self, shared: Floats, stacked: Floats | None) -> None:
        """Other data."""
        self._shared = shared
        self._stacked = on_a_line(0) if stacked is None else _in_blocks(stacked, self._lanes)

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """Run on all instances; each is computed alone, so that threads change no bit."""
        first, others = np.empty(len(g)), np.empty((len(g), self._others))
        arrays = (g, self._shared, self._stacked, self._work, first, others)
        threads = 1 if forked else self._threads
        self._run(len(g), threads, *(array.ctypes.data for array in arrays))
        return first, others


@dataclass(slots=True)
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

    def take(self, shared: Floats, stacked: Floats | None) -> None:
        """Other data."""
        self.shared, self.stacked = shared, stacked


@dataclass(frozen=True, slots=True)
class InTurn:
    """One instance after the other, by models: what is not unrolled.

    wanted: "energy", "gradient" or "hessian".  models: of each instance, or one of all of them.
    places: which values of g each instance has, where not all have all; others have derivatives
    that are 0.  Where an instance has no energy, a matrix outside of its domain, that is +∞;
    derivatives that do not exist are NaN.
    """

    models: tuple[Any, ...]
    wanted: str
    places: tuple[NDArray[np.int64], ...] | None = None

    @property
    def name(self) -> str:
        """The backend of the models."""
        return str(self.models[0].backend)

    def __call__(self, g: Floats) -> tuple[Floats, Floats]:
        """Take the instances one by one."""
        size, first = g.shape[1], np.full(len(g), np.inf)
        shape = {"energy": (0,), "gradient": (size,), "hessian": (size, size)}[self.wanted]
        others = np.zeros((len(g), *shape))
        for i, at in enumerate(g):
            model = self.models[i % len(self.models)]
            own = np.arange(size) if self.places is None else self.places[i]
            where: Any = np.ix_(*[own] * len(shape)) if shape != (0,) else slice(None)
            others[i][where] = np.nan
            with suppress(np.linalg.LinAlgError):
                first[i] = model.energy(at[own])
                others[i][where] = self._derivatives(model, at[own])
        return first, others.reshape(len(g), -1)

    def _derivatives(self, model: Any, g: Floats) -> Floats:
        if self.wanted == "hessian":
            return np.asarray(model.hessian(g).toarray())
        return np.asarray(model.gradient(g)) if self.wanted == "gradient" else np.zeros(0)


forked: list[int] = []
"""Filled in the child of a fork, where OpenMP has no threads left."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: forked.append(os.getpid()))

_SIGNATURE = (None, (ctypes.c_int64, ctypes.c_int, *[ctypes.c_void_p] * 6))


def _in_blocks(stacked: Floats, lanes: int) -> Floats:
    """(N, count) as blocks of `lanes` instances, each (count, lanes); the last one filled up."""
    instances, count = stacked.shape
    blocks = -(-instances // lanes)
    found = on_a_line(blocks * count * lanes)
    whole = np.pad(stacked, ((0, blocks * lanes - instances), (0, 0)), mode="edge")
    found.reshape(blocks, count, lanes)[:] = whole.reshape(blocks, lanes, count).swapaxes(1, 2)
    return found
