"""What a kernel needs to know of its data: the frozen record between generated code and runtime.

A `KernelSpec` is written into every generated package as a literal; nothing here needs SymPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nzdiff.runtime.data.support import Constant, Dim, Grouping, Support

ArgumentKind = Literal[
    "dense", "sparse", "diagonal", "unknown", "unknown dense", "unknown diagonal"
]
"""How a matrix is stored; of an unknown that is declared sparse, "unknown"."""


PanelForm = Literal["spread", "outer", "sampled"]
"""See `nzdiff.runtime.data.panels`."""
TableKind = Literal["int64", "int32", "lanes", "real"]
"""Types of index arrays: lanes, integers as wide as the numbers; real, numbers to work with."""
PANEL_ARRAYS: dict[PanelForm, tuple[tuple[str, TableKind], ...]] = {
    "spread": (
        ("start", "int64"),
        ("place", "int32"),
        ("width", "int32"),
        ("left", "int32"),
        ("source", "int32"),
        ("which", "int32"),
        ("lanes", "lanes"),
    ),
    "outer": (
        ("start", "int64"),
        ("left", "int32"),
        ("right", "int32"),
        ("left_size", "int32"),
        ("right_size", "int32"),
        ("block", "int64"),
        ("blocks", "real"),
        ("sum", "int64"),
        ("inside", "int32"),
    ),
    "sampled": (
        ("start", "int64"),
        ("left", "int32"),
        ("own", "int32"),
        ("left_size", "int32"),
        ("own_size", "int32"),
        ("block", "int64"),
        ("at", "int32"),
    ),
}


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
    """One array of numbers of the workspace: dense row-major, or stored values in CSR order.

    scalar: a number of its own, which is a double in every precision.
    """

    name: str
    rows: Dim
    cols: Dim
    support: Support | None = None
    scalar: bool = False


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
    """Index arrays `start`, `left`, `right` of a sparse product sampled at `out`.

    only: the backend that has a use for them; "" for both.
    """

    name: str
    left: Support
    left_transposed: bool
    right: Support
    right_transposed: bool
    out: Support
    only: Literal["", "numpy"] = ""


@dataclass(frozen=True, slots=True)
class Panels:
    """Index arrays of a sparse product sampled at `out`, for the kernel of its form (C alone)."""

    name: str
    form: PanelForm
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


Table = Rows | Pairs | Panels | Embedding

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
class Reduction:
    """Arrays that a QR factorisation of two others fills when data is bound.

    [matrix constant] = Q [triangle reduced; 0 S], remainder = ‖S‖², "" for what there is not.
    Where `transposed`, of the transposes of both, and `reduced` is transposed back.
    """

    matrix: str
    constant: str
    triangle: str
    reduced: str
    remainder: str
    transposed: bool


@dataclass(frozen=True, slots=True)
class KernelSpec:
    """Everything `bind` needs to check data, to lay out memory and to call the kernel.

    formula: the energy as text.  energy, residuals, …: names of the arrays that hold results.
    coefficients: (name, Python expression in scalars and dims).  counts: (name, support) of
    numbers of stored values.  arrays: first one per argument, in that order.
    stages: how many groups of steps share the flags that say what is valid at the present g;
    constants_done: how many flags say which constants have been computed, behind the others.
    groupings: patterns of rows that are stored alike, made of bound patterns.
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
    reductions: tuple[Reduction, ...] = ()
    groupings: tuple[Grouping, ...] = ()

    def assembly(self, operator: Operator, form: Form) -> Assembly:
        """The matrix of an operator in a form."""
        return next(a for a in self.assemblies if (a.operator, a.form) == (operator, form))


def table_arrays(table: Table) -> tuple[tuple[str, TableKind], ...]:
    """The index arrays of a table, in order, with their types."""
    match table:
        case Rows(name, _, transposed):
            start, cols = f"{name}_start", f"{name}_cols"
            if not transposed:
                return (start, "int64"), (cols, "int32")
            return (start, "int64"), (cols, "int32"), (f"{name}_position", "int32")
        case Panels(name, form):
            return tuple((f"{name}_{part}", kind) for part, kind in PANEL_ARRAYS[form])
        case Pairs(name):
            start, left = f"{name}_start", f"{name}_left"
            return (start, "int64"), (left, "int32"), (f"{name}_right", "int32")
        case Embedding(name):
            return ((name, "int32"),)


def table_names(table: Table) -> tuple[str, ...]:
    """The names of the index arrays of a table, in order."""
    return tuple(name for name, _ in table_arrays(table))
