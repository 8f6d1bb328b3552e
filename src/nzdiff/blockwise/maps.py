"""How tasks reach the workers: serially, by threads, by executors, by a Dask client, by any map.

A map gives the answers in the order of the tasks, whoever computes them, and sends how a block is
bound only to a worker that does not have it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from typing import Any, Protocol, overload

from nzdiff.blockwise.worker import Answer, Block, Key, Missing, Spec, Task, What, run

Specs = Sequence[Spec]
QUIET = "distributed.admin.large-graph-warning-threshold"
"""Above which size of a question Dask warns, and advises what is lost with a worker."""


class Tasks(Sequence[Task]):
    """Questions by number, each made when it is asked for: the first is on its way meanwhile."""

    def __init__(self, make: Callable[[int], Task], numbers: range) -> None:
        self._make, self._numbers = make, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Task: ...

    @overload
    def __getitem__(self, place: slice) -> Tasks: ...

    def __getitem__(self, place: int | slice) -> Task | Tasks:
        if isinstance(place, slice):
            return Tasks(self._make, self._numbers[place])
        return self._make(self._numbers[place])


class Map(Protocol):
    """Answers to tasks, in their order; specs: how to bind the block of each number."""

    def answers(self, tasks: Sequence[Task], specs: Specs) -> Iterator[Any]:
        """Yield the answer to each task."""
        ...

    def close(self) -> None:
        """Let go of what the workers hold."""
        ...


class Plain:
    """A function like `map`: the built-in one, that of an executor or a pool."""

    def __init__(
        self,
        function: Callable[[Callable[[Task], Any], Any], Iterable[Any]],
        own: Executor | None = None,
    ) -> None:
        self._map, self._own = function, own

    def answers(self, tasks: Sequence[Task], specs: Specs) -> Iterator[Any]:
        """See `Map`."""
        yield from _told(self._map, tasks, specs)

    def close(self) -> None:
        """See `Map`: blocks are dropped with the next task, threads of our own now."""
        if self._own is not None:
            self._own.shutdown(wait=False)


class Fixed:
    """Several executors of one worker each: a block stays with its own."""

    def __init__(self, executors: Sequence[Executor]) -> None:
        self._executors = tuple(executors)

    def answers(self, tasks: Sequence[Task], specs: Specs) -> Iterator[Any]:
        """See `Map`."""
        yield from _told(self._map, tasks, specs)

    def _map(self, function: Callable[[Task], Any], tasks: Iterable[Task]) -> Iterator[Any]:
        count = len(self._executors)
        futures = [self._executors[t.key.number % count].submit(function, t) for t in tasks]
        yield from _results(futures, Future.cancel)

    def close(self) -> None:
        """See `Map`."""


class Dask:
    """A client of dask.distributed: blocks are kept as futures, and bound anew where one is lost.

    Vectors go with their question: the scheduler asks it again where a worker is lost, and what
    was sent to workers beforehand would be lost with them.
    """

    def __init__(self, client: Any) -> None:
        self._client, self._blocks = client, dict[int, Any]()

    def answers(self, tasks: Sequence[Task], specs: Specs) -> Iterator[Any]:
        """See `Map`."""
        futures = []
        with import_module("dask").config.set({QUIET: "1TB"}):
            for task in tasks:
                block = self._block(task.key, specs)
                given = task.what, task.g, task.v
                futures.append(self._client.submit(ask, block, *given, pure=False))
        yield from _results(futures, lambda future: future.cancel())

    def _block(self, key: Key, specs: Specs) -> Any:
        """The future of a block; another one where it was cancelled, as `client.restart` does."""
        number = key.number
        if number not in self._blocks or self._blocks[number].cancelled():
            name = f"nzdiff-block-{key.owner}-{number}-{uuid.uuid4().hex}"
            self._blocks[number] = self._client.submit(Block, specs[number], key=name)
        return self._blocks[number]

    def close(self) -> None:
        """See `Map`."""
        self._blocks.clear()


def ask(block: Block, what: What, g: Any, v: Any) -> Any:
    """The answer of a block that Dask holds."""
    return block.answer(what, g, v)


def checked_map(given: Any) -> Map:
    """What `map` of `blocks` names; TypeError for anything else."""
    if given is None:
        return Plain(map)
    if given == "threads":
        threads = ThreadPoolExecutor(os.cpu_count())
        return Plain(threads.map, threads)
    if isinstance(given, Executor):
        return Plain(given.map)
    if isinstance(given, (list, tuple)) and given:
        if all(isinstance(each, Executor) for each in given):
            return Fixed(given)
    elif type(given).__module__.partition(".")[0] == "distributed" and hasattr(given, "submit"):
        return Dask(given)
    elif callable(given):
        function: Any = given
        return Plain(function)
    raise TypeError(
        'map: expected None, "threads", an executor of concurrent.futures or a list of them, a '
        f"Dask client, or a function like map, got {given!r}"
    )


def _told(
    function: Callable[[Callable[[Task], Any], Any], Iterable[Any]],
    tasks: Sequence[Task],
    specs: Specs,
) -> Iterator[Any]:
    """The answers; who misses a block is asked again, and told how to bind it."""
    found = _in_order(function(run, tasks), [task.key.number for task in tasks])
    for place, answer in enumerate(found):
        if not isinstance(answer, Missing):
            yield answer
            continue
        rest = [answer, *found]
        lost = [
            replace(task, spec=specs[task.key.number])
            for task, first in zip(tasks[place:], rest, strict=True)
            if isinstance(first, Missing)
        ]
        again = _in_order(function(run, lost), [task.key.number for task in lost])
        for first in rest:
            yield next(again) if isinstance(first, Missing) else first
        return


def _in_order(answers: Iterable[Any], numbers: Sequence[int]) -> Iterator[Any]:
    """The values of answers, one from each block; RuntimeError for what a map must not give."""
    rest = iter(answers)
    for count, number in enumerate(numbers):
        answer = next(rest, None)
        if not isinstance(answer, Answer):
            given = f"{count} answers" if answer is None else f"{type(answer).__name__}"
            raise RuntimeError(
                f"map: expected what the function returns for each of {len(numbers)} tasks, got "
                f"{given}"
            )
        if answer.number != number:
            raise RuntimeError(
                "map: expected the answers in the order of the tasks, got that of block "
                f"{answer.number} in place of block {number}"
            )
        yield answer.value
    if next(rest, None) is not None:
        raise RuntimeError(f"map: expected {len(numbers)} answers, one for each task, got more")


def _results(futures: Sequence[Any], cancel: Callable[[Any], Any]) -> Iterator[Any]:
    """The results one after the other; those that nobody waits for any more are cancelled."""
    left = list(reversed(futures))
    try:
        while left:
            yield left.pop().result()
    finally:
        for future in left:
            cancel(future)
