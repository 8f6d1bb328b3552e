"""One benchmark: a problem, its data, a start, and what is known of its optimum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.problem import Problem
from nzdiff.runtime.model import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A problem on data.

    sizes: for people, such as "n = 2930, m = 300, k = 100, s = 20,977".  data: what
    `problem.bind` takes.  reference: an energy to compare with, None where nothing is known;
    reference_meaning says whether it is the optimum or a lower bound, and from where; is_optimum
    says the same to a program.  bounds: of the entries, as `nz.solve` takes them.  semidefinite:
    whether the unknowns have to be.
    """

    name: str
    sizes: str
    problem: Problem
    data: Mapping[str, Any]
    g0: Floats
    reference: float | None
    reference_meaning: str
    is_optimum: bool = True
    bounds: Any = None
    semidefinite: bool = False

    def __post_init__(self) -> None:
        if not np.isfinite(self.g0).all():
            raise ValueError(f"{self.name}: g0: expected finite values")
        if self.reference is not None and not np.isfinite(self.reference):
            raise ValueError(f"{self.name}: reference: expected None or a finite energy")

    def bind(self, *, backend: str = "auto") -> Model:
        """The model on one thread; every call compiles nothing new, but plans again."""
        return self.problem.bind(**self.data, backend=backend, threads=1)


def borrowed(module: str, package: str) -> Any:
    """Return a module of another package; ImportError that says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"this instance takes its data from {package}, which cannot be imported: "
            f'pip install "nzdiff[gallery]"'
        ) from error
