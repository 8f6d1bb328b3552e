"""What a kernel needs to know of its data: the frozen record between generated code and runtime.

A `KernelSpec` is written into every generated package as a literal; nothing here needs SymPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nzdiff.runtime.support import Constant, Dim, Support

ArgumentKind = Literal[
    "dense", "sparse", "diagonal", "unknown", "unknown dense", "unknown diagonal"
]
"""How a matrix is stored; of an unknown that is declared sparse, "unknown"."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A matrix of the problem: what `bind` asks for."""

    name: str
    kind: ArgumentKind
    rows: Dim
    cols: Dim
    symmetric: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """One array of doubles of the workspace: dense row-major, or stored values in CSR order."""

    name: str
    rows: Dim
    cols: Dim
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Index arrays `start`, `cols` (CSR) of a support.

    Where `transposed`, those of its transpose, with `position` into the values as stored.
    """

    name: str
    support: Support
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Index arrays `start`, `left`, `right` of a sparse product sampled at `out`."""

    name: str
    left: Support
    left_transposed: bool
    right: Support
    right_transposed: bool
    out: Support


@dataclass(frozen=True, slots=True)
class Embedding:
    """Index array of the place of each position of `out` in the values of `source`, or −1."""

    name: str
    source: Support
    transposed: bool
    out: Support


Table = Rows | Pairs | Embedding


@dataclass(frozen=True, slots=True)
class KernelSpec:
    """Everything `bind` needs to check data, to lay out memory and to call the kernel.

    formula: the energy as text.  energy, residuals, …: names of the arrays that hold results.
    coefficients: (name, Python expression in scalars and dims).  counts: (name, support) of
    numbers of stored values.  arrays: first one per argument, in that order.
    stages: how many groups of steps share the flags that say what is valid at the present g.
    flops: (function, floating-point operations) at the sizes the code was planned for.
    factored: (name for messages, size, support or None where dense) of the matrices that `factor`
    and `solve` refer to by number.
    """

    name: str
    formula: str
    dims: tuple[str, ...]
    arguments: tuple[Argument, ...]
    unknowns: tuple[str, ...]
    scalars: tuple[str, ...]
    coefficients: tuple[tuple[str, str], ...]
    arrays: tuple[Array, ...]
    counts: tuple[tuple[str, Support], ...]
    tables: tuple[Table, ...]
    tangents: tuple[str, ...]
    cotangents: tuple[str, ...]
    energy: str
    residuals: tuple[str, ...]
    gradients: tuple[str, ...]
    jvps: tuple[str, ...]
    vjps: tuple[str, ...]
    gnvps: tuple[str, ...]
    hvps: tuple[str, ...]
    gauss_newton_diagonals: tuple[str, ...]
    hessian_diagonals: tuple[str, ...]
    only_squares: bool
    residual_weights: tuple[float | str, ...]
    stages: int
    flops: tuple[tuple[str, float], ...]
    constants: tuple[Constant, ...] = ()
    factored: tuple[tuple[str, Dim, Support | None], ...] = ()


def table_arrays(table: Table) -> tuple[tuple[str, Literal["int64", "int32"]], ...]:
    """The index arrays of a table, in order, with their types."""
    match table:
        case Rows(name, _, transposed):
            start, cols = f"{name}_start", f"{name}_cols"
            if not transposed:
                return (start, "int64"), (cols, "int32")
            return (start, "int64"), (cols, "int32"), (f"{name}_position", "int32")
        case Pairs(name, _, _, _, _, _):
            start, left = f"{name}_start", f"{name}_left"
            return (start, "int64"), (left, "int32"), (f"{name}_right", "int32")
        case Embedding(name, _, _, _):
            return ((name, "int32"),)


def table_names(table: Table) -> tuple[str, ...]:
    """The names of the index arrays of a table, in order."""
    return tuple(name for name, _ in table_arrays(table))
