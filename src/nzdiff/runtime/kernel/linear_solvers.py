"""Factorisations, log-determinants and solves for both backends: LAPACK where dense, else SuperLU.

A x = b is solved by A = P L U (dense) or Pr A Pc = L U (sparse); det A is the product of the
diagonal of U times the signs of the permutations.  A matrix that has to be positive definite is
P A Pᵀ = L Lᵀ = L̃ D L̃ᵀ instead, which exists where it is; of one whose eigenvalues have to lie
in a set they are computed.  The C kernels get here through two callbacks.
"""

from __future__ import annotations

import ctypes
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from nzdiff.runtime.data.index_maps import positions
from nzdiff.runtime.data.spec import DomainKind

Floats = NDArray[np.float64]
Structure: TypeAlias = "int | sparse.csr_array"
"""A square matrix: its size where dense, its pattern (CSR, sorted indices) where sparse."""

OUTSIDE: dict[DomainKind, str] = {
    "positive definite": "not positive definite",
    "hurwitz": "not stable: an eigenvalue is not in the open left half plane",
    "schur": "not stable: an eigenvalue is not in the open unit disk",
}
SINGULAR = (-np.inf, 0.0)
"""log |det A| and the sign of det A where A has no inverse."""
_FACTOR = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_SOLVE = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p
)


class CSolvers(ctypes.Structure):
    """`nzdiff_solvers` of the emitted C; it keeps its callbacks alive."""

    _fields_ = (("factor", _FACTOR), ("solve", _SOLVE))


class LinearSolvers:
    """The matrices that kernels factorise and solve with, by number; names are for messages.

    domains: (number, set) of those that must lie in one; those that are positive definite are
    symmetric, and those in sets of eigenvalues are never solved with.  Values are
    flat arrays of `dtype`: dense ones row-major, sparse ones in CSR order.  No error leaves
    `factor` for a singular matrix (log |det A| = −inf), nor `solve`: C could not pass it on.
    `raise_pending`, called when the kernel has returned, raises it; it also says that a matrix is
    outside of its set.
    """

    def __init__(
        self,
        structures: tuple[Structure, ...],
        names: tuple[str, ...],
        domains: tuple[tuple[int, DomainKind], ...] = (),
        dtype: Any = np.float64,
    ) -> None:
        self._dtype = np.dtype(dtype)
        self._names, self._domains = names, dict(domains)
        self._matrices = tuple(
            _factorisation(structure, self._domains.get(which))
            for which, structure in enumerate(structures)
        )
        self._singular = [True] * len(structures)
        self._pending: BaseException | None = None

    def factor(self, which: int, values: Floats, out: Floats) -> None:
        """Factorise a matrix: out = (log |det A|, sign of det A), (−inf, 0) where singular.

        A matrix with numbers that are not finite counts as singular.
        """
        self._singular[which] = True
        finite = bool(np.isfinite(values).all())
        doubles = np.asarray(values, dtype=np.float64)
        diagonal, even = self._matrices[which].factor(doubles) if finite else (np.zeros(1), True)
        if not (np.isfinite(diagonal).all() and diagonal.all()):
            out[:] = SINGULAR
            if which in self._domains:
                self._refuse(which, OUTSIDE[self._domains[which]], "there is no energy")
            return
        self._singular[which] = False
        negative = int(np.count_nonzero(diagonal < 0.0)) % 2 == 1
        out[:] = np.log(np.abs(diagonal)).sum(), 1.0 if negative != even else -1.0

    def solve(self, which: int, transposed: int, width: int, b: Floats, out: Floats) -> None:
        """out = A⁻¹ b, or A⁻ᵀ b, both row-major of `width` columns; NaN where A is singular."""
        matrix = self._matrices[which]
        if self._singular[which]:
            out.fill(np.nan)
            self._refuse(which, "singular", "its inverse does not exist")
        elif out.size:
            right = np.asarray(b, dtype=np.float64).reshape(matrix.size, width)
            np.copyto(out.reshape(matrix.size, width), matrix.solve(right, bool(transposed)))

    def raise_pending(self) -> None:
        """Raise the first error since the last call, and forget it."""
        if self._pending is not None:
            error, self._pending = self._pending, None
            raise error

    def c_struct(self) -> CSolvers:
        """The two callbacks of the emitted C; they record whatever they raise."""

        def factor(which: int, values: int, out: int) -> None:
            try:
                self.factor(
                    which, self._view(values, self._matrices[which].count), self._view(out, 2)
                )
            except BaseException as error:  # ctypes would drop it
                self._record(error)

        def solve(which: int, transposed: int, width: int, b: int, out: int) -> None:
            try:
                count = self._matrices[which].size * width
                self.solve(which, transposed, width, self._view(b, count), self._view(out, count))
            except BaseException as error:
                self._record(error)

        return CSolvers(_FACTOR(factor), _SOLVE(solve))

    def _view(self, address: int, count: int) -> Floats:
        """The numbers at an address, not copied."""
        kind = ctypes.c_double if self._dtype == np.float64 else ctypes.c_float
        return np.ctypeslib.as_array((kind * count).from_address(address))

    def _refuse(self, which: int, what: str, consequence: str) -> None:
        size = self._matrices[which].size
        self._record(
            np.linalg.LinAlgError(
                f"{self._names[which]}: the {size} × {size} matrix is {what} at this g "
                f"(or not finite), so that {consequence}"
            )
        )

    def _record(self, error: BaseException) -> None:
        self._pending = self._pending or error


def _factorisation(
    structure: Structure, domain: DomainKind | None
) -> _Dense | _Sparse | _DenseCholesky | _SparseCholesky | _Eigenvalues:
    if domain not in (None, "positive definite"):
        return _Eigenvalues(structure, domain)
    if isinstance(structure, int):
        return _DenseCholesky(structure) if domain else _Dense(structure)
    return _SparseCholesky(structure) if domain else _Sparse(structure)


class _Dense:
    """A dense matrix.  LAPACK sees its transpose, so that the values are copied as they lie."""

    def __init__(self, size: int) -> None:
        self.size, self.count = size, size * size
        self._lu = np.zeros((size, size), order="F")
        self._pivots = np.zeros(size, dtype=np.int32)

    def factor(self, values: Floats) -> tuple[Floats, bool]:
        """The diagonal of U, and whether the permutation is even."""
        if self.size:
            np.copyto(self._lu.T, values.reshape(self.size, self.size))
            self._lu, self._pivots, _ = lapack.dgetrf(self._lu, overwrite_a=1)
        swaps = int(np.count_nonzero(self._pivots != np.arange(self.size)))
        return np.diagonal(self._lu), swaps % 2 == 0

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        right, trans = np.array(b, order="F"), int(not transposed)
        x, _ = lapack.dgetrs(self._lu, self._pivots, right, trans=trans, overwrite_b=1)
        return np.asarray(x)


class _Sparse:
    """A sparse matrix, its stored values brought from CSR to CSC order."""

    def __init__(self, structure: sparse.csr_array) -> None:
        self.size, self.count = int(structure.shape[0]), int(structure.nnz)
        columns = positions(structure, transposed=True)
        self._order = columns.data
        self._matrix = sparse.csc_array(
            (np.zeros(self.count), columns.indices.astype(np.int32), columns.indptr),
            shape=structure.shape,
        )
        self._lu: Any = None

    def factor(self, values: Floats) -> tuple[Floats, bool]:
        """The diagonal of U, and whether the two permutations together are even."""
        if self.size == 0:
            return np.zeros(0), True
        self._matrix.data[:] = values[self._order]
        try:
            self._lu = splu(self._matrix)
        except RuntimeError as error:
            if "singular" not in str(error):
                raise
            return np.zeros(1), True
        return self._lu.U.diagonal(), _is_even(self._lu.perm_r) == _is_even(self._lu.perm_c)

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        return np.asarray(self._lu.solve(b, "T" if transposed else "N"))


class _DenseCholesky:
    """A dense symmetric matrix, of which the entries on and above the diagonal count."""

    def __init__(self, size: int) -> None:
        self.size, self.count = size, size * size
        self._factor = np.zeros((size, size), order="F")

    def factor(self, values: Floats) -> tuple[Floats, bool]:
        """The squared diagonal of L, as that of `_Dense`; 0 where there is no L."""
        if self.size == 0:
            return np.zeros(0), True
        np.copyto(self._factor.T, values.reshape(self.size, self.size))
        self._factor, failed = lapack.dpotrf(self._factor, lower=1, overwrite_a=1, clean=0)
        return np.zeros(1) if failed else np.diagonal(self._factor) ** 2, True

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b, which is A⁻ᵀ b."""
        right = np.array(b, order="F")
        x, _ = lapack.dpotrs(self._factor, right, lower=1, overwrite_b=1)
        return np.asarray(x)


class _SparseCholesky:
    """A sparse symmetric matrix, whose stored values have one order by rows and by columns.

    SuperLU permutes rows as columns and pivots on the diagonal, unless a pivot is 0: U = D L̃ᵀ.
    """

    def __init__(self, structure: sparse.csr_array) -> None:
        self.size, self.count = int(structure.shape[0]), int(structure.nnz)
        self._matrix = sparse.csc_array(
            (np.zeros(self.count), structure.indices.astype(np.int32), structure.indptr),
            shape=structure.shape,
        )
        self._lu: Any = None

    def factor(self, values: Floats) -> tuple[Floats, bool]:
        """The diagonal D, as that of `_Sparse`; 0 where it is not positive."""
        if self.size == 0:
            return np.zeros(0), True
        self._matrix.data[:] = values
        try:
            self._lu = splu(
                self._matrix,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except RuntimeError as error:
            if "singular" not in str(error):
                raise
            return np.zeros(1), True
        pivots = self._lu.U.diagonal()
        symmetric = np.array_equal(self._lu.perm_r, self._lu.perm_c)
        return pivots if symmetric and (pivots > 0.0).all() else np.zeros(1), True

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b, which is A⁻ᵀ b."""
        return np.asarray(self._lu.solve(b))


class _Eigenvalues:
    """A matrix whose eigenvalues must lie in the left half plane, or in the unit disk.

    By rounding they are as far from the border as n ε ‖A‖ where they lie on it: that counts as
    outside.
    """

    def __init__(self, structure: Structure, domain: DomainKind) -> None:
        self._structure, self._domain = structure, domain
        self.size = structure if isinstance(structure, int) else int(structure.shape[0])
        self.count = self.size**2 if isinstance(structure, int) else int(structure.nnz)

    def factor(self, values: Floats) -> tuple[Floats, bool]:
        """Ones, or 0 where an eigenvalue is outside."""
        found = np.linalg.eigvals(self._dense(values))
        distances = found.real if self._domain == "hurwitz" else np.abs(found) - 1.0
        border = self.size * np.finfo(np.float64).eps * float(np.linalg.norm(values))
        return (np.ones(1) if (distances < -border).all() else np.zeros(1)), True

    def _dense(self, values: Floats) -> Floats:
        if isinstance(self._structure, int):
            return values.reshape(self.size, self.size)
        indices, indptr = self._structure.indices, self._structure.indptr
        matrix = sparse.csr_array((values, indices, indptr), shape=self._structure.shape)
        return np.asarray(matrix.toarray())

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """Nothing solves with it: solves with the same matrix have factors of their own."""
        raise NotImplementedError(f"solve: of a {self._domain} matrix there are no factors")


def _is_even(permutation: NDArray[np.int32]) -> bool:
    """Whether a permutation is even: a cycle of length k is k − 1 swaps."""
    size = permutation.size
    links = (np.ones(size), permutation, np.arange(size + 1))
    cycles, _ = connected_components(sparse.csr_array(links, shape=(size, size)), directed=False)
    return bool((size - cycles) % 2 == 0)
