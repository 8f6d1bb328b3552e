"""The NumPy backend: the emitted Python module on NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from nzdiff.runtime.kernel.backends.backend import Array, Floats, Slots
from nzdiff.runtime.kernel.workspace import Memory


class NumpyBackend:
    """The functions of a module by name."""

    name: ClassVar[str] = "numpy"

    def __init__(self, source: Callable[[str], Callable[[Any], None]], memory: Memory) -> None:
        self._functions = source
        self._memory, self._workspace = memory, memory.namespace()

    @staticmethod
    def begin(source: Any, dtype: np.dtype[Any]) -> None:
        """See `Backend`: nothing takes long."""

    @staticmethod
    def of_text(text: str) -> Callable[[str], Callable[[Any], None]]:
        """See `Backend`; the text is run when its first function is asked for."""
        return _functions(text, "")

    @staticmethod
    def packaged(
        files: Mapping[str, str], program: str, package: str
    ) -> Callable[[str], Callable[[Any], None]]:
        """See `Backend`; not imported, so that what was compared is what runs."""
        return _functions(files[f"{program}.py"], package)

    def run(self, function: str) -> None:
        """Run a function of the module; what is undefined is NaN or infinite, as in C."""
        with np.errstate(all="ignore"):
            self._functions(function)(self._workspace)

    def renew(self, name: str) -> None:
        """See `Backend`; arrays are used where they are."""
        if name in self._memory.coefficients:
            setattr(self._workspace, name, self._memory.coefficients[name])

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """See `Backend`."""
        with np.errstate(over="ignore"):
            new = vector.astype(array.dtype)
        old = array if slots is None else array[slots]
        changed = not np.array_equal(old, new)
        array[slice(None) if slots is None else slots] = new
        return changed, bool(np.isfinite(new).all())

    def read(self, array: Array, slots: Slots) -> Floats:
        """See `Backend`."""
        return np.array(array if slots is None else array[slots], dtype=np.float64)

    def to_vector(self, matrix: Array, scale: float) -> Floats:
        """See `Backend`."""
        vector = matrix.astype(np.float64).flatten(order="F")
        return vector if scale == 1.0 else scale * vector

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """See `Backend`."""
        matrix[:] = scale * vector.reshape(matrix.shape, order="F")


def _functions(text: str, package: str) -> Callable[[str], Callable[[Any], None]]:
    """The functions of a module by name.  package: what its relative imports start from."""
    module: dict[str, Any] = {}

    def function(name: str) -> Callable[[Any], None]:
        if not module:
            module["__package__"] = package
            exec(compile(text, "<nzdiff kernel>", "exec"), module)
        return module[name]  # type: ignore[no-any-return]

    return function
