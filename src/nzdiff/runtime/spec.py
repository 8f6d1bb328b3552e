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

Operator = Literal["gauss_newton", "hessian", "jacobian"]
Form = Literal["matrix", "row", "column", "diagonal"]
"""All entries; those in blocks, of entries of G that share a row or a column; or the diagonal."""
SummandKind = Literal["product", "crossed", "diagonal", "rank one"]


@dataclass(frozen=True, slots=True)
class Summand:
    """One summand of the entry (t, u) of a matrix, t standing at (i, j) and u at (i′, j′).

    product: c · left[i, i′] · right[j, j′]; crossed: c · left[i, j′] · right[j, i′]; diagonal:
    c · left[t] where the two are one position; rank one: c · left[t] · right[u].
    row, column: which unknown t and u belong to; of a Jacobian, t to which residual.
    coefficient: c, or the name of a coefficient or of a scalar.  left, right: names of arrays.
    scale: an array whose entry at t multiplies the summand; "" for none.
    """

    kind: SummandKind
    row: int
    column: int
    coefficient: float | str
    left: str
    right: str = ""
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A matrix that is gathered from factors, which one function of the kernel computes.

    uses: the arrays and index arrays that this function touches; no others are needed for it.
    """

    operator: Operator
    form: Form
    summands: tuple[Summand, ...]
    uses: tuple[str, ...]

    @property
    def name(self) -> str:
        """The function that computes the factors."""
        return assembly_name(self.operator, self.form)


def assembly_name(operator: str, form: str) -> str:
    """The name of the function that computes the factors of a matrix."""
    return f"{operator}_{form}"


@dataclass(frozen=True, slots=True)
class KernelSpec:
    """Everything `bind` needs to check data, to lay out memory and to call the kernel.

    formula: the energy as text.  energy, residuals, …: names of the arrays that hold results.
    coefficients: (name, Python expression in scalars and dims).  counts: (name, support) of
    numbers of stored values.  arrays: first one per argument, in that order.
    stages: how many groups of steps share the flags that say what is valid at the present g;
    constants_done: how many flags say which constants have been computed, behind the others.
    flops: (function, floating-point operations) at the sizes the code was planned for.
    factored: (name for messages, size, support or None where dense) of the matrices that `factor`
    and `solve` refer to by number.  definite: the numbers of those that must be positive definite.
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
    only_squares: bool
    residual_weights: tuple[float | str, ...]
    stages: int
    flops: tuple[tuple[str, float], ...]
    constants: tuple[Constant, ...] = ()
    factored: tuple[tuple[str, Dim, Support | None], ...] = ()
    definite: tuple[int, ...] = ()
    constants_done: int = 0
    assemblies: tuple[Assembly, ...] = ()

    def assembly(self, operator: Operator, form: Form) -> Assembly:
        """The matrix of an operator in a form."""
        return next(a for a in self.assemblies if (a.operator, a.form) == (operator, form))


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
