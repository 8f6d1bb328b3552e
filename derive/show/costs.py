"""What derivatives cost, as plain records, and how their numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cost:
    """Operations and bytes of one function; the same with dense matrices, None if unknown."""

    name: str
    flops: float
    bytes: float
    dense_flops: float | None
    dense_bytes: float | None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step as its call, and the formula of what it computes."""

    call: str
    formula: str
    flops: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Costs:
    """The price of each function at some sizes, and the plan.

    jacobian_bytes: of the Jacobian as a dense matrix.  memory: bytes of all that the plan keeps.
    checks: (name, passed) of each comparison of the plan with the derivation; empty if not run.
    programs: the text of what computes a result, by ("gradient", "Python") and the like.
    """

    sizes: tuple[tuple[str, int], ...]
    stored: tuple[tuple[str, int], ...]
    rows: tuple[Cost, ...]
    jacobian_bytes: float
    memory: float
    steps: tuple[PlanStep, ...]
    checks: tuple[tuple[str, bool], ...] = ()
    programs: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """The sizes in words: ``n = 1000, m = 100, nnz(G) = 2990``."""
        sizes = [f"{name} = {size}" for name, size in self.sizes]
        return ", ".join(sizes + [f"nnz({name}) = {nnz}" for name, nnz in self.stored])

    @property
    def sentence(self) -> str:
        """What the table is about."""
        return (
            f"At {self.at}. The Jacobian as a dense matrix would take "
            f"{size(self.jacobian_bytes)}; the plan keeps {size(self.memory)}."
        )

    @property
    def verdict(self) -> str:
        """What the checks of the plan found."""
        failed = [name for name, passed in self.checks if not passed]
        if failed:
            return f"does not hold: {', '.join(failed)}"
        return f"every comparison of the plan holds: {len(self.checks)}" if self.checks else ""

    @property
    def table(self) -> tuple[tuple[str, ...], ...]:
        """The rows as text, headings first."""
        head = ("", "operations", "memory", "dense: operations", "dense: memory")
        return (head, *(_cells(row) for row in self.rows))

    @property
    def plan(self) -> tuple[tuple[str, ...], ...]:
        """The steps as text, headings first."""
        head = ("step", "computes", "operations", "bytes")
        return (head, *((s.call, s.formula, count(s.flops), size(s.bytes)) for s in self.steps))


def _cells(row: Cost) -> tuple[str, ...]:
    dense = (row.dense_flops, row.dense_bytes)
    known = dense[0] is not None and dense[1] is not None
    beside = (count(dense[0] or 0), size(dense[1] or 0)) if known else ("", "")
    return (row.name, count(row.flops), size(row.bytes), *beside)


def count(number: float) -> str:
    """A number of operations: 1.23 M, in thousands, millions, billions or trillions."""
    return _scaled(number, (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)), "")


def size(number: float) -> str:
    """A number of bytes: 1.23 MB."""
    return _scaled(number, (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)), "B")


def _scaled(number: float, units: tuple[tuple[str, float], ...], last: str) -> str:
    unit, least = next((pair for pair in units if number >= pair[1]), (last, 1.0))
    return f"{number / least:.3g} {unit}".rstrip()
