"""Sparsity patterns: the stored values of G = sparse(i, j, g) as one linear map vec(G) = T g + c.

In: index arrays (i, j) in the caller's order, with duplicates that add up.
Out: `expand` (g to the stored values in CSR order), its adjoint `reduce`, its inverse `pack`,
and the matrices P, T, c of the formulas.  vec() stacks columns.
Structure (`symmetric`, `skew`, `toeplitz`, `tied`, `fixed`, `constrained`, …) makes a new pattern
with another map of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from nzdiff.arrays import (
    checked_dense,
    checked_indices,
    checked_labels,
    checked_places,
    checked_shape,
    checked_vector,
    fixed,
    real_numbers,
    sealed,
    to_doubles,
)
from nzdiff.constraints.basis import constraint_basis
from nzdiff.constraints.row_sums import row_sum_basis
from nzdiff.constraints.ties import least_squares, signed_ties
from nzdiff.indices import INDEX_LIMIT, find, look_up
from nzdiff.memory import check_fits
from nzdiff.spy import spy_svg
from nzdiff.storage import checked_csr, checked_storage, sealed_csr

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
BYTES = 64
"""Memory that a position takes while a pattern is made."""
PIECE = 2**20
"""Row pointers that are made at a time."""


@fixed(
    "methods make new patterns: .symmetric(), .fixed({t: value}), … (docs/reference/patterns.md)"
)
@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The positions of a sparse matrix whose values may change.

    `Pattern((i, j), shape)`: `i`, `j` are integer arrays of one length, in the order in which the
    caller keeps g.  A position that appears more than once holds the sum, as in MATLAB and SciPy.
    All arrays are copies and cannot be written to; so are those that methods hand out, or new.

    >>> pattern = Pattern(([0, 0], [0, 1]), (2, 2))
    >>> pattern.P.toarray()
    array([[1., 0., 0., 0.],
           [0., 0., 1., 0.]])
    """

    entries: tuple[ArrayLike, ...]
    shape: tuple[int, int]
    rows: Indices = field(init=False)
    """Row of each entry, in the caller's order."""
    cols: Indices = field(init=False)
    """Column of each entry, in the caller's order."""
    indices: Indices = field(init=False)
    """CSR column indices of the distinct positions, sorted, shape (nnz,)."""
    slots: Indices = field(init=False)
    """CSR position of each entry, in the caller's order."""
    matrix: Any = field(init=False, default=None)
    """stored = matrix @ g + offset, CSR (nnz, size); None where `slots` is a permutation."""
    adjoint: Any = field(init=False, default=None)
    """The transpose of `matrix`, in CSR."""
    offset: Floats | None = field(init=False, default=None)
    _indptr: Indices | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        shape = checked_shape(self.shape)
        i, j = _pair(self.entries)
        rows = sealed(checked_indices("i", i, shape[0]))
        cols = sealed(checked_indices("j", j, shape[1]))
        if rows.size != cols.size:
            raise ValueError(f"pattern: i and j need one length, got {rows.size} and {cols.size}")
        keys, slots = np.unique(rows.astype(np.int64) * shape[1] + cols, return_inverse=True)
        self._set(shape=shape, rows=rows, cols=cols)
        self._set(slots=sealed(slots.astype(np.int32)))
        self._set(indices=sealed((keys % max(shape[1], 1)).astype(np.int32)))
        if keys.size < rows.size:
            _set_matrix(self, _incidence(self))
        self._set(entries=(rows, cols))

    def __setstate__(self, state: list[Any]) -> None:
        """Copies and pickles are sealed as well."""
        for item, value in zip(fields(self), state, strict=True):
            if isinstance(value, np.ndarray):
                sealed(value)
            elif sparse.issparse(value):
                sealed_csr(value)
            object.__setattr__(self, item.name, value)

    @classmethod
    def from_scipy(cls, matrix: Any) -> Pattern:
        """The stored positions of a SciPy sparse matrix, in its own order of storage."""
        coo = checked_storage("pattern", matrix).tocoo()
        return cls((coo.row, coo.col), coo.shape)

    @classmethod
    def full(cls, shape: tuple[int, int]) -> Pattern:
        """Every position, column by column, so that g = vec(G)."""
        rows, cols = checked_shape(shape)
        if rows * cols > INDEX_LIMIT:
            raise OverflowError(
                f"pattern: at most {INDEX_LIMIT} entries, got {rows} × {cols} = {rows * cols}"
            )
        check_fits("pattern", BYTES * rows * cols, "store fewer positions: Pattern((i, j), shape)")
        return cls((np.tile(np.arange(rows), cols), np.repeat(np.arange(cols), rows)), shape)

    @classmethod
    def lower_triangular(cls, n: int, *, strict: bool = False) -> Pattern:
        """Every position (i, j) of an n × n matrix with i ≥ j (i > j if strict), by columns."""
        return cls.full((n, n)).lower(strict=strict)

    @classmethod
    def upper_triangular(cls, n: int, *, strict: bool = False) -> Pattern:
        """Every position (i, j) of an n × n matrix with i ≤ j (i < j if strict), by columns."""
        return cls.full((n, n)).upper(strict=strict)

    @classmethod
    def diagonal(cls, n: int) -> Pattern:
        """The diagonal of an n × n matrix."""
        size = checked_shape((n, n))[0]
        check_fits("pattern", BYTES * size, "store fewer positions: Pattern((i, j), shape)")
        return cls((np.arange(size), np.arange(size)), (size, size))

    def __repr__(self) -> str:
        return f"<Pattern: {self._said()}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: where entries are stored, and what g is."""
        picture = spy_svg(self.shape, zip(self._owners(), self.indices, strict=True), "Pattern")
        return f"<figure>{picture}<figcaption>Pattern: {self._said()}</figcaption></figure>"

    def _said(self) -> str:
        ties = "" if self.is_selection else ", under ties or constraints"
        return (
            f"{self.shape[0]} × {self.shape[1]}, {self.nnz} stored, g of length {self.size}{ties}"
        )

    @property
    def indptr(self) -> Indices:
        """CSR row pointers of the distinct positions, shape (rows + 1,); made when asked for."""
        if self._indptr is None:
            check_fits("pattern: row pointers", 16 * self.shape[0], "use a matrix of fewer rows")
            self._set(_indptr=sealed(_row_pointers(self._owners(), self.shape[0])))
        assert self._indptr is not None
        return self._indptr

    @property
    def nnz(self) -> int:
        """Number of distinct stored positions."""
        return int(self.indices.size)

    @property
    def size(self) -> int:
        """Length of g."""
        return int(self.rows.size if self.matrix is None else self.matrix.shape[1])

    @property
    def is_selection(self) -> bool:
        """Whether g holds the stored values themselves, so that P Pᵀ = I."""
        return self.matrix is None

    @property
    def is_full(self) -> bool:
        """Whether every position is stored."""
        return self.nnz == self.shape[0] * self.shape[1]

    @property
    def is_diagonal(self) -> bool:
        """Whether the matrix is square and exactly its diagonal is stored."""
        if not self.nnz == self.shape[0] == self.shape[1]:
            return False
        return bool((self.indices == np.arange(self.nnz)).all()) and bool(
            (self._owners() == self.indices).all()
        )

    @property
    def is_symmetric(self) -> bool:
        """Whether G = Gᵀ for every g, exactly: T and c are those of Gᵀ."""
        if self.shape[0] != self.shape[1]:
            return False
        mirror = self._mirror()
        if self.matrix is None or (mirror < 0).any():
            return np.array_equal(mirror, np.arange(self.nnz))
        offset = self._stored_offset()
        same = (self.matrix[mirror] != self.matrix).nnz == 0
        return bool(same) and bool(np.array_equal(offset[mirror], offset))

    @property
    def T(self) -> sparse.csc_array:
        """The matrix of vec(G) = T g + c, shape (rows · cols, size)."""
        linear = self._stored_matrix().tocsc()
        rows = self._vec_positions()[linear.indices]
        shape = (self.shape[0] * self.shape[1], self.size)
        return sparse.csc_array((linear.data, rows, linear.indptr), shape=shape)

    @property
    def c(self) -> Floats:
        """The constant of vec(G) = T g + c, shape (rows · cols,)."""
        size = self.shape[0] * self.shape[1]
        check_fits("pattern: c", 8 * size, "expand(g) gives the stored values alone")
        constant = np.zeros(size)
        constant[self._vec_positions()] = self._stored_offset()
        return constant

    @property
    def P(self) -> sparse.csr_array:
        """The selection g = P vec(G) with P Pᵀ = I, CSR of shape (size, rows · cols)."""
        if not self.is_selection:
            raise ValueError(
                "pattern: P selects stored values one by one; with duplicates, ties or constraints "
                "use the linear map T and c of vec(G) = T g + c"
            )
        return sparse.csr_array(self.T.T)

    def expand(self, g: Floats) -> Floats:
        """Stored values in CSR order from g, in O(nnz)."""
        if np.shape(g) != (self.size,):
            raise ValueError(f"g: expected shape ({self.size},), got {np.shape(g)}")
        if self.matrix is None:
            stored = np.empty(self.nnz)
            stored[self.slots] = g
            return stored
        stored = np.asarray(self.matrix @ g)
        return stored if self.offset is None else stored + self.offset

    def expand_tangent(self, v: Floats) -> Floats:
        """The linear part of `expand`: stored values of dG for a direction v."""
        if np.shape(v) != (self.size,):
            raise ValueError(f"v: expected shape ({self.size},), got {np.shape(v)}")
        return self.expand(v) if self.matrix is None else np.asarray(self.matrix @ v)

    def reduce(self, stored: Floats) -> Floats:
        """The adjoint of `expand`: Tᵀ applied to values at the stored positions."""
        if np.shape(stored) != (self.nnz,):
            raise ValueError(f"stored: expected shape ({self.nnz},), got {np.shape(stored)}")
        return stored[self.slots] if self.matrix is None else np.asarray(self.adjoint @ stored)

    def to_csr(self, g: ArrayLike) -> sparse.csr_array:
        """G as CSR.  A stored position stays stored, also where its value is 0."""
        stored = self.expand(checked_vector("g", g, self.size))
        parts = stored, self.indices.copy(), self.indptr.copy()
        return sparse.csr_array(parts, shape=self.shape)

    def to_csc(self, g: ArrayLike) -> sparse.csc_array:
        """G as CSC."""
        return self.to_csr(g).tocsc()

    def gather(self, matrix: Any) -> Floats:
        """Values of a matrix (dense or sparse, `shape`) at the stored positions, in CSR order."""
        return self._gather(_checked_matrix("matrix", matrix, self.shape))

    def pack(self, matrix: Any, *, tolerance: float = 1e-9) -> Floats:
        """The g with G(g) = matrix: the inverse of `to_csr`.

        Raises ValueError where the matrix has nonzeros outside of the pattern or where no g
        reaches it (`project` gives the nearest one).
        """
        if not isinstance(tolerance, Real) or not tolerance >= 0:
            raise ValueError(f"tolerance: expected a number ≥ 0, got {tolerance!r}")
        whole = sparse.csr_array(_checked_matrix("matrix", matrix, self.shape))
        g = self._project(whole)
        gap = whole - self.to_csr(g)
        scale = np.linalg.norm(whole.data) + np.linalg.norm(self._stored_offset())
        distance = float(np.linalg.norm(gap.data))
        if distance > tolerance * float(scale):
            raise ValueError(
                f"pattern: no g gives this matrix (the nearest is at distance {distance:.3g}): "
                "it has nonzeros outside of the pattern or breaks its constraints; "
                "use project() for the nearest"
            )
        return g

    def project(self, matrix: Any) -> Floats:
        """The g whose G(g) is nearest to a matrix at the stored positions (least squares)."""
        return self._project(_checked_matrix("matrix", matrix, self.shape))

    def _project(self, matrix: Any) -> Floats:
        stored = self._gather(matrix)
        if self.matrix is None:
            return stored[self.slots]
        target = stored if self.offset is None else stored - self.offset
        return least_squares(self.matrix, self.adjoint, target)

    def _gather(self, matrix: Any) -> Floats:
        if not sparse.issparse(matrix):
            return np.asarray(matrix[self._owners(), self.indices])
        place = look_up(matrix, self._owners(), self.indices)
        values = np.zeros(place.size)
        values[place >= 0] = matrix.data[place[place >= 0]]
        return values

    def mapped(self, matrix: Any, offset: ArrayLike | None = None) -> Pattern:
        """The same positions with entries = matrix @ h + offset, h the new unknowns.

        `matrix` has shape (size, new size), sparse or dense; `offset` has shape (size,).
        Ties, symmetry, fixed values and linear constraints are all of this form.
        """
        linear = sparse.csr_array(
            _checked_matrix("map", matrix, (self.size, None), "size, new size")
        )
        stored = self._stored_matrix() @ linear
        if not np.isfinite(stored.data).all():
            raise ValueError("map: its product with the map of this pattern exceeds doubles")
        constant = self._stored_offset()
        if offset is not None:
            constant = constant + self._stored_matrix() @ checked_vector(
                "offset", offset, self.size
            )
        pattern = Pattern((self.rows, self.cols), self.shape)
        _set_matrix(pattern, stored, constant)
        return pattern

    def symmetric(self) -> Pattern:
        """The same positions under G = Gᵀ; g holds the lower triangle (i ≥ j), in its order.

        With every (i, j) the pattern must store (j, i); else ValueError names the first without.
        An off-diagonal value stands in g once.  ∂E/∂g = Tᵀ vec(Γ) is the derivative by g: it holds
        Γᵢⱼ + Γⱼᵢ off the diagonal and Γᵢᵢ on it, where Γ is the derivative of E by the entries of
        G as if they were independent: this is no rule "2 Γ − diag(Γ)" on a Γ + Γᵀ made before,
        which would count the two entries twice.

        >>> pattern = Pattern.full((2, 2)).symmetric()
        >>> pattern.to_csr([1, 2, 3]).toarray()
        array([[1., 2.],
               [2., 3.]])
        """
        return self._tied_to_mirror("symmetric", 1.0)

    def skew(self) -> Pattern:
        """The same positions under G = −Gᵀ; g holds the strictly lower triangle, in its order.

        A stored diagonal stays stored, and is 0.  Derivatives are Γᵢⱼ − Γⱼᵢ; errors as for
        `symmetric`.

        >>> Pattern.full((2, 2)).skew().to_csr([5]).toarray()
        array([[ 0., -5.],
               [ 5.,  0.]])
        """
        return self._tied_to_mirror("skew", -1.0)

    def toeplitz(self) -> Pattern:
        """The same positions, equal along diagonals; one unknown per stored j − i, ascending.

        >>> Pattern.full((2, 3)).toeplitz().to_csr([1, 2, 3, 4]).toarray()
        array([[2., 3., 4.],
               [1., 2., 3.]])
        """
        offsets = self.indices.astype(np.int64) - self._owners()
        labels = np.unique(offsets, return_inverse=True)[1]
        return self._signed("toeplitz", np.arange(self.nnz), labels, np.ones(self.nnz))

    def lower(self, *, strict: bool = False) -> Pattern:
        """The positions with i ≥ j (i > j if strict), in the caller's order, without the others.

        Unknowns that act on none of them are dropped as well.

        >>> Pattern.full((2, 2)).lower().to_csr([1, 2, 3]).toarray()
        array([[1., 0.],
               [2., 3.]])
        """
        return self._where(self.rows >= self.cols + strict, self._owners() >= self.indices + strict)

    def upper(self, *, strict: bool = False) -> Pattern:
        """The positions with i ≤ j (i < j if strict), in the caller's order, without the others.

        Unknowns that act on none of them are dropped as well.
        """
        return self._where(self.rows + strict <= self.cols, self._owners() + strict <= self.indices)

    def tied(self, groups: ArrayLike) -> Pattern:
        """The same positions, where entries of g with the same label are one unknown.

        `groups` has shape (size,) and holds integers ≥ 0; the new unknowns are in ascending order
        of their labels.

        >>> Pattern.diagonal(3).tied([7, 4, 7]).to_csr([1, 2]).diagonal()
        array([2., 1., 2.])
        """
        labels = checked_labels(groups, self.size)
        names, column = np.unique(labels, return_inverse=True)
        entries = (np.ones(self.size), (np.arange(self.size), column))
        return self.mapped(sparse.csr_array(entries, shape=(self.size, names.size)))

    def fixed(self, values: ArrayLike | Mapping[int, float]) -> Pattern:
        """The same positions with some entries of g known; the others stay unknown, in their order.

        `values` has shape (size,) with NaN where g stays free, or maps places in g to values.

        >>> pattern = Pattern.diagonal(3).fixed({1: 5.0})
        >>> pattern.to_csr([1, 2]).diagonal()
        array([1., 5., 2.])
        """
        if isinstance(values, Mapping):
            values = checked_places(values, self.size)
        known = to_doubles("values", real_numbers("values", values))
        free = np.isnan(known)
        offset = checked_vector("values", np.where(free, 0.0, known), self.size)
        return self.mapped(sparse.eye_array(self.size, format="csc")[:, free], offset)

    def constrained(self, A: Any, b: ArrayLike, *, on: Literal["G", "g"] = "G") -> Pattern:
        """The same positions under the linear constraints A vec(G) = b, or A g = b.

        `A` has shape (r, rows · cols), or (r, size) for `on="g"`, sparse or dense; `b` has (r,).
        The entries of g become N h + x: N a basis of the directions that keep the constraints, x
        a g that satisfies them.  An entry that no constraint touches stays an unknown of its own.
        Where few entries hang together, N is orthonormal and x the shortest.  Where such a basis
        would have more than 40 numbers an unknown (coupled sums of rows and columns, symmetric
        matrices with row sums), each constraint determines one entry by the others, and N has a
        few numbers an unknown.  Redundant constraints are welcome; contradictory ones are a
        ValueError; what would not fit into memory is a MemoryError with its price.

        >>> pattern = Pattern.diagonal(2).constrained([[1, 0, 0, 1]], [6])  # trace
        >>> pattern.to_csr([0.0]).diagonal()
        array([3., 3.])
        """
        if on not in ("G", "g"):
            raise ValueError(f'on: expected "G" for A vec(G) = b or "g" for A g = b, got {on!r}')
        names, columns = "r, rows · cols", self.shape[0] * self.shape[1]
        if on == "g":
            names, columns = "r, size", self.size
        matrix = _checked_matrix("A", A, (None, columns), names)
        value = checked_vector("b", b, matrix.shape[0])
        if on == "g":
            identity = sparse.eye_array(self.size, format="csr")
            return self.mapped(
                *constraint_basis(sparse.csr_array(matrix), identity, np.zeros(self.size), value)
            )
        if sparse.issparse(matrix):
            matrix = sparse.csc_array(matrix)
        return self._with_stored(sparse.csr_array(matrix[:, self._vec_positions()]), value)

    def with_row_sums(self, weights: ArrayLike, values: ArrayLike) -> Pattern:
        """The same positions under the constraint G @ weights = values.

        `weights` has shape (cols,), `values` (rows,).  Row by row, the stored values become
        N h + c with an orthonormal basis N of the directions that keep the row's sum.
        With other constraints or duplicates, this is `constrained`.
        """
        weight = checked_vector("weights", weights, self.shape[1])[self.indices]
        value = checked_vector("values", values, self.shape[0])
        if not self.is_selection:
            stored = (weight, np.arange(self.nnz), self.indptr)
            return self._with_stored(
                sparse.csr_array(stored, shape=(self.shape[0], self.nnz)), value
            )
        basis, offset = row_sum_basis(self.indptr, weight, value)
        return self.mapped(basis[self.slots], offset[self.slots])

    def laplacian(self) -> Pattern:
        """The same positions under G = Gᵀ and G 1 = 0; g holds the strictly lower triangle.

        A row that stores anything must store its diagonal position.  Of the unknown of a pair
        (i, j), Gᵢⱼ and Gⱼᵢ hold the value, Gᵢᵢ and Gⱼⱼ its negative: four numbers, whatever the
        size.  Signs stay free.

        >>> Pattern.full((2, 2)).laplacian().to_csr([-3]).toarray()
        array([[ 3., -3.],
               [-3.,  3.]])
        """
        if not self.is_selection:
            raise ValueError(
                "pattern: laplacian() comes before ties and constraints, and without duplicates"
            )
        mirrored = self.symmetric()
        lower = self.rows >= self.cols
        i, j = self.rows[lower], self.cols[lower]
        on, off = np.flatnonzero(i == j), np.flatnonzero(i != j)
        on = on[np.argsort(i[on])]
        ends = np.concatenate([i[off], j[off]])
        alone = ~np.isin(ends, i[on])
        if alone.any():
            k = int(ends[alone].min())
            raise ValueError(
                "pattern: laplacian() needs the diagonal position of each row that stores any: "
                f"({k}, {k}) is not stored"
            )
        pair = np.arange(off.size)
        where = np.concatenate([off, on[np.searchsorted(i[on], ends)]])
        values = np.repeat([1.0, -1.0, -1.0], off.size)
        entries = values, (where, np.tile(pair, 3))
        return mirrored.mapped(sparse.csr_array(entries, shape=(mirrored.size, off.size)))

    def _with_stored(self, A: sparse.csr_array, b: Floats) -> Pattern:
        """Under A @ stored = b."""
        return self.mapped(*constraint_basis(A, self._stored_matrix(), self._stored_offset(), b))

    def _tied_to_mirror(self, name: str, sign: float) -> Pattern:
        """Under Gⱼᵢ = sign · Gᵢⱼ, by the entries with i ≥ j."""
        if self.shape[0] != self.shape[1]:
            raise ValueError(f"pattern: {name}() needs a square matrix, got shape {self.shape}")
        mirror = self._mirror()
        alone = mirror[self.slots] < 0
        if alone.any():
            i, j = (int(side[alone.argmax()]) for side in (self.rows, self.cols))
            raise ValueError(
                f"pattern: {name}() needs the mirror of every stored position: ({i}, {j}) is "
                f"stored, ({j}, {i}) is not; store both"
            )
        lower = self.slots[self.rows >= self.cols]
        positions = np.concatenate([lower, mirror[lower]])
        signs = np.repeat([1.0, sign], lower.size)
        return self._signed(name, positions, np.tile(np.arange(lower.size), 2), signs)

    def _signed(
        self, name: str, positions: NDArray[Any], labels: NDArray[Any], signs: Floats
    ) -> Pattern:
        """Under stored[positions] = signs · h[labels], the unknowns in order of the labels."""
        matrix, offset = self._stored_matrix(), self._stored_offset()
        try:
            ties = signed_ties(matrix, offset, positions, labels, signs)
        except ValueError as error:
            raise ValueError(f"pattern: {name}(): {error}") from None
        return self.mapped(*ties)

    def _where(self, entries: NDArray[np.bool_], stored: NDArray[np.bool_]) -> Pattern:
        """The entries, and with them the stored positions, at which a mask is true."""
        pattern = Pattern((self.rows[entries], self.cols[entries]), self.shape)
        if self.matrix is not None:
            matrix = self.matrix[stored]
            used = np.unique(matrix.indices)
            _set_matrix(pattern, matrix[:, used], self._stored_offset()[stored])
        return pattern

    def _mirror(self) -> NDArray[np.int64]:
        """The CSR position of (j, i) for each stored (i, j) of a square matrix; −1 for none."""
        owners, width = self._owners(), self.shape[1]
        keys = owners * width + self.indices  # ascending
        return find(keys, self.indices.astype(np.int64) * width + owners)

    def _owners(self) -> NDArray[np.int64]:
        """The row of each stored position."""
        owners = np.empty(self.nnz, dtype=np.int64)
        owners[self.slots] = self.rows
        return owners

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _stored_matrix(self) -> sparse.csr_array:
        return _incidence(self) if self.matrix is None else self.matrix

    def _stored_offset(self) -> Floats:
        return np.zeros(self.nnz) if self.offset is None else self.offset

    def _vec_positions(self) -> NDArray[np.int64]:
        """Where each stored position stands in vec(G)."""
        return np.asarray(self._owners() + self.shape[0] * self.indices.astype(np.int64))


class _Structured(tuple[Indices, Indices]):
    """The positions of a pattern with a map of its own, which positions alone do not give."""


def _pair(entries: Any) -> tuple[Any, Any]:
    """(i, j), of which nothing is left over."""
    if isinstance(entries, _Structured):
        raise TypeError(
            "pattern: its ties and constraints are no field that dataclasses.replace keeps; make "
            "Pattern((rows, cols), shape) and apply them again"
        )
    if not isinstance(entries, tuple | list) or len(entries) != 2:
        found = f"{len(entries)} parts" if isinstance(entries, tuple | list) else ""
        found = found or f"{type(entries).__name__} of shape {np.shape(entries)}"
        raise TypeError(
            f"pattern: expected a pair (i, j) of index arrays, got {found}; of an array a of shape "
            "(N, 2) they are (a[:, 0], a[:, 1])"
        )
    return entries[0], entries[1]


def _checked_matrix(
    name: str, value: Any, shape: tuple[int | None, int | None], names: str = "rows, cols"
) -> Any:
    """A CSR matrix or an array of doubles of our own, of a shape in which None is any size."""
    is_sparse = sparse.issparse(value)
    found = checked_csr(name, value) if is_sparse else checked_dense(name, value, "fiub")
    if found.ndim != 2 or any(s not in (None, f) for s, f in zip(shape, found.shape, strict=True)):
        wanted = ", ".join(
            word if size is None else str(size)
            for word, size in zip(names.split(", "), shape, strict=True)
        )
        raise ValueError(f"{name}: expected shape ({names}) = ({wanted}), got {tuple(found.shape)}")
    return found


def _row_pointers(owners: NDArray[np.int64], rows: int) -> Indices:
    """Where each of so many rows begins, of the sorted rows of what is stored; piece by piece."""
    pointers = np.zeros(rows + 1, dtype=np.int32)
    for first in range(0, rows + 1, PIECE):
        wanted = np.arange(first, min(first + PIECE, rows + 1))
        pointers[first : first + PIECE] = np.searchsorted(owners, wanted)
    return pointers


def _set_matrix(pattern: Pattern, matrix: Any, offset: Floats | None = None) -> None:
    """Make stored = matrix @ g + offset the map of a pattern that is being made."""
    linear = sparse.csr_array(matrix)
    linear.sort_indices()  # equal rows then give equal values, to the last bit
    constant = sealed(offset) if offset is not None and offset.any() else None
    values = {"matrix": sealed_csr(linear), "adjoint": sealed_csr(linear.T.tocsr())}
    values |= {"offset": constant, "entries": _Structured((pattern.rows, pattern.cols))}
    for name, value in values.items():
        object.__setattr__(pattern, name, value)


def _incidence(pattern: Pattern) -> sparse.csr_array:
    count = pattern.rows.size
    ones = np.ones(count)
    return sparse.csr_array((ones, (pattern.slots, np.arange(count))), shape=(pattern.nnz, count))
