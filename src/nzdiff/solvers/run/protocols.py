"""What a solver needs of a model, as protocols: E(g), its gradient, the Jacobian's products.

Every energy that Gauss-Newton and Levenberg-Marquardt accept is a sum of squares without the
factor 1/2:

    E(g) = ‖r(g)‖²,    ∂E/∂g = 2 Jᵀ r,    ∂²E/∂g² ≈ 2 JᵀJ,    J = ∂r/∂g.

Newton's methods want ∂²E/∂g² besides. What a model or an operator may offer beyond the least is a
protocol of its own here, asked for by isinstance; linear constraints belong into the model,
g = T h + c.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vector = NDArray[np.float64]
LinearMap = Callable[[Vector], Vector]
Needs = Literal["gradient", "squares", "hessian"]


class ModelLike(Protocol):
    """An energy of s unknowns, the least of a model; evaluations at the same g are shared by it.

    `residual`, `jvp` and `vjp` raise TypeError if the energy is not a sum of squares.
    """

    @property
    def size(self) -> int:
        """Return s, the length of g."""
        ...

    @property
    def residual_size(self) -> int:
        """Return the length of the residual, the number of rows of J."""
        ...

    def energy(self, g: Vector, /) -> float:
        """Return E(g)."""
        ...

    def gradient(self, g: Vector, /) -> Vector:
        """Return ∂E/∂g, shape (s,)."""
        ...

    def energy_and_gradient(self, g: Vector, /) -> tuple[float, Vector]:
        """Return E(g) and ∂E/∂g from one pass."""
        ...

    def residual(self, g: Vector, /) -> Vector:
        """Return r(g)."""
        ...

    def jvp(self, g: Vector, v: Vector, /) -> Vector:
        """Return J(g) v."""
        ...

    def vjp(self, g: Vector, w: Vector, /) -> Vector:
        """Return J(g)ᵀ w, shape (s,)."""
        ...


class SymmetricOperator(Protocol):
    """A symmetric matrix by its products; a SciPy LinearOperator or sparse array is one."""

    def __matmul__(self, v: Vector, /) -> Vector:
        """Return the product with v, shape (s,)."""
        ...


@runtime_checkable
class HasDiagonal(Protocol):
    """An operator that may know its own diagonal."""

    def diagonal(self) -> Vector:
        """Return the diagonal, shape (s,); NotImplementedError where it is not known."""
        ...


@runtime_checkable
class HasArray(Protocol):
    """An operator that can be assembled."""

    def toarray(self) -> Vector:
        """Return the full matrix, shape (s, s)."""
        ...


@runtime_checkable
class HasSparseArray(Protocol):
    """An operator whose matrix is sparse where its `is_sparse` says so, or a SciPy sparse array."""

    def tocsc(self) -> sparse.csc_array:
        """Return the full matrix; TypeError where it is dense."""
        ...


@runtime_checkable
class HasBlockInverse(Protocol):
    """An operator with blocks of unknowns that share a row or a column of G."""

    def block_inverse(
        self, kind: Literal["row", "column"], shift: float, *, relative: bool = False
    ) -> LinearMap:
        """Return v ↦ M⁻¹ v, M the diagonal blocks plus shift I, made positive definite.

        relative: the shift is a multiple of the mean of |diag(M)|.  NotImplementedError where
        there are no such blocks.
        """
        ...


@runtime_checkable
class HasGaussNewton(Protocol):
    """A model that offers 2 JᵀJ as an operator."""

    def gauss_newton(self, g: Vector) -> SymmetricOperator:
        """Return 2 J(g)ᵀJ(g)."""
        ...


@runtime_checkable
class HasJvpSquare(Protocol):
    """A model whose residual is longer than one likes to gather."""

    def jvp_square(self, g: Vector, v: Vector, /) -> float:
        """Return ‖J(g) v‖²."""
        ...


@runtime_checkable
class HasHessian(Protocol):
    """A model that offers ∂²E/∂g² as an operator."""

    def hessian(self, g: Vector) -> SymmetricOperator:
        """Return ∂²E/∂g² at g."""
        ...


class PatternLike(Protocol):
    """What the stored entries of an unknown are: T g + c."""

    @property
    def is_selection(self) -> bool:
        """Return whether g holds the entries themselves."""
        ...

    @property
    def size(self) -> int:
        """Return the length of its part of g."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of the unknown."""
        ...

    @property
    def T(self) -> sparse.csc_array:
        """Return T of vec(G) = T g + c."""
        ...

    @property
    def c(self) -> Vector:
        """Return c of vec(G) = T g + c."""
        ...

    @property
    def matrix(self) -> sparse.csr_array | None:
        """Return T of the stored entries in CSR order; None where g holds them itself."""
        ...

    @property
    def nnz(self) -> int:
        """Return how many entries are stored."""
        ...

    def expand(self, g: Vector, /) -> Vector:
        """Return T g + c."""
        ...

    def gather(self, matrix: Any, /) -> Vector:
        """Return the values of a matrix at the stored positions, in CSR order."""
        ...

    def reduce(self, stored: Vector, /) -> Vector:
        """Return Tᵀ stored, which is g itself where g holds the entries."""
        ...

    def to_csr(self, g: Vector, /) -> sparse.csr_array:
        """Return the unknown; a stored position stays stored, also where its value is 0."""
        ...


@runtime_checkable
class HasPatterns(Protocol):
    """A model that knows the entries of its unknowns."""

    @property
    def patterns(self) -> tuple[PatternLike, ...]:
        """Return one pattern for each unknown."""
        ...


class ComposedModelLike(Protocol):
    """φ, an energy of q, and q(g) with its sparse Jacobian."""

    @property
    def outer(self) -> ModelLike:
        """Return the model of φ, with `gauss_newton`."""
        ...

    @property
    def size(self) -> int:
        """Return the length of q."""
        ...

    def q(self, g: Vector) -> Vector:
        """Return q at g."""
        ...

    def jacobian(self, g: Vector) -> sparse.csr_array:
        """Return ∂q/∂g."""
        ...


@runtime_checkable
class HasComposition(Protocol):
    """A model that may be a composition."""

    def composition(self) -> ComposedModelLike | None:
        """Return it, or None."""
        ...


class NativeModelLike(Protocol):
    """A model as C calls it; address: of its `nzdiff_native` of lbfgs/loop.c."""

    @property
    def address(self) -> int:
        """Return where it lies; what it refers to lives as long as this object."""
        ...

    def called(self) -> AbstractContextManager[None]:
        """Enter what C needs around its calls: another g, and BLAS in one thread."""
        ...


@runtime_checkable
class HasNative(Protocol):
    """A model that C may be able to call."""

    def native(self) -> NativeModelLike | None:
        """Return it for C to call; None where an evaluation needs Python."""
        ...


@runtime_checkable
class CompiledMap(Protocol):
    """v ↦ M⁻¹ v that C can apply; address: of `nzdiff_blocks` of lbfgs/loop.c."""

    address: int

    def __call__(self, v: Vector, /) -> Vector:
        """Return M⁻¹ v."""
        ...
