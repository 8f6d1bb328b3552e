"""A bound problem: energy, residual, gradient, JVP and VJP as functions of the stored values g.

With several unknowns g is their parameters one after the other.  Work at one g is shared:
what an earlier call at the same g computed is not computed again.  Not safe for use by several
threads at once; bind a model per thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.pattern import Pattern, checked_vector
from nzdiff.runtime.backend import Backend
from nzdiff.runtime.data import Data, evaluate_scalar
from nzdiff.runtime.operators import Jacobian, SecondOrder
from nzdiff.runtime.spec import KernelSpec
from nzdiff.runtime.support import Supports
from nzdiff.runtime.workspace import Memory

Floats = NDArray[np.float64]


class Model:
    """The kernel of a problem on data.  Made by `Problem.bind` or a generated `bind`.

    size: length of g.  residual_size: length of the residual.  backend: "c" or "numpy".
    patterns: one per unknown.  weights: the root of the factor of each squared norm.
    is_sum_of_squares: whether there is a residual r with E = ‖r‖², and so jvp, vjp, jacobian.
    is_function: whether it is a matrix function F: then `residual` is vec(F), there is neither
    energy nor gradient, and `hessian(g, w)` is that of ⟨w, vec(F)⟩.
    """

    def __init__(self, spec: KernelSpec, data: Data, memory: Memory, backend: Backend) -> None:
        self.spec = spec
        self.patterns = data.patterns
        self._memory, self._backend = memory, backend
        supports = data.supports
        shapes = {array.name: array for array in spec.arrays}
        self._cotangents = [_Part(shapes[name], memory, supports) for name in spec.cotangents]
        self._residuals = [_Part(shapes[name], memory, supports) for name in spec.residuals]
        self._jvps = [_Part(shapes[name], memory, supports) for name in spec.jvps]
        pairs = zip(spec.arguments, spec.arrays, strict=False)
        stored = {argument.name: memory.arrays[array.name] for argument, array in pairs}
        self._unknowns = [stored[name] for name in spec.unknowns]
        self._ends = np.cumsum([pattern.size for pattern in self.patterns])
        weights = [evaluate_scalar(weight, data.scalars) for weight in spec.residual_weights]
        self.is_sum_of_squares = spec.only_squares and all(weight >= 0 for weight in weights)
        self.weights = [
            float(np.sqrt(weight)) if self.is_sum_of_squares else 1.0 for weight in weights
        ]
        self.is_function = spec.energy == ""
        self._g: Floats | None = None
        self._run("prepare")

    def __repr__(self) -> str:
        sizes = f"{self.size} unknowns, {self.backend} backend"
        name = "F" if self.is_function else "E"
        return f"<Model of {self.spec.name}: {name} = {self.spec.formula}, {sizes}>"

    def __reduce__(self) -> str:
        raise TypeError("a model owns memory that a kernel writes to: bind another one to copy it")

    __copy__ = __reduce__

    def __deepcopy__(self, memo: object) -> Model:
        self.__reduce__()
        return self

    @property
    def backend(self) -> str:
        """Which backend runs the kernel."""
        return self._backend.name

    @property
    def threads(self) -> int:
        """The number of threads the kernel was bound with."""
        return self._memory.threads

    @property
    def size(self) -> int:
        """Length of g."""
        return int(self._ends[-1])

    @property
    def residual_size(self) -> int:
        """Length of the residual vector."""
        self._check_residual("residual_size")
        return sum(part.size for part in self._residuals)

    def energy(self, g: ArrayLike) -> float:
        """E(g)."""
        self._check_energy("energy")
        self._move(g)
        return self._energy()

    def gradient(self, g: ArrayLike) -> Floats:
        """∂E/∂g, shape (size,)."""
        self._check_energy("gradient")
        self._move(g)
        return self._gradient()

    def energy_and_gradient(self, g: ArrayLike) -> tuple[float, Floats]:
        """E(g) and ∂E/∂g, which share their work."""
        self._check_energy("energy_and_gradient")
        self._move(g)
        return self._energy(), self._gradient()

    def residual(self, g: ArrayLike) -> Floats:
        """r(g) with E = ‖r‖²: vec(f), column-major, times the root of its weight.

        Several residuals follow one another.  A residual that is itself sparse is given at its
        stored positions, in CSR order.  Raises TypeError where the energy is no sum of squares.
        """
        self._check_residual("residual")
        self._move(g)
        self._run("residual")
        return self._joined(self._residuals)

    def jvp(self, g: ArrayLike, v: ArrayLike) -> Floats:
        """J(g) v, shape (residual_size,); v has shape (size,)."""
        self._check_residual("jvp")
        self._move(g)
        self._point_along(v)
        self._run("jvp")
        return self._joined(self._jvps)

    def vjp(self, g: ArrayLike, w: ArrayLike) -> Floats:
        """J(g)ᵀ w, shape (size,); w has shape (residual_size,)."""
        self._check_residual("vjp")
        self._move(g)
        self._pull_back(checked_vector("w", w, self.residual_size))
        self._run("vjp")
        return self._reduced(self.spec.vjps)

    def jacobian(self, g: ArrayLike) -> Jacobian:
        """J(g) as a LinearOperator of shape (residual_size, size), with `toarray`."""
        self._check_residual("jacobian")
        return Jacobian(self, checked_vector("g", g, self.size).copy())

    def gauss_newton(self, g: ArrayLike) -> SecondOrder:
        """2 JᵀJ at g, the Hessian without the curvature of r: `@ v`, `diagonal`, `toarray`."""
        self._check_squares("gauss_newton")
        product = self._second_order("gnvp", self.spec.gnvps, g)
        diagonal = self._diagonal("gn_diagonal", self.spec.gauss_newton_diagonals, g)
        return SecondOrder(product, diagonal, self.size)

    def hessian(self, g: ArrayLike, w: ArrayLike | None = None) -> SecondOrder:
        """∂²E/∂g² at g: `@ v`, `diagonal`, `toarray`.

        Of a matrix function F, the Hessian of ⟨w, vec(F)⟩, w of shape (residual_size,).
        """
        if self.is_function != (w is not None):
            raise TypeError(
                "hessian: expected w, for ⟨w, vec(F)⟩ of a matrix function"
                if self.is_function
                else "hessian: w is for matrix functions; an energy has one Hessian"
            )
        cotangent = None if w is None else checked_vector("w", w, self.residual_size).copy()
        product = self._second_order("hvp", self.spec.hvps, g, cotangent)
        diagonal = self._diagonal("hessian_diagonal", self.spec.hessian_diagonals, g, cotangent)
        return SecondOrder(product, diagonal, self.size)

    def pack(self, *matrices: Any) -> Floats:
        """g from the unknown matrices, one per unknown, dense or sparse."""
        self._check_count(len(matrices))
        parts = [p.pack(m) for p, m in zip(self.patterns, matrices, strict=True)]
        return np.concatenate(parts)

    def unpack(self, g: ArrayLike) -> Any:
        """The unknown matrix as CSR, a dense one as an array; a tuple where there are several."""
        vector = checked_vector("g", g, self.size)
        parts = np.split(vector, self._ends[:-1])
        kinds = {argument.name: argument.kind for argument in self.spec.arguments}
        found = tuple(
            p.to_csr(part).toarray() if kinds[name] == "unknown dense" else p.to_csr(part)
            for name, p, part in zip(self.spec.unknowns, self.patterns, parts, strict=True)
        )
        return found[0] if len(found) == 1 else found

    def _move(self, g: ArrayLike) -> None:
        """Write g into the kernel's memory, unless it is there already."""
        vector = checked_vector("g", g, self.size)
        if self._g is not None and np.array_equal(vector, self._g):
            return
        self._g = None
        self._memory.done[:] = 0
        for pattern, target, part in self._split(vector, self._unknowns):
            target[:] = pattern.expand(part)
        self._g = vector.copy()

    def _point_along(self, v: ArrayLike) -> None:
        """Write the direction v into the kernel's memory."""
        direction = checked_vector("v", v, self.size)
        tangents = [self._memory.arrays[name] for name in self.spec.tangents]
        for pattern, target, part in self._split(direction, tangents):
            target[:] = pattern.expand_tangent(part)

    def _pull_back(self, w: Floats) -> None:
        """Write the cotangent w into the kernel's memory."""
        start = 0
        for part, weight in zip(self._cotangents, self.weights, strict=True):
            part.fill(w[start : start + part.size], weight)
            start += part.size

    def _second_order(
        self, function: str, outputs: tuple[str, ...], g: ArrayLike, w: Floats | None = None
    ) -> Callable[[Floats], Floats]:
        at = checked_vector("g", g, self.size).copy()

        def product(v: Floats) -> Floats:
            self._move(at)
            self._point_along(v)
            if w is not None:
                self._pull_back(w)
            self._run(function)
            return self._reduced(outputs)

        return product

    def _diagonal(
        self, function: str, outputs: tuple[str, ...], g: ArrayLike, w: Floats | None = None
    ) -> Callable[[], Floats]:
        at = checked_vector("g", g, self.size).copy()

        def diagonal() -> Floats:
            if not all(pattern.is_selection for pattern in self.patterns):
                raise NotImplementedError(
                    "diagonal: a pattern with duplicates, ties or constraints mixes entries of the "
                    "matrix; take np.diag(operator.toarray())"
                )
            if not outputs:
                raise NotImplementedError(
                    "diagonal: not in closed form for this energy; take "
                    "np.diag(operator.toarray()), one product per column"
                )
            self._move(at)
            if w is not None:
                self._pull_back(w)
            self._run(function)
            return self._reduced(outputs)

        return diagonal

    def _run(self, function: str) -> None:
        """Run a function of the kernel; after an error nothing counts as computed."""
        try:
            try:
                self._backend.run(function)
            finally:
                self._memory.solvers.raise_pending()
        except BaseException:
            self._g = None
            self._memory.done[:] = 0
            raise

    def _energy(self) -> float:
        self._run("energy")
        return float(self._memory.arrays[self.spec.energy][0])

    def _gradient(self) -> Floats:
        self._run("gradient")
        return self._reduced(self.spec.gradients)

    def _split(self, vector: Floats, arrays: list[Floats]) -> list[tuple[Pattern, Floats, Floats]]:
        parts = np.split(vector, self._ends[:-1])
        return list(zip(self.patterns, arrays, parts, strict=True))

    def _reduced(self, names: tuple[str, ...]) -> Floats:
        stored = [self._memory.arrays[name] for name in names]
        parts = [p.reduce(values) for p, values in zip(self.patterns, stored, strict=True)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _joined(self, parts: list[_Part]) -> Floats:
        pairs = zip(parts, self.weights, strict=True)
        vectors = [part.vector(weight) for part, weight in pairs]
        return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)

    def _check_energy(self, what: str) -> None:
        if self.is_function:
            raise TypeError(
                f"{what}: {self.spec.formula} is a matrix function, not an energy; residual, jvp, "
                "vjp, jacobian and hessian(g, w) are there"
            )

    def _check_residual(self, what: str) -> None:
        if not self.is_function:
            self._check_squares(what)

    def _check_squares(self, what: str) -> None:
        if not self.is_sum_of_squares:
            raise TypeError(
                f"{what}: the energy {self.spec.formula} is no sum of squares, so that it has no "
                "residual; energy and gradient are there"
            )

    def _check_count(self, count: int) -> None:
        if count != len(self.patterns):
            raise TypeError(f"pack: expected {len(self.patterns)} matrices, got {count}")


class _Part:
    """One residual in the kernel's memory, read and written as a column-major vector."""

    def __init__(self, array: Any, memory: Memory, supports: Supports) -> None:
        self._values = memory.arrays[array.name]
        self.size = int(self._values.size)
        sparse = array.support is not None
        shape = (supports.size(array.rows), supports.size(array.cols))
        self._matrix = self._values if sparse else self._values.reshape(shape)

    def vector(self, weight: float) -> Floats:
        """weight · vec(f), the caller's own: of a row or a column, `ravel` would be a view."""
        vector = self._matrix.flatten(order="F")
        if weight != 1.0:
            vector *= weight
        return vector

    def fill(self, vector: Floats, weight: float) -> None:
        """Write weight · vector into the memory."""
        matrix = vector if self._matrix.ndim == 1 else vector.reshape(self._matrix.shape, order="F")
        np.multiply(weight, matrix, out=self._matrix)
