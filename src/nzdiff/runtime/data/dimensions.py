"""The sizes of a problem, found from the shapes of what is bound.

In: each argument with its shape.  Out: a number per dimension; n follows from a matrix of n rows,
or, where no other has it, from one of 2 * n + 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from nzdiff.indices import INDEX_LIMIT
from nzdiff.runtime.data.formula import evaluate
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import Argument
from nzdiff.runtime.data.support import Dim

AXES = ("rows", "columns")


@dataclass(slots=True)
class Dimensions:
    """Sizes as arguments show them.

    names: of the dimensions.  found: size of each, and the argument that showed it.
    waiting: (argument, axis, shape) whose sizes are formulas in dimensions that are not found yet.
    """

    names: tuple[str, ...]
    found: dict[str, tuple[int, str]] = field(default_factory=dict)
    waiting: list[tuple[Argument, int, tuple[int, ...]]] = field(default_factory=list)

    def take(self, argument: Argument, shape: tuple[int, ...]) -> None:
        """Compare a shape with the sizes found so far, and learn from it; ValueError names it."""
        for axis, size in enumerate(shape):
            if size > INDEX_LIMIT:
                raise OverflowError(
                    f"{argument.name}: sizes must fit 32-bit indices, got {tuple(shape)}"
                )
            self._match(argument, axis, shape)
            dim = _side(argument, axis)
            if isinstance(dim, str) and dim in self.names:
                self.found.setdefault(dim, (int(size), argument.name))
                self._match_waiting()
            elif self.expected(dim) is None:
                self.waiting.append((argument, axis, shape))

    def shape_of(self, argument: Argument) -> tuple[int, int]:
        """The shape of an argument that was left out; TypeError where nothing else says it."""
        sizes = []
        for dim in (argument.rows, argument.cols):
            size = self.expected(dim)
            if size is None:
                self._solve()
                size = self.expected(dim)
            if size is None:
                raise TypeError(
                    f"bind: {argument.name} was left out, but nothing else has the size {dim}; "
                    f"pass {argument.name}=(rows, columns)"
                )
            sizes.append(size)
        return sizes[0], sizes[1]

    def sizes(self) -> dict[str, int]:
        """The number of every dimension; ValueError where a formula leaves one open."""
        self._solve()
        for argument, axis, _ in self.waiting:
            left = self._open(_side(argument, axis))
            raise ValueError(
                f"{argument.name}: its {AXES[axis]}, {_side(argument, axis)}, do not say what "
                f"{' and '.join(left)} are, and no other matrix has them as its size"
            )
        return {name: self.found[name][0] for name in self.names}

    def expected(self, dim: Dim) -> int | None:
        """The number behind a size; None where it is not known yet."""
        if isinstance(dim, int):
            return dim
        if dim in self.names:
            return self.found[dim][0] if dim in self.found else None
        names = self._names_in(dim)
        if not all(name in self.found for name in names):
            return None
        return int(evaluate(dim, {member(name): self.found[name][0] for name in names}))

    def _match(self, argument: Argument, axis: int, shape: tuple[int, ...]) -> None:
        dim = _side(argument, axis)
        expected = self.expected(dim)
        if expected is not None and expected != shape[axis]:
            known = [
                f"{n} = {self.found[n][0]} from {self.found[n][1]}" for n in self._names_in(dim)
            ]
            formula = [str(dim)] if dim not in self.names else []
            source = ", ".join([*formula, *known]) if isinstance(dim, str) else "as declared"
            raise ValueError(
                f"{argument.name}: expected {expected} {AXES[axis]} ({source}), got shape "
                f"{tuple(shape)}"
            )

    def _match_waiting(self) -> None:
        for item in tuple(self.waiting):
            self._match(*item)
            if self.expected(_side(item[0], item[1])) is not None:
                self.waiting.remove(item)

    def _solve(self) -> None:
        """Find dimensions that stand in formulas alone, from those that leave one open."""
        for argument, axis, shape in tuple(self.waiting):
            dim = _side(argument, axis)
            left = self._open(dim)
            if len(left) == 1:
                self.found[left[0]] = (self._root(argument, axis, shape, left[0]), argument.name)
                self._match_waiting()

    def _root(self, argument: Argument, axis: int, shape: tuple[int, ...], name: str) -> int:
        """The whole number for which a formula, which grows or falls with it, is the bound size."""
        dim, low, high = _side(argument, axis), 0, INDEX_LIMIT
        numbers = {member(n): size for n, (size, _) in self.found.items()}

        def gap(number: int) -> int:
            return int(evaluate(str(dim), {**numbers, member(name): number})) - shape[axis]

        sign = 1 if gap(2) > gap(1) else -1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if sign * gap(middle) < 0 else (low, middle)
        if gap(low) != 0:
            raise ValueError(
                f"{argument.name}: expected {dim} {AXES[axis]} for a whole number {name}, got "
                f"shape {tuple(shape)}"
            )
        return low

    def _open(self, dim: Dim) -> list[str]:
        """The dimensions in a size that are not found yet."""
        return [name for name in self._names_in(dim) if name not in self.found]

    def _names_in(self, dim: Dim) -> tuple[str, ...]:
        """The dimensions in a size."""
        if isinstance(dim, int) or dim in self.names:
            return () if isinstance(dim, int) else (dim,)
        return tuple(_named(dim, self.names))


def _side(argument: Argument, axis: int) -> Dim:
    return (argument.rows, argument.cols)[axis]


def _named(dim: str, names: Iterable[str]) -> list[str]:
    words = set(re.findall(r"[A-Za-z_]\w*", dim))
    return [name for name in names if member(name) in words]
