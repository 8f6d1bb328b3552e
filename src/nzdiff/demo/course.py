"""What a method did: its energies over time, where it ended and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from nzdiff.demo.formats.polygons import Floats

PUBLISHED = "published"
"""The name of the published method among the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One method from G₀ on; record t is after t steps."""

    method: str
    seconds: Floats
    """Since the start, of each record."""
    energies: Floats
    G: Any
    """CSR (n, m): the iterate of least energy."""
    ended: str

    @property
    def lowest(self) -> float:
        """The least energy."""
        return float(self.energies.min())

    def seconds_to(self, energy: float) -> float:
        """When the energy was first that low; infinite where it never was."""
        reached = np.flatnonzero(self.energies <= energy)
        return float(self.seconds[reached[0]]) if reached.size else np.inf


def course_of(result: OptimizeResult, G: Any, method: str) -> Course:
    """That of a solver's result, of which G is the unpacked x; of auto it is told what it chose."""
    return Course(
        method=method if method != "auto" else f"auto: {result.method}",
        seconds=np.array([record.seconds for record in result.history]),
        energies=np.array([record.energy for record in result.history]),
        G=G,
        ended=result.status.name.replace("_", " ").lower(),
    )
