"""What runs where a block is: it is bound once, kept, and evaluated whenever it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nzdiff.codegen.compile import bind
from nzdiff.derive.calculus.problem import Problem
from nzdiff.pattern import Pattern
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]
What = Literal[
    "about",
    "energy",
    "gradient",
    "both",
    "residual",
    "squares",
    "jvp",
    "vjp",
    "hessian",
    "gauss_newton",
    "hessian diagonal",
    "gauss_newton diagonal",
    "hessian array",
    "gauss_newton array",
]


@dataclass(frozen=True, slots=True)
class Spec:
    """How a block is bound.

    wanted: the matrices that a block has to bring; optional: those that it may.
    """

    number: int
    problem: Problem
    wanted: frozenset[str]
    optional: frozenset[str]
    source: Any
    shared: Mapping[str, Any]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What the others have to know of a bound block."""

    patterns: dict[str, Pattern]
    is_sum_of_squares: bool
    residual_size: int


@dataclass(frozen=True, slots=True)
class Key:
    """Which block of which sum; home: the process that asks."""

    home: str
    owner: str
    number: int


@dataclass(frozen=True, slots=True)
class Task:
    """A question to a block; live: the sums that still exist.  spec: how the block is bound."""

    key: Key
    live: frozenset[str]
    what: What
    g: Floats | None = None
    v: Floats | None = None
    spec: Spec | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a block answers to a task, and which block it is."""

    number: int
    value: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """The answer of a worker that does not have the block, and was not told how to bind it."""


class Block:
    """A bound block."""

    def __init__(self, spec: Spec) -> None:
        self.number = spec.number
        with named(spec.number):
            data = spec.source()
            _check_names(spec, data)
            bound = {**spec.shared, **data}
            self.model: Model = bind(spec.problem, bound, **spec.options)
        self._bytes = sum(_bytes(value) for value in data.values())

    def __sizeof__(self) -> int:
        """About what it takes: Dask moves what looks small."""
        return 3 * self._bytes

    def about(self) -> About:
        """See `About`."""
        model = self.model
        names = model.spec.unknowns
        squares = model.is_sum_of_squares
        size = model.residual_size if squares else 0
        patterns = dict(zip(names, model.patterns, strict=True))
        return About(patterns, squares, size)

    def answer(self, what: What, g: Floats | None, v: Floats | None) -> Any:
        """What a task asks for; errors name the block."""
        if what == "about":
            return self.about()
        with named(self.number):
            return answers(self.model, what, g, v)


def answers(model: Model, what: What, g: Any, v: Any) -> Any:
    """A value, vector or matrix of a model."""
    operator, _, form = what.partition(" ")
    if operator in ("hessian", "gauss_newton"):
        found = getattr(model, operator)(g)
        if form:
            return found.diagonal() if form == "diagonal" else found.toarray()
        return found @ v
    if what == "both":
        return model.energy_and_gradient(g)
    if what == "squares":
        residual, ends = model.residual(g), np.cumsum(model.residual_sizes)[:-1]
        return [float(part @ part) for part in np.split(residual, ends)]
    return getattr(model, what)(g) if v is None else getattr(model, what)(g, v)


class _Held:
    """The blocks of this process, by key.

    A sum that is collected as garbage lets its blocks go, wherever this thread is just then: also
    within these functions.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._blocks: dict[Key, Block] = {}
        self._turns: dict[Key, threading.Lock] = {}

    def find(self, task: Task) -> Block | None:
        with self._lock:
            turn = self._turns.setdefault(task.key, threading.Lock())
        with turn:
            if task.key not in self._blocks and task.spec is not None:
                self.drop(task.key.home, task.live)
                self._blocks[task.key] = Block(task.spec)
            return self._blocks.get(task.key)

    def drop(self, home: str, live: frozenset[str]) -> None:
        """Forget the blocks of sums that are gone."""
        with self._lock:
            for key in list(self._turns):
                if key.home == home and key.owner not in live:
                    self._blocks.pop(key, None)
                    self._turns.pop(key, None)


HELD = _Held()


def run(task: Task) -> Answer:
    """The answer to a task; `Missing` where the block is not here and cannot be bound."""
    block = HELD.find(task)
    value = Missing() if block is None else block.answer(task.what, task.g, task.v)
    return Answer(task.key.number, value)


@contextmanager
def named(number: int) -> Iterator[None]:
    """Errors with the block in front, of the same type where that can be."""
    try:
        yield
    except Exception as error:
        text = f"block {number}: {error}"
        try:
            again = type(error)(text)
        except Exception:
            again = RuntimeError(f"block {number}: {type(error).__name__}: {error}")
        raise again from error


def _check_names(spec: Spec, data: Any) -> None:
    if not isinstance(data, Mapping):
        raise TypeError(f"expected a dict of matrices, got {type(data).__name__}")
    missing = sorted(spec.wanted - set(data))
    more = sorted(set(data) - spec.wanted - spec.optional)
    if missing or more:
        said = [f"missing {', '.join(missing)}"] * bool(missing)
        said += [f"{', '.join(more)} is not cut into blocks"] * bool(more)
        raise TypeError(f"expected {', '.join(sorted(spec.wanted))}: {'; '.join(said)}")


def _bytes(value: Any) -> int:
    if hasattr(value, "indptr") and hasattr(value, "data"):
        return int(value.data.nbytes + value.indices.nbytes + value.indptr.nbytes)
    return int(getattr(value, "nbytes", 0))
