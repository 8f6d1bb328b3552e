"""What a kernel needs to know of its data: the frozen record between generated code and runtime.

A `KernelSpec` stands in the spec.json of every generated package; nothing here needs SymPy.
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
DomainKind = Literal["positive definite", "hurwitz", "schur"]
"""See `nzdiff.runtime.data.panels`."""


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
class RowTable:
    """Index arrays `start`, `cols` (CSR) of a support.

    Where `transposed`, those of its transpose, with `position` into the values as stored.
    targets: the languages whose text refers to it; () for all.
    """

    name: str
    support: Support
    transposed: bool = False
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairTable:
    """Index arrays `start`, `left`, `right` of a sparse product sampled at `out`."""

    name: str
    left: Support
    left_transposed: bool
    right: Support
    right_transposed: bool
    out: Support
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PanelTable:
    """Index arrays of a sparse product sampled at `out`, for the kernel of its form."""

    name: str
    form: PanelForm
    left: Support
    left_transposed: bool
    right: Support
    right_transposed: bool
    out: Support
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """Index array of the place of each position of `out` in the values of `source`, or −1."""

    name: str
    source: Support
    transposed: bool
    out: Support
    targets: tuple[str, ...] = ()


Table = RowTable | PairTable | PanelTable | PlaceTable

Operator = Literal["gauss_newton", "hessian", "jacobian"]
AssemblyForm = Literal["matrix", "row", "column", "diagonal"]
"""All entries; those in blocks, of entries of G that share a row or a column; or the diagonal."""
SummandKind = Literal["product", "crossed", "diagonal", "rank one", "chain", "gram"]
MoveKind = Literal["weight", "transposed", "to diagonal", "from diagonal", "stacked", "unstacked"]


@dataclass(frozen=True, slots=True)
class Move:
    """A weight of the entry at (i, j), or where a linear map that moves entries takes it from.

    transposed: from (j, i); to diagonal: of (i, i), from (i, 0); from diagonal: of (i, 0), from
    (i, i); stacked: of (r, 0), from (r mod rows, r div rows); unstacked: from (i + rows j, 0).
    weight: times array[i, j]; what is not stored there, or not in each of `within`, vanishes.
    """

    kind: MoveKind
    rows: Dim = 0
    array: str = ""
    within: tuple[Support, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A sparse matrix: the entry of t, which the moves take to (i, j), and of u at (i′, j′).

    product: left[i, i′] right[j, j′]; crossed: left[i, j′] right[j, i′]; same: one where (i, j)
    is (i′, j′); each times the weights among the moves.
    rows, cols, support: the places of t; of the first link of a chain, those of the matrix.
    """

    kind: Literal["product", "crossed", "same"]
    rows: Dim
    cols: Dim
    support: Support | None
    moves: tuple[Move, ...] = ()
    left: str = ""
    right: str = ""

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of what its entries are gathered from."""
        names = (*(move.array for move in self.moves), self.left, self.right)
        return tuple(name for name in names if name)


@dataclass(frozen=True, slots=True)
class Summand:
    """One summand of the entry (t, u) of a matrix, t standing at (i, j) and u at (i′, j′).

    product: c · left[i, i′] · right[j, j′]; crossed: c · left[i, j′] · right[j, i′]; diagonal:
    c · left[t] where the two are one position; rank one: c · left[t] · right[u]; chain: c times
    the product of the matrices of its links; gram, of entries that share a row i:
    c · Σ_q scale[i, q] left[q, j] right[q, j′], or a column j: c · Σ_q scale[j, q] left[q, i]
    right[q, i′].
    row, column: which unknown t and u belong to; of a Jacobian, t to which residual.
    coefficient: c, or the name of a coefficient or of a scalar.  left, right: names of arrays.
    scale, column_scale: arrays whose entries at t and at u multiply the summand; "" for none.
    """

    kind: SummandKind
    row: int
    column: int
    coefficient: float | str
    left: str = ""
    right: str = ""
    scale: str = ""
    column_scale: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a `Summand` before anything is planned: enough to count its entries.

    factors: shapes and patterns of left and right, or of all arrays that links name; none of the
    kinds "diagonal" and "rank one".
    """

    kind: SummandKind
    row: int
    column: int
    factors: tuple[Array, ...]
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Assembly:
    """A matrix that is gathered from factors, which one function of the kernel computes.

    uses: the arrays and index arrays that this function touches; no others are needed for it.
    """

    operator: Operator
    form: AssemblyForm
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
class Selection:
    """A₁⁻¹ M₁ A₂⁻¹ M₂ … A_k⁻¹ at the positions of `wanted`, without any inverse.

    inverses: the number of each A among the factorised matrices, and whether it is transposed.
    middles: the patterns of M₁ … M_{k−1}.
    """

    inverses: tuple[tuple[int, bool], ...]
    middles: tuple[Support, ...]
    wanted: Support


@dataclass(frozen=True, slots=True)
class External:
    """An operation of `nzdiff.runtime.external`: its flags, and the names of its arrays.

    formula: what it computes, for messages.
    """

    operation: str
    flags: tuple[int, ...]
    operands: tuple[str, ...]
    out: str
    formula: str


OutputName = Literal["energy", "residual", "gradient", "jvp", "vjp", "gnvp", "hvp"]
"""The functions of a kernel."""


@dataclass(frozen=True, slots=True)
class Output:
    """One function of a kernel: what it gives, one array `per` what, and what it is linear in."""

    name: OutputName
    meaning: str
    per: Literal["energy", "residual", "unknown"]
    along: Literal["", "direction", "cotangent"] = ""


OUTPUTS = (
    Output("energy", "E", "energy"),
    Output("residual", "f", "residual"),
    Output("gradient", "the gradient at the stored positions", "unknown"),
    Output("jvp", "the directional derivative of f along dG", "residual", "direction"),
    Output("vjp", "the adjoint of the Jacobian applied to W", "unknown", "cotangent"),
    Output("gnvp", "Gauss-Newton matrix applied to dG", "unknown", "direction"),
    Output("hvp", "the Hessian applied to dG", "unknown", "direction"),
)


@dataclass(frozen=True, slots=True)
class KernelSpec:
    """Everything `bind` needs to check data, to lay out memory and to call the kernel.

    formula: the energy as text.  outputs: the functions there are, each with the names of the
    arrays that hold its results.
    linear_residuals: whether the residuals are linear in the unknowns: then the Hessian of a sum of
    squares is 2 JᵀJ.
    coefficients: (name, Python expression in scalars and dims).  counts: (name, support) of
    numbers of stored values.  sizes: (name, sum or product of dimensions).  arrays: first one per
    argument, in that order.
    stages: how many groups of steps share the flags that say what is valid at the present g;
    made_of: of each group of constants, whose flags are behind these, the arguments, results of
    reductions and coefficients that it is computed from.
    groupings: patterns of rows that are stored alike, made of bound patterns.
    flops: (function, floating-point operations) at the sizes the code was planned for.
    factored: (name for messages, size, support or None where dense) of the matrices that `factor`
    and `solve` refer to by number.  domains: (number, set) of those that must lie in one.
    selections: what `select` refers to by number.  externals: the operations of libraries, by
    number.  continued: the numbers of factorised matrices that may be singular.
    """

    name: str
    formula: str
    dims: tuple[str, ...]
    arguments: tuple[Argument, ...]
    unknowns: tuple[str, ...]
    arrays: tuple[Array, ...]
    only_squares: bool
    residual_weights: tuple[float | str, ...]
    stages: int
    is_function: bool = False
    linear_residuals: bool = False
    scalars: tuple[str, ...] = ()
    coefficients: tuple[tuple[str, str], ...] = ()
    counts: tuple[tuple[str, Support], ...] = ()
    sizes: tuple[tuple[str, Dim], ...] = ()
    tables: tuple[Table, ...] = ()
    tangents: tuple[str, ...] = ()
    cotangents: tuple[str, ...] = ()
    outputs: tuple[tuple[OutputName, tuple[str, ...]], ...] = ()
    flops: tuple[tuple[str, float], ...] = ()
    constants: tuple[Constant, ...] = ()
    factored: tuple[tuple[str, Dim, Support | None], ...] = ()
    domains: tuple[tuple[int, DomainKind], ...] = ()
    selections: tuple[Selection, ...] = ()
    continued: tuple[int, ...] = ()
    made_of: tuple[tuple[str, ...], ...] = ()
    assemblies: tuple[Assembly, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    externals: tuple[External, ...] = ()

    def output(self, name: OutputName) -> tuple[str, ...]:
        """The arrays that hold the results of a function; none where it is not there."""
        return next((arrays for output, arrays in self.outputs if output == name), ())

    def outline(self, operator: Operator) -> tuple[Outline, ...]:
        """The summands of an operator's matrix by their patterns."""
        named = {array.name: array for array in self.arrays}
        found = []
        for s in self.assembly(operator, "matrix").summands:
            names = (s.left, s.right) if s.kind in ("product", "crossed") else ()
            chained = tuple(dict.fromkeys(name for link in s.links for name in link.arrays))
            factors = tuple(named[name] for name in (*names, *chained))
            found.append(Outline(s.kind, s.row, s.column, factors, s.links))
        return tuple(found)

    def assembly(self, operator: Operator, form: AssemblyForm) -> Assembly:
        """The matrix of an operator in a form."""
        return next(a for a in self.assemblies if (a.operator, a.form) == (operator, form))
