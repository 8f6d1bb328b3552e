"""Small NumPy models for the tests of the solvers, each with exact derivatives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import rosen, rosen_der, rosen_hess
from scipy.sparse.linalg import LinearOperator

Vector = NDArray[np.float64]


class FromResidual:
    """Energy and gradient of ‖r‖² from residual and vjp."""

    size: int
    residual_size: int
    residual: Callable[[Vector], Vector]
    jvp: Callable[[Vector, Vector], Vector]
    vjp: Callable[[Vector, Vector], Vector]

    def energy(self, g: Vector) -> float:
        r = self.residual(g)
        return float(r @ r)

    def gradient(self, g: Vector) -> Vector:
        return 2.0 * self.vjp(g, self.residual(g))

    def energy_and_gradient(self, g: Vector) -> tuple[float, Vector]:
        return self.energy(g), self.gradient(g)

    def curvature(self, g: Vector, r: Vector, v: Vector) -> Vector:
        """Return Σ r_i ∂²r_i v: zero where r is linear."""
        return np.zeros_like(v)

    def hessian(self, g: Vector) -> LinearOperator:
        r = self.residual(g)

        def product(v: Vector) -> Vector:
            return 2.0 * (self.vjp(g, self.jvp(g, v.ravel())) + self.curvature(g, r, v.ravel()))

        return LinearOperator((self.size, self.size), product, dtype=np.float64)

    def jacobian(self, g: Vector) -> Vector:
        columns = [self.jvp(g, e) for e in np.eye(self.size)]
        return np.stack(columns, axis=1) if columns else np.zeros((self.residual_size, 0))


@dataclass
class Seed(FromResidual):
    """f = X − Y Gᵀ L G B with G = sparse(i, j, g); formulas as in the specification."""

    X: Vector
    Y: Vector
    L: sp.csr_array
    B: Vector
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    size: int = field(init=False)
    residual_size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size, self.residual_size = len(self.i), self.X.size

    def matrix(self, g: Vector) -> sp.csr_array:
        return sp.csr_array((g, (self.i, self.j)), shape=(self.L.shape[0], self.B.shape[0]))

    def sampled(self, U: Vector, V: Vector) -> Vector:
        inner: Vector = np.einsum("tk,tk->t", U[self.i], V[self.j])
        return inner

    def residual(self, g: Vector) -> Vector:
        G = self.matrix(g)
        f: Vector = self.X - self.Y @ (G.T @ (self.L @ (G @ self.B)))
        return f.ravel()

    def jvp(self, g: Vector, v: Vector) -> Vector:
        G, V = self.matrix(g), self.matrix(v)
        H, VB = self.L @ (G @ self.B), V @ self.B
        df: Vector = -self.Y @ (V.T @ H + G.T @ (self.L @ VB))
        return df.ravel()

    def vjp(self, g: Vector, w: Vector) -> Vector:
        G, R = self.matrix(g), self.Y.T @ w.reshape(self.X.shape)
        H = self.L @ (G @ self.B)
        adjoint: Vector = self.sampled(H, R) + self.sampled(self.L.T @ (G @ R), self.B)
        return -adjoint

    def curvature(self, g: Vector, r: Vector, v: Vector) -> Vector:
        return self.vjp(v, r)  # vjp is linear in g


@dataclass
class LinearResidual(FromResidual):
    """r = A g − b."""

    A: Vector
    b: Vector
    size: int = field(init=False)
    residual_size: int = field(init=False)

    def __post_init__(self) -> None:
        self.residual_size, self.size = self.A.shape

    def residual(self, g: Vector) -> Vector:
        return self.A @ g - self.b

    def jvp(self, g: Vector, v: Vector) -> Vector:
        return self.A @ v

    def vjp(self, g: Vector, w: Vector) -> Vector:
        return self.A.T @ w


@dataclass
class Logarithms(FromResidual):
    """r = log g − 3 entry by entry, NaN for g ≤ 0; the optimum is g = e³."""

    size: int = 4
    residual_size: int = 4

    def residual(self, g: Vector) -> Vector:
        with np.errstate(all="ignore"):
            return np.log(g) - 3.0

    def jvp(self, g: Vector, v: Vector) -> Vector:
        return v / g

    def vjp(self, g: Vector, w: Vector) -> Vector:
        return w / g

    def curvature(self, g: Vector, r: Vector, v: Vector) -> Vector:
        return -r * v / g**2


class Singular(Logarithms):
    """The same, LinAlgError for g ≤ 0, as the inverse of a singular matrix raises it."""

    def residual(self, g: Vector) -> Vector:
        if g.min() <= 0.0:
            raise np.linalg.LinAlgError("G: the 4 × 4 matrix is singular at this g")
        return super().residual(g)


class SingularLogarithms(Logarithms):
    """The same, but with an error instead of NaN, as a model with an inverse raises it."""

    def residual(self, g: Vector) -> Vector:
        if not (g > 0.0).all():
            raise np.linalg.LinAlgError("A: the 4 × 4 matrix is singular at this g")
        return super().residual(g)


class NoSquares:
    """An energy that is no sum of squares."""

    size: int
    residual_size = 0
    energy: Callable[[Vector], float]
    gradient: Callable[[Vector], Vector]

    def energy_and_gradient(self, g: Vector) -> tuple[float, Vector]:
        return self.energy(g), self.gradient(g)

    def residual(self, g: Vector) -> Vector:
        raise TypeError("the energy is not a sum of squares")

    def jvp(self, g: Vector, v: Vector) -> Vector:
        raise TypeError("the energy is not a sum of squares")

    def vjp(self, g: Vector, w: Vector) -> Vector:
        return self.jvp(g, w)


class LogDeterminant(NoSquares):
    """E = 2 g − log g summed: no sum of squares, NaN outside g > 0, the optimum is g = 1/2."""

    size = 3

    def energy(self, g: Vector) -> float:
        with np.errstate(all="ignore"):
            return float((2.0 * g - np.log(g)).sum())

    def gradient(self, g: Vector) -> Vector:
        return np.where(g > 0.0, 2.0 - 1.0 / g, np.nan)

    def hessian(self, g: Vector) -> sp.dia_array:
        return sp.diags_array(g**-2.0)


class Barrier(NoSquares):
    """E = g − log g of one number: undefined for g ≤ 0, the optimum is g = 1."""

    size = 1

    def energy(self, g: Vector) -> float:
        return float(g[0] - np.log(g[0])) if g[0] > 0.0 else float("nan")

    def gradient(self, g: Vector) -> Vector:
        return np.where(g > 0.0, 1.0 - 1.0 / g, np.nan)

    def hessian(self, g: Vector) -> sp.dia_array:
        return sp.diags_array(g**-2.0)


@dataclass
class Covariance(NoSquares):
    """E = tr(S Θ) − log det Θ of a full symmetric Θ, g its entries on and below the diagonal."""

    S: Vector
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.cols = np.tril_indices(len(self.S))
        self.size = len(self.rows)
        self.D = np.zeros((self.S.size, self.size))  # vec(Θ) = D g
        for t, (i, j) in enumerate(zip(self.rows, self.cols, strict=True)):
            self.D[[i * len(self.S) + j, j * len(self.S) + i], t] = 1.0

    def matrix(self, g: Vector) -> Vector:
        return (self.D @ g).reshape(self.S.shape)

    def energy(self, g: Vector) -> float:
        T = self.matrix(g)
        values = np.linalg.eigvalsh(T)
        if values[0] <= 0.0:
            raise np.linalg.LinAlgError("Θ: not positive definite")
        return float(np.sum(self.S * T) - np.log(values).sum())

    def gradient(self, g: Vector) -> Vector:
        self.energy(g)
        inner: Vector = (self.S - np.linalg.inv(self.matrix(g))).ravel() @ self.D
        return inner

    def hessian(self, g: Vector) -> "Dense":
        inverse = np.linalg.inv(self.matrix(g))
        return Dense(self.D.T @ np.kron(inverse, inverse) @ self.D)

    def start(self) -> Vector:
        return np.eye(len(self.S))[self.rows, self.cols]


@dataclass
class Quadratic(NoSquares):
    """E = ½ gᵀ H g − bᵀ g, H dense or sparse; `operator` is what `hessian` returns."""

    H: Any
    b: Vector
    operator: Callable[[Any], Any] = lambda H: H

    def __post_init__(self) -> None:
        self.size = len(self.b)

    def energy(self, g: Vector) -> float:
        return float(0.5 * (g @ (self.H @ g)) - self.b @ g)

    def gradient(self, g: Vector) -> Vector:
        return np.asarray(self.H @ g - self.b)

    def hessian(self, g: Vector) -> Any:
        return self.operator(self.H)


@dataclass
class Dense:
    """A second-order operator that can be assembled, with blocks of `block` unknowns."""

    H: Vector
    block: int = 1
    is_sparse = False
    assembled: int = 0
    products: int = 0

    @property
    def assembled_bytes(self) -> int:
        return self.H.nbytes

    def __matmul__(self, v: Vector) -> Vector:
        self.products += 1
        return self.H @ v

    def toarray(self) -> Vector:
        self.assembled += 1
        return self.H

    def tocsc(self) -> sp.csc_array:
        raise TypeError("the matrix is dense")

    def diagonal(self) -> Vector:
        return self.H.diagonal()

    def block_inverse(
        self, kind: str, shift: float, *, relative: bool = False
    ) -> Callable[[Vector], Vector]:
        same = np.arange(len(self.H)) // self.block
        blocks = np.where(same[:, None] == same, self.H, 0.0)
        values, V = np.linalg.eigh(blocks)
        return lambda v: V @ ((V.T @ v) / (np.abs(values) + shift))


@dataclass
class Sparse:
    """A second-order operator whose matrix is sparse, and without a diagonal."""

    H: sp.csc_array
    is_sparse = True

    @property
    def assembled_bytes(self) -> int:
        return int(self.H.data.nbytes)

    def __matmul__(self, v: Vector) -> Vector:
        return np.asarray(self.H @ v)

    def tocsc(self) -> sp.csc_array:
        return self.H

    def diagonal(self) -> Vector:
        raise NotImplementedError


class Rosenbrock(NoSquares):
    """E = Σ 100 (g_{i+1} − g_i²)² + (1 − g_i)², indefinite in places; the optimum is 1."""

    def __init__(self, size: int) -> None:
        self.size = size

    def energy(self, g: Vector) -> float:
        return float(rosen(g))

    def gradient(self, g: Vector) -> Vector:
        return np.asarray(rosen_der(g))

    def hessian(self, g: Vector) -> Dense:
        return Dense(rosen_hess(g))


def seed(
    rng: np.random.Generator, *, n: int = 40, m: int = 6, k: int = 5, noise: float = 0.0
) -> tuple[Seed, Vector, Vector]:
    """Return a model, a true g that (without noise) has energy zero, and a start near it."""
    i = np.repeat(np.arange(n), 3)
    j = np.concatenate([rng.permutation(m)[:3] for _ in range(n)])
    L = sp.csr_array(np.eye(n) + np.where(rng.random((n, n)) < 0.1, rng.random((n, n)), 0.0))
    Y = np.eye(m) + 0.1 * rng.normal(size=(m, m))
    model = Seed(np.zeros((m, k)), Y, L, rng.normal(size=(m, k)), i, j)
    g = rng.normal(size=model.size)
    model.X = -model.residual(g).reshape(m, k)
    model.X += noise * np.abs(model.X).mean() * rng.normal(size=(m, k))
    return model, g, g + 0.2 * rng.normal(size=model.size)
