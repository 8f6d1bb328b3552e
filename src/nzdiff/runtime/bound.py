"""A kernel on its memory: write g, a direction or a cotangent, run a function, read results.

Work at one g is shared: what an earlier function at the same g computed is not computed again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.pattern import checked_vector
from nzdiff.runtime.backend import Backend
from nzdiff.runtime.data import Data, evaluate_scalar
from nzdiff.runtime.spec import KernelSpec
from nzdiff.runtime.workspace import Memory

Floats = NDArray[np.float64]


class Bound:
    """A kernel, the memory it works on and the backend that runs it."""

    def __init__(self, spec: KernelSpec, data: Data, memory: Memory, backend: Backend) -> None:
        self.spec, self.memory, self.backend = spec, memory, backend
        self.patterns = data.patterns
        supports = data.supports
        self.arrays = {array.name: array for array in spec.arrays}
        self._cotangents = [_Part(self.arrays[n], memory, supports) for n in spec.cotangents]
        pairs = zip(spec.arguments, spec.arrays, strict=False)
        stored = {argument.name: memory.arrays[array.name] for argument, array in pairs}
        self._unknowns = [stored[name] for name in spec.unknowns]
        self._ends = np.cumsum([pattern.size for pattern in self.patterns])
        self.parts = {
            name: _Part(self.arrays[name], memory, supports)
            for name in (*spec.residuals, *spec.jvps)
        }
        numbers = [evaluate_scalar(weight, data.scalars) for weight in spec.residual_weights]
        self.is_sum_of_squares = spec.only_squares and all(number >= 0 for number in numbers)
        roots = [float(np.sqrt(number)) for number in numbers] if self.is_sum_of_squares else []
        self.weights = roots or [1.0] * len(numbers)
        """The root of the factor of each squared norm."""
        self._g: Floats | None = None

    @property
    def size(self) -> int:
        """Length of g."""
        return int(self._ends[-1])

    def move(self, g: Any) -> None:
        """Write g into the kernel's memory, unless it is there already."""
        vector = checked_vector("g", g, self.size)
        if self._g is not None and np.array_equal(vector, self._g):
            return
        self._forget()
        for pattern, target, part in zip(
            self.patterns, self._unknowns, self.split(vector), strict=True
        ):
            target[:] = pattern.expand(part)
        self._g = vector.copy()

    def point_along(self, v: Any) -> None:
        """Write the direction v into the kernel's memory."""
        parts = self.split(checked_vector("v", v, self.size))
        for pattern, name, part in zip(self.patterns, self.spec.tangents, parts, strict=True):
            self.memory.arrays[name][:] = pattern.expand_tangent(part)

    def pull_back(self, w: Floats) -> None:
        """Write the cotangent w into the kernel's memory."""
        start = 0
        for part, weight in zip(self._cotangents, self.weights, strict=True):
            part.fill(w[start : start + part.size], weight)
            start += part.size

    def run(self, function: str) -> None:
        """Run a function of the kernel; after an error nothing counts as computed."""
        try:
            try:
                self.backend.run(function)
            finally:
                self.memory.solvers.raise_pending()
        except BaseException:
            self._forget()
            self.memory.done[:] = 0
            raise

    def split(self, vector: Floats) -> list[Floats]:
        """The part of each unknown."""
        return np.split(vector, self._ends[:-1])

    def reduced(self, names: tuple[str, ...]) -> Floats:
        """Tᵀ applied to values at the stored positions, one array per unknown."""
        stored = [self.memory.arrays[name] for name in names]
        parts = [p.reduce(values) for p, values in zip(self.patterns, stored, strict=True)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def joined(self, names: tuple[str, ...]) -> Floats:
        """The values of one array per residual as a vector, weighted."""
        pairs = zip(names, self.weights, strict=True)
        vectors = [self.parts[name].vector(weight) for name, weight in pairs]
        return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)

    def _forget(self) -> None:
        """What depends on g is not valid any more; constants are."""
        self._g = None
        self.memory.done[: self.spec.stages] = 0


class _Part:
    """One residual in the kernel's memory, read and written as a column-major vector."""

    def __init__(self, array: Any, memory: Memory, supports: Any) -> None:
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
