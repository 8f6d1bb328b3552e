"""Jacobian, Gauss-Newton matrix and Hessian of a model at one g, as SciPy LinearOperators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from nzdiff.arrays import DOUBLE, real_numbers
from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.block_diagonal import BlockDiagonal
from nzdiff.runtime.assembly.operator_matrix import OperatorMatrix
from nzdiff.runtime.sealed import Sealed

Floats = NDArray[np.float64]


class _Operator(LinearOperator, Sealed):  # type: ignore[misc]
    """SciPy's, which would take a masked array without its mask, and names no argument.

    NumPy's functions see the matrix: np.asarray assembles it.
    """

    advice = "make another one of the model, at another g"
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"pickle, copy: a {type(self).__name__} is of a model; send the model and g, and ask "
            "the model there"
        )

    def matvec(self, x: Any) -> Any:
        """Return the product with a vector, shape (n,) or (n, 1)."""
        return self._matvec(x) if self._is_usual(x) else super().matvec(x)

    def __matmul__(self, x: Any) -> Any:
        return self._matvec(x) if self._is_usual(x) else super().__matmul__(x)

    def _is_usual(self, x: Any) -> bool:
        """Whether SciPy has nothing to add: it takes as long as a small product."""
        return type(x) is np.ndarray and x.dtype is DOUBLE and x.shape == self.shape[1:]

    def dot(self, x: Any) -> Any:
        """Return the product with a vector, with each column of a matrix, or with an operator."""
        if not isinstance(x, LinearOperator) and not np.isscalar(x) and not sparse.issparse(x):
            found = real_numbers("v", x)
            if found.ndim in (1, 2) and found.shape[0] != self.shape[1]:
                raise ValueError(
                    f"v: expected shape ({self.shape[1]},) or ({self.shape[1]}, k), got "
                    f"{found.shape}"
                )
        return super().dot(x)

    def tocsr(self) -> sparse.csr_array:
        """The matrix in sparse storage by rows; TypeError where it is dense by its structure."""
        return sparse.csr_array(self.tocsc())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("copy: an operator has no array yet; toarray() makes one")
        return np.asarray(self.toarray(), dtype)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """np.dot(H, v) is H @ v: so SciPy's trust-ncg and trust-krylov need no matrix."""
        if function is np.dot and args and args[0] is self:
            return self.dot(*args[1:], **kwargs)
        return np.empty(0).__array_function__(function, (np.ndarray,), args, kwargs)

    def __getattr__(self, name: str) -> Any:
        kind = type(self).__name__
        raise AttributeError(
            f"{kind} has no attribute {name!r}: it is a linear operator; toarray() gives the "
            "matrix as an array, tocsr() and tocsc() as a sparse one"
        )


class Jacobian(_Operator):
    """J = ∂r/∂g, shape (residual_size, size): products by JVP and VJP, and assembled."""

    def __init__(self, model: Any, g: Floats, matrix: OperatorMatrix) -> None:
        self._model, self._g, self._matrix = model, g, matrix
        LinearOperator.__init__(self, np.dtype(np.float64), (model.residual_size, model.size))

    def _matvec(self, v: Floats) -> Floats:
        self._matrix.check()
        return self._model.jvp(self._g, np.ravel(v))  # type: ignore[no-any-return]

    def _rmatvec(self, w: Floats) -> Floats:
        self._matrix.check()
        return self._model.vjp(self._g, np.ravel(w))  # type: ignore[no-any-return]

    def _adjoint(self) -> Transposed:
        return Transposed(self)

    _transpose = _adjoint

    def __getitem__(self, key: Any) -> Any:
        """Rows of J as an array; with −J, also one, this is what SciPy's trust-constr asks for."""
        return self.toarray()[key]

    def __neg__(self) -> Floats:
        return -self.toarray()

    @property
    def is_sparse(self) -> bool:
        """Whether `tocsc` has a sparse matrix to give."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.is_sparse

    def tocsc(self) -> sparse.csc_array:
        """J as a sparse matrix; TypeError where it is dense by its structure."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return sparse.csc_array(self._matrix.as_sparse("jacobian"))

    def toarray(self) -> Floats:
        """J as a dense array: gathered from factors, else by one JVP per column or VJP per row."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            if self._matrix.exists:
                return self._matrix.as_dense()
        rows, cols = self.shape
        check_fits("the Jacobian", 8 * rows * cols, "its products need no such memory")
        matrix = np.empty((rows, cols))
        if rows < cols:
            _write_products(self._rmatvec, matrix)
        else:
            _write_products(self._matvec, matrix.T)
        return matrix


class Transposed(_Operator):
    """Jᵀ, shape (size, residual_size)."""

    def __init__(self, J: Jacobian) -> None:
        self._J = J
        LinearOperator.__init__(self, J.dtype, J.shape[::-1])

    def _matvec(self, w: Floats) -> Floats:
        return np.asarray(self._J.rmatvec(w))

    def _rmatvec(self, v: Floats) -> Floats:
        return np.asarray(self._J.matvec(v))

    def _adjoint(self) -> Jacobian:
        return self._J

    _transpose = _adjoint

    def tocsc(self) -> sparse.csc_array:
        """Jᵀ as a sparse matrix; TypeError where it is dense by its structure."""
        return sparse.csc_array(self._J.tocsr().T)

    def toarray(self) -> Floats:
        """Jᵀ as a dense array."""
        return self._J.toarray().T


class SecondOrder(_Operator):
    """A symmetric operator on g, shape (size, size): by products, assembled, by its blocks."""

    def __init__(
        self,
        product: Callable[[Floats], Floats],
        matrix: OperatorMatrix,
        size: int,
    ) -> None:
        self._product, self._matrix = product, matrix
        LinearOperator.__init__(self, np.dtype(np.float64), (size, size))

    def _matvec(self, v: Floats) -> Floats:
        self._matrix.check()
        return self._product(np.ravel(v))

    def _adjoint(self) -> SecondOrder:
        return self

    _transpose = _adjoint

    @property
    def is_sparse(self) -> bool:
        """Whether the assembled matrix is sparse by its structure; then `tocsc` gives it."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.is_sparse

    @property
    def assembled_bytes(self) -> int | None:
        """The memory of the assembled matrix; None where it takes one product per column."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.bytes

    def describe(self) -> str:
        """How the matrix is assembled, and why so."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.describe()

    def diagonal(self) -> Floats:
        """The diagonal, shape (size,), in closed form; NotImplementedError where there is none."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.diagonal()

    def blocks(self, kind: Literal["row", "column"]) -> BlockDiagonal:
        """The diagonal blocks of unknowns that stand in one row (or one column) of G.

        NotImplementedError where they are in no closed form, and where ties or constraints join
        entries of several rows (or columns).
        """
        _check_kind(kind)
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.blocks(kind)

    def block_inverse(
        self, kind: Literal["row", "column"], shift: float, *, relative: bool = False
    ) -> Callable[[Floats], Floats]:
        """v ↦ M⁻¹ v with M the diagonal blocks of the matrix, + shift I: a preconditioner.

        relative: the shift is a multiple of the mean of |diag(M)|.  A block that is not positive
        definite counts by its absolute value.
        Under vec(G) = T g + c whose T joins entries of several blocks it is
        D⁻¹ Tᵀ M⁻¹ T D⁻¹, D = diag(Tᵀ T), with the blocks M of the stored entries.
        """
        _check_kind(kind)
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return self._matrix.block_inverse(kind, shift, relative=relative)

    def tocsc(self) -> sparse.csc_array:
        """The matrix in sparse storage; TypeError where it is dense by its structure."""
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            return sparse.csc_array(self._matrix.as_sparse("matrix"))

    def toarray(self, *, out: Floats | None = None, lower: bool = False) -> Floats:
        """The matrix as a dense array.

        Gathered from its factors, both triangles from one; by one product per column where it
        has none.  out: where to write it, C-contiguous.  lower: the lower triangle alone, what is
        above it is undefined.  MemoryError before more is asked for than the machine has.
        """
        size = self.shape[0]
        if out is not None:
            _check_out(out, size)
        with self._matrix.turn, np.errstate(all="ignore"):  # as in C
            if self._matrix.exists:
                return self._matrix.as_dense(out, lower=lower)
        if out is None:
            check_fits("the matrix", 8 * size * size, ALTERNATIVE)
            out = np.empty((size, size))
        _write_products(self._matvec, out)
        for t in range(size):
            out[t, :t] = out[:t, t] = 0.5 * (out[t, :t] + out[:t, t])
        return out


def _write_products(product: Callable[[Floats], Floats], rows: Floats) -> None:
    """Write product(e_t) into row t."""
    unit = np.zeros(rows.shape[0])
    for t, row in enumerate(rows):
        unit[t] = 1.0
        row[:] = product(unit)
        unit[t] = 0.0


def _check_out(out: Floats, size: int) -> None:
    flags = out.flags
    fits = out.shape == (size, size) and out.dtype == np.float64
    if not (fits and flags.c_contiguous and flags.aligned and flags.writeable):
        raise ValueError(
            f"toarray: expected out as a writable C-contiguous array of doubles of shape "
            f"({size}, {size}), got {out.dtype} of shape {out.shape}"
        )


def _check_kind(kind: object) -> None:
    if kind not in ("row", "column"):
        raise ValueError(f'kind: expected "row" or "column", got {kind!r}')
