"""The correction pairs s = Δg, y = Δ∂E of L-BFGS, and products with their inverse Hessian.

With S, Y the pairs as rows, oldest first, R the upper triangle of S Yᵀ and D its diagonal, the
two-loop recursion solves two small triangular systems:

    R a = S q,    r = γ M⁻¹ (q − Yᵀ a),    Rᵀ c = D a − Y r,    H q = r + Sᵀ c

Four products of a (memory, s) array with a vector, instead of 4 · memory calls. Memory is laid out
once; the rows are a ring.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import lapack

from nzdiff.solvers.run.protocols import LinearMap, Vector

LEAST_COSINE = 1e-12


@dataclass(slots=True)
class CorrectionPairs:
    """At most `memory` pairs of vectors of shape (size,); order: their rows, oldest first."""

    memory: int
    size: int
    order: list[int] = field(default_factory=list)
    gamma: float = 1.0
    S: Vector = field(init=False)
    Y: Vector = field(init=False)
    SYt: Vector = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the memory; rows that hold no pair stay zero."""
        self.S, self.Y = np.zeros((2, self.memory, self.size))
        self.SYt = np.zeros((self.memory, self.memory))

    def __len__(self) -> int:
        return len(self.order)

    def clear(self) -> None:
        """Forget all pairs."""
        self.order.clear()
        self.S[:], self.Y[:] = 0.0, 0.0

    def add(self, s: Vector, y: Vector) -> None:
        """Take a pair in the place of the oldest; without positive curvature it is skipped."""
        limit = LEAST_COSINE * float(np.linalg.norm(s) * np.linalg.norm(y))
        if not float(s @ y) > limit:
            return
        row = self.order.pop(0) if len(self.order) == self.memory else len(self.order)
        self.order.append(row)
        self.S[row], self.Y[row] = s, y
        self.SYt[:, row] = self.S @ y

    def rescale(self, inverse: LinearMap) -> None:
        """Set γ = sᵀy / yᵀM⁻¹y of the newest pair, so that γ M⁻¹ has its curvature."""
        newest = self.order[-1]
        y = self.Y[newest]
        self.gamma = float(self.SYt[newest, newest]) / float(y @ inverse(y))

    def product(self, q: Vector, inverse: LinearMap) -> Vector:
        """Return H q with H₀ = γ M⁻¹; inverse: v ↦ M⁻¹ v."""
        rows = np.array(self.order)
        R = self.SYt[np.ix_(rows, rows)]
        a = np.zeros(self.memory)
        a[rows] = lapack.dtrtrs(R, (self.S @ q)[rows])[0]
        r = self.gamma * inverse(q - a @ self.Y)
        c = np.zeros(self.memory)
        right = R.diagonal() * a[rows] - (self.Y @ r)[rows]
        c[rows] = lapack.dtrtrs(R, right, trans=1)[0]
        return np.asarray(r + c @ self.S)
