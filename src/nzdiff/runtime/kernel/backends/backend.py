"""What a backend has to offer: it runs the functions of one kernel on one memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.factors.callbacks import MakeSolvers, no_solvers
from nzdiff.runtime.kernel.workspace import Memory

Floats = NDArray[np.float64]
Array = NDArray[Any]
"""Numbers in the precision of the kernel."""
Slots: TypeAlias = "NDArray[np.int32] | None"


@dataclass(frozen=True, slots=True)
class KernelSource:
    """A spec with what each backend loads, by name of the backend, made when it is asked for.

    "c": the text of the program; "numpy": its function of a name.  solvers: what makes those that
    it calls back.
    """

    spec: KernelSpec
    sources: Mapping[str, Callable[[], Any]]
    solvers: MakeSolvers = no_solvers


class Backend(Protocol):
    """Runs the functions of one kernel on one memory."""

    name: ClassVar[str]

    def __init__(self, source: Any, memory: Memory) -> None:
        """Load what `KernelSource` has for this backend."""
        ...

    @staticmethod
    def begin(source: Any, dtype: np.dtype[Any]) -> None:
        """Begin beside other work what takes long of `__init__`."""
        ...

    @staticmethod
    def of_text(text: str) -> Any:
        """What `__init__` takes, of an emitted text that stands alone."""
        ...

    @staticmethod
    def packaged(files: Mapping[str, str], program: str, package: str) -> Any:
        """What `__init__` takes, of a program of a generated package with these files."""
        ...

    def run(self, function: str) -> None:
        """Run ``energy``, ``gradient``, …; results are left in the arrays."""
        ...

    def renew(self, name: str) -> None:
        """Use the coefficient, or the array, that the memory has under a name by now."""
        ...

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """array[slots] = vector (in order without slots): (did it change, is it finite)."""
        ...

    def read(self, array: Array, slots: Slots) -> Floats:
        """array[slots] as doubles of the caller's own."""
        ...

    def to_vector(self, matrix: Array, scale: float) -> Floats:
        """scale · vec(matrix), column-major doubles of the caller's own."""
        ...

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """Write scale · the matrix of a column-major vector into `matrix`."""
        ...
