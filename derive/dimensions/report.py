"""Every dimension of a problem, and whether it reduces or separates: a table to print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.dimensions.along import Refused
from nzdiff.derive.dimensions.reduces import Reduction, reduction
from nzdiff.derive.dimensions.separates import Separation, separation


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension with how it reduces and how it separates; text where it does not: why not."""

    name: str
    reduction: Reduction | str
    separation: Separation | str

    @property
    def reduces(self) -> bool:
        """Whether a large one is replaced by a small one, exactly: `nz.reduce_dimension`."""
        return isinstance(self.reduction, Reduction)

    @property
    def separates(self) -> bool:
        """Whether the energy is a sum over blocks of it: `nz.blocks`."""
        return isinstance(self.separation, Separation)

    @property
    def verdict(self) -> str:
        """``reduces, separates``, one of them, or ``neither``."""
        words = ["reduces"] * self.reduces + ["separates"] * self.separates
        return ", ".join(words) or "neither"

    @property
    def reasons(self) -> tuple[str, ...]:
        """A line for each of the two, one where both say the same."""
        lines = [
            f"{'reduces' if self.reduces else 'does not reduce'}: {self.reduction}",
            f"{'separates' if self.separates else 'does not separate'}: {self.separation}",
        ]
        return (str(self.reduction),) if self.reduction == self.separation else tuple(lines)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The dimensions of a problem, by name; printed as a table with the reasons."""

    found: tuple[Dimension, ...]

    def __getitem__(self, name: str) -> Dimension:
        """One of them; KeyError where there is no such one."""
        known = {dimension.name: dimension for dimension in self.found}
        if name not in known:
            raise KeyError(f"{name!r}: expected a dimension of the problem, {', '.join(known)}")
        return known[name]

    def __str__(self) -> str:
        width = max((len(each.name) for each in self.found), default=0)
        verdicts = max((len(each.verdict) for each in self.found), default=0)
        lines = []
        for each in self.found:
            head = f"{each.name:{width}}  {each.verdict:{verdicts}}  "
            lines += [
                f"{head if i == 0 else ' ' * len(head)}{reason}"
                for i, reason in enumerate(each.reasons)
            ]
        return "\n".join(lines) or "the problem has no symbolic dimensions"


def dimensions(problem: Problem) -> Dimensions:
    """Which dimensions of a problem reduce or separate, and why the others do not.

    A dimension reduces where an orthogonal matrix along it changes no energy: `reduce_dimension`
    then replaces its many columns by few, exactly.  It separates where the energy is a sum over
    blocks of it: `blocks` evaluates them one by one.  Raises TypeError for what is no problem.
    """
    checked_problem("dimensions", problem)
    sizes = problem.dimensions
    return Dimensions(tuple(dimension_of(problem, size) for size in sizes))


def dimension_of(problem: Problem, size: sp.Symbol) -> Dimension:
    """One dimension, both ways."""
    return Dimension(str(size), _tried(reduction, problem, size), _tried(separation, problem, size))


def asked(name: str, problem: Any, over: Any) -> Dimension:
    """The dimension that a caller names; TypeError or ValueError where there is none."""
    checked_problem(name, problem)
    sizes = {str(size): size for size in problem.dimensions}
    if str(over) not in sizes:
        raise ValueError(
            f"over: expected a dimension of {problem.called}, {', '.join(sizes)}; got {over!r}"
        )
    return dimension_of(problem, sizes[str(over)])


def checked_problem(name: str, problem: Any) -> None:
    """TypeError for what is no problem."""
    if not isinstance(problem, Problem):
        raise TypeError(f"{name}: expected a nzdiff.Problem, got {type(problem).__name__}")


def _tried(find: Callable[[Problem, sp.Symbol], Any], problem: Problem, size: sp.Symbol) -> Any:
    try:
        return find(problem, size)
    except Refused as refused:
        return str(refused)
